"""The network: small convolutions down to height 1, then residual blocks along the line, CTC.

Input: batch x 1 x 40 x width, 0 paper and 1 ink. Output: batch x (width / 4) x characters, as
logits; index 0 is CTC's blank (Graves et al., 2006). About two million parameters.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.alphabet import LABELS

#: Widths of the stages; :class:`Reader` tells where each stands.
STAGES = (32, 64, 96, 160, 256)
BLOCKS = 5


class _Fold(nn.Module):
    """Convolution, normalization and SiLU; normalization folds into the weights on export."""

    def __init__(self, inside: int, outside: int, kernel: tuple[int, int], **how: object) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inside, outside, kernel, bias=False, **how)  # type: ignore[arg-type]
        self.normal = nn.BatchNorm2d(outside)

    def forward(self, x: Tensor) -> Tensor:
        return functional.silu(self.normal(self.convolution(x)))


class _Along(nn.Module):
    """A residual block along the line: two convolutions of width 3 and 5."""

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.first = _Fold(width, width, (1, 3), padding=(0, reach), dilation=(1, reach))
        self.second = nn.Conv2d(width, width, (1, 3), padding=(0, 1), bias=False)
        self.normal = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return functional.silu(x + self.normal(self.second(self.first(x))))


class Reader(nn.Module):
    """The line recognizer."""

    def __init__(self, outputs: int = len(LABELS) + 1) -> None:
        super().__init__()
        a, b, c, d, e = STAGES
        self.eye = nn.Sequential(
            _Fold(1, a, (3, 3), stride=(2, 2), padding=(1, 1)),  # 20 rows, width / 2
            _Fold(a, b, (3, 3), padding=(1, 1), stride=(1, 2)),  # 20, width / 4
            _Fold(b, c, (3, 3), padding=(1, 1), stride=(2, 1)),  # 10
            _Fold(c, d, (3, 3), padding=(1, 1), stride=(2, 1)),  # 5
            _Fold(d, e, (5, 3), padding=(0, 1)),  # 1
        )
        self.along = nn.Sequential(*(_Along(e, 1 + block % 3) for block in range(BLOCKS)))
        self.head = nn.Conv2d(e, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.head(self.along(self.eye(x)))
        return found.squeeze(2).transpose(1, 2)


def frames(width: int) -> int:
    """Outputs along a line of ``width`` pixels."""
    return (((width + 1) // 2) + 1) // 2


def parameters(network: nn.Module) -> int:
    """How many numbers the network learns."""
    return sum(parameter.numel() for parameter in network.parameters())


def load(path: str) -> Reader:
    """The network of a checkpoint."""
    network = Reader()
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(state["average"] if "average" in state else state["network"])
    return network.eval()
