"""Separator sheets: what is printed can be read by people, by scanners, and the same each time."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
import pypdfium2
import pytest
import zxingcpp

from sohoa_samples.errors import SeparatorCodeInvalid, SeparatorListInvalid
from sohoa_samples.separator import LONGEST, PREFIX, codes_in, sheets_pdf, usable

CODES = ["H26-260930-0012", "000.00.01.H26-260930-0012", "Hồ sơ đất đai 15/2019"]


def test_each_sheet_says_its_code_in_letters_and_twice_in_codes() -> None:
    data = sheets_pdf(CODES)
    with pypdfium2.PdfDocument(data) as pdf:
        assert len(pdf) == len(CODES)
        for page, code in zip(pdf, CODES, strict=True):
            assert [round(side) for side in page.get_size()] == [595, 842]
            text = page.get_textpage().get_text_range()
            assert "TỜ PHÂN CÁCH HỒ SƠ" in text and code in text
            gray = page.render(scale=2, grayscale=True).to_numpy()
            read = zxingcpp.read_barcodes(np.ascontiguousarray(gray))
            assert [one.text for one in read] == [PREFIX + code] * 2


def test_the_same_codes_give_the_same_bytes_and_both_sides_come_when_asked() -> None:
    assert sheets_pdf(CODES) == sheets_pdf(CODES)
    with pikepdf.open(io.BytesIO(sheets_pdf(CODES, both_sides=True))) as pdf:
        assert len(pdf.pages) == 2 * len(CODES)
        assert len({page.Contents.objgen for page in pdf.pages}) == len(CODES)


@pytest.mark.parametrize("code", ["", "  ", "a\nb", "a\x00", "x" * (LONGEST + 1), "a\u202eb"])
def test_codes_that_no_sheet_can_carry_are_refused(code: str) -> None:
    with pytest.raises(SeparatorCodeInvalid):
        usable(code)


def test_letters_that_the_font_lacks_are_refused_not_printed_as_boxes() -> None:
    with pytest.raises(SeparatorCodeInvalid):
        sheets_pdf(["戸籍-1"])


def test_codes_come_from_lines_and_from_tables() -> None:
    assert codes_in(b"H1-1\r\n\nH1-2\nH1-1\n", name="l") == ["H1-1", "H1-2"]
    table = "\ufeffpath;dossier_code\na.jpg;H1-1\nb.jpg;\nc.jpg;Hồ\n"
    assert codes_in(table.encode(), name="l") == ["H1-1", "Hồ"]
    for wrong in (b"\xff\xfe", b"", b"path,dossier_code\n", b'dossier_code\n"a\n'):
        with pytest.raises(SeparatorListInvalid):
            codes_in(wrong, name="l")
