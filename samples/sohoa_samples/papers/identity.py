"""Papers about who acts: the photocopied identity card and the authorisation."""

from __future__ import annotations

from dataclasses import replace

from sohoa_samples.desk import Desk, Entries, committee_seal, finish, personal_sign, seal_and_sign
from sohoa_samples.papers.civil_status import CARD_RENAMED, identity
from sohoa_samples.parts import Bold
from sohoa_samples.people import Person
from sohoa_samples.sheet import Paper, Portrait, Rule
from sohoa_samples.wording import long_date, short_date


def identity_card_copy(desk: Desk, person: Person) -> Paper:
    """A photocopy of both faces of an identity card (KQ004946), shown and not digitized."""
    e = Entries()
    c = desk.composer("identity_card", size=10, leading=1.35)
    dice = desk.chance("card", person.id)
    x, y = 55 + dice.uniform(-8, 12), 40 + dice.uniform(-6, 8)
    for top in (y, y + 75):
        for x0, y0, x1, y1 in (
            (x, top, x + 98, top),
            (x, top + 62, x + 98, top + 62),
            (x, top, x, top + 62),
            (x + 98, top, x + 98, top + 62),
        ):
            c.put(Rule(x0, y0, x1, y1, 0.7))
    c.put(Portrait(x + 4, y + 20, 24, 32))
    c.y = y + 2
    c.centre("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "bold", 9.5, x0=x + 20, x1=x + 98)
    c.centre("Độc lập - Tự do - Hạnh phúc", "bold", 9, x0=x + 20, x1=x + 98)
    c.centre(
        "CĂN CƯỚC" if person.issued >= CARD_RENAMED else "CĂN CƯỚC CÔNG DÂN",
        "bold",
        12,
        x0=x + 20,
        x1=x + 98,
    )
    c.space(1)
    with c.column(x + 31, x + 96):
        for label, name, shown, value in (
            ("Số định danh cá nhân:", "so_dinh_danh", person.id, person.id),
            ("Họ, chữ đệm và tên khai sinh:", "ho_ten", person.caps, person.name),
            (
                "Ngày, tháng, năm sinh:",
                "ngay_sinh",
                short_date(person.born),
                person.born.isoformat(),
            ),
            ("Giới tính:", "gioi_tinh", person.sex, person.sex),
            ("Quốc tịch:", "quoc_tich", "Việt Nam", "Việt Nam"),
        ):
            e.fields[name] = value
            c.paragraph(f"{label} {shown}", indent=0, size=9.5, justify=False, after=0.5)
    c.y = y + 79
    with c.column(x + 5, x + 93):
        c.paragraph(
            f"Nơi cư trú: {person.home.printed(person.issued)}", indent=0, size=9.5, justify=False
        )
        c.paragraph(
            f"Nơi đăng ký khai sinh: {desk.at(person.born).here()}",
            indent=0,
            size=9.5,
            justify=False,
        )
        c.paragraph(f"Ngày cấp: {short_date(person.issued)}", indent=0, size=9.5, justify=False)
        c.paragraph("BỘ CÔNG AN", "bold", indent=30, size=10, justify=False)
    e.fields["date"] = person.issued.isoformat()
    paper = finish(
        c,
        e,
        slug="the-can-cuoc",
        title="Thẻ căn cước",
        doc_type="the_can_cuoc",
        agency="Bộ Công an",
        subject=f"Thẻ căn cước của {person.name}",
    )
    return replace(paper, form="copy")


def authorisation(
    desk: Desk, giver: Person, agent: Person, *, matter: str, receiver_id: str | None = None
) -> Paper:
    """Giấy ủy quyền with the commune's certification of the signature."""
    e = Entries()
    c = desk.composer("authorisation", leading=1.35)
    c.motto(c.x0, c.x1)
    c.space(7)
    c.centre("GIẤY ỦY QUYỀN", "bold", 15)
    c.space(4)
    c.form_line(
        Bold("Bên ủy quyền:"), e("ben_uy_quyen", f"{giver.honorific} {giver.name}", giver.name)
    )
    c.form_line(
        "Sinh ngày:", e("ben_uy_quyen_ngay_sinh", short_date(giver.born), giver.born.isoformat())
    )
    c.form_line(
        "Giấy tờ tùy thân:", e("ben_uy_quyen_so_dinh_danh", identity(giver, desk.on), giver.id)
    )
    c.form_line("Nơi cư trú:", e("ben_uy_quyen_noi_cu_tru", desk.where(giver.home)))
    number = receiver_id or agent.id
    c.form_line(
        Bold("Bên được ủy quyền:"),
        e("ben_duoc_uy_quyen", f"{agent.honorific} {agent.name}", agent.name),
    )
    c.form_line(
        "Sinh ngày:",
        e("ben_duoc_uy_quyen_ngay_sinh", short_date(agent.born), agent.born.isoformat()),
    )
    c.form_line(
        "Giấy tờ tùy thân:",
        e("ben_duoc_uy_quyen_so_dinh_danh", f"Thẻ căn cước số {number}", number),
    )
    c.form_line("Nơi cư trú:", e("ben_duoc_uy_quyen_noi_cu_tru", desk.where(agent.home)))
    c.space(2)
    c.paragraph(
        f"Bằng giấy này, bên ủy quyền giao cho bên được ủy quyền thay mặt mình {matter}, "
        "bao gồm nộp hồ sơ, bổ sung giấy tờ và nhận kết quả."
    )
    c.paragraph(
        "Thời hạn ủy quyền: 06 tháng, kể từ ngày ký. Việc ủy quyền không có thù lao. Hai "
        "bên đã đọc lại, hiểu rõ và cùng ký tên dưới đây."
    )
    words = f"{desk.commune.bare_name(desk.on)}, {long_date(desk.on)}"
    c.y += c.line_height()
    c.text(c.x1 - c.width(words, "italic"), c.y, words, "italic", c.size)
    c.say(words)
    e.fields["date"] = desk.on.isoformat()
    place = c.sign_off(
        ["BÊN ĐƯỢC ỦY QUYỀN"], agent.name, gap=20, left=(["BÊN ỦY QUYỀN"], "", giver.name)
    )
    personal_sign(c, place, desk.chance("sign", agent.id))
    personal_sign(c, replace(place, x=place.x - 85), desk.chance("sign", giver.id))
    c.space(4)
    c.need(62)
    dice = desk.chance("certify")
    c.centre("LỜI CHỨNG CHỨNG THỰC CHỮ KÝ", "bold", 12.5)
    entry = dice.randint(12, 900)
    e.fields["number"], e.fields["symbol"] = str(entry), "SCT/CK,ĐC"
    e.fields["so_ky_hieu"] = f"{entry}/SCT/CK,ĐC"
    c.paragraph(
        f"Tại {desk.commune.committee(desk.on)}, tôi chứng thực bên ủy quyền và bên được ủy "
        "quyền có tên nêu trên đã ký vào "
        f"giấy này trước mặt tôi. Số chứng thực: {entry}, quyển số "
        f"{dice.randint(1, 6):02d}-SCT/CK,ĐC.",
        size=12,
    )
    signer = desk.official("certify")
    place = c.sign_off(signer.lines, signer.name, gap=25)
    foot, middle = committee_seal(desk)
    seal_and_sign(c, place, signer, foot=foot, middle=middle, dice=desk.chance("seal", "certify"))
    return finish(
        c,
        e,
        slug="van-ban-uy-quyen",
        title="Văn bản ủy quyền",
        doc_type="van_ban_uy_quyen",
        official=signer,
        agency=desk.committee(),
        subject=f"Ủy quyền {matter}",
    )
