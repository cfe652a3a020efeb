"""Tesseract in this process: one loaded engine for each language, kept until the end.

Loading the model costs more than reading a page, so a worker loads it once. Tesseract's own
threads are switched off before the library loads: the batch engine runs one worker for each
core, and threads that compete with it cost a third of the time and gain nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # before the library is loaded, see above

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sohoa_digitize.engine.protocol import Engine, EngineInfo, Reading
from sohoa_digitize.errors import MissingEngine, MissingLanguage
from sohoa_digitize.words import Word, nfc

#: Debian packages that bring the engine and the data that sohoa uses.
PACKAGES = "tesseract-ocr tesseract-ocr-vie tesseract-ocr-eng tesseract-ocr-osd"

_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)


def find_tessdata(chosen: str | None = None) -> Path | None:
    """The folder with the ``*.traineddata`` files: as chosen, ``TESSDATA_PREFIX``, usual places."""
    if chosen:
        return Path(chosen) if Path(chosen).is_dir() else None
    candidates = [os.environ.get("TESSDATA_PREFIX", ""), *_FOLDERS]
    for candidate in candidates:
        if candidate and any(Path(candidate).glob("*.traineddata")):
            return Path(candidate)
    return None


def languages_in(folder: Path) -> tuple[str, ...]:
    """Names of the data in ``folder``; models of a script are named ``script/NAME``."""
    plain = sorted(path.stem for path in folder.glob("*.traineddata"))
    scripts = sorted(f"script/{path.stem}" for path in folder.glob("script/*.traineddata"))
    return (*plain, *scripts)


def probe(tessdata: str | None = None) -> EngineInfo:
    """Is Tesseract there, in which version, with which languages? Loads no model."""
    folder = find_tessdata(tessdata)
    languages = languages_in(folder) if folder else ()
    try:
        import tesserocr
    except ImportError as error:
        return EngineInfo("tesserocr", False, languages=languages, reason=str(error))
    version = tesserocr.tesseract_version().split()[1]
    if not languages:
        return EngineInfo("tesserocr", False, version, reason="no traineddata")
    return EngineInfo("tesserocr", True, version, languages, str(folder))


@cache
def load(lang: str, tessdata: str | None) -> Engine:
    """The in-process engine for ``lang``, loaded once.

    Raises :class:`MissingEngine` or :class:`MissingLanguage`.
    """
    info = probe(tessdata)
    if not info.available:
        raise MissingEngine(packages=PACKAGES, tool="tesseract", remedy=PACKAGES)
    for part in lang.split("+"):
        if part not in info.languages:
            raise MissingLanguage(
                language=part, folder=info.data, packages=f"tesseract-ocr-{part}", tool=part
            )
    return _Tesserocr(lang, info)


class _Tesserocr:
    def __init__(self, lang: str, info: EngineInfo) -> None:
        import tesserocr

        self.info = info
        self._lib = tesserocr
        self._lang = lang
        # Leptonica would otherwise write its complaints about odd images to standard error.
        if hasattr(tesserocr, "set_leptonica_log_level"):
            tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
        self._api = tesserocr.PyTessBaseAPI(
            path=info.data, lang=lang, psm=tesserocr.PSM.SINGLE_COLUMN, oem=tesserocr.OEM.LSTM_ONLY
        )
        self._api.SetVariable("debug_file", os.devnull)
        self._osd: Any = None

    def read(self, gray: NDArray[np.uint8], *, dpi: int, block: bool = False) -> Reading:
        psm = self._lib.PSM.SINGLE_BLOCK if block else self._lib.PSM.SINGLE_COLUMN
        return self._recognize(gray, dpi, psm)

    def read_line(self, gray: NDArray[np.uint8], *, dpi: int, letters: str = "") -> Reading:
        self._api.SetVariable("tessedit_char_whitelist", letters)
        try:
            return self._recognize(gray, dpi, self._lib.PSM.SINGLE_LINE)
        finally:
            self._api.SetVariable("tessedit_char_whitelist", "")

    def read_lines(self, grays: Sequence[NDArray[np.uint8]], *, dpi: int) -> tuple[Reading, ...]:
        return tuple(self.read_line(gray, dpi=dpi) for gray in grays)

    def _show(self, gray: NDArray[np.uint8], dpi: int, psm: int) -> None:
        self._api.SetPageSegMode(psm)
        height, width = gray.shape
        self._api.SetImageBytes(np.ascontiguousarray(gray).tobytes(), width, height, 1, width)
        self._api.SetSourceResolution(dpi)

    def _recognize(self, gray: NDArray[np.uint8], dpi: int, psm: int) -> Reading:
        api = self._api
        self._show(gray, dpi, psm)
        try:
            api.Recognize()
            return self._collect(api.GetIterator())
        finally:
            api.Clear()

    def _collect(self, iterator: Any) -> Reading:
        level = self._lib.RIL.WORD
        lines: list[tuple[Word, ...]] = []
        baselines: list[float] = []
        words: list[Word] = []
        if iterator is None:
            return Reading((), (), 0.0)
        base = 0.0
        for item in self._lib.iterate_level(iterator, level):
            if item.IsAtBeginningOf(self._lib.RIL.TEXTLINE):
                if words:
                    lines.append(tuple(words))
                    baselines.append(base)
                words = []
                ends = item.Baseline(self._lib.RIL.TEXTLINE)
                base = (ends[0][1] + ends[1][1]) / 2 if ends else 0.0
            if item.Empty(level):
                continue
            text = nfc(item.GetUTF8Text(level) or "").strip()
            box = item.BoundingBox(level)
            if text and box:
                left, top, right, bottom = (float(side) for side in box)
                sure = max(0.0, item.Confidence(level) / 100)
                words.append(Word(text, (left, top, right, bottom), sure))
        if words:
            lines.append(tuple(words))
            baselines.append(base)
        total = sum(len(w.text) for line in lines for w in line)
        mean = (
            sum(w.confidence * len(w.text) for line in lines for w in line) / total if total else 0
        )
        return Reading(tuple(lines), tuple(baselines), mean)

    def orientation(self, gray: NDArray[np.uint8]) -> tuple[int, float]:
        if "osd" not in self.info.languages:
            return 0, 0.0
        if self._osd is None:
            self._osd = self._lib.PyTessBaseAPI(
                path=self.info.data, lang="osd", psm=self._lib.PSM.OSD_ONLY
            )
            self._osd.SetVariable("debug_file", os.devnull)
        self._osd.SetImage(Image.fromarray(gray))
        found = self._osd.DetectOrientationScript()
        self._osd.Clear()
        if not found:
            return 0, 0.0
        # Tesseract says how far the page was turned, counted the other way round.
        return -int(found["orient_deg"]) % 360, float(found["orient_conf"])
