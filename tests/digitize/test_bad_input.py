"""Every hostile or broken input ends in its own error, quickly, never in a traceback."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from sohoa_core.errors import SohoaError
from sohoa_core.limits import Limits
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.work import digitize_file
from tests.digitize.conftest import empty_pdf, encoded


def small(mode: str = "RGB") -> Image.Image:
    pixels = np.full((60, 80, 3), 255, np.uint8)
    pixels[20:24, 10:60] = 0
    return Image.fromarray(pixels).convert(mode)


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF with a right cross-reference table around hand-written objects."""
    out = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return out


def _giant(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].MediaBox = pikepdf.Array([0, 0, 10_000_000, 10_000_000])


def _locked(**allow: bool) -> bytes:
    rights = pikepdf.Permissions(**allow)
    return empty_pdf(encryption=pikepdf.Encryption(user="", owner="chủ", allow=rights))


JPEG, PNG, TIFF = (encoded(small(), kind) for kind in ("JPEG", "PNG", "TIFF"))


def _broken_directory() -> bytes:
    start = struct.unpack("<I", TIFF[4:8])[0]
    return TIFF[:start] + b"\xff" * (len(TIFF) - start)


BAD: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "a.jpg", "input.empty"),
    "zeros": (lambda: bytes(5000), "a.jpg", "input.unsupported"),
    "text called pdf": (lambda: b"Xin ch\xc3\xa0o", "a.pdf", "input.wrong_type"),
    "gif": (lambda: encoded(small(), "GIF"), "a.gif", "input.unsupported"),
    "gif called jpg": (lambda: encoded(small(), "GIF"), "a.jpg", "input.wrong_type"),
    "zip": (lambda: b"PK\x03\x04" + bytes(99), "a.docx", "input.unsupported"),
    "half a jpeg": (lambda: JPEG[: len(JPEG) * 2 // 3], "a.jpg", "input.truncated"),
    "jpeg head": (lambda: JPEG[:30], "a.jpg", "input.truncated"),
    "half a png": (lambda: PNG[: len(PNG) // 2], "a.png", "input.truncated"),
    "half a tiff": (lambda: TIFF[: len(TIFF) // 2], "a.tif", "input.truncated"),
    "tiff directory": (_broken_directory, "a.tif", "input.broken"),
    "png bomb": (lambda: png_header(60_000, 60_000), "a.png", "input.too_large"),
    "png area": (lambda: png_header(20_000, 20_000), "a.png", "input.too_large"),
    "png lie": (lambda: png_header(3_000, 3_000), "a.png", "input.truncated"),
    "user password": (
        lambda: empty_pdf(encryption=pikepdf.Encryption(user="mật khẩu", owner="chủ")),
        "a.pdf",
        "input.encrypted",
    ),
    "owner password": (lambda: _locked(extract=False), "a.pdf", "input.restricted"),
    "no pages": (lambda: empty_pdf(pages=0), "a.pdf", "input.no_pages"),
    "giant page": (lambda: empty_pdf(_giant), "a.pdf", "input.too_large"),
    "page loop": (
        lambda: raw_pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>"),
        "a.pdf",
        "input.broken",
    ),
    "half a pdf": (lambda: empty_pdf()[:200], "a.pdf", "input.broken"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_has_its_code(case: str, options: DigitizeOptions, limits: Limits) -> None:
    make, name, code = BAD[case]
    with pytest.raises(SohoaError) as caught:
        digitize_file(make(), name=name, options=options, limits=limits)
    assert caught.value.code == code
    assert caught.value.where == name
    assert caught.value.message("en") and caught.value.remedy("en")


def test_nested_objects_do_not_bring_it_down(options: DigitizeOptions, limits: Limits) -> None:
    deep = b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 20_000 + b"]" * 20_000 + b">>"
    data = raw_pdf(
        deep,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
    )
    with pytest.raises(SohoaError):
        digitize_file(data, name="a.pdf", options=options, limits=limits)


def test_content_bomb_is_not_unpacked_by_us(options: DigitizeOptions, limits: Limits) -> None:
    def bomb(pdf: pikepdf.Pdf) -> None:
        stream = pikepdf.Stream(pdf, b"")
        stream.write(zlib.compress(b" " * 60_000_000, 9), filter=pikepdf.Name.FlateDecode)
        pdf.pages[0].obj.Contents = pdf.make_indirect(stream)

    result = digitize_file(empty_pdf(bomb), name="a.pdf", options=options, limits=limits)
    assert result.pages[0].blank


def test_owner_lock_that_allows_copying_is_read(options: DigitizeOptions, limits: Limits) -> None:
    data = _locked(modify_other=False)
    result = digitize_file(data, name="a.pdf", options=options, limits=limits)
    assert "digitize.owner_locked" in {f.rule for f in result.findings}
    with pikepdf.open(io.BytesIO(result.pdf)) as pdf:
        assert not pdf.is_encrypted


def test_limits_are_the_callers(options: DigitizeOptions) -> None:
    many = empty_pdf(pages=4)
    with pytest.raises(SohoaError) as caught:
        digitize_file(many, name="a.pdf", options=options, limits=Limits(pages=3))
    assert caught.value.code == "input.too_large"
    with pytest.raises(SohoaError) as caught:
        digitize_file(PNG, name="a.png", options=options, limits=Limits(page_pixels=1000))
    assert caught.value.args_by_name["limit"] == "page_pixels"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damage_anywhere_is_an_error_or_a_result(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([JPEG, PNG, TIFF, empty_pdf()]))
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(8, len(whole)))
    options = DigitizeOptions()
    limits = Limits(page_pixels=4_000_000, page_side=4_000)
    try:
        digitize_file(bytes(damaged[:cut]), name="a.bin", options=options, limits=limits)
    except SohoaError as error:
        assert error.code != "internal.unclassified"
