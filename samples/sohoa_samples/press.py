"""From a paper to its file: print, photocopy, scan, and wrap in one of the usual formats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sohoa_samples import born_digital, files, fonts, raster, scan
from sohoa_samples.dice import Dice
from sohoa_samples.sheet import Paper

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class How:
    """The level, a resolution that overrides the scanner's, and whether files must be small."""

    level: str
    dpi: int | None = None
    small: bool = False

    def scanner(self, dice: Dice) -> scan.Scanner:
        """The scanner for one paper."""
        found = scan.choose_scanner(self.level, dice)
        if self.small:
            found = replace(
                found,
                dpi=min(found.dpi, 200),
                noise=min(found.noise, 0.4),
                jpeg=min(found.jpeg, files.TIGHT),
                shade=0.0,
            )
        return found if self.dpi is None else replace(found, dpi=self.dpi)


@dataclass(frozen=True, slots=True)
class Printed:
    """What was written: the file name's suffix, the resolution (0 for digital-born)."""

    suffix: str
    dpi: int
    bilevel: bool


def scans(paper: Paper, scanner: scan.Scanner, dice: Dice, *, pattern: bool = True) -> list[Pixels]:
    """Every page of ``paper`` as this scanner delivers it."""
    family = fonts.families().get(paper.family) or fonts.times()
    drawn = [raster.draw(page, family, scanner.dpi, pattern=pattern) for page in paper.pages]
    if paper.form in ("copy", "certified_copy"):
        drawn = [scan.photocopy(image, dice.child("copier", n)) for n, image in enumerate(drawn)]
    for page, image in zip(paper.pages, drawn, strict=True):
        raster.put_on(image, page.over, family, scanner.dpi)
    return [
        scan.scan(
            image,
            scanner,
            dice.child("page", n),
            behind=drawn[n ^ 1] if (n ^ 1) < len(drawn) else None,
        )
        for n, image in enumerate(drawn)
    ]


def suffix_for(paper: Paper, scanner: scan.Scanner, dice: Dice) -> str:
    """A file format that offices use for such a paper."""
    if len(paper.pages) > 1:
        return dice.weighted([("pdf", 0.6), ("tif", 0.4)])
    if scanner.bilevel:
        return dice.weighted([("tif", 0.5), ("pdf", 0.35), ("png", 0.15)])
    return dice.weighted([("jpg", 0.5), ("pdf", 0.32), ("png", 0.06), ("tif", 0.12)])


def write(paper: Paper, stem: Path, how: How, dice: Dice) -> Printed:
    """Write ``paper`` beside ``stem`` (path without suffix)."""
    if paper.digital and born_digital.is_possible(paper.pages):
        family = fonts.families().get(paper.family) or fonts.times()
        path = stem.with_suffix(".pdf")
        path.write_bytes(born_digital.pdf_bytes(paper, family))
        return Printed("pdf", 0, False)
    scanner = how.scanner(dice.child("scanner"))
    if paper.form == "certified_copy":  # the red of the fresh seal is what an officer looks for
        scanner = replace(scanner, grey=False)
    suffix = suffix_for(paper, scanner, dice.child("suffix"))
    if how.small and suffix == "png":
        suffix = "jpg"
    pages = scans(paper, scanner, dice.child("scan"), pattern=not how.small)
    path = stem.with_suffix(f".{suffix}")
    match suffix:
        case "pdf":
            path.write_bytes(
                files.image_pdf_bytes(pages, scanner.dpi, scanner.jpeg, bilevel=scanner.bilevel)
            )
        case "tif":
            files.write_tiff(path, pages, scanner.dpi, scanner.jpeg, bilevel=scanner.bilevel)
        case "png":
            files.write_png(path, pages, scanner.dpi, bilevel=scanner.bilevel)
        case _:
            files.write_jpeg(path, pages, scanner.dpi, scanner.jpeg)
    return Printed(suffix, scanner.dpi, scanner.bilevel)
