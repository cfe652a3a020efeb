"""Agencies: facts of the code list -> dated rows, one for each name a code stood for."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from facts_reading import BuildError

if TYPE_CHECKING:
    from build import Builder

MINISTRIES = "2025-03-01"  # ministries of the new term start work; closed ones end the day before
PROVINCES = "2025-07-01"
COMMITTEE = {"tinh": "Ủy ban nhân dân tỉnh {}", "thanh_pho": "Ủy ban nhân dân thành phố {}"}
COUNCIL = {"tinh": "Hội đồng nhân dân tỉnh {}", "thanh_pho": "Hội đồng nhân dân thành phố {}"}
HEADER = "code name valid_from valid_to successor name_checked code_checked basis evidence"


def day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def mark(cell: str) -> str:
    """``verified (press text ...)`` -> ``verified``."""
    word = cell.split(" ", 1)[0]
    assert word in ("verified", "unverified"), cell
    return word


def dated_names(builder: Builder, code_set: str, province: str) -> list[dict[str, str]]:
    return [
        r
        for r in builder.authored["provinces"]
        if r["code_set"] == code_set and r["code"] == province
    ]


def provincial(builder: Builder, row: dict[str, str], letter: str) -> list[tuple[str, ...]]:
    """The committee (H) or the council (K) of a province: kept codes live on under the new one."""
    names = COMMITTEE if letter == "H" else COUNCIL
    code = letter + row["code"][1:]
    evidence = row["evidence"]
    checked = mark(row["code_check"])
    better = {r["code"]: r for r in builder.authored["agency_evidence"]}.get(row["code"])
    if better and checked != "verified":
        checked, evidence = better["checked"], better["evidence"]
    if letter == "K":
        if code == "K57":
            evidence = "QĐ 09/2025/QĐ-TTg names Huế H57 and K57"
        else:
            checked, evidence = "unverified", "taken to bear the number of the committee's code"
    kept = row["status_after_2025_07_01"] == "kept"
    out = []
    for name in dated_names(builder, "gso-2004", row["gso_old"]):
        successor = "" if kept else letter + row["successor_code"][1:]
        until = name["valid_to"]
        out.append(
            (
                code,
                names[name["kind"]].format(name["name"]),
                name["valid_from"],
                until,
                successor if until == day_before(PROVINCES) else "",
                name["checked"],
                checked,
                "QĐ 20/2020/QĐ-TTg",
                evidence,
            )
        )
    if kept:
        for name in dated_names(builder, "gso-2025", row["gso_new"]):
            out.append(
                (
                    code,
                    names[name["kind"]].format(name["name"]),
                    name["valid_from"],
                    name["valid_to"],
                    "",
                    name["checked"],
                    checked,
                    "QĐ 09/2025/QĐ-TTg",
                    evidence,
                )
            )
    return out


def ministry(row: dict[str, str]) -> list[tuple[str, ...]]:
    """A ministry or central agency: open throughout, renamed, or closed on 1 March 2025."""
    code, before, after = row["code"], row["name_before"], row["successor_name"]
    checked, succession = mark(row["code_check"]), mark(row["succession_check"])
    status = row["status_after_2025_07_01"]
    old, new = "QĐ 20/2020/QĐ-TTg", "QĐ 09/2025/QĐ-TTg"
    evidence = re.sub(r"^(un)?verified \(|\)$", "", row["code_check"])
    if status == "kept":
        return [(code, before, "", "", "", succession, checked, new, evidence)]
    if status == "kept, renamed":
        return [
            (code, before, "", day_before(MINISTRIES), "", succession, checked, old, evidence),
            (code, after, MINISTRIES, "", "", succession, checked, new, evidence),
        ]
    if status == "closed":
        return [
            (
                code,
                before,
                "",
                day_before(MINISTRIES),
                row["successor_code"],
                succession,
                checked,
                old,
                evidence,
            )
        ]
    raise BuildError("agency_codes", code, f"unknown status {status!r}")


def agencies(builder: Builder) -> None:
    """Add the tables ``agencies`` and ``agency_tasks``; check codes, successors and counts."""
    rows: list[tuple[str, ...]] = []
    facts = builder.tables["agency_codes"].rows
    for row in facts:
        if not re.fullmatch(r"[GH]\d{2}", row["code"]):
            raise BuildError("agency_codes", row["code"], "not a level-1 code")
        if row["kind"] == "UBND":
            new = builder.new_of[row["gso_old"]]
            if new != row["gso_new"]:
                raise BuildError("agency_codes", row["code"], f"province {row['gso_new']}")
            rows += provincial(builder, row, "H")
            rows += provincial(builder, row, "K")
        else:
            rows += ministry(row)
    open_codes = {r[0] for r in rows if not r[3]}
    for row_ in rows:
        if row_[4] and row_[4] not in open_codes:
            raise BuildError("agency_codes", row_[0], f"successor {row_[4]} is not open")
    kept = sum(1 for code in open_codes if code[0] == "H")
    closed = len({r[0] for r in rows if r[0][0] == "H"}) - kept
    builder.totals["provincial codes kept"] = kept
    builder.totals["provincial codes closed"] = closed
    builder.add("agencies", HEADER, sorted(rows, key=lambda r: (r[0], r[2] or "0")))
    tasks = builder.authored["agency_tasks"]
    for i, task in enumerate(tasks, 2):
        if task["to"] not in open_codes:
            raise BuildError("agency_tasks", i, f"{task['to']} is not open")
    builder.add("agency_tasks", " ".join(tasks[0]), (tuple(t.values()) for t in tasks))
