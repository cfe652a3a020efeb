"""Land (đất đai): change application, land certificate, transfer contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

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
from sohoa_samples.people import Person
from sohoa_samples.places import REFORM, lower_kind
from sohoa_samples.sheet import Paper
from sohoa_samples.wording import amount, in_words, long_date, short_date


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of land (thửa đất) and its certificate."""

    serial: str
    entry: str
    plot: int
    sheet: int
    area: float
    purpose: str
    until: str
    issued: date

    @property
    def area_words(self) -> str:
        """The area in words, as older forms repeat it."""
        whole, tenth = divmod(round(self.area * 10), 10)
        return f"{in_words(whole)} phẩy {in_words(tenth)} mét vuông".capitalize()

    @property
    def area_shown(self) -> str:
        """``120,5 m²``."""
        return f"{self.area:.1f}".replace(".", ",") + " m²"


def invent_parcel(desk: Desk) -> Parcel:
    """A parcel whose certificate was issued some years before the dossier."""
    dice = desk.chance("parcel")
    house = dice.happens(0.7)
    return Parcel(
        serial=f"{dice.choice('BCDĐ')}{dice.choice('ABCDEKLMP')} {dice.randint(100_000, 989_999)}",
        entry=f"C{dice.choice('HS')} {dice.randint(120, 9900):05d}",
        plot=dice.randint(5, 890),
        sheet=dice.randint(1, 48),
        area=dice.randint(600, 4800) / 10,
        purpose="Đất ở tại nông thôn" if house else "Đất trồng cây lâu năm",
        until="Lâu dài" if house else "Đến ngày 15/10/2063",
        issued=min(desk.on, REFORM) - timedelta(days=dice.randint(500, 2500)),
    )


def change_application(
    desk: Desk,
    giver: Person,
    receiver: Person,
    parcel: Parcel,
    *,
    person_id: str | None = None,
    hand: bool = False,
) -> Paper:
    """Đơn đăng ký biến động đất đai, Mẫu số 18."""
    e = Entries(hand)
    c = desk.composer("land_application", form=True, handwritten=hand, leading=1.42, size=12.5)
    c.y -= 4
    with c.column(c.x0 + 95, c.x1):
        c.centre("Mẫu số 18", "bold", 10.5)
    c.motto(c.x0, c.x1)
    c.space(6)
    c.centre("ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT", "bold", 13.5)
    c.space(2)
    c.form_line(
        "Kính gửi:",
        e("kinh_gui", f"Chi nhánh Văn phòng đăng ký đất đai {desk.commune.bare_province(desk.on)}"),
        indent=10,
    )
    c.space(2)
    number = person_id or giver.id
    c.paragraph(
        "1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất:", "bold", indent=0, after=0.2
    )
    c.form_line("a) Tên:", e("ho_ten", giver.caps, giver.name))
    c.form_line("b) Giấy tờ nhân thân:", e("so_dinh_danh", f"Thẻ căn cước số {number}", number))
    c.form_line("c) Địa chỉ:", e("noi_cu_tru", desk.where(giver.home)))
    c.form_line("d) Điện thoại liên hệ:", e("so_dien_thoai", giver.phone))
    c.paragraph("2. Nội dung biến động:", "bold", indent=0, after=0.2)
    c.form_line(
        e(
            "noi_dung",
            f"Chuyển nhượng toàn bộ quyền sử dụng thửa đất số {parcel.plot}, tờ bản đồ số "
            f"{parcel.sheet} cho {receiver.honorific.lower()} {receiver.name}, số định danh "
            f"cá nhân {receiver.id}",
        )
    )
    c.paragraph("3. Giấy chứng nhận đã cấp:", "bold", indent=0, after=0.2)
    c.form_line(
        "Số phát hành:",
        e("so_phat_hanh", parcel.serial),
        "Số vào sổ:",
        e("so_vao_so", parcel.entry),
    )
    c.form_line(
        "Ngày cấp:",
        e("ngay_cap_gcn", short_date(parcel.issued), parcel.issued.isoformat()),
        "Diện tích:",
        e("dien_tich", parcel.area_shown, parcel.area),
    )
    c.paragraph("4. Giấy tờ liên quan nộp kèm theo đơn:", "bold", indent=0, after=0.2)
    c.form_line(
        e(
            "giay_to_kem",
            "Giấy chứng nhận đã cấp (bản gốc); hợp đồng chuyển nhượng quyền sử dụng đất đã "
            "công chứng",
        )
    )
    c.paragraph(
        "Tôi cam đoan nội dung kê khai trên đơn là đúng sự thật, nếu sai tôi hoàn toàn "
        "chịu trách nhiệm trước pháp luật.",
        indent=0,
    )
    words = f"{desk.commune.bare_name(desk.on)}, {long_date(desk.on)}"
    c.y += c.line_height()
    c.text(c.x1 - c.width(words, "italic"), c.y, words, "italic", c.size)
    c.say(words)
    e.fields["date"] = desk.on.isoformat()
    place = c.sign_off(["NGƯỜI VIẾT ĐƠN"], giver.name, note="(Ký và ghi rõ họ tên)", gap=24)
    personal_sign(c, place, desk.chance("sign", giver.id))
    return finish(
        c,
        e,
        slug="don-dang-ky-bien-dong-dat-dai",
        title="Đơn đăng ký biến động đất đai",
        doc_type="don_dang_ky_bien_dong",
        subject="Đơn đăng ký biến động đất đai, tài sản gắn liền với đất",
    )


