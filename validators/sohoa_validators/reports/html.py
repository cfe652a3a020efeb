"""One dossier as one HTML page: what was found, where on the page, what to do next.

The page stands alone: no script, no link, no file beside it. Its content security policy forbids
everything but its own style (by hash) and images in the page itself; every text is escaped, so
that no value of a dossier can become markup. Boxes are drawn in SVG, in millimetres of the page.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterator
from html import escape

from sohoa_core.facts import FindingFact, VerdictFact
from sohoa_core.i18n import N_, translate
from sohoa_validators.clip import clip
from sohoa_validators.reports.model import (
    MARKS,
    SEVERITIES,
    ReportDocument,
    ReportDossier,
    ReportPage,
)
from sohoa_validators.reports.next_steps import next_steps
from sohoa_validators.wording import say, say_answer, say_question

STYLE = """
:root{color-scheme:light;--error:#b00020;--review:#7a4b00;--warning:#8a6100;--info:#3a5a78}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1rem 1.25rem;
font:16px/1.5 system-ui,"Noto Sans",sans-serif;color:#1b1b1b;background:#fff}
h1{font-size:1.45rem;margin:.2rem 0}h2{font-size:1.15rem;margin:1.8rem 0 .5rem;
border-bottom:2px solid #ddd;padding-bottom:.2rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}
dl.head{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.6rem 0}
dl.head dt{color:#555}dl.head dd{margin:0;overflow-wrap:anywhere}
p.counts span{display:inline-block;margin-right:.6rem;padding:.1rem .6rem;border-radius:1rem;
border:1px solid #ccc}
ol.steps li{margin:.25rem 0}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid #e3e3e3;
overflow-wrap:anywhere}th{font-weight:600;color:#444}
td.n,td.s{white-space:nowrap}
.error{color:var(--error)}.review{color:var(--review)}.warning{color:var(--warning)}
.info{color:var(--info)}
td.s,p.counts span{font-weight:600}
.basis{color:#555;font-size:.87rem}
.pages{display:flex;flex-wrap:wrap;gap:1rem}
figure{margin:0;flex:1 1 24rem;max-width:100%}figcaption{color:#555;font-size:.87rem}
svg{width:100%;height:auto;border:1px solid #bbb;background:#fafafa}
svg rect{fill:none;stroke:#3a5a78;stroke-width:.7}svg text{font:700 4px sans-serif;fill:#3a5a78}
svg .error rect{stroke:#b00020}svg .error text{fill:#b00020}
svg .review rect{stroke:#b36b00}svg .review text{fill:#b36b00}
svg .warning rect{stroke:#c08a00}svg .warning text{fill:#8a6100}
footer{margin-top:2rem;color:#555;font-size:.87rem;border-top:1px solid #ddd;padding-top:.6rem}
@media print{body{max-width:none;padding:0}figure{break-inside:avoid}tr{break-inside:avoid}}
""".strip()

_TITLE = N_("Check of dossier")
_NOTHING = N_("Nothing was found.")
_NEXT = N_("What to do next")
_NO_STEP = N_("Nothing: no error, no warning, no open question.")
_VERDICTS = N_("Verdicts")
_FINDINGS = N_("Findings")
_MADE_BY = N_("Made by")
_DOCUMENT = N_("Document")
_CERTAINTY = N_(
    "“Secondary source” and “not verified” say how sure the citation is, not how grave the "
    "finding. What a machine read without certainty is a question for a person, never an error."
)
_PERSONAL = N_("This page holds personal data: keep it as you keep the dossier.")

#: The questions about a document in the order of their columns.
QUESTIONS = ("digitize", "still_valid", "equal_to_paper", "archival")
_GRAVE = ("INCOMPLETE", "REVOKED", "EXPIRED")
_OPEN = ("UNKNOWN",)

#: Texts longer than this are cut; what a report shows is a pointer, not the record.
LONGEST = 600


def html_page(dossier: ReportDossier, lang: str = "vi", *, made_by: str = "sohoa") -> str:
    """The whole page in ``lang``; ``made_by`` names program and version."""
    return "".join(_Page(dossier, lang, made_by).parts())


class _Page:
    def __init__(self, dossier: ReportDossier, lang: str, made_by: str) -> None:
        self.dossier = dossier
        self.lang = lang
        self.made_by = made_by
        self.findings = dossier.ordered()
        self.numbers = {id(finding): number for number, finding in enumerate(self.findings, 1)}

    def _(self, text: str) -> str:
        """A message of ours, escaped."""
        return escape(translate(text, self.lang))

    @staticmethod
    def value(text: object, limit: int = LONGEST) -> str:
        """A text of strangers: cut, tamed, escaped."""
        return escape(clip(text, limit))

    def parts(self) -> Iterator[str]:
        code = self.value(self.dossier.code)
        digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
        policy = (
            "default-src 'none'; img-src data:; "
            f"style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )
        yield f'<!DOCTYPE html>\n<html lang="{escape(self.lang)}">\n<head>\n'
        yield '<meta charset="utf-8">\n'
        yield f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        yield '<meta name="referrer" content="no-referrer">\n'
        yield '<meta name="robots" content="noindex">\n'
        yield f"<title>{self._(_TITLE)} {code}</title>\n"
        yield f"<style>{STYLE}</style>\n</head>\n<body>\n"
        yield f"<h1>{self._(_TITLE)} {code}</h1>\n"
        yield from self.head()
        yield from self.steps()
        yield from self.table()
        yield from self.verdicts()
        for document in self.dossier.documents:
            yield from self.document(document)
        yield from self.foot()
        yield "</body>\n</html>\n"

    def head(self) -> Iterator[str]:
        dossier = self.dossier
        procedure = " – ".join(part for part in (dossier.procedure, dossier.procedure_name) if part)
        rows = (
            (N_("Procedure"), procedure),
            (N_("Case"), dossier.case),
            (N_("Agency"), dossier.agency),
            (N_("Received on"), dossier.received_on),
            (N_("Owner"), dossier.owner),
            (N_("Judged as of"), dossier.on),
        )
        yield '<dl class="head">\n'
        for name, text in rows:
            if text:
                yield f"<dt>{self._(name)}</dt><dd>{self.value(text)}</dd>\n"
        yield '</dl>\n<p class="counts">'
        counts = dossier.counts()
        for severity, words in SEVERITIES.items():
            count = sum(n for found, n in counts.items() if found == severity)
            if count:
                yield f'<span class="{severity}">{count} {self._(words)}</span>'
        if not self.findings:
            yield f"<span>{self._(_NOTHING)}</span>"
        yield "</p>\n"

    def steps(self) -> Iterator[str]:
        steps = next_steps(self.findings)
        yield f"<h2>{self._(_NEXT)}</h2>\n"
        if not steps:
            yield f"<p>{self._(_NO_STEP)}</p>\n"
            return
        yield '<ol class="steps">\n'
        for step, count in steps:
            yield f"<li>{self._(step)} ({count})</li>\n"
        yield "</ol>\n"

    def verdicts(self) -> Iterator[str]:
        """A row a document, a column a question; those of the whole dossier before the table."""
        if not self.dossier.verdicts:
            return
        yield f"<h2>{self._(_VERDICTS)}</h2>\n"
        rows: dict[str, dict[str, VerdictFact]] = {}
        for verdict in self.dossier.verdicts:
            if verdict.document is None:
                asked = self.value(say_question(verdict.question, self.lang))
                yield f"<p>{asked} {self.answer(verdict)}</p>\n"
            else:
                rows.setdefault(verdict.document, {})[verdict.question] = verdict
        asked_for = [q for q in QUESTIONS if any(q in answers for answers in rows.values())]
        if not asked_for:
            return
        yield f"<table>\n<tr><th>{self._(_DOCUMENT)}</th>"
        for question in asked_for:
            yield f"<th>{self.value(say_question(question, self.lang))}</th>"
        yield "</tr>\n"
        for document, answers in rows.items():
            yield f"<tr><td>{self.value(self.dossier.short_name_of(document))}</td>"
            for question in asked_for:
                found = answers.get(question)
                yield f"<td>{self.answer(found) if found is not None else '–'}</td>"
            yield "</tr>\n"
        yield "</table>\n"

    def answer(self, verdict: VerdictFact) -> str:
        said = self.value(say_answer(verdict.answer, verdict.branch, self.lang))
        basis = (
            f'<br><span class="basis">{self.value(verdict.basis)}</span>' if verdict.basis else ""
        )
        grave = "error" if verdict.answer in _GRAVE else "review" if verdict.answer in _OPEN else ""
        return f'<span class="{grave}">{said}</span>{basis}'

    def table(self) -> Iterator[str]:
        yield f"<h2>{self._(_FINDINGS)}</h2>\n"
        if not self.findings:
            yield f"<p>{self._(_NOTHING)}</p>\n"
            return
        yield "<table>\n<tr>"
        for heading in ("", N_("Severity"), N_("Place"), N_("Finding")):
            yield f"<th>{self._(heading)}</th>"
        yield "</tr>\n"
        for number, finding in enumerate(self.findings, 1):
            yield self.row(number, finding)
        yield "</table>\n"

    def row(self, number: int, finding: FindingFact) -> str:
        place = self.dossier.short_name_of(finding.document)
        if finding.page is not None:
            page = translate(N_("page {number}"), self.lang).format(number=finding.page)
            place = f"{place}, {page}" if place else page
        text = self.value(say(finding.message, finding.args, self.lang))
        basis = ""
        if finding.basis:
            mark = MARKS.get(finding.verified)
            sure = f" ({self._(mark)})" if mark is not None else ""
            basis = f'<br><span class="basis">{self.value(finding.basis)}{sure}</span>'
        severity = finding.severity.value
        return (
            f'<tr id="f{number}"><td class="n">{number}</td>'
            f'<td class="s {severity}">{self._(SEVERITIES[severity])}</td>'
            f"<td>{self.value(place)}</td><td>{text}{basis}</td></tr>\n"
        )

    def document(self, document: ReportDocument) -> Iterator[str]:
        shown = [page for page in document.pages if page.jpeg and _sound(page)]
        if not shown:
            return
        title = f" – {self.value(document.title)}" if document.title else ""
        yield f"<h2>{self.value(self.dossier.short_name_of(document.id))}{title}</h2>\n"
        yield '<div class="pages">\n'
        for page in shown:
            yield self.page(document, page)
        yield "</div>\n"
        left = len(document.pages) - len(shown)
        if left:
            note = translate(N_("{count} further pages are not shown."), self.lang)
            yield f"<p>{escape(note.format(count=left))}</p>\n"

    def page(self, document: ReportDocument, page: ReportPage) -> str:
        data = base64.b64encode(page.jpeg).decode()
        label = translate(N_("page {number}"), self.lang).format(number=page.number)
        size = f'width="{page.width:.1f}" height="{page.height:.1f}"'
        parts = [
            f'<figure><svg viewBox="0 0 {page.width:.1f} {page.height:.1f}" role="img" '
            f'aria-label="{self.value(document.name)}, {escape(label)}">'
            f'<image {size} href="data:image/jpeg;base64,{data}"/>'
        ]
        boxed = 0
        for finding in self.findings:
            here = finding.document == document.id and finding.page == page.number
            if here and (place := _placed(finding, page)) is not None:
                boxed += 1
                parts.append(self.box(finding, place))
        caption = escape(label)
        if boxed:
            places = translate(N_("{count} places marked"), self.lang).format(count=boxed)
            caption = f"{caption}: {escape(places)}"
        parts.append(f"</svg><figcaption>{caption}</figcaption></figure>\n")
        return "".join(parts)

    def box(self, finding: FindingFact, place: tuple[float, float, float, float]) -> str:
        x, y, width, height = place
        number = self.numbers[id(finding)]
        title = self.value(say(finding.message, finding.args, self.lang))
        return (
            f'<g class="{finding.severity.value}"><title>{number}. {title}</title>'
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="1"/>'
            f'<text x="{x:.1f}" y="{max(4.0, y - 0.8):.1f}">{number}</text></g>'
        )

    def foot(self) -> Iterator[str]:
        yield f"<footer><p>{self._(_CERTAINTY)}</p>\n"
        yield f"<p>{self._(_MADE_BY)} {self.value(self.made_by)}"
        if self.dossier.rule_set:
            yield f" · {self.value(self.dossier.rule_set)}"
        yield f"</p>\n<p>{self._(_PERSONAL)}</p></footer>\n"


def _sound(page: ReportPage) -> bool:
    return all(math.isfinite(side) and 0 < side < 10_000 for side in (page.width, page.height))


def _placed(finding: FindingFact, page: ReportPage) -> tuple[float, float, float, float] | None:
    """Corner, width and height of a finding's box inside the page; None when it has none."""
    box = finding.box
    if box is None or len(box) != 4 or not all(math.isfinite(side) for side in box):
        return None
    x0, x1 = (min(max(side, 0.0), page.width) for side in (box[0], box[2]))
    y0, y1 = (min(max(side, 0.0), page.height) for side in (box[1], box[3]))
    if x1 <= x0 or y1 <= y0:
        return None
    air = 0.8
    return x0 - air, y0 - air, x1 - x0 + 2 * air, y1 - y0 + 2 * air
