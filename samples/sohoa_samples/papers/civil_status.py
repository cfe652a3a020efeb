"""Civil status (hộ tịch): birth and marriage."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sohoa_samples.compose import Place
from sohoa_samples.desk import (
    Desk,
    Entries,
    committee_seal,
    finish,
    number_parts,
    personal_sign,
    seal_and_sign,
)
from sohoa_samples.parts import Bold
from sohoa_samples.people import Family, Person
from sohoa_samples.sheet import Paper, Rule
from sohoa_samples.wording import date_in_words, long_date, short_date

#: Luật Căn cước 26/2023/QH15 took effect: the card lost the word "công dân".
CARD_RENAMED = date(2024, 7, 1)
HOSPITALS = ("Bệnh viện Đa khoa", "Trung tâm Y tế", "Bệnh viện Phụ sản")


def hospital(desk: Desk) -> str:
    """An invented hospital of the province."""
    dice = desk.chance("hospital")
    return f"{dice.choice(HOSPITALS)} số {dice.randint(2, 5)} {desk.commune.bare_province(desk.on)}"


def identity(person: Person, on: date) -> str:
    """How a paper of that day cites the identity card; an older card where today's is newer."""
    issued = person.issued
    if issued >= on:
        issued = on - timedelta(days=60 + int(person.id[-3:]))
    card = "Thẻ căn cước" if issued >= CARD_RENAMED else "Thẻ căn cước công dân"
    return f"{card} số {person.id}, cấp ngày {short_date(issued)}"


def birth_declaration(
    desk: Desk, family: Family, *, born: date | None = None, hand: bool = False
) -> Paper:
    """Tờ khai đăng ký khai sinh (KQ003204)."""
    child, asker = family.child, family.husband
    assert child is not None
    born = born or child.born
    e = Entries(hand)
    c = desk.composer("birth_declaration", form=True, handwritten=hand, size=13, leading=1.42)
    c.motto(c.x0, c.x1)
    c.space(7)
    c.centre("TỜ KHAI ĐĂNG KÝ KHAI SINH", "bold", 14)
    c.space(3)
    c.form_line("Kính gửi:", e("kinh_gui", desk.commune.committee(desk.on)), indent=18)
    c.space(3)
    c.form_line(Bold("Họ, chữ đệm, tên người yêu cầu:"), e("nguoi_yeu_cau", asker.caps))
    c.form_line("Giấy tờ tùy thân:", e("so_dinh_danh", identity(asker, desk.on), asker.id))
    c.form_line("Nơi cư trú:", e("noi_cu_tru", desk.where(asker.home)))
    c.form_line("Quan hệ với người được khai sinh:", e("quan_he", "Cha đẻ"))
    c.form_line(Bold("Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:"))
    c.form_line(Bold("Họ, chữ đệm, tên:"), e("ho_ten", child.caps, child.name))
    c.form_line(
        "Ngày, tháng, năm sinh:",
        e("ngay_sinh", short_date(born), born.isoformat()),
        "ghi bằng chữ:",
        e("ngay_sinh_bang_chu", date_in_words(born)),
    )
    c.form_line("Nơi sinh:", e("noi_sinh", hospital(desk)))
    c.form_line(
        "Giới tính:",
        e("gioi_tinh", child.sex),
        "Dân tộc:",
        e("dan_toc", child.ethnic),
        "Quốc tịch:",
        e("quoc_tich", "Việt Nam"),
    )
    c.form_line("Quê quán:", e("que_quan", desk.here()))
    for word, who, key in (("cha", family.husband, "cha"), ("mẹ", family.wife, "me")):
        c.form_line(Bold(f"Họ, chữ đệm, tên {word}:"), e(f"{key}_ho_ten", who.caps, who.name))
        c.form_line(
            "Năm sinh:",
            e(f"{key}_nam_sinh", str(who.born.year)),
            "Dân tộc:",
            e(f"{key}_dan_toc", who.ethnic),
            "Quốc tịch:",
            e(f"{key}_quoc_tich", "Việt Nam"),
        )
        c.form_line("Nơi cư trú:", e(f"{key}_noi_cu_tru", desk.where(who.home)))
    c.space(1)
    c.paragraph(
        "Tôi cam đoan những nội dung khai trên đây là đúng sự thật, đã được cha, mẹ của "
        "trẻ cùng thống nhất, "
        "và chịu trách nhiệm trước pháp luật về lời khai của mình.",
        indent=0,
    )
    c.form_line(
        "Làm tại:",
        e("lam_tai", desk.commune.bare_name(desk.on)),
        ",",
        e("date", long_date(desk.on), desk.on.isoformat()),
        indent=62,
    )
    place = c.sign_off(["Người yêu cầu"], asker.name, note="(Ký, ghi rõ họ, chữ đệm, tên)", gap=22)
    personal_sign(c, place, desk.chance("sign", asker.id))
    return finish(
        c,
        e,
        slug="to-khai-dang-ky-khai-sinh",
        title="Tờ khai đăng ký khai sinh",
        doc_type="to_khai_khai_sinh",
        subject="Tờ khai đăng ký khai sinh",
    )


