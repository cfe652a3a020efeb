"""Trust stores: pinned, separate, empty by default; many files; tables and XML of the results."""

from __future__ import annotations

import csv
import io
import json

import pytest

from sohoa_core.errors import InputMissing
from sohoa_signing.demo_pki import Subject, issue, make_demo_pki, new_key
from sohoa_signing.errors import AnchorRefused, AnchorUnknown, TrustStoreDamaged
from sohoa_signing.trust_store import (
    add_anchor,
    check_anchors,
    read_anchors,
    remove_anchor,
    trust_stores,
)
from sohoa_signing.verify.exports import CSV_COLUMNS, csv_text
from sohoa_signing.verify.many import verify_many
from sohoa_signing.verify.policy import Verdict, VerifyPolicy
from tests.signing.kit import DAY, NOW, judge, pem, sign

LONG = {"since": NOW - DAY, "until": NOW + 3000 * DAY}


def root(name: str = "Gốc Quốc gia", **changes):
    options = {"issuer": None, "purpose": "authority", **LONG}
    return issue(Subject(name), **{**options, **changes})


def test_nothing_is_trusted_until_it_is_added(tmp_path, authority, once):
    assert read_anchors(tmp_path) == ()
    policy = VerifyPolicy(stores=trust_stores(tmp_path), crls=authority.crls())
    assert judge(once, policy).code == "untrusted"
    anchor = add_anchor(tmp_path, pem(authority.root.certificate), "cong_vu", allow_demo=True)
    policy = VerifyPolicy(stores=trust_stores(tmp_path), crls=authority.crls())
    assert judge(once, policy).verdict is Verdict.VALID
    only_public = VerifyPolicy(
        stores=trust_stores(tmp_path), crls=authority.crls(), required_store="cong_cong"
    )
    assert judge(once, only_public).code == "untrusted"
    assert remove_anchor(tmp_path, anchor.sha256[:8].upper()) == anchor
    assert trust_stores(tmp_path).cong_vu == ()
    assert [path.name for path in tmp_path.iterdir()] == ["anchors.json"]


def test_what_is_no_root_to_trust(tmp_path, authority):
    pki = make_demo_pki(tmp_path / "pki", password=b"x")
    store = tmp_path / "store"
    short = root(private_key=new_key("rsa", bits=1024))
    refused = {
        "demo": pki.anchor.read_bytes(),
        "leaf": pem(authority.people["officer"].certificate),
        "sub": pem(authority.middle.certificate),
        "short": pem(short.certificate),
        "nothing": b"no certificate",
        "two": pem(root().certificate) + pem(root().certificate),
    }
    for data in refused.values():
        with pytest.raises(AnchorRefused) as caught:
            add_anchor(store, data, "cong_cong")
        assert caught.value.message("vi") != caught.value.message("en")
    good = pem(root().certificate)
    with pytest.raises(AnchorRefused):
        add_anchor(store, good, "cong_cong", expected="00" * 32)
    added = add_anchor(store, good, "cong_cong")
    colons = ":".join(added.sha256[i : i + 2] for i in range(0, 64, 2)).upper()
    assert add_anchor(store, good, "cong_cong", expected=colons) == added
    assert len(read_anchors(store)) == 1
    for pin in ("", "zz", added.sha256[:7], "0" * 64):
        with pytest.raises(AnchorUnknown):
            remove_anchor(store, pin)


def test_a_store_that_was_changed_is_not_used(tmp_path):
    first = add_anchor(tmp_path, pem(root().certificate), "cong_vu")
    path = tmp_path / f"{first.sha256}.pem"
    kept = path.read_bytes()
    path.write_bytes(pem(root("Kẻ mạo danh").certificate))
    with pytest.raises(TrustStoreDamaged):
        trust_stores(tmp_path)
    assert check_anchors(tmp_path)[0][1]
    path.write_bytes(kept)
    assert check_anchors(tmp_path) == [(first, "")]
    assert check_anchors(tmp_path, NOW + 4000 * DAY)[0][1]
    (tmp_path / "anchors.json").write_text(json.dumps({"anchors": [{"sha256": "../x"}]}))
    with pytest.raises(TrustStoreDamaged):
        trust_stores(tmp_path)


def test_many_files_in_order_one_process_or_two(tmp_path, authority, once, paper):
    kinds = {"a.pdf": once, "b.pdf": paper, "c.pdf": b"%PDF-1.7\n", "d.pdf": once[:-3]}
    for name, data in kinds.items():
        (tmp_path / name).write_bytes(data)
    files = [(tmp_path / name, name) for name in (*kinds, "none.pdf")]
    alone = list(verify_many(files, authority.policy(), workers=1))
    both = list(verify_many(files, authority.policy(), workers=2))
    assert [label for label, _ in both] == [label for _, label in files]
    verdicts = [found.verdict.value for _, found in alone[:4]]
    assert verdicts == ["VALID", "UNSIGNED", "MALFORMED", "MALFORMED"]
    assert verdicts == [found.verdict.value for _, found in both[:4]]
    assert isinstance(alone[4][1], InputMissing) and isinstance(both[4][1], InputMissing)


def test_tables_hold_no_formulas(authority, paper, twice):
    evil = '=cmd|"/c calc"!A1'
    signed = sign(paper, authority, reason=evil).pdf
    report = judge(signed, authority.policy())
    from dataclasses import replace

    hostile = replace(report, file="@SUM(1)\r\n\t=1+1\x00")
    rows = list(csv.reader(io.StringIO(csv_text([hostile, judge(twice, authority.policy())]))))
    assert rows[0][0] == "\ufeff" + CSV_COLUMNS[0]
    assert len(rows) == 4 and {len(row) for row in rows} == {len(CSV_COLUMNS)}
    assert rows[1][0] == "'@SUM(1) =1+1"
    assert not any(cell[:1] in ("=", "+", "-", "@") for row in rows[1:] for cell in row)


def test_the_audit_report_is_a_signed_pdfa(authority, once, twice, paper, tmp_path):
    """Text in order, fonts embedded, claims PDF/A-2u, the same input gives the same bytes."""
    import subprocess

    import pikepdf

    from sohoa_signing.audit_report import audit_pdf
    from sohoa_signing.request import SignerRole, SignRequest
    from sohoa_signing.sign import sign_pdf

    found = [judge(data, authority.policy()) for data in (once, twice, paper)] * 9
    roots = [("Gốc thử", "ab" * 32)]
    pdf = audit_pdf(found, made_at=NOW, roots=roots)
    assert pdf == audit_pdf(found, made_at=NOW, roots=roots)
    request = SignRequest(role=SignerRole.OFFICER, signed_at=NOW, checked_at=NOW)
    signed = sign_pdf(pdf, request, authority.key("officer")).pdf
    assert judge(signed, authority.policy()).verdict is Verdict.VALID
    path = tmp_path / "report.pdf"
    path.write_bytes(signed)
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode()
    assert text.startswith("BÁO CÁO KIỂM TRA CHỮ KÝ SỐ")
    assert "Số tệp: 27" in text and "hợp lệ: 18" in text and "chưa ký: 9" in text
    assert "chữ ký số và dấu thời gian đều hợp lệ" in text
    with pikepdf.open(path) as document:
        assert len(document.pages) > 2
        assert b"<pdfaid:part>2<" in document.Root.Metadata.read_bytes()
        assert int(document.Root.OutputIntents[0].DestOutputProfile.N) == 3
        fonts = document.pages[0].Resources.Font
        assert "/FontFile2" in fonts.F0.DescendantFonts[0].FontDescriptor
        assert "/Info" not in document.trailer
