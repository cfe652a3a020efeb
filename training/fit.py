"""Training: learns from an endless series of lines, keeps checkpoints, writes the curve."""

from __future__ import annotations

import csv
import math
import signal
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from training import check
from training.feed import Batch, endless
from training.network import Reader, frames, parameters

#: Learning rates of the two kinds of parameters at full speed.
MUON, ADAM = 0.02, 1.5e-3
WARM = 400
#: Share of the old weights that the running average keeps at each step.
KEEP = 0.9985
CHECK_SECONDS, SAVE_SECONDS = 600.0, 240.0


class Muon(torch.optim.Optimizer):
    """Momentum whose steps are made orthogonal (Jordan et al., 2024), for kernels as matrices."""

    def __init__(self, parameters: list[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step down the gradients."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if "speed" not in state:
                    state["speed"] = torch.zeros_like(parameter)
                speed = state["speed"]
                speed.mul_(group["momentum"]).add_(parameter.grad)
                ahead = parameter.grad + group["momentum"] * speed
                flat = _orthogonal(ahead.flatten(1))
                size = max(1.0, flat.shape[0] / flat.shape[1]) ** 0.5
                parameter.mul_(1 - group["lr"] * 0.01)
                parameter.add_(flat.view_as(parameter), alpha=-group["lr"] * size)


def _orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """The nearest matrix with equal singular values, by a quintic Newton-Schulz iteration."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.bfloat16()
    turned = x.shape[0] > x.shape[1]
    x = x.T if turned else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return (x.T if turned else x).to(matrix.dtype)


class Fit:
    """One training: network, running average, optimizers and where the series stands."""

    def __init__(self, folder: Path, device: str) -> None:
        self.folder, self.device = folder, device
        self.network = Reader().to(device, memory_format=torch.channels_last)
        self.average = Reader().to(device)
        self.average.load_state_dict(self.network.state_dict())
        kernels = [p for n, p in self.network.named_parameters() if _is_kernel(n, p)]
        rest = [p for n, p in self.network.named_parameters() if not _is_kernel(n, p)]
        self.optimizers: list[torch.optim.Optimizer] = [
            Muon(kernels, MUON),
            torch.optim.AdamW(rest, ADAM, betas=(0.9, 0.98), weight_decay=0.01),
        ]
        self.steps, self.seen, self.minutes = 0, 0, 0.0
        self.file = folder / "checkpoint.pt"
        if self.file.exists():
            self._resume()

    def _resume(self) -> None:
        state = torch.load(self.file, map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved in zip(self.optimizers, state.get("optimizers", ()), strict=False):
            optimizer.load_state_dict(saved)
        self.steps, self.seen, self.minutes = state["steps"], state["seen"], state["minutes"]

    def save(self) -> None:
        """Write the checkpoint; a stop in between leaves the last one whole.

        Raises ``FloatingPointError`` instead of writing weights that are no numbers; the
        checkpoint before this one stays beside it (``before.pt``).
        """
        if not all(bool(torch.isfinite(p).all()) for p in self.network.parameters()):
            raise FloatingPointError("the weights are no numbers any more: go on from before.pt")
        new = self.file.with_suffix(".new")
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
                "steps": self.steps,
                "seen": self.seen,
                "minutes": self.minutes,
            },
            new,
        )
        if self.file.exists():
            self.file.replace(self.file.with_name("before.pt"))
        new.replace(self.file)

    def learn(self, batch: Batch, speed: float) -> float:
        """One step; ``speed`` from 0 to 1 scales the learning rates. The loss a letter."""
        pixels = torch.from_numpy(batch.pixels).to(self.device)
        x = (255 - pixels).float().div(255).unsqueeze(1)
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device, dtype=torch.bfloat16):
            out = self.network(x)
        logs = functional.log_softmax(out.float(), 2).transpose(0, 1)
        loss = functional.ctc_loss(
            logs,
            torch.from_numpy(batch.targets).to(self.device).long(),
            torch.tensor([frames(int(width)) for width in batch.widths]),
            torch.from_numpy(batch.lengths).long(),
            reduction="sum",
            zero_infinity=True,
        ) / max(1.0, float(batch.lengths.sum()))
        if not bool(torch.isfinite(loss)):
            return 0.0  # one bad step would spoil every weight
        for optimizer, full in zip(self.optimizers, (MUON, ADAM), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = full * speed * min(1.0, (self.steps + 1) / WARM)
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        size = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if not bool(torch.isfinite(size)):
            return 0.0
        for optimizer in self.optimizers:
            optimizer.step()
        self._follow()
        self.steps += 1
        self.seen = max(self.seen, batch.seen)
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the running average a little towards the network."""
        keep = min(KEEP, (self.steps + 1) / (self.steps + 10))
        own, other = self.average.state_dict(), self.network.state_dict()
        for name, value in own.items():
            if value.dtype.is_floating_point:
                value.lerp_(other[name], 1 - keep)
            else:
                value.copy_(other[name])


def _is_kernel(name: str, parameter: Tensor) -> bool:
    return parameter.ndim == 4 and not name.startswith(("eye.0", "head"))


def train(
    folder: Path, *, seed: int, minutes: float, finish: float, workers: int, device: str
) -> None:
    """Train for ``minutes``; over the last share ``finish`` the steps shrink to nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    fit = Fit(folder, device)
    print(f"{parameters(fit.network):,} parameters, {fit.seen:,} lines seen", flush=True)
    # The trained lines are those of other seeds than the checked ones, from where it stopped.
    batches = endless(seed, fit.seen, workers)
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    start = last_save = last_check = time.monotonic()
    before, mean = fit.minutes, math.nan
    while (passed := time.monotonic() - start) < minutes * 60 and not stopped:
        left = 1 - passed / (minutes * 60)
        loss = fit.learn(next(batches), min(1.0, left / finish) if finish else 1.0)
        mean = loss if math.isnan(mean) else 0.99 * mean + 0.01 * loss
        fit.minutes = before + passed / 60
        if fit.steps % 100 == 0:
            print(f"{fit.minutes:7.1f} min {fit.seen:9,} lines  loss {mean:.3f}", flush=True)
        now = time.monotonic()
        if now - last_save > SAVE_SECONDS:
            fit.save()
            last_save = now
        if now - last_check > CHECK_SECONDS:
            _note(folder, fit, mean)
            last_check = now
    fit.save()
    _note(folder, fit, mean)


def _note(folder: Path, fit: Fit, loss: float) -> None:
    found = check.figures(fit.average.eval(), fit.device)
    fit.average.train()
    row = {"minutes": round(fit.minutes, 1), "lines": fit.seen, "loss": round(loss, 4), **found}
    print(row, flush=True)
    path = folder / "curve.csv"
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
