"""Units and agencies as they are now: one answer, or a question, never a guess."""

from __future__ import annotations

import pytest

from sohoa_migrate import conversion
from sohoa_vietnam import addresses


@pytest.mark.parametrize(
    ("code", "holder", "reason"),
    [
        ("000.00.00.H25", "H42", None),
        ("000.28.73.H25", "H42", "agency.unit_below"),
        ("H25", "H42", None),
        ("H25.3.7", "H42", "agency.unit_below"),
        ("000.00.00.H42", "000.00.00.H42", None),
        ("H42.112", "H42.112", None),
        ("H99", None, "agency.unknown"),
        ("một cửa", None, "agency.unknown"),
    ],
)
def test_who_holds_what_an_agency_held(code: str, holder: str | None, reason: str | None) -> None:
    found = conversion.holder_of(code)
    assert (found.code, found.reason) == (holder, reason)


def test_a_divided_commune_gives_its_pieces_and_a_question() -> None:
    found = conversion.by_unit("10528", "Phường Trần Phú", "gso-2004", None, True)
    assert found.now_unit_code is None
    assert found.as_now is None
    assert "unit.divided" in found.reasons
    assert len(found.candidates) > 1


def test_all_residents_in_one_piece_decides_a_residence_but_asks() -> None:
    from sohoa_vietnam import units

    held = units.tables()
    code = next(
        code
        for code in held.old_communes
        if (answer := units.convert(code, code_set="gso-2004")).unit is None
        and answer.residents is not None
    )
    home = conversion.by_unit(code, None, "gso-2004", None, True)
    land = conversion.by_unit(code, None, "gso-2004", None, False)
    assert home.now_unit_code is not None
    assert home.reasons
    assert home.confidence is not None
    assert home.confidence < 0.9
    assert land.now_unit_code is None
    assert land.reasons


def test_the_same_code_before_and_after_the_reorganization() -> None:
    """00008 was Liễu Giai and is Ngọc Hà: the date decides what a code means."""
    old = conversion.by_unit("00008", None, None, "2024-05-01", True)
    new = conversion.by_unit("00008", None, None, "2026-05-01", True)
    assert old.unit_code_set == "gso-2004"
    assert new.unit_code_set == "gso-2025"
    assert new.as_now == "Phường Ngọc Hà, Thành phố Hà Nội"
    wrong = conversion.by_unit("00008", "Phường Liễu Giai", None, "2026-05-01", True)
    assert wrong.reasons == ("unit.code_and_name",)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-01", "2024-05-01"),
        ("2024", "2024-12-28"),
        ("2025-06", "2025-06-28"),
        ("2025-07", "2025-07-28"),
        ("2025", None),
        (None, None),
    ],
)
def test_a_date_without_day_serves_where_the_day_does_not_decide(
    text: str | None, day: str | None
) -> None:
    assert conversion.full_date(text) == day
    if text == "2025":
        found = conversion.by_unit("13618", None, None, text, True)
        assert found.reasons == ("unit.code_without_date",)


def test_a_known_ending_gives_what_reading_the_text_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "_tails", conversion._Tails())
    tail = "xã Nhân Bình, huyện Lý Nhân, tỉnh Hà Nam"
    details = (
        "thôn 3", "số 4, ngõ 5", "xóm Đình , đội 2", "Khu tập thể A ", "nhà ông P. cạnh chợ",
        "thôn 1, xã Trần Hưng Đạo", "TP. Phủ Lý", "Hà Nam",
    )  # fmt: skip
    for text in [f"{detail}, {tail}" for detail in details] * 2:
        parsed = addresses.parse_address(text)
        readings = [parsed.reading] if parsed.reading else list(parsed.alternatives)
        wanted = next(
            (r.detail or None for r in readings if r.commune and r.commune.code == "13618"), None
        )
        assert conversion.detail_of(text, "13618", "gso-2004")[0] == wanted, text
    assert conversion.detail_of(
        "xã Nhân Bình, huyện Lý Nhân, tỉnh Hà Nam", "13291", "gso-2004"
    ) == (
        None,
        "address.code_and_text",
    )
