"""Validation: dossiers a second, flat memory, start-up, planted faults, mutated rule files.

Dossiers have six documents with fields, pages, files and signatures; every rule runs. Names and
numbers differ from dossier to dossier, so that caches help no more than they would in an archive.
"""

from __future__ import annotations

import copy
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from benchmarks.report import in_child, line
from sohoa_core.batch.executors.serial import SerialExecutor
from sohoa_core.facts import Severity
from sohoa_core.limits import Limits
from sohoa_validators.catalogue import SHIPPED, Catalogue, load_catalogue, shipped_catalogue
from sohoa_validators.check import check_dossier
from sohoa_validators.errors import SchemaFileRefused
from sohoa_validators.examples import FOLDER, example_faults
from sohoa_validators.exports.mapping import load_mapping
from sohoa_validators.exports.run import ExportOptions, check_export
from sohoa_validators.view import DossierView
from sohoa_validators.view_data import dossier_from_data
from sohoa_validators.yaml_lines import read_yaml

BENCH = "validate"
ON = date(2026, 11, 20)
TESTS = Path(__file__).parent.parent / "tests"
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương")
_GIVEN = (
    "An",
    "Bình",
    "Châu",
    "Dũng",
    "Giang",
    "Hà",
    "Khánh",
    "Lan",
    "Minh",
    "Nga",
    "Phúc",
    "Quân",
)


def dossiers(count: int) -> Iterator[DossierView]:
    """Land and birth dossiers with six documents each, no two alike."""
    base = read_yaml(FOLDER / "base.yaml").data["dossiers"]
    kinds = [_six(base["birth"]), _six(base["land"])]
    for number in range(count):
        text = kinds[number % 2]
        name = f"{_FAMILY[number % 12]} Văn {_GIVEN[number // 12 % 12]}"
        text = text.replace("Nguyễn Văn H", f"{name} H").replace(
            "NGUYỄN VĂN H", f"{name} H".upper()
        )
        text = text.replace("000123", f"{number % 10**6:06d}").replace(
            "-0012", f"-{number % 10**4:04d}"
        )
        yield dossier_from_data(json.loads(text))


