"""Documents in the form of NĐ 30/2020/NĐ-CP: decision, official letter, verification reply."""

from __future__ import annotations

from datetime import timedelta

from sohoa_samples.desk import (
    Desk,
    Entries,
    committee_seal,
    finish,
    number_parts,
    place_date_parts,
    seal_and_sign,
)
from sohoa_samples.people import Person
from sohoa_samples.sheet import Paper
from sohoa_samples.wording import amount, in_words, long_date, short_date

#: Subject, articles after the first, unit that prepares it.
_DECISIONS = (
    ("Về việc hỗ trợ chi phí mai táng", "hỗ trợ chi phí mai táng", "VHXH"),
    ("Về việc hưởng trợ cấp xã hội hằng tháng", "hưởng trợ cấp xã hội hằng tháng", "VHXH"),
    ("Về việc công nhận hộ nghèo, hộ cận nghèo năm", "được công nhận là hộ cận nghèo", "KT"),
    ("Về việc cho phép tách thửa đất", "được tách thửa đất đang sử dụng", "KT"),
)


def decision(desk: Desk, person: Person, *, number: int) -> Paper:
    """Quyết định cá biệt of the commune's chair, one or two pages."""
    dice = desk.chance("decision", person.id)
    subject, effect, unit = dice.choice(_DECISIONS)
    on = desk.on
    if subject.endswith("năm"):
        subject = f"{subject} {on.year}"
    subject = f"{subject} đối với {person.honorific.lower()} {person.name}"
    amount_dong = dice.randint(5, 90) * 100_000
    e = Entries()
    c = desk.composer("decision", leading=1.36)
    name = desk.commune.name(on).upper()
    c.letterhead(
        "",
        f"ỦY BAN NHÂN DÂN\n{name}",
        number_parts(desk, e, "decision", number, "QĐ-UBND", pen=0.7),
        place_date_parts(desk, e, "decision", desk.commune.bare_name(on), pen=0.6),
    )
    c.space(8)
    c.centre("QUYẾT ĐỊNH", "bold", 14.5)
    c.centre(subject, "bold", 13.5, x0=c.x0 + 18, x1=c.x1 - 18)
    c.under(0.25)
    c.space(6)
    c.centre(f"CHỦ TỊCH ỦY BAN NHÂN DÂN {name}", "bold", 13)
    c.space(2)
    law = "số 72/2025/QH15" if on.isoformat() >= "2025-07-01" else "số 77/2015/QH13"
    for base in (
        f"Căn cứ Luật Tổ chức chính quyền địa phương {law};",
        f"Căn cứ hồ sơ và đơn đề nghị của {person.honorific.lower()} {person.name};",
        "Theo đề nghị của công chức chuyên môn tại Tờ trình số "
        f"{dice.randint(3, 60):02d}/TTr-{unit} ngày {short_date(on.replace(day=1))}.",
    ):
        c.paragraph(base, "italic")
    c.centre("QUYẾT ĐỊNH:", "bold", 13.5)
    c.space(2)
    c.paragraph(
        f"Điều 1. {person.honorific} {person.name}, sinh ngày {short_date(person.born)}, số "
        f"định danh cá nhân {person.id}, "
        f"cư trú tại {desk.where(person.home)}, {effect} kể từ ngày {short_date(on)}."
    )
    e.fields.update(
        ho_ten=person.name,
        ngay_sinh=person.born.isoformat(),
        so_dinh_danh=person.id,
        noi_cu_tru=desk.where(person.home),
    )
    if unit == "VHXH":
        c.paragraph(
            f"Mức hỗ trợ: {amount(amount_dong)} đồng (bằng chữ: {in_words(amount_dong)} "
            "đồng). Kinh phí lấy từ nguồn bảo đảm xã hội trong dự toán ngân sách đã giao."
        )
        e.fields["so_tien"] = amount_dong
    c.paragraph(
        "Điều 2. Quyết định này có hiệu lực kể từ ngày ký. Công chức văn phòng, công chức "
        f"chuyên môn và trưởng thôn, tổ dân phố nơi {person.honorific.lower()} "
        f"{person.name} cư trú có trách nhiệm theo dõi, báo cáo khi có thay đổi."
    )
    c.paragraph(
        "Điều 3. Chánh Văn phòng, các bộ phận chuyên môn có liên quan và "
        f"{person.honorific.lower()} {person.name} chịu trách nhiệm thi hành Quyết định "
        "này./."
    )
    signer = desk.official("decision", "", "CHỦ TỊCH")
    place = c.sign_off(
        signer.lines,
        signer.name,
        recipients=["- Như Điều 3;", "- Thường trực Đảng ủy (để b/c);", f"- Lưu: VT, {unit}."],
        gap=29,
    )
    foot, middle = committee_seal(desk)
    seal_and_sign(c, place, signer, foot=foot, middle=middle, dice=desk.chance("seal", "decision"))
    return finish(
        c,
        e,
        slug="quyet-dinh",
        title="Quyết định",
        doc_type="quyet_dinh",
        official=signer,
        agency=desk.committee(),
        subject=subject,
        digital=desk.born_digital("decision"),
    )


