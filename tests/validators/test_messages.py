"""Findings in words: every message and every code of the closed vocabularies, in Vietnamese."""

from pathlib import Path

from babel.messages.pofile import read_po

import sohoa_validators
from sohoa_validators.rules.registry import rules
from sohoa_validators.wording import VOCABULARIES, say, say_verdict

CATALOGUE = Path(sohoa_validators.__file__).parent / "locale/vi/LC_MESSAGES/sohoa_validators.po"


def test_every_code_of_a_vocabulary_has_words() -> None:
    with CATALOGUE.open("rb") as stream:
        known = read_po(stream, locale="vi")
    for words in VOCABULARIES.values():
        for text in words.values():
            message = known.get(text)
            assert message is not None and message.string, text


def test_codes_become_words() -> None:
    message = "{title}: “{condition}”"
    assert say(message, {"title": "A", "condition": "integrity"}, "en") == "A: “integrity”"
    args = {"title": "integrity", "condition": "converter_name"}
    assert say(message, args, "en") == "integrity: “name of the converter”"
    assert say("{missing}", {}, "en") == "{missing}"
    text = say_verdict("still_valid", "EXPIRED", "term_from_issue", "en")
    assert text == "Still in force? expired (by its term from the day of issue)"
    assert say_verdict("new", "ODD", "thing", "en") == "new ODD"


def test_every_rule_message_fills() -> None:
    for rule in rules():
        assert say(rule.message, {}, "en") == rule.message
