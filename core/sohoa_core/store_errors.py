"""Errors of the store: the records, the vault, the journal, the workspace."""

from __future__ import annotations

from sohoa_core.errors import ConfigError, SafetyRefusal, StoreError, UsageError
from sohoa_core.i18n import N_


class StoreFull(StoreError):
    code = "store.full"
    what = N_("The disk is full (or a quota is reached): {detail}")
    todo = N_("Free some space and run the same command again; it resumes where it stopped.")


class StoreReadOnly(StoreError):
    code = "store.read_only"
    what = N_("The workspace cannot be written: {detail}")
    todo = N_("Check the owner and the permissions of the workspace folder.")


class StoreLocked(StoreError):
    code = "store.locked"
    what = N_("The records are locked by another program: {detail}")
    todo = N_("Wait for the other program to end, or stop it, then run the command again.")


class StoreCorrupt(StoreError):
    code = "store.corrupt"
    what = N_("The records file is damaged: {detail}")
    todo = N_("Restore the newest backup of the workspace, then run `sohoa journal verify`.")


class StoreUnreachable(StoreError):
    code = "store.unreachable"
    what = N_("The database cannot be reached: {detail}")
    why = ""
    todo = N_("Check store.url, the network and the database server.")


class StoreTooNew(StoreError):
    code = "store.too_new"
    what = N_("The workspace was made by a newer sohoa (schema {found}; this one knows {known}).")
    why = N_("An older program could damage what it does not know.")
    todo = N_("Install the newer sohoa.")


class StoreTooOld(StoreError):
    code = "store.too_old"
    what = N_("The workspace was made by an older sohoa (schema {found}; this one needs {known}).")
    why = ""
    todo = N_("Run `sohoa init` in it: the records are backed up, then upgraded.")


class NoWorkspace(UsageError):
    code = "workspace.missing"
    what = N_("There is no sohoa workspace here.")
    todo = N_("Run `sohoa init` first, or name one with --workspace or SOHOA_WORKSPACE.")


class WorkspaceOccupied(SafetyRefusal):
    code = "workspace.occupied"
    what = N_("The folder holds other files and is not a sohoa workspace.")
    todo = N_("Choose an empty or a new folder.")


class VaultMissing(StoreError):
    code = "vault.missing"
    what = N_("A file that the records name is not in the vault: {sha256}")
    todo = N_("Restore it from a backup; its name is its SHA-256.")


class VaultCorrupt(StoreError):
    code = "vault.corrupt"
    what = N_("A file in the vault has changed: it should be {sha256} and is {found}.")
    why = N_("A record must never be served with other bytes than those that were stored.")
    todo = N_("Restore the file from a backup; its name is its SHA-256.")


class JournalBroken(StoreError):
    code = "journal.broken"
    what = N_("The journal's chain is broken at entry {seq}: {detail}")
    why = N_("Somebody or something changed the history of this workspace.")
    todo = N_("Keep the workspace as it is, compare it with a backup, and tell the auditor.")


class BatchBusy(SafetyRefusal):
    code = "batch.busy"
    what = N_("Another process is already working on this batch ({stage}).")
    todo = N_("Watch it with `sohoa status`; start again when it has ended.")


class UnknownSetting(ConfigError):
    code = "config.unknown"
    what = N_("Unknown setting: {name}")
    todo = N_("`sohoa config show` lists every setting; check the spelling.")


class InvalidSetting(ConfigError):
    code = "config.value"
    what = N_("The setting {name} has a value that cannot be used: {detail}")


class ConfigUnreadable(ConfigError):
    code = "config.unreadable"
    what = N_("The settings file cannot be read: {detail}")
    todo = N_("Correct the file; it must be valid TOML in UTF-8.")
