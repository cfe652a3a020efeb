"""Level x key x profile: every signature is shown to three verifiers and stays PDF/A.

The keys: RSA and ECDSA, each from a PKCS#12 file, on a PKCS#11 token, at a remote service.
The verifiers: ours, pyHanko's, poppler's ``pdfsig`` (which knows no document timestamps).
"""

from __future__ import annotations

import contextlib
from itertools import product

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from sohoa_signing.keys import load_pkcs12
from sohoa_signing.marks import officer_mark
from sohoa_signing.remote_key import RemoteKey
from sohoa_signing.request import Lane, Level, Profile
from sohoa_signing.sign import sign_pdf
from sohoa_signing.token_key import open_token
from sohoa_signing.verify.policy import Verdict
from tests.signing.csc_dummy import ACCESS, CREDENTIAL, Csc, serving_csc
from tests.signing.csc_dummy import PIN as CSC_PIN
from tests.signing.kit import NOW, judge, pdfsig, pem
from tests.signing.softhsm import PIN
from tests.signing.still_pdfa import spoiled
from tests.signing.test_levels import asked, pyhanko_opinion
from tests.signing.test_token import chosen

KEYS = ("file", "token", "remote")
WHO = {"rsa": "rsa", "ecdsa": "officer"}
SCHEMES = {
    ("rsa", Profile.TT15): "RSASSA-PSS",
    ("rsa", Profile.COMPATIBLE): "RSASSA-PKCS1-v1_5",
    ("ecdsa", Profile.TT15): "ECDSA",
    ("ecdsa", Profile.COMPATIBLE): "ECDSA",
}


@pytest.fixture(scope="module")
def keys(soft_token, authority):
    """Every key of the matrix, opened once as for a batch."""
    found = {}
    with contextlib.ExitStack() as stack:
        for kind, who in WHO.items():
            person = authority.people[who]
            issuers = [authority.middle.certificate, authority.root.certificate]
            data = pkcs12.serialize_key_and_certificates(
                b"khoa",
                person.private_key,
                person.certificate,
                issuers,
                BestAvailableEncryption(b"mat khau"),
            )
            found["file", kind] = load_pkcs12(data, b"mat khau")
            service = Csc(authority, who)
            service.multisign = 100
            url = stack.enter_context(serving_csc(service))
            found["remote", kind] = RemoteKey(
                f"{url}/v1", CREDENTIAL, access_token=ACCESS.encode(), pin=CSC_PIN.encode()
            )
        yield found
        for key in found.values():
            key.close()


def key_of(keys, soft_token, authority, where, kind):
    if where == "token" and ("token", kind) not in keys:
        for old in [name for name in keys if name[0] == "token"]:
            keys.pop(old).close()  # one login at a time
        keys["token", kind] = open_token(chosen(soft_token.choice, authority, WHO[kind]), PIN)
    return keys[where, kind]


@pytest.mark.parametrize(
    ("where", "kind", "profile", "level"), list(product(KEYS, WHO, Profile, Level))
)
def test_three_verifiers_agree(
    keys, soft_token, authority, paper, tmp_path, where, kind, profile, level
):
    key = key_of(keys, soft_token, authority, where, kind)
    mark = officer_mark("Lê Thị Thử", NOW)
    # Tokens and services carry the leaf and its issuer, seldom the root.
    roots = (pem(authority.root.certificate),)
    request = asked(authority, level, profile=profile, mark=mark, certificates=roots)
    stamper = authority.stamper(NOW) if level.stamped else None
    signed = sign_pdf(paper, request, key, timestamper=stamper)
    assert signed.lane is Lane.FAST
    assert signed.algorithm.startswith(SCHEMES[kind, profile])
    report = judge(signed.pdf, authority.policy())
    assert report.verdict is Verdict.VALID, (report.code, report.signatures)
    count = 2 if level is Level.B_LTA else 1
    assert [s.level for s in report.signatures] == [level.value, "DTS"][:count]
    if level.long_term:  # all it needs is inside
        assert judge(signed.pdf, authority.policy(crls=())).verdict is Verdict.VALID
    assert pyhanko_opinion(signed.pdf, authority) == [True] * count
    said = pdfsig(signed.pdf, tmp_path)
    assert said.count("Signature is Valid.") == 1, said
    assert said.count("has not yet been verified") == count - 1
    assert spoiled(paper, signed.pdf) == []


def test_the_judge_of_pdfa_finds_faults(authority, paper):
    signed = sign_pdf(
        paper, asked(authority, mark=officer_mark("Lê", NOW)), authority.key("officer")
    ).pdf
    for old, new in (
        (b"/F 132", b"/F 130"),
        (b"/FontFile2", b"/FontFileX"),
        (b"/ToUnicode", b"/ToUnicodX"),
        (b"/CIDToGIDMap", b"/CIDToGIDMaX"),
        (b"0 g BT", b"0 gs B"),
    ):
        assert old in signed[len(paper) :], old
        assert spoiled(paper, signed[: len(paper)] + signed[len(paper) :].replace(old, new)), old
