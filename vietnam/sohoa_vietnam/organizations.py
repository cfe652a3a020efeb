"""Names of organizations: legal form, proper name, branch; one key for all their spellings.

``CTY TNHH MTV SX-TM Á CHÂU`` and ``Công ty trách nhiệm hữu hạn một thành viên Sản xuất -
Thương mại Á Châu`` are one enterprise. The stored name stays as registered; the key expands the
abbreviations and drops what print varies in. Which agency a name means, and when, is knowledge
of ``sohoa_vietnam.agencies``.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from sohoa_vietnam.messages import N_, Problem, Severity
from sohoa_vietnam.tables import read_tsv
from sohoa_vietnam.text import collapse_spaces, match_key, nfc, strip_controls

_LIMIT = 500


class OrganizationKind(enum.StrEnum):
    """What the name says the organization is."""

    AGENCY = "agency"
    ENTERPRISE = "enterprise"
    COOPERATIVE = "cooperative"
    HOUSEHOLD = "household"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class OrganizationName:
    """A name as read.

    ``full`` is the stored form (NFC, single spaces); ``form`` its legal form or kind of office
    in full words (``Công ty cổ phần``), ``proper`` what is left, ``branch`` the words before
    ``Chi nhánh`` or ``Văn phòng đại diện`` end, if it is one. ``key`` compares.
    """

    raw: str
    full: str
    kind: OrganizationKind
    form: str
    proper: str
    branch: str
    key: str
    problems: tuple[Problem, ...] = ()


# Longest first, as match keys, so that "công ty cổ phần" wins over "công ty".
_FORMS: tuple[tuple[str, OrganizationKind], ...] = tuple(
    (name, kind)
    for kind, names in (
        (
            OrganizationKind.ENTERPRISE,
            (
                "công ty trách nhiệm hữu hạn một thành viên",
                "công ty trách nhiệm hữu hạn hai thành viên trở lên",
                "công ty trách nhiệm hữu hạn",
                "công ty cổ phần",
                "công ty hợp danh",
                "ngân hàng thương mại cổ phần",
                "ngân hàng",
                "doanh nghiệp tư nhân",
                "tổng công ty",
                "tập đoàn",
                "xí nghiệp",
                "công ty",
            ),
        ),
        (OrganizationKind.COOPERATIVE, ("liên hiệp hợp tác xã", "hợp tác xã", "tổ hợp tác")),
        (OrganizationKind.HOUSEHOLD, ("hộ kinh doanh",)),
        (
            OrganizationKind.AGENCY,
            (
                "ủy ban nhân dân",
                "ủy ban hành chính",
                "hội đồng nhân dân",
                "tòa án nhân dân",
                "viện kiểm sát nhân dân",
                "văn phòng đăng ký đất đai",
                "trung tâm phục vụ hành chính công",
                "văn phòng công chứng",
                "phòng công chứng",
                "bảo hiểm xã hội",
                "chi cục",
                "cục",
                "tổng cục",
                "công an",
                "ban quản lý",
                "sở",
                "bộ",
                "phòng",
                "ban",
                "thanh tra",
                "văn phòng",
            ),
        ),
        (
            OrganizationKind.SCHOOL,
            ("trường đại học", "trường cao đẳng", "trường", "đại học", "học viện"),
        ),
        (OrganizationKind.HOSPITAL, ("bệnh viện", "trung tâm y tế", "trạm y tế", "phòng khám")),
    )
    for name in names
)
_BRANCH = ("chi nhánh", "văn phòng đại diện", "địa điểm kinh doanh")
_WORD = re.compile(r"[^\W_]+(?:[&.,][^\W_]+)*", re.UNICODE)
_QUOTES = re.compile(r"[\"“”„«»()\[\]{}]")


@cache
def _terms() -> Mapping[str, str]:
    """Abbreviation (case-folded) -> what it stands for."""
    return {row["short"].casefold(): row["long"] for row in read_tsv("organization_terms.tsv")}


@cache
def _form_keys() -> tuple[tuple[str, str, OrganizationKind], ...]:
    keys = [(match_key(name), name, kind) for name, kind in _FORMS]
    return tuple(sorted(keys, key=lambda row: -len(row[0])))


@cache
def _pattern() -> re.Pattern[str]:
    """Abbreviations with signs inside (LĐ-TB&XH) before plain words."""
    signs = sorted((s for s in _terms() if not s.isalnum()), key=len, reverse=True)
    special = "|".join(rf"(?<!\w){re.escape(s)}(?!\w)" for s in signs)
    return re.compile(f"{special}|{_WORD.pattern}", re.IGNORECASE)


def expand(name: str) -> str:
    """``name`` with its abbreviations in full words, for reading and comparing.

    Short abbreviations (CP, CN, TM, ...) are expanded only in names that are in a form of an
    enterprise or in capitals throughout, where they cannot be a proper name's syllable.
    """
    terms = _terms()

    def one(match: re.Match[str]) -> str:
        word = match.group()
        found = terms.get(word.casefold())
        if found is None or not (word.isupper() or len(word) > 2):
            return word
        # A word typed in small letters is a word: "cp" hardly, "xd" hardly, "ca" surely.
        if not any(map(str.isupper, word)):
            return word if len(word) < 4 else found
        return found

    return collapse_spaces(_pattern().sub(one, nfc(name)))


def organization_key(name: str) -> str:
    """Key of an organization's name: abbreviations in full, no punctuation, no quotes, no case.

    ``key(x) == key(expand(x))``. Different organizations may share it (branches of one firm in
    one place do not say so in the name), so it finds candidates and proves nothing.
    """
    return _key(name[:_LIMIT])


@lru_cache(maxsize=65536)
def _key(name: str) -> str:
    text = expand(strip_controls(name, soft_hyphens=True).text)
    words = re.findall(r"[^\W_]+", match_key(text))
    return " ".join(w for w in words if w != "và")


def read_organization(raw: str) -> OrganizationName:
    """Read the name of an organization; never raises."""
    problems: list[Problem] = []
    stripped = strip_controls(raw[:_LIMIT], soft_hyphens=True)
    if stripped.removed:
        names = ", ".join(sorted({r.name for r in stripped.removed}))
        problems.append(
            Problem(
                "organization.invisible",
                Severity.INFO,
                N_("Invisible characters were left out: {names}."),
                {"names": names},
            )
        )
    full = collapse_spaces(nfc(stripped.text)).strip(" .,;:")
    key = organization_key(full)
    if not key:
        message = N_("There is no name.")
        problems.append(Problem("organization.empty", Severity.ERROR, message))
        return OrganizationName(raw, full, OrganizationKind.OTHER, "", "", "", key, tuple(problems))
    words = collapse_spaces(_QUOTES.sub(" ", expand(full))).split()
    branch, words = _take_branch(words)
    form, kind, proper = _take_form(words)
    if not proper and kind is OrganizationKind.ENTERPRISE:
        message = N_("“{name}” has a legal form but no name of its own.")
        problems.append(Problem("organization.no_name", Severity.WARNING, message, {"name": full}))
    return OrganizationName(raw, full, kind, form, proper, branch, key, tuple(problems))


def _take_branch(words: list[str]) -> tuple[str, list[str]]:
    """Words of ``Chi nhánh Hà Nội - Công ty ...`` up to where the parent's form begins."""
    lead = match_key(" ".join(words[:3]))
    if not any(lead.startswith(match_key(b)) for b in _BRANCH):
        return "", words
    for start in range(2, len(words)):
        rest = match_key(" ".join(words[start:]))
        if any(
            rest.startswith(k) for k, _, kind in _form_keys() if kind is OrganizationKind.ENTERPRISE
        ):
            return " ".join(words[:start]).rstrip(" -–—,:"), words[start:]
    return " ".join(words[:2]), words[2:]


def _take_form(words: list[str]) -> tuple[str, OrganizationKind, str]:
    text = match_key(" ".join(words))
    for key, name, kind in _form_keys():
        if text == key or text.startswith(key + " "):
            count = len(key.split())
            proper = " ".join(words[count:]).strip(" -–—,:")
            return name[0].upper() + name[1:], kind, proper
    return "", OrganizationKind.OTHER, " ".join(words)
