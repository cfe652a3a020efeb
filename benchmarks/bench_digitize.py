"""Digitizing against plain Tesseract and OCRmyPDF: cost and errors on the same pages.

Pages: invented ones of the levels ``office`` and ``rough`` (errors are of printed text; what a
pen wrote is left out), and those of the folder ``SOHOA_SCANS`` when it is set (``ID/page.*``
with ``ID/page.txt``). OCRmyPDF is measured when its program is on the path. Costs are CPU
seconds of the process and its children, so other work on the machine changes them little.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import in_child, line
from benchmarks.scoring import errors, missed, normal, printed_parts

BENCH = "digitize"
#: BENCH_SEED and BENCH_DOSSIERS choose other invented papers, BENCH_PEERS=none leaves the slow
#: comparisons out, BENCH_FAULTS=1 names every wrong field.
SEED = int(os.environ.get("BENCH_SEED", "31"))
LEVELS = ("office", "rough")
#: The fields whose printed values every issued document has.
MAIN_FIELDS = ("number", "date", "subject", "agency", "signer")
#: CER of printed text on invented pages, and line CER and missed words of real scans, percent.
CER_GOALS = {"office": 0.3, "rough": 1.5, "g": 2.2, "x": 5.5}
MISSED_GOALS = {"g": 3.5, "x": 9.0}
FIELD_GOALS = {"office": 97.0, "rough": 92.0}


# --- pages -----------------------------------------------------------------------------------


def generated(folder: str, level: str, dossiers: int) -> list[dict[str, Any]]:
    """Invent papers; each with its printed lines, its penned texts and its true fields."""
    from sohoa_samples.generator import as_scanned, invent_dossier, make
    from sohoa_samples.sheet import Penned

    top = Path(folder) / level
    make(top, dossiers=dossiers, seed=SEED, level=level, with_legacy=False)
    papers = []
    for index in range(dossiers):
        dossier = as_scanned(invent_dossier(SEED, index), SEED, index)
        for item, truth in zip(dossier.items, _truths(top, dossier.code), strict=True):
            penned = [
                mark.text
                for page in item.paper.pages
                for mark in (*page.marks, *page.over)
                if isinstance(mark, Penned)
            ]
            lines = [
                part
                for page in item.paper.pages
                for one in page.lines
                for part in printed_parts(one, penned)
            ]
            papers.append(
                {
                    "path": str(top / "inbox" / dossier.code / truth["file"]),
                    "set": level,
                    "lines": lines,
                    "text": item.paper.text,
                    "pages": truth["pages"],
                    "scanned": not truth["born_digital"],
                    "fields": {k: v for k, v in truth["fields"].items() if isinstance(v, str)},
                    "penned": truth["penned"],
                    "doc_type": truth["doc_type"],
                }
            )
    return papers


def _truths(top: Path, code: str) -> Iterator[dict[str, Any]]:
    for path in sorted((top / "truth" / code).glob("*.json")):
        if path.name != "dossier.json":
            yield json.loads(path.read_text(encoding="utf-8"))


def scans(folder: Path) -> list[dict[str, Any]]:
    """Transcribed real pages: ``ID/page.*`` with ``ID/page.txt``."""
    papers = []
    for truth in sorted(folder.glob("*/page.txt")):
        image = next(p for p in sorted(truth.parent.glob("page.*")) if p.suffix != ".txt")
        text = truth.read_text(encoding="utf-8")
        papers.append(
            {
                "path": str(image),
                "set": truth.parent.name[0],
                "lines": text.splitlines(),
                "text": text,
                "pages": 1,
                "scanned": True,
            }
        )
    return papers


# --- the three readers -----------------------------------------------------------------------


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _images(path: Path, folder: Path) -> list[Path]:
    """The pages of a paper as images; for programs that take no PDF."""
    if path.suffix.lower() != ".pdf":
        return [path]
    import pypdfium2 as pdfium

    found = []
    with pdfium.PdfDocument(path) as document:
        for number in range(len(document)):
            image = document[number].render(scale=200 / 72).to_pil()
            found.append(folder / f"{path.stem}-{number}.png")
            image.save(found[-1], dpi=(200, 200))
    return found


def tesseract(paths: list[str]) -> list[dict[str, Any]]:
    """The program, started for each page, as scripts do."""
    out = []
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            images = _images(Path(path), Path(folder))
            before = _children()
            text = ""
            for image in images:
                done = subprocess.run(
                    ["tesseract", str(image), "-", "-l", "vie"],
                    capture_output=True,
                    check=False,
                    env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                )
                text += done.stdout.decode("utf-8", "replace") + "\n"
            out.append({"text": text, "cpu": _children() - before})
    return out


def ocrmypdf(paths: list[str]) -> list[dict[str, Any]]:
    """OCRmyPDF to PDF/A, one job."""
    out = []
    with tempfile.TemporaryDirectory() as folder:
        side, target = Path(folder) / "side.txt", Path(folder) / "out.pdf"
        for path in paths:
            side.unlink(missing_ok=True)
            target.unlink(missing_ok=True)
            command = ["ocrmypdf", "-q", "-l", "vie", "--jobs", "1", "--output-type", "pdfa"]
            command += ["--image-dpi", "200", "--force-ocr", "--sidecar", str(side)]
            before = _children()
            subprocess.run(
                [*command, path, str(target)],
                capture_output=True,
                check=False,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            )
            used = _children() - before
            text = side.read_text(encoding="utf-8") if side.is_file() else ""
            size = target.stat().st_size if target.is_file() else 0
            out.append({"text": text, "cpu": used, "size": size})
    return out


def ours(paths: list[str]) -> dict[str, Any]:
    """``digitize_file`` with a warm engine: what a worker does for an item."""
    from sohoa_core.limits import Limits
    from sohoa_digitize.engine.choose import choose
    from sohoa_digitize.options import DigitizeOptions
    from sohoa_digitize.work import digitize_file

    options, limits = DigitizeOptions(), Limits()
    choose(options)
    out = []
    for path in map(Path, paths):
        before = time.process_time()
        found = digitize_file(path, name=path.name, options=options, limits=limits)
        out.append(
            {
                "text": found.text,
                "cpu": time.process_time() - before,
                "size": len(found.pdf),
                "original": path.stat().st_size,
                "pdfa": found.pdfa,
                "doc_type": found.doc_type,
                "facts": {
                    f.name: [f.value, f.confidence, f.review == "needed"] for f in found.fields
                },
            }
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"papers": out, "peak_mb": peak}


def alone(engine: str, lang: str, paths: list[str]) -> dict[str, float]:
    """CPU seconds that reading itself takes for all scanned pages, prepared before."""
    from sohoa_core.limits import Limits
    from sohoa_digitize.decode import open_source
    from sohoa_digitize.engine.choose import choose
    from sohoa_digitize.options import DigitizeOptions
    from sohoa_digitize.prepare import prepare

    options, limits = DigitizeOptions(engine=engine, lang=lang), Limits()
    reader, spent, pages = choose(options), 0.0, 0
    for path in paths:
        data = Path(path).read_bytes()
        source = open_source(data, name=path, options=options, limits=limits)
        for page in source.pages(range(source.page_count)):
            if page.layer is not None:
                continue
            gray = prepare(page.pixels()).gray
            if not pages:
                reader.read(gray, dpi=220)  # first use loads more than it reads
            before = time.process_time()
            reader.read(gray, dpi=220)
            spent += time.process_time() - before
            pages += 1
    return {"seconds": spent, "pages": max(1, pages)}


# --- figures ---------------------------------------------------------------------------------


#: Types that the invented papers call by another name than the catalogue.
_CALLED = {
    "don_dang_ky_bien_dong": "don_bien_dong_dat_dai",
    "van_ban_uy_quyen": "giay_uy_quyen",
}


def letters_wrong(papers: list[dict[str, Any]], read: list[dict[str, Any]]) -> float:
    """CER of a set of invented pages, percent: wrong printed letters of all printed letters."""
    counted = [errors(p["lines"], o["text"]) for p, o in zip(papers, read, strict=True)]
    return 100 * sum(c[0] for c in counted) / max(1, sum(c[1] for c in counted))


def rates(papers: list[dict[str, Any]], read: list[dict[str, Any]]) -> tuple[float, float]:
    """Line CER and missed words, percent: the mean over papers."""
    cers, lost = [], []
    for paper, one in zip(papers, read, strict=True):
        wrong, letters = errors(paper["lines"], one["text"])
        cers.append(wrong / letters if letters else 0.0)
        if "[[P]]" not in paper["text"]:
            absent, words = missed(paper["lines"], one["text"])
            lost.append(absent / words if words else 0.0)
    return _mean(cers) * 100, _mean(lost) * 100


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def same(name: str, read: str, truth: str) -> bool:
    """Whether a value was read exactly; case is not what is printed in capitals."""
    a, b = normal(read).casefold(), normal(truth).casefold()
    if name == "agency":  # the truth adds the province, which the letterhead leaves out
        return a == b or a == b.split(",")[0]
    return a == b


def stands(name: str, truth: str, text: str) -> bool:
    """Whether the true value is printed on the paper at all."""
    if name in ("date", "number"):
        return True
    flat = normal(text).casefold()
    return normal(truth.split(",")[0] if name == "agency" else truth).casefold() in flat


def field_figures(papers: list[dict[str, Any]], read: list[dict[str, Any]]) -> dict[str, Any]:
    """How many main fields are exact, how many accepted values wrong, penned slots flagged."""
    exact = printed = accepted = wrong = flagged = slots = 0
    faults: list[str] = []
    for paper, one in zip(papers, read, strict=True):
        truth, penned = paper["fields"], set(paper["penned"])
        facts = one["facts"]
        for name, (value, confidence, needed) in facts.items():
            if not needed and name in truth and stands(name, truth[name], paper["text"]):
                accepted += 1
                if not same(name, value, truth[name]):
                    wrong += 1
                    faults.append(f"accepted {name} {value!r} for {truth[name]!r} ({confidence})")
        for name in MAIN_FIELDS:
            if name not in truth or name in penned or name not in facts:
                continue
            if not stands(name, truth[name], paper["text"]):
                continue
            printed += 1
            if same(name, facts[name][0], truth[name]):
                exact += 1
            else:
                faults.append(f"read {name} {facts[name][0]!r} for {truth[name]!r}")
        for name in penned & facts.keys():
            slots += 1
            flagged += facts[name][2]
            if not facts[name][2]:
                faults.append(f"penned {name} not flagged: {facts[name][0]!r}")
    return {
        "exact": 100 * exact / max(1, printed),
        "printed": printed,
        "wrong": 100 * wrong / max(1, accepted),
        "accepted": accepted,
        "flagged": 100 * flagged / max(1, slots),
        "slots": slots,
        "types": 100
        * _mean(
            [
                float(o["doc_type"] in (p["doc_type"], _CALLED.get(p["doc_type"])))
                for p, o in zip(papers, read, strict=True)
            ]
        ),
        "faults": faults,
    }


def batch(inbox: str, workers: int) -> dict[str, float]:
    """The whole command on an inbox: wall time and CPU of all processes, a page."""
    with tempfile.TemporaryDirectory() as folder:
        space = Path(folder) / "w"
        command = [sys.executable, "-m", "sohoa_cli"]
        # The program takes every SOHOA_ variable for a setting.
        clean = {key: value for key, value in os.environ.items() if not key.startswith("SOHOA_")}
        subprocess.run([*command, "init", str(space)], check=True, capture_output=True, env=clean)
        before, wall = _children(), time.perf_counter()
        done = subprocess.run(
            [
                *(*command, "digitize", inbox, "-w", str(space), "-q", "--json"),
                *("--executor", "processes", "--workers", str(workers)),
            ],
            check=False,
            capture_output=True,
            text=True,
            env=clean,
        )
        wall, used = time.perf_counter() - wall, _children() - before
    pages = sum(json.loads(row).get("pages", 0) for row in done.stdout.splitlines())
    return {"wall": wall / max(1, pages), "cpu": used / max(1, pages), "pages": pages}


def copies(source: str, target: str, times: int) -> str:
    """The same files under other names: an inbox of any size."""
    for number in range(times):
        for path in sorted(Path(source).glob("*/*")):
            folder = Path(target) / f"{path.parent.name}-{number}"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / path.name)
    return target


def run(*, quick: bool) -> None:
    """Print all figures."""
    dossiers = int(os.environ.get("BENCH_DOSSIERS", "2" if quick else "8"))
    with tempfile.TemporaryDirectory() as folder:
        sets: dict[str, list[dict[str, Any]]] = {
            level: in_child(generated, folder, level, dossiers) for level in LEVELS
        }
        real = os.environ.get("SOHOA_SCANS")
        for paper in scans(Path(real)) if real else []:
            sets.setdefault(paper["set"], []).append(paper)
        for name, papers in sets.items():
            _compare(name, papers, quick=quick)
        # Enough pages that starting the program, which no second worker can share, weighs little.
        inbox = copies(str(Path(folder) / "office" / "inbox"), f"{folder}/some", 2 if quick else 4)
        one, two = in_child(batch, inbox, 1), in_child(batch, inbox, 2)
        line(
            BENCH,
            "two workers against one",
            one["wall"] / two["wall"],
            "times",
            goal=1.8,
            better="more",
            pages=one["pages"],
            load=round(os.getloadavg()[0], 1),
        )
        if not quick:
            small = in_child(batch, copies(inbox, f"{folder}/small", 1), 2)
            large = in_child(batch, copies(inbox, f"{folder}/large", 8), 2)
            line(
                BENCH,
                f"CPU a page, {large['pages']} pages against {small['pages']}",
                large["cpu"] / small["cpu"],
                "times",
                goal=1.1,
            )


def _compare(name: str, papers: list[dict[str, Any]], *, quick: bool) -> None:
    pages = sum(paper["pages"] for paper in papers)
    found = in_child(ours, [paper["path"] for paper in papers])
    read = found["papers"]
    cpu = sum(one["cpu"] for one in read) / pages
    cer, lost = rates(papers, read)
    peers: dict[str, Callable[..., Any]] = {"tesseract": tesseract}
    if shutil.which("ocrmypdf"):
        peers["ocrmypdf"] = ocrmypdf
    if os.environ.get("BENCH_PEERS") == "none":
        peers = {}
    for peer, reader in peers.items():
        # A quick run may not cost minutes: the slow peer gets fewer pages.
        some = papers[:4] if quick else papers
        theirs = in_child(reader, [paper["path"] for paper in some])
        their_cpu = sum(one["cpu"] for one in theirs) / sum(paper["pages"] for paper in some)
        their_cer, their_lost = rates(some, theirs)
        line(
            BENCH,
            f"{name}: CPU a page",
            cpu,
            "s",
            peer=peer,
            peer_value=their_cpu,
            goal=their_cpu / 4 if peer == "ocrmypdf" else None,
            pages=pages,
        )
        line(BENCH, f"{name}: line CER", cer, "%", peer=peer, peer_value=their_cer)
        line(BENCH, f"{name}: missed words", lost, "%", peer=peer, peer_value=their_lost)
    line(BENCH, f"{name}: CPU a page, sohoa alone", cpu, "s", pages=pages)
    if name in LEVELS:
        letters = letters_wrong(papers, read)
        line(BENCH, f"{name}: CER of printed text", letters, "%", goal=CER_GOALS[name])
    else:
        line(BENCH, f"{name}: line CER", cer, "%", goal=CER_GOALS.get(name))
    line(BENCH, f"{name}: missed words", lost, "%", goal=MISSED_GOALS.get(name))
    # The bare engine is Tesseract in this process, on pages that were prepared before.
    scanned = [(p, o) for p, o in zip(papers, read, strict=True) if p["scanned"]]
    bare = in_child(alone, "tesseract", "vie", [p["path"] for p, _ in scanned])
    whole = sum(one["cpu"] for _, one in scanned)
    line(
        BENCH,
        f"{name}: speed of the bare engine reached",
        bare["seconds"] / whole,
        "of its speed",
        goal=0.85,
        better="more",
        bare_s=round(bare["seconds"] / bare["pages"], 3),
        ours_s=round(whole / bare["pages"], 3),
    )
    line(BENCH, f"{name}: memory of a worker", found["peak_mb"], "MB", goal=450.0)
    extra = max(
        (o["size"] - 1.03 * o["original"]) / p["pages"]
        for o, p in zip(read, papers, strict=True)
        if p["scanned"]  # a digital-born page has no image whose bytes could be passed on
    )
    line(
        BENCH,
        f"{name}: file size beyond 1.03 of the image, worst page",
        extra / 1024,
        "KB",
        goal=40.0,
        factor=round(sum(o["size"] for o in read) / sum(o["original"] for o in read), 3),
    )
    if name not in LEVELS:
        return
    fields = field_figures(papers, read)
    line(
        BENCH,
        f"{name}: printed main fields exact",
        fields["exact"],
        "%",
        goal=FIELD_GOALS[name],
        better="more",
        fields=fields["printed"],
    )
    line(
        BENCH,
        f"{name}: wrong values accepted without review",
        fields["wrong"],
        "%",
        goal=0.5,
        accepted=fields["accepted"],
    )
    line(
        BENCH,
        f"{name}: penned slots flagged",
        fields["flagged"],
        "%",
        goal=99.0,
        better="more",
        slots=fields["slots"],
    )
    line(BENCH, f"{name}: document types right", fields["types"], "%")
    if os.environ.get("BENCH_FAULTS"):
        print("\n".join(fields["faults"]), file=sys.stderr)
