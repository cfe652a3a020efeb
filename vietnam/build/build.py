"""Step 2 of the unit tables: facts + corrections -> the tables the product ships.

    python vietnam/build/build.py [DATA_DIR [REPORT]]

Reads ``facts/`` (what the sources say), ``corrections.tsv`` (every deviation from them, with
evidence) and ``authored/`` (provinces, resolutions, dated changes), checks that the national
totals come out exactly, and writes the same bytes every time. Any code or name clash stops the
build with the fact file and the row. Standard library only.
"""

from __future__ import annotations

import hashlib
import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from agencies import agencies
from facts_reading import (
    COMMUNE_KINDS,
    DISTRICT_KINDS,
    BuildError,
    correct,
    key,
    note_meaning,
    read,
    split_kind,
    tone_free,
)
from report import report_text

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "sohoa_vietnam" / "data" / "units"
REPORT = HERE / "REPORT.md"
VERSION = "2026.11"

OLD_END, NEW_START = "2025-06-30", "2025-07-01"

TOTALS = {
    "old provinces": 63,
    "new provinces": 34,
    "districts": 696,
    "old communes": 10_035,
    "new communes": 3_321,
    "xa on 2025-07-01": 2_621,
    "phuong on 2025-07-01": 687,
    "dac_khu on 2025-07-01": 13,
    "xa on 2026-04-30": 2_611,
    "phuong on 2026-04-30": 697,
    "divided in the official table": 440,
    "divided, residents certain": 59,
    "divided and undecidable": 381,
    "districts with no communes": 5,
    "provincial codes kept": 34,
    "provincial codes closed": 29,
}


