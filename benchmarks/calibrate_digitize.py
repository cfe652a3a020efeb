"""Measure what the scores of extraction are worth, and write the table that digitizing applies.

::

    python -m benchmarks.calibrate_digitize collect FIT.jsonl  --seeds 4001-4009 --dossiers 6
    python -m benchmarks.calibrate_digitize collect TEST.jsonl --seeds 5001-5003 --dossiers 6
    python -m benchmarks.calibrate_digitize fit FIT.jsonl [--engine auto]
    python -m benchmarks.calibrate_digitize show TEST.jsonl

Seeds 4000 to 5999 are used for nothing else. ``collect`` invents pages and notes for every value
its score, state and whether it was right; ``fit`` writes one engine's part of
``data/calibration.json``; ``show`` prints the reliability on pages that were not fitted. After
a change of an engine or of extraction the table is measured anew; ``collect --engine tesseract``
and ``fit --engine tesserocr`` do it for Tesseract alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import bench_digitize as bench
from sohoa_digitize.calibration import Curve

TARGET = Path(__file__).parent.parent / "digitize/sohoa_digitize/data/calibration.json"
LEVELS = ("office", "rough")
#: A kind of field with fewer measured values takes the curve of all kinds.
LEAST = 40
#: Values in one step of a curve, at least; fewer prove little.
STEP = 20
#: A kind of field begins with this many values of all kinds: few values move a curve little.
PRIOR = 10
#: Bounds of the classes of the reliability table.
CLASSES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.01)


def collect(
    out: Path, seeds: Iterable[int], dossiers: int, engine: str, levels: Iterable[str]
) -> None:
    """Append one JSON line for every value that has a known truth."""
    from sohoa_core.facts import FieldFact
    from sohoa_core.limits import Limits
    from sohoa_digitize import work
    from sohoa_digitize.calibration import group_of, state_of
    from sohoa_digitize.options import DigitizeOptions

    options, limits = DigitizeOptions(engine=engine), Limits()

    def uncalibrated(fields: tuple[FieldFact, ...], **_options: Any) -> tuple[FieldFact, ...]:
        return fields

    work.calibrated = uncalibrated  # the scores themselves are wanted
    with out.open("a", encoding="utf-8") as stream:
        for seed in seeds:
            bench.SEED = seed
            for level in levels:
                with tempfile.TemporaryDirectory() as folder:
                    for paper in bench.generated(folder, level, dossiers):
                        path = Path(paper["path"])
                        found = work.digitize_file(
                            path, name=path.name, options=options, limits=limits
                        )
                        for fact in found.fields:
                            truth = paper["fields"].get(fact.name)
                            if truth is None or not fact.value:
                                continue
                            if not bench.stands(fact.name, truth, paper["text"]):
                                continue
                            row = {
                                "seed": seed,
                                "level": level,
                                "engine": found.engine["text"],
                                "doc_type": found.doc_type,
                                "name": fact.name,
                                "group": group_of(found.doc_type, fact.name),
                                "source": str(fact.source),
                                "state": state_of(fact),
                                "score": fact.confidence,
                                "right": bench.same(fact.name, fact.value, truth),
                            }
                            if not row["right"]:
                                row |= {"value": fact.value, "truth": truth}
                            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                stream.flush()


def rising(
    pairs: list[tuple[float, bool]], prior: Curve | None = None
) -> tuple[list[float], list[float]]:
    """Points of a rising curve through (score, right): pooled neighbours, none below ``STEP``.

    Isotonic regression: neighbours that would fall are put together until nothing falls. A
    right and a wrong value are added to each step, so that no share is 0 or 1; with a ``prior``
    curve as many values as :data:`PRIOR` says, right as often as there.
    """
    steps: list[list[float]] = []  # sum of scores, right, count
    for score, right in sorted(pairs):
        if steps and (steps[-1][2] < STEP or steps[-1][3] == score):
            last = steps[-1]
            last[0], last[1], last[2], last[3] = (
                last[0] + score,
                last[1] + right,
                last[2] + 1,
                score,
            )
        else:
            steps.append([score, float(right), 1.0, score])
    if len(steps) > 1 and steps[-1][2] < STEP:
        tail = steps.pop()
        steps[-1] = [steps[-1][i] + tail[i] for i in range(3)] + [tail[3]]
    pooled: list[list[float]] = []
    for step in steps:
        pooled.append(step)
        while len(pooled) > 1 and pooled[-2][1] / pooled[-2][2] >= pooled[-1][1] / pooled[-1][2]:
            after = pooled.pop()
            pooled[-1] = [pooled[-1][i] + after[i] for i in range(3)] + [after[3]]
    scores, shares = [], []
    for total, right, count, _last in pooled:
        score = total / count
        if prior is None:
            share = (right + 1) / (count + 2)
        else:
            share = (right + PRIOR * prior.at(score)) / (count + PRIOR)
        scores.append(round(score, 4))
        shares.append(round(max(share, shares[-1] if shares else 0.0), 4))
    return scores, shares


def fit(rows: list[dict[str, Any]], engine: str) -> None:
    """Write the curves of ``engine``; those of other engines stay."""
    some: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for row in rows:
        if row["engine"] in (engine, "layer"):
            for kind in (row["group"], "*"):
                some[f"{row['source']}/{row['state']}/{kind}"].append((row["score"], row["right"]))
    curves: dict[str, dict[str, Any]] = {}
    # "*" sorts before every letter: the curve of all kinds is there when a kind asks for it.
    for name, pairs in sorted(some.items()):
        whole = curves.get(name.rpartition("/")[0] + "/*")
        if len(pairs) < (STEP if whole is None else LEAST):
            continue
        prior = None
        if whole is not None:
            prior = Curve(tuple(whole["scores"]), tuple(whole["shares"]), whole["count"])
        scores, shares = rising(pairs, prior)
        curves[name] = {"scores": scores, "shares": shares, "count": len(pairs)}
    stored: dict[str, Any] = {"schema": "sohoa.calibration/1", "engines": {}, "measured": {}}
    if TARGET.is_file():
        stored = json.loads(TARGET.read_text("utf-8"))
    stored["engines"][engine] = curves
    stored["measured"][engine] = {
        "on": datetime.now(tz=UTC).date().isoformat(),
        "seeds": sorted({row["seed"] for row in rows}),
        "levels": sorted({row["level"] for row in rows}),
        "values": sum(row["engine"] in (engine, "layer") for row in rows),
        "by": "benchmarks/calibrate_digitize.py",
    }
    text = json.dumps(stored, ensure_ascii=False, indent=1, sort_keys=True)
    TARGET.write_text(text + "\n", "utf-8")


def show(rows: list[dict[str, Any]]) -> None:
    """The reliability of scores and of calibrated shares, as tables in Markdown."""
    from sohoa_core.facts import Source
    from sohoa_digitize.calibration import ACCEPTED, HIGHEST, curve_for

    before: list[tuple[float, bool]] = []
    after: list[tuple[float, bool]] = []
    for row in rows:
        before.append((row["score"], row["right"]))
        curve = curve_for(row["engine"], Source(row["source"]), row["state"], row["group"])
        share = row["score"] if curve is None else min(HIGHEST, curve.at(row["score"]))
        after.append((round(share, 3), row["right"]))
        row["accepted"] = row["state"] == "sure" and after[-1][0] >= ACCEPTED
    for title, pairs in (("score", before), ("confidence", after)):
        print(f"| {title} | values | mean | right |\n|---|---|---|---|")
        gap = 0.0
        for low, high in pairwise(CLASSES):
            inside = [(share, right) for share, right in pairs if low <= share < high]
            if not inside:
                continue
            mean = sum(share for share, _right in inside) / len(inside)
            right = sum(right for _share, right in inside) / len(inside)
            gap += abs(mean - right) * len(inside) / len(pairs)
            print(f"| {low:g} to {min(high, 1):g} | {len(inside)} | {mean:.3f} | {right:.3f} |")
        print(f"expected calibration error: {gap:.4f}\n")
    for title, some in (
        ("by score", [row for row in rows if row["state"] == "sure"]),
        ("by confidence", [row for row in rows if row["accepted"]]),
    ):
        wrong = [row for row in some if not row["right"]]
        percent = 100 * len(wrong) / max(1, len(some))
        print(
            f"accepted {title}: {len(some)} of {len(rows)}, wrong: {len(wrong)} ({percent:.2f} %)"
        )
    for row in wrong:
        print(row["level"], row["doc_type"], row["name"], row.get("value"), "|", row.get("truth"))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text("utf-8").splitlines()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("collect", "fit", "show"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", default="4001-4009", help="first-last")
    parser.add_argument("--dossiers", type=int, default=6)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--levels", default=",".join(LEVELS))
    given = parser.parse_args()
    if given.what == "collect":
        first, _, last = given.seeds.partition("-")
        seeds = range(int(first), int(last or first) + 1)
        collect(given.file, seeds, given.dossiers, given.engine, given.levels.split(","))
    elif given.what == "fit":
        fit(_rows(given.file), given.engine)
    else:
        show(_rows(given.file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
