"""Which annotations are comments, and which are paint.

A certification with P=3 lets readers comment (ISO 32000-1 12.8.2.2). Attackers use the same
permission to lay another text over the page ("evil annotation"). A comment is a small note or
a light highlight that the reader draws itself: no appearance of its own, no action.
"""

from __future__ import annotations

from typing import Any

from sohoa_signing.verify.pdf_objects import Dict
from sohoa_signing.verify.revisions import View

#: An icon is 20 points wide; twice that covers nothing worth reading.
MAX_NOTE = 40.0
#: Each colour component of a highlight must leave the text below it readable.
_MIN_LIGHT = 0.6
#: What makes an annotation act or draw for itself.
_ACTIVE = frozenset({"AP", "A", "AA", "FT", "Parent", "RichMedia", "MK", "FS", "Dest", "OC"})


def is_harmless_note(view: View, fields: Dict) -> bool:
    """Whether the annotation ``fields`` only comments."""
    if fields.keys() & _ACTIVE or fields.twice:
        return False
    box = _numbers(view, fields.get("Rect"))
    if len(box) != 4:
        return False
    width, height = abs(box[2] - box[0]), abs(box[3] - box[1])
    kind = fields.get("Subtype")
    if kind == "Text":
        return width <= MAX_NOTE and height <= MAX_NOTE
    if kind == "Highlight":
        colour = _numbers(view, fields.get("C"))
        # Readers multiply: two full components leave black letters black.
        return len(colour) == 3 and sorted(colour)[1] >= _MIN_LIGHT
    return False


def _numbers(view: View, value: Any) -> list[float]:
    found = [view.resolve(item) for item in view.array(value)]
    return [float(n) for n in found if isinstance(n, int | float) and not isinstance(n, bool)]