def verification_request(desk: Desk, person: Person, *, number: int, matter: str, to: str) -> Paper:
    """Công văn asking another agency to verify; it has no type code."""
    dice = desk.chance("request", person.id)
    e = Entries()
    c = desk.composer("verification_request", leading=1.4)
    on = desk.on
    name = desk.commune.name(on).upper()
    about = f"V/v xác minh {matter}"
    c.letterhead(
        "",
        f"ỦY BAN NHÂN DÂN\n{name}",
        number_parts(desk, e, "request", number, "UBND-TP"),
        place_date_parts(desk, e, "request", desk.commune.bare_name(on)),
        about=about,
    )
    c.space(9)
    c.centre(f"Kính gửi: {to}", "regular", 13.5)
    c.space(4)
    c.paragraph(
        f"{desk.commune.committee(on)} đang giải quyết hồ sơ của {person.honorific.lower()} "
        f"{person.name}, sinh ngày {short_date(person.born)}, số định danh cá nhân "
        f"{person.id}, cư trú tại {desk.where(person.home)}."
    )
    c.paragraph(
        "Để có căn cứ giải quyết theo quy định, đề nghị quý cơ quan kiểm tra, cung cấp "
        f"thông tin về {matter} của {person.honorific.lower()} {person.name} trong thời "
        "gian cư trú tại địa phương."
    )
    c.paragraph(
        f"Kết quả xác minh xin gửi về {desk.commune.committee(on)} trước ngày "
        f"{short_date(on + timedelta(days=5))}; liên hệ công chức tư pháp - hộ tịch, điện "
        f"thoại {dice.randint(2, 9)}00.{dice.randint(100, 999)}.{dice.randint(100, 999)}."
    )
    c.paragraph("Rất mong nhận được sự phối hợp của quý cơ quan./.")
    e.fields.update(
        ho_ten=person.name, ngay_sinh=person.born.isoformat(), so_dinh_danh=person.id, noi_nhan=to
    )
    signer = desk.official("request")
    place = c.sign_off(signer.lines, signer.name, recipients=["- Như trên;", "- Lưu: VT, TP."])
    foot, middle = committee_seal(desk)
    seal_and_sign(c, place, signer, foot=foot, middle=middle, dice=desk.chance("seal", "request"))
    return finish(
        c,
        e,
        slug="cong-van-de-nghi-xac-minh",
        title="Công văn đề nghị xác minh",
        doc_type="cong_van",
        official=signer,
        agency=desk.committee(),
        subject=about,
        digital=desk.born_digital("request"),
    )


def verification_reply(
    desk: Desk, person: Person, *, number: int, matter: str, letter: str
) -> Paper:
    """Kết quả xác minh: the answer of the commune police, to be digitized too."""
    e = Entries()
    c = desk.composer("verification_reply", leading=1.4)
    on = desk.on
    c.letterhead(
        f"CÔNG AN {desk.commune.province(on).upper()}",
        f"CÔNG AN {desk.commune.name(on).upper()}",
        number_parts(desk, e, "reply", number, "KQXM-CAX"),
        place_date_parts(desk, e, "reply", desk.commune.bare_name(on)),
    )
    c.space(9)
    c.centre("KẾT QUẢ XÁC MINH", "bold", 14.5)
    c.centre(f"Về {matter}", "bold", 13)
    c.under(0.2)
    c.space(5)
    c.paragraph(
        f"Thực hiện {letter} của {desk.commune.committee(on)}, Công an {desk.here()} đã "
        "tiến hành xác minh và thông báo như sau:"
    )
    c.form_line("1. Họ và tên:", e("ho_ten", person.name), "Giới tính:", e("gioi_tinh", person.sex))
    c.form_line(
        "2. Ngày sinh:",
        e("ngay_sinh", short_date(person.born), person.born.isoformat()),
        "Số định danh cá nhân:",
        e("so_dinh_danh", person.id),
    )
    c.form_line("3. Nơi cư trú:", e("noi_cu_tru", desk.where(person.home)))
    c.paragraph(
        "4. Nội dung xác minh: qua kiểm tra tàng thư, cơ sở dữ liệu và làm việc tại địa "
        f"bàn, thông tin về {matter} của {person.honorific.lower()} {person.name} đúng như "
        "hồ sơ đã khai, không có điểm nào mâu thuẫn.",
        indent=0,
    )
    c.paragraph(
        f"Kết quả này lập {long_date(on)}, gửi cơ quan yêu cầu để giải quyết theo thẩm quyền./."
    )
    signer = desk.official("police", "", "TRƯỞNG CÔNG AN")
    place = c.sign_off(signer.lines, signer.name, recipients=["- UBND xã, phường;", "- Lưu: CAX."])
    seal_and_sign(
        c,
        place,
        signer,
        foot=f"CÔNG AN {desk.commune.bare_province(on)}",
        middle=("★", "CÔNG AN", desk.commune.name(on).upper(), "MẪU"),
        dice=desk.chance("seal", "police"),
    )
    return finish(
        c,
        e,
        slug="ket-qua-xac-minh",
        title="Kết quả xác minh",
        doc_type="ket_qua_xac_minh",
        official=signer,
        agency=f"Công an {desk.here()}",
        subject=f"Về {matter}",
    )
