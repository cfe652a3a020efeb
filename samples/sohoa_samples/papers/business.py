"""Business households (hộ kinh doanh): application, certificate, request to amend."""

from __future__ import annotations

from sohoa_samples import numbers
from sohoa_samples.desk import (
    Desk,
    Entries,
    committee_seal,
    finish,
    number_parts,
    personal_sign,
    place_date_parts,
    seal_and_sign,
)
from sohoa_samples.parts import Bold
from sohoa_samples.people import Person
from sohoa_samples.places import REFORM, lower_kind
from sohoa_samples.sheet import Paper
from sohoa_samples.wording import amount, in_words, long_date, short_date

TRADES = (
    ("Bán lẻ lương thực, thực phẩm trong các cửa hàng chuyên doanh", "4722", "tạp hóa"),
    ("Nhà hàng và các dịch vụ ăn uống phục vụ lưu động", "5610", "quán ăn"),
    ("Cắt tóc, làm đầu, gội đầu", "9631", "cắt tóc"),
    ("Sửa chữa xe mô tô, xe máy", "4542", "sửa xe"),
    ("May trang phục (trừ trang phục từ da lông thú)", "1410", "may đo"),
    (
        "Bán lẻ đồ ngũ kim, sơn, kính và thiết bị lắp đặt khác trong xây dựng",
        "4752",
        "vật liệu xây dựng",
    ),
)


def trade_name(desk: Desk, person: Person) -> tuple[str, tuple[str, str, str]]:
    """Name of the household business and its line of trade."""
    trade = desk.chance("trade", person.id).choice(TRADES)
    return f"Hộ kinh doanh {trade[2]} {person.name.split()[-2]} {person.name.split()[-1]}", trade


def application(
    desk: Desk, person: Person, *, person_id: str | None = None, hand: bool = False
) -> Paper:
    """Giấy đề nghị đăng ký hộ kinh doanh."""
    dice = desk.chance("capital", person.id)
    capital = dice.randint(2, 30) * 10_000_000
    name, trade = trade_name(desk, person)
    number = person_id or person.id
    e = Entries(hand)
    c = desk.composer("application", form=True, handwritten=hand, leading=1.42, size=12.5)
    c.motto(c.x0, c.x1)
    c.space(2)
    words = f"{desk.commune.bare_name(desk.on)}, {long_date(desk.on)}"
    c.y += c.line_height()
    c.text(c.x1 - c.width(words, "italic"), c.y, words, "italic", c.size)
    c.say(words)
    e.fields["date"] = desk.on.isoformat()
    c.space(5)
    c.centre("GIẤY ĐỀ NGHỊ ĐĂNG KÝ HỘ KINH DOANH", "bold", 14)
    c.space(2)
    c.form_line("Kính gửi:", e("kinh_gui", desk.commune.committee(desk.on)), indent=18)
    c.space(2)
    c.form_line("Tôi là (ghi họ tên bằng chữ in hoa):", e("ho_ten", person.caps, person.name))
    c.form_line(
        "Sinh ngày:",
        e("ngay_sinh", short_date(person.born), person.born.isoformat()),
        "Giới tính:",
        e("gioi_tinh", person.sex),
        "Dân tộc:",
        e("dan_toc", person.ethnic),
    )
    c.form_line("Số định danh cá nhân:", e("so_dinh_danh", number))
    c.form_line("Nơi thường trú:", e("noi_cu_tru", desk.where(person.home)))
    c.form_line("Điện thoại:", e("so_dien_thoai", person.phone))
    c.paragraph("Đăng ký hộ kinh doanh do tôi làm chủ với các nội dung sau:", "bold", indent=0)
    c.form_line("1. Tên hộ kinh doanh:", e("ten_ho_kinh_doanh", name))
    c.form_line("2. Địa chỉ trụ sở:", e("dia_chi", desk.where(person.home)))
    c.form_line("3. Ngành, nghề kinh doanh:", e("nganh_nghe", f"{trade[0]} (mã ngành {trade[1]})"))
    c.form_line("4. Vốn kinh doanh:", e("von", f"{amount(capital)} đồng", capital))
    c.form_line("Bằng chữ:", e("von_bang_chu", f"{in_words(capital)} đồng".capitalize()))
    c.form_line("5. Chủ thể thành lập hộ kinh doanh:", e("chu_the", "Cá nhân"))
    c.form_line("6. Số lao động dự kiến:", e("so_lao_dong", str(dice.randint(1, 6))))
    c.form_line("7. Ngày bắt đầu hoạt động:", e("ngay_bat_dau", short_date(desk.on)))
    c.paragraph(
        "Tôi cam kết kê khai đúng, chịu trách nhiệm trước pháp luật về tính hợp pháp, "
        "chính xác, trung thực của nội dung đăng ký và chỉ kinh doanh ngành, nghề có điều "
        "kiện khi có đủ điều kiện.",
        indent=0,
    )
    place = c.sign_off(["CHỦ HỘ KINH DOANH"], person.name, note="(Ký và ghi họ tên)", gap=24)
    personal_sign(c, place, desk.chance("sign", person.id))
    return finish(
        c,
        e,
        slug="giay-de-nghi-dang-ky-ho-kinh-doanh",
        title="Giấy đề nghị đăng ký hộ kinh doanh",
        doc_type="giay_de_nghi_ho_kinh_doanh",
        subject="Giấy đề nghị đăng ký hộ kinh doanh",
    )


