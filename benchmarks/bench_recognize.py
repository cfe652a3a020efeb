"""Reading alone: Tesseract, our own reader, both, and ``auto``, on the same pages in one run.

Every engine gets the same prepared pages (``sohoa_digitize.prepare``), so the figures compare
readers, not preparations. Sets: invented pages (seeds that no training uses) of the levels
``office`` and ``rough``, those of the folder ``SOHOA_SCANS`` when it is set, and numbers and
dates written by invented pens that no training knew. Debian's ``tesseract-ocr-script-viet`` is
measured when it is installed.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench_digitize import alone, generated, letters_wrong, rates, scans
from benchmarks.report import in_child, line
from benchmarks.scoring import normal

BENCH = "recognize"
SEED = int(os.environ.get("BENCH_SEED", "31"))
#: CER of printed text on invented pages, percent; the own reader's share of Tesseract's errors.
CER_GOALS, HALF = {"office": 0.1, "rough": 0.8}, 0.5
LONG_NUMBERS = 99.5
PENS, PEN_EXACT, PEN_WRONG = range(9_001, 9_401), 80.0, 2.0
#: A penned value at least this sure is taken without a person's look.
PEN_SURE = 0.9
_LONG = re.compile(r"(?<!\d)\d{9,}(?!\d)")


def read(engine: str, lang: str, paths: list[str]) -> list[dict[str, Any]]:
    """Text and CPU seconds of each paper with this engine."""
    from sohoa_core.limits import Limits
    from sohoa_digitize.engine.choose import choose
    from sohoa_digitize.options import DigitizeOptions
    from sohoa_digitize.work import digitize_file

    options, limits = DigitizeOptions(engine=engine, lang=lang), Limits()
    choose(options)
    found = []
    for path in map(Path, paths):
        before = time.process_time()
        text = digitize_file(path, name=path.name, options=options, limits=limits).text
        found.append({"text": text, "cpu": time.process_time() - before})
    return found


def penned(engine: str, count: int) -> dict[str, float]:
    """Numbers and dates of unknown pens, each alone on a line: percent exact above the
    threshold, wrong above it (both of all), and exact without any threshold."""
    import random

    import cv2

    from sohoa_digitize.engine.choose import choose
    from sohoa_digitize.options import DigitizeOptions
    from sohoa_samples import pen

    reader = choose(DigitizeOptions(engine=engine))
    right = wrong = plain = 0
    rng = random.Random(SEED)
    for _ in range(count):
        text = rng.choice(
            (
                f"{rng.randint(1, 31):02d}",
                str(rng.randint(1, 9999)),
                f"{rng.randint(1, 31):02d}/{rng.randint(1, 12):02d}/{rng.randint(2019, 2026)}",
            )
        )
        size, writer = rng.uniform(13, 20), rng.choice(PENS)
        width = round(pen.width_mm(text, size, writer) + 60)
        gray = np.full((80, width), 255, np.uint8)
        for stroke in pen.write(text, 30, 56, size, writer):
            points = np.round(stroke * 16).astype(np.int32)
            cv2.polylines(gray, [points], False, rng.randint(0, 80), 2, cv2.LINE_AA, 4)
        noise = np.random.default_rng(rng.randrange(2**32)).normal(0, 6, gray.shape)
        gray = np.clip(cv2.GaussianBlur(gray, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8)
        found = reader.read_line(gray, dpi=220, letters="0123456789/")
        words = [word for row in found.lines for word in row]
        same = "".join(word.text for word in words) == text
        plain += same
        if words and min(word.confidence for word in words) >= PEN_SURE:
            right += same
            wrong += not same
    return {
        "exact": 100 * right / count,
        "wrong": 100 * wrong / count,
        "plain": 100 * plain / count,
    }


def long_numbers(papers: list[dict[str, Any]], found: list[dict[str, Any]]) -> tuple[float, int]:
    """Percent of the printed numbers of nine and more digits that were read exactly."""
    total = right = 0
    for paper, one in zip(papers, found, strict=True):
        text = normal(one["text"])
        for number in _LONG.findall("\n".join(map(normal, paper["lines"]))):
            total += 1
            right += number in text
    return 100 * right / max(1, total), total


def engines() -> dict[str, tuple[str, str]]:
    """Name -> engine and language data."""
    from sohoa_digitize.engine.tesseract import probe

    found = {"tesseract vie": ("tesseract", "vie")}
    for name in ("script/Vietnamese", "Vietnamese"):  # Debian keeps it beside the languages
        if name in probe().languages:
            found["tesseract vie+script"] = ("tesseract", f"vie+{name}")
            break
    return {**found, **{name: (name, "vie") for name in ("sohoa", "both", "auto")}}


def run(*, quick: bool) -> None:
    """Print all figures."""
    dossiers = int(os.environ.get("BENCH_DOSSIERS", "2" if quick else "8"))
    with tempfile.TemporaryDirectory() as folder:
        sets = {level: in_child(generated, folder, level, dossiers) for level in CER_GOALS}
        real = os.environ.get("SOHOA_SCANS")
        for paper in scans(Path(real)) if real else []:
            sets.setdefault(f"scans {paper['set']}", []).append(paper)
        for name, papers in sets.items():
            some = [paper for paper in papers if paper["scanned"]]
            _compare(name, some[:6] if quick else some)
    for name, (engine, _) in engines().items():
        if "script" not in name:
            one = in_child(penned, engine, 100 if quick else 400)
            goal = PEN_EXACT if name == "sohoa" else None
            line(BENCH, f"penned, {name}: exact above {PEN_SURE}", one["exact"], "%", goal=goal,
                 better="more", exact_at_all=one["plain"])  # fmt: skip
            goal = PEN_WRONG if name == "sohoa" else None
            line(BENCH, f"penned, {name}: wrong above {PEN_SURE}", one["wrong"], "%", goal=goal)


def _alone(engine: str, lang: str, paths: list[str]) -> float:
    found = in_child(alone, engine, lang, paths)
    return float(found["seconds"] / found["pages"])


def _compare(name: str, papers: list[dict[str, Any]]) -> None:
    paths = [paper["path"] for paper in papers]
    pages = sum(paper["pages"] for paper in papers)
    best: dict[str, float] = {}
    for reader, (engine, lang) in engines().items():
        found = in_child(read, engine, lang, paths)
        cer, lost = rates(papers, found)
        figures = {
            "line CER": (cer, "%"),
            "missed words": (lost, "%"),
            "CPU a page": (sum(one["cpu"] for one in found) / pages, "s"),
            "CPU a page, reading alone": (_alone(engine, lang, paths), "s"),
        }
        for metric, (value, unit) in figures.items():
            if reader.startswith("tesseract"):
                best[metric] = min(best.get(metric, value), value)
                line(BENCH, f"{name}, {reader}: {metric}", value, unit)
                continue
            goal = best[metric] * HALF if reader == "sohoa" else None
            line(BENCH, f"{name}, {reader}: {metric}", value, unit, peer="best of tesseract",
                 peer_value=best[metric], goal=goal)  # fmt: skip
        if name in CER_GOALS:
            goal = CER_GOALS[name] if reader == "sohoa" else None
            letters = letters_wrong(papers, found)
            line(BENCH, f"{name}, {reader}: CER of printed text", letters, "%", goal=goal)
            right, total = long_numbers(papers, found)
            goal = LONG_NUMBERS if reader == "sohoa" and name == "office" else None
            line(BENCH, f"{name}, {reader}: numbers of 9 and more digits exact", right, "%",
                 goal=goal, better="more", numbers=total)  # fmt: skip
