"""Round trips, codecs, capitals of TCVN3, and the traps of each charset."""

from __future__ import annotations

import codecs
import io
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_vietnam.charsets.capitals import (
    CapitalRule,
    encode_tcvn3_capitals,
    restore_capitals,
)
from sohoa_vietnam.charsets.mangled import Reading, lost_u_horn, mangle, to_bytes
from sohoa_vietnam.charsets.registry import CHARSETS, UnknownCharset, charset
from sohoa_vietnam.charsets.viqr import decode_loose
from sohoa_vietnam.charsets.vni import maybe_truncated
from sohoa_vietnam.syllables import all_legal_syllables
from sohoa_vietnam.text import TONE_SPLIT, nfc

SYLLABLES = all_legal_syllables()


@pytest.mark.parametrize("name", sorted(CHARSETS))
@pytest.mark.parametrize("form", [str.lower, str.title, str.upper])
def test_all_syllables_round_trip(name: str, form) -> None:  # type: ignore[no-untyped-def]
    found = CHARSETS[name]
    cannot = 0
    for syllable in map(form, SYLLABLES):
        try:
            data = found.encode(syllable)
        except UnicodeEncodeError:
            cannot += 1
            continue
        assert found.decode(data) == syllable
    if name == "tcvn3" and form is not str.lower:
        toned_first = form is str.title
        assert cannot == sum(
            TONE_SPLIT.get(s[0], ("", 0))[1] > 0
            if toned_first
            else any(TONE_SPLIT.get(c, ("", 0))[1] for c in s)
            for s in SYLLABLES
        )
    else:
        assert cannot == 0


def test_tcvn3_capitals_round_trip_by_the_case_rule() -> None:
    for syllable in SYLLABLES:
        word = f"TRẦN {syllable.upper()}"  # a neighbour that is surely in capitals
        data = encode_tcvn3_capitals(word)
        assert restore_capitals(CHARSETS["tcvn3"].decode(data)) == word


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        ("PH¹M", "PHẠM"),
        ("NGUYÔN V¨N Hµ", "NGUYỄN VĂN HÀ"),
        ("Tr\xadêng THPT Hµ Néi", "Trường THPT Hà Nội"),
        ("TP Hµ Néi", "TP Hà Nội"),
        ("NguyÔn Tó", "Nguyễn Tú"),
        ("§ÆNG ¸NH", "ĐẶNG ÁNH"),
    ],
)
def test_case_rule(stored: str, meant: str) -> None:
    data = to_bytes(stored, Reading.WESTERN)
    assert data is not None
    text = restore_capitals(data.decode("tcvn3"))
    assert text == meant
    assert restore_capitals(text) == text


def test_case_rule_all_and_title() -> None:
    assert restore_capitals("phạm văn hà", CapitalRule.ALL) == "PHẠM VĂN HÀ"
    assert restore_capitals("Lê Thị ánh", CapitalRule.TITLE) == "Lê Thị Ánh"
    assert restore_capitals("đi chợ", CapitalRule.TITLE) == "đi chợ"
    assert restore_capitals("PHạM", CapitalRule.NONE) == "PHạM"
    assert b"ph\xb9m v\xa8n".decode("tcvn3-h") == "PHẠM VĂN"
    assert "PHẠM VĂN".encode("tcvn3-h") == b"ph\xb9m v\xa8n"


def test_published_examples() -> None:
    assert b"Nguy\xd4n V\xa8n H\xadng".decode("tcvn3") == "Nguyễn Văn Hưng"
    assert "Nguyễn Văn Hưởng".encode("vni") == b"Nguye\xe3n Va\xean H\xf6\xf4\xfbng"
    assert "Việt Nam đường".encode("viqr") == b"Vie^.t Nam ddu+o+`ng"
    assert b"Vi\xaet".decode("viscii") == "Việt"
    assert "Việt Nam".encode("cp1258-nfc").decode("cp1258") == unicodedata.normalize(
        "NFC", "Viê\u0323t Nam"
    ).replace("ệ", "ê\u0323")


def test_registered_as_codecs_and_read_in_small_pieces() -> None:
    text = "Đường Nguyễn Văn Hưởng, số 5. Thuế?\nHÀ NỘI\n"
    for name in sorted(CHARSETS):
        body = text.lower() if name == "tcvn3" else text
        stream = io.BytesIO()
        writer = io.TextIOWrapper(stream, encoding=name, newline="\n")
        for c in unicodedata.normalize("NFD", body):
            writer.write(c)
        writer.flush()
        data = stream.getvalue()
        assert data == body.encode(name)
        decoder = codecs.getincrementaldecoder(name)()
        pieces = [decoder.decode(bytes([b])) for b in data] + [decoder.decode(b"", True)]
        assert nfc("".join(pieces)) == body
    assert charset("VNI_Windows") is CHARSETS["vni"]
    with pytest.raises(UnknownCharset):
        charset("klingon")


def test_cp1252_and_cp1258_differ_where_the_trap_lies() -> None:
    data = "Thị Vũ ề".encode("tcvn3")
    assert {0xDE, 0xF2, 0xD2} <= set(data)
    for reading in Reading.WESTERN, Reading.CP1258:
        shown = unicodedata.normalize("NFC", mangle(data, reading))
        assert to_bytes(shown, reading) == data
    assert mangle(b"\xde", Reading.WESTERN) == "Þ"
    assert mangle(b"\xde", Reading.CP1258) == "\u0303"


def test_lost_u_horn_is_suspected_never_repaired() -> None:
    found = lost_u_horn(["Nguyễn Văn Hng", "Lơng Th", "Hà Nội", "UBND"])
    assert "Hưng" in found["Hng"]
    assert "Lương" in found["Lơng"]
    assert found["Th"] == ("Thư",)
    assert "Nội" not in found
    assert "UBND" not in found


def test_vni_cut_by_the_field() -> None:
    whole = "Lê Thị Huệ".encode("vni")
    assert maybe_truncated(whole[:-1], len(whole) - 1)
    assert not maybe_truncated(whole, len(whole) + 5)
    with pytest.raises(UnicodeDecodeError):
        b"\xe4 Th\xf2".decode("vni")  # what the next field begins with
    assert b"\xe4 Th\xf2".decode("vni", "replace") == "\ufffd Thị"


def test_viqr_punctuation() -> None:
    loose = decode_loose("Anh la` ai? To^i o+? Ha` No^.i. Kho^ng co' gi`. address")
    assert loose.text == "Anh là ai? Tôi ở Hà Nội. Không có gì. address"
    assert decode_loose("Ba.").ambiguous == 1
    text = "Bà ăn. Ai? (a) o+ dd Add “x”".replace("“", '"').replace("”", '"')
    assert text.encode("viqr").decode("viqr") == text


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=30))
def test_any_bytes(data: bytes) -> None:
    for found in CHARSETS.values():
        text = found.decode(data, "replace")
        assert nfc(text) == text
        try:
            exact = found.decode(data)
        except UnicodeDecodeError:
            continue
        try:
            again = found.encode(exact)
        except UnicodeEncodeError:
            continue
        assert found.decode(again) == exact


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20))
def test_encode_what_can_be_encoded(text: str) -> None:
    for found in CHARSETS.values():
        try:
            data = found.encode(text)
        except UnicodeEncodeError:
            continue
        assert found.decode(data) == nfc(text), found


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="PHẠMphạmÁánh ĐđÊêTN-1", max_size=20))
def test_case_rule_changes_case_only(text: str) -> None:
    once = restore_capitals(text)
    assert once.lower() == text.lower()
    assert restore_capitals(once) == once
