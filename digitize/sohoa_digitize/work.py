"""Digitizing one file: what a worker does between its input and its answer.

Pure: bytes in, one picklable :class:`Digitized` out. Nothing is written anywhere, and the
original bytes are only ever read.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sohoa_core.facts import FieldFact, FindingFact, PageFact, Source
from sohoa_core.limits import Limits
from sohoa_digitize.barcodes import Code, facts_of, read_codes, with_codes
from sohoa_digitize.calibration import calibrated
from sohoa_digitize.classify import classify
from sohoa_digitize.compress import Compressed, compress
from sohoa_digitize.decode import open_source
from sohoa_digitize.duplicates import alike
from sohoa_digitize.engine.choose import choose
from sohoa_digitize.engine.protocol import Engine
from sohoa_digitize.errors import InputChanged, InputVanished
from sohoa_digitize.extract.document import ReadPage, extract
from sohoa_digitize.findings import finding
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.pdfa.check import check
from sohoa_digitize.pdfa.writer import ArchivalPage, write
from sohoa_digitize.pdfa.xmp import Described
from sohoa_digitize.reading import PageReading, layer_text, read_page
from sohoa_digitize.source import Source as SourceFile
from sohoa_digitize.source import SourcePage, turn
from sohoa_digitize.words import layout_json, mean_confidence

__all__ = ["DigitizeOptions", "Digitized", "digitize_file"]

#: A page read below this confidence goes to a person as a whole.
POOR_PAGE = 0.75
#: Pages this much askew (degrees) are worth a remark.
ASKEW = 2.0


@dataclass(frozen=True, slots=True)
class Digitized:
    """Everything that digitizing one file found out and made.

    ``sha256`` is of the original bytes; ``pdf`` the archival rendition (PDF/A-2u when
    ``pdfa`` is true); ``text`` the whole text, NFC, pages parted by form feeds; ``words`` the
    layout as JSON (millimetres); ``doc_type`` a code of the catalogue, with its confidence;
    ``engine`` names and versions of what read and wrote; ``cpu_seconds`` of this process;
    ``compressed`` what became of each page's image when a smaller file was asked for.
    """

    sha256: str
    media_type: str
    pages: tuple[PageFact, ...]
    fields: tuple[FieldFact, ...]
    doc_type: str
    doc_type_confidence: float
    pdf: bytes
    pdfa: bool
    text: str
    words: bytes
    findings: tuple[FindingFact, ...]
    engine: dict[str, str]
    cpu_seconds: float
    signed: bool = False
    looks: tuple[list[object] | None, ...] = ()
    compressed: tuple[Compressed, ...] = ()


def digitize_file(
    path: Path | bytes,
    *,
    name: str,
    options: DigitizeOptions,
    limits: Limits,
    only: tuple[int, int] | None = None,
) -> Digitized:
    """Digitize one file (số hóa); ``name`` is its name as handed in, for errors and its type.

    ``only`` takes the pages from the first to the last (both from 1) as one paper; they are
    numbered from 1 in the answer.

    Raises the errors of :mod:`sohoa_digitize.errors` and the input errors of the core; a page
    that cannot be read well is a finding, a file that cannot be read in full is an error.
    """
    started = time.process_time()
    data = read_bytes(path, name=name, limits=limits)
    source = open_source(data, name=name, options=options, limits=limits)
    engine: Engine | None = None
    findings: list[FindingFact] = list(source.findings)
    facts: list[PageFact] = []
    archival: list[ArchivalPage] = []
    read: list[ReadPage] = []
    codes: list[tuple[int, tuple[Code, ...]]] = []
    looks: list[list[object] | None] = []
    compressed: list[Compressed] = []
    for page in _wanted(source, only, name):
        if page.layer is None and engine is None:
            engine = choose(options)
        result, seen = _read(page, engine, options)
        codes.append((page.number, seen))
        looks.append(result.look.plain() if result.look is not None else None)
        findings.extend(_seen_twice(page.number, looks))
        findings.extend(page.findings)
        findings.extend(_page_findings(page, result, options))
        facts.append(_fact(page, result))
        rotation = (page.rotation + result.turned) % 360
        stored = page.stored
        if options.compress:
            stored, smaller = compress(page, options.compress)
            compressed.append(smaller)
        archival.append(ArchivalPage(stored, page.dpi, rotation, result.text))
        swap = rotation % 180 != 0
        dpi = (page.dpi[1], page.dpi[0]) if swap else page.dpi
        kind = Source.OCR if page.layer is None else Source.TEXT_LAYER
        read.append(ReadPage(page.number, result.text, dpi, kind))
    texts = [page.text for page in read]
    doc_type, confidence = classify(texts)
    if doc_type.generic and any(text.lines for text in texts):
        findings.append(finding("digitize.type_unknown"))
    said = [fact for number, some in codes for fact in facts_of(some, number, doc_type.code)]
    engines = _engine(engine, options)
    if engine is not None and engine.info.reason:
        findings.append(finding("digitize.reader_missing", reason=engine.info.reason))
    read_fields = calibrated(
        extract(read, doc_type, options),
        doc_type=doc_type.code,
        engine=engines["text"],
        review_below=options.review_below,
    )
    fields = with_codes(read_fields, said)
    findings.extend(_about_size(compressed))
    pdf, problems = _archive(archival)
    if problems:
        findings.append(finding("digitize.not_pdfa", problems=", ".join(problems)))
    return Digitized(
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=source.media_type,
        pages=tuple(facts),
        fields=fields,
        doc_type=doc_type.code,
        doc_type_confidence=confidence,
        pdf=pdf,
        pdfa=not problems,
        text="\f".join(text.text for text in texts),
        words=layout_json([(page.text, page.dpi) for page in read]),
        findings=tuple(findings),
        engine=engines,
        cpu_seconds=round(time.process_time() - started, 4),
        signed=source.signed,
        looks=tuple(looks),
        compressed=tuple(compressed),
    )


def _wanted(opened: SourceFile, only: tuple[int, int] | None, name: str) -> Iterator[SourcePage]:
    first, last = only or (1, opened.page_count)
    if not 1 <= first <= last <= opened.page_count:
        raise InputChanged(where=name)
    for number, page in enumerate(opened.pages(range(first - 1, last)), 1):
        if number == page.number:
            yield page
        else:
            notes = tuple(
                replace(note, page=number, args={**note.args, "page": number})
                for note in page.findings
            )
            yield replace(page, number=number, findings=notes)


def read_bytes(path: Path | bytes, *, name: str, limits: Limits) -> bytes:
    """The content of ``path``, at most as large as the limits allow."""
    if isinstance(path, bytes):
        limits.check("file_megabytes", len(path) / 1_000_000, where=name)
        return path
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.file_megabytes * 1_000_000 + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise InputVanished(where=name, detail=reason) from error
    limits.check("file_megabytes", len(data) / 1_000_000, where=name)
    return data


def _read(
    page: SourcePage, engine: Engine | None, options: DigitizeOptions
) -> tuple[PageReading, tuple[Code, ...]]:
    pixels = page.pixels()
    if page.layer is not None:
        width, height = page.upright
        text = layer_text(page.layer, width, height)
        result = PageReading(text, mean_confidence(text.words), 0, False, 0.0, {})
    else:
        assert engine is not None
        result = read_page(pixels, engine, options)
    dpi = page.upright_dpi
    if result.turned:
        pixels = turn(pixels, result.turned)
        dpi = (dpi[1], dpi[0]) if result.turned % 180 else dpi
    return result, read_codes(pixels, dpi)


def _seen_twice(number: int, looks: list[list[object] | None]) -> list[FindingFact]:
    """A page that looks and reads like the one before it."""
    if len(looks) < 2 or looks[-1] is None or looks[-2] is None:
        return []
    if not alike(looks[-1], looks[-2]):
        return []
    return [finding("digitize.page_twice", page=number, before=number - 1)]


def _fact(page: SourcePage, result: PageReading) -> PageFact:
    width, height = page.upright
    if result.turned % 180:
        width, height = height, width
    return PageFact(
        number=page.number,
        width=width,
        height=height,
        dpi=min(page.dpi),
        rotation=(page.rotation + result.turned) % 360,
        skew=round(result.skew, 2),
        blank=result.blank,
        confidence=None if result.blank else round(result.confidence, 4),
        text=result.text.text,
        quality={**result.quality, "dpi_stated": float(page.dpi_stated)},
    )


def _page_findings(
    page: SourcePage, result: PageReading, options: DigitizeOptions
) -> list[FindingFact]:
    found: list[FindingFact] = []
    number, dpi = page.number, round(min(page.dpi))
    if not page.dpi_stated:
        found.append(finding("digitize.resolution_unknown", page=number, dpi=dpi))
    if not page.rendered:
        # Scanners write 199.9 for 200.
        if min(page.dpi) < options.dpi_floor - 1:
            found.append(
                finding("digitize.low_resolution", page=number, dpi=dpi, floor=options.dpi_floor)
            )
        if page.stored.colour == "gray":
            found.append(finding("digitize.not_colour", page=number))
    if result.blank:
        found.append(finding("digitize.blank_page", page=number))
    elif result.confidence < POOR_PAGE:
        confidence = f"{result.confidence:.2f}"
        found.append(finding("digitize.poor_reading", page=number, confidence=confidence))
    if result.turned:
        found.append(finding("digitize.turned", page=number, degrees=result.turned))
    if abs(result.skew) >= ASKEW:
        found.append(finding("digitize.skewed", page=number, degrees=f"{result.skew:.1f}"))
    return found


def _about_size(pages: list[Compressed]) -> list[FindingFact]:
    """What was lost for a smaller file, in one sentence; nothing when all was passed through."""
    changed = [one for one in pages if one.codec != "kept"]
    if not changed:
        return []
    before, after = (
        sum(sizes) for sizes in zip(*((p.bytes_before, p.bytes_after) for p in pages), strict=True)
    )
    ratio = f"{before / max(1, after):.1f}"
    losses = [one.psnr for one in changed if one.psnr is not None]
    if not losses:
        return [finding("digitize.compressed_lossless", pages=len(changed), ratio=ratio)]
    quality = next(one.quality for one in changed if one.quality is not None)
    worst = f"{min(losses):.1f}"
    return [
        finding("digitize.compressed", pages=len(changed), quality=quality, ratio=ratio, psnr=worst)
    ]


def _archive(pages: list[ArchivalPage]) -> tuple[bytes, list[str]]:
    """The archival file and the rules it breaks; a file that breaks one makes no claim."""
    pdf = write(pages, Described())
    problems = check(pdf)
    if problems:
        return write(pages, Described(), claim=False), problems
    return pdf, []


def _engine(engine: Engine | None, options: DigitizeOptions) -> dict[str, str]:
    if engine is None:
        return {"text": "layer"}
    return {
        "text": engine.info.name,
        **({"reader": engine.info.reader} if engine.info.reader else {}),
        **(
            {
                "tesseract": engine.info.version,
                "lang": options.lang,
                "tessdata": engine.info.data,
            }
            if engine.info.version
            else {}
        ),
    }
