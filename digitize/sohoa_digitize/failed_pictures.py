"""Small pictures of files that failed, for the report: what can still be shown of them.

These files are the broken and hostile ones, so each is looked at in a worker process with
little time and memory; what cannot be shown there gets a drawn placeholder. The bytes come from
the vault, where they were stored before anything else was tried, never again from the inbox.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from dataclasses import replace

import pypdfium2
from PIL import Image, ImageFile

from sohoa_core.batch.executors import make_executor
from sohoa_core.batch.stage import Job, WorkerContext
from sohoa_core.errors import InputUnreadable, SohoaError
from sohoa_core.limits import Limits
from sohoa_core.vault import Vault
from sohoa_digitize import sniff
from sohoa_digitize.raster import check_pixels, image_faults, pixels_of
from sohoa_digitize.small_pages import FORMATS

#: Failed files beyond this many get a placeholder.
MOST = 200
_SIZE = (340, 480)
#: A picture of which more than this share has one shade shows nothing.
_EMPTY = 0.98
#: One picture in a report is worth no more than this.
_SECONDS, _MEGABYTES, _FILE_MEGABYTES, _PIXELS = 10.0, 768, 64, 60_000_000


def failed_pictures(digests: Iterable[str], *, vault: Vault, limits: Limits) -> dict[str, bytes]:
    """A small JPEG for each original (by SHA-256) of which anything can be shown."""
    wanted = sorted({digest for digest in digests if digest and vault.has(digest)})[:MOST]
    if not wanted:
        return {}
    tight = replace(
        limits,
        item_seconds=min(limits.item_seconds, _SECONDS),
        item_megabytes=min(limits.item_megabytes, _MEGABYTES),
        file_megabytes=min(limits.file_megabytes, _FILE_MEGABYTES),
        page_pixels=min(limits.page_pixels, _PIXELS),
    )
    job = Job(picture, WorkerContext(vault, tight))
    executor = make_executor("processes", workers=1)
    outcomes = executor.run(job, ((digest, digest) for digest in wanted))
    return {one.ticket: one.value for one in outcomes if one.error is None and one.value}


def picture(context: WorkerContext, digest: str) -> bytes:
    """The first page of an original as far as it can be shown, or nothing."""
    assert context.vault is not None
    try:
        data = context.vault.get(digest)
        context.limits.check("file_megabytes", len(data) / 1_000_000)
        kind = sniff.media_type(data)
        if kind is None:
            return b""
        image = (
            _of_pdf(data, context.limits) if kind == sniff.PDF else _of_image(data, context.limits)
        )
    except SohoaError:
        return b""
    image.thumbnail(_SIZE)
    shades = image.convert("L").histogram()
    if max(shades) > _EMPTY * sum(shades):
        return b""  # nothing came through but the decoder's filling
    coded = io.BytesIO()
    image.convert("RGB").save(coded, "JPEG", quality=60, optimize=True)
    return coded.getvalue()


def _of_pdf(data: bytes, limits: Limits) -> Image.Image:
    try:
        with pypdfium2.PdfDocument(data) as pdf:
            page = pdf[0]
            scale = min(2.0, max(_SIZE) / max(*page.get_size(), 1.0))
            check_pixels(
                *(round(side * scale) + 1 for side in page.get_size()), limits=limits, name=""
            )
            shown: Image.Image = page.render(scale=scale).to_pil()
            return shown
    except (pypdfium2.PdfiumError, IndexError, ValueError, OverflowError) as error:
        raise InputUnreadable(detail="PDF") from error


def _of_image(data: bytes, limits: Limits) -> Image.Image:
    with image_faults(""), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Half a page is worth showing here: it tells which paper must be scanned again.
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        check_pixels(*image.size, limits=limits, name="")
        image.draft("RGB", _SIZE)
        return Image.fromarray(pixels_of(image))
