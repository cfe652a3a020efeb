"""The four national indicators, exactly, against a plain count."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_core import workspace
from sohoa_core.facts import Role
from sohoa_core.records import Document, Dossier, Item
from sohoa_core.records.recording import add_version
from sohoa_validators.indicator_rows import rows_of
from sohoa_validators.indicators import DossierRow, Indicator, Period, compute, period_of


def row(**given: object) -> DossierRow:
    base = {
        "agency": "H26.14", "received_on": "2026-11-10", "returns_paper": True,
        "component_file": False, "result_file": False, "reused": False, "from_kho": False,
        "result_link": False,
    }  # fmt: skip
    return DossierRow(**{**base, **given})  # type: ignore[arg-type]


def by_id(rows: list[DossierRow], period: Period = Period.YEAR) -> dict[str, Indicator]:
    return {one.id: one for one in compute(rows, period)}


def test_digitization_rate_and_its_threshold() -> None:
    both = row(component_file=True, result_file=True)
    rows = [both] * 3 + [row(component_file=True)] * 2
    found = by_id(rows)["4.2"]
    assert (found.numerator, found.denominator) == (3, 5)
    assert found.rate == Fraction(3, 5)
    assert found.score == Fraction(3, 4)  # 60 % of a threshold of 80 %
    assert by_id([both] * 4 + [row()])["4.2"].score == 1
    assert by_id([both] * 79 + [row()] * 21)["4.2"].score == Fraction(79, 80)


def test_a_procedure_without_paper_needs_no_result_file() -> None:
    found = by_id([row(returns_paper=False, component_file=True)])
    assert found["4.2"].rate == 1
    assert (found["4.1"].denominator, found["4.1"].rate, found["4.1"].score) == (0, None, None)


def test_shared_for_reuse_counts_either_sign() -> None:
    found = by_id([row(from_kho=True), row(result_link=True), row()])
    assert found["4.4"].rate == Fraction(2, 3)
    assert found["4.1"].rate == Fraction(1, 3)


def test_dossiers_without_a_reception_date_are_left_out() -> None:
    found = by_id([row(received_on=""), row(received_on="hôm qua"), row(reused=True)])
    assert (found["4.3"].numerator, found["4.3"].denominator) == (1, 1)


def test_agencies_and_periods_stand_apart() -> None:
    rows = [row(), row(agency="H26.20"), row(received_on="2026-03-31T08:00:00")]
    names = {(one.agency, one.period) for one in compute(rows, Period.QUARTER)}
    assert names == {("H26.14", "2026-Q4"), ("H26.14", "2026-Q1"), ("H26.20", "2026-Q4")}
    assert period_of("2026-03", Period.MONTH) == "2026-03"
    assert period_of("2026", Period.MONTH) is None
    assert period_of("2026", Period.YEAR) == "2026"
    assert period_of("2026-02", Period.QUARTER) == "2026-Q1"
    assert period_of("x", Period.ALL) is None


FLAGS = st.booleans()
ROWS = st.lists(
    st.builds(
        DossierRow,
        st.sampled_from(["H26.14", "H26.20"]),
        st.sampled_from(["2026-01-02", "2025-12-31", ""]),
        FLAGS, FLAGS, FLAGS, FLAGS, FLAGS, FLAGS,
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=60)
@given(ROWS)
def test_against_a_plain_count(rows: list[DossierRow]) -> None:
    for one in compute(rows, Period.YEAR):
        mine = [r for r in rows if r.agency == one.agency and r.received_on[:4] == one.period]
        paper = [r for r in mine if r.returns_paper]
        expected = {
            "4.1": (sum(r.result_link for r in paper), len(paper)),
            "4.2": (
                sum(r.component_file and (r.result_file or not r.returns_paper) for r in mine),
                len(mine),
            ),
            "4.3": (sum(r.reused for r in mine), len(mine)),
            "4.4": (sum(r.from_kho or r.result_link for r in mine), len(mine)),
        }
        assert (one.numerator, one.denominator) == expected[one.id]
        assert one.rate is None or 0 <= one.rate <= 1
        assert one.score is None or 0 <= one.score <= 1


def test_rows_of_the_records(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("rows") / "w"
    workspace.create(root)
    with workspace.opened(root) as space:
        with space.store.write() as session:
            # A result that is still missing counts in the denominator; a procedure of which
            # nothing is known gives back what it has.
            for code, procedure, items in (
                ("a", "1.001193", [("component", 1, True, {})]),
                (
                    "b",
                    "1.001193",
                    [("component", 1, True, {}), ("result", 0, True, {"result_link": "x"})],
                ),
                ("c", "9.999999", [("component", 3, False, {"from_kho": True})]),
                (
                    "d",
                    "9.999999",
                    [("component", 0, True, {"reused": True}), ("result", 0, False, {})],
                ),
            ):
                dossier = Dossier(
                    code=code, procedure_code=procedure, agency_code="H26", received_on="2026-11-10"
                )
                session.add(dossier)
                session.flush()
                for number, (kind, state, filed, facts) in enumerate(items):
                    item = Item(
                        dossier_id=dossier.id, ordinal=number, kind=kind, digitized_state=state,
                        paper_facts=facts,
                    )  # fmt: skip
                    session.add(item)
                    session.flush()
                    document = Document(item_id=item.id, name=f"{code}{number}")
                    session.add(document)
                    session.flush()
                    if filed:
                        stored = space.vault.put(code.encode())
                        add_version(
                            session, document, Role.ORIGINAL, stored, media_type="x", made_by="x"
                        )
        with space.store.read() as session:
            found = by_id(list(rows_of(session)))
    pairs = {key: (one.numerator, one.denominator) for key, one in found.items()}
    assert pairs == {"4.1": (1, 3), "4.2": (1, 4), "4.3": (2, 4), "4.4": (2, 4)}
