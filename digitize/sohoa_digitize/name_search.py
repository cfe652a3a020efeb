"""Looks for the printed name under a signature, where the first reading found none.

A seal and a signature across the name join its letters to shapes that the engine takes for a
picture. The name's own row is still there: letters of the usual size on one baseline, below
the signer's title. That row alone is read, once as it is, once with only the darkest ink,
once without the large shapes; the reading that makes a name is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from sohoa_digitize.black_seal import find_seal, without_seal
from sohoa_digitize.engine.protocol import Engine
from sohoa_digitize.matching import key
from sohoa_digitize.names import has_family, is_name, is_title, proposed, spelled
from sohoa_digitize.parts import prepared_part
from sohoa_digitize.prepare import Gray, Prepared, components, one_channel, printed_only
from sohoa_digitize.source import Pixels
from sohoa_digitize.words import Line, PixelBox, Word, mean_confidence, union
from sohoa_vietnam.person_names import family_percent

#: The name stands at most this many letter heights below the title, and this far aside.
BELOW, ASIDE = 17.0, 12.0
#: Letters are read this much larger than on the first reading.
LARGER = 1.45
#: A reading that is no proper name needs this confidence to be taken.
SURE = 0.55
#: Words that stand in the middle of names, and begin none.
MIDDLE = frozenset(("Thị", "Văn"))
#: A name without its family name is worth so much less.
HEADLESS = 0.3
#: A family name that at least this percentage bears.
COMMON = 0.2
#: Rows that are tried, the richest in letters first; those of the seal come between.
MOST_ROWS = 5
#: What was read through a seal is never so sure that no person need look.
MOST_SURE = 0.8
_DPI = 300


def names_under_titles(
    lines: Sequence[Line], prepared: Prepared, pixels: Pixels, engine: Engine
) -> tuple[Line, ...]:
    """``lines`` (pixels of ``prepared``) with the names that stood under signatures."""
    bare = [line for line in _last_titles(lines, prepared) if not _named(line, lines)]
    if not bare:
        return tuple(lines)
    out = list(lines)
    for title in bare:
        found = _search(title, lines, prepared, pixels, engine)
        if found is not None and _better(found, out):
            out = [line for line in out if not _covers(found.box, line.box)]
            out.insert(_place(out, title, found), found)
    return tuple(out)


def _last_titles(lines: Sequence[Line], prepared: Prepared) -> list[Line]:
    """The last line of each signer's title on the right half of the page."""
    height, width = prepared.gray.shape
    titles = [
        line
        for line in lines
        if line.zone in ("body", "foot_right")
        and line.baseline[1] > 0.25 * height
        and _middle(line) > 0.42 * width
        and len(line.words) <= 9
        and (is_title(line.text) or key(line.text).startswith("nguoi ky"))
    ]
    return [
        line
        for line in titles
        if not any(
            0 < other.baseline[1] - line.baseline[1] < 3 * line.size
            and abs(_middle(other) - _middle(line)) < 8 * line.size
            for other in titles
        )
    ]


def _middle(line: Line) -> float:
    return (line.box[0] + line.box[2]) / 2


def _named(title: Line, lines: Sequence[Line]) -> bool:
    return any(
        0 < line.baseline[1] - title.baseline[1] < BELOW * title.size
        and abs(_middle(line) - _middle(title)) < ASIDE * title.size
        and line.confidence > 0.6
        and _whole(line.text.strip(" .,-_'`"))
        for line in lines
    )


def _whole(text: str) -> bool:
    """A name that needs no search; words in capitals inside a seal only look like one."""
    if not is_name(text) or _headless(text):
        return False
    return not text.isupper() or (spelled(text) and has_family(text))


def _headless(text: str) -> bool:
    """Whether a name seems to lack its family name: a seal may cover it."""
    words = text.split()
    return words[0].capitalize() in MIDDLE or (
        len(words) <= 2 and family_percent(words[0]) < COMMON
    )


def _better(found: Line, lines: Sequence[Line]) -> bool:
    """Whether ``found`` may replace what was read in its place: a name loses no word."""
    return all(
        not is_name(line.text) or key(found.text).endswith(key(line.text))
        for line in lines
        if _covers(found.box, line.box)
    )


def _covers(box: PixelBox, other: PixelBox) -> bool:
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    area = max(1.0, (other[2] - other[0]) * (other[3] - other[1]))
    return wide > 0 and high > 0 and wide * high > 0.4 * area


def _place(lines: Sequence[Line], title: Line, found: Line) -> int:
    """After the title and whatever stands between it and the name on the same side."""
    at = lines.index(title) + 1
    while at < len(lines) and title.baseline[1] < lines[at].baseline[1] < found.baseline[1]:
        at += 1
    return at


