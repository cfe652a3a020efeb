"""What a file is, told by its content; a name is only a claim."""

from __future__ import annotations

from pathlib import PurePosixPath

JPEG, PNG, TIFF, PDF = "image/jpeg", "image/png", "image/tiff", "application/pdf"
JP2, WEBP = "image/jp2", "image/webp"

#: Kinds that are recognized in order to name them; they are not read.
_OTHERS: tuple[tuple[bytes, int, str], ...] = (
    (b"GIF8", 0, "GIF"),
    (b"BM", 0, "BMP"),
    (b"PK\x03\x04", 0, "ZIP / Office"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "Office 97-2003"),
    (b"ftypheic", 4, "HEIC"),
    (b"ftypheix", 4, "HEIC"),
    (b"ftypavif", 4, "AVIF"),
    (b"Rar!", 0, "RAR"),
    (b"7z\xbc\xaf", 0, "7-Zip"),
    (b"<?xml", 0, "XML"),
    (b"{\\rtf", 0, "RTF"),
)

BY_EXTENSION = {
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".jpe": JPEG,
    ".png": PNG,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".pdf": PDF,
    ".jp2": JP2,
    ".j2k": JP2,
    ".jpf": JP2,
    ".jpx": JP2,
    ".webp": WEBP,
}

NAMES = {
    JPEG: "JPEG",
    PNG: "PNG",
    TIFF: "TIFF",
    PDF: "PDF",
    JP2: "JPEG 2000",
    WEBP: "WebP",
}


def media_type(data: bytes) -> str | None:
    """The media type of a supported file, or None."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return TIFF
    if data.startswith((b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")):
        return JP2
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    # Readers accept junk before the header (ISO 32000-1 Annex H, note 13).
    if b"%PDF-" in data[:1024]:
        return PDF
    return None


def describe(data: bytes) -> str:
    """A short name of what an unsupported file looks like."""
    for mark, offset, name in _OTHERS:
        if data[offset : offset + len(mark)] == mark:
            return name
    head = data[:512]
    if head and all(byte >= 32 or byte in (9, 10, 13) for byte in head):
        return "text"
    return "unknown"


def expected_type(name: str) -> str | None:
    """The media type that the extension of ``name`` claims, or None."""
    return BY_EXTENSION.get(PurePosixPath(name.replace("\\", "/")).suffix.lower())
