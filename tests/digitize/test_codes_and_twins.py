"""Codes on pages become fields; papers that came in twice are reported, never dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from digitize.conftest import LETTERHEAD, draw, encoded
from sohoa_core import workspace
from sohoa_core.batch.executors import make_executor
from sohoa_core.batch.runner import BatchRunner
from sohoa_core.facts import FieldFact, ReviewState, Source
from sohoa_core.limits import Limits
from sohoa_core.records import Document, Finding
from sohoa_core.workspace import Workspace
from sohoa_digitize.barcodes import (
    facts_of,
    read_codes,
    with_codes,
)
from sohoa_digitize.duplicates import alike, look
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.stage import DigitizeStage
from sohoa_digitize.work import digitize_file

CARD = (
    "001195000123|012345678|Nguyễn Thị Hoà|01021995|Nữ|"
    "Số 1, phường Bến Nghé, thành phố Hồ Chí Minh|05062021"
)


def with_code(text: str, image: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    page = np.full((1100, 1165), 255, np.uint8) if image is None else image.copy()
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    small = np.array(zxingcpp.write_barcode_to_image(code, scale=4), dtype=np.uint8)
    page[230 : 230 + small.shape[0], 40 : 40 + small.shape[1]] = small
    return page


def values(text: str, doc_type: str) -> dict[str, str]:
    facts = facts_of(read_codes(with_code(text), (200, 200)), 1, doc_type)
    assert all(fact.source is Source.BARCODE and fact.box for fact in facts)
    return {fact.name: fact.value for fact in facts}


def test_the_code_of_an_identity_card_fills_its_fields() -> None:
    found = values(CARD, "the_can_cuoc")
    assert found["so_dinh_danh"] == "001195000123" and found["ho_ten"] == "Nguyễn Thị Hoà"
    assert (found["ngay_sinh"], found["gioi_tinh"]) == ("1995-02-01", "Nữ")
    other = values(CARD, "to_khai_ct01")
    assert other["can_cuoc_so_dinh_danh"] == "001195000123" and "so_dinh_danh" not in other


def test_the_code_of_a_receipt_gives_the_dossier_code() -> None:
    text = "Mã hồ sơ: H26.1-261008-0975; TTHC 1.001193"
    assert values(text, "khac")["ma_ho_so"] == "H26.1-261008-0975"
    assert values("https://example.vn/tra-cuu", "khac") == {"ma_qr": "https://example.vn/tra-cuu"}
    assert values("SOHOA:DOSSIER:H1", "khac") == {}


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_codes_are_placed_in_millimetres_whatever_way_they_lie(turns: int) -> None:
    page = np.ascontiguousarray(np.rot90(with_code("abc"), turns))
    (code,) = read_codes(page, (200, 200))
    x0, y0, x1, y1 = code.box
    assert code.text == "abc" and 5 < x1 - x0 < 25 and 5 < y1 - y0 < 25


def test_a_code_that_contradicts_sure_print_goes_to_a_person() -> None:
    read = FieldFact("ho_ten", "Lê An", "LÊ AN", 0.97, Source.OCR, 1)
    said = FieldFact("ho_ten", "Lê Ân", CARD, 0.99, Source.BARCODE, 1)
    (fact,) = with_codes([read], [said])
    assert fact.review is ReviewState.NEEDED and fact.reason == "disagrees"
    (same,) = with_codes([read], [FieldFact("ho_ten", "Lê An", "", 0.99, Source.BARCODE, 1)])
    assert same.review is ReviewState.NOT_NEEDED and same.source is Source.BARCODE


def test_a_code_on_a_page_becomes_a_field_of_the_paper() -> None:
    image = Image.fromarray(with_code(CARD, np.asarray(draw().convert("L"))))
    data = encoded(image, "PNG", dpi=(200, 200))
    found = digitize_file(data, name="a.png", options=DigitizeOptions(), limits=Limits())
    fields = {field.name: field for field in found.fields}
    assert fields["can_cuoc_ho_ten"].source is Source.BARCODE
    assert fields["date"].value == "2024-01-05"


# --- twins -----------------------------------------------------------------------------------

OTHER = tuple(
    (x, y, size, style, {"Số: 15/QĐ-UBND": "Số: 99/QĐ-UBND"}.get(text, text[::-1]))
    for x, y, size, style, text in LETTERHEAD
)


def test_looks_survive_a_second_scan_and_tell_papers_apart() -> None:
    words = " ".join(item[4] for item in LETTERHEAD).split()
    page = np.asarray(draw().convert("L"))
    shifted = np.full_like(page, 255)
    shifted[14:, 9:] = page[:-14, :-9]
    noisy = np.clip(shifted.astype(int) + np.random.default_rng(1).normal(0, 8, page.shape), 0, 255)
    first, again = look(page, words), look(noisy.astype(np.uint8), [*words, "thêm"])
    other = look(np.asarray(draw(OTHER).convert("L")), " ".join(i[4] for i in OTHER).split())
    assert first is not None and again is not None and other is not None
    assert alike(first.plain(), again.plain())
    assert not alike(first.plain(), other.plain())
    assert look(np.full((300, 300), 255, np.uint8), words) is None


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    workspace.create(tmp_path / "w")
    with workspace.opened(tmp_path / "w") as found:
        yield found


def test_duplicates_are_reported_on_the_later_paper_and_kept(
    space: Workspace, tmp_path: Path
) -> None:
    scan = encoded(draw(), "JPEG", dpi=(200, 200))
    again = encoded(draw(), "JPEG", quality=60, dpi=(200, 200))
    for name, data in (("H1/a.jpg", scan), ("H1/b.jpg", again), ("H2/c.jpg", scan)):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    stage = DigitizeStage(
        tmp_path / "in", vault=space.vault, limits=Limits(), options=DigitizeOptions()
    )
    result = BatchRunner(space.store, make_executor("serial"), actor="t").run(stage)
    assert result.failed == 0
    with space.store.read() as session:
        assert session.query(Document).count() == 3
        rows = session.query(Document.name, Finding.rule, Finding.args).join(
            Finding, Finding.document_id == Document.id
        )
        found = {(n, r): a for n, r, a in rows if "duplicate" in r}
    assert found == {
        ("H1/b.jpg", "digitize.near_duplicate"): {"other": "H1/a.jpg"},
        ("H2/c.jpg", "digitize.duplicate"): {"other": "H1/a.jpg", "dossier": "H1"},
    }
