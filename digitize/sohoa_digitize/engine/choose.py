"""Which engine reads: chosen by name, or the best that is available."""

from __future__ import annotations

from functools import cache

from sohoa_digitize.engine import own, program, tesseract
from sohoa_digitize.engine.protocol import Engine, EngineInfo
from sohoa_digitize.errors import DamagedWeights, MissingEngine, MissingLanguage, UnknownEngine
from sohoa_digitize.options import ENGINES, DigitizeOptions


def probe_all(tessdata: str | None = None) -> tuple[EngineInfo, ...]:
    """Every engine that sohoa knows, available or not."""
    return (tesseract.probe(tessdata), program.probe(tessdata), own.probe())


def choose(options: DigitizeOptions) -> Engine:
    """The engine that ``options`` ask for, loaded once a process.

    ``auto`` is our own reader, with Tesseract's vote on doubtful lines; where the weights of our
    reader are missing or damaged it is Tesseract alone, and its ``info.reason`` says so.
    ``sohoa`` needs no Tesseract at all.

    Raises :class:`MissingEngine`, :class:`MissingLanguage` or :class:`DamagedWeights`, which say
    what to install, and :class:`UnknownEngine`.
    """
    return _chosen(options.engine, options.lang, options.tessdata)


@cache
def _chosen(name: str, lang: str, tessdata: str | None) -> Engine:
    if name not in ENGINES:
        raise UnknownEngine(where="--engine", detail=name, engines=" | ".join(ENGINES))
    if name == "sohoa":
        try:
            return own.OwnEngine(_tesseract(name, lang, tessdata))
        except (MissingEngine, MissingLanguage):
            return own.OwnEngine(None)
    beside = _tesseract(name, lang, tessdata)
    if name == "both":
        return own.VotingEngine(beside, name, own.NEVER)
    if name == "auto":
        try:
            return own.VotingEngine(beside, name, own.SURE)
        except (DamagedWeights, MissingEngine) as error:
            return own.without_reader(beside, error)
    return beside


def _tesseract(name: str, lang: str, tessdata: str | None) -> Engine:
    if name == "pytesseract" or not tesseract.probe(tessdata).available:
        return program.load(lang, tessdata)
    return tesseract.load(lang, tessdata)
