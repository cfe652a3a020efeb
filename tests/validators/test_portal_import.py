"""Records of the national portal become drafts of schemas; hostile ones are refused."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_validators.catalogue import SHIPPED, load_catalogue, read_procedure
from sohoa_validators.describe import condition_text, differences
from sohoa_validators.draft import draft_text
from sohoa_validators.errors import PortalRecordRefused, SchemaFileRefused
from sohoa_validators.portal_import import procedure_from_portal, read_portal

DATA = Path(__file__).parent / "data" / "portal"
ON = date(2026, 11, 20)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.stem)
def test_golden(path: Path, tmp_path: Path) -> None:
    (record,) = read_portal(path.read_bytes())
    made = procedure_from_portal(record, on=ON)
    assert made.text == path.with_suffix(".yaml").read_text(encoding="utf-8")
    (tmp_path / "procedures").mkdir()
    (tmp_path / "procedures" / "x.yaml").write_text(made.text, encoding="utf-8")
    found = load_catalogue(tmp_path).procedure(made.code, ON)
    assert found is not None and found.checked == "unverified"


def record(**changed: Any) -> dict[str, Any]:
    (found,) = read_portal((DATA / "birth.json").read_bytes())
    return {**found, **changed}


def test_headings_are_no_cases() -> None:
    two = record()["executionCases"][:2]
    made = procedure_from_portal(record(executionCases=two), on=ON)
    assert made.text.count("- id: general") == 1 and "cases:\n  - " not in made.text


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "", "codeNotation": ""}, {"code": None, "codeNotation": None},
        {"code": "../../etc/passwd", "codeNotation": ""},
        {"code": ["1.001193"], "codeNotation": {}},
    ],
)  # fmt: skip
def test_without_a_code_there_is_no_schema(changed: dict[str, Any]) -> None:
    with pytest.raises(PortalRecordRefused):
        procedure_from_portal(record(**changed), on=ON)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff\xfe", b"[1]", b'"text"', b"[" * 100_000, b"null"],
)
def test_what_is_no_record_is_refused(raw: bytes) -> None:
    with pytest.raises(PortalRecordRefused) as caught:
        list(read_portal(raw))
    assert caught.value.exit_code == 10


def test_lists_lines_and_wrapped_records() -> None:
    one = json.dumps(record())
    for text in (f"[{one},{one}]", f"{one}\n{one}\n", json.dumps({"data": [record(), record()]})):
        assert len(list(read_portal(text.encode()))) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip
KEYS = st.sampled_from([*record(), "profileComponents", "originalQty", "name", "code", "fees"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, JSON, max_size=6), st.text(max_size=40))
def test_any_record_is_imported_or_refused(changed: dict[str, Any], text: str) -> None:
    broken = record(**changed)
    cases = broken.get("executionCases")
    if isinstance(cases, list) and cases and isinstance(cases[0], dict):
        cases = [{"name": text, "profileComponents": [{"name": text, "code": text, **changed}]}]
        broken["executionCases"] = cases
    try:
        made = procedure_from_portal(broken, on=ON)
    except PortalRecordRefused:
        return
    assert made.text.startswith("schema: sohoa/procedure/1\n")


def test_differences_are_by_id() -> None:
    old = read_procedure(SHIPPED / "procedures" / "1.001193.yaml")
    changed = old.model_copy(update={"components": old.components[1:]})
    found = list(differences(old, changed))
    assert [path for path, _, _ in found] == ["components.declaration"]
    assert not list(differences(old, old))


def test_conditions_read_as_text() -> None:
    found = read_procedure(SHIPPED / "procedures" / "1.001193.yaml")
    texts = [condition_text(component.required_when) for component in found.components]
    assert "fact.abandoned = true" in texts and "not (channel = online)" in texts


def test_a_draft_is_a_schema(tmp_path: Path) -> None:
    text = draft_text("9.123456", 'Thủ tục "mới": {a}', on=ON)
    (tmp_path / "procedures").mkdir()
    (tmp_path / "procedures" / "x.yaml").write_text(text, encoding="utf-8")
    assert load_catalogue(tmp_path).procedure("9.123456", ON) is not None
    for code, name in (("../../x", "a"), ("9.123456", ""), ("1.001193\nx: 1", "a")):
        with pytest.raises(SchemaFileRefused):
            draft_text(code, name, on=ON)
