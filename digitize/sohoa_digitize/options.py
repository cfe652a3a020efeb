"""What the user may choose about digitizing; hashed, it is the identity of a batch."""

from __future__ import annotations

from dataclasses import dataclass

#: Engines by name; ``tesserocr`` and ``pytesseract`` are Tesseract in a certain way.
ENGINES = ("auto", "sohoa", "tesseract", "both", "tesserocr", "pytesseract")


@dataclass(frozen=True, slots=True)
class DigitizeOptions:
    """Options of one digitizing run; every one changes the result.

    ``lang`` is the recognition language data (Tesseract names, joined by ``+``); ``tessdata``
    the folder of that data (the system's by default); ``engine`` is one of
    :data:`ENGINES`: our own reader, Tesseract, both voting on every line, or (``auto``) ours
    with Tesseract's vote on doubtful lines. ``dpi_floor`` comes
    from TT 05/2025/TT-BNV Art 8: at least 200 dpi for papers. ``review_below`` is the confidence
    under which a value goes to a person. ``letter_target`` is the letter height in pixels that the
    engine is given; ``second_look`` reads doubtful lines again, larger and without
    coloured ink. ``render_dpi`` is the resolution at which pages that are not one scanned image
    are rendered for the archival rendition. ``compress`` is the JPEG quality at which the
    archival images are coded anew; 0 passes them through.
    """

    lang: str = "vie"
    tessdata: str | None = None
    engine: str = "auto"
    dpi_floor: int = 200
    render_dpi: int = 200
    letter_target: float = 18.0
    deskew: bool = True
    second_look: bool = True
    trust_text_layer: bool = True
    review_below: float = 0.9
    compress: int = 0


#: Options that earlier versions did not have.
LATER = frozenset({"compress"})
