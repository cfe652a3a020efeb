"""The report on one file: frozen, picklable, with stable keys for scripts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from sohoa_core.errors import ExitCode
from sohoa_core.facts import SignatureFact
from sohoa_core.i18n import translate
from sohoa_signing.verify.policy import Indication, Integrity, Verdict

_EXIT = {
    Verdict.VALID: ExitCode.DONE,
    Verdict.INVALID: ExitCode.SIGNATURE_INVALID,
    Verdict.INDETERMINATE: ExitCode.UNDECIDED,
    Verdict.UNSIGNED: ExitCode.NOT_SIGNED,
    Verdict.MALFORMED: ExitCode.UNREADABLE_INPUT,
}


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was found out about one file.

    ``file`` is the name the caller gave, ``sha256`` of its bytes. ``code`` is the stable
    reason, ``message`` its sentence (English template, catalogue key) filled by ``args``.
    ``signatures`` stand in the order in which they were made; ``notes`` decide nothing.
    """

    file: str
    sha256: str
    verdict: Verdict
    integrity: Integrity
    indication: Indication | None
    subindication: str | None
    code: str
    message: str
    args: dict[str, Any] = field(default_factory=dict)
    signatures: tuple[SignatureFact, ...] = ()
    notes: tuple[str, ...] = ()
    verified_at: str = ""

    @property
    def exit_code(self) -> ExitCode:
        """0 valid, 5 invalid or broken, 6 undecided, 7 unsigned, 10 malformed."""
        if self.integrity is Integrity.BROKEN:
            return ExitCode.SIGNATURE_INVALID
        return _EXIT[self.verdict]

    def sentence(self, lang: str | None = None) -> str:
        """The reason in one plain sentence, in ``lang`` (the active language by default)."""
        return fill(self.message, self.args, lang)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; keys are a contract with scripts and never translated."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "verdict": self.verdict.value,
            "integrity": self.integrity.value,
            "indication": self.indication.value if self.indication else None,
            "subindication": self.subindication,
            "code": self.code,
            "message": self.sentence("en"),
            "signatures": [asdict(signature) for signature in self.signatures],
            "notes": list(self.notes),
            "verified_at": self.verified_at,
        }


def fill(message: str, args: dict[str, Any], lang: str | None) -> str:
    """``message`` translated and filled; a template never hides its finding by failing."""
    text = translate(message, lang)
    try:
        return text.format(**args)
    except (KeyError, IndexError, ValueError):
        return text


def signature_sentence(signature: SignatureFact, lang: str | None = None) -> str:
    """The reason for one signature's indication in one plain sentence."""
    details = signature.details
    return fill(str(details.get("message", "")), dict(details.get("args", {})), lang)
