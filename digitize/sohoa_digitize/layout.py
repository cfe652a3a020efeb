"""Human reading order of a Vietnamese administrative page.

NĐ 30/2020/NĐ-CP, Appendix I, stands two blocks beside each other at the head (agency and
number on the left, national title and date on the right) and two at the foot (recipients on
the left, signature on the right). People read the left block to its end, then the right one.
Everything between is read row by row, which also reads ruled tables cell by cell.

Works on words in deskewed pixels, so a row is a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from sohoa_digitize.matching import alike
from sohoa_digitize.names import is_name
from sohoa_digitize.words import Line, PixelBox, Word, mean_confidence, union
from sohoa_vietnam.text import plain

#: A gap this many letter heights wide parts a row into segments.
SEGMENT_GAP = 1.6
#: Runs of leader characters that are dropped from the text (an ellipsis has three dots).
_LEADERS = re.compile(r"[.…_·‥¸]{4,}|…{2,}")
_GLUED = re.compile(r"(?<=[^\W\d_]):(?=\w)|(?<=\)):(?=\w)")
_ONLY_MARKS = re.compile(r"[^\w]+")

_NATIONAL = ("cong hoa xa hoi chu nghia", "xa hoi chu nghia viet nam", "doc lap - tu do")
_DATED = re.compile(r"\bngay.*\bthang|\bthang.*\bnam\b")
_RECIPIENTS = re.compile(r"^noi nhan\b")


@dataclass(frozen=True, slots=True)
class _Segment:
    words: tuple[Word, ...]
    baseline: float

    @property
    def box(self) -> PixelBox:
        return union(word.box for word in self.words)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def clean_words(words: Iterable[Word]) -> list[Word]:
    """Words without dot leaders (a word that was nothing else disappears), and parted after
    the colon of a label: "tên:NGUYỄN" are two words."""
    kept: list[Word] = []
    for word in words:
        text = _LEADERS.sub(" ", word.text) if len(word.text) > 3 else word.text
        text = _GLUED.sub(": ", text)
        if text == word.text:
            kept.append(word)
            continue
        parts = text.split()
        if not parts:
            continue
        # Place each remaining part by its share of the letters.
        x0, y0, x1, y1 = word.box
        unit = (x1 - x0) / len(word.text)
        position = 0
        for part in parts:
            at = word.text.find(part, position)
            position = at + len(part)
            box = (x0 + at * unit, y0, x0 + position * unit, y1)
            kept.append(replace(word, text=part, box=box))
    return kept


def is_noise(words: Sequence[Word], size: float) -> bool:
    """Whether a segment is a trace of a seal, a rule or a signature, not text."""
    text = "".join(word.text for word in words)
    if not _ONLY_MARKS.sub("", text):
        # A lone dash or bullet belongs to a list; several marks read with doubt are dirt.
        return mean_confidence(words) < 0.6 or len(text) > 3
    if any(w.confidence >= 0.85 and sum(map(str.isalpha, w.text)) >= 2 for w in words):
        return False
    height = median(word.height for word in words)
    confidence = mean_confidence(words)
    letters = sum(c.isalnum() for c in text)
    if confidence < 0.35 and letters / len(text) < 0.7:
        return True
    number = text.isdigit() and (len(text) > 1 or confidence >= 0.55)
    if confidence < 0.3 or (confidence < 0.6 and letters <= 2 and not number):
        return True
    return height > 3.2 * size and confidence < 0.6


def rows_of(words: Sequence[Word]) -> list[tuple[list[Word], float]]:
    """Words without lines (a text layer) grouped to rows with a baseline each."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.middle[1], w.box[0])):
        for row in reversed(rows[-6:]):
            last = row[-1]
            overlap = min(last.box[3], word.box[3]) - max(last.box[1], word.box[1])
            if overlap > 0.55 * min(last.height, word.height):
                row.append(word)
                break
        else:
            rows.append([word])
    return [
        (sorted(row, key=lambda w: w.box[0]), median(w.box[3] - 0.2 * w.height for w in row))
        for row in rows
    ]


_BULLETS = frozenset("-–—~¬+*•")
#: Letters and signs that reach below the baseline (dots of nặng included).
_BELOW = re.compile(r"[gjpqy,;()/|@Qạặậẹệịọộợụựỵ_]", re.IGNORECASE)


def own_baseline(words: Sequence[Word], given: float) -> float:
    """Baseline of a part of an engine's line; the engine's own may run across two columns."""
    ends = [w.box[3] for w in words if not _BELOW.search(w.text) and any(map(str.isalnum, w.text))]
    if ends:
        return median(ends)
    ends = [w.box[3] - 0.2 * w.height for w in words if any(map(str.isalnum, w.text))]
    return median(ends) if ends else given


