"""The agency columns of a dossier: as printed for ever, and who holds it now."""

from __future__ import annotations

from typing import Any

from sohoa_migrate import conversion
from sohoa_migrate.outcome import Made
from sohoa_migrate.reasons import finding


def hold(
    made: Made, printed: str | None, name: str | None, as_of: str | None, holder: str | None
) -> dict[str, Any]:
    """The agency columns of a dossier: as printed for ever, and who holds it now.

    What cannot be decided becomes a finding for a person.
    """
    if printed is None:
        return {
            "agency_code": None,
            "agency_code_set": None,
            "agency_as_of": as_of,
            "agency_name_printed": name,
            "holder_agency_code": holder,
        }
    found = conversion.holder_of(printed)
    if holder is None and found.reason is not None:
        made.notes.append({"field": "agency", "code": found.reason})
        made.children.setdefault("findings", []).append(
            finding(made.id, found.reason, {"code": printed, "holder": found.code or "-"})
        )
    return {
        "agency_code": printed,
        "agency_code_set": found.code_set,
        "agency_as_of": as_of,
        "agency_name_printed": name,
        "holder_agency_code": holder or found.code,
    }
