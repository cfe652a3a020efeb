"""The ground floor: units, addresses, codes, text, charsets, identifiers.

The peer of the normalizers is the standard library's NFC; there is none for the rest.
"""

from __future__ import annotations

import random
import sys
import time
import unicodedata
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.report import in_child, line

BENCH = "vietnam"
TOP = Path(__file__).parent.parent


def _module(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    found = module_from_spec(spec)
    sys.modules[path.stem] = found
    spec.loader.exec_module(found)
    return found


def measured(what: str, *arguments: Any) -> Any:
    """One of the measurements of ``vietnam/build/measure.py``."""
    sys.path.insert(0, str(TOP / "vietnam" / "build"))
    return getattr(_module(TOP / "vietnam" / "build" / "measure.py"), what)(*arguments)


def _per_second(function: Callable[[str], object], values: list[str], seconds: float) -> float:
    done, started = 0, time.process_time()
    while time.process_time() - started < seconds:
        for value in values:
            function(value)
        done += len(values)
    return done / (time.process_time() - started)


def text_speed(seconds: float) -> dict[str, float]:
    """Values a second of the normalizers, and of NFC alone as the peer."""
    from sohoa_vietnam.dates import parse_date
    from sohoa_vietnam.identifiers.registry import read
    from sohoa_vietnam.identifiers.result import Kind
    from sohoa_vietnam.person_names import split_name
    from sohoa_vietnam.syllables import count_syllables
    from sohoa_vietnam.text import match_key, nfc, plain

    names = ["Nguyễn Thị Hoà", "TRẦN VĂN THUỶ", "Lê Quý Đôn", "H'Hen Niê", "Đỗ Diệu Hằng"] * 40
    dates = [
        f"ngày {d:02d} tháng {m} năm 20{y:02d}" for d in (3, 17) for m in (1, 9) for y in (5, 26)
    ]
    numbers = [
        f"0{p:02d}{c}9{y}{n:06d}" for p in (1, 79) for c in (0, 1) for y in (1, 5) for n in (7, 99)
    ]
    return {
        "nfc": _per_second(nfc, names, seconds),
        "unicodedata": _per_second(lambda s: unicodedata.normalize("NFC", s), names, seconds),
        "plain": _per_second(plain, names, seconds),
        "match_key": _per_second(match_key, names, seconds),
        "syllables": _per_second(count_syllables, names, seconds) * 3,
        "split_name": _per_second(split_name, names, seconds),
        "parse_date": _per_second(parse_date, dates, seconds),
        "personal_id": _per_second(lambda s: read(Kind.PERSONAL, s), numbers, seconds),
    }


def charsets(columns: int) -> dict[str, float]:
    """Round trips of all syllables and detection on columns of 50 names, as shares."""
    sys.path.insert(0, str(TOP / "tests" / "vietnam"))
    pool = _module(TOP / "tests" / "vietnam" / "name_pool.py")
    ways = _module(TOP / "tests" / "vietnam" / "test_charset_detection.py")
    from sohoa_vietnam.charsets.detect import Status, detect
    from sohoa_vietnam.syllables import all_legal_syllables

    syllables = list(all_legal_syllables())
    kept = total = 0
    for name in ("tcvn3", "vni", "viscii", "vps", "viqr", "cp1258-nfc"):
        for syllable in syllables:
            total += 1
            kept += syllable.encode(name).decode(name) == syllable
    chance = random.Random(5)
    right = wrong = 0
    for column in range(columns):
        charset, reading = ways.WAYS[column % len(ways.WAYS)]
        form = (str.title, str.upper)[column % 2]
        names = [form(pool.name(chance)) for _ in range(50)]
        found = detect([ways._store(one, charset, reading) for one in names])
        if found.status is Status.DECIDED:
            right += found.charset == charset
            wrong += found.charset != charset
    alarms = sum(
        detect([value]).charset != "unicode" for value in pool.clean_values(chance, 10_000)
    )
    return {
        "round_trip": 100 * kept / total,
        "right": 100 * right / columns,
        "wrong": 100 * wrong / columns,
        "alarms": alarms,
    }


def run(*, quick: bool) -> None:
    """Print all figures."""
    for metric, value in in_child(measured, "loading").items():
        goal = None
        if metric.startswith("all tables,"):
            goal = 150.0 if metric.endswith("ms") else 40.0
        line(BENCH, metric.rsplit(",", 1)[0], value, metric.rsplit(" ", 1)[-1], goal=goal)
    for metric, value in in_child(measured, "speed").items():
        goal = 100_000.0 if "code" in metric else 10_000.0
        line(BENCH, metric.removesuffix(" a second"), value, "1/s", goal=goal, better="more")
    for form, found in in_child(measured, "recognition", None, 20 if quick else 1).items():
        goal = 99.5 if form == "plain" else 99.0
        right = float(found["right %"])
        line(BENCH, f"addresses right: {form}", right, "%", goal=goal, better="more")
        wrong = float(found["wrong %"])
        line(BENCH, f"addresses wrong: {form}", wrong, "%", goal=0.0 if form == "plain" else 0.1)
    found = in_child(charsets, 64 if quick else 1600)
    line(BENCH, "charset round trips", found["round_trip"], "%", goal=100.0, better="more")
    line(BENCH, "columns of 50 names: right", found["right"], "%", goal=99.0, better="more")
    line(BENCH, "columns of 50 names: wrong", found["wrong"], "%", goal=0.0)
    line(BENCH, "false alarms on 10,000 clean values", found["alarms"], "values", goal=0.0)
    speed = in_child(text_speed, 0.3 if quick else 2.0)
    peer = speed.pop("unicodedata")
    for metric, value in speed.items():
        line(BENCH, metric, value, "1/s", peer="unicodedata.normalize", peer_value=peer)
