"""Legal equivalence: the table a jurist can read, and the articles behind each failure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sohoa_core.facts import Severity
from sohoa_signing.equivalence import (
    DocumentClass,
    EquivalenceFacts,
    equivalence,
    read_conversion_mark,
)
from sohoa_signing.marks import Conversion, conversion_text

DATA = Path(__file__).parent / "data" / "equivalence.txt"
TODAY = date(2026, 11, 21)


def cases():
    for line in DATA.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            kind, facts, answer, names = (part.strip() for part in line.split("|"))
            values = [{"y": True, "n": False, "?": None}[v] for v in facts.split()]
            yield pytest.param(kind, values, answer, names, id=line[:40])


@pytest.mark.parametrize(("kind", "values", "answer", "names"), list(cases()))
def test_table(kind, values, answer, names):
    result = equivalence(EquivalenceFacts(DocumentClass(kind), *values), on=TODAY)
    assert result.answer.value == answer
    assert ",".join(result.failed or result.unknown) == names
    verdict = result.verdict(TODAY)
    assert (verdict.question, verdict.answer, verdict.on) == (
        "equal_to_paper",
        answer,
        "2026-11-21",
    )


def test_every_failure_cites_its_article():
    facts = EquivalenceFacts(DocumentClass.CERTIFICATE, *[False] * 7)
    result = equivalence(facts, on=TODAY)
    basis = {finding.rule: finding.basis for finding in result.findings}
    assert "Điều 12.1.a" in basis["equivalence.integrity"]
    assert "Điều 12.1.b" in basis["equivalence.readable"]
    assert "Điều 12.1.c" in basis["equivalence.mark_in_words"]
    assert "137/2024" in basis["equivalence.conversion_time"]
    assert "Điều 12.1.d" in basis["equivalence.agency_signature"]
    assert "01/2023" in basis["equivalence.officer_signature"]
    grave = {f.rule: f.severity for f in result.findings}
    assert grave["equivalence.officer_signature"] is Severity.WARNING
    assert grave["equivalence.integrity"] is Severity.ERROR


def test_only_what_was_in_force_counts():
    facts = EquivalenceFacts(DocumentClass.CERTIFICATE, True, True, False, False, False, True)
    assert equivalence(facts, on=date(2024, 8, 1)).failed == ()
    assert equivalence(facts, on=TODAY).failed == (
        "mark_in_words",
        "conversion_time",
        "converter_name",
    )


def test_our_own_mark_is_found_again_even_broken_into_lines():
    at = datetime(2026, 11, 21, 2, 5, 7, tzinfo=UTC)
    text = conversion_text(Conversion("Ủy ban nhân dân phường Bến Nghé", at))
    for shown in (text, text.replace(" ", "\n"), "Trang 1\n" + text + "\n"):
        seen = read_conversion_mark(shown)
        assert seen.words
        assert seen.time == "21/11/2026 09:05:07 +07:00"
        assert seen.converter.startswith("Ủy ban nhân dân phường Bến Nghé")


@pytest.mark.parametrize(
    ("text", "words", "time"),
    [
        ("Sao y bản chính", False, ""),
        ("bản điện tử chuyển đổi từ văn bản giấy", True, ""),
        (
            "Chuyển đổi từ bản giấy – 2026-11-21T09:05:07+07:00 – UBND",
            True,
            "2026-11-21T09:05:07+07:00",
        ),
        ("", False, ""),
    ],
)
def test_other_texts(text, words, time):
    seen = read_conversion_mark(text)
    assert (seen.words, seen.time) == (words, time)
