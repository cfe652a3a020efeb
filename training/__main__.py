"""``python -m training``: fit the recognizer, measure it, show its lines, export its weights."""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    """The commands of the training."""
    parser = argparse.ArgumentParser(prog="training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fit = commands.add_parser("fit", help="train, or go on from the folder's checkpoint")
    fit.add_argument("folder", type=Path)
    fit.add_argument("--minutes", type=float, default=60.0)
    fit.add_argument("--finish", type=float, default=0.25, help="share of the time to slow down")
    fit.add_argument("--seed", type=int, default=1)
    fit.add_argument("--workers", type=int, default=1, help="processes that print lines")
    fit.add_argument("--threads", type=int, default=0)
    fit.add_argument("--device", default="cpu", help="cpu or cuda")
    check = commands.add_parser("check", help="errors of a checkpoint on lines never trained on")
    check.add_argument("checkpoint", type=Path)
    export = commands.add_parser("export", help="write the weights that the package ships")
    export.add_argument("checkpoint", type=Path)
    export.add_argument("out", type=Path)
    curve = commands.add_parser("curve", help="draw the learning curve")
    curve.add_argument("notes", type=Path)
    curve.add_argument("out", type=Path)
    chosen = parser.parse_args()
    if chosen.command == "fit":
        import torch

        from training.fit import train

        if chosen.threads:
            torch.set_num_threads(chosen.threads)
        train(
            chosen.folder,
            seed=chosen.seed,
            minutes=chosen.minutes,
            finish=chosen.finish,
            workers=chosen.workers,
            device=chosen.device,
        )
    elif chosen.command == "check":
        from training.check import figures
        from training.network import load

        for name, value in figures(load(str(chosen.checkpoint))).items():
            print(f"{name}: {value}")
    elif chosen.command == "curve":
        from training.curve import draw

        draw(chosen.notes, chosen.out)
    else:
        from training.export import export as write

        write(chosen.checkpoint, chosen.out)


if __name__ == "__main__":
    main()
