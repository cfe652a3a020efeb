"""Many rows at once: the pure part of ``sohoa units convert --in --out``.

A row is a mapping with the column ``code`` (with ``code_set`` or ``as_of`` beside it, or given
for the whole batch) or the column ``address``; ``name`` beside a code is checked against it.
One bad row is a row with problems; the batch goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sohoa_vietnam.messages import N_, Problem, Severity, VietnamError
from sohoa_vietnam.units.convert import convert
from sohoa_vietnam.units.locality import LocalityTable
from sohoa_vietnam.units.lookup import DateLike, check, province_of
from sohoa_vietnam.units.model import Candidate, CodeSet, Decides, Level, Status, Unit
from sohoa_vietnam.units.tables import Tables, tables

#: Column names of :meth:`BatchRow.columns`, in order: an interface, do not translate.
OUTPUT_COLUMNS = (
    "status",
    "code_now",
    "name_now",
    "province_now",
    "address_now",
    "candidates",
    "decides",
    "residents",
    "confidence",
    "basis",
    "mapping_version",
    "problems",
)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """The answer to one row. ``number`` counts from 1; ``candidates`` are set for ``several``."""

    number: int
    status: Status
    unit: Unit | None
    province: Unit | None
    present: str | None
    candidates: tuple[Candidate, ...]
    decides: tuple[Decides, ...]
    residents: Unit | None
    confidence: float | None
    basis: str
    mapping_version: str
    problems: tuple[Problem, ...]

    @property
    def needs_review(self) -> bool:
        """Whether a person must look at the row."""
        return self.status is not Status.ONE or any(
            p.severity in (Severity.ERROR, Severity.REVIEW) for p in self.problems
        )

    def columns(self) -> dict[str, str]:
        """The answer as text cells under :data:`OUTPUT_COLUMNS`. Codes keep their zeros; several
        values are joined by ``;``. Problems are their codes: texts belong to the caller."""
        listed = ""
        if self.status is not Status.ONE:
            listed = ";".join(f"{c.unit.code} {c.unit.full_name}" for c in self.candidates)
        return {
            "status": self.status.value,
            "code_now": self.unit.code if self.unit else "",
            "name_now": self.unit.full_name if self.unit else "",
            "province_now": self.province.full_name if self.province else "",
            "address_now": self.present or "",
            "candidates": listed,
            "decides": ";".join(d.value for d in self.decides),
            "residents": self.residents.code if self.residents and not self.unit else "",
            "confidence": "" if self.confidence is None else f"{self.confidence:.2f}",
            "basis": self.basis,
            "mapping_version": self.mapping_version,
            "problems": ";".join(dict.fromkeys(p.code for p in self.problems)),
        }


def batch_convert(
    rows: Iterable[Mapping[str, str]],
    *,
    code_set: CodeSet | str | None = None,
    as_of: DateLike = None,
    on: DateLike = None,
    level: Level | str | None = None,
    locality: LocalityTable | None = None,
    source: Tables | None = None,
) -> Iterator[BatchRow]:
    """Convert rows one by one, lazily: memory does not grow with the input.

    A cell ``code_set``, ``as_of`` or ``level`` of a row goes before the argument of the same
    name. Raises nothing: what is wrong with a row, or with an argument, is a problem of the row.
    """
    held = source or tables()
    for number, row in enumerate(rows, 1):
        try:
            yield _row(number, row, code_set, as_of, on, level, locality, held)
        except VietnamError as error:
            problem = Problem(error.code, Severity.ERROR, error.message, error.args_by_name)
            yield _empty(number, held, (problem,))


def _empty(number: int, held: Tables, problems: tuple[Problem, ...]) -> BatchRow:
    return BatchRow(
        number, Status.NONE, None, None, None, (), (), None, None, "", held.version, problems
    )


def _cell(row: Mapping[str, str], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _row(
    number: int,
    row: Mapping[str, str],
    code_set: CodeSet | str | None,
    as_of: DateLike,
    on: DateLike,
    level: Level | str | None,
    locality: LocalityTable | None,
    held: Tables,
) -> BatchRow:
    which = _cell(row, "code_set") or code_set
    when = _cell(row, "as_of") or as_of
    rank = _cell(row, "level") or level
    code, address, name = _cell(row, "code"), _cell(row, "address"), _cell(row, "name")
    if not code and not address:
        problem = Problem(
            "unit.row_empty", Severity.ERROR, N_("The row has neither a code nor an address")
        )
        return _empty(number, held, (problem,))
    if not code:
        # Imported here: addresses stand on units, so units cannot import them while loading.
        from sohoa_vietnam.addresses.convert import convert_address

        got = convert_address(address, as_of=when, on=on, locality=locality, source=held)
        return BatchRow(
            number,
            got.status,
            got.unit,
            province_of(got.unit, on, held) if got.unit else None,
            got.present,
            got.candidates,
            got.decides,
            got.residents,
            got.confidence,
            got.basis,
            got.mapping_version,
            got.problems,
        )
    answer = convert(code, code_set=which, as_of=when, on=on, level=rank, source=held)
    unit, decides, problems = answer.unit, answer.decides, answer.problems
    basis = next((c.edge.basis for c in answer.candidates if c.edge), "")
    if name:
        checked = check(code, name, when, code_set=which, level=rank, source=held)
        problems += tuple(p for p in checked.problems if p not in problems)
    if unit is None and locality is not None and address and answer.asked is not None:
        match = locality.decide(answer.asked.code, address, held)
        if match is not None and len(match.units) == 1:
            unit, decides, basis = match.units[0], (), match.rows[0].source
    return BatchRow(
        number,
        Status.ONE if unit else answer.status,
        unit,
        province_of(unit, on, held) if unit else None,
        None,
        answer.candidates,
        decides,
        answer.residents,
        None,
        basis,
        answer.mapping_version,
        tuple(p for p in problems if not (unit and p.code == "unit.divided")),
    )
