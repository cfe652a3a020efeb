"""Errors of this room: a schema file or a rule that cannot be used, before any dossier is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sohoa_core.errors import ConfigError, InputUnreadable
from sohoa_core.i18n import N_


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a data file: ``line`` counts from 1, ``place`` is the path of keys."""

    file: str
    line: int
    place: str
    reason: str

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"{self.file}:{self.line}{where}: {self.reason}"


class SchemaFileRefused(ConfigError):
    """A file of procedures, papers or legal data breaks its model.

    ``faults`` lists every fault found; the message shows the first one.
    """

    code = "schema.refused"
    what = N_("{file}, line {line}: {reason} ({count} faults in this file)")
    why = N_("A dossier must never be judged by a schema that is not understood in full.")
    todo = N_("Correct the file; `sohoa procedures check` lists every fault with its line.")

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> SchemaFileRefused:
        """The error for ``faults`` (at least one), in order of line."""
        listed = sorted(faults, key=lambda fault: (fault.file, fault.line))
        first = listed[0]
        return cls(
            where=f"{first.file}:{first.line}",
            file=first.file,
            line=first.line,
            reason=first.reason,
            count=len(listed),
            faults=[str(fault) for fault in listed],
        )

    @property
    def faults(self) -> tuple[str, ...]:
        """Every fault as ``file:line (place): reason``."""
        return tuple(self.args_by_name.get("faults", ()))


class DossierDataWrong(InputUnreadable):
    """The data of a dossier does not have the shape of a view."""

    code = "dossier_data.wrong"
    what = N_("The dossier data is wrong at {place}: {reason}")
    todo = N_("Correct the export or the field mapping.")


class ExportUnreadable(InputUnreadable):
    """An export file, or one record of it, cannot be read."""

    code = "export.unreadable"
    what = N_("Record {record} of the export cannot be read: {detail}")
    todo = N_("Correct the export or the field mapping.")


class PortalRecordRefused(InputUnreadable):
    """A record of the national portal that no schema can be made of."""

    code = "portal.refused"
    what = N_("The portal record {record} cannot be imported: {reason}")
    todo = N_(
        "Compare the record with the portal; the command `sohoa procedures new` makes a draft."
    )
