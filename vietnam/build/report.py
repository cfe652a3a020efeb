"""The report of a build: totals, corrections with their evidence, and everything left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from build import Builder

CORRECTION_COLUMNS = ("id", "row", "column", "printed", "should_be", "evidence")


def _table(header: list[str], rows: list[list[object]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows]


def report_text(builder: Builder, totals: dict[str, int]) -> str:
    """Markdown, the same for the same facts."""
    text = ["# Units and agencies: what the build did", ""]
    text += ["Written by `build.py`; a test rebuilds it and compares.", "", "## Totals", ""]
    text += _table(
        ["what", "built", "expected"],
        [[name, builder.totals.get(name), expected] for name, expected in totals.items()],
    )
    text += ["", "## Corrections of the official table", ""]
    text += _table(
        [c.replace("_", " ") for c in CORRECTION_COLUMNS],
        [[row[c] for c in CORRECTION_COLUMNS] for row in builder.corrections.rows],
    )
    text += [
        "",
        "Besides, without changing a name: letter case of the kind of unit (`xã`, `Thị Xã`), the",
        "typographic apostrophe (`B’Lao` is kept as `B'Lao`), spaces around the hyphen, leading",
        "zeros of codes that the workbook holds as numbers, the spelling of notes.",
        "",
        "## Rows that the resolution-derived text does not confirm",
        "",
        "The other rows are named in that independent text, which lists what each new unit was",
        "formed from; for these the table was kept.",
        "",
    ]
    text += [
        f"- row {r['row']}: {r['old_code']} -> {r['new_code']}: {r['difference']}"
        for r in builder.tables["text_differences"].rows
    ]
    for title, lines in sorted(builder.remarks.items()):
        text += ["", f"## {title[0].upper()}{title[1:]}", ""] + [f"- {x}" for x in lines]
    text += ["", "## Tables", ""]
    text += _table(
        ["table", "rows"], [[name, len(rows)] for name, (_, rows) in sorted(builder.out.items())]
    )
    return "\n".join(text) + "\n"
