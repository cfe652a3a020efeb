"""The ETSI report: structure, names and values, for every kind of verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from sohoa_signing.certificates import fingerprint
from sohoa_signing.validation_report import validation_report
from tests.signing.etsi_schema import VR, faults
from tests.signing.kit import judge, sign

NAMES = {"vr": VR, "ds": "http://www.w3.org/2000/09/xmldsig#"}


def texts(xml: bytes, path: str) -> list[str]:
    return [str(e.text) for e in etree.fromstring(xml).iterfind(path, NAMES)]


@pytest.fixture(scope="module")
def reports(authority, paper, once, twice):
    return {
        "valid": judge(twice, authority.policy()),
        "undecided": judge(once, authority.policy(crls=())),
        "stranger": judge(
            once, replace(authority.policy(), stores=type(authority.policy().stores)())
        ),
        "broken": judge(once[:-40] + b"x" + once[-39:], authority.policy()),
        "unsigned": judge(paper, authority.policy()),
        "malformed": judge(b"%PDF-", authority.policy()),
        "hostile": judge(sign(paper, authority, reason="<x>&\x01]]>").pdf, authority.policy()),
    }


def test_every_report_has_the_structure_of_the_standard(reports):
    for kind, report in reports.items():
        hostile = replace(report, file='"><!DOCTYPE x>\x00', code="\x00\ud7ff</a>")
        for one in (report, hostile):
            xml = validation_report(one)
            assert faults(xml) == [], kind
            assert xml == validation_report(one)
            assert b"<!DOCTYPE" not in xml


def test_what_it_says(reports, authority):
    xml = validation_report(reports["valid"])
    assert texts(xml, ".//vr:MainIndication") == ["urn:etsi:019102:mainindication:total-passed"] * 2
    signers = texts(xml, ".//vr:Signer")
    assert signers[0] == "Lê Thị Thử" and len(signers) == 2
    times = texts(xml, ".//vr:BestSignatureTime/vr:POETime")
    facts = reports["valid"].signatures
    assert times == [facts[0].verified_at, facts[1].timestamp_at]
    digests = texts(xml, ".//vr:ValidationObject//ds:DigestValue")
    import base64

    found = [base64.b64decode(text).hex() for text in digests]
    assert found[0] == reports["valid"].sha256
    assert fingerprint(authority.people["officer"].certificate) in found
    expected = {
        "undecided": "urn:etsi:019102:mainindication:indeterminate",
        "stranger": "urn:etsi:019102:mainindication:indeterminate",
        "malformed": "urn:etsi:019102:mainindication:total-failed",
        "unsigned": "urn:sohoa:mainindication:no-signature-found",
    }
    for kind, name in expected.items():
        assert texts(validation_report(reports[kind]), ".//vr:MainIndication") == [name], kind
    sub = texts(validation_report(reports["stranger"]), ".//vr:SubIndication")
    assert sub == ["urn:etsi:019102:subindication:NO_CERTIFICATE_CHAIN_FOUND"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"vr:HashOnly>false", b"vr:HashOnly>no"),
        (b"<vr:HashOnly>false</vr:HashOnly>", b""),
        (b"vr:POETime", b"vr:Time"),
        (b' VOReference="C-1"', b' VOReference="C-9"'),
        (b' id="C-1"', b""),
        (b"vr:SignerInformation", b"vr:SignerInfo"),
        (b"http://uri.etsi.org/19102/v1.2.1#", b"http://uri.etsi.org/19102/v1.1.1#"),
        (b'Signed="true"', b'Sealed="true"'),
    ],
)
def test_the_judge_of_the_structure_finds_faults(reports, old, new):
    xml = validation_report(reports["valid"])
    assert old in xml
    assert faults(xml.replace(old, new)) != []
