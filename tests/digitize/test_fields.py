"""Classification and first fields, from pages made of text."""

from __future__ import annotations

import pytest

from sohoa_core.facts import FieldFact, ReviewState, Source
from sohoa_digitize.catalogue.load import by_code, document_types
from sohoa_digitize.classify import classify
from sohoa_digitize.extract.dates import parse_long, parse_short
from sohoa_digitize.extract.document import extract
from sohoa_digitize.extract.labels import normalize
from sohoa_digitize.extract.reasons import MESSAGES, Reason
from sohoa_digitize.names import is_cut_title, is_name, is_title
from sohoa_digitize.options import DigitizeOptions
from tests.digitize.pages import page

DECISION = """
hl| UBND HUYỆN BẮC SƠN
hl| ỦY BAN NHÂN DÂN
hl| XÃ TÂN THÀNH
hl| Số: 15 /QĐ-UBND
hr| CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
hr| Độc lập - Tự do - Hạnh phúc
hr| Tân Thành, ngày 05 tháng 01 năm 2024

bc| QUYẾT ĐỊNH
bc| Về việc công nhận tổ dân phố văn hóa

b| Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;
b| Điều 1. Công nhận 12 tổ dân phố văn hóa năm 2023 trên địa bàn xã.
fl| Nơi nhận:
fl| - Lưu: VT.
fr| KT. CHỦ TỊCH
fr| PHÓ CHỦ TỊCH
fr| Nguyễn Văn Bình
"""

LETTER = """
hl| SỞ Y TẾ
hl| Số: 31/SYT-VP
hl| V/v phòng, chống dịch bệnh
hl| mùa đông xuân
hr| CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
hr| Độc lập - Tự do - Hạnh phúc
hr| Lạng Sơn, ngày 11 tháng 3 năm 2025

b| Kính gửi: Các trung tâm y tế;
b| Sở Y tế yêu cầu các đơn vị thực hiện.
"""

BIRTH = """
bc| CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
bc| Độc lập - Tự do - Hạnh phúc

bc| GIẤY KHAI SINH
b| Số: 182/2026
b| Họ, chữ đệm, tên: DƯƠNG MINH TIẾN
b| Ngày, tháng, năm sinh: 30/01/2026
b| Ghi bằng chữ: Ngày ba mươi, tháng một, năm hai nghìn không trăm hai mươi sáu
b| Giới tính: Nam Dân tộc: Kinh Quốc tịch: Việt Nam
b| Số định danh cá nhân: 024226037208
b| Họ, chữ đệm, tên người mẹ: LÝ THÚY LINH
b| Năm sinh: 1998 Dân tộc: Kinh Quốc tịch: Việt Nam
b| Họ, chữ đệm, tên người cha: DƯƠNG XUÂN KIÊN
b| Năm sinh: 1988 Dân tộc: Kinh Quốc tịch: Việt Nam
b| Nơi đăng ký khai sinh: Ủy ban nhân dân phường Việt Yên, tỉnh Bắc Ninh
b| Ngày, tháng, năm đăng ký: 23/02/2026
"""


def fields(text: str, source: Source = Source.OCR) -> dict[str, FieldFact]:
    read = page(text, source=source)
    kind, _ = classify([read.text])
    return {fact.name: fact for fact in extract([read], kind, DigitizeOptions())}


def values(text: str) -> dict[str, str]:
    return {name: fact.value for name, fact in fields(text).items()}


def test_decision() -> None:
    assert values(DECISION) == {
        "number": "15",
        "symbol": "QĐ-UBND",
        "date": "2024-01-05",
        "place": "Tân Thành",
        "agency": "Ủy ban nhân dân xã Tân Thành",
        "parent_agency": "UBND huyện Bắc Sơn",
        "subject": "Về việc công nhận tổ dân phố văn hóa",
        "signer": "Nguyễn Văn Bình",
        "signer_title": "Phó chủ tịch",
        "signing_authority": "KT. CHỦ TỊCH PHÓ CHỦ TỊCH",
    }
    assert all(f.review is ReviewState.NOT_NEEDED for f in fields(DECISION).values())


def test_boxes_are_millimetres_on_the_page() -> None:
    box = fields(DECISION)["agency"].box
    assert box is not None
    # Lines two and three stand at 80 and 120 pixels of 200 to the inch.
    assert box[0] == pytest.approx(60 * 25.4 / 200, abs=0.01)
    assert box[1] == pytest.approx(80 * 25.4 / 200, abs=0.01)
    assert box[3] == pytest.approx(140 * 25.4 / 200, abs=0.01)


def test_official_letter() -> None:
    got = values(LETTER)
    assert got["symbol"] == "SYT-VP"
    assert got["subject"] == "V/v phòng, chống dịch bệnh mùa đông xuân"
    assert got["agency"] == "SỞ Y TẾ"


