"""Weights between two trainings of one network: what each learnt is mostly kept.

    python -m inference.training.average FIRST SECOND --share 0.5 --out OUT

A network fine-tuned on other pictures forgets some of what it knew; the point between both on the
straight line is often as good as either at its own task (Wortsman et al., *Robust fine-tuning of
zero-shot models*, CVPR 2022, section 4). SECOND must have been trained on from FIRST.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from inference.detector.network import Network, carry_over
from inference.detector.weights import read_card, read_state, write_weights


def between(first: Path, second: Path, share: float) -> Network:
    """The network of ``second``'s form whose weights are (1 - share) of ``first`` and ``share`` of
    ``second``; ``first`` may have a plainer neck.

    Raises ``inference.detector.weights.WeightsError`` for files that cannot be used.
    """
    network = Network(read_card(second).network)
    carry_over(read_state(first), network)
    start = {name: value.clone() for name, value in network.state_dict().items()}
    end = read_state(second)
    mixed = {
        name: value.lerp(end[name], share) if value.is_floating_point() else end[name]
        for name, value in start.items()
    }
    network.load_state_dict(mixed)
    return network


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Average the weights of two trainings.")
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path, help="trained on from the first")
    parser.add_argument("--share", type=float, default=0.5, help="of the second, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    network = between(arguments.first, arguments.second, arguments.share)
    print(write_weights(arguments.out, network, version="untitled"))


if __name__ == "__main__":
    main()
