"""Residence (cư trú): form CT01, the tenancy contract, verification and notice of the police."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sohoa_samples.desk import (
    Desk,
    Entries,
    finish,
    number_parts,
    personal_sign,
    place_date_parts,
    seal_and_sign,
)
from sohoa_samples.people import Person
from sohoa_samples.places import Address
from sohoa_samples.sheet import Paper
from sohoa_samples.wording import amount, in_words, long_date, short_date


def residence_form(
    desk: Desk,
    person: Person,
    owner: Person,
    dwelling: Address,
    *,
    person_id: str | None = None,
    hand: bool = False,
) -> Paper:
    """Tờ khai thay đổi thông tin cư trú CT01 (KQ003630)."""
    e = Entries(hand)
    number = person_id or person.id
    c = desk.composer("residence_form", form=True, handwritten=hand, leading=1.42, size=12.5)
    c.y -= 4
    with c.column(c.x0 + 95, c.x1):
        c.centre("Mẫu CT01", "bold", 10.5)
    c.motto(c.x0, c.x1)
    c.space(6)
    c.centre("TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ", "bold", 14)
    c.space(2)
    c.form_line("Kính gửi:", e("kinh_gui", f"Công an {desk.here()}"), indent=10)
    c.space(2)
    c.form_line("1. Họ, chữ đệm và tên:", e("ho_ten", person.caps, person.name))
    c.form_line(
        "2. Ngày, tháng, năm sinh:",
        e("ngay_sinh", short_date(person.born), person.born.isoformat()),
        "3. Giới tính:",
        e("gioi_tinh", person.sex),
    )
    c.form_line("4. Số định danh cá nhân:", e("so_dinh_danh", number))
    c.form_line(
        "5. Số điện thoại liên hệ:", e("so_dien_thoai", person.phone), "6. Email:", e("email", "")
    )
    c.form_line(
        "7. Họ, chữ đệm và tên chủ hộ:",
        e("chu_ho", owner.caps, owner.name),
        "8. Mối quan hệ với chủ hộ:",
        e("quan_he_chu_ho", "Người thuê nhà"),
    )
    c.form_line("9. Số định danh cá nhân của chủ hộ:", e("chu_ho_so_dinh_danh", owner.id))
    c.form_line(
        "10. Nội dung đề nghị:",
        e(
            "noi_dung",
            f"Đăng ký tạm trú tại {desk.where(dwelling)} từ ngày {short_date(desk.on)} đến "
            f"ngày {short_date(desk.on + timedelta(days=700))}",
        ),
    )
    c.form_line("11. Những thành viên trong hộ gia đình cùng thay đổi:")
    e.fields["dia_chi_tam_tru"] = desk.where(dwelling)
    c.table(
        [1.1, 5, 2.8, 1.8, 3.6, 3],
        [
            [
                "TT",
                "Họ, chữ đệm và tên",
                "Ngày sinh",
                "Giới tính",
                "Số định danh cá nhân",
                "Quan hệ",
            ],
            ["", "", "", "", "", ""],
            ["", "", "", "", "", ""],
        ],
        size=10.5,
    )
    words = f"{desk.commune.bare_name(desk.on)}, {long_date(desk.on)}"
    c.y += c.line_height()
    c.text(c.x1 - c.width(words, "italic"), c.y, words, "italic", c.size)
    c.say(words)
    e.fields["date"] = desk.on.isoformat()
    place = c.sign_off(
        ["NGƯỜI KÊ KHAI"],
        person.name,
        note="(Ký, ghi rõ họ tên)",
        gap=22,
        left=(["Ý KIẾN CỦA CHỦ HỘ"], "Đồng ý", owner.name),
    )
    personal_sign(c, place, desk.chance("sign", person.id))
    personal_sign(c, replace(place, x=place.x - 85), desk.chance("sign", owner.id))
    return finish(
        c,
        e,
        slug="to-khai-ct01",
        title="Tờ khai thay đổi thông tin cư trú (CT01)",
        doc_type="to_khai_ct01",
        subject="Tờ khai thay đổi thông tin cư trú",
    )


def tenancy_contract(desk: Desk, person: Person, owner: Person, dwelling: Address) -> Paper:
    """Hợp đồng thuê nhà, two pages, both parties sign (KQ003631)."""
    dice = desk.chance("tenancy")
    e = Entries()
    rent = dice.randint(12, 60) * 100_000
    months = dice.choice((12, 18, 24))
    c = desk.composer("tenancy", leading=1.38)
    c.motto(c.x0, c.x1)
    c.space(8)
    c.centre("HỢP ĐỒNG THUÊ NHÀ Ở", "bold", 15)
    c.space(3)
    c.paragraph(f"Hôm nay, {long_date(desk.on)}, tại {desk.where(dwelling)}, chúng tôi gồm có:")
    for title, who, key in (
        ("BÊN CHO THUÊ (Bên A)", owner, "ben_a"),
        ("BÊN THUÊ (Bên B)", person, "ben_b"),
    ):
        c.paragraph(title, "bold", indent=0, after=0.3)
        c.form_line(
            f"{who.honorific}:",
            e(f"{key}_ho_ten", who.name),
            "Sinh ngày:",
            e(f"{key}_ngay_sinh", short_date(who.born), who.born.isoformat()),
        )
        c.form_line("Số định danh cá nhân:", e(f"{key}_so_dinh_danh", who.id))
        c.form_line("Nơi thường trú:", e(f"{key}_noi_cu_tru", desk.where(who.home)))
    c.paragraph("Hai bên cùng thỏa thuận ký hợp đồng với các điều khoản sau đây:")
    articles = (
        (
            "Điều 1. Nhà cho thuê",
            f"Bên A cho Bên B thuê {dice.randint(1, 3)} phòng, diện tích sử dụng "
            f"{dice.randint(18, 65)} m² thuộc ngôi nhà tại {desk.where(dwelling)} để ở.",
        ),
        (
            "Điều 2. Thời hạn thuê",
            f"Thời hạn thuê là {months} tháng, tính từ ngày {short_date(desk.on)}. Hết thời "
            "hạn, nếu Bên B còn nhu cầu thì hai bên ký lại hợp đồng.",
        ),
        (
            "Điều 3. Giá thuê và thanh toán",
            f"Giá thuê mỗi tháng là {amount(rent)} đồng (bằng chữ: {in_words(rent)} đồng). Bên "
            "B trả tiền trong 05 ngày đầu của tháng; tiền điện, nước trả theo chỉ số đồng hồ.",
        ),
        (
            "Điều 4. Trách nhiệm của Bên A",
            "Bàn giao nhà đúng thời hạn, bảo đảm quyền sử dụng trọn vẹn phần diện tích cho "
            "thuê; tạo điều kiện để Bên B đăng ký tạm trú theo quy định; sửa chữa kịp thời "
            "những hư hỏng không do Bên B gây ra.",
        ),
        (
            "Điều 5. Trách nhiệm của Bên B",
            "Sử dụng nhà đúng mục đích, giữ gìn vệ sinh và an ninh trật tự; không cho người "
            "khác thuê lại; trả tiền đầy đủ, đúng hạn; bồi thường những hư hỏng do mình gây "
            "ra.",
        ),
        (
            "Điều 6. Chấm dứt hợp đồng",
            "Bên nào muốn chấm dứt hợp đồng trước thời hạn phải báo cho bên kia ít nhất 30 "
            "ngày. Khi chấm dứt, Bên B trả lại nhà đúng hiện trạng ban đầu, trừ hao mòn tự "
            "nhiên; Bên A hoàn trả tiền đặt cọc sau khi trừ các khoản chưa thanh toán (nếu "
            "có).",
        ),
        (
            "Điều 7. Giải quyết tranh chấp",
            "Mọi tranh chấp trước hết do hai bên thương lượng trên tinh thần hòa giải; nếu "
            "không thành thì yêu cầu tòa án có thẩm quyền giải quyết.",
        ),
        (
            "Điều 8. Điều khoản chung",
            "Hợp đồng lập thành 02 bản có giá trị như nhau, mỗi bên giữ 01 bản và có hiệu lực "
            "kể từ ngày ký. Mọi thay đổi phải được hai bên thống nhất bằng văn bản.",
        ),
    )
    for head, body in articles:
        c.need(18)
        c.paragraph(head, "bold", indent=12.7, after=0.2)
        c.paragraph(body)
    e.fields.update(
        date=desk.on.isoformat(),
        gia_thue=rent,
        thoi_han_thang=months,
        dia_chi_nha=desk.where(dwelling),
    )
    place = c.sign_off(
        ["BÊN B"],
        person.name,
        note="(Ký, ghi rõ họ tên)",
        gap=24,
        left=(["BÊN A"], "(Ký, ghi rõ họ tên)", owner.name),
    )
    personal_sign(c, place, desk.chance("sign", person.id))
    personal_sign(c, replace(place, x=place.x - 85), desk.chance("sign", owner.id))
    return finish(
        c,
        e,
        slug="hop-dong-thue-nha",
        title="Hợp đồng thuê nhà ở",
        doc_type="hop_dong_thue_nha",
        subject="Hợp đồng thuê nhà ở",
    )


def police_notice(desk: Desk, person: Person, dwelling: Address, *, number: int) -> Paper:
    """Thông báo về kết quả giải quyết đăng ký cư trú (KQ.G01.000064)."""
    e = Entries()
    c = desk.composer("police_notice", leading=1.4)
    parts = number_parts(desk, e, "police_notice", number, "TB-CAX", pen=0.6)
    on = desk.on
    c.letterhead(
        f"CÔNG AN {desk.commune.province(on).upper()}",
        f"CÔNG AN {desk.commune.name(on).upper()}",
        parts,
        place_date_parts(desk, e, "police_notice", desk.commune.bare_name(on)),
    )
    c.space(9)
    c.centre("THÔNG BÁO", "bold", 14.5)
    c.centre("Về kết quả giải quyết đăng ký tạm trú", "bold", 13)
    c.under(0.28)
    c.space(5)
    c.form_line(
        "Kính gửi:", e("ho_ten", f"{person.honorific} {person.name}", person.name), indent=16
    )
    c.space(2)
    c.paragraph(
        f"Công an {desk.here()} đã giải quyết hồ sơ đăng ký tạm trú của {person.honorific.lower()}:"
    )
    c.form_line(
        "Sinh ngày:",
        e("ngay_sinh", short_date(person.born), person.born.isoformat()),
        "Giới tính:",
        e("gioi_tinh", person.sex),
    )
    c.form_line("Số định danh cá nhân:", e("so_dinh_danh", person.id))
    c.form_line("Nơi thường trú:", e("noi_thuong_tru", person.home.printed(on)))
    c.form_line("Nơi tạm trú:", e("noi_tam_tru", desk.where(dwelling)))
    until = on + timedelta(days=700)
    c.form_line("Thời hạn tạm trú đến ngày:", e("valid_to", short_date(until), until.isoformat()))
    c.space(1)
    c.paragraph(
        "Thông tin tạm trú đã được cập nhật vào Cơ sở dữ liệu về cư trú. Trước khi hết "
        "thời hạn tạm trú 15 ngày, đề nghị công dân làm thủ tục gia hạn."
    )
    signer = desk.official(
        "police",
        "",
        "TRƯỞNG CÔNG AN XÃ" if desk.commune.name(on).startswith("Xã") else "TRƯỞNG CÔNG AN PHƯỜNG",
    )
    place = c.sign_off(signer.lines, signer.name, recipients=["- Như trên;", "- Lưu: CAX."])
    seal_and_sign(
        c,
        place,
        signer,
        foot=f"CÔNG AN {desk.commune.bare_province(on)}",
        middle=("★", "CÔNG AN", desk.commune.name(on).upper(), "MẪU"),
        dice=desk.chance("seal", "police"),
    )
    agency = f"Công an {desk.here()}"
    return finish(
        c,
        e,
        slug="thong-bao-ket-qua-dang-ky-tam-tru",
        title="Thông báo kết quả giải quyết đăng ký tạm trú",
        doc_type="thong_bao_cu_tru",
        official=signer,
        agency=agency,
        subject="Về kết quả giải quyết đăng ký tạm trú",
        digital=desk.born_digital("police_notice"),
    )
