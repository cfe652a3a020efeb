"""Rules for the scan of one document: all pages, in order, readable, sharp enough."""

from __future__ import annotations

from collections.abc import Iterator

from sohoa_core.facts import Severity
from sohoa_core.i18n import N_
from sohoa_validators import legal
from sohoa_validators.catalogue import KnownPaper
from sohoa_validators.moments import day_of
from sohoa_validators.rules.context import Context
from sohoa_validators.rules.documents import title_of
from sohoa_validators.rules.registry import Hit, rule
from sohoa_validators.schema import Checked
from sohoa_validators.view import ItemView

ARTICLE_8 = "TT 01/2023/TT-VPCP Điều 8"


@rule(
    "document.pages.none",
    Severity.WARNING,
    N_("{title}: there is a file, but no page of it is in the records."),
    basis=ARTICLE_8,
)
def pages_none(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if item.versions and not item.pages:
        yield Hit({"title": title_of(item, paper)}, item)


@rule(
    "document.pages.fewer",
    Severity.ERROR,
    N_("{title}: {pages} pages were scanned of a paper with {sides} written sides."),
    basis=ARTICLE_8,
)
def pages_fewer(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if item.pages and item.sides is not None and len(item.pages) < item.sides:
        args = {"pages": len(item.pages), "sides": item.sides}
        yield Hit({"title": title_of(item, paper), **args}, item)


@rule(
    "document.pages.one_side",
    Severity.WARNING,
    N_("{title}: only {pages} of its {sides} sides were scanned."),
    basis=ARTICLE_8,
)
def pages_one_side(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if paper is None or paper.paper.sides is None or item.sides is not None:
        return
    if 0 < len(item.pages) < paper.paper.sides:
        args = {"pages": len(item.pages), "sides": paper.paper.sides}
        yield Hit({"title": title_of(item, paper), **args}, item)


@rule(
    "document.pages.order",
    Severity.ERROR,
    N_("{title}: the numbers of its pages are not 1 to {pages}."),
    basis=ARTICLE_8,
)
def pages_order(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if [page.number for page in item.pages] != list(range(1, len(item.pages) + 1)):
        yield Hit({"title": title_of(item, paper), "pages": len(item.pages)}, item)


@rule(
    "document.pages.blank",
    Severity.ERROR,
    N_("{title}: every page of the scan is blank."),
    basis=ARTICLE_8,
)
def pages_blank(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if item.pages and all(page.blank for page in item.pages):
        yield Hit({"title": title_of(item, paper)}, item)


@rule("document.page.blank", Severity.INFO, N_("{title}: page {page} is blank."))
def page_blank(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if all(page.blank for page in item.pages):
        return
    for page in item.pages:
        if page.blank:
            args = {"title": title_of(item, paper), "page": page.number}
            yield Hit(args, item, page=page.number)


@rule(
    "document.page.dpi",
    Severity.ERROR,
    N_("{title}: page {page} was scanned with {dpi} dots per inch, at least {least} are needed."),
    basis="TT 05/2025/TT-BNV Điều 8",
    checked=Checked.SECONDARY,
)
def page_dpi(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if not item.pages:
        return
    scan = legal.scan()
    rule_then = scan.on(day_of(item.digitized_on) or context.on)
    drawing = paper is not None and paper.paper.drawing
    least = rule_then.drawing_dpi if drawing else rule_then.min_dpi
    for page in item.pages:
        if not page.dpi >= least * (1 - scan.dpi_tolerance):
            dpi = round(page.dpi) if 0 <= page.dpi < 1e6 else 0
            yield Hit(
                {"title": title_of(item, paper), "page": page.number, "dpi": dpi, "least": least},
                item,
                page=page.number,
                basis=rule_then.source,
                checked=rule_then.checked,
            )


@rule(
    "document.page.skew",
    Severity.WARNING,
    N_("{title}: page {page} stands askew by {degrees} degrees."),
)
def page_skew(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    most = legal.scan().max_skew
    for page in item.pages:
        if abs(page.skew) > most:
            degrees = f"{page.skew:.1f}"
            args = {"title": title_of(item, paper), "page": page.number, "degrees": degrees}
            yield Hit(args, item, page=page.number)


@rule(
    "document.page.confidence",
    Severity.REVIEW,
    N_("{title}: page {page} was read with a confidence of only {percent} percent."),
)
def page_confidence(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    least = legal.scan().min_confidence
    for page in item.pages:
        if page.confidence is not None and not page.blank and page.confidence < least:
            percent = round(max(0.0, page.confidence) * 100)
            args = {"title": title_of(item, paper), "page": page.number, "percent": percent}
            yield Hit(args, item, page=page.number)