def birth_notice(
    desk: Desk,
    family: Family,
    *,
    born: date | None = None,
    mother_id: str | None = None,
    hand: bool = True,
) -> Paper:
    """Giấy chứng sinh (KQ004389), issued by the hospital; half printed, half penned."""
    child, mother = family.child, family.wife
    assert child is not None
    born, mother_id = born or child.born, mother_id or mother.id
    dice = desk.chance("birth_notice")
    e = Entries(hand)
    place_name = hospital(desk)
    c = desk.composer("birth_notice", handwritten=hand, leading=1.5)
    number = dice.randint(3, 980)
    parts = number_parts(desk, e, "birth_notice", number, "GCS", pen=0.8)
    c.letterhead(
        f"SỞ Y TẾ {desk.commune.bare_province(desk.on).upper()}",
        _issuer_lines(place_name),
        parts,
        [],
    )
    c.space(8)
    c.centre("GIẤY CHỨNG SINH", "bold", 16)
    c.space(5)
    c.form_line("Họ và tên mẹ/Người nuôi dưỡng:", e("me_ho_ten", mother.caps, mother.name))
    c.form_line(
        "Năm sinh:",
        e("me_nam_sinh", str(mother.born.year)),
        "Dân tộc:",
        e("me_dan_toc", mother.ethnic),
    )
    c.form_line("Số căn cước/số định danh cá nhân:", e("me_so_dinh_danh", mother_id))
    c.form_line("Nơi cư trú:", e("me_noi_cu_tru", desk.where(mother.home)))
    c.form_line("Họ và tên cha:", e("cha_ho_ten", family.husband.caps, family.husband.name))
    hour, minute = dice.randint(0, 23), dice.randint(0, 59)
    c.form_line(
        "Đã sinh con vào lúc:",
        e("gio_sinh", f"{hour:02d} giờ {minute:02d} phút"),
        "ngày",
        e("ngay_sinh", short_date(born), born.isoformat()),
    )
    c.form_line("Tại:", e("noi_sinh", place_name))
    c.form_line(
        "Số con trong lần sinh này:",
        e("so_con", "01"),
        "Giới tính của con:",
        e("gioi_tinh", child.sex),
        "Cân nặng:",
        e("can_nang", f"{dice.randint(26, 39) * 100} gam"),
    )
    c.form_line("Dự định đặt tên con là:", e("ho_ten", child.caps, child.name))
    c.form_line("Người đỡ đẻ:", e("nguoi_do_de", desk.official("nurse", "", "TRƯỞNG KHOA").name))
    c.paragraph(
        "Lưu ý: Giấy này cấp một lần, gia đình dùng để đăng ký khai sinh cho trẻ trong "
        "thời hạn 60 ngày.",
        "italic",
        indent=0,
        size=11.5,
    )
    c.space(2)
    doctor = desk.official("hospital", "", "GIÁM ĐỐC")
    with c.column(c.x0, c.x1):
        c.y += c.line_height()
        words = f"{desk.commune.bare_province(desk.on)}, {long_date(desk.on)}"
        c.text(c.x1 - c.width(words, "italic"), c.y, words, "italic", c.size)
        c.say(words)
    e.fields["date"] = desk.on.isoformat()
    place = c.sign_off(
        doctor.lines,
        doctor.name,
        left=(["NGƯỜI THÂN CỦA TRẺ"], "(Ký, ghi rõ họ tên)", family.husband.name),
    )
    personal_sign(c, replace(place, x=place.x - 85), desk.chance("sign", family.husband.id))
    seal_and_sign(
        c,
        place,
        doctor,
        foot="SỞ Y TẾ " + desk.commune.bare_province(desk.on),
        middle=("★", *_two_lines(place_name), "MẪU"),
        dice=desk.chance("seal", "hospital"),
    )
    return finish(
        c,
        e,
        slug="giay-chung-sinh",
        title="Giấy chứng sinh",
        doc_type="giay_chung_sinh",
        official=doctor,
        agency=place_name,
        subject="Giấy chứng sinh",
    )


