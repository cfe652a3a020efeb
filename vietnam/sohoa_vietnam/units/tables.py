"""The shipped unit tables: loaded only when asked for, refused when one byte differs.

Every table carries its SHA-256 in ``MANIFEST.tsv``; when it differs, the per-row checks in
``rows.crc`` name the first row that was edited, lost or added. So a table that loads is the
one that ``vietnam/build/build.py`` built and checked, and no further check is needed here.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

from sohoa_vietnam.messages import Checked
from sohoa_vietnam.row_errors import CELLS
from sohoa_vietnam.units.errors import (
    CONTENT_DIFFERS,
    MANIFEST_BROKEN,
    ROW_ADDED,
    ROWS_LOST,
    TableAltered,
    TableMissing,
)
from sohoa_vietnam.units.model import (
    CodeSet,
    Edge,
    FormerName,
    Kind,
    Level,
    Relation,
    Residents,
    Unit,
)

DATA = Path(__file__).resolve().parent.parent / "data" / "units"
#: The two-tier local government begins (Luật 72/2025/QH15 Art 51; QĐ 19/2025/QĐ-TTg).
REORGANIZATION = date(2025, 7, 1)
OLD_END = date(2025, 6, 30)

_T = TypeVar("_T")
_parse_date = cache(date.fromisoformat)


def as_date(cell: str) -> date | None:
    """An ISO cell as a date; empty means "not known" or "open"."""
    return _parse_date(cell) if cell else None


class Tables:
    """All unit tables of one folder; each is read when first used.

    Raises :class:`TableMissing` and :class:`TableAltered` (with table and line) on first use.
    """

    def __init__(self, folder: Path = DATA) -> None:
        self.folder = folder
        self._units: dict[tuple[str, str, str], tuple[Unit, ...]] = {}

    # --- reading -----------------------------------------------------------------------------

    def _bytes(self, name: str) -> bytes:
        try:
            body = (self.folder / name).read_bytes()
        except OSError as error:
            raise TableMissing(table=name, line=0, error=type(error).__name__) from error
        # A checkout on Windows may have changed the line ends; the content is the same.
        return body.replace(b"\r\n", b"\n") if b"\r" in body else body

    @cached_property
    def _manifest(self) -> dict[str, tuple[str, str]]:
        name = "MANIFEST.tsv"
        found: dict[str, tuple[str, str]] = {}
        text = self._bytes(name).decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            cells = line.split("\t")
            if len(cells) != 3:
                raise TableAltered(table=name, line=number, reason=MANIFEST_BROKEN)
            found[cells[0]] = (cells[1], cells[2])
        if "version" not in found:
            raise TableAltered(table=name, line=0, reason=MANIFEST_BROKEN)
        return found

    @cached_property
    def version(self) -> str:
        """The mapping version that conversions carry: edition and digest of all tables."""
        digest = hashlib.sha256(self._bytes("MANIFEST.tsv")).hexdigest()[:8]
        return f"{self._manifest['version'][0]}-{digest}"

    def rows(self, table: str) -> list[list[str]]:
        """The rows of a table, checked against what was built; without the header."""
        name = f"{table}.tsv"
        body = self._bytes(name)
        expected = self._manifest.get(table)
        if expected is None:
            raise TableAltered(table="MANIFEST.tsv", line=0, reason=MANIFEST_BROKEN)
        if hashlib.sha256(body).hexdigest() != expected[1]:
            self._name_the_row(table, name, body)
        lines = body.decode("utf-8").split("\n")
        return [line.split("\t") for line in lines[1:-1]]

    def _name_the_row(self, table: str, name: str, body: bytes) -> None:
        """Find and raise the first row that differs from what was built."""
        marks = ""
        for text in self._bytes("rows.crc").decode("ascii", "replace").splitlines():
            known, _, crc = text.partition("\t")
            if known == table:
                marks = crc
        expected = [marks[i : i + 4] for i in range(0, len(marks), 4)]
        lines = body.split(b"\n")
        if lines and not lines[-1]:
            lines.pop()
        width = lines[0].count(b"\t") if lines else 0
        for number, line in enumerate(lines, 1):
            if number > len(expected):
                raise TableAltered(table=name, line=number, reason=ROW_ADDED)
            if f"{zlib.crc32(line) & 0xFFFF:04x}" != expected[number - 1]:
                cells = line.count(b"\t") + 1
                if cells == width + 1:
                    raise TableAltered(table=name, line=number, reason=CONTENT_DIFFERS)
                raise TableAltered(
                    table=name, line=number, reason=CELLS, cells=cells, expected=width + 1
                )
        reason = ROWS_LOST if len(lines) < len(expected) else CONTENT_DIFFERS
        raise TableAltered(table=name, line=len(lines) + 1, reason=reason)

    def load_all(self) -> None:
        """Read every table now (start-up of a worker, tests, measuring)."""
        for name in (
            "provinces",
            "districts",
            "old_communes",
            "new_communes",
            "edges_from",
            "edges_to",
            "former",
            "former_districts",
            "name_variants",
        ):
            getattr(self, name)

    # --- raw tables --------------------------------------------------------------------------

    @cached_property
    def provinces(self) -> dict[tuple[str, str], list[list[str]]]:
        """(code set, code) -> dated rows: kind, name, from, to, basis, checked."""
        found: dict[tuple[str, str], list[list[str]]] = {}
        for row in self.rows("provinces"):
            found.setdefault((row[0], row[1]), []).append(row[2:])
        return found

    @cached_property
    def province_edges(self) -> dict[str, tuple[str, str, str]]:
        """Old province code -> new code, basis, checked: total and single-valued."""
        return {r[0]: (r[1], r[2], r[3]) for r in self.rows("province_edges")}

    @cached_property
    def new_province_of(self) -> dict[str, str]:
        """Old province code -> new province code."""
        return {old: row[0] for old, row in self.province_edges.items()}

    @cached_property
    def districts(self) -> dict[str, list[str]]:
        """Code -> province, kind, name."""
        return {r[0]: r[1:] for r in self.rows("districts")}

    @cached_property
    def old_communes(self) -> dict[str, list[str]]:
        """Code -> district, kind, name."""
        return {r[0]: r[1:] for r in self.rows("communes_2004")}

    @cached_property
    def new_communes(self) -> dict[str, list[list[str]]]:
        """Code -> dated rows: province, kind, name, from, to, basis, checked."""
        found: dict[str, list[list[str]]] = {}
        for row in self.rows("communes_2025"):
            found.setdefault(row[0], []).append(row[1:])
        return found

    @cached_property
    def resolutions(self) -> dict[str, tuple[str, str, str]]:
        """New province code -> resolution, its date, checked."""
        return {r[0]: (r[1], r[2], r[3]) for r in self.rows("resolutions")}

    @cached_property
    def edges_from(self) -> dict[tuple[str, str], list[list[str]]]:
        """(level, old code) -> raw edges."""
        found: dict[tuple[str, str], list[list[str]]] = {}
        for row in self.rows("edges"):
            found.setdefault((row[0], row[1]), []).append(row)
        return found

    @cached_property
    def edges_to(self) -> dict[str, list[list[str]]]:
        """New commune code -> raw edges."""
        found: dict[str, list[list[str]]] = {}
        for edges in self.edges_from.values():
            for row in edges:
                found.setdefault(row[2], []).append(row)
        return found

    @cached_property
    def former(self) -> dict[str, list[list[str]]]:
        """Code of the successor (gso-2004) -> raw rows of names that ended before July 2025."""
        found: dict[str, list[list[str]]] = {}
        for row in self.rows("former_communes"):
            found.setdefault(row[0], []).append(row)
        return found

    @cached_property
    def former_by_code(self) -> dict[str, list[list[str]]]:
        """A former commune's own code -> raw rows."""
        found: dict[str, list[list[str]]] = {}
        for rows in self.former.values():
            for row in rows:
                if row[1]:
                    found.setdefault(row[1], []).append(row)
        return found

    @cached_property
    def former_sources(self) -> dict[str, str]:
        """Source number -> citation."""
        return {r[0]: r[1] for r in self.rows("former_sources")}

    @cached_property
    def former_districts(self) -> list[list[str]]:
        """Province, kind, name, successors, retired, basis, checked."""
        return self.rows("former_districts")

    @cached_property
    def former_provinces(self) -> list[list[str]]:
        """Kind, name, successors, retired, basis, checked."""
        return self.rows("former_provinces")

    @cached_property
    def name_variants(self) -> list[list[str]]:
        """Level, code set (or ``any``), code, variant."""
        return self.rows("name_variants")

    @cached_property
    def reported_changes(self) -> dict[str, list[list[str]]]:
        """New province code -> changes that were seen but whose act and date were not found."""
        found: dict[str, list[list[str]]] = {}
        for row in self.rows("reported_changes"):
            found.setdefault(row[0], []).append(row)
        return found

    # --- objects -----------------------------------------------------------------------------

    def units(self, code_set: CodeSet, level: Level, code: str) -> tuple[Unit, ...]:
        """Every dated state of a unit, oldest first; empty when the code set has no such code."""
        place = (code_set.value, level.value, code)
        found = self._units.get(place)
        if found is None:
            found = self._units[place] = self._make(code_set, level, code)
        return found

    def _make(self, code_set: CodeSet, level: Level, code: str) -> tuple[Unit, ...]:
        if level is Level.PROVINCE:
            rows = self.provinces.get((code_set.value, code), ())
            return tuple(
                Unit(
                    code_set,
                    level,
                    code,
                    Kind(kind),
                    name,
                    code,
                    None,
                    as_date(start),
                    as_date(end),
                    basis,
                    Checked(checked),
                )
                for kind, name, start, end, basis, checked in rows
            )
        if code_set is CodeSet.GSO_2025:
            if level is Level.DISTRICT:
                return ()
            return tuple(
                Unit(
                    code_set,
                    level,
                    code,
                    Kind(kind),
                    name,
                    province,
                    None,
                    as_date(start),
                    as_date(end),
                    basis,
                    Checked(checked),
                )
                for province, kind, name, start, end, basis, checked in self.new_communes.get(
                    code, ()
                )
            )
        table = self.districts if level is Level.DISTRICT else self.old_communes
        row = table.get(code)
        if row is None:
            return ()
        parent, kind, name = row
        district = None if level is Level.DISTRICT else parent
        province = parent if district is None else self.districts[district][0]
        return (
            Unit(
                code_set,
                level,
                code,
                Kind(kind),
                name,
                province,
                district,
                None,
                OLD_END,
                "QĐ 124/2004/QĐ-TTg",
                Checked.SECONDARY,
            ),
        )

    def edge(self, row: list[str]) -> Edge:
        """A raw edge as an object."""
        level, old, new, relation, residents, at, checked = row
        province = self.new_communes[new][0][0]
        return Edge(
            Level(level),
            old,
            new,
            Relation(relation),
            Residents(residents),
            REORGANIZATION,
            self.resolutions[province][0],
            int(at) if at else None,
            Checked(checked),
        )

    def former_name(self, row: list[str]) -> FormerName:
        """A raw former name as an object, its source numbers turned into citations."""
        successor, code, kind, name, key, after, before, source = row
        cited = "; ".join(self.former_sources[s] for s in source.split(","))
        end = as_date(before)
        return FormerName(
            successor,
            code,
            Kind(kind) if kind else None,
            name,
            key,
            as_date(after),
            end or REORGANIZATION,
            cited,
        )

    def memo(self, name: str, make: Callable[[Tables], _T]) -> _T:
        """Something derived from these tables (a name index), made once and kept with them."""
        kept: dict[str, object] = self.__dict__.setdefault("_memo", {})
        if name not in kept:
            kept[name] = make(self)
        value: _T = kept[name]  # type: ignore[assignment]
        return value


@cache
def tables() -> Tables:
    """The tables that the package ships."""
    return Tables()
