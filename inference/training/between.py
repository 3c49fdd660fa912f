"""Weights between two of one network, where one went on from the other.

    python -m inference.training.between FIRST SECOND --share 0.5 --out OUT

A training on real faces alone unlearns drawn ones. Part of the way keeps most of what was won and
loses little of what was known (Wortsman et al., *Robust fine-tuning of zero-shot models*, CVPR
2022).
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from inference.detector.weights import WeightsError, read_network, write_weights


def between(first: Path, second: Path, share: float, out: Path) -> Path:
    """Write the weights ``share`` (0 to 1) of the way from ``first`` to ``second`` with the card of
    the second, in fp32. Returns ``out``. Raises WeightsError for weights that cannot be read, and
    for two networks of different form.
    """
    start, end = (read_network(path) for path in (first, second))
    network, card, _ = end
    form = dataclasses.replace(start[1].network, spread=card.network.spread)  # how boxes are read
    if form != card.network:
        raise WeightsError(f"{first} and {second} hold networks of different form")
    mixed = network.state_dict()
    for name, before in start[0].state_dict().items():
        if before.is_floating_point():
            mixed[name] = before.lerp(mixed[name], share)
    network.load_state_dict(mixed)
    return write_weights(out, network, version="untitled", calibration=card.calibration)


def main() -> int:
    """The command line; 0 when done, 69 for weights that cannot be used."""
    parser = argparse.ArgumentParser(description="Weights between two trainings of one network.")
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--share", type=float, default=0.5, help="of the way, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    if not 0 <= arguments.share <= 1:
        parser.error(f"--share is {arguments.share}; it is from 0 to 1")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    try:
        between(arguments.first, arguments.second, arguments.share, arguments.out)
    except WeightsError as error:
        print(error, file=sys.stderr)
        return 69
    return 0


if __name__ == "__main__":
    sys.exit(main())
