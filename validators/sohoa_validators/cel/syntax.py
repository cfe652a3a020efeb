"""From the text of an expression to its tree: the grammar of CEL, without what rules never need.

The language is the Common Expression Language (cel-spec, langdef "Syntax"): literals, names,
``.``, ``[]``, calls, lists, ``! - * / % + < <= > >= == != in && || ?:`` and the macros ``has``,
``all``, ``exists``, ``exists_one``, ``filter``, ``map``. Left out: maps, messages, bytes, unsigned
numbers, ``null``. Length and depth are limited, so that a hostile text costs next to nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

MAX_LENGTH = 2000
MAX_DEPTH = 24
MACROS = ("all", "exists", "exists_one", "filter", "map")
_RESERVED = frozenset(
    (
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop", "package", "namespace", "return", "var", "void", "while", "null",
    )
)  # fmt: skip
_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
  | (?P<int>\d+)(?![A-Za-z_.])
  | (?P<string>r?"(?:[^"\\\n]|\\.)*"|r?'(?:[^'\\\n]|\\.)*')
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<operator>&&|\|\||<=|>=|==|!=|[-+*/%<>!?:.,()\[\]])
    """,
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\'\"`?])|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|.)", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_RELATIONS = ("<", "<=", ">", ">=", "==", "!=", "in")


class CelFault(ValueError):
    """An expression that is not accepted: ``reason`` in English, ``at`` counts from 1."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(f"{reason} (at character {at})")
        self.reason = reason
        self.at = at


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: bool | int | float | str
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Select:
    """``of.name``; ``test`` when it stands in ``has()``."""

    of: Node
    name: str
    test: bool
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function, method (``target``) or operator (``_+_``, ``!_``, ``_?_:_``, ``_[_]``)."""

    function: str
    target: Node | None
    args: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """``[a, b]``."""

    items: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Macro:
    """``over.kind(variable, body)``."""

    kind: str
    over: Node
    variable: str
    body: Node
    at: int


Node = Literal | Name | Select | Call | ListOf | Macro


def parse(text: str) -> Node:
    """The tree of ``text``; raises :class:`CelFault`."""
    if len(text) > MAX_LENGTH:
        raise CelFault(f"an expression of more than {MAX_LENGTH} characters", 1)
    return _Parser(text).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    found, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise CelFault(f"{text[position]!r} does not belong here", position + 1)
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match[0], position + 1))
        position = match.end()
    found.append(_Token("end", "", len(text) + 1))
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._ternary()
        if self._token.kind != "end":
            self._fail(f"{self._token.text!r} does not belong here")
        return node

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _fail(self, reason: str) -> NoReturn:
        raise CelFault(reason, self._token.at)

    def _is(self, *texts: str) -> bool:
        token = self._token
        return token.text in texts and token.kind in ("operator", "name")

    def _take(self, *texts: str) -> _Token | None:
        if not self._is(*texts):
            return None
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, text: str) -> None:
        if self._take(text) is None:
            found = self._token.text or "the end"
            self._fail(f"{text!r} is expected, {found!r} stands here")

    def _ternary(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"nested deeper than {MAX_DEPTH} levels")
        node = self._left(0)
        question = self._take("?")
        if question is not None:
            yes = self._left(0)
            self._expect(":")
            node = Call("_?_:_", None, (node, yes, self._ternary()), question.at)
        self._depth -= 1
        return node

    _LEVELS = (("||",), ("&&",), _RELATIONS, ("+", "-"), ("*", "/", "%"))

    def _left(self, level: int) -> Node:
        """Binary operators of ``level`` and all that bind tighter, from left to right."""
        if level == len(self._LEVELS):
            return self._unary()
        node = self._left(level + 1)
        while (token := self._take(*self._LEVELS[level])) is not None:
            node = Call(f"_{token.text}_", None, (node, self._left(level + 1)), token.at)
        return node

    def _unary(self) -> Node:
        signs = []
        while (token := self._take("!", "-")) is not None:
            signs.append(token)
            if len(signs) > MAX_DEPTH:
                self._fail(f"nested deeper than {MAX_DEPTH} levels")
        node = self._member()
        for token in reversed(signs):
            node = Call(f"{token.text}_", None, (node,), token.at)
        return node

    def _member(self) -> Node:
        node = self._primary()
        while True:
            if (dot := self._take(".")) is not None:
                name = self._identifier()
                node = (
                    self._method(node, name) if self._is("(") else Select(node, name, False, dot.at)
                )
            elif (bracket := self._take("[")) is not None:
                index = self._ternary()
                self._expect("]")
                node = Call("_[_]", None, (node, index), bracket.at)
            else:
                return node

    def _method(self, target: Node, name: str) -> Node:
        at = self._token.at
        args = self._arguments()
        if name not in MACROS:
            return Call(name, target, args, at)
        if len(args) != 2 or not isinstance(args[0], Name):
            raise CelFault(f"{name} needs a variable and an expression", at)
        return Macro(name, target, args[0].name, args[1], at)

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(")
        return self._until(")")

    def _until(self, closing: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._is(closing):
            if found:
                self._expect(",")
            found.append(self._ternary())
        self._expect(closing)
        return tuple(found)

    def _identifier(self) -> str:
        token = self._token
        if token.kind != "name" or token.text in _RESERVED or token.text in ("in", "true", "false"):
            self._fail(f"a name is expected, {token.text or 'the end'!r} stands here")
        self._next += 1
        return token.text

    def _primary(self) -> Node:
        token = self._token
        if token.kind == "int":
            self._next += 1
            if int(token.text) >= 2**63:
                raise CelFault("a number of more than 64 bits", token.at)
            return Literal(int(token.text), token.at)
        if token.kind == "double":
            self._next += 1
            return Literal(float(token.text), token.at)
        if token.kind == "string":
            self._next += 1
            return Literal(_unquoted(token), token.at)
        if self._take("("):
            node = self._ternary()
            self._expect(")")
            return node
        if (bracket := self._take("[")) is not None:
            return ListOf(self._until("]"), bracket.at)
        if (word := self._take("true", "false")) is not None:
            return Literal(word.text == "true", word.at)
        name = self._identifier()
        if not self._is("("):
            return Name(name, token.at)
        args = self._arguments()
        if name != "has":
            return Call(name, None, args, token.at)
        if len(args) != 1 or not isinstance(args[0], Select):
            raise CelFault("has() needs one selection, such as has(item.valid_to)", token.at)
        return Select(args[0].of, args[0].name, True, args[0].at)


def _unquoted(token: _Token) -> str:
    text = token.text
    if text.startswith("r"):
        return text[2:-1]

    def one(match: re.Match[str]) -> str:
        simple, four, two = match.groups()
        if simple is not None:
            return _ESCAPES.get(simple, simple)
        code = four or two
        if code is None or 0xD800 <= int(code, 16) <= 0xDFFF:
            raise CelFault(f"unknown escape {match[0]!r}", token.at + match.start())
        return chr(int(code, 16))

    return _ESCAPE.sub(one, text[1:-1])