def certificate(desk: Desk, person: Person, *, number: int) -> Paper:
    """Giấy chứng nhận đăng ký hộ kinh doanh (KQ.G12.001041)."""
    name, trade = trade_name(desk, person)
    dice = desk.chance("capital", person.id)
    capital = dice.randint(2, 30) * 10_000_000
    new = desk.on >= REFORM
    code = person.id if new else numbers.tax_code(desk.chance("tax", person.id), desk.commune)
    e = Entries()
    c = desk.composer(
        "business_certificate", ground="business", left=27, right=23, top=23, leading=1.45
    )
    on = desk.on
    issuer = (
        f"ỦY BAN NHÂN DÂN\n{desk.commune.name(on).upper()}" if new else "PHÒNG TÀI CHÍNH - KẾ HOẠCH"
    )
    parent = "" if new else f"UBND {desk.commune.district_name.upper()}"
    c.letterhead(parent, issuer, [], [])
    c.space(9)
    c.centre("GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH", "bold", 15, ink="red")
    c.form_line("Số:", e("number", code), indent=52)
    e.fields["symbol"], e.fields["so_ky_hieu"], e.fields["ma_so"] = "", code, code
    c.centre(f"Đăng ký lần đầu, {long_date(on)}", "italic", 12.5)
    e.fields["date"] = on.isoformat()
    c.space(4)
    c.form_line(Bold("1. Tên hộ kinh doanh:"), e("ten_ho_kinh_doanh", name.upper(), name))
    c.form_line(Bold("2. Địa chỉ trụ sở:"), e("dia_chi", desk.where(person.home)))
    c.form_line("Điện thoại:", e("so_dien_thoai", person.phone))
    c.form_line(
        Bold("3. Ngành, nghề kinh doanh:"), e("nganh_nghe", f"{trade[0]} (mã ngành {trade[1]})")
    )
    c.form_line(Bold("4. Vốn kinh doanh:"), e("von", f"{amount(capital)} đồng", capital))
    c.form_line("Bằng chữ:", e("von_bang_chu", f"{in_words(capital)} đồng".capitalize()))
    c.form_line(Bold("5. Chủ hộ kinh doanh:"), e("ho_ten", person.caps, person.name))
    c.form_line(
        "Sinh ngày:",
        e("ngay_sinh", short_date(person.born), person.born.isoformat()),
        "Giới tính:",
        e("gioi_tinh", person.sex),
    )
    c.form_line("Dân tộc:", e("dan_toc", person.ethnic), "Quốc tịch:", e("quoc_tich", "Việt Nam"))
    c.form_line("Số định danh cá nhân:", e("so_dinh_danh", person.id))
    c.form_line("Nơi thường trú:", e("noi_cu_tru", desk.where(person.home)))
    c.space(4)
    if new:
        signer = desk.official("business")
        foot, middle = committee_seal(desk)
        agency = desk.committee()
    else:
        signer = desk.official("business", "", "TRƯỞNG PHÒNG")
        foot, middle = desk.commune.district_name, ("★", "PHÒNG", "TÀI CHÍNH -", "KẾ HOẠCH", "MẪU")
        agency = f"Phòng Tài chính - Kế hoạch {lower_kind(desk.commune.district_name)}"
    place = c.sign_off(signer.lines, signer.name, gap=29)
    seal_and_sign(c, place, signer, foot=foot, middle=middle, dice=desk.chance("seal", "business"))
    return finish(
        c,
        e,
        slug="giay-chung-nhan-dang-ky-ho-kinh-doanh",
        title="Giấy chứng nhận đăng ký hộ kinh doanh",
        doc_type="giay_chung_nhan_ho_kinh_doanh",
        official=signer,
        agency=agency,
        subject=f"Đăng ký {name}",
    )


