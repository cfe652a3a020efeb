"""The syllable model, its generator, and the share of legal syllables."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from name_pool import name, words

from sohoa_vietnam.syllables import (
    Tone,
    TonePlacement,
    all_legal_syllables,
    count_syllables,
    is_legal,
    legal_syllable_share,
    parse_syllable,
    respell,
)
from sohoa_vietnam.text import match_key

LEGAL = words(
    "nguyễn thuở khuỷu quốc giếng gìn gì già hoà hòa khoẻ quýt quít yêu ỉa xoong moóc "
    "ngoằn ngoèo nghiêng ghế kẻ kỷ quầng quạu khuya chuyện huơ uỷ ủy thuý thúy thuế tuần "
    "ý y ỷ ruộng rượu bưởi hươu giữa giặt giúp giỗ goá góa buýt đoàn uyển oanh oan uống "
    "ưng ương ướt ông ạ ừ ngoáy loè duệ xuề xoà quyển quyết quân quật đặng đỗ huỳnh ngoạm "
    "xuýt nhuỵ tuýp giết chiếc quới nguơn HOÀ Nguyễn"
)
ILLEGAL = words(
    "mat cé ngê ghà kà qan nguyen yen iên bìt gịa cuă thưý qúa mảt vuy fa wa za gìa ngễ "
    "kôn ctơ hoaf ăi ườặ pch strong vôô b đ kăn quăi tiêk zê"
)


@pytest.mark.parametrize("word", LEGAL)
def test_legal(word: str) -> None:
    assert is_legal(word)


@pytest.mark.parametrize("word", ILLEGAL)
def test_illegal(word: str) -> None:
    assert not is_legal(word)


def test_parts() -> None:
    quoc = parse_syllable("Quốc")
    assert quoc is not None
    assert (quoc.onset, quoc.glide, quoc.nucleus, quoc.coda, quoc.tone) == (
        "q", "u", "ô", "c", Tone.SAC,
    )  # fmt: skip
    gieng = parse_syllable("giếng")
    assert gieng is not None
    assert (gieng.onset, gieng.nucleus, gieng.coda) == ("gi", "iê", "ng")
    assert parse_syllable("xyz") is None


def test_every_legal_syllable_parses_and_both_placements_share_a_key() -> None:
    both = all_legal_syllables()
    new, old = (all_legal_syllables(p) for p in TonePlacement)
    assert set(new) | set(old) == set(both)
    assert len(new) == len(old)
    assert 15_000 < len(both) < 20_000
    assert all(parse_syllable(s) is not None for s in both)
    assert {match_key(s) for s in new} == {match_key(s) for s in old}
    stops = [s for s in new if s.endswith(("c", "p", "t", "ch"))]
    for stop in stops:
        parts = parse_syllable(stop)
        assert parts is not None
        assert parts.tone in (Tone.SAC, Tone.NANG)


def test_respell_keeps_case_at_its_place() -> None:
    assert respell("HOÀ Hoà thuý quý Nguyễn", TonePlacement.OLD) == "HÒA Hòa thúy quý Nguyễn"
    assert respell("HÒA Ủy Khỏe", TonePlacement.NEW) == "HOÀ Uỷ Khoẻ"


def test_share_is_robust_to_numbers_abbreviations_and_capitals() -> None:
    text = (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Số: 15/QĐ-UBND ngày 05/01/2020, TP.HCM, "
        "CCCD 001195000123. "
        "Theo đề nghị của Giám đốc Sở Tư pháp; UBND tỉnh Đắk Lắk, KQ.G15.000031"
    )
    assert legal_syllable_share(text) == 1.0
    assert legal_syllable_share("The committee decided to return this application") < 0.4
    assert legal_syllable_share("CéNG HßA X· HéI CHñ NGHÜA VIÖT NAM §éc lËp") < 0.5
    empty = count_syllables("12 / --- 2020")
    assert (empty.share, empty.legal + empty.illegal) == (0.0, 0)


def test_fast_enough() -> None:
    rnd = random.Random(3)
    text = " ".join(name(rnd) for _ in range(20_000))
    count_syllables(text)
    start = time.process_time()
    count_syllables(text)
    assert 60_000 / (time.process_time() - start) > 300_000


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text(s: str) -> None:
    assert 0.0 <= legal_syllable_share(s) <= 1.0
    assert respell(respell(s, TonePlacement.NEW), TonePlacement.NEW) == respell(
        s, TonePlacement.NEW
    )
    assert match_key(respell(s, TonePlacement.OLD)) == match_key(s)