def _issuer_lines(text: str) -> str:
    head, tail = text.upper().split(" SỐ ")
    return f"{head}\nSỐ {tail}"


def _two_lines(text: str) -> tuple[str, str]:
    words = text.upper().split()
    half = len(words) // 2
    return " ".join(words[:half]), " ".join(words[half:])


def birth_certificate(
    desk: Desk, family: Family, *, number: int, with_id: bool = True, words_of: date | None = None
) -> Paper:
    """Giấy khai sinh (KQ.G15.000031) on its tinted form; ``words_of`` misstates the words."""
    child = family.child
    assert child is not None
    e = Entries()
    c = desk.composer(
        "birth_certificate", ground="birth", left=27, right=23, top=22, leading=1.5, size=13
    )
    c.motto(c.x0, c.x1)
    c.space(9)
    c.centre("GIẤY KHAI SINH", "bold", 22, ink="red")
    shown = f"{number}/{desk.on.year}"
    pen = desk.chance("birth_number").happens(0.4)
    c.form_line("Số:", e("number", shown, pen=pen), indent=118)
    e.fields["symbol"], e.fields["so_ky_hieu"] = "", shown
    c.space(3)
    c.form_line(Bold("Họ, chữ đệm, tên:"), e("ho_ten", child.caps, child.name, bold=True))
    c.form_line(
        "Ngày, tháng, năm sinh:", e("ngay_sinh", short_date(child.born), child.born.isoformat())
    )
    c.form_line("Ghi bằng chữ:", e("ngay_sinh_bang_chu", date_in_words(words_of or child.born)))
    c.form_line(
        "Giới tính:",
        e("gioi_tinh", child.sex),
        "Dân tộc:",
        e("dan_toc", child.ethnic),
        "Quốc tịch:",
        e("quoc_tich", "Việt Nam"),
    )
    c.form_line("Nơi sinh:", e("noi_sinh", hospital(desk)))
    c.form_line("Quê quán:", e("que_quan", desk.here()))
    if with_id:
        c.form_line("Số định danh cá nhân:", e("so_dinh_danh", child.id))
    for word, who, key in (("mẹ", family.wife, "me"), ("cha", family.husband, "cha")):
        c.form_line(Bold(f"Họ, chữ đệm, tên người {word}:"), e(f"{key}_ho_ten", who.caps, who.name))
        c.form_line(
            "Năm sinh:",
            e(f"{key}_nam_sinh", str(who.born.year)),
            "Dân tộc:",
            e(f"{key}_dan_toc", who.ethnic),
            "Quốc tịch:",
            e(f"{key}_quoc_tich", "Việt Nam"),
        )
        c.form_line("Nơi cư trú:", e(f"{key}_noi_cu_tru", desk.where(who.home)))
    c.form_line("Họ, chữ đệm, tên người đi khai sinh:", e("nguoi_di_khai", family.husband.name))
    c.form_line("Giấy tờ tùy thân:", e("giay_to_nguoi_di_khai", identity(family.husband, desk.on)))
    c.form_line("Nơi đăng ký khai sinh:", e("agency", desk.committee()))
    c.form_line("Ngày, tháng, năm đăng ký:", e("date", short_date(desk.on), desk.on.isoformat()))
    c.space(2)
    signer = desk.official("birth_certificate")
    place = c.sign_off(
        ["NGƯỜI KÝ GIẤY KHAI SINH", *signer.lines[-1:]], signer.name, note="(Ký, đóng dấu)", gap=28
    )
    foot, middle = committee_seal(desk)
    seal_and_sign(c, place, signer, foot=foot, middle=middle, dice=desk.chance("seal", "birth"))
    return finish(
        c,
        e,
        slug="giay-khai-sinh",
        title="Giấy khai sinh",
        doc_type="giay_khai_sinh",
        official=signer,
        subject=f"Giấy khai sinh của {child.name}",
    )


