"""Invented names and sentences that several tests of the language draw from."""

from __future__ import annotations

import random


def words(text: str) -> list[str]:
    """The words of ``text``: long lists read better as a sentence than one to a line."""
    return text.split()


FAMILIES = words(
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trương Lương Mai"
)
MIDDLES = words("Văn Thị Ngọc Minh Đức Hữu Thanh Quốc Xuân Kim Thu Hồng Gia Bảo Khánh Công Đình")
GIVENS = words(
    "Anh Hùng Dũng Hải Hà Hương Lan Linh Trang Thảo Phương Nga Thủy Hòa Bình Tuấn Sơn "
    "Tùng Quỳnh Yến Ngân Vy Trí Tâm Đạt Long Nam Hưng Phúc Lộc Thọ Ước Ánh Oanh Uyên Thuý "
    "Hằng Nhung"
)
ODD_BUT_CLEAN = (
    "Lê Hà", "Trí", "Bà Lò", "Ý", "Tô Tú", "José Müller", "Françoise Lefèvre", "Lý Sơn", "Cà Mau",
    "café", "Vũ", "Lê Thị Bé", "Bé", "Hà", "Hồ Là", "Công ty TNHH MTV Á Châu", "Ô Môn",
    "Y Bhăm Niê", "H'Mông", "Krông Pắc", "½ suất – 25°C", "“Độc lập”", "Khánh", "Bà Rịa",
)  # fmt: skip


def name(rnd: random.Random) -> str:
    """One invented full name in title case."""
    return f"{rnd.choice(FAMILIES)} {rnd.choice(MIDDLES)} {rnd.choice(GIVENS)}"


def clean_values(rnd: random.Random, count: int) -> list[str]:
    """Clean NFC values of the kinds that stand in administrative columns."""
    kinds = (
        lambda: name(rnd),
        lambda: name(rnd).upper(),
        lambda: (
            f"Số {rnd.randint(1, 300)}, đường {name(rnd)}, phường {rnd.choice(GIVENS)}, TP. Hà Nội"
        ),
        lambda: rnd.choice(ODD_BUT_CLEAN),
        lambda: f"Ủy ban nhân dân xã {name(rnd)}. Số: {rnd.randint(1, 99)}/QĐ-UBND năm 2020",
    )
    return [kinds[i % len(kinds)]() for i in range(count)]
