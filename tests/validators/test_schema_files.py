"""The shipped files hold, the published JSON Schemas agree, wrong files are refused by line."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_validators import legal, yaml_lines
from sohoa_validators.catalogue import SHIPPED, load_catalogue, shipped_catalogue
from sohoa_validators.errors import SchemaFileRefused
from sohoa_validators.own_rules import RuleFile
from sohoa_validators.paper import PaperFile
from sohoa_validators.schema import Procedure
from sohoa_validators.schema_files import FOLDER, PUBLISHED, schema_text
from sohoa_validators.yaml_lines import parse_yaml, read_yaml

REFUSED = sorted((Path(__file__).parent / "data" / "refused").glob("*.yaml"))
HEADER = re.compile(r"# line (\d+): (.*)")
#: Every procedure that the specification describes.
PROCEDURES = [
    "1.001193",
    "1.000894",
    "1.000656",
    "1.004873",
    "2.000635",
    "2.000986",
    "1.004222",
    "1.004194",
    "1.003677",
    "2.001159",
    "1.010041",
    "1.010038",
    "2.000200",
    "2.001195",
    "2.001194",
    "1.014062",
    "1.001456",
    "3.000347",
    "3.000333",
    "1.012575",
    "1.013066",
    "1.013079",
    "2.001410",
    "1.001612",
    "2.000720",
    "2.000575",
    "1.001570",
    "1.001266",
    "1.013831",
    "1.013833",
    "1.013978",
    "1.012790",
    "1.012796",
    "1.013225",
    "1.013226",
    "1.013227",
    "1.013228",
    # Known by their code and name only; their schemas say so.
    "1.001471",
    "1.115231",
    "1.115232",
    "2.001403",
    "1.003173",
    "3.000348",
    "3.000346",
    "2.001023",
    "1.013980",
    "3.000001",
    "1.005142",
    "1.014748",
    "2.000815",
    "2.000884",
    "1.014177",
    "1.014160",
    "1.007277",
    "2.001610",
]


def test_every_described_procedure_is_shipped() -> None:
    assert shipped_catalogue().codes() == tuple(sorted(PROCEDURES))


def test_file_names_are_codes() -> None:
    for path in (SHIPPED / "procedures").glob("*.yaml"):
        assert f'code: "{path.stem}"' in path.read_text(encoding="utf-8")


def test_every_part_has_a_source_and_a_mark() -> None:
    for versions in shipped_catalogue().procedures.values():
        for procedure in versions:
            parts = [*procedure.components, *procedure.results, *procedure.processing]
            for part in (*parts, *procedure.groups, *procedure.cases, *procedure.fees):
                assert procedure.source_of(part)
                assert procedure.checked_of(part)


def test_legal_files_hold() -> None:
    assert legal.validity().entries
    assert legal.scan().on(date(2026, 1, 1)).min_dpi == 200
    assert legal.scan().on(date(2026, 1, 1)).drawing_dpi == 300
    assert not legal.scan().on(date(2024, 1, 1)).pdfa
    assert legal.calendar().district_level_ends.on == date(2025, 7, 1)
    keys = {paper.paper.key for paper in shipped_catalogue().papers.values()}
    for entry in legal.validity().entries:
        assert set(entry.papers) <= keys
    assert legal.minimum_metadata().fields and legal.equivalence().conditions
    assert [one.id for one in legal.indicators().indicators] == ["4.1", "4.2", "4.3", "4.4"]


def test_field_aliases_name_one_field_each() -> None:
    aliases = [a for known in legal.field_names().values() for a in known.aliases]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(legal.field_names())


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_published_json_schema_agrees(name: str) -> None:
    """When this fails: run ``schema_files.write_schemas()`` and look at the difference."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert text == schema_text(PUBLISHED[name])
    assert json.loads(text)["additionalProperties"] is False


def test_the_models_are_published() -> None:
    assert set(PUBLISHED.values()) == {Procedure, PaperFile, RuleFile}


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_wrong_files_are_refused_with_line_and_reason(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = HEADER.match(text)
    assert header is not None
    folder = tmp_path / "procedures"
    folder.mkdir()
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SchemaFileRefused) as caught:
        load_catalogue(tmp_path)
    error = caught.value
    assert error.args_by_name["file"] == "mine.yaml"
    assert header[2] in str(error.faults)
    assert any(
        f"mine.yaml:{header[1]} " in f or f"mine.yaml:{header[1]}:" in f for f in error.faults
    )
    assert "{" not in error.message("en")
    assert error.exit_code == 9


def test_all_kinds_of_wrong_files_are_there() -> None:
    assert len(REFUSED) >= 18


def test_too_large_too_deep_not_utf8() -> None:
    for raw, reason in (
        (b"a: " + b"x" * 1_000_001, "larger than"),
        (b"[" * 60 + b"]" * 60, "nested deeper"),
        (b"a: b\nc: \xff\n", "not UTF-8"),
        (b"? [a]\n: b\n", "a key must be a text"),
        (b"a: 2026-99-99\n", "month"),
    ):
        with pytest.raises(SchemaFileRefused) as caught:
            parse_yaml(raw, "x.yaml")
        assert reason in str(caught.value.faults)


@settings(max_examples=150)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        parsed = parse_yaml(raw, "x.yaml")
    except SchemaFileRefused:
        return
    assert parsed.line_of(("no", "such", "place")) >= 1


@pytest.mark.parametrize("part", ["procedures", "papers", "rules", "legal", "rules/examples"])
def test_files_read_alike_without_libyaml(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own reader is stricter in places; files must not hang on which one is there."""
    paths = sorted((SHIPPED / part).glob("*.yaml"))
    usual = [read_yaml(path).data for path in paths]
    monkeypatch.setattr(yaml_lines, "_Loader", yaml.SafeLoader)
    assert paths and [read_yaml(path).data for path in paths] == usual
