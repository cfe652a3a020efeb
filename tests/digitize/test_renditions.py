"""ALTO from the stored layout, and the report at the end of a batch."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cli.program import sohoa
from digitize.conftest import draw, encoded
from sohoa_core.limits import Limits
from sohoa_digitize.alto import NAMESPACE, alto_of
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.work import digitize_file

NS = {"a": NAMESPACE}


@pytest.fixture(scope="module")
def layout() -> bytes:
    data = encoded(draw(), "PNG", dpi=(200, 200))
    return digitize_file(data, name="a.png", options=DigitizeOptions(), limits=Limits()).words


def test_alto_has_every_word_in_reading_order_with_its_place(layout: bytes) -> None:
    root = ET.fromstring(alto_of(layout, file_name="a & b.pdf"))
    assert root.findtext("a:Description/a:MeasurementUnit", namespaces=NS) == "mm10"
    name = root.findtext("a:Description/a:sourceImageInformation/a:fileName", namespaces=NS)
    assert name == "a & b.pdf"
    pages = json.loads(layout)["pages"]
    words = [w for page in pages for line in page["lines"] for w in line["words"]]
    strings = root.findall(".//a:String", NS)
    assert [s.get("CONTENT") for s in strings] == [w[0] for w in words]
    for string, word in zip(strings, words, strict=True):
        assert float(string.get("HPOS", "")) == pytest.approx(word[2] * 10, abs=0.1)
        assert 0 <= float(string.get("WC", "")) <= 1
    ids = [e.get("ID") for e in root.iter() if e.get("ID")]
    assert len(ids) == len(set(ids))
    page = root.find(".//a:Page", NS)
    assert page is not None and 1470 < float(page.get("WIDTH", "")) < 1490


def test_alto_is_the_same_for_the_same_input(layout: bytes) -> None:
    assert alto_of(layout, file_name="a") == alto_of(layout, file_name="a")
    with pytest.raises(ValueError, match="expected"):
        alto_of(b'{"schema":"other"}', file_name="a")


def test_the_report_tells_of_failures_and_reviews_without_trusting_names(tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    (inbox / "<script>alert(1)<&.png").write_bytes(encoded(draw(), "PNG", dpi=(200, 200)))
    (inbox / "=cmd.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    assert sohoa("init", tmp_path / "w").code == 0
    page, table, plain = (tmp_path / f"r.{kind}" for kind in ("html", "csv", "json"))
    for target in (page, table, plain):
        ran = sohoa("digitize", inbox, "-w", tmp_path / "w", "--report", target, "-q")
        assert ran.code == 3, ran.err
    text = page.read_text("utf-8")
    assert "<script" not in text and "&lt;script&gt;alert(1)&lt;&amp;.png" in text
    assert "default-src &#x27;none&#x27;" in text and "http" not in re.sub(r"http-equiv", "", text)
    assert "data:image/jpeg;base64," in text and "=cmd.jpg" in text
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    assert {row["file"]: row["state"] for row in rows}["'=cmd.jpg"] == "failed"
    report = json.loads(plain.read_text("utf-8"))
    assert report["counts"]["failed"] == 1 and len(report["rows"]) == 2
    again = sohoa("digitize", inbox, "-w", tmp_path / "w", "--report", page, "--json")
    assert again.code == 11 and again.of("sohoa.batch/1") == []
    assert sohoa("digitize", inbox, "-w", tmp_path / "w", "--report", "r.doc").code == 2
