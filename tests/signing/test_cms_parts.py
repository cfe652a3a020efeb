"""The plain way of reading a CMS finds what the library finds, or leaves it to the library."""

from __future__ import annotations

import random

import pytest

from sohoa_signing.crypto import digest_by
from sohoa_signing.verify import cms_facts, stamp_info
from sohoa_signing.verify.cms_parts import library_parts, plain_parts, take_apart
from sohoa_signing.verify.der import NotDer, elements, first_element
from sohoa_signing.verify.remember import remembered
from tests.signing.kit import sign, signature_span


def contents(pdf: bytes, index: int = -1) -> bytes:
    _, start, end, _ = signature_span(pdf, index)
    return bytes.fromhex(pdf[start + 1 : end - 1].decode())


@pytest.fixture(scope="module")
def values(twice, paper, authority) -> list[bytes]:
    """Signatures with EC and RSA keys, without and with a timestamp, and the timestamp."""
    rsa = contents(sign(paper, authority, "rsa").pdf)
    stamped = contents(twice)
    (token,) = take_apart(stamped).unsigned[0][2]
    return [contents(twice, 0), rsa, stamped, token]


def both(data: bytes, monkeypatch) -> tuple:
    covered = (
        None if b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04" in data[:60] else digest_by(b"x")
    )
    ours = cms_facts.read_cms(data, covered, padded=True)
    with monkeypatch.context() as changed:
        changed.setattr(cms_facts, "take_apart", library_parts)
        theirs = cms_facts.read_cms(data, covered, padded=True)
    return ours, theirs


def test_our_own_signatures_take_the_plain_way(values, monkeypatch):
    for value in values:
        assert plain_parts(value).signed
        ours, theirs = both(value, monkeypatch)
        assert ours == theirs
        assert ours.signature_holds and not ours.problems


def test_both_ways_agree_on_damaged_signatures(values, monkeypatch):
    rng = random.Random(6)
    plain = 0
    for _ in range(1500):
        data = bytearray(rng.choice(values))
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            at = rng.randrange(min(len(data), 1800))
            data[at] = rng.choice((data[at] ^ (1 << rng.randrange(8)), rng.randrange(256)))
        if rng.random() < 0.2:
            at = rng.randrange(len(data))
            data[at:at] = rng.randbytes(rng.randrange(1, 4))
        value = bytes(data)
        try:
            plain_parts(value)
        except NotDer:
            continue
        plain += 1
        ours, theirs = both(value, monkeypatch)
        assert ours == theirs
    assert plain > 300


def test_both_ways_agree_on_damaged_stamp_info(values, monkeypatch):
    info = plain_parts(values[3]).content
    assert stamp_info._plain(info) == stamp_info._by_library(info)
    rng = random.Random(7)
    plain = 0
    for _ in range(1500):
        data = bytearray(info)
        for _ in range(rng.choice((1, 1, 2))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        value = bytes(data)
        try:
            found = stamp_info._plain(value)
        except (NotDer, ValueError):
            continue
        plain += 1
        assert found == stamp_info._by_library(value)
    assert plain > 100


@pytest.mark.parametrize("data", [
    b"\x30\x80\x00\x00",  # indefinite length
    b"\x30\x81\x05\x02\x03\x01\x00\x01",  # a length longer than needed
    b"\x30\x82\x00\x05\x02\x03\x01\x00\x01",
    b"\x30\x06\x02\x03\x01\x00\x01",  # longer than what there is
    b"\x30", b"", b"\x31\x00",
])  # fmt: skip
def test_what_is_not_plain_der_is_refused(data):
    with pytest.raises(NotDer):
        first_element(data, 0x30)
    with pytest.raises(NotDer):
        plain_parts(data)


@pytest.mark.parametrize("data", [
    b"\x02\x03\x01\x00",  # cut off
    b"\x02", b"\x1f\x22\x00",  # a tag of two bytes
    b"\x02\x85\x00\x00\x00\x00\x01\x00", b"\x02\x81\x01\x00", b"\x02\x80",
])  # fmt: skip
def test_elements_are_strict(data):
    with pytest.raises(NotDer):
        elements(data, 0, len(data))


def test_a_certificate_of_an_unknown_version_is_unreadable(values):
    """Found by comparing both ways: the library of certificates raises an error of its own."""
    value = values[0]
    place = value.index(b"\xa0\x03\x02\x01\x02")
    damaged = value[:place] + b"\xa0\x03\x02\x01\x07" + value[place + 5 :]
    whole, facts = (
        cms_facts.read_cms(data, digest_by(b"x"), padded=True) for data in (value, damaged)
    )
    assert len(facts.certificates) == len(whole.certificates) - 1
    assert facts.notes == ("certificate_unreadable",)


def test_long_arguments_are_not_kept():
    asked = []

    @remembered
    def length(data: bytes) -> int:
        asked.append(len(data))
        return len(data)

    for size in (10, 10, 20_000, 20_000):
        assert length(bytes(size)) == size
    assert asked == [10, 20_000, 20_000]
