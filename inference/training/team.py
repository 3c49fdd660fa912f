"""Several processes that train one network (torchrun): who am I, and share the gradients."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class Team:
    """``rank`` of ``size`` processes. Each takes its part of every batch."""

    rank: int = 0
    size: int = 1

    def part(self, batch: range) -> range:
        """This process's numbers of a batch; the batch must divide among the team."""
        share = len(batch) // self.size
        return batch[self.rank * share : (self.rank + 1) * share]

    def share_gradients(self, network: nn.Module) -> None:
        """Every process goes on with the mean of all gradients."""
        if self.size == 1:
            return
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.size
        parts = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))


def join_team(device: str) -> Team:
    """The team that torchrun started, or a team of one."""
    if "WORLD_SIZE" not in os.environ:
        return Team()
    dist.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    if device.startswith("cuda"):
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    return Team(dist.get_rank(), dist.get_world_size())
