"""Decisions of people: kept over a new reading, journalled, confirmed by a second person."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cli.program import sohoa
from digitize.conftest import draw, encoded
from sohoa_core import journal, workspace
from sohoa_core.errors import InputUnreadable, SohoaError
from sohoa_core.facts import FieldFact, ReviewState, Role, Source
from sohoa_core.limits import Limits
from sohoa_core.records import Document, Field
from sohoa_core.records.recording import add_version, ensure_dossier, ensure_item, set_fields
from sohoa_core.workspace import Workspace
from sohoa_digitize import review, review_csv
from sohoa_digitize.errors import (
    ReviewAmbiguous,
    ReviewChanged,
    ReviewCsvInvalid,
    ReviewDecided,
    ReviewRowInvalid,
    ReviewSamePerson,
    ReviewUnknown,
    ReviewValueInvalid,
)
from sohoa_digitize.pdfa.writer import ArchivalPage, write
from sohoa_digitize.pdfa.xmp import Described
from sohoa_digitize.raster import open_raster
from sohoa_digitize.snippet import cut
from sohoa_digitize.words import PageText

READ = (
    FieldFact(
        "date",
        "2024",
        "ngày .. tháng .. năm 2024",
        0.5,
        Source.OCR,
        1,
        (70.0, 22.0, 130.0, 28.0),
        ReviewState.NEEDED,
        "penned_or_empty",
    ),
    FieldFact(
        "signer",
        "=Văn Bình",
        "=Văn Bình",
        0.4,
        Source.OCR,
        1,
        None,
        ReviewState.NEEDED,
        "impossible",
    ),
    FieldFact("agency", "UBND xã Tân Thành", "UBND XÃ TÂN THÀNH", 0.97, Source.OCR, 1),
)


def archival() -> bytes:
    data = encoded(draw(), "JPEG", dpi=(200, 200))
    source = open_raster(data, "image/jpeg", name="a.jpg", limits=Limits())
    pages = [
        ArchivalPage(p.stored, p.dpi, p.rotation, PageText((), *p.upright))
        for p in source.pages(range(source.page_count))
    ]
    return write(pages, Described())


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with one paper that was read as ``READ``."""
    workspace.create(tmp_path / "w")
    with workspace.opened(tmp_path / "w") as space:
        with space.store.write() as session:
            dossier = ensure_dossier(session, "H26-240105-0001")
            item = ensure_item(session, dossier, 1)
            document = Document(item_id=item.id, name="a.jpg", doc_type="quyet_dinh")
            session.add(document)
            session.flush()
            stored = space.vault.put(archival())
            add_version(
                session,
                document,
                Role.ARCHIVAL,
                stored,
                media_type="application/pdf",
                made_by="digitize",
            )
            set_fields(session, document, READ)
        yield space


def entry(space: Workspace, name: str, *, decided: bool = False) -> review.Entry:
    with space.store.read() as session:
        return next(e for e in review.listed(session, decided=decided) if e.field == name)


def decide(space: Workspace, how: str, *words: str, **more: object) -> review.Decision:
    with space.store.write() as session:
        made: review.Decision = getattr(review, how)(session, *words, **more)
        return made


def again(space: Workspace, facts: tuple[FieldFact, ...] = READ) -> None:
    """What the stage does when it reads the paper another time."""
    with space.store.write() as session:
        document = session.query(Document).one()
        kept = review.pending(session, document)
        set_fields(session, document, review.without_pending(facts, kept))
        review.restore_pending(session, document, kept)


def trace(space: Workspace) -> list[tuple[str, str, dict[str, object]]]:
    with space.store.read() as session:
        journal.verify(session)
        return [
            (e.action, e.actor, json.loads(e.data))
            for e in journal.entries(session)
            if e.subject_kind == "field"
        ]


def test_the_list_names_what_needs_a_person_and_why(space: Workspace) -> None:
    with space.store.read() as session:
        entries = review.listed(session)
    assert [(e.field, e.reason) for e in entries] == [
        ("date", "penned_or_empty"),
        ("signer", "impossible"),
    ]


