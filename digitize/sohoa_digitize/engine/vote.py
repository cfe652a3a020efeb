"""Two readings of one line into one: word by word, where both stand in the same place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sohoa_digitize.words import Word, mean_confidence
from sohoa_vietnam.syllables import is_legal

#: Words agree in place when they share this much of the narrower one.
SHARED = 0.5
#: What both read alike is doubted only this much as often as what the surer engine read.
AGREED = 0.35
#: Where both see something there is something, whatever it says.
SEEN = 0.4
#: Where they differ, Tesseract must be this much surer than our reader to be preferred. Of words
#: in dispute at 0.9 and more, ours are right seven times in eight, Tesseract's less than half.
EDGE = 0.3
#: The same where ours read a digit: numbers, above all penned ones, are what it reads better.
NUMBER_EDGE = 0.5


def vote(theirs: Sequence[Word], ours: Sequence[Word]) -> tuple[Word, ...]:
    """``theirs`` (Tesseract) and ``ours`` of one line, left to right, as one.

    The line is cut where both have a gap between words; in each part the surer reading is
    kept, with less confidence where the other one said something else.
    """
    if not ours:
        return tuple(theirs)
    if not theirs:
        return tuple(ours)
    found: list[Word] = []
    for a, b in _parts(theirs, ours):
        found += _chosen(a, b)
    return tuple(found)


def _parts(theirs: Sequence[Word], ours: Sequence[Word]) -> list[tuple[list[Word], list[Word]]]:
    """Groups of words that overlap each other and nothing else."""
    tagged = [(w.box[0], w.box[2], 0, w) for w in theirs]
    tagged += [(w.box[0], w.box[2], 1, w) for w in ours]
    parts: list[tuple[list[Word], list[Word]]] = []
    reach = float("-inf")
    for first, last, whose, word in sorted(tagged, key=lambda item: item[0]):
        overlap = reach - first
        if not parts or overlap < SHARED * min(last - first, reach - _left(parts[-1])):
            parts.append(([], []))
            reach = last
        parts[-1][whose].append(word)
        reach = max(reach, last)
    return parts


def _left(part: tuple[list[Word], list[Word]]) -> float:
    return min(word.box[0] for some in part for word in some)


def _chosen(theirs: list[Word], ours: list[Word]) -> list[Word]:
    """The words to keep; those that our reader takes for a pen's stay so."""
    kept = _surer(theirs, ours)
    return [replace(w, pen=True) for w in kept] if any(w.pen for w in ours) else kept


def _surer(theirs: list[Word], ours: list[Word]) -> list[Word]:
    if not ours:
        # Our reader saw nothing there: a trace of dirt, or print that it does not know.
        return [replace(w, confidence=round(w.confidence * 0.7, 4)) for w in theirs]
    if not theirs:
        return [replace(w, confidence=round(w.confidence * 0.8, 4)) for w in ours]
    if [w.text for w in theirs] == [w.text for w in ours]:
        return [_agreed(a, b) for a, b in zip(theirs, ours, strict=True)]
    a, b = mean_confidence(theirs), mean_confidence(ours)
    same = "".join(w.text for w in theirs) == "".join(w.text for w in ours)
    if same and _legal(theirs) != _legal(ours):  # only the gaps between words are in dispute
        kept, sure, other = (theirs, a, b) if _legal(theirs) else (ours, b, a)
    else:
        edge = NUMBER_EDGE if any(c.isdigit() for w in ours for c in w.text) else EDGE
        kept, sure, other = (theirs, a, b) if a > b + edge else (ours, b, a)
    doubt = 0.5 + 0.5 * max(0.0, sure - other)
    return [_doubted(w, doubt) for w in kept]


def _legal(words: list[Word]) -> bool:
    """Whether every word without a digit is a Vietnamese syllable."""
    cores = ("".join(filter(str.isalpha, w.text)) for w in words)
    return all(is_legal(core.lower()) for core in cores if core)


def _doubted(word: Word, share: float) -> Word:
    """``word`` with a ``share`` of its confidence; that it is a word is not in doubt."""
    least = min(word.confidence, SEEN)
    return replace(word, confidence=round(max(least, word.confidence * share), 4))


def _agreed(a: Word, b: Word) -> Word:
    doubt = 1 - max(a.confidence, b.confidence)
    return replace(a, confidence=round(1 - AGREED * doubt, 4))