def marriage_certificate(desk: Desk, couple: Family, *, number: int) -> Paper:
    """Giấy chứng nhận kết hôn (KQ.G15.000032): the wife's column, then the husband's."""
    e = Entries()
    c = desk.composer(
        "marriage_certificate", ground="marriage", left=24, right=22, top=24, leading=1.6, size=12.5
    )
    c.motto(c.x0, c.x1)
    c.space(10)
    c.centre("GIẤY CHỨNG NHẬN KẾT HÔN", "bold", 20, ink="red")
    shown = f"{number}/{desk.on.year}"
    c.form_line(
        "Số:", e("number", shown, pen=desk.chance("marriage_number").happens(0.4)), indent=118
    )
    e.fields["symbol"], e.fields["so_ky_hieu"] = "", shown
    c.space(4)
    top, middle, ends = c.y, (c.x0 + c.x1) / 2, []
    for who, word, key, x0, x1 in (
        (couple.wife, "vợ", "vo", c.x0, middle - 3),
        (couple.husband, "chồng", "chong", middle + 3, c.x1),
    ):
        c.y = top
        with c.column(x0, x1):
            c.form_line(Bold(f"Họ, chữ đệm, tên {word}:"))
            c.form_line(e(f"{key}_ho_ten", who.caps, who.name, bold=True))
            c.form_line(
                "Ngày sinh:", e(f"{key}_ngay_sinh", short_date(who.born), who.born.isoformat())
            )
            c.form_line(
                "Dân tộc:",
                e(f"{key}_dan_toc", who.ethnic),
                "Quốc tịch:",
                e(f"{key}_quoc_tich", "Việt Nam"),
            )
            c.form_line("Nơi cư trú:", e(f"{key}_noi_cu_tru", desk.where(who.home)))
            c.form_line(
                "Giấy tờ tùy thân:", e(f"{key}_so_dinh_danh", f"Căn cước số {who.id}", who.id)
            )
        ends.append(c.y)
    c.y = max(ends) + 2
    c.put(Rule(middle, top + 2, middle, c.y, 0.4, "maroon"))
    c.form_line("Nơi đăng ký kết hôn:", e("agency", desk.committee()))
    c.form_line("Ngày, tháng, năm đăng ký:", e("date", short_date(desk.on), desk.on.isoformat()))
    c.space(6)
    top = c.y
    third = (c.x1 - c.x0) / 2
    for title, name in (("Vợ", couple.wife), ("Chồng", couple.husband)):
        c.y = top
        x = c.x0 if title == "Vợ" else c.x0 + third
        c.centre(title, "bold", 13, x0=x, x1=x + third)
        c.centre("(Ký, ghi rõ họ, chữ đệm, tên)", "italic", 11, x0=x, x1=x + third)
        c.space(17)
        personal_sign(c, Place(c.page, x + third / 2, c.y - 6), desk.chance("sign", name.id))
        c.centre(name.name, "bold", 12.5, x0=x, x1=x + third)
    signer = desk.official("marriage")
    c.space(5)
    place = c.sign_off(
        ["NGƯỜI KÝ GIẤY CHỨNG NHẬN", *signer.lines[-1:]],
        signer.name,
        gap=30,
        x0=c.x0 + 40,
        x1=c.x1 - 20,
    )
    foot, seal_words = committee_seal(desk)
    seal_and_sign(
        c, place, signer, foot=foot, middle=seal_words, dice=desk.chance("seal", "marriage")
    )
    return finish(
        c,
        e,
        slug="giay-chung-nhan-ket-hon",
        title="Giấy chứng nhận kết hôn",
        doc_type="giay_chung_nhan_ket_hon",
        official=signer,
        subject=f"Giấy chứng nhận kết hôn của {couple.husband.name} và {couple.wife.name}",
    )