def certificate(
    desk: Desk, owner: Person, parcel: Parcel, *, owner_born: int | None = None, change: str = ""
) -> Paper:
    """Giấy chứng nhận quyền sử dụng đất, two sides; ``change`` is noted on side 2."""
    at = desk.at(
        parcel.issued, with_district=None if parcel.issued < REFORM else desk.with_district
    )
    on = parcel.issued
    e = Entries()
    c = at.composer("land_certificate", ground="land", left=27, right=23, top=24, leading=1.5)
    c.motto(c.x0, c.x1)
    c.space(9)
    c.centre("GIẤY CHỨNG NHẬN", "bold", 20, ink="red")
    c.centre("QUYỀN SỬ DỤNG ĐẤT", "bold", 15, ink="red")
    c.centre("QUYỀN SỞ HỮU NHÀ Ở VÀ TÀI SẢN KHÁC GẮN LIỀN VỚI ĐẤT", "bold", 12, ink="red")
    c.space(5)
    c.paragraph(
        "I. Người sử dụng đất, chủ sở hữu nhà ở và tài sản khác gắn liền với đất", "bold", indent=0
    )
    born = owner_born or owner.born.year
    c.form_line(
        f"{owner.honorific}:", e("ho_ten", owner.name), "Năm sinh:", e("nam_sinh", str(born), born)
    )
    c.form_line("Căn cước công dân số:", e("so_dinh_danh", owner.id))
    c.form_line("Địa chỉ thường trú:", e("noi_cu_tru", at.where(owner.home)))
    c.space(60)
    c.form_line("Số phát hành:", e("so_phat_hanh", parcel.serial), indent=105)
    e.fields["number"], e.fields["symbol"], e.fields["so_ky_hieu"] = (
        parcel.serial,
        "",
        parcel.serial,
    )
    c.new_page()
    c.paragraph("II. Thửa đất, nhà ở và tài sản khác gắn liền với đất", "bold", indent=0)
    c.paragraph("1. Thửa đất:", "bold", indent=0, after=0.2)
    c.form_line(
        "a) Thửa đất số:",
        e("so_thua", str(parcel.plot), parcel.plot),
        "tờ bản đồ số:",
        e("so_to", str(parcel.sheet), parcel.sheet),
    )
    c.form_line("b) Địa chỉ:", e("dia_chi_thua", f"{owner.home.near}, {at.here()}"))
    c.form_line("c) Diện tích:", e("dien_tich", parcel.area_shown, parcel.area))
    c.form_line("Bằng chữ:", e("dien_tich_bang_chu", parcel.area_words))
    c.form_line("d) Hình thức sử dụng:", e("hinh_thuc", "Sử dụng riêng"))
    c.form_line("đ) Mục đích sử dụng:", e("muc_dich", parcel.purpose))
    c.form_line("e) Thời hạn sử dụng:", e("thoi_han", parcel.until))
    c.form_line(
        "g) Nguồn gốc sử dụng:",
        e("nguon_goc", "Công nhận quyền sử dụng đất như giao đất có thu tiền sử dụng đất"),
    )
    for number, label in ((2, "Nhà ở"), (3, "Công trình xây dựng khác"), (4, "Cây lâu năm")):
        c.form_line(f"{number}. {label}: -/-")
    c.form_line("5. Ghi chú:", e("ghi_chu", "Không"))
    c.space(3)
    c.paragraph(f"{at.commune.bare_province(on)}, {long_date(on)}", "italic", indent=85)
    e.fields["date"] = on.isoformat()
    if on >= REFORM:
        signer = at.official("land")
        foot, middle = committee_seal(at)
        agency = at.committee()
    else:
        signer = at.official("land", f"ỦY BAN NHÂN DÂN {at.commune.district_name.upper()}")
        foot, middle = (
            at.commune.province(on),
            ("★", "ỦY BAN NHÂN DÂN", at.commune.district_name.upper(), "MẪU"),
        )
        above = lower_kind(at.commune.province(on))
        agency = f"Ủy ban nhân dân {lower_kind(at.commune.district_name)}, {above}"
    place = c.sign_off(signer.lines, signer.name, gap=29)
    seal_and_sign(c, place, signer, foot=foot, middle=middle, dice=at.chance("seal", "land"))
    c.form_line("Số vào sổ cấp GCN:", e("so_vao_so", parcel.entry), indent=0)
    c.space(3)
    c.paragraph("IV. Những thay đổi sau khi cấp giấy chứng nhận", "bold", indent=0, after=0.0)
    c.table(
        [6, 4],
        [
            ["Nội dung thay đổi và cơ sở pháp lý", "Xác nhận của cơ quan có thẩm quyền"],
            [change, "" if not change else "Đã xác nhận"],
        ],
        size=11,
    )
    e.fields["thay_doi"] = change
    return finish(
        c,
        e,
        slug="giay-chung-nhan-quyen-su-dung-dat",
        title="Giấy chứng nhận quyền sử dụng đất",
        doc_type="giay_chung_nhan_qsdd",
        official=signer,
        agency=agency,
        subject=f"Quyền sử dụng thửa đất số {parcel.plot}, tờ bản đồ số {parcel.sheet}",
    )