def _six(data: dict[str, Any]) -> str:
    made = copy.deepcopy(data)
    for number in range(6 - len(made["items"])):
        made["items"].append(
            {
                "id": f"more{number}",
                "kind": "component",
                "doc_type": "marital_status_certificate",
                "code": "KQ.G15.000038",
                "title": "Giấy xác nhận tình trạng hôn nhân",
                "form": "original",
                "issued_on": "2026-07-01",
                "pages": 1,
                "versions": ["original", "archival"],
                "file": made["items"][0].get("file"),
                "fields": {
                    "number": str(77 + number),
                    "issued_on": "2026-07-01",
                    "agency": "Ủy ban nhân dân phường Ba Đình",
                    "full_name": "Nguyễn Văn Hòa",
                    "birth_date": "1990-02-01",
                    "personal_identifier": "001090000123",
                },
            }
        )
    return json.dumps(made, default=str, ensure_ascii=False)


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def measure(count: int) -> dict[str, float]:
    """CPU of the checks alone, and memory, over ``count`` streamed dossiers.

    ``drift`` is the speed of the last fifth over that of the second: the same process under the
    same load, so that only what grows with the number can slow it down.
    """
    catalogue = shipped_catalogue()
    fifth = count // 5
    used = [0.0] * 6
    early = 0.0
    for number, view in enumerate(dossiers(count)):
        started = time.process_time()
        check_dossier(view, on=ON, catalogue=catalogue)
        used[number // fifth] += time.process_time() - started
        if number == fifth:
            early = _megabytes()
    late = _megabytes()
    return {
        "per_second": 4 * fifth / sum(used[1:5]),
        "drift": used[1] / used[4],
        "growth_mb": late - early,
        "peak_mb": late,
    }


def exported(count: int) -> dict[str, float]:
    """The same through an export file: reading, mapping, checking, all in one."""
    mapping = load_mapping(Path("national_portal"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        with path.open("w", encoding="utf-8") as stream:
            stream.write('{"data": [')
            for number in range(count):
                stream.write(("," if number else "") + json.dumps(_packet(number)))
            stream.write("]}")
        started = time.process_time()
        early, seen = 0.0, 0
        options = ExportOptions(mapping, ON)
        for pack, _ in check_export(path, options, SerialExecutor(), limits=Limits()):
            seen += len(pack.records)
            if not early and seen >= count // 5:
                early = _megabytes()
        used = time.process_time() - started
    return {"per_second": seen / used, "growth_mb": _megabytes() - early}


def _packet(number: int) -> dict[str, Any]:
    papers = ("KQ003204", "KQ004389", "KQ003159", "KQ004946", "KQ003785")
    return {
        "MaHoSo": f"000.00.01.H26-261110-{number % 10**4:04d}", "MaTTHC": "1.001193",
        "KenhThucHien": "1", "TrangThaiHoSo": "9", "NgayTiepNhan": "20261110090000",
        "NgayKetThucXuLy": "20261110150000", "ChuHoSo": f"Nguyễn Văn {_GIVEN[number % 12]}",
        "SoGiayToChuHoSo": f"001090{number % 10**6:06d}",
        "TaiLieuNop": [{"MaThanhPhanHoSo": code, "TenTepDinhKem": "a.pdf"} for code in papers],
        "DanhSachGiayToKetQua": [{"TenGiayTo": "Kết quả", "MaGiayToKetQua": "KQ.G15.000031"}],
    }  # fmt: skip


def start() -> dict[str, float]:
    """CPU and wall seconds of a whole run of the program over one dossier, the best of five."""
    cpu = wall = 99.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps({"data": [_packet(1)]}), encoding="utf-8")
        words = ("validate", "--from", str(path), "--mapping", "national_portal", "--json")
        for _try in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            started = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "sohoa_cli", *words], capture_output=True, check=False
            )
            assert done.returncode in (0, 4), done.stderr
            wall = min(wall, time.perf_counter() - started)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            cpu = min(cpu, used)
    return {"cpu": cpu, "wall": wall}


# --- planted faults ----------------------------------------------------------------------------


def planted(count: int) -> dict[str, Any]:
    """Faults of invented dossiers found, and false errors on clean ones."""
    sys.path.insert(0, str(TESTS))
    from sohoa_samples.scripts import invent_dossier
    from validators.test_planted_faults import SPEAKS, UNDONE, check

    seen: Counter[str] = Counter()
    found: Counter[str] = Counter()
    clean = false = 0
    for index in range(count):
        dossier = invent_dossier(11, index)
        findings = check(dossier).findings
        spoke = {finding.rule for finding in findings}
        for fault in dossier.faults:
            if fault.field == "me_so_dinh_danh":  # stands on one paper only: nothing to compare
                continue
            seen[fault.code] += 1
            found[fault.code] += bool(SPEAKS[fault.code] & spoke)
        if not dossier.faults:
            clean += 1
            false += any(
                finding.severity is Severity.ERROR
                or (finding.severity is Severity.WARNING and finding.rule not in UNDONE)
                for finding in findings
            )
        if any(item.submission == "show" for item in dossier.items):
            spoke = {finding.rule for finding in check(dossier, scan_shown=True).findings}
            seen["shown_paper_scanned"] += 1
            found["shown_paper_scanned"] += "dossier.digitized.forbidden" in spoke
    return {"seen": dict(seen), "found": dict(found), "clean": clean, "false": false}


def noisy(count: int, rate: float) -> dict[str, int]:
    """Clean dossiers whose names a machine read with ``rate`` of the letters wrong."""
    sys.path.insert(0, str(TESTS))
    from sohoa_samples.scripts import invent_dossier
    from validators.test_planted_faults import check

    clean = errors = reviews = 0
    for index in range(count):
        dossier = invent_dossier(21, index)
        if dossier.faults:
            continue
        clean += 1
        found = Counter(f.severity for f in check(dossier, noise=rate, seed=index).findings)
        errors += found[Severity.ERROR]
        reviews += found[Severity.REVIEW]
    return {"clean": clean, "errors": errors, "reviews": reviews}


