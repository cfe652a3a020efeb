"""Piles of paper parted at separator sheets: sheets found, papers filed, nothing twice."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from sqlalchemy import select

from cli.program import sohoa
from digitize.conftest import LETTERHEAD, draw, encoded
from sohoa_core import workspace
from sohoa_core.batch.executors import make_executor
from sohoa_core.batch.runner import BatchRunner
from sohoa_core.batch.stage import Task
from sohoa_core.limits import Limits
from sohoa_core.records import Document, Dossier, Finding, Item, Page, Version
from sohoa_core.workspace import Workspace
from sohoa_digitize.barcodes import SEPARATOR
from sohoa_digitize.errors import InputEncrypted, SeparatorAlone
from sohoa_digitize.intake import InputFile
from sohoa_digitize.listing import Listed
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.parting import Parted, part
from sohoa_digitize.separator_stage import SeparateStage, look_without_records, seen_in
from sohoa_digitize.separators import Looked, Sheet, find_sheets, has_bars
from sohoa_digitize.stage import DigitizeStage
from sohoa_samples import separator

A, B = "H26-260930-0012", "000.00.01.H26-260930-0013"
LIMITS = Limits()


@cache
def sheet(code: str = A, dpi: int = 100) -> Image.Image:
    with pypdfium2.PdfDocument(separator.sheets_pdf([code])) as pdf:
        return pdf[0].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def paper(number: int) -> Image.Image:
    items = tuple(
        (x, y, size, style, text.replace("Số: 15/", f"Số: {number}/"))
        for x, y, size, style, text in LETTERHEAD
    )
    return draw(items).convert("L")


def tiff(*pages: Image.Image) -> bytes:
    options: dict[str, Any] = {"save_all": True, "append_images": pages[1:], "dpi": (200, 200)}
    return encoded(pages[0], "TIFF", compression="tiff_lzw", **options)


def sheets_of(image: Image.Image, **how: Any) -> list[Sheet]:
    data = encoded(image, "JPEG", **{"quality": 60, **how})
    return list(find_sheets(data, name="a.jpg", limits=LIMITS).sheets)


# --- finding sheets --------------------------------------------------------------------------


def test_both_rooms_mean_the_same_code() -> None:
    assert separator.PREFIX == SEPARATOR


@pytest.mark.parametrize("angle", [0, 2, -6, 90, 177, 270])
def test_a_sheet_is_read_whatever_way_it_lies(angle: int) -> None:
    turned = sheet(dpi=150).rotate(angle, expand=True, fillcolor=255, resample=3)
    assert sheets_of(turned) == [Sheet(1, A)]


def test_a_sheet_is_read_from_bad_copies() -> None:
    chance = np.random.default_rng(5)
    clean = np.asarray(sheet(dpi=150), dtype=float)
    faint = 200 + (clean - 128) * 0.2 + chance.normal(0, 12, clean.shape)
    shaded = clean * np.linspace(0.35, 1, clean.shape[1]) + chance.normal(0, 20, clean.shape)
    for copy in (faint, shaded):
        assert sheets_of(Image.fromarray(np.clip(copy, 0, 255).astype(np.uint8))) == [Sheet(1, A)]
    assert sheets_of(sheet(dpi=150).filter(ImageFilter.GaussianBlur(4))) == [Sheet(1, A)]
    assert sheets_of(sheet(dpi=70)) == [Sheet(1, A)]
    stamped = np.array(sheet(dpi=150))
    stamped[640:1100] = chance.integers(0, 255, stamped[640:1100].shape)
    assert sheets_of(Image.fromarray(stamped)) == [Sheet(1, A)]  # the small code is still there


def test_a_sheet_without_readable_codes_is_still_a_sheet() -> None:
    spoiled = np.array(sheet(dpi=150))
    spoiled[600:1480] = 255
    assert sheets_of(Image.fromarray(spoiled)) == [Sheet(1, "")]


def test_other_pages_are_no_sheets() -> None:
    assert sheets_of(paper(1)) == []
    assert not has_bars(np.full((1200, 850), 255, np.uint8))
    lined = np.full((1200, 850), 255, np.uint8)
    lined[::12] = 0
    assert not has_bars(lined)
    # A small code in a letter must not send what follows into another dossier.
    letter = paper(1).convert("L")
    letter.paste(sheet(dpi=100).crop((250, 400, 600, 770)).resize((150, 150)), (40, 230))
    assert sheets_of(letter) == []


def test_sheets_of_stacks_are_found_with_their_pages() -> None:
    stack = tiff(paper(1), sheet(), paper(2), sheet(B))
    assert find_sheets(stack, name="s.tif", limits=LIMITS) == Looked(4, (Sheet(2, A), Sheet(4, B)))
    printed = separator.sheets_pdf([A, B])
    assert find_sheets(printed, name="s.pdf", limits=LIMITS).sheets == (Sheet(1, A), Sheet(2, B))
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(InputEncrypted):
        find_sheets(locked.getvalue(), name="s.pdf", limits=LIMITS)


# --- parting ---------------------------------------------------------------------------------


def listed(name: str, *, dossier: str | None = None, assigned: bool = False) -> Listed:
    code = dossier or (name.split("/")[0] if "/" in name else None)
    file = InputFile(Path("/in") / name, name, code, None, 1, assigned=assigned)
    return Listed(file, name, "0" * 64)


def parted(*files: tuple[Listed, int, dict[int, str] | None], **more: Any) -> Parted:
    seen = {
        one.key: Looked(pages, tuple(Sheet(p, c) for p, c in marks.items()))
        if marks is not None
        else Looked(0, unreadable="input.truncated")
        for one, pages, marks in files
    }
    return part([one for one, _pages, _marks in files], seen, **more)


def filed(result: Parted) -> list[tuple[str, str]]:
    return [(one.name, one.dossier or one.own_dossier) for one in result.parts]


def remarks(result: Parted) -> dict[str, list[str]]:
    return {
        one.name: [rule.removeprefix("digitize.separator_") for rule, _args in one.remarks]
        for one in result.parts
        if one.remarks
    }


def test_a_stack_becomes_the_papers_between_its_sheets() -> None:
    found = parted((listed("s.pdf"), 9, {3: A, 6: B}))
    assert filed(found) == [("s [1-2].pdf", "s"), ("s [4-5].pdf", A), ("s [7-9].pdf", B)]
    assert remarks(found) == {} and [s.papers for s in found.sheets] == [1, 1]
    below = parted((listed("x/s.pdf"), 3, {2: A}))
    assert filed(below) == [("x/s [1].pdf", "x"), ("x/s [3].pdf", A)]
    whole = parted((listed("s.pdf"), 9, {}))
    assert filed(whole) == [("s.pdf", "s")] and whole.parts[0].pages is None


def test_single_images_follow_the_sheet_in_scan_order() -> None:
    names = ["p/scan 10.jpg", "p/scan 2.jpg", "p/scan 1.jpg", "p/scan 9.jpg", "q/1.jpg"]
    marks: dict[str, dict[int, str]] = {"p/scan 2.jpg": {1: A}, "p/scan 9.jpg": {1: B}}
    names.append("p/scan 3.jpg")
    found = parted(*((listed(n), 1, marks.get(n, {})) for n in names))
    assert filed(found) == [
        ("p/scan 1.jpg", "p"),
        ("p/scan 3.jpg", A),
        ("p/scan 10.jpg", B),
        ("q/1.jpg", "q"),
    ]
    assert remarks(found) == {}


def test_sheets_with_nothing_behind_them_are_told_apart() -> None:
    found = parted((listed("s.pdf"), 5, {1: A, 2: B, 5: A}))
    assert filed(found) == [("s [3-4].pdf", B)]
    assert [(s.page, s.code, s.papers) for s in found.sheets] == [(1, A, 0), (2, B, 1), (5, A, 0)]
    # Front and back of one sheet are one sheet.
    both = parted((listed("s.pdf"), 4, {1: A, 2: A}))
    assert filed(both) == [("s [3-4].pdf", A)] and len(both.sheets) == 1


def test_the_same_sheet_again_starts_another_paper_of_the_dossier() -> None:
    again = parted((listed("s.pdf"), 5, {1: A, 3: A}))
    assert filed(again) == [("s [2].pdf", A), ("s [4-5].pdf", A)] and remarks(again) == {}
    apart = parted((listed("s.pdf"), 6, {1: A, 3: B, 5: A}))
    assert remarks(apart) == {"s [6].pdf": ["again"]}


def test_what_cannot_be_known_is_left_with_its_folder_and_said() -> None:
    lost = parted((listed("f/s.pdf"), 6, {1: A, 3: "", 5: "Hộp số 7"}))
    assert filed(lost) == [("f/s [2].pdf", A), ("f/s [4].pdf", "f"), ("f/s [6].pdf", "Hộp số 7")]
    assert remarks(lost) == {"f/s [4].pdf": ["unreadable"], "f/s [6].pdf": ["form"]}
    strict = parted((listed("f/s.pdf"), 4, {1: A, 3: B}), is_known={A}.__contains__)
    assert filed(strict) == [("f/s [2].pdf", A), ("f/s [4].pdf", "f")]
    assert remarks(strict) == {"f/s [4].pdf": ["unknown"]}


def test_doubt_about_the_neighbours_is_said() -> None:
    carried = parted((listed("1.pdf"), 3, {1: A}), (listed("2.pdf"), 2, {}))
    assert filed(carried)[1] == ("2.pdf", A) and remarks(carried) == {"2.pdf": ["carried"]}
    torn = parted(
        (listed("1.jpg"), 1, {1: A}),
        (listed("2.jpg"), 1, None),
        (listed("3.jpg"), 1, {}),
        (listed("4.jpg"), 1, {1: B}),
        (listed("5.jpg"), 1, {}),
    )
    assert filed(torn) == [("2.jpg", A), ("3.jpg", A), ("5.jpg", B)]
    assert remarks(torn) == {"3.jpg": ["unsure"]}
    manifest = parted(
        (listed("1.jpg"), 1, {1: A}), (listed("2.jpg", dossier="X", assigned=True), 1, {})
    )
    assert filed(manifest) == [("2.jpg", "X")] and remarks(manifest) == {"2.jpg": ["disagrees"]}


@given(
    st.lists(
        st.tuples(
            st.integers(1, 6), st.dictionaries(st.integers(1, 6), st.sampled_from([A, B, ""]))
        ),
        max_size=5,
    )
)
@settings(max_examples=150, deadline=None)
def test_every_page_is_in_exactly_one_paper_or_a_sheet(
    pile: list[tuple[int, dict[int, str]]],
) -> None:
    files = [
        (listed(f"{number:02}.pdf"), pages, {p: c for p, c in marks.items() if p <= pages})
        for number, (pages, marks) in enumerate(pile)
    ]
    found = parted(*files)
    placed: list[tuple[str, int]] = []
    for one in found.parts:
        first, last = one.pages or (1, one.of)
        placed += [(one.source.name, page) for page in range(first, last + 1)]
    placed += [(one.name, page) for one, _count, marks in files for page in marks]
    assert sorted(placed) == [(o.name, p + 1) for o, count, _m in files for p in range(count)]
    assert len({one.name for one in found.parts}) == len(found.parts)


# --- the stages ------------------------------------------------------------------------------


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    workspace.create(tmp_path / "w")
    with workspace.opened(tmp_path / "w") as found:
        yield found


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("inbox")
    (root / "chồng").mkdir()
    # Page 1 before any sheet, two papers, and a sheet at the end with nothing behind it.
    stack = tiff(paper(1), sheet(A), paper(2), paper(3), sheet(B), paper(4), sheet(A))
    (root / "chồng" / "s.tif").write_bytes(stack)
    return root


def look(space: Workspace, inbox: Path) -> dict[str, Looked]:
    stage = SeparateStage(inbox, limits=LIMITS)
    BatchRunner(space.store, make_executor("serial"), actor="t").run(stage)
    with space.store.read() as session:
        return seen_in(session, stage.source)


def stage_of(space: Workspace, inbox: Path, seen: dict[str, Looked]) -> DigitizeStage:
    options = DigitizeOptions(second_look=False)
    return DigitizeStage(inbox, vault=space.vault, limits=LIMITS, options=options, seen=seen)


def test_a_stack_becomes_documents_that_refer_to_the_one_original(
    space: Workspace, inbox: Path
) -> None:
    stage = stage_of(space, inbox, look(space, inbox))
    runner = BatchRunner(space.store, make_executor("serial"), actor="t")
    result = runner.run(stage)
    assert (result.total, result.failed) == (3, 0)
    assert [type(problem) for problem in stage.problems] == [SeparatorAlone]
    with space.store.read() as session:
        rows = session.execute(
            select(Dossier.code, Document.name, Document.id)
            .join(Item, Item.dossier_id == Dossier.id)
            .join(Document, Document.item_id == Item.id)
            .order_by(Document.name)
        ).all()
        assert [(code, name) for code, name, _id in rows] == [
            ("chồng", "chồng/s [1].tif"),
            (A, "chồng/s [3-4].tif"),
            (B, "chồng/s [6].tif"),
        ]
        for (_code, _name, number), pages in zip(rows, ([1, 1], [3, 4], [6, 6]), strict=True):
            document = session.get_one(Document, number)
            original, archival = document.newest("original"), document.newest("archival")
            assert original is not None and archival is not None
            assert space.vault.get(original.sha256) == (inbox / "chồng" / "s.tif").read_bytes()
            assert original.how == {"pages": pages, "of": 7}
            assert archival.how["pages"] == pages and archival.made_from == original.id
            with pikepdf.open(io.BytesIO(space.vault.get(archival.sha256))) as pdf:
                assert len(pdf.pages) == pages[1] - pages[0] + 1
            numbers = select(Page.number).where(Page.version_id == archival.id)
            assert list(session.scalars(numbers.order_by(Page.number))) == list(
                range(1, pages[1] - pages[0] + 2)
            )
        values = {
            (f.name, f.value, f.page)
            for (_c, _n, number) in rows
            for f in session.get_one(Document, number).fields
            if f.name == "number"
        }
        assert values == {("number", str(n), 1) for n in (1, 2, 4)}
        # Papers of one pile share its bytes; that makes them no duplicates.
        assert not session.scalars(
            select(Finding).where(Finding.rule == "digitize.duplicate")
        ).all()
        assert session.scalar(select(Version.sha256).where(Version.role == "archival").limit(1))
    again = runner.run(stage_of(space, inbox, look(space, inbox)))
    assert (again.worked, again.total) == (0, 3)


class _Stop(Exception):
    pass


def test_a_run_that_is_stopped_goes_on_where_it_was(
    space: Workspace, inbox: Path, tmp_path: Path
) -> None:
    def once(task: Task, outcome: Any, committed: Any) -> None:
        raise _Stop

    serial = make_executor("serial")
    with pytest.raises(_Stop):
        BatchRunner(space.store, serial, actor="t", on_item=once).run(
            stage_of(space, inbox, look(space, inbox))
        )
    rest = BatchRunner(space.store, serial, actor="t").run(
        stage_of(space, inbox, look(space, inbox))
    )
    assert (rest.worked, rest.total, rest.done + rest.review) == (2, 3, 3)
    with space.store.read() as session:
        assert len(session.scalars(select(Document.id)).all()) == 3


def test_a_plan_looks_without_writing(space: Workspace, inbox: Path) -> None:
    found = look_without_records(SeparateStage(inbox, limits=LIMITS), {}, make_executor("serial"))
    (looked,) = found.values()
    assert looked.pages == 7 and [s.page for s in looked.sheets] == [2, 5, 7]
    assert found == look(space, inbox)


def test_parameters_of_ordinary_runs_stay_what_they_were(space: Workspace, inbox: Path) -> None:
    plain = DigitizeStage(inbox, vault=space.vault, limits=LIMITS, options=DigitizeOptions())
    assert {"separators", "compress"} & set(plain.params) == set()
    assert stage_of(space, inbox, {}).params["separators"] == "on"


# --- from the command line -------------------------------------------------------------------


def test_the_whole_way_from_printing_to_filing(tmp_path: Path) -> None:
    codes, printed = tmp_path / "mã.txt", tmp_path / "tờ.pdf"
    codes.write_text(f"{A}\n{B}\n", "utf-8")
    made = sohoa("samples", "separator", "--list", codes, "--out", printed, "--json")
    assert made.code == 0 and made.of("sohoa.samples.separator/1")[0]["dossiers"] == [A, B]
    assert sohoa("samples", "separator", A, "--out", printed).code == 11
    assert sohoa("samples", "separator", "--out", tmp_path / "x.pdf").code == 2
    assert sohoa("samples", "separator", "a\tb", "--out", tmp_path / "x.pdf").code == 2
    each = sohoa("samples", "separator", "a/1", "a:1", "--out", tmp_path / "each", "--json")
    assert each.code == 0 and len(list((tmp_path / "each").iterdir())) == 2

    inbox = tmp_path / "in"
    inbox.mkdir()
    with pypdfium2.PdfDocument(printed) as pdf:
        for number, index in ((1, 0), (9, 1)):
            page = pdf[index].render(scale=150 / 72, grayscale=True).to_pil()
            page.save(inbox / f"scan {number}.png", dpi=(150, 150))
    for number in (2, 10):
        paper(number).save(inbox / f"scan {number}.jpg", dpi=(200, 200))
    space = tmp_path / "w"
    sohoa("init", space)
    words = ["digitize", inbox, "-w", space, "--separators", "--json"]
    plan = sohoa(*words, "--dry-run")
    assert plan.of("sohoa.batch.plan/1")[0]["items"] == ["scan 2.jpg", "scan 10.jpg"]
    assert sohoa("status", "-w", space, "--json").of("sohoa.status.batch/1") == []
    ran = sohoa(*words)
    assert ran.code == 0, ran.err
    found = {item["item"]: item["dossier"] for item in ran.of("sohoa.digitize.item/1")}
    assert found == {"scan 2.jpg": A, "scan 10.jpg": B}
    assert [s["papers"] for s in ran.of("sohoa.digitize.separator/1")] == [1, 1]
    again = sohoa(*words)
    assert [batch["worked"] for batch in again.of("sohoa.batch/1")] == [0, 0]
    by_setting = sohoa("digitize", inbox, "-w", space, "--json", SOHOA_DIGITIZE__SEPARATORS="on")
    assert [batch["worked"] for batch in by_setting.of("sohoa.batch/1")] == [0, 0]

    (inbox / "scan 9.png").unlink()
    (inbox / "scan 11.png").write_bytes((inbox / "scan 1.png").read_bytes())
    alone = sohoa(*words)
    assert alone.code == 3
    assert [json.loads(x)["code"] for x in alone.out.splitlines() if "sohoa.error/1" in x] == [
        "separator.alone"
    ]