def transfer_contract(
    desk: Desk, giver: Person, receiver: Person, parcel: Parcel, *, giver_id: str | None = None
) -> Paper:
    """Hợp đồng chuyển nhượng quyền sử dụng đất, notarised, several pages."""
    dice = desk.chance("transfer")
    price = dice.randint(40, 320) * 10_000_000
    entry = dice.randint(100, 4900)
    e = Entries()
    c = desk.composer("transfer", leading=1.36)
    c.motto(c.x0, c.x1)
    c.space(7)
    c.centre("HỢP ĐỒNG CHUYỂN NHƯỢNG QUYỀN SỬ DỤNG ĐẤT", "bold", 14)
    c.space(3)
    c.paragraph(
        f"Hôm nay, {long_date(desk.on)}, tại Văn phòng công chứng "
        f"{desk.commune.bare_name(desk.on)}, chúng tôi gồm có:"
    )
    for title, who, key, number in (
        ("BÊN CHUYỂN NHƯỢNG (Bên A)", giver, "ben_a", giver_id or giver.id),
        ("BÊN NHẬN CHUYỂN NHƯỢNG (Bên B)", receiver, "ben_b", receiver.id),
    ):
        c.paragraph(title, "bold", indent=0, after=0.3)
        c.form_line(
            f"{who.honorific}:",
            e(f"{key}_ho_ten", who.name),
            "Sinh ngày:",
            e(f"{key}_ngay_sinh", short_date(who.born), who.born.isoformat()),
        )
        c.form_line("Số định danh cá nhân:", e(f"{key}_so_dinh_danh", number))
        c.form_line("Nơi cư trú:", e(f"{key}_noi_cu_tru", desk.where(who.home)))
    c.paragraph("Hai bên tự nguyện ký hợp đồng này với những thỏa thuận sau:")
    articles = (
        (
            "Điều 1. Đối tượng của hợp đồng",
            f"Bên A chuyển nhượng cho Bên B toàn bộ quyền sử dụng thửa đất số {parcel.plot}, tờ "
            f"bản đồ số {parcel.sheet}, diện tích {parcel.area_shown}, mục đích sử dụng: "
            f"{parcel.purpose.lower()}, theo Giấy chứng nhận có số phát hành {parcel.serial}, "
            f"số vào sổ {parcel.entry}, cấp ngày {short_date(parcel.issued)}.",
        ),
        (
            "Điều 2. Giá chuyển nhượng",
            f"Giá chuyển nhượng hai bên thỏa thuận là {amount(price)} đồng (bằng chữ: "
            f"{in_words(price)} đồng). Bên B thanh toán một lần bằng chuyển khoản trong ngày ký "
            "hợp đồng.",
        ),
        (
            "Điều 3. Giao đất và đăng ký",
            "Bên A giao thửa đất cùng giấy tờ về quyền sử dụng đất cho Bên B ngay sau khi nhận "
            "đủ tiền. Bên B có trách nhiệm đăng ký biến động tại cơ quan đăng ký đất đai theo "
            "quy định.",
        ),
        (
            "Điều 4. Nghĩa vụ tài chính",
            "Thuế thu nhập cá nhân do Bên A nộp; lệ phí trước bạ, phí thẩm định hồ sơ do Bên B "
            "nộp. Tiền công chứng hai bên cùng chịu, mỗi bên một nửa.",
        ),
        (
            "Điều 5. Cam đoan của các bên",
            "Bên A cam đoan thửa đất thuộc quyền sử dụng hợp pháp của mình, không có tranh "
            "chấp, không bị kê biên và không dùng để bảo đảm nghĩa vụ nào. Bên B cam đoan đã "
            "xem xét kỹ thửa đất và giấy tờ về thửa đất. Việc ký hợp đồng là hoàn toàn tự "
            "nguyện, không bị lừa dối hay ép buộc.",
        ),
        (
            "Điều 6. Giải quyết tranh chấp",
            "Nếu phát sinh tranh chấp, hai bên cùng thương lượng; không thương lượng được thì "
            "một trong hai bên có quyền yêu cầu tòa án có thẩm quyền giải quyết.",
        ),
        (
            "Điều 7. Hiệu lực",
            "Hợp đồng có hiệu lực từ thời điểm công chứng và được lập thành 03 bản, mỗi bên "
            "giữ 01 bản, 01 bản lưu tại văn phòng công chứng.",
        ),
    )
    for head, body in articles:
        c.need(18)
        c.paragraph(head, "bold", after=0.2)
        c.paragraph(body)
    place = c.sign_off(
        ["BÊN B"],
        receiver.name,
        note="(Ký, ghi rõ họ tên)",
        gap=22,
        left=(["BÊN A"], "(Ký, ghi rõ họ tên)", giver.name),
    )
    personal_sign(c, place, desk.chance("sign", receiver.id))
    personal_sign(c, replace(place, x=place.x - 85), desk.chance("sign", giver.id))
    c.space(5)
    c.need(75)
    c.centre("LỜI CHỨNG CỦA CÔNG CHỨNG VIÊN", "bold", 12.5)
    c.paragraph(
        "Tôi, công chứng viên, chứng nhận hợp đồng này do hai bên có tên trên giao kết; "
        "các bên có đủ năng lực hành vi dân sự, đã đọc và ký vào từng trang trước mặt tôi."
    )
    c.form_line(
        "Số công chứng:",
        e("number", str(entry)),
        "quyển số:",
        e("symbol", f"{dice.randint(1, 9):02d}/{desk.on.year}-SCC/HĐGD"),
    )
    e.fields["so_ky_hieu"] = f"{entry} quyển {e.fields['symbol']}"
    e.fields.update(date=desk.on.isoformat(), gia=price)
    signer = desk.official("notary", "", "CÔNG CHỨNG VIÊN")
    place = c.sign_off(["CÔNG CHỨNG VIÊN"], signer.name, gap=27)
    office = f"Văn phòng công chứng {desk.commune.bare_name(desk.on)}"
    seal_and_sign(
        c,
        place,
        signer,
        foot=desk.commune.province(desk.on),
        middle=("★", "VĂN PHÒNG", "CÔNG CHỨNG", desk.commune.bare_name(desk.on).upper(), "MẪU"),
        dice=desk.chance("seal", "notary"),
    )
    return finish(
        c,
        e,
        slug="hop-dong-chuyen-nhuong-quyen-su-dung-dat",
        title="Hợp đồng chuyển nhượng quyền sử dụng đất",
        doc_type="hop_dong_chuyen_nhuong_qsdd",
        agency=office,
        subject="Hợp đồng chuyển nhượng quyền sử dụng đất",
        signer=signer.name,
        signer_title="Công chứng viên",
    )