def test_a_correction_keeps_the_raw_reading_and_survives_a_new_one(space: Workspace) -> None:
    one = entry(space, "date")
    made = decide(space, "correct", one.id[-8:], "05/01/2024", actor="an")
    assert made.review == "corrected"
    again(space)
    after = entry(space, "date", decided=True)
    assert (after.value, after.raw, after.decided_by) == ("2024-01-05", READ[0].raw, "an")
    with space.store.read() as session:
        assert [e.field for e in review.listed(session)] == ["signer"]
        assert session.query(Field).count() == 3


def test_every_decision_is_journalled_without_its_value(space: Workspace) -> None:
    decide(space, "correct", entry(space, "date").id, "2024-01-05", actor="an")
    decide(space, "accept", entry(space, "signer").id, actor="bình")
    (first, second) = trace(space)
    assert (first[0], first[1]) == ("review.corrected", "an") and first[2]["changed"] is True
    assert (second[0], second[1]) == ("review.accepted", "bình")
    assert "2024-01-05" not in json.dumps(first[2]) and "Bình" not in json.dumps(second[2])


def test_four_eyes_wait_for_another_person(space: Workspace) -> None:
    some = entry(space, "date").id
    first = decide(space, "correct", some, "2024-01-05", actor="an", four_eyes=True)
    assert first.awaits_second and entry(space, "date").reason == "unconfirmed"
    with pytest.raises(ReviewSamePerson):
        decide(space, "accept", some, actor="an")
    again(space)  # the first decision waits, whatever is read now
    assert entry(space, "date").value == "2024-01-05"
    made = decide(space, "accept", some, actor="bình")
    assert made.review == "corrected" and not made.awaits_second
    assert entry(space, "date", decided=True).decided_by == "an, bình"
    assert [a for a, _who, _data in trace(space)] == ["review.proposed", "review.corrected"]


def test_a_second_person_who_disagrees_makes_a_new_proposal(space: Workspace) -> None:
    some = entry(space, "date").id
    decide(space, "correct", some, "2024-01-05", actor="an", four_eyes=True)
    # Leaving the option out does not get around the second person.
    made = decide(space, "correct", some, "2024-01-06", actor="bình")
    assert made.awaits_second
    assert decide(space, "accept", some, actor="an").review == "corrected"


def test_an_acceptance_waits_over_a_new_reading_only_of_the_same_value(space: Workspace) -> None:
    decide(space, "accept", entry(space, "signer").id, actor="an", four_eyes=True)
    again(space)
    assert entry(space, "signer").reason == "unconfirmed"
    other = FieldFact(
        "signer", "Lê An", "Lê An", 0.6, Source.OCR, 1, None, ReviewState.NEEDED, "low_confidence"
    )
    again(space, (READ[0], other))
    assert entry(space, "signer").reason == "low_confidence"


def test_what_was_decided_is_not_overwritten_by_accident(space: Workspace) -> None:
    some = entry(space, "signer").id
    decide(space, "accept", some, actor="an")
    for how, words in (("accept", (some,)), ("correct", (some, "Lê An"))):
        with pytest.raises(ReviewDecided):
            decide(space, how, *words, actor="bình")
    decide(space, "correct", some, "Lê An", actor="bình", again=True)
    assert entry(space, "signer", decided=True).value == "Lê An"


def test_ids_must_name_one_value(space: Workspace) -> None:
    one = entry(space, "date").id
    for wrong, error in (
        ("0" * 32, ReviewUnknown),
        ("%", ReviewUnknown),
        (one[:6], ReviewAmbiguous),
    ):
        with pytest.raises(error):
            decide(space, "accept", wrong, actor="an")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "31/02/2024"),
        ("date", "hôm qua"),
        ("date", "2024-13"),
        ("year", "24"),
        ("sex", "nam nữ"),
        ("personal_id", "1195000123"),  # a spreadsheet took the zeros away
        ("text", "a\x07b"),
        ("text", "x" * 6000),
    ],
)
def test_what_cannot_be_a_value_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ReviewValueInvalid):
        review.checked(value, "f", kind)


