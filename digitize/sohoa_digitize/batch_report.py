"""The report at the end of a batch (báo cáo): what was done, what failed, what needs a person.

Gathered from the records, so it can be made again at any time, and written as HTML with
pictures, as CSV or as JSON. The HTML page is one file without scripts; nothing in it is
loaded from elsewhere, and every text that came from a paper is escaped.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import PurePosixPath
from typing import Any

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from sohoa_core.errors import SohoaError
from sohoa_core.i18n import N_, translate
from sohoa_core.records import Batch, BatchItem, Field, Finding
from sohoa_core.vault import Vault
from sohoa_digitize.extract.reasons import MESSAGES
from sohoa_digitize.review_csv import guarded
from sohoa_digitize.snippet import cut

#: Papers beyond this many get no picture: the page must open in a browser.
MOST_PICTURES = 300
_THUMB = (170, 240)
_STATES = {
    "done": N_("done"),
    "review": N_("needs a person"),
    "failed": N_("failed"),
    "queued": N_("not done yet"),
    "running": N_("not done yet"),
}


@dataclass(frozen=True, slots=True)
class Open:
    """One value that needs a person."""

    field: str
    value: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One input of the batch."""

    name: str
    state: str
    error: dict[str, Any] | None
    dossier: str
    doc_type: str
    pages: int
    fields: int
    seconds: float
    document: str
    archival: str
    original: str = ""
    values: tuple[Open, ...] = ()
    findings: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A batch with all its inputs in their order."""

    batch: str
    source: str
    state: str
    rows: tuple[Row, ...]
    counts: dict[str, int] = field(default_factory=dict)


def gather(session: Session, batch_id: str) -> Report:
    """The report of one batch from the records."""
    batch = session.get_one(Batch, batch_id)
    rows: list[Row] = []
    counts: dict[str, int] = {}
    items = select(BatchItem).where(BatchItem.batch_id == batch_id).order_by(BatchItem.ordinal)
    for item in session.scalars(items):
        state = {"running": "queued"}.get(item.state, item.state)
        counts[state] = counts.get(state, 0) + 1
        result = item.result or {}
        document = str(result.get("document", ""))
        rows.append(
            Row(
                name=item.label,
                state=state,
                error=item.error,
                dossier=str(result.get("dossier", "")),
                doc_type=str(result.get("doc_type", "")),
                pages=int(result.get("pages", 0)),
                fields=int(result.get("fields", 0)),
                seconds=item.seconds or 0.0,
                document=document,
                archival=str(result.get("archival", "")),
                original=str(result.get("sha256") or item.payload.get("sha256", "")),
                values=_values(session, document),
                findings=_findings(session, document),
            )
        )
    return Report(batch.id, batch.source, batch.state, tuple(rows), counts)


def _values(session: Session, document: str) -> tuple[Open, ...]:
    rows = session.scalars(
        select(Field)
        .where(Field.document_id == document, Field.review == "needed")
        .order_by(Field.page, Field.name)
    )
    return tuple(Open(f.name, f.value, f.confidence, f.reason or "") for f in rows)


def _findings(session: Session, document: str) -> tuple[dict[str, Any], ...]:
    rows = session.scalars(
        select(Finding)
        .where(Finding.document_id == document, Finding.stage == "digitize")
        .order_by(Finding.page, Finding.rule)
    )
    return tuple(
        {
            "rule": f.rule,
            "severity": f.severity,
            "message": f.message,
            "args": f.args,
            "page": f.page,
        }
        for f in rows
        if document
    )


# --- scripts and spreadsheets ----------------------------------------------------------------


def as_json(report: Report) -> bytes:
    """The whole report, untranslated."""
    plain = {"schema": "sohoa.digitize.report/1", **asdict(report)}
    return json.dumps(plain, ensure_ascii=False, indent=1, default=str).encode("utf-8") + b"\n"


def as_csv(report: Report, *, reason_of: Callable[[dict[str, Any]], str]) -> bytes:
    """One row an input; no cell is a formula."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(
        [
            *("file", "state", "code", "reason", "dossier", "doc_type", "pages", "fields"),
            *("to_review", "findings", "seconds"),
        ]
    )
    for row in report.rows:
        cells = (
            row.name,
            row.state,
            str((row.error or {}).get("code", "")),
            reason_of(row.error) if row.error else "",
            row.dossier,
            row.doc_type,
            str(row.pages),
            str(row.fields),
            str(len(row.values)),
            " ".join(one["rule"] for one in row.findings),
            f"{row.seconds:.2f}",
        )
        writer.writerow([guarded(cell) for cell in cells])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8")


