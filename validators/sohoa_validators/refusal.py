"""From a pydantic error to faults with file, line and a reason that an editor understands."""

from __future__ import annotations

from pydantic import ValidationError

from sohoa_validators.errors import Fault
from sohoa_validators.yaml_lines import Lined

_REASONS = {
    "extra_forbidden": "unknown key",
    "missing": "a required key is missing",
    "string_type": "a text is needed (put codes and numbers in quotes)",
}


def faults_of(error: ValidationError, lined: Lined) -> list[Fault]:
    """Every fault that pydantic found, each at its line; no values are repeated."""
    faults = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        kind = detail["type"]
        reason = _REASONS.get(kind, detail["msg"].removeprefix("Value error, "))
        last = str(detail["loc"][-1]) if detail["loc"] else ""
        if kind in ("missing", "extra_forbidden"):
            reason = f"{reason}: {last}"
        faults.append(lined.fault(tuple(detail["loc"]), reason))
    return faults
