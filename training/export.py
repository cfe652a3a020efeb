"""From a checkpoint to the weights that ship: ONNX with 8-bit kernels, and their card."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from training import check, lines
from training.alphabet import CHARACTERS, PENNED
from training.feed import stacked
from training.network import load, parameters

#: Lines of this series show the quantizer what the network meets.
SEED, COUNT = 515_151, 384


class _Shown(CalibrationDataReader):  # type: ignore[misc]
    """Batches of generated lines for choosing the ranges of 8-bit numbers."""

    def __init__(self) -> None:
        some = [lines.sample(SEED, n, 1.0 if n % 2 else 0.4) for n in range(COUNT)]
        some.sort(key=lambda pair: pair[0].shape[1])
        self._batches = self._made(some)

    @staticmethod
    def _made(some: list[tuple[lines.Gray, str]]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(some), 16):
            pixels = stacked(some[start : start + 16]).pixels
            yield {"ink": (255 - pixels[:, None]).astype(np.float32) / 255}

    def get_next(self) -> dict[str, Any] | None:
        return next(self._batches, None)


def to_onnx(checkpoint: Path, out: Path) -> None:
    """Write the network of ``checkpoint`` with 32-bit numbers."""
    network = load(str(checkpoint))
    torch.onnx.export(
        network,
        (torch.zeros(2, 1, lines.HEIGHT, 320),),
        str(out),
        input_names=["ink"],
        output_names=["logits"],
        dynamic_axes={"ink": {0: "lines", 3: "width"}, "logits": {0: "lines", 1: "frames"}},
        opset_version=17,
        dynamo=False,
    )


def _last_convolution(path: Path) -> str:
    """The name of the head: the last node with kernels."""
    nodes = onnx.load(str(path)).graph.node
    return str([node.name for node in nodes if node.op_type == "Conv"][-1])


def export(checkpoint: Path, folder: Path, *, heat: float = 1.3) -> None:
    """Write ``reader.onnx`` (8-bit kernels) and its card ``reader.json`` into ``folder``.

    ``heat`` divides the logits, so that probabilities tell how often the reader is right.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    with tempfile.TemporaryDirectory() as place:
        plain, ready = Path(place, "plain.onnx"), Path(place, "ready.onnx")
        to_onnx(checkpoint, plain)
        quant_pre_process(str(plain), str(ready))
        quantize_static(
            str(ready),
            str(folder / "reader.onnx"),
            _Shown(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            # 256 steps are too few for the answers: ổ and ồ would often be equally likely.
            nodes_to_exclude=[_last_convolution(ready)],
        )
    network = load(str(checkpoint))
    weights = (folder / "reader.onnx").read_bytes()
    day = date.today().isoformat()  # noqa: DTZ011 - the day of the person who trains
    card = {
        "name": "sohoa line reader",
        "version": day.replace("-", "."),
        "characters": CHARACTERS,
        "penned": PENNED,
        "heat": heat,
        "sha256": hashlib.sha256(weights).hexdigest(),
        "parameters": parameters(network),
        "trained_on": "lines printed and worn by training/ (no real page, no real person)",
        "lines_seen": int(state["seen"]),
        "minutes": round(float(state["minutes"]), 1),
        "checked": check.figures(network),
        "input": "lines x 1 x 40 x width, 0 paper to 1 ink; em 32 pixels, baseline at 30",
        "output": "lines x width/4 x logits: blank, characters, penned digits",
        "licence": "Apache-2.0, as the rest of sohoa",
    }
    text = json.dumps(card, ensure_ascii=False, indent=1)
    (folder / "reader.json").write_text(text + "\n", encoding="utf-8")
