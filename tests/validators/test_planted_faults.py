"""Invented dossiers with planted faults: every fault that shows is found, none is imagined."""

import random
import re
from collections import Counter
from datetime import date

import pytest

from sohoa_core.facts import FieldFact, Role, Severity, Source
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
from sohoa_vietnam.text import plain

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


#: What recognition takes for what, besides losing an accent or a letter.
MISREAD = {"n": "m", "m": "n", "h": "b", "i": "l", "a": "o", "o": "a", "ê": "e", "ị": "i", "c": "e"}
NAMES = re.compile(r".*ho_ten|ben_a|ben_b|ben_.*uy_quyen|chu_ho|nguoi_yeu_cau")


def misread(text: str, rate: float, dice: random.Random) -> str:
    """``text`` as recognition might read it, ``rate`` of its letters wrong."""
    read = []
    for letter in text:
        if letter.isalpha() and dice.random() < rate:
            kind = dice.random()
            bare = plain(letter) or letter
            letter = "" if kind > 0.9 else MISREAD.get(letter, letter) if kind > 0.5 else bare
        read.append(letter)
    return "".join(read)


def check(
    dossier: Dossier, *, noise: float = 0.0, scan_shown: bool = False, seed: int = 0
) -> CheckResult:
    """Check a dossier as if everything had been read rightly; with ``noise``, as a machine reads
    names; with ``scan_shown``, with papers scanned that are only shown."""
    dice = random.Random(seed)
    items = []
    for number, item in enumerate(dossier.items):
        texts = {name: str(value) for name, value in item.paper.fields.items()}
        shown = item.submission == "show"
        facts = {n: FieldFact(n, v, v, 1.0, Source.PERSON) for n, v in texts.items()}
        if noise:
            for name, value in texts.items():
                text = misread(value, noise, dice) if NAMES.fullmatch(name) else value
                facts[name] = FieldFact(name, text, text, dice.uniform(0.6, 0.99), Source.OCR)
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
                versions=(Role.ORIGINAL,) if shown and scan_shown else (),
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


def test_papers_that_are_only_shown_must_not_be_scanned() -> None:
    seen = 0
    for index in range(30):
        dossier = invent_dossier(7, index)
        shown = [item for item in dossier.items if item.submission == "show"]
        findings = check(dossier, scan_shown=True).findings
        spoke = [one for one in findings if one.rule == "dossier.digitized.forbidden"]
        assert len(spoke) >= len(shown)
        seen += len(shown)
    assert seen > 5


@pytest.mark.parametrize("noise", [0.02, 0.1])
def test_misread_names_ask_a_person_and_are_no_errors(noise: float) -> None:
    reviews = 0
    for index in range(30):
        dossier = invent_dossier(21, index)
        if dossier.faults:
            continue
        findings = check(dossier, noise=noise, seed=index).findings
        assert not [one for one in findings if one.severity is Severity.ERROR], index
        reviews += sum(one.rule == "dossier.person.name" for one in findings)
    assert reviews