# --- the page --------------------------------------------------------------------------------

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;
color:#1b1b1b;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
.n{display:flex;flex-wrap:wrap;gap:.8rem;padding:0;list-style:none}
.n li{border:1px solid #ccc;border-radius:6px;padding:.4rem .9rem}
.n b{font-size:1.3rem;display:block}
article{display:flex;gap:1rem;border-top:1px solid #ddd;padding:1rem 0}
article>div{flex:1;min-width:0}
article>img{width:170px;height:240px;object-fit:contain;border:1px solid #bbb;
background:#f4f4f4;flex:none}
h3{margin:0 0 .3rem;font-size:1rem;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.15rem .5rem .15rem 0;vertical-align:top;overflow-wrap:anywhere}
th{font-weight:600;border-bottom:1px solid #ddd}.f{color:#a01818}.q{color:#555}
@media print{article{break-inside:avoid}}
""".strip()


def as_html(
    report: Report,
    vault: Vault,
    *,
    lang: str,
    reason_of: Callable[[dict[str, Any]], str],
    failed_pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """The report as one page in ``lang``; ``reason_of`` puts a stored error into words.

    ``failed_pictures`` are small JPEGs of what failed, by SHA-256 of the original
    (:func:`sohoa_digitize.failed_pictures.failed_pictures`).
    """

    def t(text: str) -> str:
        return translate(text, lang)

    def say(text: str, **args: Any) -> str:
        return escape(t(text).format_map(_Known(args)))

    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    title = t(N_("Digitizing report"))
    out = [
        "<!DOCTYPE html>",
        f'<html lang="{escape(lang)}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="q">{escape(report.source)}</p><ul class="n">',
    ]
    for state in ("done", "review", "failed", "queued"):
        if count := report.counts.get(state, 0):
            out.append(f"<li><b>{count}</b>{escape(t(_STATES[state]))}</li>")
    out.append("</ul>")
    failed = [row for row in report.rows if row.state == "failed"]
    review = [
        row
        for row in report.rows
        if row.values or any(one["severity"] == "review" for one in row.findings)
    ]
    nothing = escape(t(N_("no picture")))
    pictures = 0
    for heading, rows in ((N_("Failed"), failed), (N_("Needs a person"), review)):
        if not rows:
            continue
        out.append(f"<h2>{escape(t(heading))}</h2>")
        for row in rows:
            picture = ""
            if row.archival and pictures < MOST_PICTURES:
                picture = _thumbnail(vault, row.archival)
                pictures += 1
            elif row.state == "failed" and (small := (failed_pictures or {}).get(row.original)):
                picture = base64.b64encode(small).decode("ascii")
            out.append("<article>")
            if picture:
                out.append(f'<img alt="" src="data:image/jpeg;base64,{picture}">')
            else:
                drawn = base64.b64encode(placeholder(row.name)).decode("ascii")
                out.append(f'<img alt="{nothing}" src="data:image/svg+xml;base64,{drawn}">')
            out.append(f"<div><h3>{escape(row.name)}</h3>")
            if row.error:
                out.append(f'<p class="f">{escape(reason_of(row.error))}</p>')
            for one in row.findings:
                if one["severity"] in ("review", "warning", "error"):
                    out.append(f"<p>{say(one['message'], **one['args'])}</p>")
            if row.values:
                heads = (N_("Field"), N_("Read as"), N_("Confidence"), N_("Why"))
                cells = "".join(f"<th>{escape(t(head))}</th>" for head in heads)
                out.append(f"<table><tr>{cells}</tr>")
                for value in row.values:
                    why = {str(k): text for k, text in MESSAGES.items()}.get(value.reason, "")
                    out.append(
                        f"<tr><td>{escape(value.field)}</td><td>{escape(value.value) or '—'}</td>"
                        f"<td>{value.confidence:.2f}</td><td>{escape(t(why))}</td></tr>"
                    )
                out.append("</table>")
            out.append("</div></article>")
    out.append("</body></html>\n")
    return "\n".join(out).encode("utf-8")


def placeholder(name: str) -> bytes:
    """A drawn sheet with a torn edge and the file's ending, where no picture can be had (SVG)."""
    ending = PurePosixPath(name).suffix[1:6].upper()
    kind = ending if ending.isascii() and ending.isalnum() else "?"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 170 240">'
        '<path d="M30 20h80l30 30v120l-14-10-14 12-14-12-14 12-14-12-14 12-14-12-12 10z" '
        'fill="#fff" stroke="#888" stroke-width="2"/>'
        '<path d="M110 20v30h30" fill="none" stroke="#888" stroke-width="2"/>'
        '<path d="M68 78l34 34m0-34l-34 34" stroke="#a01818" stroke-width="5" '
        'stroke-linecap="round"/>'
        '<text x="85" y="215" text-anchor="middle" font-family="sans-serif" font-size="22" '
        f'fill="#666">{kind}</text></svg>'
    ).encode("ascii")


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def _thumbnail(vault: Vault, archival: str) -> str:
    """The first page as a small JPEG in base64; empty when it cannot be shown."""
    try:
        with Image.open(io.BytesIO(cut(vault.get(archival), 1, None))) as page:
            page.thumbnail((2 * _THUMB[0], 2 * _THUMB[1]))
            buffer = io.BytesIO()
            page.convert("RGB").save(buffer, "JPEG", quality=60, optimize=True)
    except (SohoaError, OSError, ValueError):
        return ""
    return base64.b64encode(buffer.getvalue()).decode("ascii")
