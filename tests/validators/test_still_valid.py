"""Still in force? Every branch, and the six months of the confirmation of marital status."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa_core.facts import FieldFact, Source, Validity
from sohoa_validators import legal
from sohoa_validators.moments import add_months
from sohoa_validators.still_valid import ValidityAnswer, still_valid
from sohoa_validators.view import EventKind, EventView, ItemView

MARITAL = "marital_status_certificate"


def ask(issued: str, on: str, paper: str = MARITAL, **item: object) -> ValidityAnswer:
    options = {key: item.pop(key) for key in ("birth_date", "procedure") if key in item}
    accept = bool(item.pop("accept", True))
    view = ItemView("x", issued_on=issued, **item)  # type: ignore[arg-type]
    return still_valid(
        view,
        on=date.fromisoformat(on),
        paper_key=paper,
        accept_unverified=accept,
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("issued", "last_day", "first_day_after"),
    [
        ("2026-01-15", "2026-07-15", "2026-07-16"),
        ("2025-08-31", "2026-02-28", "2026-03-01"),
        ("2023-08-31", "2024-02-29", "2024-03-01"),
        ("2023-08-30", "2024-02-29", "2024-03-01"),
        ("2024-02-29", "2024-08-29", "2024-08-30"),
        ("2025-12-31", "2026-06-30", "2026-07-01"),
        ("2026-03-31", "2026-09-30", "2026-10-01"),
    ],
)
def test_six_months_end_with_the_corresponding_day(
    issued: str, last_day: str, first_day_after: str
) -> None:
    assert ask(issued, last_day).state is Validity.VALID
    late = ask(issued, first_day_after)
    assert (late.state, late.branch) == (Validity.EXPIRED, "term_from_issue")
    assert late.args["valid_to"] == last_day
    assert late.basis == "NĐ 123/2015/NĐ-CP Điều 23"


def test_a_date_known_to_the_month_is_unknown_inside_its_span() -> None:
    assert ask("2026-01", "2026-07-01").state is Validity.VALID
    between = ask("2026-01", "2026-07-15")
    assert (between.state, between.branch) == (Validity.UNKNOWN, "issue_date_imprecise")
    assert ask("2026-01", "2026-08-01").state is Validity.EXPIRED


def test_marriage_ends_the_confirmation_early() -> None:
    married = (EventView(EventKind.MARITAL_STATUS_CHANGED, "2026-03-01"),)
    assert ask("2026-01-15", "2026-02-28", events=married).state is Validity.VALID
    after = ask("2026-01-15", "2026-03-01", events=married)
    assert (after.state, after.branch) == (Validity.EXPIRED, "event_marital_status_changed")


def test_order_of_the_states() -> None:
    revoked = (EventView(EventKind.REVOKED, "2026-02-01"),)
    # Revoked wins over expired, expired over superseded, superseded over valid.
    assert ask("2020-01-15", "2026-11-01", events=revoked).state is Validity.REVOKED
    assert ask("2020-01-15", "2026-11-01", superseded_by="new").state is Validity.EXPIRED
    newer = ask("2026-10-15", "2026-11-01", superseded_by="new")
    assert (newer.state, newer.branch) == (Validity.SUPERSEDED, "newer_result")
    # A revocation that takes effect later does not count yet.
    later = (EventView(EventKind.REVOKED, "2026-12-01"),)
    assert ask("2026-10-15", "2026-11-01", events=later).state is Validity.VALID


def test_an_event_without_a_date_goes_to_a_person() -> None:
    revoked = (EventView(EventKind.REVOKED, ""),)
    answer = ask("2026-10-15", "2026-11-01", events=revoked)
    assert (answer.state, answer.branch) == (Validity.UNKNOWN, "event_without_date")


@pytest.mark.parametrize(
    ("paper", "issued", "branch"),
    [
        ("no_such_paper", "2026-01-01", "no_rule_for_this_paper"),
        (MARITAL, "", "issue_date_unknown"),
        (MARITAL, "2027-01-01", "issued_in_future"),
        ("residence_confirmation", "2026-01-01", "end_not_stated"),
        ("citizen_card", "2025-01-01", "facts_missing"),
        ("citizen_card", "", "no_rule_for_this_paper"),
    ],
)
def test_what_cannot_be_decided_is_unknown(paper: str, issued: str, branch: str) -> None:
    answer = ask(issued, "2026-06-01", paper)
    assert (answer.state, answer.branch) == (Validity.UNKNOWN, branch)


def test_dissolved_units_do_not_end_validity() -> None:
    fields = {"agency": FieldFact("agency", "UBND quận Ba Đình", "", 1.0, Source.PERSON)}
    answer = ask("1998-03-02", "2026-11-01", "birth_certificate", fields=fields)
    assert (answer.state, answer.branch) == (Validity.VALID, "indefinite")


def test_unverified_terms_can_be_refused() -> None:
    accepted = ask("1998-03-02", "2026-11-01", "birth_certificate")
    assert accepted.checked == "unverified"
    refused = ask("1998-03-02", "2026-11-01", "birth_certificate", accept=False)
    assert (refused.state, refused.branch) == (Validity.UNKNOWN, "unverified_term")


def test_stated_end_decides_and_its_day_still_counts() -> None:
    for on, state in (("2026-06-01", Validity.VALID), ("2026-06-02", Validity.EXPIRED)):
        answer = ask("2020-01-01", on, "no_such_paper", valid_to="2026-06-01")
        assert (answer.state, answer.branch) == (state, "stated_end")


def test_six_months_invented_by_an_old_system_are_no_data() -> None:
    fact = FieldFact("valid_to", "2026-08-28", "", 1.0, Source.MIGRATION)
    invented = {"fields": {"valid_to": fact}, "digitized_on": "2026-02-28"}
    answer = ask("2020-01-01", "2026-06-01", "no_such_paper", **invented)
    assert answer.state is Validity.UNKNOWN
    invented["digitized_on"] = "2026-02-27"
    assert ask("2020-01-01", "2026-06-01", "no_such_paper", **invented).state is Validity.VALID


def test_temporary_residence_lasts_two_years_at_most() -> None:
    paper, procedure = "residence_notice", "1.004194"
    inside = ask("2024-06-01", "2026-06-01", paper, procedure=procedure)
    assert inside.state is Validity.UNKNOWN  # the paper states its end, we do not know it
    outside = ask("2024-06-01", "2026-06-02", paper, procedure=procedure)
    assert (outside.state, outside.branch) == (Validity.EXPIRED, "greatest_term")


@pytest.mark.parametrize(
    ("born", "issued", "valid_to"),
    [
        ("2000-05-10", "2024-08-01", "2040-05-10"),  # within two years before 25: runs to 40
        ("2004-05-10", "2024-08-01", "2029-05-10"),
        ("1999-05-10", "2024-08-01", "2039-05-10"),
        ("1966-05-10", "2025-01-01", None),  # 58 years and 7 months: past the last age
    ],
)
def test_identity_card_runs_to_the_age_of_exchange(
    born: str, issued: str, valid_to: str | None
) -> None:
    answer = ask(issued, "2026-05-11", "citizen_card", birth_date=born)
    assert answer.args.get("valid_to") == valid_to
    assert answer.state is Validity.VALID


def test_passport_of_a_child_lasts_five_years() -> None:
    child = ask("2021-03-01", "2026-03-02", "passport", birth_date="2007-03-02")
    assert (child.state, child.args["valid_to"]) == (Validity.EXPIRED, "2026-03-01")
    adult = ask("2021-03-02", "2026-03-02", "passport", birth_date="2007-03-02")
    assert (adult.state, adult.args["valid_to"]) == (Validity.VALID, "2031-03-02")


@pytest.mark.parametrize(
    ("licence_class", "state", "checked"),
    [
        ("A1", Validity.VALID, "secondary"),
        ("B", Validity.VALID, "secondary"),
        ("C", Validity.EXPIRED, "unverified"),
        ("Z9", Validity.UNKNOWN, "secondary"),
    ],
)
def test_driving_licence_by_class(licence_class: str, state: Validity, checked: str) -> None:
    fields = {"licence_class": FieldFact("licence_class", licence_class, "", 1.0, Source.PERSON)}
    answer = ask("2025-01-02", "2030-01-03", "driving_licence", fields=fields)
    assert (answer.state, answer.checked) == (state, checked)


def test_a_land_certificate_with_a_printed_term_goes_to_a_person() -> None:
    def fields(term: str) -> dict[str, FieldFact]:
        return {"land_term": FieldFact("land_term", term, "", 1.0, Source.PERSON)}

    forever = ask("2009-01-01", "2026-01-01", "land_certificate", fields=fields("Ổn định lâu dài"))
    assert forever.state is Validity.VALID
    for term in ("đến năm 2043", "đến ngày 31/12/2025", "từ 01/01/2000 đến 01/01/2050"):
        until = ask("2009-01-01", "2026-01-01", "land_certificate", fields=fields(term))
        assert (until.state, until.branch) == (Validity.UNKNOWN, "printed_term_open")
    lasting = fields("Đến ngày 15/10/2043")
    inside = ask("2009-01-01", "2043-10-15", "land_certificate", fields=lasting)
    assert (inside.state, inside.branch) == (Validity.VALID, "printed_term")


DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(DAYS, st.integers(0, 600))
def test_adding_months_keeps_the_day_or_takes_the_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and add_days(later).day == 1)


def add_days(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


KEYS = sorted({key for entry in legal.validity().entries for key in entry.papers})
TEXTS = st.one_of(DAYS.map(date.isoformat), st.text(max_size=12), st.just("2026-05"))


@given(
    st.sampled_from([*KEYS, "other"]), TEXTS, TEXTS, TEXTS, DAYS, st.sampled_from(list(EventKind))
)
def test_never_valid_beyond_a_known_end(
    paper: str, issued: str, valid_to: str, event_on: str, on: date, kind: EventKind
) -> None:
    item = ItemView("x", issued_on=issued, valid_to=valid_to, events=(EventView(kind, event_on),))
    answer = still_valid(item, on=on, paper_key=paper)
    if answer.state is Validity.VALID and "valid_to" in answer.args:
        assert date.fromisoformat(answer.args["valid_to"]) >= on
    if answer.state is Validity.EXPIRED and "valid_to" in answer.args:
        assert date.fromisoformat(answer.args["valid_to"]) < on
    assert answer.branch
