"""Apply a charset decision to values, keeping what they were and why they were changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sohoa_vietnam.charsets.base import TABLE_VERSION
from sohoa_vietnam.charsets.capitals import CapitalRule, restore_capitals
from sohoa_vietnam.charsets.detect import (
    ACCEPT,
    UNICODE,
    UTF8_MANGLED,
    Detection,
    Status,
    Value,
    decode_word,
    stray,
)
from sohoa_vietnam.charsets.mangled import Reading, lost_u_horn, to_bytes
from sohoa_vietnam.charsets.registry import charset
from sohoa_vietnam.charsets.viqr import decode_loose
from sohoa_vietnam.messages import N_, Problem, Severity
from sohoa_vietnam.syllables import count_syllables
from sohoa_vietnam.text import nfc


@dataclass(frozen=True, slots=True)
class Converted:
    """A value in NFC with its past: ``original`` exactly as stored, charset and reading applied.

    ``charset`` is ``unicode`` where nothing but normalization was done. ``original_bytes`` are
    the legacy bytes behind mangled text, where there are any.
    """

    text: str
    original: Value
    charset: str
    reading: Reading
    problems: tuple[Problem, ...] = ()
    table_version: str = TABLE_VERSION

    @property
    def changed(self) -> bool:
        """Whether the text differs from what was stored."""
        return self.original != self.text

    @property
    def original_bytes(self) -> bytes | None:
        """The bytes of the legacy system, as far as they can be known."""
        if isinstance(self.original, bytes):
            return self.original
        if self.charset == UNICODE or self.charset == "viqr":
            return None
        return to_bytes(self.original, self.reading)


def _share(text: str | None) -> float:
    if text is None:
        return -1.0
    count = count_syllables(text)
    return count.share if count.legal + count.illegal else 1.0


def _undecodable(value: Value, name: str, reading: Reading) -> Converted:
    shown = value if isinstance(value, str) else value.decode("utf-8", "replace")
    problem = Problem(
        "charset.undecodable",
        Severity.ERROR,
        N_("The value cannot be read as {charset}; it was left as it is."),
        {"charset": name},
    )
    return Converted(nfc(shown), value, UNICODE, Reading.NONE, (problem,))


def convert(
    value: Value,
    name: str,
    reading: Reading = Reading.NONE,
    capitals: CapitalRule = CapitalRule.AUTO,
) -> Converted:
    """``value`` from charset ``name`` to NFC; ``reading`` says how text was mangled.

    A value that cannot be read so is left alone and says so: nothing is replaced by question
    marks. Raises :class:`~sohoa_vietnam.charsets.registry.UnknownCharset`.
    """
    if name not in (UNICODE, UTF8_MANGLED):
        name = charset(name).name
    text = decode_word(value, name, reading)
    if text is None:
        return _undecodable(value, name, reading)
    problems: list[Problem] = []
    if name == "tcvn3":
        text = restore_capitals(text, capitals)
        lost = lost_u_horn([text])
        for word, options in lost.items():
            problems.append(
                Problem(
                    "charset.lost_u_horn",
                    Severity.REVIEW,
                    N_("“{word}” may have lost its ư (byte 0xAD of TCVN3): {options}?"),
                    {"word": word, "options": ", ".join(options)},
                )
            )
    elif name == "viqr":
        shown = value if isinstance(value, str) else value.decode("ascii")
        unsure = decode_loose(shown).ambiguous
        if unsure:
            problems.append(
                Problem(
                    "charset.viqr_punctuation",
                    Severity.REVIEW,
                    N_("{count} marks may be tones or punctuation; they were read as tones."),
                    {"count": unsure},
                )
            )
    return Converted(text, value, name, reading, tuple(problems))


def convert_column(
    values: Iterable[Value], detection: Detection, capitals: CapitalRule = CapitalRule.AUTO
) -> Iterator[Converted]:
    """Each value converted as ``detection`` decided, lazily and in order.

    In a mixed column every value takes the reading that makes it legal; a value that both
    readings make legal is left as it stands with a problem for a person. A detection that says
    *ask* converts nothing: choose a charset and use :func:`convert`.
    """
    name, reading = detection.charset or UNICODE, detection.reading
    for value in values:
        if detection.status is Status.MIXED:
            yield _mixed(value, name, reading, capitals)
        elif detection.status is Status.ASK:
            plain = convert(value, UNICODE)
            problem = Problem(
                "charset.ask",
                Severity.REVIEW,
                N_("The charset of this column is not certain; the value was left as it is."),
            )
            yield Converted(plain.text, value, UNICODE, Reading.NONE, (*plain.problems, problem))
        elif name == UNICODE and not value.isascii():
            yield _watch(convert(value, UNICODE))
        else:
            yield convert(value, name, reading, capitals)


def _watch(converted: Converted) -> Converted:
    """A value of a Unicode column, with a question when it alone looks legacy."""
    found = stray(converted.original)
    if found is None:
        return converted
    problem = Problem(
        "charset.stray",
        Severity.REVIEW,
        N_("“{as_is}” looks like {charset}, unlike its column: “{legacy}”?"),
        {"as_is": converted.text, "charset": found[0], "legacy": found[2]},
    )
    return replace(converted, problems=(*converted.problems, problem))


def _mixed(value: Value, name: str, reading: Reading, capitals: CapitalRule) -> Converted:
    as_is = decode_word(value, UNICODE, Reading.NONE)
    legacy = decode_word(value, name, reading)
    stands, other = _share(as_is), _share(legacy)
    if as_is == legacy or (stands >= ACCEPT and other < ACCEPT) or legacy is None:
        return convert(value, UNICODE)
    if other >= ACCEPT and stands < ACCEPT:
        return convert(value, name, reading, capitals)
    plain = convert(value, UNICODE)
    problem = Problem(
        "charset.either",
        Severity.REVIEW,
        N_("“{as_is}” may also be “{legacy}” in {charset}; it was left as it is."),
        {"as_is": plain.text, "legacy": legacy, "charset": name},
    )
    return Converted(plain.text, value, UNICODE, Reading.NONE, (*plain.problems, problem))
