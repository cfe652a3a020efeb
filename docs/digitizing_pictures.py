"""Make the pictures of ``docs/digitizing.md`` from invented papers.

``python docs/digitizing_pictures.py`` writes ``docs/img/digitizing-*``; the same papers give the
same pictures.
"""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw
from pypdfium2 import PdfDocument

from sohoa_core.limits import Limits
from sohoa_digitize.decode import open_source
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.prepare import prepare
from sohoa_digitize.snippet import cut
from sohoa_digitize.work import Digitized, digitize_file
from sohoa_samples.generator import make
from sohoa_samples.separator import sheets_pdf

HERE = Path(__file__).parent
SEED = 31


def papers(folder: Path) -> list[Path]:
    """Papers of the roughest scanner, three dossiers of them."""
    make(folder, dossiers=3, seed=SEED, level="rough", with_legacy=False)
    return sorted((folder / "inbox").glob("*/*"))


def read(path: Path) -> Digitized:
    return digitize_file(path, name=path.name, options=DigitizeOptions(), limits=Limits())


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    """Two pictures of one height next to each other."""
    height = 560
    pair = [one.convert("RGB") for one in (left, right)]
    pair = [one.resize((round(one.width * height / one.height), height)) for one in pair]
    out = Image.new("RGB", (sum(one.width for one in pair) + 12, height), "white")
    out.paste(pair[0], (0, 0))
    out.paste(pair[1], (pair[0].width + 12, 0))
    return out


def prepared_page(path: Path) -> Image.Image:
    """A page as it came in, and as the recognition engine gets it."""
    options, limits = DigitizeOptions(), Limits()
    source = open_source(path.read_bytes(), name=path.name, options=options, limits=limits)
    pixels = next(iter(source.pages(range(1)))).pixels()
    ready = prepare(pixels, target=options.letter_target)
    before, after = Image.fromarray(pixels), Image.fromarray(ready.gray)
    return beside(_signature(before), _signature(after))


def _signature(page: Image.Image) -> Image.Image:
    """The part of a certificate where seal, signature and name lie over each other."""
    wide, high = page.size
    return page.crop((int(0.45 * wide), int(0.62 * high), int(0.97 * wide), int(0.85 * high)))


def words_on_page(path: Path) -> Image.Image:
    """Where the hidden text stands: green read surely, orange with doubt, red hardly."""
    found = read(path)
    page = Image.open(io.BytesIO(cut(found.pdf, 1, None))).convert("RGB")
    layout = json.loads(found.words)["pages"][0]
    kx, ky = page.width / layout["width"], page.height / layout["height"]
    pen = ImageDraw.Draw(page)
    for line in layout["lines"]:
        for word in line["words"]:
            sure, box = word[1], word[2:6]
            colour = (30, 140, 60) if sure >= 0.9 else (230, 130, 0) if sure >= 0.6 else (200, 0, 0)
            corners = (box[0] * kx, box[1] * ky, box[2] * kx, box[3] * ky)
            pen.rectangle(corners, outline=colour, width=2)
    return page


def slots(path: Path) -> Image.Image:
    """What the reviewer sees of values that need a person."""
    found = read(path)
    some = [f for f in found.fields if f.reason == "penned_or_empty" and f.box and f.value][:4]
    cuts = [Image.open(io.BytesIO(cut(found.pdf, f.page or 1, f.box))) for f in some]
    out = Image.new("RGB", (max(c.width for c in cuts), sum(c.height + 8 for c in cuts)), "white")
    top = 0
    for one in cuts:
        out.paste(one, (0, top))
        top += one.height + 8
    return out


def separator_sheet() -> None:
    """A sheet as it is printed, small."""
    with PdfDocument(sheets_pdf(["H26-260930-0012"])) as pdf:
        sheet = pdf[0].render(scale=0.55, grayscale=True).to_pil()
    sheet.quantize(16).save(HERE / "img" / "digitizing-separator.png", optimize=True)


def save(picture: Image.Image, name: str) -> None:
    """As a small JPEG, below 200 KB."""
    picture.thumbnail((1100, 1000))
    for quality in (85, 75, 60, 45):
        buffer = io.BytesIO()
        picture.convert("RGB").save(buffer, "JPEG", quality=quality, optimize=True)
        if len(buffer.getvalue()) < 200_000:
            break
    (HERE / "img" / name).write_bytes(buffer.getvalue())


def main() -> None:
    separator_sheet()
    with tempfile.TemporaryDirectory() as folder:
        found = papers(Path(folder) / "set")
        declaration = next(p for p in found if "to-khai" in p.name or "chung-sinh" in p.name)
        certificate = next(p for p in found if "giay-khai-sinh" in p.name or "chung-nhan" in p.name)
        save(prepared_page(certificate), "digitizing-prepared.jpg")
        save(words_on_page(certificate), "digitizing-words.jpg")
        save(slots(declaration), "digitizing-review.jpg")


if __name__ == "__main__":
    main()
