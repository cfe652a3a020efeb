"""The learning curve as a picture (SVG), drawn from the notes of a training."""

from __future__ import annotations

import csv
import math
from pathlib import Path

_WIDE, _HIGH, _LEFT, _TOP = 760, 400, 60, 30
_SHOWN = (("easy CER %", "#1b6ca8"), ("hard CER %", "#c0392b"), ("penned wrong %", "#2e8b57"))


def draw(notes: Path, out: Path) -> None:
    """Write ``out`` from ``notes`` (``curve.csv`` of a training)."""
    with notes.open(encoding="utf-8") as stream:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(stream)]
    for row in rows:
        row["penned wrong %"] = 100 - row["penned exact %"]
    most = max(row["lines"] for row in rows)
    top = math.log10(max(row[name] for row in rows for name, _ in _SHOWN) * 1.3)
    low = math.log10(max(0.05, min(row[name] for row in rows for name, _ in _SHOWN) * 0.7))

    def x(lines: float) -> float:
        return _LEFT + (_WIDE - 2 * _LEFT) * lines / most

    def y(value: float) -> float:
        share = (math.log10(max(value, 10**low)) - low) / (top - low)
        return _TOP + (_HIGH - 2 * _TOP - 20) * (1 - share)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="white"/>',
    ]
    for value in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50):
        if low <= math.log10(value) <= top:
            parts.append(
                f'<line x1="{_LEFT}" x2="{_WIDE - _LEFT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
                'stroke="#ddd"/>'
                f'<text x="{_LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g} %</text>'
            )
    for step in range(5):
        lines = most * step / 4
        parts.append(
            f'<text x="{x(lines):.1f}" y="{_HIGH - 22}" text-anchor="middle">'
            f"{round(lines, -3):,.0f}</text>"
        )
    parts.append(f'<text x="{_WIDE / 2}" y="{_HIGH - 5}" text-anchor="middle">lines printed</text>')
    for place, (name, colour) in enumerate(_SHOWN):
        points = " ".join(f"{x(row['lines']):.1f},{y(row[name]):.1f}" for row in rows)
        at = _LEFT + 20 + place * 190
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
            f'<text x="{at}" y="18" fill="{colour}">{name}</text>'
        )
    out.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")
