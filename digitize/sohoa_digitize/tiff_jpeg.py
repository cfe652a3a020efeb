"""JPEG inside TIFF (compression 7) as one plain JPEG, without decoding a single pixel.

TIFF cuts a page into strips, each a small JPEG, and keeps their common tables apart (TIFF
Technical Note 2). A JPEG may be cut too, by restart markers: the strips' data, one behind
the other with such markers between, are the same picture in one stream.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any

from PIL import Image

from sohoa_digitize.errors import InputTruncated
from sohoa_digitize.source import StoredImage

_SOF, _SOS, _DRI, _SOI, _EOI = 0xC0, 0xDA, 0xDD, b"\xff\xd8", b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class _Strip:
    """The parts of one strip's JPEG: segments before the scan, scan header, coded data."""

    segments: tuple[bytes, ...]
    frame: bytes
    scan: bytes
    data: bytes


def tiff_jpeg(data: bytes, image: Any) -> StoredImage | None:
    """The page's JPEG as one stream, or None when its strips cannot be joined safely."""
    tags = image.tag_v2
    if tags.get(259) != 7 or tags.get(322) is not None:
        return None
    offsets, counts = tags.get(273), tags.get(279)
    if not offsets or not counts or len(offsets) != len(counts):
        return None
    if any(offset + count > len(data) for offset, count in zip(offsets, counts, strict=True)):
        raise InputTruncated(detail="strip")
    tables = tags.get(347) or b""
    photometric = tags.get(262)
    if photometric not in (1, 2, 6) or not isinstance(tables, bytes):
        return None
    try:
        strips = [
            _parse(data[offset : offset + count])
            for offset, count in zip(offsets, counts, strict=True)
        ]
        shared = _segments(tables) if tables else ()
        joined = _join(strips, shared, int(tags.get(278, image.height)), image.height)
    except (ValueError, IndexError, struct.error):
        return None
    colour = "gray" if photometric == 1 else "rgb"
    if joined is None or not _agrees(joined, image, colour):
        return None
    # RGB without conversion must be told to the filter; a bare JPEG is taken for YCbCr.
    parms: dict[str, int | bool] = {"ColorTransform": 0} if photometric == 2 else {}
    return StoredImage(joined, image.width, image.height, "DCTDecode", colour, 8, parms)


def _agrees(joined: bytes, image: Any, colour: str) -> bool:
    """Decodes as a whole, to the right size."""
    try:
        with Image.open(io.BytesIO(joined), formats=["JPEG"]) as whole:
            whole.load()
            return whole.size == image.size and whole.mode == ("L" if colour == "gray" else "RGB")
    except (OSError, ValueError, SyntaxError):
        return False


def _segments(data: bytes) -> tuple[bytes, ...]:
    """Marker segments of an abbreviated table stream."""
    found: list[bytes] = []
    position = 2
    while position + 4 <= len(data) and data[position : position + 2] != _EOI:
        (length,) = struct.unpack(">H", data[position + 2 : position + 4])
        found.append(data[position : position + 2 + length])
        position += 2 + length
    return tuple(found)


def _parse(data: bytes) -> _Strip:
    if not data.startswith(_SOI):
        raise ValueError("SOI")
    segments: list[bytes] = []
    frame = b""
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise ValueError("marker")
        marker = data[position + 1]
        (length,) = struct.unpack(">H", data[position + 2 : position + 4])
        segment = data[position : position + 2 + length]
        position += 2 + length
        if marker == _SOS:
            end = data.rfind(_EOI)
            if end < position:
                raise ValueError("EOI")
            return _Strip(tuple(segments), frame, segment, data[position:end])
        if marker == _SOF:
            frame = segment
        elif marker in (0xC1, 0xC2, 0xC3, _DRI):
            raise ValueError("only baseline strips without restarts")
        else:
            segments.append(segment)
    raise ValueError("no scan")


def _join(strips: list[_Strip], shared: tuple[bytes, ...], rows: int, height: int) -> bytes | None:
    first = strips[0]
    if not first.frame or any(strip.scan != first.scan for strip in strips):
        return None
    parts = first.frame[9]
    sampling = [first.frame[11 + 3 * i] for i in range(parts)]
    high = 8 * max(s & 15 for s in sampling)
    wide = 8 * max(s >> 4 for s in sampling)
    if parts == 1:
        high = wide = 8  # a scan of one component counts in plain blocks
    (width,) = struct.unpack(">H", first.frame[7:9])
    for strip in strips:
        # Everything but the number of rows must be the same.
        if strip.frame[:5] + strip.frame[7:] != first.frame[:5] + first.frame[7:]:
            return None
        if strip.segments != first.segments:
            return None
    if len(strips) > 1 and rows % high:
        return None
    interval = (rows // high) * -(-width // wide)
    frame = first.frame[:5] + struct.pack(">H", height) + first.frame[7:]
    restart = b""
    if len(strips) > 1:
        if interval > 0xFFFF:
            return None
        restart = b"\xff\xdd" + struct.pack(">HH", 4, interval)
    out = [_SOI, *shared, *first.segments, frame, restart, first.scan]
    for index, strip in enumerate(strips):
        if index:
            out.append(bytes((0xFF, 0xD0 + (index - 1) % 8)))
        out.append(strip.data)
    out.append(_EOI)
    return b"".join(out)