def test_birth_certificate() -> None:
    got = values(BIRTH)
    expected = {
        "number": "182/2026",
        "ho_ten": "Dương Minh Tiến",
        "ngay_sinh": "2026-01-30",
        "gioi_tinh": "Nam",
        "dan_toc": "Kinh",
        "so_dinh_danh": "024226037208",
        "me_ho_ten": "Lý Thúy Linh",
        "me_nam_sinh": "1998",
        "cha_ho_ten": "Dương Xuân Kiên",
        "cha_nam_sinh": "1988",
        "agency": "Ủy ban nhân dân phường Việt Yên, tỉnh Bắc Ninh",
        "date": "2026-02-23",
    }
    assert {name: got.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("old", "new", "name", "value"),
    [
        ("Số: 15 /", "Số: {15} /", "number", "15"),
        ("Số: 15 /", "Số: ..... /", "number", ""),
        ("Số: 15 /", "Số: /", "number", ""),
        ("Số: 15 /", "Số: lS /", "number", ""),
        ("ngày 05", "ngày {05}", "date", "2024-01-05"),
        ("ngày 05", "ngày ...", "date", "2024-01"),
        ("05 tháng 01", "... tháng ...", "date", "2024"),
    ],
)
def test_penned_and_empty_slots_go_to_a_person(old: str, new: str, name: str, value: str) -> None:
    assert old in DECISION
    fact = fields(DECISION.replace(old, new))[name]
    assert (fact.value, fact.review, fact.reason) == (value, "needed", "penned_or_empty")
    assert fact.confidence <= 0.6


@pytest.mark.parametrize(
    ("old", "new", "name", "reason"),
    [
        ("05 tháng 01", "31 tháng 02", "date", "impossible"),
        ("Nguyễn Văn Bình", "Nguyễn Văn [Bình]", "signer", "low_confidence"),
        ("fr| Nguyễn Văn Bình", "fr| x", "signer", "not_found"),
        ("hr| Tân Thành, ngày 05 tháng 01 năm 2024", "", "date", "not_found"),
        ("Nguyễn Văn Bình", "Nguyễn Văn Bịnk", "signer", "low_confidence"),
    ],
)
def test_doubt_goes_to_a_person(old: str, new: str, name: str, reason: str) -> None:
    assert old in DECISION
    fact = fields(DECISION.replace(old, new))[name]
    assert (str(fact.review), fact.reason) == ("needed", reason)


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("024226037208", "02422603720", "so_dinh_danh"),
        ("30/01/2026", "30/13/2026", "ngay_sinh"),
        ("Nam Dân", "Nom Dân", "gioi_tinh"),
        ("DƯƠNG MINH TIẾN", "DƯƠNG 1 TIẾN", "ho_ten"),
        ("DƯƠNG MINH TIẾN", "DƯƠNG MINH TIEN", "ho_ten"),
        ("Họ, chữ đệm, tên: DƯƠNG MINH TIẾN", "Họ, chữ đệm, tên: ......", "ho_ten"),
    ],
)
def test_impossible_label_values_go_to_a_person(old: str, new: str, name: str) -> None:
    assert old in BIRTH
    assert fields(BIRTH.replace(old, new))[name].review is ReviewState.NEEDED


@pytest.mark.parametrize(
    ("old", "new", "doubted"),
    [
        ("024226037208", "024126037208", {"so_dinh_danh", "ngay_sinh", "gioi_tinh"}),
        ("024226037208", "024227037208", {"so_dinh_danh", "ngay_sinh"}),
        ("Giới tính: Nam", "Giới tính: Nữ", {"so_dinh_danh", "gioi_tinh"}),
        ("30/01/2026", "30/01/2025", {"so_dinh_danh", "ngay_sinh"}),
    ],
)
def test_values_that_disagree_go_to_a_person(old: str, new: str, doubted: set[str]) -> None:
    assert old in BIRTH
    got = fields(BIRTH.replace(old, new))
    assert {n for n, f in got.items() if f.reason == "disagrees"} == doubted
    assert not {n for n, f in fields(BIRTH).items() if f.reason == "disagrees"}


def test_typed_text_is_not_penned() -> None:
    fact = fields(DECISION.replace("15 /", "{15} /"), Source.TEXT_LAYER)["number"]
    assert fact.review is ReviewState.NOT_NEEDED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (DECISION, "quyet_dinh"),
        (DECISION.replace("QUYẾT ĐỊNH", "QUYET ĐINH"), "quyet_dinh"),
        (DECISION.replace("QUYẾT ĐỊNH", "THÔNG BÁO").replace("QĐ-", "TB-"), "thong_bao"),
        (DECISION.replace("QUYẾT ĐỊNH", "..."), "quyet_dinh"),
        (LETTER, "cong_van"),
        (BIRTH, "giay_khai_sinh"),
        ("b| Một trang không có gì cả", "khac"),
    ],
)
def test_types(text: str, code: str) -> None:
    kind, confidence = classify([page(text).text])
    assert kind.code == code
    assert (confidence > 0.5) is (code != "khac")


