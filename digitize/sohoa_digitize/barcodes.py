"""QR codes and barcodes on pages: identity cards, receipts, separator sheets.

The chip identity card (CCCD) carries seven fields in its QR code; receipts of the one-stop
shop carry at least the dossier code (TT 01/2023/TT-VPCP). What a code says is surer than what
print says, but it is read values like all others: with origin, page and place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from sohoa_core.facts import Box, FieldFact, ReviewState, Source
from sohoa_digitize.extract.reasons import Reason
from sohoa_digitize.source import Pixels
from sohoa_digitize.words import nfc
from sohoa_vietnam.identifiers.card_qr import read_card_qr
from sohoa_vietnam.identifiers.dossier_code import read_dossier_code

#: Text that a separator sheet's code begins with; the dossier code follows.
SEPARATOR = "SOHOA:DOSSIER:"
#: A code is read with error correction: it is right or it is not read.
_SURE = 0.99
_LONGEST = 3000
#: The longer side in pixels on which codes are looked for first; enough for a QR of 15 mm.
_SIDE = 2000
_CARD = {
    "personal_id": "so_dinh_danh",
    "name": "ho_ten",
    "birth_date": "ngay_sinh",
    "sex": "gioi_tinh",
    "issue_date": "date",
    "address": "noi_cu_tru",
    "cmnd": "so_cmnd",
}
_SEX = {"male": "Nam", "female": "Nữ"}


@dataclass(frozen=True, slots=True)
class Code:
    """One code: its text and its place in millimetres of the page as displayed."""

    text: str
    kind: str
    box: Box


def read_codes(pixels: Pixels, dpi: tuple[float, float]) -> tuple[Code, ...]:
    """QR, DataMatrix and Code 128 codes of an upright page; none when no reader is there."""
    try:
        import zxingcpp
    except ImportError:
        return ()
    gray = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    scale = min(1.0, _SIDE / max(gray.shape))
    if scale < 1.0:
        size = (round(gray.shape[1] * scale), round(gray.shape[0] * scale))
        gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))
    kinds = zxingcpp.BarcodeFormat
    found: list[Code] = []
    # Downscaling and inverted codes double the cost; printed codes of offices need neither.
    for code in zxingcpp.read_barcodes(
        np.ascontiguousarray(gray),
        formats=zxingcpp.BarcodeFormats([kinds.QRCode, kinds.DataMatrix, kinds.Code128]),
        try_downscale=False,
        try_invert=False,
    ):
        text = nfc(_text(code.bytes, code.text))
        if not text or len(text) > _LONGEST:
            continue
        place = code.position
        corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
        kx, ky = 25.4 / dpi[0] / scale, 25.4 / dpi[1] / scale
        xs, ys = [c.x * kx for c in corners], [c.y * ky for c in corners]
        box = (round(min(xs), 2), round(min(ys), 2), round(max(xs), 2), round(max(ys), 2))
        found.append(Code(text, str(code.format).rpartition(".")[2], box))
    return tuple(sorted(found, key=lambda code: (code.box[1], code.box[0])))


def _text(data: bytes, text: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return text


def facts_of(codes: Sequence[Code], page: int, doc_type: str) -> list[FieldFact]:
    """What the codes of a page say, as fields.

    On an identity card they are the card's own fields; on any other paper they speak of a
    card that was shown, and their names begin with ``can_cuoc_``.
    """
    facts: list[FieldFact] = []

    def add(name: str, value: str, code: Code) -> None:
        if all(fact.name != name for fact in facts):
            facts.append(
                FieldFact(name, nfc(value), code.text, _SURE, Source.BARCODE, page, code.box)
            )

    for code in codes:
        if code.text.startswith(SEPARATOR):
            continue
        card = read_card_qr(code.text) if code.text.count("|") >= 5 else None
        if card is not None and card.valid:
            before = "" if doc_type == "the_can_cuoc" else "can_cuoc_"
            for part, name in _CARD.items():
                if value := card.parts.get(part):
                    add(before + name, _SEX.get(value, value), code)
            continue
        for word in re.split(r"[\s|;,]+", code.text):
            if re.search(r"-\d{6,8}-\d{4,7}$", word) and read_dossier_code(word).valid:
                add("ma_ho_so", word, code)
                break
        else:
            if code.kind.startswith("QR"):
                add("ma_qr", code.text[:500], code)
    return facts


def with_codes(fields: Sequence[FieldFact], said: Sequence[FieldFact]) -> tuple[FieldFact, ...]:
    """``fields`` with what codes said in the place of what was read of the same name.

    Where print was read surely and says something else, a person must look.
    """
    by_code = {fact.name: fact for fact in said}
    kept: list[FieldFact] = []
    for field in fields:
        fact = by_code.pop(field.name, None)
        if fact is None:
            kept.append(field)
            continue
        sure = field.review is ReviewState.NOT_NEEDED and field.value
        if sure and field.value.casefold() != fact.value.casefold():
            reason = str(Reason.DISAGREES)
            fact = replace(fact, review=ReviewState.NEEDED, reason=reason, confidence=0.6)
        kept.append(fact)
    return (*kept, *by_code.values())