def trim(words: Sequence[Word]) -> list[Word]:
    """Words without doubtful marks at either end (traces of pens, seals, rules and frames)."""
    kept = list(words)
    while len(kept) > 1 and _is_stray(kept[0], kept[1]):
        kept.pop(0)
    while len(kept) > 1 and _is_stray(kept[-1], kept[-2]):
        kept.pop()
    while (
        kept and _is_mark(kept[0]) and (kept[0].text not in "-–—~¬+*•" or kept[0].confidence < 0.3)
    ):
        kept.pop(0)
    while kept and _is_mark(kept[-1]):
        kept.pop()
    return kept


def _is_stray(word: Word, beside: Word) -> bool:
    """A doubtful letter far from its only neighbour: a piece of an ornament."""
    gap = max(word.box[0] - beside.box[2], beside.box[0] - word.box[2])
    return len(word.text) == 1 and word.confidence < 0.85 and gap > 1.2 * beside.height


def _is_bullet(word: Word) -> bool:
    return word.text in _BULLETS and word.confidence >= 0.3


def _is_mark(word: Word) -> bool:
    return word.confidence < 0.75 and not _ONLY_MARKS.sub("", word.text)


def _segments(rows: Iterable[tuple[Sequence[Word], float]], size: float) -> list[_Segment]:
    found: list[_Segment] = []
    for words, baseline in rows:
        parts: list[list[Word]] = []
        for word in clean_words(words):
            if not parts or word.box[0] - parts[-1][-1].box[2] > SEGMENT_GAP * size:
                parts.append([])
            parts[-1].append(word)
        kept = [t for part in parts if (t := trim(part)) and not is_noise(t, size)]
        found += [_Segment(tuple(part), baseline) for part in kept]
    return found


def order(
    rows: Sequence[tuple[Sequence[Word], float]], width: int, height: int
) -> tuple[Line, ...]:
    """Lines in human reading order from ``rows`` (words left to right, and their baseline)."""
    heights = [w.height for words, _ in rows for w in words if len(w.text) > 1]
    if not heights:
        return ()
    size = median(heights)
    segments = _segments(rows, size)
    if not segments:
        return ()
    segments, split = _cut_head(segments, width, height, size)
    head_left: list[_Segment] = []
    head_right: list[_Segment] = []
    rest = segments
    if split is not None:
        head_left, head_right, rest = _head(segments, split, size)
    body, foot_left, foot_right = _foot(rest, width, size)
    signed = bool(foot_right)
    zones = [
        ("head_left", head_left),
        ("head_right", head_right),
        *beside_each_other(body, width, height, size, signed=signed),
        ("foot_left", foot_left),
        ("foot_right", foot_right),
    ]
    return tuple(line for zone, some in zones for line in _lines(some, zone, size))


def _lines(segments: list[_Segment], zone: str, size: float) -> list[Line]:
    """Segments of one zone joined to lines, top to bottom, left to right."""
    lines = []
    for row in _rows(segments, size):
        words = tuple(word for segment in row for word in segment.words)
        letters = sum(len(s.text) for s in row)
        baseline = sum(s.baseline * len(s.text) for s in row) / letters
        box = union(word.box for word in words)
        tall = median(word.height for word in words)
        feet = [word.box[3] for word in words]
        if not min(feet) - 0.4 * size < baseline < max(feet) + 0.4 * size:
            # Of a bent page: the rows were told apart as if it lay flat.
            baseline = own_baseline(words, baseline)
        lines.append(Line(words, (box[0], baseline, box[2], baseline), tall, zone))
    return lines


# --- blocks beside each other ------------------------------------------------------------


def beside_each_other(
    segments: list[_Segment], width: int, height: int, size: float, *, signed: bool
) -> list[tuple[str, list[_Segment]]]:
    """The body in parts, each with its zone: blocks that stand beside each other are parted.

    Two persons of one paper (husband and wife, two who sign) stand in two columns with the
    same labels; each column is read to its end. Rows of a table or a form only look alike:
    their cells do not begin with the same words. At the lower end such columns are
    signatures and become the foot, unless the page has one (``signed``).
    """
    rows = _rows(segments, size)
    parts: list[tuple[str, list[_Segment]]] = []
    plain_rows: list[_Segment] = []
    index = 0
    while index < len(rows):
        run = _column_run(rows, index, width, size, 0.55 * height)
        pairs = [row for row in rows[index : index + run] if len(row) == 2]
        low = bool(pairs) and pairs[0][0].baseline > 0.55 * height
        if not pairs or not _are_columns(pairs, low=low):
            plain_rows += rows[index]
            index += 1
            continue
        gutter = max(row[0].box[2] for row in pairs)
        block = [segment for row in rows[index : index + run] for segment in row]
        left = [s for s in block if s.box[2] <= gutter + 0.5 * size]
        right = [s for s in block if s.box[2] > gutter + 0.5 * size]
        if plain_rows:
            parts.append(("body", plain_rows))
            plain_rows = []
        foot = low and not signed and index + run >= len(rows)
        parts.append(("foot_left" if foot else "body", left))
        parts.append(("foot_right" if foot else "body", right))
        index += run
    if plain_rows:
        parts.append(("body", plain_rows))
    return parts


