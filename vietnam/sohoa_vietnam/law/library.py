"""Load dated rule files (TOML) and answer: what applied on this date?

A file holds one topic::

    topic = "scan-parameters"
    title = "Scanning parameters"
    title_vi = "Thông số số hóa"
    continuous = true            # optional: a gap between two rules of a key is an error

    [[rule]]
    key = "paper"                # optional: series within the topic
    valid_from = 2025-07-01      # optional: left out when the first day is not known
    valid_to = 2026-12-31        # optional: left out while the rule stands
    source = "TT 05/2025/TT-BNV Art 8"
    checked = "secondary"        # verified | secondary | unverified
    note = "..."                 # optional
    [rule.values]
    min_dpi = 200

Rules of one key never overlap. Every fault names the file and the line of its ``[[rule]]``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from sohoa_vietnam.law.errors import LawFileBroken, NoRuleInForce, UnknownTopic
from sohoa_vietnam.law.model import Rule, Topic, Values, freeze
from sohoa_vietnam.messages import N_, Checked
from sohoa_vietnam.row_errors import SOURCE_EMPTY, TOO_LARGE, UNREADABLE

DATA = Path(__file__).resolve().parent.parent / "data" / "law"
MAX_BYTES = 4 * 1024 * 1024
BAD_TOML = N_("File {table}, line {line}: not readable as TOML ({error})")
BAD_TOPIC = N_("File {table}, line {line}: topic must be a name like scan-parameters")
NO_TITLE = N_("File {table}, line {line}: title and title_vi are needed")
NO_RULE = N_("File {table}, line {line}: rules must be written as [[rule]] tables")
UNKNOWN_FIELD = N_("File {table}, line {line}: unknown field '{value}'")
_HEAD = {"topic", "title", "title_vi", "continuous", "rule"}
_RULE = {"key", "valid_from", "valid_to", "source", "checked", "note", "values"}
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_KEY = re.compile(r"[A-Za-z0-9]+([_.-][A-Za-z0-9]+)*")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_RULE_LINE = re.compile(r"^[ \t]*\[\[\s*rule\s*\]\]", re.MULTILINE)


def _rule_lines(text: str) -> list[int]:
    return [text.count("\n", 0, m.start()) + 1 for m in _RULE_LINE.finditer(text)]


def parse_topic(text: str, file: str) -> tuple[Topic, tuple[Rule, ...]]:
    """One rule file given as text; raises :class:`LawFileBroken` with the line."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise LawFileBroken(
            table=file, line=line, reason=BAD_TOML, error=str(error)[:200]
        ) from error
    _known(data, _HEAD, file, 1)
    topic = data.get("topic")
    if not isinstance(topic, str) or not _NAME.fullmatch(topic):
        raise LawFileBroken(table=file, line=1, reason=BAD_TOPIC)
    titles = (data.get("title"), data.get("title_vi"))
    if not all(isinstance(t, str) and t for t in titles):
        raise LawFileBroken(table=file, line=1, reason=NO_TITLE)
    rows = data.get("rule")
    if not isinstance(rows, list) or not rows:
        raise LawFileBroken(table=file, line=1, reason=NO_RULE)
    lines = _rule_lines(text)
    if len(lines) != len(rows):
        raise LawFileBroken(table=file, line=1, reason=NO_RULE)
    rules = tuple(_rule(topic, row, file, line) for row, line in zip(rows, lines, strict=True))
    _check_dates(rules, file, bool(data.get("continuous", False)))
    keys = tuple(dict.fromkeys(r.key for r in rules))
    return Topic(topic, str(titles[0]), str(titles[1]), keys), rules


def _known(row: dict[str, Any], names: set[str], file: str, line: int) -> None:
    unknown = sorted(set(row) - names)
    if unknown:
        raise LawFileBroken(table=file, line=line, reason=UNKNOWN_FIELD, value=unknown[0][:40])


