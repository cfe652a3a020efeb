"""The visible marks of a signed scan: what they say, where they go, how they are drawn.

Officer (Circular 01/2023/TT-VPCP, Article 8): name and scanning time, top-left of page 1.
Agency (Decree 30/2020/NĐ-CP, Appendix I, Part II; Circular 05/2025/TT-BNV, Article 8.1):
form of copy, agency, time with zone, top-right of page 1. Conversion mark in words, with
time and converter (Decree 137/2024/NĐ-CP, Article 4.1.a), either as a block of its own at the
foot of the page (drawn before the first signature) or as lines below the agency's. Text only,
upright, size 10, black, no picture of a seal.

The block never covers content where free space exists: see :mod:`sohoa_signing.free_space`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from sohoa_signing.mark_font import FontSubset, MarkFont

VIETNAM_TIME = timezone(timedelta(hours=7))

FONT_SIZE = 10.0
LEADING = 11.5
#: Lines of a block that would not fit otherwise; Times letters with two accents just clear.
TIGHT_LEADING = 10.8
PADDING = 1.5
MM = 72.0 / 25.4


class Corner(enum.StrEnum):
    """Where on page 1 a block belongs."""

    TOP_LEFT = "top_left"
    TOP_RIGHT = "top_right"
    BOTTOM_LEFT = "bottom_left"
    BOTTOM_RIGHT = "bottom_right"


@dataclass(frozen=True, slots=True)
class Mark:
    """A block of text before it is laid out; ``max_width`` in millimetres."""

    corner: Corner
    paragraphs: tuple[str, ...]
    max_width: float = 84.0


@dataclass(frozen=True, slots=True)
class MarkWording:
    """Wordings and patterns that are settings: the law fixes content and order, not letters.

    ``time_pattern`` is a strftime pattern; ``%z`` gives ``+07:00``. Strict ISO 8601 is
    ``%Y-%m-%dT%H:%M:%S%z``. ``conversion`` is filled with ``time`` and ``converter``.
    """

    time_pattern: str = "%d/%m/%Y %H:%M:%S %z"
    conversion: str = "Bản điện tử được chuyển đổi từ văn bản giấy – {time} – {converter}"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What Article 4.1.a of Decree 137/2024/NĐ-CP wants shown of a conversion."""

    converter: str
    converted_at: datetime


def format_time(moment: datetime, pattern: str) -> str:
    """``moment`` in Vietnam's time zone; raises ``ValueError`` when it carries no zone."""
    if moment.tzinfo is None:
        raise ValueError("the time of a mark needs a zone")
    local = moment.astimezone(VIETNAM_TIME)
    return local.strftime(pattern.replace("%z", "+07:00"))


def officer_mark(name: str, scanned_at: datetime, wording: MarkWording | None = None) -> Mark:
    """The digitizing officer's block: full name, scanning time."""
    rules = wording or MarkWording()
    return Mark(Corner.TOP_LEFT, (name, format_time(scanned_at, rules.time_pattern)))


def agency_mark(
    form_of_copy: str,
    agency: str,
    signed_at: datetime,
    *,
    conversion: Conversion | None = None,
    wording: MarkWording | None = None,
) -> Mark:
    """The agency's block: form of copy ("Sao y"), agency, time; then the conversion mark.

    ``form_of_copy`` may be empty (archive digitization shows agency and time only).
    """
    rules = wording or MarkWording()
    paragraphs = [form_of_copy, agency, format_time(signed_at, rules.time_pattern)]
    if conversion is not None:
        paragraphs.append(conversion_text(conversion, rules))
    return Mark(Corner.TOP_RIGHT, tuple(p for p in paragraphs if p))


def conversion_mark(conversion: Conversion, wording: MarkWording | None = None) -> Mark:
    """The conversion mark as a block of its own at the foot of page 1."""
    return Mark(Corner.BOTTOM_LEFT, (conversion_text(conversion, wording),), max_width=180.0)


def conversion_text(conversion: Conversion, wording: MarkWording | None = None) -> str:
    """The conversion mark (ký hiệu riêng) in words."""
    rules = wording or MarkWording()
    return rules.conversion.replace(
        "{time}", format_time(conversion.converted_at, rules.time_pattern)
    ).replace("{converter}", conversion.converter)


@dataclass(frozen=True, slots=True)
class Block:
    """A laid-out mark: lines, its size and the distance of its lines in points."""

    lines: tuple[str, ...]
    width: float
    height: float
    font: FontSubset = field(repr=False)
    leading: float = LEADING


def lay_out(
    mark: Mark, font: MarkFont, *, max_width: float | None = None, leading: float = LEADING
) -> Block:
    """Break the paragraphs of ``mark`` into lines no wider than ``max_width`` points."""
    limit = (max_width or mark.max_width * MM) - 2 * PADDING
    lines: list[str] = []
    for paragraph in mark.paragraphs:
        lines.extend(wrap(font.clean(paragraph), font, limit))
    widest = max((font.width(line, FONT_SIZE) for line in lines), default=0.0)
    return Block(
        lines=tuple(lines),
        width=round(widest + 2 * PADDING, 2),
        height=round(len(lines) * leading + 2 * PADDING, 2),
        font=font.subset(lines),
        leading=leading,
    )


def wrap(text: str, font: MarkFont, limit: float) -> list[str]:
    """Lines of ``text`` (cleaned) no wider than ``limit`` points at the size of the marks."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        candidate = f"{current} {word}" if current else word
        if current and font.width(candidate, FONT_SIZE) > limit:
            lines.append(current)
            current = word
        else:
            current = candidate
        while font.width(current, FONT_SIZE) > limit and len(current) > 1:
            # One word wider than the block: break it rather than run off the page.
            cut = len(current) - 1
            while cut > 1 and font.width(current[:cut], FONT_SIZE) > limit:
                cut -= 1
            lines.append(current[:cut])
            current = current[cut:]
    if current:
        lines.append(current)
    return lines


def draw(block: Block) -> bytes:
    """The content stream of ``block``: black text, nothing else, origin at lower left.

    Each line is one string of 2-byte codes with its own position, top line first, so that
    every reader extracts the lines in order.
    """
    parts = ["q 0 g BT /F0 10 Tf 0 Tr"]
    y = block.height - PADDING - FONT_SIZE * block.font.ascent / 1000
    for line in block.lines:
        codes = "".join(f"{block.font.glyphs[letter]:04X}" for letter in line)
        parts.append(f"1 0 0 1 {PADDING:.2f} {y:.2f} Tm <{codes}> Tj")
        y -= block.leading
    parts.append("ET Q")
    return "\n".join(parts).encode("ascii")


def to_unicode(font: FontSubset) -> bytes:
    """The ToUnicode map of the subset: one ``bfchar`` for each used code and no other."""
    pairs = sorted((gid, letter) for letter, gid in font.glyphs.items() if gid)
    chunks = []
    for start in range(0, len(pairs), 100):
        part = pairs[start : start + 100]
        rows = "\n".join(
            f"<{gid:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for gid, letter in part
        )
        chunks.append(f"{len(part)} beginbfchar\n{rows}\nendbfchar")
    body = "\n".join(chunks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")
