"""Every message of this room stands in the Vietnamese catalogue with the same placeholders."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import sohoa_signing
from sohoa_signing.errors import CertificateUnsuitable
from sohoa_signing.verify.problems import PROBLEMS

HOME = Path(sohoa_signing.__file__).parent
CATALOGUE = HOME / "locale" / "vi" / "LC_MESSAGES" / "sohoa_signing.po"


def marked() -> set[str]:
    found = set()
    for path in HOME.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found.add(ast.literal_eval(node.args[0]))
    return found


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    parsed = read_po(io.BytesIO(CATALOGUE.read_bytes()))
    return {str(m.id): str(m.string) for m in parsed if m.id}


def test_catalogue_is_complete(catalogue):
    assert marked() == catalogue.keys()
    for english, vietnamese in catalogue.items():
        assert vietnamese.strip(), english
        names = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (english, vietnamese)]
        assert names[0] == names[1], english


def test_every_problem_code_has_a_sentence():
    assert {sentence for _, sentence in PROBLEMS.values()} <= marked()


def test_problem_codes_in_code_are_known():
    """A code that nobody explained would be told to people as a bare word."""
    used = set()
    for name in ("facts", "changes", "increments", "revisions"):
        text = (HOME / "verify" / f"{name}.py").read_text(encoding="utf-8")
        used |= set(re.findall(r'problems?\.append\(\s*"(\w+)"', text))
    assert used
    assert used <= PROBLEMS.keys()


def test_details_of_errors_are_templates_too():
    error = CertificateUnsuitable(detail="this hash algorithm is not allowed")
    assert "this hash algorithm" in error.message("en")
