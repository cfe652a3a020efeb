"""Agencies (cơ quan) by their electronic identifiers: open when, called what, followed by whom.

Level-1 codes: G ministries and central agencies, H provincial People's Committees, K provincial
People's Councils, as of QĐ 20/2020/QĐ-TTg and QĐ 09/2025/QĐ-TTg. A merged province that keeps a
predecessor's name keeps that predecessor's code; the other codes close. Codes inside papers and
dossier numbers issued before stay as they are for ever: only routing follows the successor.

Much of the numbering is not confirmed from the decisions' annexes: every answer says whether
the code, the name and the succession are verified, and a user's own file overrides any code.
"""

from sohoa_vietnam.agencies.files import AgencyRowBroken, load_agencies, parse_agencies
from sohoa_vietnam.agencies.notation import (
    Mention,
    Notation,
    NotationCandidate,
    mentions,
    other_notation,
)
from sohoa_vietnam.agencies.registry import (
    LEVEL_ONE,
    NEW_NOTATION,
    OLD_NOTATION,
    Agencies,
    AgencyAnswer,
    AgencyState,
    TaskMove,
    agencies,
)

__all__ = [
    "LEVEL_ONE",
    "NEW_NOTATION",
    "OLD_NOTATION",
    "Agencies",
    "AgencyAnswer",
    "AgencyRowBroken",
    "AgencyState",
    "Mention",
    "Notation",
    "NotationCandidate",
    "TaskMove",
    "agencies",
    "load_agencies",
    "mentions",
    "other_notation",
    "parse_agencies",
]
