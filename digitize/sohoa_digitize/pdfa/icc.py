"""ICC profiles that the archival file needs, written by ourselves and always the same bytes.

* sRGB for the output intent (IEC 61966-2-1 primaries adapted to D50, its curve as a table);
* a plain CMYK profile for scans in CMYK that carry none: PDF/A-2 (6.2.4.3) forbids device
  CMYK without one. It states the simple subtractive mixture that viewers assume anyway.
"""

from __future__ import annotations

import struct
from functools import cache

# IEC 61966-2-1 primaries, chromatically adapted to D50 (ICC.1:2010, annex E).
_RED, _GREEN, _BLUE = (
    (0.43607, 0.22249, 0.01392),
    (0.38515, 0.71687, 0.09708),
    (
        0.14307,
        0.06061,
        0.71410,
    ),
)
_D50 = (0.9642, 1.0, 0.8249)
_VERSION = 0x02400000


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(v) for v in values)


def _text(value: str) -> bytes:
    return b"text\0\0\0\0" + value.encode("ascii") + b"\0"


def _description(value: str) -> bytes:
    raw = value.encode("ascii") + b"\0"
    return (
        b"desc\0\0\0\0"
        + struct.pack(">I", len(raw))
        + raw
        + struct.pack(">IIHB", 0, 0, 0, 0)
        + bytes(67)
    )


def _curve() -> bytes:
    values = []
    for i in range(1024):
        x = i / 1023
        y = x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
        values.append(round(y * 65535))
    return b"curv\0\0\0\0" + struct.pack(">I", 1024) + struct.pack(">1024H", *values)


def _profile(kind: bytes, space: bytes, pcs: bytes, tags: list[tuple[bytes, bytes]]) -> bytes:
    table = struct.pack(">I", len(tags))
    offset = 128 + 4 + 12 * len(tags)
    body = b""
    places: dict[bytes, tuple[int, int]] = {}
    for name, data in tags:
        if data not in places:
            places[data] = (offset + len(body), len(data))
            body += data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", *places[data])
    header = struct.pack(
        ">I4sI4s4s4s", 128 + len(table) + len(body), b"\0\0\0\0", _VERSION, kind, space, pcs
    )
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(4) + bytes(4)
    header += bytes(4) + bytes(4) + bytes(8) + struct.pack(">I", 0)
    header += b"".join(_fixed(v) for v in _D50) + b"soho"
    return header.ljust(128, b"\0") + table + body


@cache
def srgb() -> bytes:
    """The sRGB display profile (class ``mntr``, ICC version 2.4)."""
    curve = _curve()
    return _profile(
        b"mntr",
        b"RGB ",
        b"XYZ ",
        [
            (b"desc", _description("sRGB IEC61966-2.1 (sohoa)")),
            (b"cprt", _text("No copyright, use freely")),
            (b"wtpt", _xyz(_D50)),
            (b"rXYZ", _xyz(_RED)),
            (b"gXYZ", _xyz(_GREEN)),
            (b"bXYZ", _xyz(_BLUE)),
            (b"rTRC", curve),
            (b"gTRC", curve),
            (b"bTRC", curve),
        ],
    )


def _lab(c: float, m: float, y: float, k: float) -> tuple[int, int, int]:
    linear = []
    for ink in (c, m, y):
        value = (1 - ink) * (1 - k)
        linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    xyz = [
        sum(p[i] * v for p, v in zip((_RED, _GREEN, _BLUE), linear, strict=True)) / _D50[i]
        for i in range(3)
    ]
    f = [t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in xyz]
    lightness, a, b = 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])
    return (
        round(min(max(lightness, 0), 100) * 2.55),
        round(min(max(a + 128, 0), 255)),
        round(min(max(b + 128, 0), 255)),
    )


@cache
def cmyk() -> bytes:
    """A CMYK profile (class ``prtr``, Lab): the plain subtractive mixture, table of 5^4 points."""
    grid = [i / 4 for i in range(5)]
    points = bytes(
        value for c in grid for m in grid for y in grid for k in grid for value in _lab(c, m, y, k)
    )
    identity = b"".join(_fixed(v) for v in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    ramp = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 5, 0)) + identity + ramp * 4 + points + ramp * 3
    return _profile(
        b"prtr",
        b"CMYK",
        b"Lab ",
        [
            (b"desc", _description("Plain CMYK (sohoa)")),
            (b"cprt", _text("No copyright, use freely")),
            (b"wtpt", _xyz(_D50)),
            (b"A2B0", lut),
            (b"A2B1", lut),
            (b"A2B2", lut),
        ],
    )


def usable(profile: bytes | None, components: int) -> bool:
    """Whether an embedded profile may be kept in PDF/A-2 (6.2.4.2: ICC versions up to 4)."""
    if profile is None or len(profile) < 132 or profile[36:40] != b"acsp":
        return False
    if struct.unpack(">I", profile[:4])[0] != len(profile) or profile[8] > 4:
        return False
    if profile[12:16] not in (b"scnr", b"mntr", b"prtr", b"spac"):
        return False
    return profile[16:20] == {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}[components]