def _rows(segments: list[_Segment], size: float) -> list[list[_Segment]]:
    rows: list[list[_Segment]] = []
    for segment in sorted(segments, key=lambda s: s.baseline):
        if rows and abs(segment.baseline - rows[-1][0].baseline) < 0.5 * size:
            rows[-1].append(segment)
        else:
            rows.append([segment])
    for row in rows:
        row.sort(key=lambda s: s.box[0])
    return rows


def _column_run(rows: list[list[_Segment]], start: int, width: int, size: float, low: float) -> int:
    """How many rows from ``start`` on stand in two columns with one gutter; 0 for none.

    Below ``low`` signatures and seals leave traces between the columns' own words.
    """
    if len(rows[start]) != 2:
        return 0
    left, right = rows[start][0].box[2], rows[start][1].box[0]
    if not (left < 0.7 * width and right > 0.3 * width):
        return 0
    length, last_pair = 1, 1
    for row in rows[start + 1 :]:
        middle = (left + right) / 2
        near = max((s.box[2] for s in row if (s.box[0] + s.box[2]) / 2 < middle), default=left)
        far = min((s.box[0] for s in row if (s.box[0] + s.box[2]) / 2 >= middle), default=right)
        new_left, new_right = max(left, near), min(right, far)
        crowded = len(row) > 2 and row[0].baseline < low
        if crowded or new_right - new_left < 0.7 * size:
            break
        left, right = new_left, new_right
        length += 1
        if len(row) == 2:
            last_pair = length
    # Single lines after the last pair belong to the columns only where they follow closely.
    end = last_pair
    while end < length:
        gap = rows[start + end][0].baseline - rows[start + end - 1][0].baseline
        if gap > 2.2 * size:
            break
        end += 1
    return end


def _are_columns(pairs: list[list[_Segment]], *, low: bool) -> bool:
    if len(pairs) < 2:
        return False
    for left, right in pairs:
        a, b = plain(left.text).split(), plain(right.text).split()
        if a[:2] == b[:2] and len(a) > 1 and len(b) > 1 and len("".join(a[:2])) > 4:
            return True
        if low and is_name(left.text) and is_name(right.text):
            return True
    first = pairs[0]
    capitals = all(s.text.isupper() and len(s.words) > 1 for s in first)
    return low and capitals and plain(first[0].text)[:3] == plain(first[1].text)[:3]


# --- head --------------------------------------------------------------------------------


def _is_national(text: str) -> bool:
    key = plain(text)
    if any(mark in key for mark in _NATIONAL):
        return True
    # Damaged prints: enough of the words are there.
    hits = sum(
        part in key.split() for part in ("cong", "hoa", "hoi", "chu", "nghia", "viet", "nam")
    )
    return hits >= 5


def _cut_head(
    segments: list[_Segment], width: int, height: int, size: float
) -> tuple[list[_Segment], float | None]:
    """Parts lines that the engine read across both head blocks; the x between the blocks."""
    anchor: _Segment | None = None
    for segment in sorted(segments, key=lambda s: s.baseline):
        if segment.baseline > 0.45 * height:
            break
        if _is_national(segment.text):
            anchor = segment
            break
    if anchor is None:
        return segments, None
    start = _national_start(anchor)
    if start is None or start < 0.22 * width:
        return segments, None
    top, bottom = anchor.baseline - 3 * size, anchor.baseline + 6 * size
    left_edges = [
        word.box[2]
        for segment in segments
        if abs(segment.baseline - anchor.baseline) <= 2.3 * size
        for word in segment.words
        if word.middle[0] < start and word.box[2] <= start + 0.3 * size
    ]
    if not left_edges:
        return segments, None
    # The left block may reach near the right one; the gap just before the title decides.
    split = start - 0.25 * size
    cut: list[_Segment] = []
    for segment in segments:
        in_head = top <= segment.baseline <= bottom
        left = tuple(w for w in segment.words if w.middle[0] < split)
        right = tuple(w for w in segment.words if w.middle[0] >= split)
        if in_head and left and right:
            gap = min(w.box[0] for w in right) - max(w.box[2] for w in left)
            if gap >= 0.55 * size or segment is anchor:
                for part in (left, right):
                    cut.append(_Segment(part, own_baseline(part, segment.baseline)))
                continue
        cut.append(segment)
    return cut, split


