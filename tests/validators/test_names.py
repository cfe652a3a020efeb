"""Names: the place of the tone mark means nothing, lost accents and letters are a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa_validators.names import Likeness, distance, likeness


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("NGUYỄN VĂN HOÀ", "Nguyễn Văn Hòa", Likeness.SAME),
        ("Đỗ  Thị Lý", "ĐỖ THỊ LÍ", Likeness.SAME),
        ("Nguye\u0302\u0303n Hòa", "Nguyễn Hòa", Likeness.SAME),
        ("Nguyễn Văn Hòa", "NGUYEN VAN HOA", Likeness.SAME_WITHOUT_ACCENTS),
        ("Nguyễn Văn Hòa", "Nguyễn Văn Hóa", Likeness.SAME_WITHOUT_ACCENTS),
        ("Trần Thị Bình", "Tràn Thị Blnh", Likeness.CLOSE),
        ("Trần Thị Bình", "TrầnThịBình", Likeness.CLOSE),
        ("Trần Thị Bình", "Lê Thị Hồng", Likeness.OTHER),
        ("Lê An", "Lý Anh", Likeness.OTHER),
    ],
)
def test_likeness(one: str, other: str, alike: Likeness) -> None:
    assert likeness(one, other) is alike
    assert likeness(other, one) is alike


WORDS = st.text(alphabet="abcdê ", max_size=8)


def plain_distance(one: str, other: str) -> int:
    if not one or not other:
        return len(one) + len(other)
    return min(
        plain_distance(one[1:], other) + 1,
        plain_distance(one, other[1:]) + 1,
        plain_distance(one[1:], other[1:]) + (one[0] != other[0]),
    )


@given(st.text("ab", max_size=5), st.text("ab", max_size=5), st.integers(0, 4))
def test_distance_against_its_definition(one: str, other: str, limit: int) -> None:
    assert distance(one, other, limit) == min(plain_distance(one, other), limit + 1)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_compared(one: str, other: str) -> None:
    assert likeness(one, one) is Likeness.SAME
    assert likeness(one, other) is likeness(other, one)
