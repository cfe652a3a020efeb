"""Reports: what each holds, and that no value of a dossier can become more than a text."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_core.facts import FindingFact, Severity
from sohoa_core.limits import Limits
from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.check import check_dossier
from sohoa_validators.examples import sound_dossiers
from sohoa_validators.reports.csv import COLUMNS, csv_text, safe_cell
from sohoa_validators.reports.html import html_page
from sohoa_validators.reports.jsonl import json_lines
from sohoa_validators.reports.model import ReportDocument, ReportDossier, ReportPage
from sohoa_validators.reports.next_steps import next_steps, step_for
from sohoa_validators.reports.page_images import PictureLimits, page_images
from sohoa_validators.reports.sarif import sarif_text
from sohoa_validators.rules.registry import rules
from validators.hostile import FORMULAS, MARKUP, dossier, picture

HOSTILE = dossier(tuple(text.replace("{port}", "9") for text in MARKUP) + FORMULAS)
#: Elements and attributes that our page is made of; nothing else may come out of any value.
ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "dl", "dt", "dd", "p",
    "span", "ol", "li", "table", "tr", "th", "td", "br", "div", "figure", "svg", "image", "g",
    "rect", "text", "figcaption", "footer",
}  # fmt: skip


class Seen(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src", "xlink:href", "action", "data"):
                self.links.append((value or "")[:40])

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def real() -> Iterator[ReportDossier]:
    for _, view, on in sound_dossiers():
        broken = replace(view, items=view.items[1:])
        result = check_dossier(broken, on=on, catalogue=shipped_catalogue())
        yield ReportDossier(
            code=view.code,
            on=on.isoformat(),
            procedure=view.procedure,
            owner=view.owner.name,
            findings=result.findings,
            verdicts=result.verdicts,
            documents=tuple(ReportDocument(i.id, f"{view.code}/{i.id}.pdf") for i in view.items),
            rule_set=result.rule_set,
        )


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_is_made_of_our_elements_only(lang: str) -> None:
    seen = Seen(html_page(HOSTILE, lang))
    assert seen.elements <= ELEMENTS
    assert not [name for name in seen.attributes if name.startswith("on") or name == "style"]
    assert seen.links and all(link.startswith("data:image/jpeg;base64,/9j/") for link in seen.links)


def test_the_policy_forbids_everything_but_the_page_itself() -> None:
    page = html_page(HOSTILE)
    policy = page.split('Content-Security-Policy" content="')[1].split('"')[0]
    assert policy.startswith("default-src &#x27;none&#x27;; img-src data:; style-src &#x27;sha256-")
    assert "unsafe" not in policy and "script" not in policy and "http" not in policy


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200))
def test_any_text_stays_a_text(text: str) -> None:
    seen = Seen(html_page(dossier((text,))))
    assert seen.elements <= ELEMENTS


def test_megabytes_are_cut() -> None:
    assert len(html_page(dossier(("<x>" * 1_000_000,)))) < 100_000


def test_a_page_says_everything_in_both_languages() -> None:
    for one in real():
        for lang, words in (("vi", "Việc cần làm"), ("en", "What to do next")):
            page = html_page(one, lang, made_by="sohoa 1.2")
            text = " ".join(Seen(page).texts)
            assert words in text and one.code in text and "sohoa 1.2" in text
            assert one.rule_set in text
            for finding in one.findings:
                assert finding.basis is None or finding.basis[:100] in text
            assert f'lang="{lang}"' in page


def test_a_finding_is_boxed_where_it_is() -> None:
    finding = FindingFact("field.name.letters", Severity.ERROR, "{field}: “{value}”",
                          {"field": "Tên", "value": "X"}, document="d", page=2,
                          box=(20.0, 30.0, 70.0, 36.0))  # fmt: skip
    pages = (ReportPage(1, 210, 297, picture()), ReportPage(2, 210, 297, picture()))
    one = ReportDossier("H26-1", "2026-11-20", findings=(finding,),
                        documents=(ReportDocument("d", "a.pdf", "", pages),))  # fmt: skip
    page = html_page(one, "en")
    first, second = page.split("<figure>")[1:]
    assert "<rect" not in first
    assert '<rect x="19.2" y="29.2" width="51.6" height="7.6"' in second
    assert 'viewBox="0 0 210.0 297.0"' in second


@pytest.mark.parametrize(
    "box",
    [
        (float("nan"), 0.0, 1.0, 1.0), (0.0, 0.0, float("inf"), 1.0), (5.0, 5.0, 5.0, 9.0),
        (300.0, 300.0, 400.0, 400.0), (-9e99, -9e99, -1.0, -1.0),
    ],
)  # fmt: skip
def test_a_box_outside_the_page_is_left_out(box: tuple[float, float, float, float]) -> None:
    finding = FindingFact("x", Severity.ERROR, "x", document="d", page=1, box=box)
    pages = (ReportPage(1, 210, 297, picture()), ReportPage(2, float("nan"), 297, picture()))
    one = ReportDossier("c", "2026", findings=(finding,),
                        documents=(ReportDocument("d", "a", "", pages),))  # fmt: skip
    page = html_page(one)
    assert (
        "<rect" not in page and "nan" not in page.casefold().split("<body>")[1].split("base64")[0]
    )


# --- tables ------------------------------------------------------------------------------------


def rows(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def test_no_cell_is_a_formula() -> None:
    table = rows("".join(csv_text([HOSTILE], "en")))
    assert len(table) == 1 + len(HOSTILE.findings)
    for row in table:
        assert len(row) == len(COLUMNS)
        for cell in row:
            assert not cell.lstrip(" \u00a0\u3000").startswith(tuple("=+-@|%＝\t\r\n"))
            assert "\n" not in cell and "\x00" not in cell


@given(st.text(max_size=60))
def test_any_cell_is_safe(text: str) -> None:
    cell = safe_cell(text)
    assert cell.replace("\ufffd", "x").isprintable()
    assert not cell.strip("\ufeff\u200b \u00a0\u3000").startswith(tuple("=+-@|%＝＋－＠"))


def test_the_table_is_in_the_language_of_the_reader() -> None:
    one = next(real())
    vi, en = (rows("".join(csv_text([one], lang))) for lang in ("vi", "en"))
    assert vi[0] != en[0] and len(vi) == len(en)
    assert vi[1][9] == en[1][9]


# --- SARIF -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dossiers", [[], [HOSTILE], list(real())], ids=["none", "hostile", "real"])
def test_sarif_holds_what_the_standard_demands(dossiers: list[ReportDossier]) -> None:
    text = "".join(sarif_text(dossiers, catalogue=shipped_catalogue(), version="0.1.0", lang="en"))
    text.encode("utf-8")
    log = json.loads(text)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run = log["runs"][0]
    described = run["tool"]["driver"]["rules"]
    ids = [rule["id"] for rule in described]
    assert len(ids) == len(set(ids)) == len(rules()) + len(shipped_catalogue().rules)
    assert all(rule["shortDescription"]["text"] for rule in described)
    assert len(run["results"]) == sum(len(one.findings) for one in dossiers)
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["kind"] in ("fail", "review", "informational")
        assert result["level"] == "none" or result["kind"] == "fail"
        if "ruleIndex" in result:
            assert ids[result["ruleIndex"]] == result["ruleId"]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri and uri.isascii() and not uri.startswith(("/", ".")) and ":" not in uri
        assert len(result["partialFingerprints"]["sohoa/v1"]) == 32


def test_a_fingerprint_survives_another_language() -> None:
    one = next(real())
    prints = []
    for lang in ("vi", "en"):
        text = "".join(sarif_text([one], catalogue=shipped_catalogue(), version="1", lang=lang))
        results = json.loads(text)["runs"][0]["results"]
        prints.append([result["partialFingerprints"] for result in results])
    assert prints[0] == prints[1]


def test_json_lines_are_one_object_each() -> None:
    text = "".join(json_lines([HOSTILE, *real()]))
    records = [json.loads(line) for line in text.splitlines()]
    assert [record["schema"] for record in records] == ["sohoa.validation/1"] * 4
    assert all(record["rule_set"] for record in records)


# --- what to do next, pictures -----------------------------------------------------------------


def test_every_rule_has_a_step() -> None:
    general = step_for("nothing.of.ours")
    for rule in rules():
        assert step_for(rule.id) != general
    for known in shipped_catalogue().rules:
        assert step_for(known.rule.id) != general


def test_notes_ask_for_nothing() -> None:
    made = [FindingFact("dossier.component.missing", s, "x") for s in Severity]
    assert [count for _, count in next_steps(made)] == [3]


def pdf(pages: int, width: float = 595, height: float = 842) -> bytes:
    import pikepdf

    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(width, height))
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_pictures_are_bounded() -> None:
    small = PictureLimits(side=200, pages=2)
    found = page_images(pdf(4), wanted={3}, budget=10**6, limits=Limits(), pictures=small)
    assert [bool(page.jpeg) for page in found] == [True, False, True, False]
    assert round(found[0].width) == 210 and round(found[0].height) == 297
    none = page_images(pdf(2), budget=10, limits=Limits(), pictures=small)
    assert [page.jpeg for page in none] == [b"", b""]
    few = page_images(pdf(5), budget=10**6, limits=Limits(pages=3), pictures=small)
    assert len(few) == 3


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nothing", picture()])
def test_what_is_no_pdf_has_no_picture(data: bytes) -> None:
    found = page_images(data, budget=10**6, limits=Limits())
    assert not any(page.jpeg for page in found)
