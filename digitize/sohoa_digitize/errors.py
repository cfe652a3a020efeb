"""What can go wrong with one input of digitizing (số hóa).

::

    SohoaError
    ├── InputUnreadable
    │   ├── InputTruncated     input.truncated
    │   ├── InputBroken        input.broken
    │   ├── InputNoPages       input.no_pages
    │   ├── InputVanished      input.vanished
    │   ├── InputChanged       input.changed
    │   ├── StillWritten       input.still_written
    │   ├── SeparatorAlone     separator.alone
    │   └── ManifestInvalid    manifest.invalid
    ├── InputEncrypted (core)
    │   └── InputRestricted    input.restricted
    ├── SafetyRefusal
    │   ├── SymlinkOutside     intake.symlink_outside
    │   └── MemberOutside      intake.member_outside
    ├── MissingTool
    │   ├── MissingEngine      tool.ocr_missing
    │   ├── DamagedWeights     tool.ocr_weights
    │   └── MissingLanguage    tool.ocr_language
    ├── UsageError
    │   ├── UnknownEngine      engine.unknown
    │   ├── ReviewUnknown      review.unknown
    │   ├── ReviewAmbiguous    review.ambiguous
    │   ├── ReviewValueInvalid review.value_invalid
    │   ├── ReviewCsvInvalid   review.csv_invalid
    │   └── ReviewRowInvalid   review.row_invalid
    └── SafetyRefusal
        ├── ReviewDecided      review.decided
        ├── ReviewChanged      review.changed
        └── ReviewSamePerson   review.same_person
"""

from __future__ import annotations

from sohoa_core.errors import (
    InputEncrypted,
    InputUnreadable,
    MissingTool,
    SafetyRefusal,
    UsageError,
)
from sohoa_core.i18n import N_


class InputTruncated(InputUnreadable):
    """The file ends before its image does."""

    code = "input.truncated"
    what = N_("The file is cut off: its data ends too early ({detail}).")
    todo = N_("Copy the file again from the scanner; if it is still cut off, scan the paper again.")


class InputBroken(InputUnreadable):
    """The file has the right kind, but its inner structure does not hold."""

    code = "input.broken"
    what = N_("The file is damaged inside: {detail}")
    todo = N_("Export it again from the program that made it, or scan the paper again.")


class InputNoPages(InputUnreadable):
    """The file opens but holds no page."""

    code = "input.no_pages"
    what = N_("The file has no pages.")
    todo = N_("Scan or export it again.")


class InputVanished(InputUnreadable):
    """The file disappeared or could not be opened between listing and reading."""

    code = "input.vanished"
    what = N_("The file could not be opened: {detail}")
    todo = N_("Check that it is still there and may be read, then run the command again.")


class InputChanged(InputUnreadable):
    """The file is not the one that was listed."""

    code = "input.changed"
    what = N_("The file changed between being listed and being read.")
    why = N_("A scanner or a copy was probably still writing it.")
    todo = N_("Wait until the file is complete, then run the command again.")


class StillWritten(InputUnreadable):
    """A scanner or a copy is still at work on the file; it is left for the next run."""

    code = "input.still_written"
    what = N_("The file is still being written; it was left for the next run.")
    why = ""
    todo = N_("Run the command again when the scanner has finished.")


class InputRestricted(InputEncrypted):
    """The file opens without a password, but its owner forbids copying its content."""

    code = "input.restricted"
    what = N_("The file is locked by its owner against copying its content.")
    todo = N_("Ask the issuing agency for an unlocked file, or scan the paper.")


class ManifestInvalid(InputUnreadable):
    """``manifest.csv`` of an inbox has a row that cannot be used."""

    code = "manifest.invalid"
    what = N_("Row {row} of the manifest cannot be used: {detail}")
    why = N_("A wrong row would file papers in the wrong dossier.")
    todo = N_("Correct the row; the other rows are not affected.")


