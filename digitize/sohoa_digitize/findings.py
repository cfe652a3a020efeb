"""The findings that digitizing can make about an input, each with its message in one place."""

from __future__ import annotations

from typing import Any

from sohoa_core.facts import FindingFact, Severity
from sohoa_core.i18n import N_

ARCHIVE_CIRCULAR = "TT 05/2025/TT-BNV, Điều 8"

_KNOWN: dict[str, tuple[Severity, str, str | None, str]] = {
    "digitize.wrong_extension": (
        Severity.WARNING,
        N_("The content is {found}, but the name says {expected}; it was read by its content."),
        None,
        "verified",
    ),
    "digitize.low_resolution": (
        Severity.WARNING,
        N_("Page {page} has {dpi} dpi; at least {floor} dpi is required."),
        ARCHIVE_CIRCULAR,
        "secondary",
    ),
    "digitize.resolution_unknown": (
        Severity.INFO,
        N_("Page {page} does not state its resolution; {dpi} dpi was taken from an A4 sheet."),
        None,
        "verified",
    ),
    "digitize.not_colour": (
        Severity.INFO,
        N_("Page {page} is not a 24-bit colour scan; the original may have had colour."),
        ARCHIVE_CIRCULAR,
        "secondary",
    ),
    "digitize.blank_page": (
        Severity.REVIEW,
        N_("Page {page} looks blank."),
        None,
        "verified",
    ),
    "digitize.reader_missing": (
        Severity.WARNING,
        N_("Only Tesseract read this paper; sohoa's own reader could not be used [{reason}]."),
        None,
        "verified",
    ),
    "digitize.poor_reading": (
        Severity.REVIEW,
        N_("Page {page} was read with low confidence ({confidence}); compare it with the paper."),
        None,
        "verified",
    ),
    "digitize.skewed": (
        Severity.INFO,
        N_("Page {page} lies askew by {degrees} degrees."),
        None,
        "verified",
    ),
    "digitize.turned": (
        Severity.INFO,
        N_("Page {page} was turned by {degrees} degrees to be upright."),
        None,
        "verified",
    ),
    "digitize.junk_text_layer": (
        Severity.INFO,
        N_("Page {page} carries a text layer without Vietnamese marks; it was ignored."),
        None,
        "verified",
    ),
    "digitize.rendered": (
        Severity.INFO,
        N_("Page {page} is not one scanned image; the archival copy shows it at {dpi} dpi."),
        None,
        "verified",
    ),
    "digitize.signed_original": (
        Severity.INFO,
        N_(
            "The file carries a digital signature: it is kept byte for byte, and the text is in "
            "a second rendition."
        ),
        None,
        "verified",
    ),
    "digitize.owner_locked": (
        Severity.INFO,
        N_("The file was locked by its owner against changes; the archival copy is not locked."),
        None,
        "verified",
    ),
    "digitize.recoded": (
        Severity.INFO,
        N_("The image of page {page} was stored in another lossless coding ({reason})."),
        None,
        "verified",
    ),
    "digitize.type_unknown": (
        Severity.REVIEW,
        N_("The kind of document could not be told from its text."),
        None,
        "verified",
    ),
    "digitize.not_pdfa": (
        Severity.WARNING,
        N_("The archival copy does not claim PDF/A, because a check failed: {problems}"),
        ARCHIVE_CIRCULAR,
        "secondary",
    ),
    "digitize.repaired": (
        Severity.WARNING,
        N_("The file was damaged and could only be read after repair."),
        None,
        "verified",
    ),
    "digitize.page_twice": (
        Severity.REVIEW,
        N_("Page {page} looks like page {before}: scanned twice, or with and without a note?"),
        "TT 01/2023/TT-VPCP, Điều 8",
        "verified",
    ),
    "digitize.duplicate": (
        Severity.REVIEW,
        N_("The file has the same bytes as {other} (dossier {dossier}); both were kept."),
        None,
        "verified",
    ),
    "digitize.near_duplicate": (
        Severity.REVIEW,
        N_("The first page looks and reads like {other}; both were kept."),
        None,
        "verified",
    ),
    "digitize.separator_unreadable": (
        Severity.REVIEW,
        N_("The separator sheet before this paper names no dossier that can be read."),
        None,
        "verified",
    ),
    "digitize.separator_unknown": (
        Severity.REVIEW,
        N_("The separator sheet before this paper names {code}, which no record knows."),
        None,
        "verified",
    ),
    "digitize.separator_form": (
        Severity.REVIEW,
        N_("{code} on the separator sheet has not the form of a dossier code."),
        None,
        "verified",
    ),
    "digitize.separator_again": (
        Severity.REVIEW,
        N_("The pile has sheets of {code} in two places; the first is {first}."),
        None,
        "verified",
    ),
    "digitize.separator_carried": (
        Severity.REVIEW,
        N_("The paper has no sheet of its own; it was filed in {code}, the last sheet of {other}."),
        None,
        "verified",
    ),
    "digitize.separator_disagrees": (
        Severity.REVIEW,
        N_("The manifest files this paper elsewhere than the separator sheet before it ({code})."),
        None,
        "verified",
    ),
    "digitize.separator_unsure": (
        Severity.REVIEW,
        N_("{other}, before this paper, could not be read: it may have been a separator sheet."),
        None,
        "verified",
    ),
    "digitize.compressed": (
        Severity.INFO,
        N_(
            "The archival copy holds {pages} images as JPEG of quality {quality}: {ratio} times "
            "smaller, at worst {psnr} dB from the scan. The original is unchanged."
        ),
        None,
        "verified",
    ),
    "digitize.compressed_lossless": (
        Severity.INFO,
        N_("The archival copy holds {pages} images in a smaller coding without loss ({ratio}:1)."),
        None,
        "verified",
    ),
    "digitize.more_frames": (
        Severity.WARNING,
        N_("The image has {frames} frames; only the first was taken."),
        None,
        "verified",
    ),
}


def finding(rule: str, *, page: int | None = None, **args: Any) -> FindingFact:
    """The finding called ``rule``; ``args`` fill its message, ``page`` counts from 1."""
    severity, message, basis, verified = _KNOWN[rule]
    if page is not None:
        args = {"page": page, **args}
    return FindingFact(rule, severity, message, args, basis, verified, page=page)