def verification_slip(desk: Desk, giver: Person, parcel: Parcel, *, number: int) -> Paper:
    """Phiếu chuyển thông tin để xác định nghĩa vụ tài chính."""
    e = Entries()
    c = desk.composer("verification_slip", leading=1.4)
    on = desk.on
    province = desk.commune.bare_province(on)
    c.letterhead(
        f"VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI\n{province.upper()}",
        "CHI NHÁNH SỐ 4",
        number_parts(desk, e, "slip", number, "PCTTĐC-CN4"),
        place_date_parts(desk, e, "slip", province),
    )
    c.space(9)
    c.centre("PHIẾU CHUYỂN THÔNG TIN", "bold", 14)
    c.centre("Để xác định nghĩa vụ tài chính về đất đai", "bold", 13)
    c.under(0.3)
    c.space(4)
    c.form_line(
        "Kính gửi:",
        e("kinh_gui", f"Thuế cơ sở {(int(desk.commune.district_code) % 12) + 1} {province}"),
        indent=16,
    )
    c.space(2)
    c.paragraph("1. Người sử dụng đất", "bold", after=0.2)
    c.form_line(
        "Họ và tên:", e("ho_ten", giver.name), "Số định danh cá nhân:", e("so_dinh_danh", giver.id)
    )
    c.form_line("Địa chỉ:", e("noi_cu_tru", desk.where(giver.home)))
    c.paragraph("2. Thông tin về thửa đất", "bold", after=0.2)
    c.table(
        [5, 6],
        [
            ["Chỉ tiêu", "Nội dung"],
            ["Thửa đất số", str(parcel.plot)],
            ["Tờ bản đồ số", str(parcel.sheet)],
            ["Diện tích chuyển quyền", parcel.area_shown],
            ["Mục đích sử dụng", parcel.purpose],
            ["Số phát hành giấy chứng nhận", parcel.serial],
        ],
    )
    c.paragraph("3. Kết quả kiểm tra hồ sơ", "bold", after=0.2)
    c.paragraph(
        "Thửa đất không có tranh chấp, không thuộc khu vực đã có quyết định thu hồi đất; "
        "thông tin trên giấy chứng nhận phù hợp với hồ sơ địa chính đang quản lý."
    )
    c.paragraph("Đề nghị cơ quan thuế xác định và thông báo nghĩa vụ tài chính theo quy định./.")
    signer = desk.official("land_office", "", "GIÁM ĐỐC")
    place = c.sign_off(signer.lines, signer.name, recipients=["- Như trên;", "- Lưu: VT, ĐK."])
    seal_and_sign(
        c,
        place,
        signer,
        foot=desk.commune.province(on),
        middle=("CHI NHÁNH", "VĂN PHÒNG", "ĐĂNG KÝ ĐẤT ĐAI", "MẪU"),
        dice=desk.chance("seal", "land_office"),
    )
    return finish(
        c,
        e,
        slug="phieu-chuyen-thong-tin",
        title="Phiếu chuyển thông tin xác định nghĩa vụ tài chính",
        doc_type="phieu_chuyen_thong_tin",
        official=signer,
        agency=f"Chi nhánh số 4 Văn phòng đăng ký đất đai {province}",
        subject="Để xác định nghĩa vụ tài chính về đất đai",
        so_phat_hanh=parcel.serial,
        digital=desk.born_digital("slip"),
    )