class SeparatorAlone(InputUnreadable):
    """Behind a separator sheet there is no page."""

    code = "separator.alone"
    what = N_("The separator sheet of dossier {dossier} (page {page}) has no page behind it.")
    why = N_("Papers of the dossier may not have been scanned.")
    todo = N_("Compare with the pile of paper; scan what is missing and run the command again.")


class SymlinkOutside(SafetyRefusal):
    """A symbolic link in the inbox leads out of it."""

    code = "intake.symlink_outside"
    what = N_("The link leads out of the input folder and was not followed.")
    why = N_("Following it could take in files that nobody meant to hand over.")
    todo = N_("Copy the file itself into the folder.")


class MemberOutside(SafetyRefusal):
    """A file in an archive has a name that leads out of it."""

    code = "intake.member_outside"
    what = N_("A file in the archive has a name that leads out of it; it was not taken in.")
    why = N_("Unpacking it could overwrite files elsewhere.")
    todo = N_("Ask the sender for the files themselves.")


class MissingEngine(MissingTool):
    """No recognition engine can be loaded."""

    code = "tool.ocr_missing"
    what = N_("No text recognition engine was found.")
    todo = N_("Run: apt-get install {packages}; then `sohoa doctor`.")


class DamagedWeights(MissingTool):
    """The weights of sohoa's own reader are missing, or not those of their card."""

    code = "tool.ocr_weights"
    what = N_("The weights of sohoa's own reader cannot be used: {where} ({detail}).")
    todo = N_("Install sohoa again; until then use --engine tesseract.")


class MissingLanguage(MissingTool):
    """The engine is there, its data for a language is not."""

    code = "tool.ocr_language"
    what = N_("The recognition data for language {language} was not found in {folder}.")
    todo = N_("Run: apt-get install {packages}; then `sohoa doctor`.")


# --- Review by a person ------------------------------------------------------------------------


class UnknownEngine(UsageError):
    """No recognition engine has this name."""

    code = "engine.unknown"
    what = N_("There is no recognition engine {detail}.")
    todo = N_("Choose one of: {engines}")


class ReviewUnknown(UsageError):
    """No value has the id that was given."""

    code = "review.unknown"
    what = N_("No value of the workspace has this id.")
    why = N_("Reading a paper again gives its undecided values new ids.")
    todo = N_("Run `sohoa review list` and take the id from there.")


class ReviewAmbiguous(UsageError):
    """The beginning or end of an id that was given fits several values."""

    code = "review.ambiguous"
    what = N_("Several values fit this id: {count}.")
    todo = N_("Give more of the id.")


class ReviewValueInvalid(UsageError):
    """A value that a person gives cannot be a value of that field."""

    code = "review.value_invalid"
    what = N_("The field {field} cannot have this value: {detail}")
    todo = N_("Correct the value; nothing was changed.")


class ReviewDecided(SafetyRefusal):
    """A person has decided this value already."""

    code = "review.decided"
    what = N_("{person} has already decided this value.")
    why = N_("A decision must not be overwritten by accident.")
    todo = N_("Look at it with `sohoa review show`; change it with `sohoa review set --again`.")


class ReviewChanged(SafetyRefusal):
    """The value is no longer the one that the person saw."""

    code = "review.changed"
    what = N_("The value was changed after it was exported.")
    why = N_("The decision was made about another reading.")
    todo = N_("Export again and decide about the present value.")


class ReviewSamePerson(SafetyRefusal):
    """Four eyes need two persons."""

    code = "review.same_person"
    what = N_("{person} made this decision and cannot confirm it too.")
    why = N_("Four-eyes review needs a second person.")
    todo = N_("Let another person confirm it.")


class ReviewCsvInvalid(UsageError):
    """The file that should bring decisions back is no export of the review."""

    code = "review.csv_invalid"
    what = N_("This is not a review table that sohoa exported: {detail}")
    todo = N_("Save it as CSV (UTF-8) with its columns unchanged.")


class ReviewRowInvalid(UsageError):
    """A row of the review table cannot be understood."""

    code = "review.row_invalid"
    what = N_("Row {row} of the review table cannot be used: {detail}")
    todo = N_("Write `accept` in the column decision, or the right value in new_value.")