class Builder:
    """Holds the facts, the tables under construction and the remarks for the report."""

    def __init__(self, facts_dir: Path, authored_dir: Path, corrections: Path) -> None:
        self.tables = {p.stem: read(p) for p in sorted(facts_dir.glob("*.tsv"))}
        self.authored = {p.stem: read(p).rows for p in sorted(authored_dir.glob("*.tsv"))}
        self.corrections = read(corrections)
        correct(self.tables, self.corrections)
        self.out: dict[str, tuple[list[str], list[tuple[str, ...]]]] = {}
        self.totals: dict[str, int] = {}
        self.remarks: dict[str, list[str]] = defaultdict(list)

    def add(self, name: str, header: str, rows: Iterable[Sequence[str]]) -> None:
        self.out[name] = (header.split(), [tuple(r) for r in rows])

    # --- provinces and districts -------------------------------------------------------------

    def provinces(self) -> None:
        rows = self.authored["provinces"]
        seen: dict[tuple[str, str], str] = {}
        for i, row in enumerate(rows, 2):
            place = (row["code_set"], row["code"])
            if place in seen and row["valid_from"] <= seen[place]:
                raise BuildError("provinces", i, f"code {place} clashes with an earlier row")
            seen[place] = row["valid_to"] or "9999-12-31"
        self.old_provinces = {c for s, c in seen if s == "gso-2004"}
        self.new_provinces = {c for s, c in seen if s == "gso-2025"}
        self.totals["old provinces"] = len(self.old_provinces)
        self.totals["new provinces"] = len(self.new_provinces)
        last = {(r["code_set"], r["code"]): r["name"] for r in rows}
        for row in self.tables["old_province_names"].rows:
            name = re.sub(r"^(Tỉnh|Thành phố) ", "", row["name"])
            if row["first_row"] in ("6211",):  # corrected by c06; its name is right
                continue
            if tone_free(last["gso-2004", row["old_province"]]) != tone_free(name):
                raise BuildError("old_province_names", row["first_row"], f"not {name}")
        self.new_of: dict[str, str] = {}
        for i, row in enumerate(self.authored["province_mergers"], 2):
            if row["old"] in self.new_of or row["old"] not in self.old_provinces:
                raise BuildError("province_mergers", i, f"old code {row['old']}")
            self.new_of[row["old"]] = row["new"]
        if (
            set(self.new_of) != self.old_provinces
            or set(self.new_of.values()) != self.new_provinces
        ):
            raise BuildError("province_mergers", "-", "not every province is covered")
        self.add(
            "provinces",
            "code_set code kind name valid_from valid_to basis checked",
            (tuple(r.values()) for r in rows),
        )
        self.add(
            "province_edges",
            "old new basis checked",
            (
                (r["old"], r["new"], r["basis"], r["checked"])
                for r in sorted(self.authored["province_mergers"], key=lambda r: r["old"])
            ),
        )
        resolutions = self.authored["resolutions"]
        if {r["province"] for r in resolutions} != self.new_provinces or len(
            {r["resolution"] for r in resolutions}
        ) != len(resolutions):
            raise BuildError("resolutions", "-", "one resolution for each new province")
        self.add(
            "resolutions",
            "province resolution dated checked",
            (tuple(r.values()) for r in resolutions),
        )

    def districts(self) -> None:
        names: dict[str, tuple[str, str, str]] = {}
        province_of: dict[str, str] = {}
        for row in self.tables["conversion_rows"].rows:
            code, province = row["district"], row["old_province"]
            if province_of.setdefault(code, province) != province:
                raise BuildError("conversion_rows", row["row"], f"district {code} in two provinces")
        for row in self.tables["district_names"].rows:
            at = row["first_row"]
            kind, name = split_kind(row["name"], DISTRICT_KINDS, "district_names", at)
            before = names.setdefault(row["district"], (kind, name, at))
            if before[0] != kind or tone_free(before[1]) != tone_free(name):
                raise BuildError("district_names", at, f"{row['district']} is also {before[1]}")
        if set(names) != set(province_of):
            raise BuildError("district_names", "-", "codes differ from the conversion rows")
        self.district_province = province_of
        by_name = Counter((province_of[c], k, tone_free(n)) for c, (k, n, _) in names.items())
        for place, count in by_name.items():
            if count > 1:
                raise BuildError("district_names", place, "two districts of one name")
        self.totals["districts"] = len(names)
        self.add(
            "districts",
            "code province kind name",
            ((c, province_of[c], *names[c][:2]) for c in sorted(names)),
        )

    # --- communes and edges ------------------------------------------------------------------

    def communes(self) -> None:
        old: dict[str, tuple[str, str, str]] = {}
        new: dict[str, tuple[str, str, str]] = {}
        edges: list[dict[str, str]] = []
        for row in self.tables["conversion_rows"].rows:
            at = row["row"]
            if not re.fullmatch(r"\d{5}", row["new_code"]):
                raise BuildError("conversion_rows", at, f"new code {row['new_code']!r}")
            kind, name = split_kind(row["new_name"], COMMUNE_KINDS, "conversion_rows", at)
            unit = (row["new_province"], kind, name)
            if new.setdefault(row["new_code"], unit) != unit:
                raise BuildError("conversion_rows", at, f"{row['new_code']} names two new units")
            if self.new_of[row["old_province"]] != row["new_province"]:
                raise BuildError("conversion_rows", at, "old province does not belong to the new")
            relation, residents = note_meaning(row["note"], at)
            level, source = "commune", row["old_code"]
            if not source:
                level, source = "district", row["district"]
                if row["old_name"]:
                    relation, residents = "part_area_only", "none"
                    self.remarks["areas that were no commune"].append(
                        f"row {at}: {row['old_name']}"
                    )
            else:
                if not re.fullmatch(r"\d{5}", source):
                    raise BuildError("conversion_rows", at, f"old code {source!r}")
                kind, name = split_kind(row["old_name"], COMMUNE_KINDS, "conversion_rows", at)
                if kind == "dac_khu":
                    raise BuildError("conversion_rows", at, "no đặc khu before July 2025")
                place = (row["district"], kind, name)
                if old.setdefault(source, place) != place:
                    raise BuildError("conversion_rows", at, f"old code {source} names two units")
            edges.append(
                {
                    "level": level,
                    "old": source,
                    "new": row["new_code"],
                    "relation": relation,
                    "residents": residents,
                    "row": at,
                    "checked": "verified",
                    "note": row["note"],
                }
            )
        self.old, self.new, self.edges = old, new, edges
        names = Counter((d, k, tone_free(n)) for d, k, n in old.values())
        for place, count in names.items():
            if count > 1:
                raise BuildError("conversion_rows", place, "two communes of one name and kind")
        within = Counter((p, tone_free(n)) for p, _, n in new.values())
        for place, count in within.items():
            if count > 1:
                raise BuildError("conversion_rows", place, "two new units of one name")
        self.check_edges()
        self.totals["old communes"] = len(old)
        self.totals["new communes"] = len(new)
        self.add("communes_2004", "code district kind name", ((c, *old[c]) for c in sorted(old)))

    def check_edges(self) -> None:
        by_old: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
        pairs = set()
        for edge in self.edges:
            pair = (edge["level"], edge["old"], edge["new"])
            if pair in pairs:
                raise BuildError("conversion_rows", edge["row"], "the same pair twice")
            pairs.add(pair)
            by_old[edge["level"], edge["old"]].append(edge)
        divided = certain = 0
        for (level, _), found in by_old.items():
            one = len(found) == 1
            for edge in found:
                lone = edge["relation"] in ("whole", "unchanged", "renamed")
                if level == "commune" and lone != one:
                    raise BuildError("conversion_rows", edge["row"], "note and pieces disagree")
            if one:
                continue
            divided += 1
            lived_in = [e for e in found if e["residents"] != "none"]
            if len(lived_in) == 1:
                certain += 1
                lived_in[0]["residents"] = "all"
            elif any(e["residents"] == "all" for e in found):
                raise BuildError("conversion_rows", found[0]["row"], "residents counted twice")
        for code in self.new:
            targets = {e["new"] for e in by_old.get(("commune", code), [])}
            if targets and code not in targets:
                raise BuildError("conversion_rows", code, "a kept code that goes elsewhere")
        self.totals["divided in the official table"] = divided
        self.totals["divided, residents certain"] = certain
        self.totals["divided and undecidable"] = divided - certain
        self.totals["districts with no communes"] = sum(
            1
            for (level, _), e in by_old.items()
            if level == "district" and e[0]["relation"] == "renamed"
        )
        missing = set(self.old) - {c for level, c in by_old if level == "commune"}
        if missing or set(self.new) != {e["new"] for e in self.edges}:
            raise BuildError("conversion_rows", sorted(missing), "units without an edge")

    def doubtful(self) -> None:
        """Edges that only other compilations have: kept, marked, and therefore to be reviewed."""
        for i, row in enumerate(self.authored["doubtful_edges"], 2):
            if row["old"] not in self.old or row["new"] not in self.new:
                raise BuildError("doubtful_edges", i, "unknown code")
            for edge in self.edges:
                if edge["level"] == "commune" and edge["old"] == row["old"]:
                    edge["residents"] = "unknown"
            self.edges.append(
                {
                    "level": "commune",
                    "old": row["old"],
                    "new": row["new"],
                    "row": "",
                    "relation": row["relation"],
                    "residents": "unknown",
                    "checked": "unverified",
                }
            )
            self.remarks["doubtful pieces"].append(
                f"{row['old']} -> {row['new']}: {row['evidence']}"
            )
        order = sorted(self.edges, key=lambda e: (e["level"], e["old"], e["new"]))
        self.add(
            "edges",
            "level old new relation residents row checked",
            (
                (
                    e["level"],
                    e["old"],
                    e["new"],
                    e["relation"],
                    e["residents"],
                    e["row"],
                    e["checked"],
                )
                for e in order
            ),
        )

    def dated_changes(self) -> None:
        later = {r["code"]: r for r in self.authored["status_changes"]}
        for i, row in enumerate(self.authored["status_changes"], 2):
            if row["code"] not in self.new or self.new[row["code"]][0] != row["province"]:
                raise BuildError("status_changes", i, f"code {row['code']}")
        rows = []
        for code in sorted(self.new):
            province, kind, name = self.new[code]
            change = later.get(code)
            until = ""
            if change:
                until = (date.fromisoformat(change["from"]) - timedelta(days=1)).isoformat()
            rows.append(
                (code, province, kind, name, NEW_START, until, "QĐ 19/2025/QĐ-TTg", "verified")
            )
            if change:
                rows.append(
                    (
                        code,
                        province,
                        change["kind"],
                        name,
                        change["from"],
                        "",
                        change["basis"],
                        change["checked"],
                    )
                )
        for day in ("2025-07-01", "2026-04-30"):
            kinds = Counter(r[2] for r in rows if r[4] <= day <= (r[5] or "9999"))
            for kind, count in kinds.items():
                self.totals[f"{kind} on {day}"] = count
        self.add("communes_2025", "code province kind name valid_from valid_to basis checked", rows)
        reported = self.authored["reported_changes"]
        self.add(
            "reported_changes",
            "province kind wards seen_on checked",
            (tuple(r.values()) for r in reported),
        )
        listed = {r["code"] for r in self.authored["status_changes"]}
        for row in self.tables["units_2026_differences"].rows:
            if row["code"] not in listed:
                self.remarks["list of July 2026 against the table, not taken over"].append(
                    f"{row['code']}: table '{row['name_2025']}', list '{row['name_2026']}'"
                )

    # --- history -----------------------------------------------------------------------------

    def history(self) -> None:
        merged: dict[tuple[str, str], dict[str, str]] = {}
        sources: dict[str, str] = {"0": "danh sách xã cũ tháng 7/2025 kèm tên trước đó (MIT, 2026)"}
        for i, row in enumerate(self.tables["former_codes"].rows, 2):
            if row["successor"] not in self.old or not re.fullmatch(r"\d{5}", row["code"]):
                raise BuildError("former_codes", i, f"successor {row['successor']}")
            name = row["name"].replace("’", "'")
            live = self.old.get(row["code"])
            if live and tone_free(live[2]) == tone_free(name):
                self.remarks["former names of the list that are the unit itself"].append(
                    f"{row['code']} {name} lived until {OLD_END}"
                )
                continue
            kind = ""
            number = re.fullmatch(r"(?:Phường )?0*(\d+)", name)
            if number:
                kind, name = "phuong", number[1]
            merged[row["successor"], key(name)] = {
                "code": row["code"],
                "kind": kind,
                "name": name,
                "after": "2024-09-01",
                "before": NEW_START,
                "source": "0",
            }
        for row in self.tables["alias_sources"].rows:
            if row["id"] == "?":
                self.remarks["aliases whose commune was not found"].append(row["source"])
            else:
                sources[row["id"]] = row["source"]
        for i, row in enumerate(self.tables["former_aliases"].rows, 2):
            if row["successor"] not in self.old:
                raise BuildError("former_aliases", i, f"successor {row['successor']}")
            known = merged.get((row["successor"], row["key"]))
            _, kind, name = self.old[row["successor"]]
            if known:
                known["kind"] = known["kind"] or row["kind"]
                known["source"] += "," + row["source"]
                continue
            if row["key"] == key(name) and row["kind"] in ("", kind):
                continue  # the unit's own name
            year = row["year"]
            merged[row["successor"], row["key"] + "/" + row["kind"]] = {
                "code": "",
                "kind": row["kind"],
                "name": "",
                "key": row["key"],
                "after": f"{year}-01-01" if year else "",
                "before": min(f"{int(year) + 1}-12-31", NEW_START) if year else NEW_START,
                "source": row["source"],
            }
        rows = []
        for (successor, name_key), r in sorted(merged.items()):
            rows.append(
                (
                    successor,
                    r["code"],
                    r["kind"],
                    r["name"],
                    r.get("key") or name_key,
                    r["after"],
                    r["before"],
                    r["source"],
                )
            )
        self.add("former_communes", "successor code kind name key after before source", rows)
        self.add("former_sources", "id source", sorted(sources.items(), key=lambda kv: int(kv[0])))
        for name in ("former_districts", "former_provinces", "name_variants"):
            table = self.authored[name]
            self.add(name, " ".join(table[0]), (tuple(r.values()) for r in table))
        known_districts = set(self.district_province)
        for i, row in enumerate(self.authored["former_districts"], 2):
            if not set(row["successors"].split(",")) <= known_districts:
                raise BuildError("former_districts", i, row["successors"])

    # --- output ------------------------------------------------------------------------------

    def code_sets(self) -> None:
        self.add(
            "code_sets",
            "code_set valid_from valid_to basis checked",
            [
                ("gso-2004", "", OLD_END, "QĐ 124/2004/QĐ-TTg", "secondary"),
                ("gso-2025", NEW_START, "", "QĐ 19/2025/QĐ-TTg", "verified"),
            ],
        )

    def write(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        manifest = ["table\trows\tsha256", f"version\t{VERSION}\t-"]
        checks = []
        for name in sorted(self.out):
            header, rows = self.out[name]
            lines = ["\t".join(header)]
            for row in rows:
                if len(row) != len(header) or any(c in x for x in row for c in "\t\r\n"):
                    raise BuildError(name, row, "cells")
                lines.append("\t".join(row))
            body = ("\n".join(lines) + "\n").encode()
            (data / f"{name}.tsv").write_bytes(body)
            manifest.append(f"{name}\t{len(rows)}\t{hashlib.sha256(body).hexdigest()}")
            marks = "".join(f"{zlib.crc32(line.encode()) & 0xFFFF:04x}" for line in lines)
            checks.append(f"{name}\t{marks}")
        (data / "MANIFEST.tsv").write_bytes(("\n".join(manifest) + "\n").encode())
        (data / "rows.crc").write_bytes(("\n".join(checks) + "\n").encode())


def build(
    data: Path = DATA,
    report: Path = REPORT,
    facts: Path = HERE / "facts",
    authored: Path = HERE / "authored",
    corrections: Path = HERE / "corrections.tsv",
) -> dict[str, int]:
    """Build everything; returns the totals. Raises :class:`BuildError` with file and row."""
    builder = Builder(facts, authored, corrections)
    builder.code_sets()
    builder.provinces()
    builder.districts()
    builder.communes()
    builder.doubtful()
    builder.dated_changes()
    builder.history()
    agencies(builder)
    for name, expected in TOTALS.items():
        if builder.totals.get(name) != expected:
            got = builder.totals.get(name)
            raise BuildError("totals", name, f"{got}, expected {expected}")
    builder.write(data)
    report.write_bytes(report_text(builder, TOTALS).encode())
    return builder.totals


if __name__ == "__main__":
    arguments = [Path(a) for a in sys.argv[1:]]
    for name, count in build(*arguments).items():
        print(f"{name}: {count}")
