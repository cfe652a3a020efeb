"""ALTO from the stored layout, and the report at the end of a batch."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from cli.program import sohoa
from digitize.conftest import LETTERHEAD, draw, encoded
from sohoa_core.limits import Limits
from sohoa_digitize.alto import NAMESPACE, alto_of
from sohoa_digitize.batch_report import placeholder
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
    # A slot without its number goes to a person, however well the page is read.
    slot = tuple(
        (x, y, size, style, text.replace("Số: 15/", "Số:        /"))
        for x, y, size, style, text in LETTERHEAD
    )
    (inbox / "<script>alert(1)<&.png").write_bytes(encoded(draw(slot), "PNG", dpi=(200, 200)))
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


def test_what_failed_is_shown_as_far_as_it_can_be(tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    whole = encoded(draw(), "JPEG", dpi=(200, 200))
    (inbox / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (inbox / "noise.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 9)
    (inbox / "empty.pdf").write_bytes(b"")
    (inbox / "bomb.png").write_bytes(giant_png(30_000, 20_000))
    assert sohoa("init", tmp_path / "w").code == 0
    page = tmp_path / "r.html"
    ran = sohoa("digitize", inbox, "-w", tmp_path / "w", "--report", page, "-q")
    assert ran.code == 11, ran.err
    parts = {
        one.split("</h3>")[0].split("<h3>")[1]: one
        for one in page.read_text("utf-8").split("<article>")[1:]
    }
    assert set(parts) == {"half.jpg", "noise.jpg", "empty.pdf", "bomb.png"}
    shown = {name for name, text in parts.items() if "data:image/jpeg" in text}
    assert shown == {"half.jpg"}
    for name in set(parts) - shown:
        drawn = base64.b64decode(parts[name].split("svg+xml;base64,")[1].split('"')[0])
        assert ET.fromstring(drawn).tag.endswith("svg") and b"script" not in drawn
    picture = base64.b64decode(parts["half.jpg"].split("jpeg;base64,")[1].split('"')[0])
    with Image.open(io.BytesIO(picture)) as small:
        gray = np.asarray(small.convert("L"), dtype=float)
    # The upper half has the letterhead, the lower one is lost.
    assert gray[: len(gray) // 3].std() > 20 and max(gray.shape) <= 480


def giant_png(width: int, height: int) -> bytes:
    """A PNG of one shade: few bytes, many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    row = bytes(1 + width // 8)
    engine = zlib.compressobj(9)
    data = b"".join(engine.compress(row) for _ in range(height)) + engine.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", ["a.jpg", "a.<b>", "a", "a.ñññ", 'a."><script>'])
def test_placeholders_are_pictures_whatever_the_name(name: str) -> None:
    assert ET.fromstring(placeholder(name)).tag.endswith("svg")
