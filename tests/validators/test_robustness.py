"""No value of a dossier makes a check raise, take long or pass markup through unclipped."""

import pickle
import time
from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sohoa_core.facts import FieldFact, PageFact, ReviewState, Role, SignatureFact, Source
from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.check import check_dossier
from sohoa_validators.clip import LIMIT, clip
from sohoa_validators.date_words import date_from_words
from sohoa_validators.examples import sound_dossiers
from sohoa_validators.view import (
    Channel,
    DossierView,
    EventKind,
    EventView,
    FileView,
    ItemKind,
    ItemView,
    MarkKind,
    MarkView,
    PaperForm,
    PartyView,
    Submission,
)

CATALOGUE = shipped_catalogue()
NASTY = st.sampled_from(
    [
        "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\x00\x1b[2J\u202e", "{0.__class__}",
        "a" * 100_000, "१२३४५६७८९०१२", "0" * 12, "2026-02-30", "9999-12-31", "0001-01-01",
        "\ud800", "%s%n", "001095000123\n", "ﷺ" * 500, "tháng năm năm", "٢٠٢٦-٠١-٠١",
    ]
)  # fmt: skip
TEXT = st.one_of(NASTY, st.text(max_size=30), st.dates().map(date.isoformat), st.just(""))
PAPERS = [paper.paper for paper in CATALOGUE.papers.values()]
FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def items(draw: st.DrawFn, number: int) -> ItemView:
    paper = draw(st.sampled_from(PAPERS))
    names = [field.name for field in paper.fields] or ["x"]
    fields = {}
    for name in draw(st.lists(st.sampled_from([*names, "issued_on", "date"]), max_size=6)):
        fields[name] = FieldFact(
            name, draw(TEXT), "", draw(FLOATS), draw(st.sampled_from(list(Source))),
            review=draw(st.sampled_from(list(ReviewState))),
        )  # fmt: skip
    pages = tuple(
        PageFact(draw(st.integers(-1, 3)), 1, 1, draw(FLOATS), skew=draw(FLOATS),
                 confidence=draw(st.none() | FLOATS), blank=draw(st.booleans()))
        for _ in range(draw(st.integers(0, 2)))
    )  # fmt: skip
    signature = SignatureFact(
        draw(TEXT), draw(TEXT), None, draw(st.booleans()), True, draw(TEXT), True, "", "", "",
        details={"role": draw(st.none() | TEXT | st.integers())},
    )  # fmt: skip
    return ItemView(
        id=f"i{number}",
        kind=draw(st.sampled_from(list(ItemKind))),
        code=draw(TEXT | st.sampled_from([*paper.codes, "KQ003204"])),
        title=draw(TEXT),
        form=draw(st.sampled_from(list(PaperForm))),
        submission=draw(st.sampled_from(list(Submission))),
        copies=draw(st.integers(-5, 10**9)),
        doc_type=draw(st.sampled_from([paper.key, "nonsense"])),
        issued_on=draw(TEXT),
        valid_to=draw(TEXT),
        fields=fields,
        pages=pages,
        sides=draw(st.none() | st.integers(-1, 5)),
        signatures=(signature,) * draw(st.integers(0, 1)),
        versions=draw(st.sampled_from([(), (Role.ORIGINAL,), (Role.AGENCY_SIGNED,)])),
        marks=(MarkView(MarkKind.CONVERSION, draw(TEXT), draw(TEXT), draw(TEXT)),),
        events=(EventView(draw(st.sampled_from(list(EventKind))), draw(TEXT)),),
        file=draw(st.none() | st.builds(FileView, TEXT, TEXT, pages=st.none() | st.integers())),
        digitized_on=draw(TEXT),
    )


@st.composite
def dossiers(draw: st.DrawFn) -> DossierView:
    return DossierView(
        code=draw(TEXT),
        procedure=draw(st.sampled_from(CATALOGUE.codes()) | TEXT),
        case=draw(TEXT),
        status=draw(st.none() | st.integers(-1, 12)),
        channel=draw(st.sampled_from(list(Channel))),
        received_on=draw(TEXT),
        due_on=draw(TEXT),
        finished_on=draw(TEXT),
        owner=PartyView(draw(TEXT), draw(TEXT), {"personal": draw(TEXT)}, draw(TEXT), draw(TEXT)),
        facts={"agent": draw(st.none() | TEXT | st.booleans() | st.integers())},
        items=tuple(draw(items(n)) for n in range(draw(st.integers(0, 3)))),
    )


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(dossiers(), st.dates())
def test_any_dossier_is_checked(view: DossierView, on: date) -> None:
    result = check_dossier(view, on=on, catalogue=CATALOGUE)
    for finding in result.findings:
        for value in finding.args.values():
            if isinstance(value, str):
                assert len(value) <= LIMIT
                assert value.isprintable()
        finding.message.format(**finding.args)
    assert pickle.loads(pickle.dumps(result)).rule_set == result.rule_set


def test_megabytes_do_not_take_long() -> None:
    _, view, on = next(iter(sound_dossiers()))
    huge = "Nguyễn " * 300_000
    swollen = tuple(
        replace(
            item,
            title=huge,
            code=huge,
            fields={n: replace(f, value=huge) for n, f in item.fields.items()},
        )
        for item in view.items
    )
    started = time.process_time()
    result = check_dossier(replace(view, items=swollen, code=huge), on=on, catalogue=CATALOGUE)
    assert time.process_time() - started < 2.0
    assert result.findings


def test_the_same_view_gives_the_same_result() -> None:
    for _, view, on in sound_dossiers():
        one = check_dossier(view, on=on, catalogue=CATALOGUE)
        assert one == check_dossier(view, on=on, catalogue=CATALOGUE)


@given(st.text(max_size=200))
def test_clipped_texts_are_printable_and_short(text: str) -> None:
    assert clip(text).isprintable()
    assert len(clip(text)) <= LIMIT


@given(st.text(max_size=80))
def test_any_words_are_read_or_not(text: str) -> None:
    found = date_from_words(text)
    assert found is None or isinstance(found, date)


def test_dates_in_words() -> None:
    for words, day in (
        ("Ngày năm, tháng năm, năm hai nghìn không trăm linh năm", date(2005, 5, 5)),
        ("ngày mồng một tháng giêng năm một nghìn chín trăm chín mươi", date(1990, 1, 1)),
        ("Ngày ba mươi mốt, tháng mười hai, năm hai nghìn không trăm hai mươi sáu.",
         date(2026, 12, 31)),
        ("Ngày ba mươi, tháng hai, năm hai nghìn không trăm hai mươi sáu", None),
        ("ngày hai mươi tháng tư năm hai ngàn không trăm mười", date(2010, 4, 20)),
        ("hôm qua", None),
    ):  # fmt: skip
        assert date_from_words(words) == day
