"""Export: text, ALTO and layout beside the files; names that no system misreads or mixes up."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cli.conftest import Job
from cli.program import sohoa
from sohoa_cli.commands.export import safe_name
from sohoa_digitize.alto import NAMESPACE


def test_text_alto_and_layout_lie_beside_each_file(job: Job, tmp_path: Path) -> None:
    words = ["export", tmp_path / "ra", "-w", job.space, "--with", "text,alto,layout", "--json"]
    plan = sohoa(*words, "--dry-run")
    assert plan.code == 0 and not (tmp_path / "ra").exists()
    ran = sohoa(*words)
    assert ran.code == 0, ran.err
    items, planned = ran.of("sohoa.export.item/1"), plan.of("sohoa.export.item/1")
    assert [{**i, "dry_run": True} for i in items] == planned
    pdfs = sorted((tmp_path / "ra").rglob("*.pdf"))
    assert len(items) == 4 * len(pdfs) and len(pdfs) > 3
    for pdf in pdfs:
        text = pdf.with_suffix(".txt").read_text("utf-8")
        layout = json.loads(pdf.with_suffix(".layout.json").read_bytes())
        alto = ET.parse(pdf.with_suffix(".alto.xml")).getroot()
        name = alto.findtext(f".//{{{NAMESPACE}}}fileName")
        assert name == pdf.name
        spoken = [w[0] for p in layout["pages"] for line in p["lines"] for w in line["words"]]
        assert spoken == [s.get("CONTENT") for s in alto.iter(f"{{{NAMESPACE}}}String")]
        assert text.split() == " ".join(spoken).split()
    again = sohoa(*words)
    assert again.code == 0 and "0 " in again.err
    pdfs[0].with_suffix(".txt").write_text("another")
    refused = sohoa(*words)
    assert refused.code == 11 and pdfs[0].with_suffix(".txt").read_text() == "another"
    assert sohoa("export", tmp_path / "x", "-w", job.space, "--with", "docx").code == 2


def test_names_that_would_be_one_are_numbered_the_same_each_time(own: Job, tmp_path: Path) -> None:
    from sqlalchemy import select

    from sohoa_core.records import Document, Dossier, Item
    from sohoa_core.workspace import opened

    with opened(own.space) as space, space.store.write() as session:
        code = session.scalars(select(Dossier.code).order_by(Dossier.code)).first()
        rows = select(Document).join(Item).join(Dossier).where(Dossier.code == code)
        some = session.scalars(rows.order_by(Item.ordinal)).all()[:2]
        for document, name in zip(some, ("x/../../Giấy.jpg", "y/GIẤY.png"), strict=True):
            document.name = name
    both = sohoa("export", tmp_path / "a", "-w", own.space, "--json")
    one = sohoa("export", tmp_path / "b", "-w", own.space, "--dossier", str(code), "--json")
    assert both.code == one.code == 0, both.err
    names = [Path(item["path"]).name for item in one.of("sohoa.export.item/1")]
    assert names[:2] == ["Giấy.pdf", "GIẤY (2).pdf"]
    assert [
        Path(i["path"]).name for i in both.of("sohoa.export.item/1") if i["dossier"] == code
    ] == names
    assert all(path.is_relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../etc/passwd", "_etc_passwd"),
        (" .ẩn. ", "ẩn"),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("", "_"),
        ("...", "_"),
    ],
)
def test_safe_names(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_long_vietnamese_names_fit_a_file_system(tmp_path: Path) -> None:
    name = safe_name("ễ" * 250)
    assert 100 < len(name.encode()) <= 180
    (tmp_path / f".{name} (99).layout.json.part").write_bytes(b"")
