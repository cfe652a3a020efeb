"""What can go wrong with one input of digitizing (số hóa).

::

    SohoaError
    ├── InputUnreadable
    │   ├── InputTruncated     input.truncated
    │   ├── InputBroken        input.broken
    │   ├── InputNoPages       input.no_pages
    │   ├── InputVanished      input.vanished
    │   └── ManifestInvalid    manifest.invalid
    ├── InputEncrypted (core)
    │   └── InputRestricted    input.restricted
    ├── SafetyRefusal
    │   └── SymlinkOutside     intake.symlink_outside
    └── MissingTool
        ├── MissingEngine      tool.ocr_missing
        └── MissingLanguage    tool.ocr_language
"""

from __future__ import annotations

from sohoa_core.errors import InputEncrypted, InputUnreadable, MissingTool, SafetyRefusal
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


class SymlinkOutside(SafetyRefusal):
    """A symbolic link in the inbox leads out of it."""

    code = "intake.symlink_outside"
    what = N_("The link leads out of the input folder and was not followed.")
    why = N_("Following it could take in files that nobody meant to hand over.")
    todo = N_("Copy the file itself into the folder.")


class MissingEngine(MissingTool):
    """No recognition engine can be loaded."""

    code = "tool.ocr_missing"
    what = N_("No text recognition engine was found.")
    todo = N_("Run: apt-get install {packages}; then `sohoa doctor`.")


class MissingLanguage(MissingTool):
    """The engine is there, its data for a language is not."""

    code = "tool.ocr_language"
    what = N_("The recognition data for language {language} was not found in {folder}.")
    todo = N_("Run: apt-get install {packages}; then `sohoa doctor`.")
