"""What a unit is now, what it was then: one unit, several candidates, or none; never a guess.

A commune that was divided in 2025 is answered with all its pieces. 59 of the 440 divided ones
gave all their residents to one piece (``Answer.residents``); the others cannot be decided from
the commune alone. Districts have no successor: their tasks went to communes or to the province
by function. Nothing here touches the network.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sohoa_vietnam.messages import N_, Checked, Problem, Severity
from sohoa_vietnam.units.lookup import (
    DateLike,
    code_set_on,
    day,
    level_of,
    path_text,
    read_code,
    settle_code_set,
    state_on,
)
from sohoa_vietnam.units.model import (
    Answer,
    Candidate,
    CodeSet,
    Decides,
    Edge,
    Level,
    Relation,
    Residents,
    Status,
    Unit,
)
from sohoa_vietnam.units.tables import OLD_END, REORGANIZATION, Tables, tables

_WHOLE = frozenset({Relation.WHOLE, Relation.UNCHANGED, Relation.RENAMED})


def convert(
    code: object,
    *,
    code_set: CodeSet | str | None = None,
    as_of: DateLike = None,
    on: DateLike = None,
    level: Level | str | None = None,
    source: Tables | None = None,
) -> Answer:
    """The unit that ``code`` (of a code set, or as written on ``as_of``) is on the date ``on``.

    Without ``on``: the newest state known. Works in both directions: a code of the new list
    asked about a day before 1 July 2025 is answered with the old units that it was formed from.
    Raises :class:`CodeWithoutDate` for a bare code and :class:`BadQuestion` for arguments that
    are no date, code set or level; anything odd about the code itself comes back as a problem.
    """
    held = source or tables()
    which, when = settle_code_set(code, code_set, as_of)
    target = day(on, "on")
    wanted = level_of(level)
    memo: dict[tuple[object, ...], Answer] = held.memo("answers", lambda _: {})
    place = (str(code), which, when, target, wanted)
    found = memo.get(place)
    if found is None:
        if len(memo) > 100_000:
            memo.clear()
        found = memo[place] = _convert(held, code, which, when, target, wanted)
    return found


def _convert(
    held: Tables,
    code: object,
    which: CodeSet,
    when: date | None,
    target: date | None,
    wanted: Level | None,
) -> Answer:
    read = read_code(code, which, wanted)
    problems = list(read.problems)
    if when is not None and code_set_on(when) is not which:
        problems.append(
            Problem(
                "unit.code_set_and_date",
                Severity.WARNING,
                N_("The code set {code_set} was not in force on {date}"),
                {"code_set": which.value, "date": when.isoformat()},
                "QĐ 19/2025/QĐ-TTg",
            )
        )
    if not read.code or read.level is None:
        return _none(held, None, target, problems)
    states = held.units(which, read.level, read.code)
    if not states:
        return _unlisted(held, which, read.code, read.level, target, problems)
    asked = state_on(states, when) or states[-1]
    return convert_unit(asked, on=target, problems=problems, source=held)


def _none(
    held: Tables,
    asked: Unit | None,
    target: date | None,
    problems: Iterable[Problem],
    decides: tuple[Decides, ...] = (),
    candidates: tuple[Candidate, ...] = (),
) -> Answer:
    return Answer(
        Status.NONE, asked, None, candidates, decides, None, target, held.version, tuple(problems)
    )


def _unlisted(
    held: Tables,
    which: CodeSet,
    code: str,
    level: Level,
    target: date | None,
    problems: list[Problem],
) -> Answer:
    """A code that the list of 30 June 2025 does not have: a commune that ended before?"""
    former = held.former_by_code.get(code, ()) if which is CodeSet.GSO_2004 else ()
    if level is not Level.COMMUNE or not former:
        problems.append(
            Problem(
                "unit.code_unknown",
                Severity.ERROR,
                N_("The code set {code_set} has no unit {code}"),
                {"code": code, "code_set": which.value},
            )
        )
        return _none(held, None, target, problems)
    row = former[0]
    name = held.former_name(row)
    successor = held.units(CodeSet.GSO_2004, Level.COMMUNE, row[0])[0]
    problems.append(
        Problem(
            "unit.former_code",
            Severity.REVIEW,
            N_("{code} ({name}) ended before {before}; its place belonged to {unit} afterwards"),
            {
                "code": code,
                "name": name.name,
                "before": name.before.isoformat(),
                "unit": path_text(successor, None, held),
            },
            name.source,
            Checked.SECONDARY,
        )
    )
    return convert_unit(successor, on=target, problems=problems, source=held)


def convert_unit(
    unit: Unit,
    *,
    on: DateLike = None,
    problems: Iterable[Problem] = (),
    source: Tables | None = None,
) -> Answer:
    """The same as :func:`convert` for a unit already in hand."""
    held = source or tables()
    target = day(on, "on")
    noted = list(problems)
    if target is not None and target <= OLD_END:
        if unit.code_set is CodeSet.GSO_2025:
            return _backward(held, unit, target, noted)
        return _same_set(held, unit, target, noted)
    if unit.code_set is CodeSet.GSO_2025:
        return _same_set(held, unit, target, noted)
    if unit.level is Level.PROVINCE:
        return _province(held, unit, target, noted)
    edges = held.edges_from.get((unit.level.value, unit.code), [])
    if unit.level is Level.DISTRICT and not (
        len(edges) == 1 and edges[0][3] == Relation.RENAMED.value
    ):
        return _district(held, unit, target, noted)
    return _forward(held, unit, target, [held.edge(e) for e in edges], noted)


def _state(held: Tables, code: str, target: date | None, level: Level = Level.COMMUNE) -> Unit:
    states = held.units(CodeSet.GSO_2025, level, code)
    return state_on(states, target) or states[-1]


def _forward(
    held: Tables, unit: Unit, target: date | None, edges: list[Edge], problems: list[Problem]
) -> Answer:
    candidates = tuple(
        Candidate(_state(held, e.new, target), e.relation, e.residents, e) for e in edges
    )
    problems.extend(_reported(held, candidates[0].unit.province_code, target))
    if len(candidates) == 1:
        return Answer(
            Status.ONE,
            unit,
            candidates[0].unit,
            candidates,
            (),
            candidates[0].unit,
            target,
            held.version,
            tuple(problems),
        )
    doubtful = [e for e in edges if e.checked is Checked.UNVERIFIED]
    certain = [c for c in candidates if c.residents is Residents.ALL]
    decides: tuple[Decides, ...]
    if doubtful:
        decides = (Decides.RESOLUTION, Decides.HAMLET_OR_STREET)
        problems.append(
            Problem(
                "unit.doubtful_piece",
                Severity.REVIEW,
                N_("The sources disagree whether a part of {unit} went to {other}: read {basis}"),
                {
                    "unit": unit.full_name,
                    "other": _state(held, doubtful[0].new, target).full_name,
                    "basis": doubtful[0].basis,
                },
                doubtful[0].basis,
                Checked.UNVERIFIED,
            )
        )
    elif certain:
        decides = (Decides.RESIDENCE_OR_LAND,)
    else:
        decides = (Decides.HAMLET_OR_STREET,)
    problems.append(
        Problem(
            "unit.divided",
            Severity.REVIEW,
            N_("{unit} was divided among {count} units; the commune alone does not decide"),
            {"unit": unit.full_name, "count": len(candidates)},
            edges[0].basis,
            Checked.SECONDARY,
        )
    )
    residents = certain[0].unit if len(certain) == 1 and not doubtful else None
    return Answer(
        Status.SEVERAL,
        unit,
        None,
        candidates,
        decides,
        residents,
        target,
        held.version,
        tuple(problems),
    )


def _reported(held: Tables, province: str, target: date | None) -> list[Problem]:
    """Changes that were seen in a later list but whose act and date were not found."""
    found = []
    for row in held.reported_changes.get(province, ()):
        if target is None or target > REORGANIZATION:
            states = held.units(CodeSet.GSO_2025, Level.PROVINCE, province)
            wards = int(row[2])
            message = N_(
                "A list seen on {seen} calls {unit} a centrally run city; the act was not found, "
                "nothing is changed here"
            )
            if wards:
                message = N_(
                    "A list seen on {seen} calls {unit} a centrally run city and has {wards} of "
                    "its communes as new wards; the acts were not found, nothing is changed here"
                )
            args = {"seen": row[3], "unit": states[-1].full_name, "wards": wards}
            found.append(
                Problem(
                    "unit.reported_change", Severity.INFO, message, args, None, Checked.UNVERIFIED
                )
            )
    return found


def _province(held: Tables, unit: Unit, target: date | None, problems: list[Problem]) -> Answer:
    new, basis, checked = held.province_edges[unit.code]
    found = _state(held, new, target, Level.PROVINCE)
    problems.extend(_reported(held, new, target))
    merged = [o for o, n in held.new_province_of.items() if n == new]
    same = len(merged) == 1
    relation = Relation.UNCHANGED if same else Relation.WHOLE
    edge = Edge(
        Level.PROVINCE,
        unit.code,
        new,
        relation,
        Residents.ALL,
        REORGANIZATION,
        basis,
        None,
        Checked(checked),
    )
    candidate = Candidate(found, relation, Residents.ALL, edge)
    return Answer(
        Status.ONE, unit, found, (candidate,), (), found, target, held.version, tuple(problems)
    )


def _district(held: Tables, unit: Unit, target: date | None, problems: list[Problem]) -> Answer:
    """A district has no successor; the communes its land went to are named for orientation."""
    seen: dict[str, Candidate] = {}
    for code, row in held.old_communes.items():
        if row[0] == unit.code:
            for raw in held.edges_from[Level.COMMUNE.value, code]:
                if raw[2] not in seen:
                    seen[raw[2]] = Candidate(_state(held, raw[2], target))
    problems.append(
        Problem(
            "unit.district_ended",
            Severity.REVIEW,
            N_(
                "{unit} ended on 1 July 2025 with the district level; its tasks went to communes "
                "or to the province by function, so the district alone has no successor"
            ),
            {"unit": unit.full_name},
            "Luật Tổ chức chính quyền địa phương 72/2025/QH15 Art 51",
        )
    )
    return _none(
        held,
        unit,
        target,
        problems,
        (Decides.FUNCTION, Decides.FULL_ADDRESS),
        tuple(seen[c] for c in sorted(seen)),
    )


def _same_set(held: Tables, unit: Unit, target: date | None, problems: list[Problem]) -> Answer:
    """The unit on another date of its own code set: its name or kind may differ."""
    states = held.units(unit.code_set, unit.level, unit.code)
    found = state_on(states, target)
    if found is None and target is not None and states and states[0].valid_from is None:
        found = states[0]
    if found is None:
        problems.append(
            Problem(
                "unit.not_on_date",
                Severity.ERROR,
                N_("{unit} did not exist on {date}"),
                {"unit": unit.full_name, "date": target.isoformat() if target else ""},
            )
        )
        return _none(held, unit, target, problems)
    if unit.code_set is CodeSet.GSO_2025:
        problems.extend(_reported(held, found.province_code, target))
    elif unit.level is Level.COMMUNE:
        problems.extend(_earlier_names(held, unit, target))
    relation = Relation.UNCHANGED if found == unit else Relation.RENAMED
    candidate = Candidate(found, relation, Residents.ALL)
    return Answer(
        Status.ONE, unit, found, (candidate,), (), found, target, held.version, tuple(problems)
    )


def _earlier_names(held: Tables, unit: Unit, target: date | None) -> list[Problem]:
    """A commune may have absorbed others, or changed its name, before June 2025: say so."""
    found = []
    for row in held.former.get(unit.code, ()):
        former = held.former_name(row)
        if target is not None and target < former.before:
            found.append(
                Problem(
                    "unit.earlier_name",
                    Severity.INFO,
                    N_("Before {before}, {name} was a commune or name of its own here ({code})"),
                    {
                        "before": former.before.isoformat(),
                        "name": former.name or former.key,
                        "code": former.code or "?",
                    },
                    former.source,
                    Checked.SECONDARY,
                )
            )
    return found


def _backward(held: Tables, unit: Unit, target: date, problems: list[Problem]) -> Answer:
    """What a new unit was before 1 July 2025: the old units it was formed from."""
    if unit.level is Level.PROVINCE:
        olds = [o for o, n in held.new_province_of.items() if n == unit.code]
        candidates = []
        for old in olds:
            states = held.units(CodeSet.GSO_2004, Level.PROVINCE, old)
            relation = Relation.UNCHANGED if len(olds) == 1 else Relation.WHOLE
            candidates.append(
                Candidate(state_on(states, target) or states[0], relation, Residents.ALL)
            )
    else:
        candidates = []
        for raw in held.edges_to.get(unit.code, ()):
            edge = held.edge(raw)
            states = held.units(CodeSet.GSO_2004, edge.level, edge.old)
            candidates.append(Candidate(states[-1], edge.relation, edge.residents, edge))
    if len(candidates) == 1 and candidates[0].relation in _WHOLE:
        only = candidates[0]
        return Answer(
            Status.ONE,
            unit,
            only.unit,
            (only,),
            (),
            only.unit,
            target,
            held.version,
            tuple(problems),
        )
    return Answer(
        Status.SEVERAL,
        unit,
        None,
        tuple(candidates),
        (Decides.FULL_ADDRESS,),
        None,
        target,
        held.version,
        tuple(problems),
    )


def predecessors(unit: Unit, source: Tables | None = None) -> tuple[Candidate, ...]:
    """The old units that a unit of the new list was formed from, with their edges."""
    held = source or tables()
    if unit.code_set is CodeSet.GSO_2004:
        return ()
    return _backward(held, unit, OLD_END, []).candidates