def test_values_are_kept_in_their_one_form() -> None:
    assert review.checked("ngày 5 tháng 1 năm 2024", "date", "date") == "2024-01-05"
    assert review.checked("1932-07-01", "ngay_sinh", "date") == "1932-07-01"
    assert review.checked(" Nguye\u0302\u0303n   An ", "signer", "name") == "Nguyễn An"
    assert review.checked("B1234567", "so_dinh_danh", "personal_id") == "B1234567"
    assert review.checked("", "date", "date") == ""


# --- the spreadsheet -------------------------------------------------------------------------


def filled(data: bytes, changes: dict[str, dict[str, str]], *, separator: str = ",") -> bytes:
    """The table with cells filled in by field, saved as a spreadsheet program would."""
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    out = io.StringIO()
    writer = csv.DictWriter(out, review_csv.COLUMNS, delimiter=separator)
    writer.writeheader()
    for row in rows:
        writer.writerow({**row, **changes.get(row["field"], {})})
    return out.getvalue().encode("utf-8-sig")


def table(space: Workspace) -> bytes:
    with space.store.read() as session:
        return review_csv.written((e, "") for e in review.listed(session))


def take(space: Workspace, data: bytes, actor: str = "an") -> list[object]:
    made: list[object] = []
    with space.store.write() as session:
        for row in review_csv.read(data, name="r.csv", limits=Limits()):
            if isinstance(row, SohoaError):
                made.append(row)
                continue
            try:
                made.append(review_csv.applied(session, row, actor=actor, four_eyes=False))
            except SohoaError as error:
                made.append(error)
    return made


def test_no_cell_of_the_table_is_a_formula(space: Workspace) -> None:
    rows = list(csv.reader(io.StringIO(table(space).decode("utf-8-sig"))))
    assert any(cell == "'=Văn Bình" for row in rows for cell in row)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)


