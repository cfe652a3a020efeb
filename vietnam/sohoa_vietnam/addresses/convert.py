"""The present address of a printed one: kept as printed, converted beside it."""

from __future__ import annotations

from sohoa_vietnam.addresses.model import ConvertedAddress, Evidence, ParsedAddress, Reading
from sohoa_vietnam.addresses.parse import parse_address
from sohoa_vietnam.messages import N_, Problem, Severity
from sohoa_vietnam.units.convert import convert
from sohoa_vietnam.units.errors import BadQuestion
from sohoa_vietnam.units.locality import LocalityTable
from sohoa_vietnam.units.lookup import DateLike, day, path_text, state_on
from sohoa_vietnam.units.model import (
    Answer,
    Candidate,
    CodeSet,
    Decides,
    Level,
    Status,
    Unit,
)
from sohoa_vietnam.units.tables import REORGANIZATION, Tables, tables


def convert_address(
    text: str,
    *,
    as_of: DateLike = None,
    on: DateLike = None,
    locality: LocalityTable | None = None,
    source: Tables | None = None,
) -> ConvertedAddress:
    """Convert a printed address to the units of the date ``on`` (default: the newest state).

    ``as_of`` is the date of the paper, if known. ``locality`` settles divided communes by the
    locality's own table. An answer is given only when every good reading of the text leads to
    the same present commune; otherwise all candidates come back with what decides among them.
    Raises :class:`~sohoa_vietnam.units.errors.BadQuestion` when ``on`` lies before July 2025
    (this converts to the present) or a date is none.
    """
    held = source or tables()
    target = day(on, "on")
    if target is not None and target < REORGANIZATION:
        raise BadQuestion(argument="on", value=target.isoformat())
    parsed = parse_address(text, as_of=as_of, source=held)
    if parsed.status is Status.NONE:
        return ConvertedAddress(
            text,
            Status.NONE,
            None,
            None,
            parsed,
            on=target,
            mapping_version=held.version,
            problems=parsed.problems,
        )
    readings = (parsed.reading,) if parsed.reading else parsed.alternatives
    answers: list[Answer] = []
    settled: list[tuple[Reading, Unit]] = []
    candidates: dict[str, Candidate] = {}
    decides: dict[Decides, None] = {}
    problems: list[Problem] = list(parsed.problems)
    basis = ""
    for reading in readings:
        if reading is None or reading.unit is None:
            continue
        found = reading.unit
        answer = convert(
            found.code, code_set=found.code_set, level=found.level, on=target, source=held
        )
        answers.append(answer)
        if reading.commune is None and not (reading.district and answer.unit):
            _add(candidates, answer.candidates if reading.district else ())
            decides[Decides.FULL_ADDRESS] = None
            continue
        unit = answer.unit
        cited = answer.candidates[0].edge.basis if answer.candidates[0].edge else ""
        if unit is None and locality is not None and reading.commune is not None:
            match = locality.decide(reading.commune.code, reading.detail, held)
            if match is not None and len(match.units) == 1:
                unit = match.units[0]
                unit = state_on(held.units(unit.code_set, unit.level, unit.code), target) or unit
                cited = match.rows[0].source
        if unit is None:
            _add(candidates, answer.candidates)
            decides.update(dict.fromkeys(answer.decides))
            problems += [p for p in answer.problems if p not in problems]
        else:
            settled.append((reading, unit))
            _add(candidates, (Candidate(unit),))
            problems += [p for p in answer.problems if p.code != "unit.divided"]
        basis = basis or cited
    units = {u.id: u for _, u in settled}
    complete = len(settled) == sum(1 for r in readings if r is not None)
    best = readings[0]
    similar = best is not None and Evidence.MISSPELLED in best.evidence
    if complete and len(units) == 1 and best is not None and not similar:
        unit = next(iter(units.values()))
        confidence = parsed.confidence
        if parsed.reading is None:  # several readings, one present place
            confidence = best.confidence
            problems = [p for p in problems if p.code != "address.ambiguous"]
        problems += _doubts(parsed, best)
        if as_of is None and best.form is CodeSet.GSO_2025:
            problems += _undated(parsed, unit, held)
        return ConvertedAddress(
            text,
            Status.ONE,
            present_text(best.detail, unit, held),
            unit,
            parsed,
            tuple(candidates.values()),
            (),
            unit,
            confidence,
            target,
            held.version,
            basis,
            tuple(answers),
            tuple(problems),
        )
    if parsed.reading is None:
        decides[Decides.SPELLING if similar else Decides.FULL_ADDRESS] = None
        if len({r.form for r in parsed.alternatives}) > 1:
            decides[Decides.DATE] = None
    if not settled and not any(r is not None and r.commune for r in readings):
        problems.append(
            Problem(
                "address.no_commune",
                Severity.REVIEW,
                N_("No commune was recognized: the present address needs one"),
            )
        )
    residents = answers[0].residents if len(answers) == 1 else None
    return ConvertedAddress(
        text,
        Status.SEVERAL if candidates else Status.NONE,
        None,
        None,
        parsed,
        tuple(candidates.values()),
        tuple(decides),
        residents,
        parsed.confidence,
        target,
        held.version,
        basis,
        tuple(answers),
        tuple(problems),
    )


def _add(into: dict[str, Candidate], more: tuple[Candidate, ...]) -> None:
    for candidate in more:
        into.setdefault(candidate.unit.id, candidate)


def _doubts(parsed: ParsedAddress, reading: Reading) -> list[Problem]:
    """What a reviewer should see although there is one answer."""
    found = []
    if Evidence.ACCENTS in reading.evidence or Evidence.KIND_DIFFERS in reading.evidence:
        found.append(
            Problem(
                "address.spelling",
                Severity.REVIEW,
                N_("The address is spelled differently from the list: read as {unit}"),
                {"unit": reading.unit.full_name if reading.unit else ""},
            )
        )
    if reading.former is not None:
        found.append(
            Problem(
                "address.former_name",
                Severity.REVIEW,
                N_("{name} is a name that ended before {before}"),
                {
                    "name": reading.former.name or reading.former.key,
                    "before": reading.former.before.isoformat(),
                },
                reading.former.source,
            )
        )
    return found


def _undated(parsed: ParsedAddress, unit: Unit, held: Tables) -> list[Problem]:
    """The address is a present one, but the same words meant another place before July 2025."""
    for other in parsed.alternatives:
        if other.form is not CodeSet.GSO_2004 or other.commune is None:
            continue
        answer = convert(other.commune.code, code_set=CodeSet.GSO_2004, source=held)
        if answer.unit is None or answer.unit.code != unit.code:
            return [
                Problem(
                    "address.undated",
                    Severity.REVIEW,
                    N_(
                        "Read as the present {unit}; on a paper dated before 1 July 2025 the same "
                        "words mean {old}, which went elsewhere, at least in part: give the date"
                    ),
                    {"unit": unit.full_name, "old": path_text(other.commune, None, held)},
                    "QĐ 19/2025/QĐ-TTg",
                )
            ]
    return []


def present_text(detail: str, unit: Unit, source: Tables | None = None) -> str:
    """Detail as printed, then commune and province as they are called now."""
    held = source or tables()
    parts = [detail] if detail else []
    parts.append(unit.full_name)
    if unit.level is Level.COMMUNE:
        states = held.units(unit.code_set, Level.PROVINCE, unit.province_code)
        when = unit.valid_from or REORGANIZATION
        province = states[-1] if unit.valid_to is None else state_on(states, when)
        if province is not None and unit.code_set is CodeSet.GSO_2025:
            parts.append(province.full_name)
    return ", ".join(parts)
