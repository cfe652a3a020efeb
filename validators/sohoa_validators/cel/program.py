"""From a tree to a program: every name and type is checked, the cost is bounded, then it runs.

Unknown values follow CEL's logic of errors: ``false && ?`` is false, ``true || ?`` is true,
everything else that needs an unknown value is unknown (None).

Cost: every node counts, a loop counts its body :data:`LOOP` times (or the length of a literal
list); above :data:`MAX_COST` an expression is refused before it ever runs. While it runs, all
loops together may turn :data:`MAX_TURNS` times, however many papers a dossier has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sohoa_validators.cel.functions import (
    FUNCTIONS,
    LITERAL_PATTERNS,
    METHODS,
    Overload,
    pattern_fault,
    same_day,
)
from sohoa_validators.cel.syntax import (
    Call,
    CelFault,
    ListOf,
    Literal,
    Macro,
    Name,
    Node,
    Select,
    parse,
)
from sohoa_validators.cel.types import ANY, BOOL, DATE, DOUBLE, INT, STRING, Type, fits, list_of

LOOP = 40
MAX_COST = 50_000
MAX_TURNS = 10_000
#: The values of the variables; the first entry counts the turns that are left.
Frame = list[Any]
Run = Callable[[Frame], Any]


class RanTooLong(Exception):
    """The loops of an expression turned too often on this dossier."""


@dataclass(frozen=True, slots=True)
class Program:
    """A checked expression: the type of its answer, its cost, the names it uses."""

    gives: Type
    cost: int
    uses: frozenset[str]
    _run: Run
    _size: int

    def run(self, values: Sequence[Any]) -> Any:
        """The answer for the variables in their order of declaration; None: not known.

        Raises :class:`RanTooLong`.
        """
        frame = [MAX_TURNS, *values]
        frame.extend([None] * (self._size - len(frame)))
        return self._run(frame)


def compile_expression(text: str, variables: Mapping[str, Type], *gives: Type) -> Program:
    """Check ``text`` for ``variables``; its answer must be one of ``gives`` (default: bool).

    Raises :class:`CelFault`.
    """
    compiler = _Compiler(variables)
    made = compiler.node(parse(text))
    wanted = gives or (BOOL,)
    if not any(fits(made.type, kind) for kind in wanted):
        names = " or ".join(map(str, wanted))
        raise CelFault(f"the answer is a {made.type}, a {names} is needed", 1)
    if made.cost > MAX_COST:
        raise CelFault(f"it may cost {made.cost} steps, {MAX_COST} are allowed", 1)
    return Program(made.type, made.cost, frozenset(compiler.uses), made.run, compiler.size)


@dataclass(frozen=True, slots=True)
class _Made:
    type: Type
    run: Run
    cost: int
    constant: Any = None


class _Compiler:
    def __init__(self, variables: Mapping[str, Type]) -> None:
        self._scope = {name: (slot, kind) for slot, (name, kind) in enumerate(variables.items(), 1)}
        self._next = len(variables) + 1
        self.size = self._next
        self.uses: set[str] = set()

    def node(self, node: Node) -> _Made:
        if isinstance(node, Literal):
            return self._literal(node)
        if isinstance(node, Name):
            return self._name(node)
        if isinstance(node, Select):
            return self._select(node)
        if isinstance(node, ListOf):
            return self._list(node)
        if isinstance(node, Macro):
            return self._macro(node)
        return self._call(node)

    def _literal(self, node: Literal) -> _Made:
        value = node.value
        kinds = {bool: BOOL, int: INT, float: DOUBLE, str: STRING}
        return _Made(kinds[type(value)], lambda _: value, 1, value)

    def _name(self, node: Name) -> _Made:
        if node.name not in self._scope:
            known = ", ".join(sorted(self._scope))
            raise CelFault(f"nothing is called {node.name!r}; there are {known}", node.at)
        slot, kind = self._scope[node.name]
        self.uses.add(node.name)
        return _Made(kind, lambda frame: frame[slot], 1)

    def _select(self, node: Select) -> _Made:
        of = self.node(node.of)
        member = of.type.members.get(node.name)
        if member is None:
            known = ", ".join(sorted(of.type.members)) or "nothing"
            shown = known if len(known) < 300 else known[:300] + " …"
            raise CelFault(f"{of.type} has no {node.name!r}; it has {shown}", node.at)
        self.uses.add(f"{of.type}.{node.name}")
        inner, get = of.run, member.get

        def run(frame: Frame) -> Any:
            value = inner(frame)
            return None if value is None else get(value)

        if not node.test:
            return _Made(member.type, run, of.cost + 1)
        return _Made(BOOL, lambda frame: run(frame) is not None, of.cost + 2)

    def _list(self, node: ListOf) -> _Made:
        made = [self.node(item) for item in node.items]
        kind = made[0].type if made else ANY
        for one, item in zip(made, node.items, strict=True):
            if not fits(one.type, kind):
                raise CelFault(f"a list of {kind} cannot hold a {one.type}", item.at)
        runs = [one.run for one in made]
        constant = [one.constant for one in made]
        if made and None not in constant:
            return _Made(list_of(kind), lambda _: constant, len(made), constant)

        def run(frame: Frame) -> Any:
            values = [one(frame) for one in runs]
            return None if None in values else values

        return _Made(list_of(kind), run, 1 + sum(one.cost for one in made))

    def _macro(self, node: Macro) -> _Made:
        over = self.node(node.over)
        if over.type.item is None:
            raise CelFault(f"{node.kind} needs a list, this is a {over.type}", node.at)
        if node.variable in self._scope:
            raise CelFault(f"{node.variable!r} is taken", node.at)
        slot = self._next
        self._next += 1
        self.size = max(self.size, self._next)
        self._scope[node.variable] = (slot, over.type.item)
        body = self.node(node.body)
        del self._scope[node.variable]
        self._next -= 1
        if node.kind != "map" and not fits(body.type, BOOL):
            raise CelFault(f"{node.kind} needs a bool, this is a {body.type}", node.body.at)
        turns = len(over.constant) if isinstance(over.constant, list) else LOOP
        cost = over.cost + turns * (body.cost + 1)
        each = _each(over.run, slot, body.run)
        if node.kind == "map":
            return _Made(list_of(body.type), _mapped(each), cost)
        if node.kind == "filter":
            return _Made(over.type, _filtered(each), cost)
        judge = {"all": _all, "exists": _exists, "exists_one": _exists_one}[node.kind]
        return _Made(BOOL, judge(each), cost)

    def _call(self, node: Call) -> _Made:
        args = [self.node(one) for one in (*((node.target,) if node.target else ()), *node.args)]
        special = {
            "_&&_": self._and,
            "_||_": self._or,
            "_?_:_": self._choose,
            "_==_": self._equal,
            "_!=_": self._equal,
            "_in_": self._in,
            "_[_]": self._index,
        }.get(node.function)
        if special is not None and node.target is None:
            return special(node, args)
        if node.function == "size" and len(args) == 1 and args[0].type.item is not None:
            inner = args[0].run

            def size(frame: Frame) -> Any:
                value = inner(frame)
                return None if value is None else len(value)

            return _Made(INT, size, args[0].cost + 1)
        return self._function(node, args)

    def _function(self, node: Call, args: list[_Made]) -> _Made:
        table = METHODS if node.target is not None else FUNCTIONS
        overloads = table.get(node.function)
        if overloads is None:
            raise CelFault(f"no function is called {node.function!r}", node.at)
        for overload in overloads:
            if len(overload.takes) == len(args) and all(
                fits(one.type, wanted) for one, wanted in zip(args, overload.takes, strict=True)
            ):
                if node.function in LITERAL_PATTERNS:
                    self._pattern(node, args[1])
                cost = overload.cost + sum(one.cost for one in args)
                return _Made(overload.gives, _applied(overload, [one.run for one in args]), cost)
        given = ", ".join(str(one.type) for one in args)
        name = node.function.strip("_") if not node.function.isalnum() else node.function
        raise CelFault(f"{name} is not defined for ({given})", node.at)

    def _pattern(self, node: Call, pattern: _Made) -> None:
        if not isinstance(pattern.constant, str):
            raise CelFault(f"{node.function} needs its pattern as a literal", node.at)
        reason = pattern_fault(pattern.constant)
        if reason is not None:
            raise CelFault(reason, node.at)

    def _bools(self, node: Call, args: list[_Made]) -> tuple[Run, Run, int]:
        for one in args:
            if not fits(one.type, BOOL):
                name = node.function.strip("_")
                raise CelFault(f"{name} needs bool on both sides, this is a {one.type}", node.at)
        return args[0].run, args[1].run, 1 + args[0].cost + args[1].cost

    def _and(self, node: Call, args: list[_Made]) -> _Made:
        left, right, cost = self._bools(node, args)

        def run(frame: Frame) -> Any:
            one = left(frame)
            if one is False:
                return False
            other = right(frame)
            return other if one is True or other is False else None

        return _Made(BOOL, run, cost)

    def _or(self, node: Call, args: list[_Made]) -> _Made:
        left, right, cost = self._bools(node, args)

        def run(frame: Frame) -> Any:
            one = left(frame)
            if one is True:
                return True
            other = right(frame)
            return other if one is False or other is True else None

        return _Made(BOOL, run, cost)

    def _choose(self, node: Call, args: list[_Made]) -> _Made:
        condition, yes, no = args
        if not fits(condition.type, BOOL):
            raise CelFault(f"? needs a bool, this is a {condition.type}", node.at)
        if not fits(yes.type, no.type):
            raise CelFault(f"both answers need one type, not {yes.type} and {no.type}", node.at)

        def run(frame: Frame) -> Any:
            which = condition.run(frame)
            if which is None:
                return None
            return yes.run(frame) if which else no.run(frame)

        return _Made(yes.type, run, 1 + condition.cost + max(yes.cost, no.cost))

    def _equal(self, node: Call, args: list[_Made]) -> _Made:
        one, other = args
        if not fits(one.type, other.type):
            raise CelFault(f"a {one.type} never equals a {other.type}", node.at)
        if one.type.members or (one.type.item is not None and one.type.item.members):
            raise CelFault(f"compare values of a {one.type}, not the whole of it", node.at)
        wanted = node.function == "_==_"
        dates = DATE in (one.type, other.type)
        left, right = one.run, other.run

        def run(frame: Frame) -> Any:
            first, second = left(frame), right(frame)
            if first is None or second is None:
                return None
            same = same_day(first, second) if dates else first == second
            return None if same is None else same is wanted

        return _Made(BOOL, run, 1 + one.cost + other.cost)

    def _in(self, node: Call, args: list[_Made]) -> _Made:
        one, within = args
        if within.type.item is None or not fits(one.type, within.type.item):
            raise CelFault(f"in is not defined for ({one.type}, {within.type})", node.at)
        if DATE in (one.type, within.type.item) or one.type.members:
            raise CelFault(f"in is not defined for a {one.type}", node.at)
        left, right = one.run, within.run

        def run(frame: Frame) -> Any:
            first, values = left(frame), right(frame)
            return None if first is None or values is None else first in values

        turns = len(within.constant) if isinstance(within.constant, list) else LOOP
        return _Made(BOOL, run, turns + one.cost + within.cost)

    def _index(self, node: Call, args: list[_Made]) -> _Made:
        of, index = args
        if of.type.item is None or not fits(index.type, INT):
            raise CelFault(f"[] is not defined for ({of.type}, {index.type})", node.at)
        left, right = of.run, index.run

        def run(frame: Frame) -> Any:
            values, number = left(frame), right(frame)
            if values is None or number is None or not 0 <= number < len(values):
                return None
            return values[number]

        return _Made(of.type.item, run, 1 + of.cost + index.cost)


def _applied(overload: Overload, runs: list[Run]) -> Run:
    function = overload.run
    if len(runs) == 1:
        only = runs[0]

        def run_one(frame: Frame) -> Any:
            value = only(frame)
            return None if value is None else function(value)

        return run_one
    if len(runs) == 2:
        left, right = runs

        def run_two(frame: Frame) -> Any:
            one, other = left(frame), right(frame)
            return None if one is None or other is None else function(one, other)

        return run_two

    def run(frame: Frame) -> Any:
        values = [one(frame) for one in runs]
        return None if None in values else function(*values)

    return run


#: Over the list: (value, answer of the body) one after the other; None when there is no list.
_Each = Callable[[Frame], Any]


def _each(over: Run, slot: int, body: Run) -> _Each:
    def turns(frame: Frame, values: Any) -> Any:
        for value in values:
            frame[0] -= 1
            if frame[0] < 0:
                raise RanTooLong
            frame[slot] = value
            yield value, body(frame)

    def run(frame: Frame) -> Any:
        values = over(frame)
        return None if values is None else turns(frame, values)

    return run


def _mapped(each: _Each) -> Run:
    def run(frame: Frame) -> Any:
        found = each(frame)
        values = None if found is None else [answer for _, answer in found]
        return None if values is None or None in values else values

    return run


def _filtered(each: _Each) -> Run:
    def run(frame: Frame) -> Any:
        found = each(frame)
        if found is None:
            return None
        kept, unsure = [], False
        for value, answer in found:
            unsure = unsure or answer is None
            if answer:
                kept.append(value)
        return None if unsure else kept

    return run


def _all(each: _Each) -> Run:
    def run(frame: Frame) -> Any:
        found, result = each(frame), True
        if found is None:
            return None
        for _, answer in found:
            if answer is False:
                return False
            result = result and answer
        return None if result is None else result

    return run


def _exists(each: _Each) -> Run:
    def run(frame: Frame) -> Any:
        found, unsure = each(frame), False
        if found is None:
            return None
        for _, answer in found:
            if answer:
                return True
            unsure = unsure or answer is None
        return None if unsure else False

    return run


def _exists_one(each: _Each) -> Run:
    def run(frame: Frame) -> Any:
        found, count = each(frame), 0
        if found is None:
            return None
        for _, answer in found:
            if answer is None:
                return None
            count += answer
        return count == 1

    return run
