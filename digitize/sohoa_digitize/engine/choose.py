"""Which engine reads: chosen by name, or the best that is available."""

from __future__ import annotations

from sohoa_digitize.engine import program, tesseract
from sohoa_digitize.engine.protocol import Engine, EngineInfo
from sohoa_digitize.errors import MissingEngine
from sohoa_digitize.options import DigitizeOptions

_PROBES = {"tesserocr": tesseract.probe, "pytesseract": program.probe}


def probe_all(tessdata: str | None = None) -> tuple[EngineInfo, ...]:
    """Every engine that sohoa knows, available or not, best first."""
    return tuple(probe(tessdata) for probe in _PROBES.values())


def choose(options: DigitizeOptions) -> Engine:
    """The engine that ``options`` ask for, loaded.

    Raises :class:`MissingEngine` or :class:`MissingLanguage`, which name what to install.
    """
    wanted = options.engine
    if wanted == "auto":
        available = tesseract.probe(options.tessdata).available
        wanted = "tesserocr" if available else "pytesseract"
    if wanted == "tesserocr":
        return tesseract.load(options.lang, options.tessdata)
    if wanted == "pytesseract":
        return program.load(options.lang, options.tessdata)
    raise MissingEngine(packages=tesseract.PACKAGES, tool=wanted, remedy=tesseract.PACKAGES)