def test_nothing_read_is_no_type_and_no_field() -> None:
    kind, confidence = classify([])
    assert (kind.code, confidence) == ("khac", 0.0)
    assert extract([], kind, DigitizeOptions()) == ()


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Hà Nội, ngày 05 tháng 01 năm 2020", "2020-01-05"),
        ("ngày22 tháng 9 năm 2025", "2025-09-22"),
        ("ngay 31 thang 12 nam 1999", "1999-12-31"),
        ("ngày 31 tháng 02 năm 2020", "2020-02"),
        ("ngày .. tháng 3 năm 2020", "2020-03"),
        ("Ngày, tháng, năm sinh: 18/04/2003", None),
    ],
)
def test_long_dates(text: str, iso: str | None) -> None:
    parsed = parse_long(text)
    assert (parsed[0] if parsed else None) == iso


def test_short_dates_and_values() -> None:
    assert parse_short("cấp ngày 20/07/2022")[0] == "2022-07-20"  # type: ignore[index]
    assert normalize("001 095 047 981", "personal_id") == ("001095047981", None)
    assert normalize("sinh năm 1988", "year") == ("1988", None)
    assert normalize("NU", "sex") == ("Nữ", None)


@pytest.mark.parametrize("text", ["Nguyễn Văn An", "Lê Thị Bích Thuận", "TRẦN VĂN QUÝ"])
def test_names(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize("text", ["CHỦ TỊCH", "KT. GIÁM ĐỐC", "Lưu: VT", "An", "nguyễn văn an"])
def test_no_names(text: str) -> None:
    assert not is_name(text)


def test_titles() -> None:
    assert is_title("KT. BỘ TRƯỞNG")
    assert is_title("PHÓ CHỦ TỊCH")
    assert not is_title("NGUYỄN VĂN AN")


def test_the_catalogue_is_sound() -> None:
    kinds = document_types()
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert sum(kind.generic for kind in kinds) == 1
    for kind in kinds:
        assert kind.source and kind.checked in ("verified", "secondary", "unverified")
        assert kind.titles or kind.generic or kind.code == "cong_van"
        names = {label.name for label in kind.labels}
        assert all(not label.after or label.after in names for label in kind.labels)
        assert by_code(kind.code) is kind


def test_every_reason_has_a_message() -> None:
    assert set(MESSAGES) == set(Reason)


def test_dirt_inside_a_name_goes_to_a_person() -> None:
    assert normalize("xã Hồng Dũng, huyện Thái. Thụy", "text")[1] == Reason.LOW_CONFIDENCE
    assert normalize("số 5, TP. Hồ Chí Minh, q. 12", "text")[1] is None
    assert normalize("số 182/5 đường Hoàng Hoa Thám, tố 14", "text")[1] == Reason.LOW_CONFIDENCE
    assert normalize("số 182/5 đường Hoàng Hoa Thám, tổ 14", "text")[1] is None
    dirty = fields(DECISION.replace("XÃ TÂN THÀNH", "XÃ TÂN. THÀNH"))["agency"]
    assert (str(dirty.review), dirty.reason) == ("needed", "low_confidence")
    assert fields(DECISION)["agency"].review is ReviewState.NOT_NEEDED


@pytest.mark.parametrize("text", ["Ủ TỊCH", "KT. Ủ TỊCH", "PHÓ CHỦ", "GIÁM", "IÁM ĐỐC"])
def test_titles_that_lost_letters(text: str) -> None:
    assert is_cut_title(text)


@pytest.mark.parametrize("text", ["CHỦ TỊCH", "KT. PHÓ CHỦ TỊCH", "PHÓ TRƯỞNG PHÒNG", "TRƯỞNG BAN"])
def test_whole_titles(text: str) -> None:
    assert not is_cut_title(text)


def test_letters_of_a_seal_before_a_name_are_not_its_words() -> None:
    found = fields(DECISION.replace("fr| Nguyễn Văn Bình", "fr| ẮC N Nguyễn Văn Bình"))
    assert found["signer"].value == "Nguyễn Văn Bình"
    french = fields(DECISION.replace("fr| Nguyễn Văn Bình", "fr| MAI Văn Bình"))
    assert french["signer"].value == "MAI Văn Bình"


def test_half_a_title_goes_to_a_person() -> None:
    half = fields(DECISION.replace("fr| PHÓ CHỦ TỊCH", "").replace("KT. CHỦ TỊCH", "TM. PHÒNG"))
    title = half["signer_title"]
    assert (title.value, str(title.review)) == ("Phòng", "needed")
