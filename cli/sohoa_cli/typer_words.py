"""Typer's own few words, listed so that our catalogue translates them (see ``main._speak``)."""

from sohoa_core.i18n import N_

WORDS = (
    N_("(deprecated) "),
    N_("[default: {}]"),
    N_("[env var: {}]"),
    N_("[required]"),
    N_("Arguments"),
    N_("Commands"),
    N_("Error"),
    N_("Options"),
    N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
    N_("default: {default}"),
    N_("required"),
)
