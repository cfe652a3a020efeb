"""``sohoa validate`` and ``sohoa procedures`` as a script runs them."""

import csv
import io
import json
from pathlib import Path

import pikepdf
import pytest

from cli.program import Ran
from cli.program import sohoa as in_a_process
from sohoa_cli.main import run
from sohoa_core import i18n, workspace
from sohoa_core.facts import Role
from sohoa_core.records import Document, Dossier, Field, Item, Party
from sohoa_core.records.recording import add_version
from sohoa_validators.catalogue import SHIPPED
from validators.test_exports import packet
from validators.test_reports import Seen

BAD_CODE = "H26.1-261110-0001/<b>x"
CODES = ("000.00.01.H26-261110-0012", BAD_CODE)


def sohoa(*words: str | Path) -> Ran:
    """Run the command in this process: starting one for each line would cost a second."""
    arguments = [str(word) for word in words]
    lang = arguments[arguments.index("--lang") + 1] if "--lang" in arguments else "vi"
    results = io.StringIO()
    before = i18n.active()
    i18n.activate(lang)
    try:
        code = run(arguments, results)
    finally:
        i18n.activate(before)
    return Ran(code, results.getvalue(), "")


def pdf() -> bytes:
    made = pikepdf.new()
    made.add_blank_page(page_size=(595, 842))
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two birth registrations, each with one scanned declaration in which a name is wrong."""
    root = tmp_path_factory.mktemp("w") / "xã"
    workspace.create(root)
    with workspace.opened(root) as opened:
        for code in CODES:
            with opened.store.write() as session:
                owner = Party(
                    kind="person",
                    name="Nguyễn Văn Hòa",
                    name_printed="Nguyễn Văn Hòa",
                    name_key="nguyen van hoa",
                )
                session.add(owner)
                session.flush()
                dossier = Dossier(
                    code=code, procedure_code="1.001193", received_on="2026-11-10", status=4,
                    owner_id=owner.id,
                )  # fmt: skip
                session.add(dossier)
                session.flush()
                item = Item(dossier_id=dossier.id, ordinal=1, code="KQ003204", form="original")
                session.add(item)
                session.flush()
                document = Document(item_id=item.id, name="to-khai.pdf")
                document.doc_type = "birth_declaration"
                session.add(document)
                session.flush()
                stored = opened.vault.put(pdf())
                add_version(
                    session, document, Role.ARCHIVAL, stored, media_type="application/pdf",
                    made_by="test",
                )  # fmt: skip
                session.add(
                    Field(
                        document_id=document.id,
                        name="full_name",
                        value="Nguyễn <An> 2",
                        raw="x",
                        confidence=1.0,
                        source="person",
                        page=1,
                        box=[20.0, 40.0, 80.0, 46.0],
                    )
                )
    return root


def test_a_folder_of_pages(space: Path, tmp_path: Path) -> None:
    out = tmp_path / "báo cáo"
    ran = sohoa("validate", "-w", space, "--on", "2026-11-20", "--report-dir", out, "--json")
    assert ran.code == 4, ran.err
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        "000.00.01.H26-261110-0012.html", "H26.1-261110-0001__b_x.html", "findings.csv",
        "index.html",
    ]  # fmt: skip
    page = (out / "000.00.01.H26-261110-0012.html").read_text(encoding="utf-8")
    assert "data:image/jpeg;base64," in page and "<rect" in page
    assert "Nguyễn &lt;An&gt; 2" in page and "<An>" not in page
    assert "Việc cần làm tiếp theo" in page
    index = Seen((out / "index.html").read_text(encoding="utf-8"))
    assert sorted(index.links) == names[:2]
    assert "b" not in index.elements
    table = (out / "findings.csv").read_text(encoding="utf-8-sig")
    assert len(list(csv.reader(io.StringIO(table)))) == 1 + len(ran.of("sohoa.finding/1"))
    assert ran.of("sohoa.verdict/1")


def test_one_report_by_its_ending(space: Path, tmp_path: Path) -> None:
    common = ("validate", "-w", space, "--on", "2026-11-20", "--lang", "en", "-q")
    for name in ("r.sarif", "r.json", "r.csv"):
        assert sohoa(*common, "--report", tmp_path / name).code == 4
    log = json.loads((tmp_path / "r.sarif").read_text(encoding="utf-8"))
    lines = (tmp_path / "r.json").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert sorted(record["dossier"] for record in records) == sorted(CODES)
    count = sum(len(record["findings"]) for record in records)
    assert len(log["runs"][0]["results"]) == count > 0
    one = tmp_path / "r.html"
    assert sohoa(*common, "--dossier", CODES[0], "--report", one).code == 4
    assert "What to do next" in one.read_text(encoding="utf-8")
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    "words",
    [
        ["--report", "r.docx"], ["--report", "r.html"], ["--from", "."], ["--mapping", "x"],
        ["--from", "nowhere", "--mapping", "national_portal"],
        ["--from", ".", "--mapping", "national_portal", "--report", "r.html"],
        ["--from", ".", "--mapping", "national_portal", "--report-dir", "r"],
    ],
    ids=lambda words: " ".join(words),
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    words: list[str], space: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = sohoa("validate", "-w", space, *words, "--json")
    assert ran.code == 2
    assert not list(tmp_path.iterdir())


def test_exports_without_a_workspace(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    data = json.dumps({"data": [packet(1), packet(2), 5]})
    (folder / "a.json").write_text(data, encoding="utf-8")
    report = tmp_path / "out.jsonl"
    words = ("validate", "--from", folder, "--mapping", "national_portal", "--on", "2026-11-20",
             "--report", report, "--json")  # fmt: skip
    ran = in_a_process(*words)
    assert ran.code == 3, ran.err
    assert [record["item"] for record in ran.of("sohoa.validate.export.item/1")] == ["a.json#3"]
    assert len(report.read_text(encoding="utf-8").splitlines()) == 2
    # The same again has nothing to do; a new file is added; other rules begin anew.
    (folder / "b.json").write_text(json.dumps(packet(3)), encoding="utf-8")
    assert len(sohoa(*words).of("sohoa.validation/1")) == 0
    (folder / "b.json").write_text(json.dumps({"data": packet(3)}), encoding="utf-8")
    again = sohoa(*words, "--workers", "2")
    assert [record["dossier"][-4:] for record in again.of("sohoa.validation/1")] == ["0003"]
    assert len(report.read_text(encoding="utf-8").splitlines()) == 3
    other = sohoa(*words[:6], "2026-11-21", *words[7:])
    assert len(other.of("sohoa.validation/1")) == 3
    assert len(report.read_text(encoding="utf-8").splitlines()) == 3


def test_procedures_are_listed_shown_checked_and_compared(tmp_path: Path) -> None:
    listed = sohoa("procedures", "list", "--json").of("sohoa.procedure/1")
    assert len(listed) == len(list((SHIPPED / "procedures").glob("*.yaml")))
    shown = sohoa("procedures", "show", "1.001193.000.00.00.H26", "--json").records[0]
    assert shown["schema"] == "sohoa.procedure.schema/1" and shown["code"] == "1.001193"
    assert "Tờ khai" in sohoa("procedures", "show", "1.001193", "--lang", "vi").out
    assert sohoa("procedures", "show", "9.999999").code == 2
    checked = in_a_process("procedures", "check", "--json")
    assert checked.code == 0 and checked.records[-1]["examples_failed"] == 0
    made = sohoa("procedures", "new", "9.123456", "--name", "Thủ tục", "--into", tmp_path)
    assert made.code == 0
    assert sohoa("procedures", "new", "9.123456", "--name", "x", "--into", tmp_path).code == 11
    assert sohoa("procedures", "check", tmp_path).code == 0
    path = tmp_path / "procedures" / "9.123456.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("commune ", "village "))
    refused = sohoa("procedures", "check", tmp_path, "--json")
    assert refused.code == 9
    assert "9.123456.yaml:5 (agency_level)" in refused.records[0]["fault"]
    found = sohoa("procedures", "diff", "2.001194", "2.001195", "--json")
    assert {"path": "code", "before": "2.001194", "after": "2.001195"}.items() <= found.records[
        0
    ].items()


def test_portal_records_are_imported(tmp_path: Path) -> None:
    source = Path(__file__).parent / "data" / "portal" / "birth.json"
    ran = sohoa("procedures", "import", source, "--into", tmp_path, "--json")
    assert ran.code == 0
    assert (tmp_path / "procedures" / "1.001193.yaml").is_file()
    assert sohoa("procedures", "check", tmp_path).code == 0
    broken = tmp_path / "x.json"
    broken.write_text('[{"code": "x"}]')
    assert sohoa("procedures", "import", broken, "--into", tmp_path).code == 10
