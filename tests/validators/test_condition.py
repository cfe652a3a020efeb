"""The language of conditions: Kleene's logic, types, limits."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sohoa_validators.condition import MAX_NODES, Condition, evaluate, type_faults

PARSE: TypeAdapter[Any] = TypeAdapter(Condition)
TYPES: dict[str, Any] = {
    "fact.yes": "bool", "fact.no": "bool", "fact.open": "bool", "owner.age": "number",
    "received_on": "date", "channel": "choice",
}  # fmt: skip
VALUES = {
    "fact.yes": True,
    "fact.no": False,
    "owner.age": 14,
    "received_on": date(2026, 3, 1),
    "channel": "online",
}
YES, NO = {"value": "fact.yes", "is": True}, {"value": "fact.no", "is": True}
OPEN = {"value": "fact.open", "is": True}


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (YES, True),
        (NO, False),
        (OPEN, None),
        ({"not": NO}, True),
        ({"not": OPEN}, None),
        ({"all": [YES, OPEN]}, None),
        ({"all": [NO, OPEN]}, False),
        ({"any": [YES, OPEN]}, True),
        ({"any": [NO, OPEN]}, None),
        ({"any": [NO, NO]}, False),
        ({"value": "owner.age", "below": 14}, False),
        ({"value": "owner.age", "at_least": 14}, True),
        ({"value": "received_on", "before": date(2026, 3, 1)}, False),
        ({"value": "received_on", "on_or_after": date(2026, 3, 1)}, True),
        ({"value": "channel", "in": ["post", "online"]}, True),
        ({"value": "channel", "is": "direct"}, False),
    ],
)
def test_truth(raw: Any, answer: bool | None) -> None:
    condition = PARSE.validate_python(raw)
    assert not list(type_faults(condition, TYPES, {}))
    assert evaluate(condition, VALUES.get) is answer


@pytest.mark.parametrize(
    "raw",
    [
        {"value": "fact.yes"},
        {"value": "fact.yes", "is": True, "in": [True]},
        {"value": "__class__", "is": True},
        {"all": []},
        {"eval": "1"},
        "fact.yes",
        None,
        {"value": "fact.yes", "matches": ".*"},
    ],
)
def test_what_is_no_condition(raw: Any) -> None:
    with pytest.raises(ValidationError):
        PARSE.validate_python(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"value": "fact.yes", "is": "true"},
        {"value": "fact.yes", "is": 1},
        {"value": "owner.age", "is": True},
        {"value": "fact.yes", "below": 3},
        {"value": "owner.age", "before": date(2026, 1, 1)},
        {"value": "fact.unknown", "is": True},
        {"not": {"all": [{"value": "received_on", "at_least": 3}]}},
    ],
)
def test_what_does_not_type_check(raw: Any) -> None:
    assert list(type_faults(PARSE.validate_python(raw), TYPES, {}))


def test_long_conditions_are_refused() -> None:
    raw: Any = {"any": [{"all": [YES] * 20}] * 20}
    reasons = [reason for _, reason in type_faults(PARSE.validate_python(raw), TYPES, {})]
    assert reasons == [f"a condition of more than {MAX_NODES} parts"]


LEAVES = st.sampled_from([YES, NO, OPEN])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=12,
)


@given(TREES)
def test_de_morgan_holds_with_unknowns(raw: Any) -> None:
    def turned(tree: Any) -> Any:
        if "all" in tree:
            return {"any": [turned(part) for part in tree["all"]]}
        if "any" in tree:
            return {"all": [turned(part) for part in tree["any"]]}
        return tree.get("not", {"not": tree})

    one = evaluate(PARSE.validate_python({"not": raw}), VALUES.get)
    assert one is evaluate(PARSE.validate_python(turned(raw)), VALUES.get)


@given(TREES)
def test_knowing_more_never_turns_an_answer_round(raw: Any) -> None:
    condition = PARSE.validate_python(raw)
    before = evaluate(condition, VALUES.get)
    for answer in (True, False):
        after = evaluate(condition, {**VALUES, "fact.open": answer}.get)
        assert before is None or after is before
        assert after is not None
