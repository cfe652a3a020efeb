"""The pages of errors are what the program says; codes are unique; words are complete."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from sohoa_core import i18n
from sohoa_core.errors import SohoaError, all_errors

TOP = Path(__file__).parent.parent.parent
sys.path.insert(0, str(TOP / "docs"))

import generate  # noqa: E402


@pytest.mark.parametrize(("lang", "name"), [("en", "errors.md"), ("vi", "errors.vi.md")])
def test_the_page_is_up_to_date(lang: str, name: str) -> None:
    assert (TOP / "docs" / name).read_text(encoding="utf-8") == generate.page(lang)


def _classes() -> list[type[SohoaError]]:
    generate.page("en")  # loads every room
    found, queue = [], [SohoaError]
    while queue:
        cls = queue.pop()
        queue.extend(cls.__subclasses__())
        if cls.__module__.startswith("sohoa_") and "code" in vars(cls):
            found.append(cls)
    return found


def test_every_code_belongs_to_one_class() -> None:
    counts = Counter(cls.code for cls in _classes())
    assert [code for code, count in counts.items() if count > 1] == []


def test_every_error_is_said_in_both_languages() -> None:
    for cls in all_errors():
        if not cls.__module__.startswith("sohoa_"):
            continue
        error = cls(where="x")
        for text in (cls.what, cls.why, cls.todo):
            assert (
                not text or i18n.translate(text, "vi") != text or text == "{detail} [{reason}]"
            ), (
                cls.code,
                text,
            )
        assert error.message("en") and error.remedy("vi")


def test_errors_survive_the_trip_from_a_worker() -> None:
    import pickle

    for cls in all_errors():
        error = cls(where="hồ sơ", detail="d")
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), back.where, back.args_by_name) == (cls, "hồ sơ", {"detail": "d"})
