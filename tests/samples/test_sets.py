"""The sample set as a whole: files, manifest and truth tell the same story."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from datetime import date
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from sohoa_samples import errors
from sohoa_samples.generator import MANIFEST_COLUMNS, SampleSet, make
from tests.samples.conftest import SEED, papers_of

_CODE = re.compile(
    r"^((?:\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})|(?:[A-Z]\d{2}(?:\.\d{1,3}){0,4}))-(\d{6})-(\d{4})$"
)


def rows_of(made: SampleSet) -> list[dict[str, str]]:
    with made.manifest.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        assert tuple(reader.fieldnames or ()) == MANIFEST_COLUMNS
        return list(reader)


def truth_of(made: SampleSet, path: str) -> dict:
    file = made.directory / "truth" / Path(path).with_suffix(".json")
    return json.loads(file.read_text(encoding="utf-8"))


def test_manifest_lists_every_file_once(rough_set: SampleSet) -> None:
    rows = rows_of(rough_set)
    assert len(rows) == rough_set.papers
    listed = [rough_set.directory / "inbox" / row["path"] for row in rows]
    assert sorted(listed) == papers_of(rough_set)
    for row in rows:
        match = _CODE.fullmatch(row["dossier_code"])
        assert match is not None and row["path"].startswith(row["dossier_code"] + "/")
        assert date.fromisoformat(row["received_on"]).strftime("%y%m%d") == match[2]
        assert row["kind"] in ("component", "result")
        assert row["form"] in ("original", "copy", "certified_copy")
        assert row["submission"] in ("submit", "show")
        assert re.fullmatch(r"\d{12}", row["owner_id"])
        assert row["path"].isascii()


def test_all_procedures_and_results_appear(rough_set: SampleSet) -> None:
    rows = rows_of(rough_set)
    assert {row["procedure"] for row in rows} == {
        "", "1.001193", "1.001612", "1.004194", "1.004873", "1.013831",
    }  # fmt: skip
    results = {row["component"] for row in rows if row["kind"] == "result"}
    assert {"KQ.G15.000031", "KQ.G15.000032"} <= results


def test_papers_that_are_only_shown_are_not_scanned_but_by_a_planted_fault(
    rough_set: SampleSet,
) -> None:
    planted = set()
    for path in (rough_set.directory / "truth").glob("*/dossier.json"):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if any(fault["code"] == "shown_paper_scanned" for fault in truth["faults"]):
            planted.add(truth["code"])
    shown = {row["dossier_code"] for row in rows_of(rough_set) if row["submission"] == "show"}
    assert shown == planted and 0 < len(planted) < 12


def test_truth_fits_manifest_and_text(rough_set: SampleSet) -> None:
    for row in rows_of(rough_set):
        truth = truth_of(rough_set, row["path"])
        assert truth["schema"] == "sohoa.samples.truth/1"
        assert (truth["component"], truth["kind"], truth["form"]) == (
            row["component"],
            row["kind"],
            row["form"],
        )
        text = (rough_set.directory / "truth" / Path(row["path"]).with_suffix(".txt")).read_text(
            "utf-8"
        )
        assert text.count("\f") == truth["pages"] - 1
        assert set(truth["penned"]) <= set(truth["fields"])
        flat = " ".join(text.split())
        for name in ("number", "signer", "so_dinh_danh", "ho_ten"):
            value = truth["fields"].get(name)
            assert not value or value in flat or value.upper() in flat, (row["path"], name)
        if "date" in truth["fields"]:
            on = date.fromisoformat(truth["fields"]["date"])
            assert str(on.year) in flat and f"{on.day:02d}" in flat
        for line in text.replace("\f", "").splitlines():
            assert line == " ".join(line.split()) and ".." not in line


def test_text_is_composed_everywhere(rough_set: SampleSet) -> None:
    files = [
        *rough_set.directory.rglob("*.txt"),
        *rough_set.directory.rglob("*.json"),
        rough_set.manifest,
    ]
    assert len(files) > 100
    for file in files:
        assert unicodedata.is_normalized("NFC", file.read_text("utf-8")), file


def _pdf_pages(path: Path) -> list[tuple[float, float]]:
    """Width in millimetres and resolution of the only picture of each page."""
    found = []
    with pikepdf.open(path) as pdf:
        for page in pdf.pages:
            (image,) = page.get_images().values()
            width_pt = float(page.mediabox[2])
            found.append((width_pt / 72 * 25.4, int(image.Width) / (width_pt / 72)))
    with_pixels = pypdfium2.PdfDocument(path)
    assert len(with_pixels) == len(found)
    assert all(_is_paper(page.render(scale=0.3).to_pil()) for page in with_pixels)
    return found


def _is_paper(image: Image.Image) -> bool:
    """Mostly light, some ink: neither empty nor inverted."""
    histogram = image.convert("L").histogram()
    light = sum(histogram[128:]) / sum(histogram)
    return 0.7 < light < 0.9995


def test_every_image_opens_at_its_true_size(rough_set: SampleSet, office_set: SampleSet) -> None:
    kinds = set()
    for made in (rough_set, office_set):
        for path in papers_of(made):
            truth = truth_of(made, str(path.relative_to(made.directory / "inbox")))
            if truth["born_digital"]:
                continue
            kinds.add((path.suffix, truth["bilevel"]))
            if path.suffix == ".pdf":
                pages = _pdf_pages(path)
                assert len(pages) == truth["pages"]
                for width, dpi in pages:
                    assert abs(width - 210) < 0.3 and abs(dpi - truth["dpi"]) < 1
                continue
            with Image.open(path) as image:
                frames = getattr(image, "n_frames", 1)
                assert frames == truth["pages"]
                for frame in range(frames):
                    image.seek(frame)
                    image.load()
                    dpi = float(image.info["dpi"][0])
                    assert abs(dpi - truth["dpi"]) < 0.02
                    assert abs(image.width / dpi * 25.4 - 210) < 0.3
                    assert abs(image.height / dpi * 25.4 - 297) < 0.3
                    assert (image.mode == "1") is truth["bilevel"]
                    assert _is_paper(image), path
    assert {(".jpg", False), (".pdf", False), (".pdf", True), (".tif", True)} <= kinds


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    first = make(tmp_path / "a", dossiers=6, seed=8, level="rough", dpi=75)
    again = make(tmp_path / "b", dossiers=6, seed=8, level="rough", dpi=75)
    other = make(tmp_path / "c", dossiers=6, seed=9, level="rough", dpi=75)
    assert _tree(first.directory) == _tree(again.directory)
    assert first.manifest.read_bytes() != other.manifest.read_bytes()
    longer = _tree(make(tmp_path / "d", dossiers=7, seed=8, level="rough", dpi=75).directory)
    kept = {
        k: v
        for k, v in _tree(first.directory).items()
        if "/" in k.removeprefix("inbox/").removeprefix("truth/")
    }
    assert all(longer[name] == data for name, data in kept.items())


def test_levels_differ_in_pixels_not_in_truth(tmp_path: Path) -> None:
    made = {
        lv: make(tmp_path / lv, dossiers=1, seed=SEED, level=lv, dpi=100, with_legacy=False)
        for lv in ("clean", "office", "rough")
    }
    texts = {
        lv: {p.name: p.read_text("utf-8") for p in m.directory.rglob("*.txt")}
        for lv, m in made.items()
    }
    assert texts["clean"] == texts["office"] == texts["rough"]
    sizes = {lv: [p.read_bytes() for p in papers_of(m)] for lv, m in made.items()}
    assert sizes["clean"] != sizes["office"] != sizes["rough"]


def test_a_set_is_made_anew_but_strangers_are_left_alone(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    options = {"dossiers": 2, "level": "rough", "dpi": 75, "with_legacy": False}
    make(tmp_path, seed=1, **options)
    before = _tree(tmp_path)
    make(tmp_path, seed=1, progress=lambda done, total: calls.append((done, total)), **options)
    assert _tree(tmp_path) == before and calls == [(1, 2), (2, 2)]
    (tmp_path / "inbox" / "real.jpg").write_bytes(b"a real scan")
    with pytest.raises(errors.FolderNotEmpty):
        make(tmp_path, seed=1, **options)
    assert (tmp_path / "inbox" / "real.jpg").read_bytes() == b"a real scan"
    assert _tree(tmp_path).keys() == before.keys() | {"inbox/real.jpg"}


def test_a_stopped_run_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, dossiers=2, level="rough", dpi=75, progress=stop)
    assert not (tmp_path / "inbox").exists()
    make(tmp_path, dossiers=1, level="rough", dpi=75, with_legacy=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["inbox", "truth"]


def test_a_marker_that_lies_does_not_help(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "samples.json").write_text('{"schema": 1, "files": 3}')
    with pytest.raises(errors.FolderNotEmpty):
        make(tmp_path, dossiers=1)


@pytest.mark.parametrize("count", [0, -3, 100_001])
def test_senseless_counts_are_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(errors.CountOutOfRange):
        make(tmp_path, dossiers=count)


def test_unknown_level_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.LevelUnknown) as caught:
        make(tmp_path, level="pristine")
    assert "clean, office, rough" in caught.value.remedy("en")
    assert not list(tmp_path.iterdir())