# --- mutants -----------------------------------------------------------------------------------

_PROSE = frozenset(
    {
        "source",
        "note",
        "open_points",
        "checked_on",
        "question",
        "name",
        "label",
        "message",
        "schema",
    }
)
_SWAPS = (("&&", "||"), ("||", "&&"), ("<=", "<"), (">=", ">"), ("==", "!="), ("!=", "=="),
          (".all(", ".exists("), (".exists(", ".all("), ("13", "14"), ("71", "72"), ("18", "19"),
          ("20", "21"), ("24", "25"), ("60", "61"))  # fmt: skip


def _spots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in _PROSE and not (path and path[-1] in ("passes", "fails")):
                yield (*path, key)
                yield from _spots(one, (*path, key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield (*path, number)
            yield from _spots(one, (*path, number))


def mutate(data: dict[str, Any], dice: random.Random) -> str | None:
    """Drop or flip one datum of a file in place; what was done, None when nothing was."""
    spots = [spot for spot in _spots(data) if spot[0] not in ("passes", "fails")]
    spots = [spot for spot in spots if not {"passes", "fails"} & set(spot)]
    spot = dice.choice(spots)
    parent = data
    for step in spot[:-1]:
        parent = parent[step]
    last, old = spot[-1], parent[spot[-1]]
    where = ".".join(map(str, spot))
    if dice.random() < 0.5 or isinstance(old, dict | list):
        del parent[last]
        return f"drop {where}"
    if isinstance(old, bool):
        parent[last] = not old
    elif isinstance(old, int):
        parent[last] = old + 1
    elif isinstance(old, date):
        parent[last] = old.replace(year=old.year + 3)
    elif last in ("holds", "when"):
        swaps = [(a, b) for a, b in _SWAPS if a in old]
        if not swaps:
            parent[last] = f"!({old})"
        else:
            one, other = dice.choice(swaps)
            parent[last] = old.replace(one, other, 1)
    elif last == "severity":
        parent[last] = "info" if old != "info" else "error"
    elif isinstance(old, str) and any(letter.isdigit() for letter in old):
        at = max(number for number, letter in enumerate(old) if letter.isdigit())
        parent[last] = old[:at] + str((int(old[at]) + 1) % 10) + old[at + 1 :]
    else:
        return None
    return f"flip {where}"


def mutants(kind: str, count: int) -> dict[str, Any]:
    """Change one datum of a shipped file, ``count`` times; who notices?

    ``loading`` refused the file, ``examples``: an example or golden dossier no longer holds,
    ``register``: the register of all data disagrees. The rest survived.
    """
    sys.path.insert(0, str(TESTS))
    from validators.register import FOLDER as REGISTER
    from validators.register import written

    dice = random.Random(f"{kind} {count}")
    files = sorted((SHIPPED / kind).glob("*.yaml"))
    notes: Counter[str] = Counter()
    survived = []
    kept = {path.name: path.read_text(encoding="utf-8") for path in REGISTER.glob("*.txt")}
    while sum(notes.values()) < count:
        path = dice.choice(files)
        data = copy.deepcopy(read_yaml(path).data)
        done = mutate(data, dice)
        if done is None:
            continue
        who = _noticed(kind, path, data, kept, written)
        if who == "equal":  # what was dropped is the default: nothing changed
            continue
        notes[who] += 1
        if who == "nobody":
            survived.append(f"{path.name}: {done}")
    return {**notes, "survived": survived[:20]}


def _noticed(kind: str, path: Path, data: Any, kept: dict[str, str], written: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for part in ("procedures", "papers", "rules"):
            (Path(folder) / part).mkdir()
            for shipped in (SHIPPED / part).glob("*.yaml"):
                (Path(folder) / part / shipped.name).write_bytes(shipped.read_bytes())
        text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
        (Path(folder) / kind / path.name).write_text(text, encoding="utf-8")
        try:
            catalogue = load_catalogue(Path(folder), shipped=False)
        except SchemaFileRefused:
            return "loading"
    shipped = shipped_catalogue()
    if (catalogue.procedures, catalogue.papers, catalogue.rules) == (
        shipped.procedures, shipped.papers, shipped.rules,
    ):  # fmt: skip
        return "equal"
    if _dropped(catalogue) or next(iter(example_faults(catalogue)), None) or _golden(catalogue):
        return "examples"
    return "register" if written(catalogue) != kept else "nobody"


def _dropped(catalogue: Catalogue) -> bool:
    """A rule that is gone takes its examples with it: the list of rules is what notices."""
    return len(catalogue.rules) != len(shipped_catalogue().rules)


def _golden(catalogue: Catalogue) -> bool:
    """Whether a golden dossier is judged otherwise than its file says."""
    for path in sorted((TESTS / "validators" / "data" / "golden").glob("*.yaml")):
        golden = read_yaml(path).data
        view = dossier_from_data(golden["dossier"])
        result = check_dossier(view, on=golden["on"], catalogue=catalogue)
        found = [[f.severity.value, f.rule, f.document] for f in result.findings]
        found = [one for one in found if one[1] != "dossier.component.unexpected"]
        if sorted(found, key=str) != sorted(golden["findings"], key=str):
            return True
        judged = [[v.question, v.document, str(v.answer), v.branch] for v in result.verdicts]
        wanted = ("complete", "digitize", "still_valid")
        if [one for one in judged if one[0] in wanted] != golden["verdicts"]:
            return True
    return False


def run(*, quick: bool) -> None:
    """Print all figures."""
    sizes = (1_000, 3_000) if quick else (1_000, 10_000, 100_000)
    for count in sizes:
        found = in_child(measure, count)
        line(BENCH, "six-document dossiers a second and core, all rules", found["per_second"],
             "1/s", goal=300, better="more", dossiers=count)  # fmt: skip
        line(BENCH, "speed of the last fifth over that of the second", found["drift"], "",
             goal=0.9, better="more", dossiers=count)  # fmt: skip
        line(BENCH, "memory growth from 20 % to the end", found["growth_mb"], "MB", goal=5.0,
             dossiers=count, peak=round(found["peak_mb"], 1))  # fmt: skip
    count = 1_000 if quick else 20_000
    found = in_child(exported, count)
    line(BENCH, "dossiers a second and core out of a JSON export", found["per_second"], "1/s",
         goal=300, better="more", dossiers=count)  # fmt: skip
    line(BENCH, "memory growth over the export", found["growth_mb"], "MB", goal=5.0)
    found = start()
    line(BENCH, "a whole run over one dossier, CPU", found["cpu"], "s", goal=1.0)
    line(BENCH, "a whole run over one dossier, wall", found["wall"], "s", goal=1.0)
    count = 100 if quick else 1_000
    found = in_child(planted, count)
    seen, hits = sum(found["seen"].values()), sum(found["found"].values())
    line(BENCH, "planted faults found", 100 * hits / max(1, seen), "%", goal=100, better="more",
         faults=found["seen"])  # fmt: skip
    line(
        BENCH, "clean dossiers with a false error", found["false"], "", goal=0, clean=found["clean"]
    )
    for rate in (0.02, 0.1):
        found = in_child(noisy, 50 if quick else 500, rate)
        line(
            BENCH, "errors on clean dossiers whose names were misread", found.pop("errors"), "",
            goal=0, letters_wrong=rate, **found,
        )  # fmt: skip
    for kind, count in (("rules", 30 if quick else 300), ("procedures", 15 if quick else 200),
                        ("papers", 15 if quick else 200)):  # fmt: skip
        found = in_child(mutants, kind, count)
        survived = found.pop("survived")
        caught = count - found.get("nobody", 0)
        line(BENCH, f"mutants of {kind} caught", 100 * caught / count, "%", goal=95,
             better="more", by=found, survived=survived)  # fmt: skip
        behaviour = found.get("loading", 0) + found.get("examples", 0)
        line(BENCH, f"mutants of {kind} caught without the register", 100 * behaviour / count, "%")