def amend_notice(desk: Desk, person: Person, *, number: int) -> Paper:
    """Thông báo về việc sửa đổi, bổ sung hồ sơ (KQ.G12.001009)."""
    e = Entries()
    c = desk.composer("amend_notice", leading=1.4)
    on = desk.on
    unit = desk.commune.name(on).upper()
    name, _ = trade_name(desk, person)
    c.letterhead(
        "",
        f"ỦY BAN NHÂN DÂN\n{unit}",
        number_parts(desk, e, "amend_notice", number, "TB-UBND", pen=0.0),
        place_date_parts(desk, e, "amend_notice", desk.commune.bare_name(on), pen=0.0),
    )
    c.space(8)
    c.centre("THÔNG BÁO", "bold", 14.5)
    c.centre("Về việc sửa đổi, bổ sung hồ sơ đăng ký hộ kinh doanh", "bold", 13)
    c.under(0.3)
    c.space(5)
    c.paragraph(f"Kính gửi: {person.honorific} {person.name}", indent=30)
    c.paragraph(
        f"{desk.commune.committee(on)} đã nhận hồ sơ đăng ký của {name} do "
        f"{person.honorific.lower()} {person.name}, số định danh cá nhân {person.id}, nộp."
    )
    c.paragraph("Sau khi xem xét, đề nghị sửa đổi, bổ sung những nội dung sau đây:")
    c.table(
        [1, 6, 5],
        [
            ["STT", "Nội dung", "Lý do"],
            [
                "1",
                "Ngành, nghề kinh doanh",
                "Chưa ghi mã ngành cấp bốn theo hệ thống ngành kinh tế",
            ],
            ["2", "Địa chỉ trụ sở", "Chưa ghi đủ số nhà, tên đường hoặc thôn, tổ"],
        ],
    )
    c.paragraph(
        "Thời hạn bổ sung là 60 ngày, kể từ ngày ra thông báo này. Quá thời hạn trên mà "
        "không nhận được hồ sơ bổ sung thì hồ sơ không còn giá trị xem xét./."
    )
    signer = desk.official("business")
    place = c.sign_off(signer.lines, signer.name, recipients=["- Như trên;", "- Lưu: VT, KT."])
    foot, middle = committee_seal(desk)
    seal_and_sign(c, place, signer, foot=foot, middle=middle, dice=desk.chance("seal", "amend"))
    return finish(
        c,
        e,
        slug="thong-bao-sua-doi-bo-sung-ho-so",
        title="Thông báo sửa đổi, bổ sung hồ sơ",
        doc_type="thong_bao_bo_sung_ho_so",
        official=signer,
        agency=desk.committee(),
        subject="Về việc sửa đổi, bổ sung hồ sơ đăng ký hộ kinh doanh",
        ho_ten=person.name,
        so_dinh_danh=person.id,
        digital=desk.born_digital("amend_notice"),
    )
