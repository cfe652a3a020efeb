"""Setting a paper: letterhead, paragraphs, form lines with slots, tables, signature block.

Places follow the zones of NĐ 30/2020/NĐ-CP App I. The composer keeps two books at once, the
marks to draw and the lines a reader would type, so that the truth cannot drift from the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sohoa_samples import fonts, pen
from sohoa_samples.dice import Dice
from sohoa_samples.fonts import Family
from sohoa_samples.parts import Bold, Part, Slot, pairs_of
from sohoa_samples.sheet import HEIGHT, WIDTH, Leader, Mark, Page, Penned, Rule, Text

MM = 25.4 / 72
MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block ended up, for what is put over it later (seal, signature)."""

    page: int
    x: float
    y: float


class Composer:
    """A cursor over pages; all lengths in millimetres, sizes in points."""

    def __init__(
        self,
        family: Family,
        dice: Dice,
        *,
        size: float = 13.0,
        left: float = 30.0,
        right: float = 18.0,
        top: float = 20.0,
        bottom: float = 20.0,
        leading: float = 1.28,
        ground: str = "plain",
        handwritten: bool = False,
        dotted: bool = True,
    ) -> None:
        self.family, self.dice, self.size, self.leading = family, dice, size, leading
        self.x0, self.x1 = left, WIDTH - right
        self.top, self.floor = top, HEIGHT - bottom
        self.ground, self.handwritten = ground, handwritten
        self.dotted = dotted or handwritten
        self.writer = dice.randrange(1 << 30)
        self.pen_ink = dice.weighted([("blue", 0.75), ("darkblue", 0.15), ("black", 0.1)])
        self._pages: list[tuple[list[Mark], list[str]]] = [([], [])]
        self.y = top

    # --- books -----------------------------------------------------------------------------

    @property
    def page(self) -> int:
        """Index of the page under the cursor."""
        return len(self._pages) - 1

    def put(self, mark: Mark, page: int | None = None) -> None:
        """Draw ``mark``; on an earlier page when ``page`` says so."""
        self._pages[self.page if page is None else page][0].append(mark)

    def say(self, line: str) -> None:
        """Enter one line into the truth."""
        line = " ".join(line.split())
        if line:
            self._pages[-1][1].append(line)

    def pages(self) -> tuple[Page, ...]:
        """The finished pages."""
        return tuple(Page(tuple(m), tuple(t), self.ground) for m, t in self._pages)

    def width(self, text: str, style: str, size: float | None = None) -> float:
        """Printed width of ``text``."""
        return fonts.width_mm(self.family.file(style), text, size or self.size)

    def text(
        self, x: float, y: float, text: str, style: str, size: float, ink: str = "black"
    ) -> None:
        """Print words at a baseline without moving the cursor or keeping the truth."""
        if text:
            self.put(Text(x, y, text, style, size, ink))

    def line_height(self, size: float | None = None) -> float:
        """Distance of two baselines."""
        return (size or self.size) * MM * self.leading

    def space(self, mm: float) -> None:
        """Move the cursor down."""
        self.y += mm

    def new_page(self) -> None:
        """Turn to a new page; its number stands centred in the top margin of plain paper."""
        self._pages.append(([], []))
        self.y = self.top
        if self.ground != "plain":
            return
        number = str(len(self._pages))
        self.text(
            (self.x0 + self.x1 - self.width(number, "regular", 13)) / 2, 13, number, "regular", 13
        )
        self.say(number)

    def need(self, mm: float) -> None:
        """Turn the page unless ``mm`` are left on this one."""
        if self.y + mm > self.floor:
            self.new_page()

    # --- running text ----------------------------------------------------------------------

    def wrap(
        self, text: str, style: str, size: float, width: float, indent: float = 0.0
    ) -> list[str]:
        """Lines of ``text`` that fit into ``width``; the first is shorter by ``indent``."""
        lines: list[str] = []
        line = ""
        room = width - indent
        for word in text.split():
            longer = f"{line} {word}" if line else word
            if line and self.width(longer, style, size) > room:
                lines.append(line)
                line, room = word, width
            else:
                line = longer
        return [*lines, line] if line else lines

    def centre(
        self,
        text: str,
        style: str = "bold",
        size: float | None = None,
        *,
        x0: float | None = None,
        x1: float | None = None,
        ink: str = "black",
    ) -> None:
        """Centred lines; each goes into the truth."""
        size = size or self.size
        x0, x1 = self.x0 if x0 is None else x0, self.x1 if x1 is None else x1
        for line in self.wrap(text, style, size, x1 - x0):
            self.need(self.line_height(size))
            self.y += self.line_height(size)
            self.text((x0 + x1 - self.width(line, style, size)) / 2, self.y, line, style, size, ink)
            self.say(line)

    def under(self, share: float, x0: float | None = None, x1: float | None = None) -> None:
        """A short rule below the centred line just set; ``share`` of the column's width."""
        x0, x1 = self.x0 if x0 is None else x0, self.x1 if x1 is None else x1
        half = (x1 - x0) * share / 2
        self.put(Rule((x0 + x1) / 2 - half, self.y + 1.6, (x0 + x1) / 2 + half, self.y + 1.6, 0.7))

    def paragraph(
        self,
        text: str,
        style: str = "regular",
        *,
        indent: float = 12.7,
        size: float | None = None,
        justify: bool = True,
        after: float = 1.6,
        hang: float = 0.0,
    ) -> None:
        """A body paragraph, justified but for its last line."""
        size = size or self.size
        x0 = self.x0 + hang
        lines = self.wrap(text, style, size, self.x1 - x0, indent)
        for index, line in enumerate(lines):
            self.need(self.line_height(size))
            self.y += self.line_height(size)
            x = x0 + (indent if index == 0 else 0.0)
            if justify and index < len(lines) - 1:
                self._justified(line, x, style, size)
            else:
                self.text(x, self.y, line, style, size)
            self.say(line)
        self.space(after)

    def _justified(self, line: str, x: float, style: str, size: float) -> None:
        words = line.split(" ")
        used = sum(self.width(word, style, size) for word in words)
        gap = (self.x1 - x - used) / max(1, len(words) - 1)
        for index, word in enumerate(words):
            tail = " " if index < len(words) - 1 else ""
            self.text(x, self.y, word + tail, style, size)
            x += self.width(word, style, size) + gap

    @contextmanager
    def column(self, x0: float, x1: float) -> Iterator[None]:
        """Work between ``x0`` and ``x1`` for a while."""
        saved = self.x0, self.x1
        self.x0, self.x1 = x0, x1
        try:
            yield
        finally:
            self.x0, self.x1 = saved

    # --- forms -----------------------------------------------------------------------------

    def form_line(self, *parts: Part, indent: float = 0.0, size: float | None = None) -> None:
        """Labels and filled slots that share one line; what does not fit goes to the next.

        The value of a line's last slot runs over dotted continuation lines when it is long.
        """
        size = size or self.size
        pairs = pairs_of(parts)
        row: list[tuple[list[Part], Slot | None]] = []
        used = 0.0
        room = self.x1 - self.x0 - indent
        for labels, slot in pairs:
            wanted = sum(self._label_width(label, size) for label in labels)
            wanted += 6.0 if slot is None else self._slot_width(slot, size) + 4.0
            if row and used + min(wanted, room) > room:
                self._form_row(row, indent, size)
                row, used = [], 0.0
            row.append((labels, slot))
            used += wanted
        if row:
            self._form_row(row, indent, size)

    def _label_width(self, label: Part, size: float) -> float:
        if isinstance(label, Bold):
            return self.width(label.text + " ", "bold", size)
        return self.width(str(label) + " ", "regular", size)

    def _slot_width(self, slot: Slot, size: float) -> float:
        if self._by_pen(slot):
            return pen.width_mm(slot.value, self._pen_size(size), self.writer)
        return self.width(slot.value, "bold" if slot.bold else "regular", size)

    def _by_pen(self, slot: Slot) -> bool:
        return (self.handwritten or slot.pen) and bool(slot.value)

    @staticmethod
    def _pen_size(size: float) -> float:
        return size * 0.158

    def _form_row(
        self, row: list[tuple[list[Part], Slot | None]], indent: float, size: float
    ) -> None:
        self.need(self.line_height(size))
        self.y += self.line_height(size)
        x = self.x0 + indent
        labels_width = sum(self._label_width(label, size) for labels, _ in row for label in labels)
        slots = [slot for _, slot in row if slot is not None]
        room = self.x1 - x - labels_width
        needs = [self._slot_width(slot, size) + 3.0 for slot in slots]
        extra = max(0.0, room - sum(needs)) / (sum(slot.weight for slot in slots) or 1.0)
        said: list[str] = []
        rest = ""
        for labels, slot in row:
            for label in labels:
                style, words = (
                    ("bold", label.text) if isinstance(label, Bold) else ("regular", str(label))
                )
                self.text(x, self.y, words, style, size)
                x += self._label_width(label, size)
                said.append(words)
            if slot is None:
                continue
            last = slot is slots[-1]
            end = self.x1 if last else x + needs[slots.index(slot)] + extra * slot.weight - 1.5
            shown, rest = self._fitting(slot, end - x, size) if last else (slot.value, "")
            self._fill(slot, shown, x, end, size)
            said.append(shown)
            x = end + 1.5
        self.say(" ".join(said))
        while rest:
            self.need(self.line_height(size))
            self.y += self.line_height(size)
            shown, rest = self._fitting(slots[-1], self.x1 - self.x0 - indent, size, rest)
            self._fill(slots[-1], shown, self.x0 + indent, self.x1, size)
            self.say(shown)

    def _fitting(
        self, slot: Slot, room: float, size: float, value: str | None = None
    ) -> tuple[str, str]:
        words = (slot.value if value is None else value).split(" ")
        taken = len(words)
        while taken > 1:
            part = Slot(" ".join(words[:taken]), pen=slot.pen, bold=slot.bold)
            if self._slot_width(part, size) + 1.0 <= room:
                break
            taken -= 1
        return " ".join(words[:taken]), " ".join(words[taken:])

    def _fill(self, slot: Slot, shown: str, x: float, end: float, size: float) -> None:
        if self._by_pen(slot):
            self.put(Leader(x, end, self.y, size))
            self.put(
                Penned(
                    x + 1.0, self.y - 0.7, shown, self._pen_size(size), self.pen_ink, self.writer
                )
            )
            return
        style = "bold" if slot.bold else "regular"
        self.text(x, self.y, shown, style, size)
        start = x + self.width(shown, style, size) + (0.8 if shown else 0.0)
        if self.dotted and end - start > 3.0:
            self.put(Leader(start, end, self.y, size))

    # --- blocks of NĐ 30 -------------------------------------------------------------------

    def motto(self, x0: float, x1: float, size: float = 12.5) -> None:
        """Quốc hiệu and Tiêu ngữ with the rule as long as the motto (zone 1)."""
        self.centre(MOTTO[0], "bold", size, x0=x0, x1=x1)
        self.centre(MOTTO[1], "bold", size + 0.8, x0=x0, x1=x1)
        length = self.width(MOTTO[1], "bold", size + 0.8)
        self.under(length / (x1 - x0), x0, x1)

    def letterhead(
        self,
        parent: str,
        issuer: str,
        number: Sequence[Part],
        place_date: Sequence[Part],
        *,
        about: str = "",
    ) -> None:
        """Zones 2, 3 and 5b on the left, 1 and 4 on the right."""
        start = self.y
        split = self.x0 + (self.x1 - self.x0) * 0.405
        left0, left1, right0, right1 = self.x0 - 8, split, split + 1.0, self.x1 + 5
        size = 12.0
        for line in parent.split("\n") if parent else []:
            self.centre(line, "regular", size, x0=left0, x1=left1)
        for line in issuer.split("\n"):
            self.centre(line, "bold", size, x0=left0, x1=left1)
        length = self.width(issuer.split("\n")[-1], "bold", size)
        self.under(min(0.5, max(0.2, length * 0.42 / (left1 - left0))), left0, left1)
        self.space(2.4)
        if number:
            self._centred_parts(number, "regular", 13.0, left0, left1)
        if about:
            self.centre(about, "regular", 12.0, x0=left0, x1=left1)
        end = self.y
        self.y = start
        self.motto(right0, right1, 12.0)
        self.space(2.4)
        if place_date:
            self._centred_parts(place_date, "italic", 13.0, right0, right1)
        self.y = max(self.y, end)

    def _centred_parts(
        self, parts: Sequence[Part], style: str, size: float, x0: float, x1: float
    ) -> None:
        """One centred line whose slots may be written by hand into a blank."""
        self.y += self.line_height(size)
        widths: list[float] = []
        for part in parts:
            if isinstance(part, Slot) and (part.pen or not part.value):
                wide = pen.width_mm(part.value, size * 0.165, self.writer) if part.value else 8.0
                widths.append(max(7.0, wide + 2.5))
            elif isinstance(part, Slot):
                widths.append(self.width(part.value, style, size))
            else:
                words = part.text if isinstance(part, Bold) else part
                widths.append(self.width(words, style, size))
        x = (x0 + x1 - sum(widths)) / 2
        said = ""
        for part, wide in zip(parts, widths, strict=True):
            if isinstance(part, Slot) and part.pen:
                self.put(
                    Penned(
                        x + 1.0, self.y - 0.3, part.value, size * 0.165, self.pen_ink, self.writer
                    )
                )
                said += part.value
            else:
                words = (
                    part.value
                    if isinstance(part, Slot)
                    else part.text
                    if isinstance(part, Bold)
                    else part
                )
                self.text(x, self.y, words, style, size)
                said += words
            x += wide
        self.say(said)

    def sign_off(
        self,
        titles: Sequence[str],
        name: str,
        *,
        note: str = "",
        recipients: Sequence[str] = (),
        gap: float = 27.0,
        x0: float | None = None,
        x1: float | None = None,
        left: tuple[Sequence[str], str, str] | None = None,
    ) -> Place:
        """Zones 7 and 9b; returns the middle of the gap above the name on the right.

        ``left`` is a second signer instead of the recipients: titles, note and name.
        """
        split = self.x0 + (self.x1 - self.x0) * 0.48
        x0, x1 = split if x0 is None else x0, self.x1 + 2 if x1 is None else x1
        tall = gap + self.line_height(13) * (len(titles) + 2)
        self.need(max(tall, 8 + 4.2 * len(recipients)))
        start = self.y
        ends = [start]
        if recipients:
            self.y += self.line_height(12)
            self.text(self.x0, self.y, "Nơi nhận:", "bolditalic", 12)
            self.say("Nơi nhận:")
            for line in recipients:
                self.y += 11 * MM * 1.2
                self.text(self.x0, self.y, line, "regular", 11)
                self.say(line)
            ends.append(self.y)
        if left is not None:
            self.y = start
            self._signer(left[0], left[1], left[2], self.x0 - 4, split - 6, gap)
            ends.append(self.y)
        self.y = start
        middle = self._signer(titles, note, name, x0, x1, gap)
        self.y = max(self.y, *ends)
        return Place(self.page, (x0 + x1) / 2, middle)

    def _signer(
        self, titles: Sequence[str], note: str, name: str, x0: float, x1: float, gap: float
    ) -> float:
        for title in titles:
            self.centre(title, "bold", 13.0, x0=x0, x1=x1)
        if note:
            self.centre(note, "italic", 11.5, x0=x0, x1=x1)
        middle = self.y + gap / 2 + 1
        self.space(gap - 5)
        self.centre(name, "bold", 13.0, x0=x0, x1=x1)
        return middle

    def table(
        self, widths: Sequence[float], rows: Sequence[Sequence[str]], *, size: float = 12.0
    ) -> None:
        """A ruled table whose first row is the head; truth lines run across the cells."""
        total = sum(widths)
        columns = [w * (self.x1 - self.x0) / total for w in widths]
        edges = [self.x0 + sum(columns[:i]) for i in range(len(columns) + 1)]
        step = self.line_height(size)
        self.space(2.0)
        for index, row in enumerate(rows):
            style = "bold" if index == 0 else "regular"
            cells = [
                self.wrap(cell, style, size, width - 3.0)
                for cell, width in zip(row, columns, strict=True)
            ]
            height = max(1, *(len(lines) for lines in cells)) * step + 2.0
            self.need(height)
            for line in range(max(len(lines) for lines in cells)):
                said = []
                for column, lines in enumerate(cells):
                    if line >= len(lines):
                        continue
                    words = lines[line]
                    x = edges[column] + 1.5
                    if index == 0 or (len(words) < 6 and len(lines) == 1):
                        x = (edges[column] + edges[column + 1] - self.width(words, style, size)) / 2
                    self.text(x, self.y + step * (line + 1) - 0.4, words, style, size)
                    said.append(words)
                self.say(" ".join(said))
            self._grid(edges, self.y, self.y + height)
            self.y += height
        self.space(2.0)

    def _grid(self, edges: Sequence[float], top: float, bottom: float) -> None:
        for y in (top, bottom):
            self.put(Rule(edges[0], y, edges[-1], y, 0.5))
        for x in edges:
            self.put(Rule(x, top, x, bottom, 0.5))
