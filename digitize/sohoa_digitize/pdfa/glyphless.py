"""A TrueType font with one empty glyph: the invisible letters of the text layer.

Every code of the layer shows this glyph, so the font is the same for all documents and weighs
less than a kilobyte. It is built here, byte for byte the same each time (PDF/A wants every
font embedded; ISO 19005-2, 6.2.11.4).
"""

from __future__ import annotations

import io
from functools import cache

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph

NAME = "SohoaGlyphless"
UNITS = 1000
ADVANCE = 500
ASCENT, DESCENT = 900, -200


@cache
def font_file() -> bytes:
    """The font program (TrueType)."""
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder([".notdef"])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": Glyph()})
    builder.setupHorizontalMetrics({".notdef": (ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": NAME, "styleName": "Regular", "psName": NAME})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT)
    builder.setupPost(isFixedPitch=1)
    font = builder.font
    font["head"].created = font["head"].modified = 0
    font.recalcTimestamp = False
    out = io.BytesIO()
    font.save(out, reorderTables=True)
    return out.getvalue()
