"""Bring the message catalogues up to date: extract, merge, compile; or check (``--check``).

``catalogues.py [ROOM...] [--check]``; a room is a top-level folder, all of them by default.

Every package has its own Vietnamese catalogue. The English text in the code is the key, so
there is no English catalogue. The compiled ``.mo`` files are kept in the repository, because
the program runs from a checkout without a build.
"""

from __future__ import annotations

import gettext
import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

TOP = Path(__file__).resolve().parent.parent
ROOMS = (
    ("cli", "sohoa_cli"),
    ("core", "sohoa_core"),
    ("digitize", "sohoa_digitize"),
    ("migrate", "sohoa_migrate"),
    ("samples", "sohoa_samples"),
    ("signing", "sohoa_signing"),
    ("validators", "sohoa_validators"),
    ("vietnam", "sohoa_vietnam"),
)
_KEYWORDS = {"_": None, "N_": None}
_PLACEHOLDER = re.compile(r"\{([a-z_0-9]*)(?:![rsa])?(?::[^}]*)?\}")


def extracted(folder: Path) -> dict[str, list[tuple[str, int]]]:
    """Every message of a package with the places it stands in."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, line, message, _comments, _context in extract_from_dir(
        str(folder), method_map=[("**.py", "python")], keywords=_KEYWORDS
    ):
        if isinstance(message, str) and message:
            found.setdefault(message, []).append((name, line))
    return found


def catalogue_path(root: str, package: str) -> Path:
    return TOP / root / package / "locale" / "vi" / "LC_MESSAGES" / f"{package}.po"


def load(path: Path) -> Catalog:
    if not path.is_file():
        return Catalog(locale="vi")
    with path.open("rb") as stream:
        return read_po(stream, locale="vi", abort_invalid=True)


def compiled(catalogue: Catalog) -> bytes:
    # Dates would make the file differ each time it is written.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def rendered(catalogue: Catalog) -> bytes:
    """The text of the catalogue, without dates, so that it changes only with its messages."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, sort_output=True, omit_header=True, no_location=True, width=99)
    head = (
        'msgid ""\nmsgstr ""\n"Language: vi\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    return head.encode() + buffer.getvalue().lstrip(b"\n")


def clean_catalogue(old: Catalog, messages: dict[str, list[tuple[str, int]]]) -> Catalog:
    """``old`` with exactly ``messages``: new ones empty, dead ones gone."""
    fresh = Catalog(locale="vi", charset="utf-8")
    for message in sorted(messages):
        known = old.get(message)
        fresh.add(message, known.string if known else "")
    return fresh


def _spoken(binary: Path) -> dict[str, str]:
    """What a compiled catalogue translates, without its header."""
    with binary.open("rb") as stream:
        held = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
    return {str(key): str(text) for key, text in held.items() if key}


def _texts(catalogue: Catalog) -> dict[str, str]:
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.fuzzy}


def faults(root: str, package: str) -> list[str]:
    """What is wrong with the catalogue of a package: missing, dead, mismatched, not compiled."""
    found: list[str] = []
    path = catalogue_path(root, package)
    messages = extracted(TOP / root / package)
    catalogue = load(path)
    for message, places in messages.items():
        entry = catalogue.get(message)
        if entry is None or not entry.string:
            found.append(f"{package}: {places[0][0]}:{places[0][1]}: no Vietnamese for {message!r}")
        elif set(_PLACEHOLDER.findall(message)) != set(_PLACEHOLDER.findall(entry.string)):
            found.append(f"{package}: placeholders differ: {message!r} / {entry.string!r}")
        elif entry.string.count("\n") < message.count("\n\n"):
            found.append(f"{package}: paragraphs differ: {message!r}")
    for entry in catalogue:
        if entry.id and entry.id not in messages:
            found.append(f"{package}: no longer in the code: {entry.id!r}")
        if entry.fuzzy:
            found.append(f"{package}: fuzzy: {entry.id!r}")
    binary = path.with_suffix(".mo")
    if messages and not (binary.is_file() and _spoken(binary) == _texts(catalogue)):
        found.append(f"{package}: {binary.name} is not compiled from {path.name}")
    return found


def update(rooms: tuple[tuple[str, str], ...]) -> None:
    for root, package in rooms:
        messages = extracted(TOP / root / package)
        if not messages:
            continue
        path = catalogue_path(root, package)
        catalogue = clean_catalogue(load(path), messages)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rendered(catalogue))
        path.with_suffix(".mo").write_bytes(compiled(load(path)))


def main() -> int:
    named = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    rooms = tuple(room for room in ROOMS if not named or room[0] in named)
    if "--check" not in sys.argv:
        update(rooms)
    problems = [line for root, package in rooms for line in faults(root, package)]
    print("\n".join(problems) or "all catalogues are complete")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
