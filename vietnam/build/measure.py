"""Measure what the unit tables and the address reader promise; print JSON.

    PYTHONPATH=vietnam python vietnam/build/measure.py

Every old commune of the official table is written as free text in several forms, read back,
and compared with the crosswalk: ``right`` (one answer, the right one), ``wrong`` (one answer,
another one), ``ambiguous`` (several), ``none``. Divided communes must show all their pieces.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable

from sohoa_vietnam.addresses import convert_address
from sohoa_vietnam.text import plain
from sohoa_vietnam.units import CodeSet, Level, Status, convert, tables

SHORT = {
    "Thành phố": "TP.",
    "Thị xã": "TX.",
    "Thị trấn": "TT.",
    "Tỉnh": "T.",
    "Huyện": "H.",
    "Quận": "Q.",
    "Phường": "P.",
    "Xã": "X.",
}
_OLD_TONE = {"òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ"} | {
    "òe": "oè", "óe": "oé", "ủy": "uỷ", "úy": "uý", "ùy": "uỳ", "ũy": "uỹ", "ụy": "uỵ",
}  # fmt: skip


def bare(text: str) -> str:
    """Without diacritics, case kept."""
    folded = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in folded if not unicodedata.combining(c))


def other_tone(text: str) -> str:
    """hòa <-> hoà, at the end of a syllable."""
    out = []
    for piece in text.split(" "):
        tail = piece.rstrip(",")
        for new, old in _OLD_TONE.items():
            if tail.endswith(new):
                piece = piece.replace(new, old)
                break
            if tail.endswith(old):
                piece = piece.replace(old, new)
                break
        out.append(piece)
    return " ".join(out)


def plain_form(parts: list[tuple[str, str]]) -> str:
    return ", ".join(f"{w if i == 0 else w.lower()} {n}" for i, (w, n) in enumerate(parts))


FORMS: dict[str, Callable[[list[tuple[str, str]]], str]] = {
    "plain": plain_form,
    "no diacritics": lambda p: bare(plain_form(p)),
    "other tone place": lambda p: other_tone(plain_form(p)),
    "abbreviated": lambda p: ", ".join(f"{SHORT[w]} {n}" for w, n in p),
    "abbreviated, glued": lambda p: ", ".join(f"{SHORT[w]}{n}" for w, n in p),
    "upper case": lambda p: plain_form(p).upper(),
    "decomposed (NFD)": lambda p: unicodedata.normalize("NFD", plain_form(p)),
    "no commas": lambda p: " ".join(f"{w} {n}" for w, n in p),
    "no unit words": lambda p: ", ".join(n for _, n in p),
    "no unit words, no commas": lambda p: " ".join(n for _, n in p),
    "no unit words, no commas, no diacritics": lambda p: bare(" ".join(n for _, n in p)).lower(),
    "with a street before": lambda p: f"Số 12 đường Nguyễn Trãi, {plain_form(p)}",
    "with a hamlet before": lambda p: f"Thôn Tân Lập, {plain_form(p)}",
    "with a hamlet before, no commas": lambda p: (
        "thôn Tân Lập " + " ".join(f"{w} {n}" for w, n in p)
    ),
    "identity card": lambda p: "Tổ 5, " + ", ".join(n for _, n in p),
    "identity card, upper case": lambda p: (
        "12 NGUYỄN TRÃI, " + ", ".join(n for _, n in p).upper()
    ),
    "bare, short": lambda p: bare(", ".join(f"{SHORT[w]} {n}" for w, n in p)).lower(),
    "dashes": lambda p: " - ".join(f"{w} {n}" for w, n in p),
}  # fmt: skip


def recognition(forms: list[str] | None = None, step: int = 1) -> dict[str, dict[str, object]]:
    """Every ``step``-th old commune in each form, against the crosswalk."""
    held = tables()
    rows = []
    for code, (district, _kind, _name) in held.old_communes.items():
        unit = held.units(CodeSet.GSO_2004, Level.COMMUNE, code)[0]
        d = held.units(CodeSet.GSO_2004, Level.DISTRICT, district)[0]
        p = held.units(CodeSet.GSO_2004, Level.PROVINCE, unit.province_code)[-1]
        parts = [(u.kind.word, u.name) for u in (unit, d, p)]
        rows.append((code, parts, convert(code, code_set=CodeSet.GSO_2004)))
    rows = rows[::step]
    report: dict[str, dict[str, object]] = {}
    for form in forms or list(FORMS):
        make = FORMS[form]
        count: Counter[str] = Counter()
        wrong = []
        for code, parts, truth in rows:
            text = make(parts)
            got = convert_address(text)
            pieces = {c.unit.code for c in truth.candidates}
            found = {c.unit.code for c in got.candidates}
            if truth.status is Status.ONE:
                if got.status is Status.ONE:
                    assert got.unit is not None and truth.unit is not None
                    verdict = "right" if got.unit.code == truth.unit.code else "wrong"
                else:
                    verdict = "ambiguous" if got.candidates else "none"
                count[verdict] += 1
            else:
                if got.status is Status.ONE:
                    verdict = "divided wrong"
                else:
                    verdict = "divided complete" if pieces <= found else "divided incomplete"
                count[verdict] += 1
            if "wrong" in verdict or verdict in ("none", "divided incomplete"):
                wrong.append(f"{code} {text} -> {got.present}")
        undivided = sum(count[v] for v in ("right", "wrong", "ambiguous", "none"))
        report[form] = {
            "right %": round(100 * count["right"] / undivided, 3),
            "wrong %": round(100 * (count["wrong"]) / undivided, 3),
            **count,
            "examples": wrong[:8],
        }
    return report


def speed() -> dict[str, float]:
    """Conversions and addresses a second on one core."""
    held = tables()
    codes = list(held.old_communes)
    start = time.process_time()
    for _ in range(10):
        for code in codes:
            convert(code, code_set=CodeSet.GSO_2004)
    rate = 10 * len(codes) / (time.process_time() - start)
    texts = []
    for form in ("plain", "abbreviated", "no diacritics", "with a street before"):
        for code in codes[::5]:
            unit = held.units(CodeSet.GSO_2004, Level.COMMUNE, code)[0]
            district = held.units(CodeSet.GSO_2004, Level.DISTRICT, unit.district_code or "")[0]
            province = held.units(CodeSet.GSO_2004, Level.PROVINCE, unit.province_code)[-1]
            texts.append(FORMS[form]([(u.kind.word, u.name) for u in (unit, district, province)]))
    random.Random(7).shuffle(texts)
    for text in texts[:500]:
        convert_address(text)
    start = time.process_time()
    for text in texts:
        convert_address(text)
    return {
        "code conversions a second": round(rate),
        "free-text addresses a second": round(len(texts) / (time.process_time() - start)),
    }


_LOAD = """
import time, tracemalloc
from sohoa_vietnam.units.names import name_index
from sohoa_vietnam.units.tables import Tables
start = time.process_time()
held = Tables()
held.load_all()
loaded = time.process_time() - start
name_index(held).everywhere("")
indexed = time.process_time() - start
tracemalloc.start()
again = Tables()
again.load_all()
size = tracemalloc.get_traced_memory()[0]
name_index(again).everywhere("")
print(loaded * 1000, indexed * 1000, size / 1e6, tracemalloc.get_traced_memory()[0] / 1e6)
"""


def loading() -> dict[str, float]:
    """Time and memory to load all tables, and with the whole name index, in a fresh process."""
    runs = []
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", _LOAD], capture_output=True, text=True, check=True
        )
        runs.append([float(x) for x in done.stdout.split()])
    best = min(runs)
    names = (
        "all tables, CPU ms",
        "all tables and all names, CPU ms",
        "all tables, MB",
        "all tables and all names, MB",
    )
    return dict(zip(names, (round(x, 1) for x in best), strict=True))


def main() -> None:
    figures = {"loading": loading(), "speed": speed(), "recognition": recognition()}
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    assert plain("Đ") == "d"
    main()
