"""The words for what can be wrong: codes, their weight, and one plain sentence each.

A code never changes; the sentence is the English key of the catalogues. ``Weight`` says what
a code does to the verdict, nothing else in this room does.
"""

from __future__ import annotations

import enum

from sohoa_core.i18n import N_


class Weight(enum.Enum):
    """What a problem means for the signature it concerns."""

    #: The bytes are not what was signed, or are built to deceive.
    BROKEN = "broken"
    #: The signature itself is ill-formed or does not verify.
    FORMAT = "format"
    #: It may be in order but cannot be relied on.
    DOUBT = "doubt"


PROBLEMS: dict[str, tuple[Weight, str]] = {
    # the bytes
    "trailing_bytes": (Weight.BROKEN, N_("There are bytes after the end of the document.")),
    "uncovered_tail": (Weight.BROKEN, N_("Bytes at the end of the file are not signed.")),
    "hybrid_conflict": (
        Weight.BROKEN,
        N_("Old and new readers would see different documents (two object tables disagree)."),
    ),
    "ranges_overlap": (Weight.BROKEN, N_("Two signatures claim the same range of bytes.")),
    "signature_shared": (Weight.BROKEN, N_("Two fields share one signature.")),
    "signature_removed": (Weight.BROKEN, N_("A signature was removed after signing.")),
    "signature_unreachable": (
        Weight.BROKEN,
        N_("The file holds a signature that its structure no longer leads to."),
    ),
    "signature_replaced": (
        Weight.BROKEN,
        N_("The signature's data were replaced after signing."),
    ),
    "signature_not_dictionary": (Weight.FORMAT, N_("The signature field holds no signature.")),
    "signature_hidden": (Weight.FORMAT, N_("The signature does not lie openly in the file.")),
    "signature_type": (Weight.FORMAT, N_("The signature contradicts itself about its type.")),
    "duplicate_key": (Weight.FORMAT, N_("An entry of the signature occurs twice.")),
    "byte_range": (
        Weight.BROKEN,
        N_("The signature does not say which bytes it signs, or says it wrongly."),
    ),
    "byte_range_indirect": (Weight.FORMAT, N_("The signed range is not stated directly.")),
    "contents": (Weight.BROKEN, N_("The signature field is empty: no signature value.")),
    "gap": (Weight.BROKEN, N_("The signature leaves out more bytes than its own value.")),
    "not_revision_end": (
        Weight.BROKEN,
        N_("The signature does not cover the document up to a complete version."),
    ),
    "beyond_size": (
        Weight.DOUBT,
        N_("Some objects lie beyond the size that the file states; readers may ignore them."),
    ),
    "other_view": (
        Weight.BROKEN,
        N_("Two readers see different pages in this file."),
    ),
    "other_view_failed": (
        Weight.DOUBT,
        N_("Another reader cannot open this file without repairing it."),
    ),
    # later changes
    "increment_garbage": (Weight.BROKEN, N_("Something that is no PDF update was appended.")),
    "increment_tail": (Weight.BROKEN, N_("An appended update does not end properly.")),
    "object_twice": (Weight.BROKEN, N_("An appended update defines an object twice.")),
    "object_unlisted": (Weight.BROKEN, N_("An appended update hides an object.")),
    "object_redirected": (
        Weight.BROKEN,
        N_("An appended update makes an object point to other bytes."),
    ),
    "object_overwritten": (
        Weight.BROKEN,
        N_("An object of the signed document was overwritten afterwards."),
    ),
    "changed_although_locked": (
        Weight.BROKEN,
        N_("The document was changed although its certification allows no change."),
    ),
    "changed_catalog": (Weight.BROKEN, N_("The document's structure was changed after signing.")),
    "changed_identity": (Weight.BROKEN, N_("The document's identity was changed after signing.")),
    "changed_structure": (
        Weight.BROKEN,
        N_("The document's structure was damaged after signing."),
    ),
    "changed_pages": (
        Weight.BROKEN,
        N_("Pages were added, removed or reordered after signing."),
    ),
    "changed_page_content": (
        Weight.BROKEN,
        N_("The content of a page was changed after signing."),
    ),
    "changed_annotation": (
        Weight.BROKEN,
        N_("A note or mark on a page was changed or removed after signing."),
    ),
    "added_annotation": (
        Weight.BROKEN,
        N_("Something was laid over a page after signing."),
    ),
    "added_overlay": (
        Weight.BROKEN,
        N_("A picture without a signature was laid over a page after signing."),
    ),
    "added_field": (Weight.BROKEN, N_("A form field was added after signing.")),
    "added_action": (Weight.BROKEN, N_("An automatic action was added after signing.")),
    "changed_layers": (Weight.BROKEN, N_("The visibility of layers was changed after signing.")),
    "changed_form": (Weight.BROKEN, N_("The form was changed after signing.")),
    "value_and_look_differ": (
        Weight.BROKEN,
        N_("A form field shows something else than it holds."),
    ),
    "validation_data_removed": (
        Weight.BROKEN,
        N_("Validation data were removed after signing."),
    ),
    "second_look_rejects": (
        Weight.BROKEN,
        N_("The second examination found a change that is not allowed."),
    ),
    "second_look_failed": (
        Weight.DOUBT,
        N_("The second examination of later changes could not be carried out."),
    ),
    # the CMS
    "cms": (Weight.FORMAT, N_("The signature value cannot be read.")),
    "token": (Weight.FORMAT, N_("The timestamp cannot be read.")),
    "padding": (Weight.FORMAT, N_("Foreign bytes follow the signature value.")),
    "inner_content": (
        Weight.FORMAT,
        N_("The signature value carries a second content of its own."),
    ),
    "content_type": (Weight.FORMAT, N_("The signature contradicts itself about what it signs.")),
    "signer_count": (Weight.FORMAT, N_("The signature value names not exactly one signer.")),
    "no_signed_attributes": (Weight.FORMAT, N_("The signature has no signed attributes.")),
    "attribute_twice": (Weight.FORMAT, N_("A signed attribute occurs twice.")),
    "algorithm_mismatch": (
        Weight.FORMAT,
        N_("The signature contradicts itself about its algorithms."),
    ),
    "digest_unknown": (Weight.DOUBT, N_("The signature uses an unknown hash algorithm.")),
    "sub_filter": (Weight.DOUBT, N_("This kind of signature is not supported.")),
    "limit": (Weight.DOUBT, N_("The examination passed a safety limit.")),
    "unforeseen": (Weight.DOUBT, N_("The examination could not be finished.")),
}


def weight_of(code: str) -> Weight:
    """The weight of ``code``; an unknown code counts as broken, never as harmless."""
    return PROBLEMS[code][0] if code in PROBLEMS else Weight.BROKEN


def sentence_of(code: str) -> str:
    """The message template for ``code``."""
    return PROBLEMS[code][1] if code in PROBLEMS else code