def _national_start(anchor: _Segment) -> float | None:
    """Where the national title begins in its line (the engine may have joined the agency)."""
    words = anchor.words
    for index, word in enumerate(words):
        key = plain(word.text)
        follow = [plain(w.text) for w in words[index : index + 4]]
        if key.startswith("cong") and any(f.startswith(("hoa", "xa", "hoi")) for f in follow[1:]):
            return word.box[0]
        if key.startswith("conghoa") or (key == "doc" and "lap" in follow[1:2]):
            return word.box[0]
    for index, word in enumerate(words):
        if plain(word.text) in ("hoa", "xa") and index <= 2:
            return words[max(0, index - 1)].box[0]
    return words[0].box[0]


def _head(
    segments: list[_Segment], split: float, size: float
) -> tuple[list[_Segment], list[_Segment], list[_Segment]]:
    left: list[_Segment] = []
    right: list[_Segment] = []
    rest: list[_Segment] = []
    end = False
    right_end: float | None = None
    dated: float | None = None
    for segment in sorted(segments, key=lambda s: s.baseline):
        box = segment.box
        if not end:
            # The first line that lies across the gutter ends the head: title or addressee.
            crosses = box[0] < split - 1.2 * size and box[2] > split + 1.2 * size
            far = right_end is not None and segment.baseline - right_end > 7 * size
            # A short title stands in the middle of the page, right of the gutter or not.
            titled = dated is not None and segment.baseline - dated > 0.8 * size
            if crosses or far or (titled and box[2] > split):
                end = True
        if end:
            rest.append(segment)
        elif (box[0] + box[2]) / 2 < split:
            left.append(segment)
        else:
            right.append(segment)
            right_end = segment.baseline
            if _DATED.search(plain(segment.text)):
                dated = segment.baseline
    return left, right, rest


# --- foot --------------------------------------------------------------------------------


def _foot(
    segments: list[_Segment], width: int, size: float
) -> tuple[list[_Segment], list[_Segment], list[_Segment]]:
    ordered = sorted(segments, key=lambda s: s.baseline)
    anchor = next(
        (s for s in reversed(ordered) if s.box[0] < 0.45 * width and _is_recipients(s.text)),
        None,
    )
    if anchor is None:
        return segments, [], []
    start = anchor.baseline
    edge = anchor.words[0].box[0]
    below = [s for s in ordered if s.baseline >= start - 0.6 * size]
    split = _gutter(below, edge, width, size)
    if split is None:
        return segments, [], []
    # The signature block may begin above the recipients: take what stands wholly right.
    top = start - 0.6 * size
    upward: list[_Segment] = []
    for segment in reversed([s for s in ordered if s.baseline < start - 0.6 * size]):
        if segment.box[0] > split - 0.5 * size and top - segment.baseline < 3.2 * size:
            upward.append(segment)
            top = segment.baseline
        else:
            break
    left: list[_Segment] = []
    right: list[_Segment] = list(upward)
    for segment in below:
        near = tuple(w for w in segment.words if w.middle[0] < split)
        far = tuple(w for w in segment.words if w.middle[0] >= split)
        if near:
            left.append(_Segment(near, own_baseline(near, segment.baseline)))
        if far:
            right.append(_Segment(far, own_baseline(far, segment.baseline)))
    body = [s for s in ordered if s not in upward and s not in below]
    return body, left, right


def _is_recipients(text: str) -> bool:
    first = " ".join(text.split()[:2])
    if _RECIPIENTS.match(plain(text)):
        return True
    # "hôn nhân," differs in two letters only; a label begins with a capital.
    return first.lstrip("'\"`.,-_ ")[:1].isupper() and alike(first, "Nơi nhận", 0.26) > 0


def _gutter(below: list[_Segment], edge: float, width: int, size: float) -> float | None:
    """The x of the widest empty column between the two foot blocks, or None."""
    low, high = edge + 4 * size, 0.8 * width
    spans = sorted((w.box[0], w.box[2]) for s in below for w in s.words if w.confidence >= 0.5)
    best: tuple[float, float] | None = None
    reach = edge
    for x0, x1 in spans:
        gap = x0 - reach
        wide = gap > 0.9 * size and reach > low * 0.5 and low <= x0 <= high
        if wide and (best is None or gap > best[0]):
            best = gap, (reach + x0) / 2
        reach = max(reach, x1)
    if best is not None:
        return best[1]
    # Stray ink fills the column: fall back on the anchor's own row.
    first = below[0] if below else None
    if first is None:
        return None
    starts = [s.box[0] for s in below if s.box[0] > edge + 8 * size]
    return min(starts) - 0.5 * size if starts else width * 0.5
