"""The auditor's walk-through names commands and options that exist, in both languages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from sohoa_cli.app import build

DOCS = Path(__file__).parent.parent.parent / "docs"


def commands(text: str) -> list[list[str]]:
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for line in re.findall(r"^\$ (sohoa .*)$", block.replace("\\\n", " "), re.M):
            found.append(shlex.split(line)[1:])
    return found


@pytest.mark.parametrize("name", ["signing.md", "signing.vi.md"])
def test_every_command_can_be_typed_as_it_stands(name):
    shown = commands((DOCS / name).read_text("utf-8"))
    assert len(shown) >= 6
    for words in shown:
        node = typer.main.get_command(build())
        while hasattr(node, "commands"):
            node = node.commands[words.pop(0)]
        known = {option for parameter in node.params for option in parameter.opts}
        used = {word for word in words if word.startswith("-") and word != "-"}
        assert used <= known, (node.name, used - known)


@pytest.mark.parametrize("name", ["signing.md", "signing.vi.md", "manual.md", "manual.vi.md"])
def test_every_option_that_is_named_exists(name):
    def every(node):
        for inner in getattr(node, "commands", {}).values():
            yield from every(inner)
        yield from (option for parameter in node.params for option in parameter.opts)

    known = set(every(typer.main.get_command(build())))
    text = (DOCS / name).read_text("utf-8")
    named = set(re.findall(r"`[^`\n]*?(--[a-z][a-z0-9-]+)", text))
    assert named - known <= {"--help"}


@pytest.mark.parametrize("name", ["manual.md", "manual.vi.md"])
def test_every_setting_of_signing_and_verifying_is_in_the_manual(name):
    from sohoa_core.settings import Settings

    text = (DOCS / name).read_text("utf-8")
    for section in ("sign", "verify"):
        for key, _value in getattr(Settings(), section):
            if f"{section}.{key}" != "verify.workers":
                assert f"`{section}.{key}`" in text, f"{section}.{key}"
