"""A workspace full of archival versions that still lack their signatures."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf

from sohoa_core import workspace
from sohoa_core.facts import Role
from sohoa_core.records import Document
from sohoa_core.records.recording import add_version
from sohoa_core.workspace import Workspace


def fill(space: Workspace, papers: list[bytes]) -> None:
    """One document for each PDF, as digitizing leaves them behind."""
    with space.store.write() as session:
        for number, data in enumerate(papers):
            document = Document(name=f"van-ban-{number:05}.pdf")
            session.add(document)
            session.flush()
            add_version(
                session,
                document,
                Role.ARCHIVAL,
                space.vault.put(data),
                media_type="application/pdf",
                made_by="digitize",
                how={"pdfa": "2u"},
            )


def distinct(paper: bytes, count: int) -> list[bytes]:
    """``paper`` so many times, each with bytes of its own, as scans have."""
    found = []
    for number in range(count):
        with pikepdf.open(io.BytesIO(paper)) as pdf:
            with pdf.open_metadata() as metadata:
                metadata["dc:title"] = f"Văn bản {number}"
            output = io.BytesIO()
            pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        found.append(output.getvalue())
    return found


def make_space(root: Path, papers: list[bytes]) -> Path:
    """A workspace of its own with these documents."""
    workspace.create(root)
    with workspace.opened(root) as space:
        fill(space, papers)
    return root
