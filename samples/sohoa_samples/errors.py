"""What can stop the generator: a missing font, a letter no font has, a refused request."""

from __future__ import annotations

from sohoa_core.errors import MissingTool, SafetyRefusal, UsageError
from sohoa_core.i18n import N_


class FontMissing(MissingTool):
    """No installed font family has every Vietnamese letter in all four styles."""

    code = "samples.font_missing"
    what = N_("No font with all Vietnamese letters was found (looked for: {families}).")
    why = N_("Letters that a font lacks are printed as empty boxes.")
    todo = N_("Install a complete font, for instance: apt-get install {packages}")


class LevelUnknown(UsageError):
    """The level is none of clean, office, rough."""

    code = "samples.level_unknown"
    what = N_("There is no sample level called {level}.")
    todo = N_("Choose one of: {levels}.")


class CountOutOfRange(UsageError):
    """A count of dossiers that makes no sense."""

    code = "samples.count_out_of_range"
    what = N_("{count} dossiers cannot be made.")
    todo = N_("Give a whole number from {least} to {most}.")


class FolderNotEmpty(SafetyRefusal):
    """The target holds files that the generator did not make."""

    code = "samples.folder_not_empty"
    what = N_("The folder holds other files; samples would be mixed with them.")
    why = N_("Invented people must never lie among real dossiers.")
    todo = N_("Give a new or empty folder.")


class SeparatorCodeInvalid(UsageError):
    """A dossier code that no separator sheet can carry."""

    code = "samples.separator_code"
    what = N_("No separator sheet can carry this dossier code.")
    why = N_("What is scanned behind such a sheet would be filed where nobody finds it.")
    todo = N_("Give a code of 1 to {longest} printable letters, without control characters.")


class SeparatorListInvalid(UsageError):
    """A list of dossier codes that holds none, or is no text."""

    code = "samples.separator_list"
    what = N_("The list of dossier codes cannot be used: {detail}")
    todo = N_("Give one code a line, or a CSV (UTF-8) with a column dossier_code.")
