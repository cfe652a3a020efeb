"""Generate ``docs/errors.md`` and ``docs/errors.vi.md`` from the error classes.

``python docs/generate.py`` writes them; a test compares them with what the classes say.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sohoa_core.errors import SohoaError, all_errors

ROOMS = (
    "sohoa_core.store_errors",
    "sohoa_core.batch.worker",
    "sohoa_cli.usage",
    "sohoa_cli.knowledge",
    "sohoa_cli.commands.demo",
    "sohoa_digitize.errors",
    "sohoa_digitize.stage",
    "sohoa_validators.errors",
    "sohoa_validators.stage",
    "sohoa_signing.errors",
    "sohoa_signing.stage",
    "sohoa_migrate.errors",
    "sohoa_samples.errors",
)
HERE = Path(__file__).parent
_WORDS = {
    "en": (
        "# Errors",
        "Every error has a stable code in brackets. `…` stands for what differs from case to "
        "case. This page is generated from the program.",
        ("code", "exit", "what happened", "why it matters", "what to do"),
        "*Tiếng Việt: [errors.vi.md](errors.vi.md)*",
    ),
    "vi": (
        "# Các lỗi",
        "Mỗi lỗi có một mã cố định trong ngoặc vuông. `…` là phần thay đổi theo từng trường hợp. "
        "Trang này được sinh ra từ chương trình.",
        ("mã", "mã thoát", "chuyện gì xảy ra", "vì sao quan trọng", "cần làm gì"),
        "*English: [errors.md](errors.md)*",
    ),
}


class _Dots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _cell(template: str, lang: str) -> str:
    from sohoa_core.i18n import translate

    text = translate(template, lang).format_map(_Dots()) if template else ""
    return " ".join(text.split()).replace("|", "\\|")


def page(lang: str) -> str:
    """The page in one language."""
    for room in ROOMS:
        import_module(room)
    title, intro, headings, other = _WORDS[lang]
    lines = [title, "", other, "", intro, "", "| " + " | ".join(headings) + " |"]
    lines.append("|" + "---|" * len(headings))
    for cls in all_errors():
        if cls.__module__.startswith("sohoa_"):
            lines.append(_row(cls, lang))
    return "\n".join(lines) + "\n"


def _row(cls: type[SohoaError], lang: str) -> str:
    cells = [f"`{cls.code}`", str(int(cls.exit_code))]
    cells += [_cell(text, lang) for text in (cls.what, cls.why, cls.todo)]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Write both pages."""
    (HERE / "errors.md").write_text(page("en"), encoding="utf-8")
    (HERE / "errors.vi.md").write_text(page("vi"), encoding="utf-8")


if __name__ == "__main__":
    main()
