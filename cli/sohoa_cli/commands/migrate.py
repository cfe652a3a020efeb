"""Placeholder."""

import typer


def register(top: typer.Typer) -> None:
    """Nothing yet."""
