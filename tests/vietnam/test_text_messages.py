"""Every message of the package has its Vietnamese, with the same placeholders."""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path

import sohoa_vietnam
from sohoa_vietnam.charsets.convert import convert
from sohoa_vietnam.charsets.detect import detect
from sohoa_vietnam.dates import parse_date
from sohoa_vietnam.identifiers.registry import read
from sohoa_vietnam.identifiers.result import Kind
from sohoa_vietnam.messages import Problem, Severity, VietnamError, fill
from sohoa_vietnam.numerals import parse_number
from sohoa_vietnam.organizations import read_organization
from sohoa_vietnam.person_names import split_name
from sohoa_vietnam.syllables import count_syllables
from sohoa_vietnam.tables import TableBroken

PACKAGE = Path(sohoa_vietnam.__file__).parent
CATALOGUE = PACKAGE / "locale" / "vi" / "LC_MESSAGES" / "sohoa_vietnam.po"


def _marked() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found[ast.literal_eval(node.args[0])] = path.name
    return found


def _catalogue() -> dict[str, str]:
    entries: dict[str, str] = {}
    text = CATALOGUE.read_text(encoding="utf-8")
    for block in re.split(r"\n\s*\n", text):
        strings = {"msgid": "", "msgstr": ""}
        current = ""
        for line in block.splitlines():
            if match := re.match(r"(msgid|msgstr) (\".*\")$", line):
                current = match[1]
                strings[current] += ast.literal_eval(match[2])
            elif line.startswith('"') and current:
                strings[current] += ast.literal_eval(line)
        if strings["msgid"]:
            assert strings["msgid"] not in entries, f"twice: {strings['msgid']}"
            entries[strings["msgid"]] = strings["msgstr"]
    return entries


def test_every_message_is_translated() -> None:
    catalogue = _catalogue()
    assert {k: v for k, v in _marked().items() if not catalogue.get(k)} == {}


def test_placeholders_agree() -> None:
    for english, vietnamese in _catalogue().items():
        names = sorted(re.findall(r"{(\w+)}", english))
        assert sorted(re.findall(r"{(\w+)}", vietnamese)) == names, english


def test_results_cross_to_worker_processes() -> None:
    results = [
        read(Kind.TAX_CODE, "0100109107"),
        read(Kind.CMND, ""),
        parse_date("31/02/2020"),
        split_name("Nguyên Văn An"),
        read_organization("CTY CP A"),
        detect(["NguyÔn V¨n B×nh", "TrÇn §øc HiÕu", "Lê Thị Bưởi"]),
        convert("NguyÔn", "tcvn3"),
        parse_number("một trăm hai"),
        count_syllables("Hà Nội"),
    ]
    for result in results:
        assert pickle.loads(pickle.dumps(result)) == result


def test_problems_and_errors_travel() -> None:
    problem = Problem("x.y", Severity.ERROR, "found {a}", {"a": 1})
    assert pickle.loads(pickle.dumps(problem)) == problem
    assert (problem.text(), hash(problem) == hash(problem)) == ("found 1", True)
    error = TableBroken(table="t", row="d")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, VietnamError)
    assert (again.args_by_name, str(again)) == (error.args_by_name, str(error))
    assert fill("{nothing} {", {}) == "{nothing} {"
