"""YAML that remembers its lines, and refuses what a data file has no need of.

Reading is safe by construction: plain data only (no tags that build objects), no anchors or
aliases (they allow cycles and exponential growth), no duplicate keys, limited size and depth.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sohoa_validators.errors import Fault, SchemaFileRefused

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
Place = tuple[str | int, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster
_TAGS = frozenset(
    "tag:yaml.org,2002:" + name
    for name in ("str", "int", "bool", "null", "timestamp", "float", "map", "seq")
)


@dataclass(frozen=True, slots=True)
class Lined:
    """The plain data of a file and the line of every key and list entry in it."""

    file: str
    data: Any
    lines: dict[Place, int]

    def line_of(self, place: Place) -> int:
        """The line of ``place``, or of its nearest parent that stands in the file."""
        return self.lines[self.trim(place)]

    def trim(self, place: Place) -> Place:
        """``place`` without steps that are not in the file (tags of unions, missing keys)."""
        known: Place = ()
        for step in place:
            if (*known, step) in self.lines:
                known = (*known, step)
        return known

    def fault(self, place: Place, reason: str) -> Fault:
        """A fault at ``place``."""
        path = ".".join(str(step) for step in self.trim(place))
        return Fault(self.file, self.line_of(place), path, reason)


def read_yaml(path: Path) -> Lined:
    """Read one file; raises ``SchemaFileRefused`` with file, line and reason."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SchemaFileRefused.of([Fault(path.name, 1, "", reason)]) from error
    return parse_yaml(raw, path.name)


def parse_yaml(raw: bytes, file: str) -> Lined:
    """Parse the bytes of one YAML document called ``file``."""
    if len(raw) > MAX_BYTES:
        reason = f"larger than {MAX_BYTES} bytes"
        raise SchemaFileRefused.of([Fault(file, 1, "", reason)])
    lines: dict[Place, int] = {(): 1}
    try:
        text = raw.decode("utf-8")
        _refuse_aliases(text, file)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            data = None if node is None else _build(loader, node, (), lines, file)
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SchemaFileRefused.of([Fault(file, line, "", "not UTF-8")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = error.problem or error.context or "not valid YAML"
        raise SchemaFileRefused.of([Fault(file, line, "", problem)]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SchemaFileRefused.of([Fault(file, 1, "", reason)]) from error
    return Lined(file, data, lines)


def _refuse_aliases(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            reason = "anchors and aliases are not allowed here"
            raise SchemaFileRefused.of([Fault(file, line, "", reason)])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            reason = f"nested deeper than {MAX_DEPTH} levels"
            raise SchemaFileRefused.of([Fault(file, line, "", reason)])


def _build(loader: Any, node: Any, place: Place, lines: dict[Place, int], file: str) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    name = ".".join(str(step) for step in place)
    if node.tag not in _TAGS:
        raise SchemaFileRefused.of([Fault(file, line, name, f"tag {node.tag!r} is not allowed")])
    if isinstance(node, yaml.MappingNode):
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                raise SchemaFileRefused.of([Fault(file, key_line, name, "a key must be a text")])
            if key in built:
                raise SchemaFileRefused.of([Fault(file, key_line, name, f"key {key!r} twice")])
            lines[(*place, key)] = key_line
            built[key] = _build(loader, value_node, (*place, key), lines, file)
        return built
    if isinstance(node, yaml.SequenceNode):
        return [
            _build(loader, child, (*place, number), lines, file)
            for number, child in enumerate(node.value)
        ]
    try:
        return loader.construct_object(node)
    except ValueError as error:
        raise SchemaFileRefused.of([Fault(file, line, name, str(error))]) from error
