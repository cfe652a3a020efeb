"""What a check sees of a dossier: frozen, picklable, free of the database.

``from_records`` builds a :class:`DossierView` and the stage sends it to a worker. Texts are
untrusted: they come from OCR, old systems and strangers' files, and any of them may be empty,
huge or hostile. Dates are ISO 8601 text with the precision they have (``2020``, ``2020-01``,
``2020-01-05``, or with a time where the moment matters); an empty text means "not known".
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from sohoa_core.facts import FieldFact, PageFact, Role, SignatureFact

Answer = bool | int | str | None


class ItemKind(enum.StrEnum):
    """A paper that was handed in (thành phần) or one that the agency gives back (kết quả)."""

    COMPONENT = "component"
    RESULT = "result"


class PaperForm(enum.StrEnum):
    """Bản chính, bản sao, bản sao chứng thực, bản điện tử; ``UNSTATED`` when nobody asked."""

    ORIGINAL = "original"
    COPY = "copy"
    CERTIFIED_COPY = "certified_copy"
    ELECTRONIC = "electronic"
    ELECTRONIC_CERTIFIED_COPY = "electronic_certified_copy"
    UNSTATED = ""


class Submission(enum.StrEnum):
    """Nộp (stays in the dossier) or xuất trình (shown and taken back)."""

    SUBMIT = "submit"
    SHOW = "show"


class Channel(enum.StrEnum):
    """Kênh thực hiện: at the counter, online, by public post."""

    DIRECT = "direct"
    ONLINE = "online"
    POST = "post"
    UNKNOWN = ""


class Status(enum.IntEnum):
    """Trạng thái hồ sơ: the ten national states (exchange with the national portal)."""

    SUBMITTED = 1
    ACCEPTED = 2
    REFUSED = 3
    IN_PROGRESS = 4
    SUPPLEMENT = 5
    PAYMENT = 6
    WITHDRAWN = 7
    STOPPED = 8
    DONE = 9
    HANDED_OVER = 10


class Reuse(enum.IntEnum):
    """Digitization state of a component in the national exchange."""

    NOT_DIGITIZED = 0
    DIGITIZED = 1
    FROM_COMPONENT = 2
    FROM_RESULT = 3


class MarkKind(enum.StrEnum):
    """Visible blocks of text on page 1 of a digitized file."""

    CONVERSION = "conversion"
    OFFICER = "officer"
    AGENCY = "agency"


class EventKind(enum.StrEnum):
    """What may end the force of a result before its time."""

    REVOKED = "revoked"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    MARITAL_STATUS_CHANGED = "marital_status_changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PartyView:
    """A person or organization; ``identifiers`` maps a scheme (``personal``, ``cmnd``,
    ``passport``, ``tax``) to the number as recorded. ``kind`` is ``person``, ``organization``
    or empty when not known; ``sex`` is ``male``, ``female`` or empty."""

    name: str = ""
    birth_date: str = ""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class MarkView:
    """One visible mark: its words, the time it states (ISO) and whom it names."""

    kind: MarkKind
    text: str = ""
    time: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class EventView:
    """Something recorded about a result after its issue, with the day it takes effect (ISO)."""

    kind: EventKind
    effective_on: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class FileView:
    """The digitized file as it lies in the vault.

    ``pdfa`` names the conformance found (``2u``), empty when it is not PDF/A; ``opens`` and
    ``text_layer`` are None when nobody looked. ``pages`` counts pages of the file.
    ``quality_passed`` is the outcome of the quality check (None: not done).
    """

    sha256: str = ""
    pdfa: str = ""
    opens: bool | None = None
    text_layer: bool | None = None
    pages: int | None = None
    quality_passed: bool | None = None


@dataclass(frozen=True, slots=True)
class ItemView:
    """One component or result of a dossier.

    ``code`` is the component or result code as given, ``doc_type`` a key of the shipped papers,
    ``copies`` how many pieces of this paper were handed in, ``sides`` how many written sides the
    paper has (None: not counted). ``superseded_by`` names a newer result of the same type, owner
    and object. ``shared_data`` says that a national database already shares the data of this
    paper with legal value; ``secret`` that it is a state secret.
    """

    id: str
    kind: ItemKind = ItemKind.COMPONENT
    code: str = ""
    title: str = ""
    form: PaperForm = PaperForm.UNSTATED
    submission: Submission = Submission.SUBMIT
    copies: int = 1
    doc_type: str = ""
    issued_on: str = ""
    valid_to: str = ""
    fields: Mapping[str, FieldFact] = field(default_factory=dict)
    pages: tuple[PageFact, ...] = ()
    sides: int | None = None
    signatures: tuple[SignatureFact, ...] = ()
    versions: tuple[Role, ...] = ()
    marks: tuple[MarkView, ...] = ()
    events: tuple[EventView, ...] = ()
    file: FileView | None = None
    reuse: Reuse = Reuse.NOT_DIGITIZED
    digitized_on: str = ""
    superseded_by: str = ""
    shared_data: bool = False
    secret: bool = False
    on_request: bool = False

    @property
    def digitized(self) -> bool:
        """Whether a scan of this paper is in the records."""
        return bool(self.versions or self.pages)


@dataclass(frozen=True, slots=True)
class DossierView:
    """One dossier; ``facts`` holds what is known about the case (``agent`` -> True ...).

    ``status`` is 1-10 or None; ``received_on`` should carry the time of day where it is known,
    because a time limit of "within the day" depends on it.
    """

    code: str
    procedure: str
    case: str = ""
    agency: str = ""
    status: int | None = None
    channel: Channel = Channel.UNKNOWN
    received_on: str = ""
    due_on: str = ""
    finished_on: str = ""
    owner: PartyView = field(default_factory=PartyView)
    facts: Mapping[str, Answer] = field(default_factory=dict)
    items: tuple[ItemView, ...] = ()
