"""Names of people and organizations: reading, comparing, weighing."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from name_pool import name

import sohoa_vietnam
from sohoa_vietnam.organizations import (
    OrganizationKind,
    expand,
    organization_key,
    read_organization,
)
from sohoa_vietnam.person_names import (
    NameMatch,
    compare_names,
    family_percent,
    given_percent,
    likely_family,
    rarity,
    sex_hint,
    split_name,
    title_case,
)
from sohoa_vietnam.tables import TableBroken, parse_tsv, read_tsv


@pytest.mark.parametrize(
    ("raw", "family", "middle", "given_name"),
    [
        ("Nguyễn Văn Hùng", "Nguyễn", "Văn", "Hùng"),
        ("  NGUYỄN\u00a0THỊ  HOÀ. ", "NGUYỄN", "THỊ", "HOÀ"),
        ("Tôn Nữ Thị Ninh", "Tôn Nữ", "Thị", "Ninh"),
        ("Công Tằng Tôn Nữ Ngọc Minh", "Công Tằng Tôn Nữ", "Ngọc", "Minh"),
        ("Lê Lợi", "Lê", "", "Lợi"),
        ("Giàng A Páo", "Giàng", "A", "Páo"),
        ("Y Bhăm Niê", "Y", "Bhăm", "Niê"),
        ("H’Hen Niê", "H’Hen", "", "Niê"),
        (unicodedata.normalize("NFD", "Đặng Thuỳ Trâm"), "Đặng", "Thuỳ", "Trâm"),
    ],
)
def test_split(raw: str, family: str, middle: str, given_name: str) -> None:
    found = split_name(raw)
    assert (found.family, found.middle, found.given) == (family, middle, given_name)
    assert found.raw == raw


def test_titles_and_aliases() -> None:
    assert split_name("Ông Trần Văn Ba").title == "Ông"
    assert split_name("Bà Triệu").full == "Bà Triệu"
    alias = split_name("Trần Văn Nam (tức Nam Béo)")
    assert (alias.full, alias.other_name) == ("Trần Văn Nam", "Nam Béo")
    assert split_name("Lê Thị Lan, tên gọi khác: Lan Anh").other_name == "Lan Anh"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "name.empty"), ("An", "name.single"), ("Nguyễn Văn 8ảy", "name.digits"),
        ("Nguyễn \u200bVăn An", "name.invisible"), ("Nguyễn <b> An", "name.characters"),
        ("Nguyễn Văn An và Trần Thị Bình Minh", "name.long"), ("Phạrn Văn B", "name.family"),
    ],
)  # fmt: skip
def test_problems(raw: str, code: str) -> None:
    assert code in [p.code for p in split_name(raw).problems]


def test_misread_family_names_get_the_likely_one() -> None:
    assert split_name("Nguyên Văn An").repairs[0].value == "Nguyễn Văn An"
    assert split_name("TRÂN VĂN AN").repairs[0].value == "TRẦN VĂN AN"


@pytest.mark.parametrize(
    ("a", "b", "match"),
    [
        ("Nguyễn Văn Hoà", "Nguyễn Văn Hoà", NameMatch.SAME),
        ("NGUYỄN VĂN HÒA", "Nguyễn Văn Hoà", NameMatch.SPELLING),
        ("Nguyễn Văn Hùng", "Nguyen Van Hung", NameMatch.ACCENTS),
        ("Nguyễn Văn Hùng", "Ng. V. Hùng", NameMatch.INITIALS),
        ("Nguyễn Văn Hùng", "Nguyễn Văn Hưng", NameMatch.MISREAD),
        ("Trần Văn Nam", "Trần Văn Narn", NameMatch.MISREAD),
        ("Nguyễn Văn Hùng", "Nguyễn Hùng", NameMatch.PART),
        ("Lê Lan", "Mai Nga", NameMatch.DIFFERENT),
        ("", "Mai Nga", NameMatch.DIFFERENT),
    ],
)
def test_compare(a: str, b: str, match: NameMatch) -> None:
    assert compare_names(a, b).match is match
    assert compare_names(b, a).match is match


def test_weights() -> None:
    assert family_percent("NGUYỄN") > 25
    assert family_percent("Khuất") < 1
    assert given_percent("Hùng", "male") > given_percent("Hùng", "female")
    common, rare = split_name("Nguyễn Văn Hùng"), split_name("Khuất Duy Tiêu")
    assert rarity(common) + 10 < rarity(rare)
    assert sex_hint(split_name("Nguyễn Thị Lan")) == ("female", pytest.approx(1.0, abs=0.01))
    assert sex_hint(split_name("Nguyễn Văn Hùng")) == ("male", pytest.approx(1.0, abs=0.01))
    assert sex_hint(split_name("Y Bhăm Niê")) is None


def test_title_case() -> None:
    assert title_case("NGUYỄN THỊ H'MÔNG") == "Nguyễn Thị H'Mông"
    assert title_case(title_case("ĐẶNG ÁNH")) == "Đặng Ánh"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_name(raw: str) -> None:
    found = split_name(raw)
    assert split_name(found.full).full == found.full
    parts = [p for p in (found.family, found.middle, found.given) if p]
    assert " ".join(parts) == found.full  # nothing lost, nothing invented
    assert compare_names(raw, raw).match in (NameMatch.SAME, NameMatch.DIFFERENT)


@pytest.mark.parametrize(
    ("raw", "kind", "form", "proper"),
    [
        (
            "CTY TNHH MTV Á CHÂU",
            "enterprise",
            "Công ty trách nhiệm hữu hạn một thành viên",
            "Á CHÂU",
        ),
        ("Công ty CP Xây dựng “Sông Đà”", "enterprise", "Công ty cổ phần", "Xây dựng Sông Đà"),
        ("UBND xã Tân Hưng", "agency", "Ủy ban nhân dân", "xã Tân Hưng"),
        ("Sở LĐ-TB&XH tỉnh X", "agency", "Sở", "Lao động - Thương binh và Xã hội tỉnh X"),
        ("Hộ kinh doanh Nguyễn Thị A", "household", "Hộ kinh doanh", "Nguyễn Thị A"),
        ("HTX Bình Minh", "cooperative", "Hợp tác xã", "Bình Minh"),
        ("Trường THPT Chu Văn An", "school", "Trường", "trung học phổ thông Chu Văn An"),
        ("Sao Mai", "other", "", "Sao Mai"),
    ],
)
def test_organizations(raw: str, kind: str, form: str, proper: str) -> None:
    found = read_organization(raw)
    assert (found.kind, found.form, found.proper) == (OrganizationKind(kind), form, proper)


def test_branches_and_problems() -> None:
    found = read_organization("Chi nhánh Hà Nội - Công ty Cổ phần ABC")
    assert (found.branch, found.form, found.proper) == (
        "Chi nhánh Hà Nội",
        "Công ty cổ phần",
        "ABC",
    )
    assert [p.code for p in read_organization("Công ty TNHH").problems] == ["organization.no_name"]
    assert [p.code for p in read_organization(" ").problems] == ["organization.empty"]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("CTY TNHH SX-TM Á CHÂU", "Công ty trách nhiệm hữu hạn Sản xuất - Thương mại Á Châu"),
        ("UỶ BAN NHÂN DÂN XÃ A", "UBND xã A"),
        ("Sở TN&MT tỉnh B", "Sở Tài nguyên và Môi trường tỉnh B"),
        ('Công ty "Sao Mai"', "Công ty Sao Mai"),
    ],
)
def test_organization_keys_unite(a: str, b: str) -> None:
    assert organization_key(a) == organization_key(b)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_organization(raw: str) -> None:
    found = read_organization(raw)
    assert found.raw == raw
    assert organization_key(expand(raw)) == organization_key(raw)
    assert organization_key(organization_key(raw)) == organization_key(raw)


def test_shipped_tables_are_nfc_and_say_where_they_are_from() -> None:
    folder = Path(sohoa_vietnam.__file__).parent / "data"
    tables = sorted(folder.glob("*.tsv"))
    assert len(tables) >= 6
    for path in tables:
        text = path.read_text(encoding="utf-8")
        head = "".join(line for line in text.splitlines() if line.startswith("#"))
        assert "source:" in head, path.name
        assert "checked:" in head, path.name
        assert unicodedata.is_normalized("NFC", text), path.name
        assert "Ð" not in text
        rows = read_tsv(path.name)
        assert len({tuple(r.values()) for r in rows}) == len(rows), path.name


def test_frequencies_add_up() -> None:
    totals: dict[tuple[str, str], float] = {}
    for row in read_tsv("name_frequencies.tsv"):
        percent = float(row["percent"])
        assert 0 < percent < 50
        totals[row["kind"], row["sex"]] = totals.get((row["kind"], row["sex"]), 0.0) + percent
    assert all(80 < total < 110 for total in totals.values())


def test_broken_tables_name_their_line() -> None:
    with pytest.raises(TableBroken) as caught:
        parse_tsv("# note\na\tb\n1\t2\n1\n", "x.tsv")
    assert caught.value.args_by_name == {"table": "x.tsv", "line": 4, "found": 1, "expected": 2}
    with pytest.raises(TableBroken):
        parse_tsv("", "x.tsv")
    with pytest.raises(TableBroken):
        read_tsv("no-such-table.tsv")
    with pytest.raises(TableBroken):
        parse_tsv("a\ta\n", "x.tsv")


def test_random_names_survive_storage() -> None:
    rnd = random.Random(9)
    for _ in range(300):
        full = name(rnd)
        assert split_name(unicodedata.normalize("NFD", full)).full == full
        assert split_name(full).confidence > 0.9


@pytest.mark.parametrize(
    ("read", "family"),
    [("Nũ", "Vũ"), ("Trãn", "Trần"), ("Hoăng", "Hoàng"), ("NGUYÊN", "NGUYỄN"), ("Quảch", "Quách")],
)
def test_a_misread_family_name_has_a_likely_one(read: str, family: str) -> None:
    assert likely_family(read) == family


@pytest.mark.parametrize("read", ["Og", "Xyzzyx", "W" * 30, ""])
def test_no_family_name_is_guessed_where_none_is_near(read: str) -> None:
    assert likely_family(read) is None