@given(st.text(max_size=30))
def test_guarding_a_cell_loses_nothing(text: str) -> None:
    cell = review_csv.guarded(text)
    assert review_csv.unguarded(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_decisions_come_back_from_the_table(space: Workspace, separator: str) -> None:
    data = filled(
        table(space),
        {"date": {"new_value": "5/1/2024"}, "signer": {"decision": "Đúng", "value": "#NAME?"}},
        separator=separator,
    )
    assert [type(m) for m in take(space, data)] == [review.Decision, review.Decision]
    assert entry(space, "date", decided=True).value == "2024-01-05"
    assert entry(space, "signer", decided=True).value == "=Văn Bình"


def test_a_row_whose_value_changed_meanwhile_is_refused_and_the_others_count(
    space: Workspace,
) -> None:
    data = filled(
        table(space), {"date": {"new_value": "2024-01-05"}, "signer": {"decision": "accept"}}
    )
    decide(space, "correct", entry(space, "date").id, "2024-01-06", actor="bình")
    refused, made = take(space, data)
    assert isinstance(refused, ReviewChanged) and refused.where == "2"
    assert isinstance(made, review.Decision)
    assert entry(space, "date", decided=True).value == "2024-01-06"


def test_rows_that_make_no_sense_are_refused_alone(space: Workspace) -> None:
    data = filled(
        table(space), {"date": {"decision": "vielleicht"}, "signer": {"new_value": "Lê An"}}
    )
    refused, made = take(space, data)
    assert isinstance(refused, ReviewRowInvalid) and isinstance(made, review.Decision)


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xfe", b'id,"x\n'])
def test_another_file_is_no_review_table(data: bytes) -> None:
    with pytest.raises(ReviewCsvInvalid):
        list(review_csv.read(data, name="x.csv", limits=Limits()))


# --- the picture and the command ---------------------------------------------------------------


def test_the_picture_shows_the_place(space: Workspace) -> None:
    image = Image.open(io.BytesIO(cut(archival(), 1, READ[0].box)))
    # 60 x 6 mm and its surroundings, at 150 dpi
    assert abs(image.width - 84 / 25.4 * 150) < 6 and abs(image.height - 18 / 25.4 * 150) < 6
    assert image.convert("L").getextrema()[0] < 80
    whole = Image.open(io.BytesIO(cut(archival(), 1, None)))
    assert whole.height <= 1000
    far = Image.open(io.BytesIO(cut(archival(), 1, (900.0, 900.0, 950.0, 920.0))))
    assert far.width > 8  # a box off the page shows the page
    with pytest.raises(InputUnreadable):
        cut(archival(), 7, None)


def test_the_command_from_list_to_import(space: Workspace, tmp_path: Path) -> None:
    root = space.root
    listed = sohoa("review", "list", "-w", root, "--json").of("sohoa.review.value/1")
    assert [v["field"] for v in listed] == ["date", "signer"]
    shown = sohoa("review", "show", listed[0]["id"], "-w", root, "--json")
    picture = Path(shown.of("sohoa.review.value/1")[0]["image"])
    assert picture.read_bytes().startswith(b"\x89PNG")
    file = tmp_path / "r.csv"
    assert sohoa("review", "export", file, "-w", root).code == 0
    assert sohoa("review", "export", file, "-w", root).code == 11  # never overwritten
    wrong = sohoa("review", "set", listed[0]["id"], "31/02/2024", "-w", root, "--json")
    assert wrong.code == 2 and wrong.of("sohoa.error/1")[0]["code"] == "review.value_invalid"
    right = sohoa("review", "set", listed[0]["id"], "2024-01-05", "-w", root, "--actor", "an")
    assert right.code == 0
    file.write_bytes(filled(file.read_bytes(), {k: {"decision": "x"} for k in ("date", "signer")}))
    dry = sohoa("review", "import", file, "-w", root, "--dry-run", "--json")
    assert dry.of("sohoa.review.import/1")[0]["decided"] == 1
    taken = sohoa("review", "import", file, "-w", root, "--json")
    assert taken.code == 3
    (refused,) = taken.of("sohoa.review.refused/1")
    assert (refused["row"], refused["error"]["code"]) == (2, "review.changed")
    left = sohoa("review", "list", "-w", root, "--json").of("sohoa.review.value/1")
    assert left == []
    assert next(who for _action, who, _data in trace(space)) == "an"


def test_a_workspace_can_demand_four_eyes(space: Workspace) -> None:
    root = space.root
    settings = root / "sohoa.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[digitize]\nfour_eyes = true\n", "utf-8")
    some = entry(space, "date").id
    # No option and no environment of a person makes one person enough.
    first = sohoa(
        *("review", "set", some, "2024-01-05", "-w", root, "--actor", "an", "--json"),
        SOHOA_DIGITIZE__FOUR_EYES="false",
    )
    assert first.code == 0, first.err
    assert first.of("sohoa.review.decision/1")[0]["awaits_second"]
    assert sohoa("review", "accept", some, "-w", root, "--actor", "an").code == 11
    second = sohoa("review", "accept", some, "-w", root, "--actor", "bình", "--json")
    assert second.of("sohoa.review.decision/1")[0]["review"] == "corrected"

    table = root / "t.csv"
    assert sohoa("review", "export", table, "-w", root).code == 0
    rows = table.read_text("utf-8-sig").splitlines()
    place = next(csv.reader([rows[0]])).index("decision")
    cells = next(csv.reader([rows[1]]))
    cells[place] = "accept"
    table.write_text("\n".join([rows[0], ",".join(f'"{c}"' for c in cells)]), "utf-8-sig")
    taken = sohoa("review", "import", table, "-w", root, "--actor", "an", "--json")
    (made,) = taken.of("sohoa.review.decision/1")
    assert made["awaits_second"]