def _rule(topic: str, row: Any, file: str, line: int) -> Rule:
    def refuse(reason: str, **args: object) -> LawFileBroken:
        return LawFileBroken(table=file, line=line, reason=reason, **args)

    if not isinstance(row, dict):
        raise refuse(NO_RULE)
    _known(row, _RULE, file, line)
    key = row.get("key", "")
    if not isinstance(key, str) or (key and not _KEY.fullmatch(key)):
        raise refuse(N_("File {table}, line {line}: key must be a plain name"))
    dates: list[date | None] = []
    for name in ("valid_from", "valid_to"):
        value = row.get(name)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise refuse(
                N_("File {table}, line {line}: {column} must be a date like 2025-07-01, unquoted"),
                column=name,
            )
        dates.append(value)
    start, end = dates
    if start and end and end < start:
        raise refuse(N_("File {table}, line {line}: valid_to lies before valid_from"))
    source = row.get("source")
    if not isinstance(source, str) or not source.strip():
        raise refuse(SOURCE_EMPTY)
    try:
        checked = Checked(str(row.get("checked")))
    except ValueError:
        raise refuse(
            N_("File {table}, line {line}: checked must be verified, secondary or unverified")
        ) from None
    values = row.get("values")
    if not isinstance(values, dict) or not values:
        raise refuse(N_("File {table}, line {line}: values are missing"))
    note = row.get("note", "")
    if not isinstance(note, str):
        raise refuse(N_("File {table}, line {line}: note must be text"))
    frozen = freeze(values)
    assert isinstance(frozen, Values)
    return Rule(topic, key, start, end, source.strip(), checked, frozen, note, line)


def _check_dates(rules: Iterable[Rule], file: str, continuous: bool) -> None:
    by_key: dict[str, list[Rule]] = {}
    for rule in rules:
        by_key.setdefault(rule.key, []).append(rule)
    for series in by_key.values():
        series.sort(key=lambda r: (r.valid_from or date.min, r.line))
        for before, after in pairwise(series):
            end = before.valid_to
            start = after.valid_from or date.min
            if end is None or end >= start:
                raise LawFileBroken(
                    table=file,
                    line=after.line,
                    reason=N_("File {table}, line {line}: overlaps the rule on line {other}"),
                    other=before.line,
                )
            if continuous and end + timedelta(days=1) != start:
                raise LawFileBroken(
                    table=file,
                    line=after.line,
                    reason=N_("File {table}, line {line}: nothing applies from {end} to {start}"),
                    end=end.isoformat(),
                    start=start.isoformat(),
                )


class Law:
    """A library of topics: the shipped one (:func:`library`), or more with a user's files."""

    def __init__(self, parsed: Iterable[tuple[Topic, tuple[Rule, ...]]]) -> None:
        self._topics: dict[str, tuple[Topic, tuple[Rule, ...]]] = {t.id: (t, r) for t, r in parsed}

    def topics(self) -> tuple[Topic, ...]:
        """Every topic, by id."""
        return tuple(self._topics[name][0] for name in sorted(self._topics))

    def rules(self, topic: str) -> tuple[Rule, ...]:
        """All rules of a topic, past and present; raises :class:`UnknownTopic`."""
        found = self._topics.get(topic)
        if found is None:
            raise UnknownTopic(topic=str(topic)[:60], known=", ".join(sorted(self._topics)))
        return found[1]

    def on(self, topic: str, when: date) -> tuple[Rule, ...]:
        """The rules of a topic that applied on a date, one a key; empty when none is known."""
        day_ = when.date() if isinstance(when, datetime) else when
        return tuple(r for r in self.rules(topic) if r.covers(day_))

    def rule(self, topic: str, key: str, when: date) -> Rule:
        """The one rule of a key on a date; raises :class:`NoRuleInForce` when there is none."""
        for rule in self.on(topic, when):
            if rule.key == key:
                return rule
        if key not in {r.key for r in self.rules(topic)}:
            known = ", ".join(dict.fromkeys(r.key for r in self.rules(topic)))
            raise UnknownTopic(topic=f"{topic}/{key}"[:60], known=known)
        raise NoRuleInForce(topic=f"{topic}/{key}"[:60], date=str(when)[:10])

    def with_files(self, paths: Iterable[Path | str]) -> Law:
        """This library with a user's files: a topic of theirs replaces the shipped one."""
        merged = dict(self._topics)
        for path in paths:
            topic, rules = load_topic(path)
            merged[topic.id] = (topic, rules)
        return Law(merged.values())


def load_topic(path: Path | str) -> tuple[Topic, tuple[Rule, ...]]:
    """Read one rule file; raises :class:`LawFileBroken` with file and line."""
    place = Path(path)
    try:
        if place.stat().st_size > MAX_BYTES:
            raise LawFileBroken(table=place.name, line=0, reason=TOO_LARGE, limit=4)
        text = place.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LawFileBroken(
            table=place.name, line=0, reason=UNREADABLE, error=type(error).__name__
        ) from error
    return parse_topic(text.replace("\r\n", "\n"), place.name)


@cache
def library() -> Law:
    """The shipped law."""
    parsed = []
    seen: dict[str, str] = {}
    for path in sorted(DATA.glob("*.toml")):
        topic, rules = load_topic(path)
        if topic.id in seen or topic.id != path.stem:
            raise LawFileBroken(table=path.name, line=1, reason=BAD_TOPIC)
        seen[topic.id] = path.name
        parsed.append((topic, rules))
    return Law(parsed)
