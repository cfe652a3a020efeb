"""Values of dossiers that want to be something else: markup, formulas, commands, megabytes."""

from __future__ import annotations

import io

from PIL import Image

from sohoa_core.facts import FindingFact, Severity, VerdictFact
from sohoa_validators.reports.model import ReportDocument, ReportDossier, ReportPage

#: Each would run or load something in a browser that takes it for markup. ``{port}`` is where a
#: request would arrive.
MARKUP = (
    "<script>document.title='owned';fetch('http://127.0.0.1:{port}/script')</script>",
    "<img src=x onerror=\"document.title='owned';alert(1)\">",
    "<img src='http://127.0.0.1:{port}/img'>",
    "\"><svg onload=document.title='owned'>",
    "'><iframe src='http://127.0.0.1:{port}/iframe'></iframe>",
    "</title><script>document.title='owned'</script>",
    "</style><style>body{background:url(http://127.0.0.1:{port}/css)}</style>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:{port}/refresh'>",
    "<base href='http://127.0.0.1:{port}/base/'>",
    "<link rel=stylesheet href='http://127.0.0.1:{port}/link'>",
    '<a href="javascript:document.title=\'owned\'" autofocus onfocus="document.title=1">x</a>',
    "<object data='http://127.0.0.1:{port}/object'></object>",
    "<embed src='http://127.0.0.1:{port}/embed'>",
    "<form action='http://127.0.0.1:{port}/form'><button autofocus>x</button></form>",
    "]]><script>document.title='owned'</script><![CDATA[",
    "<!--<script>document.title='owned'//--></script>",
    "<details open ontoggle=document.title='owned'>x</details>",
    "{{constructor.constructor('document.title=1')()}}",
    "<ｓcript>＜script＞document.title='owned'＜/script＞",
    "\u202e<b>\u0000\u001b[2J\ud800",
    "&lt;script&gt;document.title='owned'&lt;/script&gt;",
)
FORMULAS = (
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", " =1+1", "\u00a0=1+1",
    "＝1+1", "\n=1+1", "|calc", "%1", "\ufeff=1",
)  # fmt: skip


def picture() -> bytes:
    """A small JPEG."""
    buffer = io.BytesIO()
    Image.new("RGB", (210, 297), "white").save(buffer, "JPEG")
    return buffer.getvalue()


def dossier(texts: tuple[str, ...]) -> ReportDossier:
    """A report dossier that shows each of ``texts`` in every place where a text can stand."""
    findings = []
    documents = []
    verdicts = []
    for number, text in enumerate(texts):
        key = f"d{number}"
        for severity in Severity:
            findings.append(
                FindingFact(
                    rule="field.text.invisible",
                    severity=severity,
                    message="{title}: " + text.replace("{", "{{").replace("}", "}}"),
                    args={"title": text, "value": text, "message_vi": text},
                    basis=text,
                    verified="unverified",
                    document=key,
                    field_name=text,
                    page=1,
                    box=(10.0, 10.0 + number, 60.0, 16.0 + number),
                    rule_set=text,
                )
            )
        page = ReportPage(1, 210.0, 297.0, picture())
        documents.append(ReportDocument(key, text, text, (page,)))
        verdicts.append(VerdictFact(text, text, text, text, text, document=key))
    hostile = "".join(texts)
    return ReportDossier(
        code=hostile, on=hostile, procedure=hostile, procedure_name=hostile, case=hostile,
        agency=hostile, received_on=hostile, owner=hostile, findings=tuple(findings),
        verdicts=tuple(verdicts), documents=tuple(documents), rule_set=hostile,
    )  # fmt: skip
