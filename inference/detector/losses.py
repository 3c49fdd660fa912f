"""The paper's losses (section 2.2), with three readings of it.

- N in L_k, L_size and L_off is the number of lesions, as in *Objects as Points* (Zhou et al.
  2019, equations 1-3); the paper's "number of pixels" is taken as a slip, for it would scale
  the heatmap's loss down by three orders of magnitude. N in L_seg is the number of pixels.
- The minus before L_size in the paper is taken as a slip: a loss that rewards wrong sizes.
- α = 2 and β = 4 come from the original, since the paper only names them.

Beyond the paper, so that each source may supervise only what it knows: per-cell weights, the loss
of the combined probability that any lesion is there, and that of a field of comedones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from inference.detector.network import Output

TINY = 1e-6


class TargetBatch(NamedTuple):
    """``Targets`` of B pictures as tensors, a leading dimension B on every map."""

    heat: Tensor
    heat_weight: Tensor
    any_heat: Tensor
    any_weight: Tensor
    size: Tensor
    offset: Tensor
    box_weight: Tensor
    mask: Tensor
    mask_weight: Tensor
    field: Tensor


@dataclass(frozen=True, slots=True)
class LossConfig:
    """Weights of the parts; the paper's are 1, 0.1, 1, 1. ``any_lesion``, ``field`` and ``types``
    (``which_type_loss``, for a network with a branch for types) are ours.

    ``mask_positive``: weight of a cyst's or scar's pixels in L_seg (the paper: 1); they are so few
    that the mean is lowest, for long, where nothing is ever outlined.
    ``mask_form``: ``squared`` is the paper's L_seg, ``overlap`` is ``overlap_loss``.
    ``rare_types``: weight of a lesion by type (comedone, papule, pustule, nodule).
    """

    alpha: float = 2.0
    beta: float = 4.0
    heat: float = 1.0
    any_lesion: float = 1.0
    size: float = 0.1
    offset: float = 1.0
    mask: float = 1.0
    mask_positive: float = 1.0
    mask_form: Literal["squared", "overlap"] = "squared"
    field: float = 0.1
    types: float = 0.0
    rare_types: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)


def focal_loss(
    log_probabilities: tuple[Tensor, Tensor], target: Tensor, weight: Tensor, config: LossConfig
) -> Tensor:
    """L_k, penalty-reduced focal loss: −1/N Σ (1−p)^α log p at centres (target 1), else
    (1−target)^β p^α log(1−p), each cell times ``weight``. ``log_probabilities`` are log p and
    log(1−p), all of one shape; N is the number of centres (at least 1).
    """
    log_p, log_q = log_probabilities
    alpha, beta = config.alpha, config.beta
    centre = target.ge(1 - TINY).float() * weight
    at_centres = centre * log_q.exp() ** alpha * log_p
    elsewhere = (weight - centre) * (1 - target) ** beta * log_p.exp() ** alpha * log_q
    return -(at_centres + elsewhere).sum() / target.ge(1 - TINY).sum().clamp(min=1)


def type_loss(logits: Tensor, targets: TargetBatch, config: LossConfig) -> Tensor:
    """L_k over the four types. ``logits`` (B, 4, h, w)."""
    logits = logits.float()
    rarity = logits.new_tensor(config.rare_types).view(1, -1, 1, 1)
    weight = targets.heat_weight * (1 + (rarity - 1) * targets.heat.ge(1 - TINY))
    log_probabilities = F.logsigmoid(logits), F.logsigmoid(-logits)
    return focal_loss(log_probabilities, targets.heat, weight, config)


def log_any(logits: Tensor) -> tuple[Tensor, Tensor]:
    """log p and log(1−p) of p = 1 − ∏(1 − p_type). ``logits`` (B, 4, h, w) -> two (B, h, w)."""
    none = F.logsigmoid(-logits.float()).sum(dim=1)
    return torch.log(-torch.expm1(none.clamp(max=-TINY))), none


def any_lesion_loss(logits: Tensor, targets: TargetBatch, config: LossConfig) -> Tensor:
    """L_k of the combined probability, for pictures whose lesions bear no type."""
    return focal_loss(log_any(logits), targets.any_heat, targets.any_weight, config)


def l1_at_centres(predicted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """L_size and L_off: 1/N Σ |predicted − target| over both coordinates where ``weight`` is 1.
    Maps (B, 2, h, w); ``weight`` (B, h, w); N its sum (at least 1).
    """
    difference = (predicted.float() - target).abs().sum(dim=1)
    return (difference * weight).sum() / weight.sum().clamp(min=1)


def mask_loss(logits: Tensor, target: Tensor, weight: Tensor, positive: float = 1.0) -> Tensor:
    """L_seg: mean over known pixels and both types of (sigmoid(logit) − target)², a pixel of a
    cyst or scar counted ``positive`` times. Maps (B, 2, h, w); ``weight`` (B, h, w).
    """
    error = (logits.float().sigmoid() - target).square() * (1 + (positive - 1) * target)
    error = error.mean(dim=1)
    return (error * weight).sum() / weight.sum().clamp(min=1)


def overlap_loss(logits: Tensor, target: Tensor, weight: Tensor, positive: float = 1.0) -> Tensor:
    """Cross-entropy, a pixel of a cyst or scar counted ``positive`` times, plus
    1 − 2 Σ p·t / (Σ p + Σ t) (soft Dice, one pixel added to both sums), the sums over the whole
    batch, the latter mean over those of both types that the batch shows: where none is shown it
    would only teach to say nothing, ever. Maps (B, 2, h, w); ``weight`` (B, h, w).

    Unlike a squared error of a sigmoid it still teaches where the network is sure that nothing is
    there (Isensee et al., *nnU-Net*, Nature Methods 2021, use the same sum of two).
    """
    logits, weight = logits.float(), weight[:, None]
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight
    entropy = entropy * (1 + (positive - 1) * target)
    shown, true = logits.sigmoid() * weight, target * weight
    over = (0, 2, 3)
    dice = (2 * (shown * true).sum(over) + 1) / (shown.sum(over) + true.sum(over) + 1)
    present = true.sum(over) > 0
    apart = ((1 - dice) * present).sum() / present.sum().clamp(min=1)
    return entropy.mean(dim=1).sum() / weight.sum().clamp(min=1) + apart


def _outline_loss(logits: Tensor, targets: TargetBatch, config: LossConfig) -> Tensor:
    if config.mask_form == "overlap":
        return overlap_loss(logits, targets.mask, targets.mask_weight, config.mask_positive)
    return mask_loss(logits, targets.mask, targets.mask_weight, config.mask_positive)


def field_loss(logits: Tensor, field: Tensor, strongest: int = 8) -> Tensor:
    """In a field of comedones some cells must show one: −log of the mean probability of its
    strongest cells. ``logits`` (B, 4, h, w), ``field`` (B, h, w); mean over pictures with one.
    """
    held = field.flatten(1).sum(dim=1) > 0
    if not bool(held.any()):
        return logits.float().sum() * 0
    comedone = logits[held, 0].float().flatten(1).sigmoid() * field[held].flatten(1)
    return -comedone.topk(strongest, dim=1).values.mean(dim=1).clamp(min=TINY).log().mean()


FIELD_CELL = 0.05  # weight of a cell in a field of comedones; a lesion's centre has 1


def which_type_loss(logits: Tensor, targets: TargetBatch, config: LossConfig) -> Tensor:
    """Cross-entropy of the type where one is known: −1/N Σ w log p_type over the cells near lesions
    of known type, w their gaussian times the type's ``rare_types``, and over the cells of a field
    of comedones; N is Σ w. It asks which type a lesion would be, not whether there is one.
    ``logits`` (B, 4, h, w).
    """
    near, kind = targets.heat.max(dim=1)
    field = FIELD_CELL * targets.field * (near == 0)
    kind = torch.where(field > 0, 0, kind)
    rarity = logits.new_tensor(config.rare_types, dtype=torch.float32)
    weight = (near * (near > 0.3) + field) * rarity[kind]
    entropy = F.cross_entropy(logits.float(), kind, reduction="none")
    return (entropy * weight).sum() / weight.sum().clamp(min=1)


def losses(output: Output, targets: TargetBatch, config: LossConfig) -> dict[str, Tensor]:
    """Each part, and ``total`` = L_det + L_seg with the parts weighted by ``config``."""
    parts = {
        "heat": type_loss(output.heat, targets, config),
        "any_lesion": any_lesion_loss(output.heat, targets, config),
        "size": l1_at_centres(output.size, targets.size, targets.box_weight),
        "offset": l1_at_centres(output.offset, targets.offset, targets.box_weight),
        "mask": _outline_loss(output.mask, targets, config),
        "field": field_loss(output.heat, targets.field),
        "types": which_type_loss(output.types, targets, config),
    }
    total = torch.stack([getattr(config, name) * part for name, part in parts.items()]).sum()
    return {**parts, "total": total}