def _search(
    title: Line, lines: Sequence[Line], prepared: Prepared, pixels: Pixels, engine: Engine
) -> Line | None:
    size, middle = title.size, _middle(title)
    top = title.baseline[1] + 1.2 * size
    # Whatever is printed below the block ends the search.
    ends = [
        line.box[1]
        for line in lines
        if line.box[1] > top + 2 * size and len(line.text) > 45 and line.confidence > 0.8
    ]
    height, width = prepared.gray.shape
    box = (
        max(0.0, middle - ASIDE * size),
        top,
        min(float(width), middle + ASIDE * size),
        min([top + BELOW * size, float(height), *ends]),
    )
    part = prepared_part(pixels, prepared, box, larger=LARGER, channel=printed_only)
    region, letter = part.gray, size * float(part.there[1, 1])
    if region.shape[0] < 2 * letter or region.shape[1] < 4 * letter:
        return None
    best: tuple[float, tuple[Word, ...], float] | None = None
    views: tuple[Gray, ...] = _views(region, letter)
    if pixels.ndim == 3:
        # Black under red ink is no pure black any more, but still dark in the red channel.
        red = prepared_part(pixels, prepared, box, larger=LARGER, channel=one_channel)
        views = (*views, red.gray)
    seal = find_seal(region, letter)
    for base in _baselines(views[1], letter):
        y0, y1 = max(0, int(base - 1.75 * letter)), int(base + 0.7 * letter)
        bare_row = (without_seal(region, letter, base, seal),) if seal[2] else ()
        for view in (*views, *bare_row):
            words = _read(view[y0:y1], engine)
            score = _score(words)
            if words and score > 0 and (best is None or score > best[0]):
                unsure = (
                    replace(
                        word,
                        confidence=min(word.confidence, MOST_SURE),
                        box=(word.box[0], word.box[1] + y0, word.box[2], word.box[3] + y0),
                    )
                    for word in words
                )
                best = score, part.back(unsure), part.y(base)
        if best is not None and best[0] > 1.85:
            break
    if best is None:
        return None
    _, words, base = best
    box = union(word.box for word in words)
    return Line(words, (box[0], base, box[2], base), title.size, title.zone)


def _views(region: Gray, letter: float) -> tuple[Gray, Gray, Gray, Gray]:
    """As it is; only the dark ink, and the darkest; the dark ink without large shapes."""
    level = _dark_level(region)
    dark = region.copy()
    dark[region > level] = 255
    darkest = region.copy()
    inked = region[region < 190]
    core = float(np.percentile(inked, 20)) if inked.size else 0.0
    darkest[region > core + 40] = 255
    ink = np.where(dark < 255, 255, 0).astype(np.uint8)
    labels, stats, _ = components(ink)
    large = (stats[:, 3] > 2.6 * letter) | (stats[:, 2] > 6 * letter)
    large[0] = False
    small = dark.copy()
    small[large[labels]] = 255
    return region, dark, darkest, small


def _dark_level(region: Gray) -> int:
    """Where print ends and paler seals begin; the usual level when all ink is alike."""
    inked = region[region < 190]
    if inked.size < 200:
        return 190
    level, _ = cv2.threshold(inked.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    low, high = inked[inked <= level], inked[inked > level]
    if low.size < 100 or high.size < 100 or float(high.mean()) - float(low.mean()) < 45:
        return 190
    return int(level)


def _baselines(dark: Gray, letter: float) -> list[float]:
    """Rows of letters of the usual size, the richest first."""
    ink = np.where(dark < 255, 255, 0).astype(np.uint8)
    _, stats, _ = components(ink)
    some = stats[1:]
    fits = (
        (some[:, 3] > 0.36 * letter)
        & (some[:, 3] < 2.0 * letter)
        & (some[:, 2] > 0.2 * letter)
        & (some[:, 2] < 3.5 * letter)
    )
    bottoms = np.sort((some[fits, 1] + some[fits, 3]).astype(np.float64))
    found: list[tuple[int, float]] = []
    reach = 0.18 * letter
    for base in bottoms:
        count = int(((bottoms >= base - reach) & (bottoms <= base + reach)).sum())
        if count >= 4:
            found.append((count, float(base)))
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    chosen: list[float] = []
    for _, base in found:
        if all(abs(base - other) > 0.8 * letter for other in chosen):
            chosen.append(base)
        if len(chosen) == MOST_ROWS:
            break
    return chosen


def _read(band: Gray, engine: Engine) -> tuple[Word, ...]:
    """The words of a row that may belong to a name: the surest run of capitalized words."""
    pad = 12
    framed = cv2.copyMakeBorder(band, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=255)
    reading = engine.read_line(np.asarray(framed, dtype=np.uint8), dpi=_DPI)
    runs: list[list[Word]] = [[]]
    for word in (word for row in reading.lines for word in row):
        text = word.text.strip(" .,-_'`*|:;\"“”‘’()[]{}")
        if 2 <= len(text) <= 7 and text.isalpha() and text[0].isupper():
            x0, y0, x1, y1 = word.box
            runs[-1].append(replace(word, text=text, box=(x0 - pad, y0 - pad, x1 - pad, y1 - pad)))
        else:
            runs.append([])
    return tuple(max(runs, key=lambda run: sum(len(w.text) * w.confidence for w in run)))


def _score(words: Sequence[Word]) -> float:
    """How much a reading is a name; 0.0 when it is none, less when its beginning is missing."""
    text = " ".join(word.text for word in words)
    if not is_name(text) or text.isupper():
        return 0.0
    sure = mean_confidence(words)
    if spelled(text) and has_family(text):
        # Two words that begin with a rare family name are most often a name without its first.
        whole = len(words) > 2 or family_percent(words[0].text) >= COMMON
        return sure + (1.0 if whole else 0.5)
    repaired = proposed(text)
    if len(words) > 2 and spelled(repaired) and family_percent(repaired.split()[0]) >= COMMON:
        return sure + 0.8  # a person decides; the whole name with a lost mark helps more
    sure -= HEADLESS if _headless(text) else 0.0
    return sure if sure >= SURE else 0.0
