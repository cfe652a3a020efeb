"""Opens one input: tells its kind by its content and checks the limits before any decoding."""

from __future__ import annotations

from dataclasses import replace

from sohoa_core.errors import InputEmpty, InputUnsupported, InputWrongType
from sohoa_core.limits import Limits
from sohoa_digitize import sniff
from sohoa_digitize.findings import finding
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.pdf_source import open_pdf
from sohoa_digitize.raster import open_raster
from sohoa_digitize.source import Source


def open_source(data: bytes, *, name: str, options: DigitizeOptions, limits: Limits) -> Source:
    """The opened input; ``name`` is only used for its extension and in errors.

    Readable content under a wrong extension is read and reported as a finding. Raises
    ``InputEmpty``, ``InputWrongType`` (the extension claims a supported kind, the content is
    none), ``InputUnsupported``, ``InputTooLarge``, ``InputEncrypted``, ``InputTruncated``,
    ``InputBroken`` or ``InputNoPages``.
    """
    if not data:
        raise InputEmpty(where=name)
    limits.check("file_megabytes", len(data) / 1_000_000, where=name)
    found = sniff.media_type(data)
    expected = sniff.expected_type(name)
    if found is None:
        if not data.strip(b"\x00"):
            raise InputUnsupported(where=name, found="unknown")
        if expected is not None:
            raise InputWrongType(
                where=name, found=sniff.describe(data), expected=sniff.NAMES[expected]
            )
        raise InputUnsupported(where=name, found=sniff.describe(data))
    if found == sniff.PDF:
        source = open_pdf(data, name=name, options=options, limits=limits)
    else:
        source = open_raster(data, found, name=name, limits=limits)
    if expected is not None and expected != found:
        note = finding(
            "digitize.wrong_extension", found=sniff.NAMES[found], expected=sniff.NAMES[expected]
        )
        source = replace(source, findings=(note, *source.findings))
    return source
