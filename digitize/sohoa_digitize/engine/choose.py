"""Which engine reads: chosen by name, or the best that is available."""

from __future__ import annotations

from functools import cache

from sohoa_digitize.engine import own, program, tesseract
from sohoa_digitize.engine.protocol import Engine, EngineInfo
from sohoa_digitize.errors import DamagedWeights, MissingEngine, UnknownEngine
from sohoa_digitize.options import ENGINES, DigitizeOptions


def probe_all(tessdata: str | None = None) -> tuple[EngineInfo, ...]:
    """Every engine that sohoa knows, available or not."""
    return (tesseract.probe(tessdata), program.probe(tessdata), own.probe())


def choose(options: DigitizeOptions) -> Engine:
    """The engine that ``options`` ask for, loaded once a process.

    ``auto`` is our own reader, with Tesseract asked about doubtful lines (``both`` where only
    the program ``tesseract`` is there, which costs a start for every line); where the weights of
    our reader are missing or damaged it is Tesseract alone, and its ``info.reason`` says so.

    Raises :class:`MissingEngine`, :class:`MissingLanguage` or :class:`DamagedWeights`, which say
    what to install, and :class:`UnknownEngine`.
    """
    return _chosen(options.engine, options.lang, options.tessdata)


@cache
def _chosen(name: str, lang: str, tessdata: str | None) -> Engine:
    if name not in ENGINES:
        raise UnknownEngine(where="--engine", detail=name, engines=" | ".join(ENGINES))
    # Only its layout analysis is used where our own reader reads alone.
    finder = _tesseract(name, lang, tessdata)
    if name == "sohoa":
        return own.OwnEngine(finder)
    if name == "both":
        return own.BothEngine(finder)
    if name == "auto":
        try:
            if finder.info.name == "pytesseract":
                return own.BothEngine(finder)
            return own.AutoEngine(finder)
        except (DamagedWeights, MissingEngine) as error:
            return own.without_reader(finder, error)
    return finder


def _tesseract(name: str, lang: str, tessdata: str | None) -> Engine:
    if name == "pytesseract" or not tesseract.probe(tessdata).available:
        return program.load(lang, tessdata)
    return tesseract.load(lang, tessdata)
