"""Invented dossiers with planted faults: every fault that shows is found, none is imagined."""

from collections import Counter
from datetime import date

from sohoa_core.facts import FieldFact, Severity, Source
from sohoa_samples.dossier import Dossier
from sohoa_samples.scripts import invent_dossier
from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.check import CheckResult, check_dossier
from sohoa_validators.view import (
    DossierView,
    ItemKind,
    ItemView,
    PaperForm,
    PartyView,
    Submission,
)

COUNT = 90
#: The rules that speak of a fault, by its code.
SPEAKS = {
    "missing_component": {"dossier.component.missing", "dossier.component.group"},
    "birth_date_mismatch": {"dossier.person.birth_date"},
    "wrong_id_digit": {
        "dossier.person.identifier",
        "document.identifier.birth_year",
        "document.identifier.sex",
        "field.personal_identifier.prefix",
    },
    "district_after_reform": {"document.district.after_reform"},
    "expired_paper": {"document.validity.at_reception"},
    "date_words_mismatch": {"field.date_words.mismatch"},
}


def check(dossier: Dossier) -> CheckResult:
    """Check a dossier as if everything had been read rightly."""
    items = []
    for number, item in enumerate(dossier.items):
        texts = {name: str(value) for name, value in item.paper.fields.items()}
        shown = item.submission == "show"
        facts = {n: FieldFact(n, v, v, 1.0, Source.PERSON) for n, v in texts.items()}
        items.append(
            ItemView(
                id=str(number),
                kind=ItemKind(item.kind),
                code=item.component,
                title=item.paper.title,
                form=PaperForm(item.paper.form),
                submission=Submission(item.submission),
                doc_type=item.paper.doc_type,
                fields={} if shown else facts,
            )
        )
    owner = dossier.owner
    view = DossierView(
        code=dossier.code,
        procedure=dossier.procedure,
        case=dossier.case,
        agency=dossier.agency,
        received_on=dossier.received.isoformat(),
        owner=PartyView(owner.name, owner.born.isoformat(), {"personal": owner.id}, "person"),
        items=tuple(items),
    )
    return check_dossier(view, on=date(2026, 11, 21), catalogue=shipped_catalogue())


def test_planted_faults_are_found_and_none_is_imagined() -> None:
    missed: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for index in range(COUNT):
        dossier = invent_dossier(7, index)
        result = check(dossier)
        spoke = {finding.rule for finding in result.findings}
        for fault in dossier.faults:
            # No other paper in the records bears the mother's number: a slip in its serial
            # part cannot show.
            if fault.field == "me_so_dinh_danh":
                continue
            seen[fault.code] += 1
            missed[fault.code] += not SPEAKS[fault.code] & spoke
        if not dossier.faults:
            grave = [
                (finding.rule, finding.args)
                for finding in result.findings
                if finding.severity is Severity.ERROR
                or (finding.severity is Severity.WARNING and finding.rule not in UNDONE)
            ]
            assert not grave, (index, dossier.procedure)
    assert +missed == Counter()
    assert len(seen) >= 5


#: Nothing was digitized here, and the rules say so.
UNDONE = ("dossier.digitized.missing",)
