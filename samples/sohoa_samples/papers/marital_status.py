"""Marital status (tình trạng hôn nhân): the declaration and the confirmation."""

from __future__ import annotations

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
from sohoa_samples.papers.civil_status import identity
from sohoa_samples.parts import Bold
from sohoa_samples.people import Person
from sohoa_samples.sheet import Paper
from sohoa_samples.wording import long_date, short_date

PURPOSES = (
    "để làm thủ tục chuyển nhượng quyền sử dụng đất",
    "để bổ sung hồ sơ vay vốn tại ngân hàng",
    "để làm thủ tục mua bán nhà ở",
)


def marital_declaration(
    desk: Desk,
    person: Person,
    *,
    asker: Person | None = None,
    person_id: str | None = None,
    hand: bool = False,
) -> Paper:
    """Tờ khai cấp giấy xác nhận tình trạng hôn nhân (KQ003448)."""
    asker = asker or person
    dice = desk.chance("marital")
    e = Entries(hand)
    c = desk.composer("marital_declaration", form=True, handwritten=hand, leading=1.48)
    c.motto(c.x0, c.x1)
    c.space(8)
    c.centre("TỜ KHAI CẤP GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN", "bold", 14)
    c.space(4)
    c.form_line("Kính gửi:", e("kinh_gui", desk.commune.committee(desk.on)), indent=18)
    c.space(3)
    c.form_line(Bold("Họ, chữ đệm, tên người yêu cầu:"), e("nguoi_yeu_cau", asker.caps, asker.name))
    c.form_line(
        "Giấy tờ tùy thân:", e("nguoi_yeu_cau_so_dinh_danh", identity(asker, desk.on), asker.id)
    )
    c.form_line("Nơi cư trú:", e("nguoi_yeu_cau_noi_cu_tru", desk.where(asker.home)))
    c.form_line(
        "Quan hệ với người được cấp giấy:",
        e("quan_he", "Bản thân" if asker is person else "Người được ủy quyền"),
    )
    c.form_line(Bold("Đề nghị cấp Giấy xác nhận tình trạng hôn nhân cho người có tên dưới đây:"))
    c.form_line(Bold("Họ, chữ đệm, tên:"), e("ho_ten", person.caps, person.name))
    c.form_line(
        "Ngày, tháng, năm sinh:", e("ngay_sinh", short_date(person.born), person.born.isoformat())
    )
    c.form_line(
        "Giới tính:",
        e("gioi_tinh", person.sex),
        "Dân tộc:",
        e("dan_toc", person.ethnic),
        "Quốc tịch:",
        e("quoc_tich", "Việt Nam"),
    )
    c.form_line(
        "Giấy tờ tùy thân:",
        e("so_dinh_danh", f"Thẻ căn cước số {person_id or person.id}", person_id or person.id),
    )
    c.form_line("Nơi cư trú:", e("noi_cu_tru", desk.where(person.home)))
    c.form_line("Tình trạng hôn nhân:", e("tinh_trang_hon_nhan", "Chưa đăng ký kết hôn với ai"))
    c.form_line("Mục đích sử dụng giấy:", e("muc_dich", dice.choice(PURPOSES).capitalize()))
    c.paragraph(
        "Tôi cam đoan lời khai trên là đúng và chịu trách nhiệm trước pháp luật về lời khai đó.",
        indent=0,
    )
    c.form_line(
        "Làm tại:",
        e("lam_tai", desk.commune.bare_name(desk.on)),
        ",",
        e("date", long_date(desk.on), desk.on.isoformat()),
        indent=62,
    )
    place = c.sign_off(["Người yêu cầu"], asker.name, note="(Ký, ghi rõ họ, chữ đệm, tên)", gap=24)
    personal_sign(c, place, desk.chance("sign", asker.id))
    return finish(
        c,
        e,
        slug="to-khai-xac-nhan-tinh-trang-hon-nhan",
        title="Tờ khai cấp Giấy xác nhận tình trạng hôn nhân",
        doc_type="to_khai_xac_nhan_hon_nhan",
        subject="Tờ khai cấp giấy xác nhận tình trạng hôn nhân",
    )


def marital_confirmation(desk: Desk, person: Person, *, number: int) -> Paper:
    """Giấy xác nhận tình trạng hôn nhân (KQ.G15.000038); six months of validity."""
    dice = desk.chance("marital")
    e = Entries()
    c = desk.composer("marital_confirmation", leading=1.5)
    on = desk.on
    unit = desk.commune.name(on).upper()
    parts = number_parts(desk, e, "marital_confirmation", number, "UBND-XNTTHN", pen=0.6)
    date_parts = place_date_parts(desk, e, "marital_confirmation", desk.commune.bare_name(on))
    c.letterhead("", f"ỦY BAN NHÂN DÂN\n{unit}", parts, date_parts)
    c.space(9)
    c.centre("GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN", "bold", 14.5)
    c.space(3)
    c.centre(f"ỦY BAN NHÂN DÂN {unit}", "bold", 13)
    c.space(4)
    c.paragraph(
        f"Xét đề nghị của {person.honorific.lower()} {person.name} về việc cấp Giấy xác "
        "nhận tình trạng hôn nhân,"
    )
    c.centre("XÁC NHẬN:", "bold", 13)
    c.space(2)
    c.form_line(Bold("Họ, chữ đệm, tên:"), e("ho_ten", person.caps, person.name))
    c.form_line(
        "Ngày, tháng, năm sinh:", e("ngay_sinh", short_date(person.born), person.born.isoformat())
    )
    c.form_line(
        "Giới tính:",
        e("gioi_tinh", person.sex),
        "Dân tộc:",
        e("dan_toc", person.ethnic),
        "Quốc tịch:",
        e("quoc_tich", "Việt Nam"),
    )
    c.form_line("Giấy tờ tùy thân:", e("so_dinh_danh", f"Thẻ căn cước số {person.id}", person.id))
    c.form_line("Nơi cư trú:", e("noi_cu_tru", desk.where(person.home)))
    c.form_line(
        "Tình trạng hôn nhân:", e("tinh_trang_hon_nhan", "Hiện tại chưa đăng ký kết hôn với ai")
    )
    c.space(1)
    purpose = dice.choice(PURPOSES)
    e.fields["muc_dich"] = purpose
    c.paragraph(f"Giấy này được cấp {purpose}.")
    c.paragraph("Giấy có giá trị sử dụng trong 06 tháng, kể từ ngày cấp.")
    signer = desk.official("marital")
    place = c.sign_off(signer.lines, signer.name)
    foot, middle = committee_seal(desk)
    seal_and_sign(c, place, signer, foot=foot, middle=middle, dice=desk.chance("seal", "marital"))
    return finish(
        c,
        e,
        slug="giay-xac-nhan-tinh-trang-hon-nhan",
        title="Giấy xác nhận tình trạng hôn nhân",
        doc_type="giay_xac_nhan_tinh_trang_hon_nhan",
        official=signer,
        agency=desk.committee(),
        subject=f"Xác nhận tình trạng hôn nhân của {person.name}",
    )
