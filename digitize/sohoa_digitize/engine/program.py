"""Tesseract as a program of its own, where no in-process build exists for the platform.

Slower (the model is loaded for every page), same words. Uses pytesseract to start it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sohoa_digitize.engine.protocol import Engine, EngineInfo, Reading
from sohoa_digitize.engine.tesseract import PACKAGES, find_tessdata, languages_in
from sohoa_digitize.errors import MissingEngine, MissingLanguage
from sohoa_digitize.words import Word, mean_confidence, nfc


def probe(tessdata: str | None = None) -> EngineInfo:
    """Is the ``tesseract`` program there (with pytesseract to start it)?"""
    try:
        import pytesseract
    except ImportError as error:
        return EngineInfo("pytesseract", False, reason=str(error))
    try:
        version = str(pytesseract.get_tesseract_version()).split()[0]
    except (OSError, pytesseract.TesseractNotFoundError) as error:
        return EngineInfo("pytesseract", False, reason=str(error))
    folder = find_tessdata(tessdata)
    languages = languages_in(folder) if folder else ()
    return EngineInfo("pytesseract", bool(languages), version, languages, str(folder or ""))


@cache
def load(lang: str, tessdata: str | None) -> Engine:
    """The engine for ``lang``; raises :class:`MissingEngine`, :class:`MissingLanguage`."""
    info = probe(tessdata)
    if not info.available:
        raise MissingEngine(packages=PACKAGES, tool="tesseract", remedy=PACKAGES)
    for part in lang.split("+"):
        if part not in info.languages:
            raise MissingLanguage(
                language=part, folder=info.data, packages=f"tesseract-ocr-{part}", tool=part
            )
    return _Program(lang, info)


class _Program:
    def __init__(self, lang: str, info: EngineInfo) -> None:
        self.info = info
        self._lang = lang

    def _data(self, shown: NDArray[np.uint8] | str, config: str) -> dict[str, list[Any]]:
        import pytesseract

        found: dict[str, list[Any]] = pytesseract.image_to_data(
            shown if isinstance(shown, str) else Image.fromarray(shown),
            lang=self._lang,
            config=f'--tessdata-dir "{self.info.data}" {config}',
            output_type=pytesseract.Output.DICT,
        )
        return found

    def read(self, gray: NDArray[np.uint8], *, dpi: int, block: bool = False) -> Reading:
        return self._read(gray, f"--dpi {dpi} --psm {6 if block else 4}")

    def read_line(self, gray: NDArray[np.uint8], *, dpi: int, letters: str = "") -> Reading:
        extra = f" -c tessedit_char_whitelist={letters}" if letters else ""
        return self._read(gray, f"--dpi {dpi} --psm 7{extra}")

    def _read(self, gray: NDArray[np.uint8], config: str) -> Reading:
        data = self._data(gray, config)
        lines: dict[tuple[int, ...], list[Word]] = {}
        for i in range(len(data["text"])):
            _take(data, i, lines)
        return _reading(lines)

    def read_lines(self, grays: Sequence[NDArray[np.uint8]], *, dpi: int) -> tuple[Reading, ...]:
        if not grays:
            return ()
        # One start for all of them: the program takes a list of images for its pages.
        with tempfile.TemporaryDirectory(prefix="sohoa-") as folder:
            paths = [Path(folder, f"{n}.png") for n in range(len(grays))]
            for path, gray in zip(paths, grays, strict=True):
                Image.fromarray(gray).save(path)
            listed = Path(folder, "lines.txt")
            listed.write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
            data = self._data(str(listed), f"--dpi {dpi} --psm 7")
        pages: list[dict[tuple[int, ...], list[Word]]] = [{} for _ in grays]
        for i, page in enumerate(data["page_num"]):
            _take(data, i, pages[int(page) - 1])
        return tuple(map(_reading, pages))

    def orientation(self, gray: NDArray[np.uint8]) -> tuple[int, float]:
        import pytesseract

        try:
            found = pytesseract.image_to_osd(
                Image.fromarray(gray),
                config=f'--tessdata-dir "{self.info.data}"',
                output_type=pytesseract.Output.DICT,
            )
        except pytesseract.TesseractError:  # too few letters to tell
            return 0, 0.0
        return int(found["rotate"]) % 360, float(found["orientation_conf"])


def _take(data: dict[str, list[Any]], i: int, lines: dict[tuple[int, ...], list[Word]]) -> None:
    """Put word ``i`` of the program's table into its line."""
    text = nfc(str(data["text"][i])).strip()
    if not text or float(data["conf"][i]) < 0:
        return
    left, top = float(data["left"][i]), float(data["top"][i])
    box = (left, top, left + float(data["width"][i]), top + float(data["height"][i]))
    key = (int(data["block_num"][i]), int(data["par_num"][i]), int(data["line_num"][i]))
    lines.setdefault(key, []).append(Word(text, box, float(data["conf"][i]) / 100))


def _reading(lines: dict[tuple[int, ...], list[Word]]) -> Reading:
    rows = tuple(tuple(words) for words in lines.values())
    # The program does not tell baselines; letters without descenders end on them.
    baselines = tuple(float(np.median([word.box[3] for word in row])) for row in rows)
    return Reading(rows, baselines, mean_confidence([word for row in rows for word in row]))
