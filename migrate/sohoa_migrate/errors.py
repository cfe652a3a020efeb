"""Errors of the migration.

::

    ConfigError
    └── MappingError             the mapping file cannot be used
        ├── MappingSyntax        it is not the YAML that is expected
        ├── MappingInvalid       a key or value is wrong; file and line are named
        └── ColumnsUnmapped      source columns that are neither mapped nor ignored
    InputUnreadable
    ├── SourceUnreadable         the old system's data cannot be opened
    │   ├── SourceMissing        there is no such file
    │   ├── SourceForeign        it is not a SQLite database
    │   ├── SourceDamaged        it is damaged
    │   └── SourceLocked         another program holds it
    └── SourceChanged            it is not what the plan was made for
    SafetyRefusal
    └── TooManyRejects           more rows would be rejected than allowed
    StoreError
    └── ReconcileBroken          what came out is not what went in
"""

from __future__ import annotations

from sohoa_core.errors import ConfigError, InputUnreadable, SafetyRefusal, StoreError
from sohoa_core.i18n import N_, translate


class MappingError(ConfigError):
    code = "mapping.error"
    what = N_("The mapping file cannot be used: {detail}")
    todo = N_("Correct the mapping file; nothing was written.")


class MappingSyntax(MappingError):
    code = "mapping.syntax"
    what = N_("The mapping file is not readable YAML: {detail}")


class MappingInvalid(MappingError):
    code = "mapping.invalid"
    what = N_("The mapping file is wrong at {place}: {detail}")

    def message(self, lang: str | None = None) -> str:
        """What is wrong; ``detail`` may be a message of the catalogue itself."""
        detail = translate(str(self.args_by_name.get("detail", "")), lang)
        return translate(self.what, lang).format(
            place=self.args_by_name.get("place", ""), detail=detail
        )


class ColumnsUnmapped(MappingError):
    code = "mapping.unmapped"
    what = N_("These columns of the source are neither mapped nor ignored: {columns}")
    why = N_("A column that nobody decided about would be lost without a word.")
    todo = N_("Map each of them, or list it under `ignore` with the reason.")


class SourceUnreadable(InputUnreadable):
    code = "source.unreadable"
    what = N_("The source cannot be read: {detail}")
    why = N_("A source that cannot be read in full must not be migrated in part.")
    todo = N_("Check the path, the permissions and the mapping; nothing was written.")


class SourceMissing(SourceUnreadable):
    code = "source.missing"
    what = N_("There is no such file or folder.")
    todo = N_("Check the path.")


class SourceForeign(SourceUnreadable):
    code = "source.not_sqlite"
    what = N_("The file is not a SQLite database.")
    todo = N_("Export the old system to SQLite, or name the right file.")


class SourceDamaged(SourceUnreadable):
    code = "source.damaged"
    what = N_("The source database is damaged: {detail}")
    todo = N_("Ask the old system for a fresh copy, or restore one from its backup.")


class SourceLocked(SourceUnreadable):
    code = "source.locked"
    what = N_("The source database is held by another program: {detail}")
    todo = N_("Close the program that uses it, or migrate a copy made with its backup function.")


class SourceChanged(InputUnreadable):
    code = "source.changed"
    what = N_("The source changed after the plan was made.")
    why = N_("What runs must be what was shown.")
    todo = N_("Make the plan again, read it, and run that one.")


class TooManyRejects(SafetyRefusal):
    code = "migrate.too_many_rejects"
    what = N_("{rejected} of {total} rows would be rejected ({percent} %); {allowed} % is allowed.")
    todo = N_("Look at the reasons, correct the mapping or the source, or raise --max-rejects.")


class ReconcileBroken(StoreError):
    code = "migrate.reconcile"
    what = N_("What was written is not what was read: {detail}")
    why = N_("Every source row must be migrated, rejected or ignored by a rule.")
    todo = N_("Keep both systems as they are and read the report before doing anything else.")
