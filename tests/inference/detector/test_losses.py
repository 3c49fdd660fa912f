import math

import pytest
import torch

from inference.detector.losses import (
    LossConfig,
    any_lesion_loss,
    field_loss,
    l1_at_centres,
    log_any,
    losses,
    mask_loss,
    overlap_loss,
    type_loss,
    which_type_loss,
)
from inference.detector.losses import TargetBatch as Batch
from inference.detector.network import Output


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def batch(types: int = 4, h: int = 1, w: int = 2, **maps: torch.Tensor) -> Batch:
    blank = {
        "heat": torch.zeros(1, types, h, w),
        "heat_weight": torch.ones(1, types, h, w),
        "any_heat": torch.zeros(1, h, w),
        "any_weight": torch.ones(1, h, w),
        "size": torch.zeros(1, 2, h, w),
        "offset": torch.zeros(1, 2, h, w),
        "box_weight": torch.zeros(1, h, w),
        "mask": torch.zeros(1, 2, h, w),
        "mask_weight": torch.ones(1, h, w),
        "field": torch.zeros(1, h, w),
    }
    return Batch(**{**blank, **maps})


def one_type(centre: float, beside: float) -> torch.Tensor:
    """Logits of four types on two cells; the last three types are certain that nothing is there."""
    plane = torch.full((1, 4, 1, 2), -40.0)
    plane[0, 0, 0] = torch.tensor([logit(centre), logit(beside)])
    return plane


def test_the_focal_loss_is_that_of_objects_as_points() -> None:
    heat = torch.zeros(1, 4, 1, 2)
    heat[0, 0, 0] = torch.tensor([1.0, 0.5])
    loss = type_loss(one_type(0.8, 0.4), batch(heat=heat), LossConfig())
    at_centre = (1 - 0.8) ** 2 * math.log(0.8)
    beside = (1 - 0.5) ** 4 * 0.4**2 * math.log(1 - 0.4)
    assert loss.item() == pytest.approx(-(at_centre + beside), rel=1e-5)


def test_n_is_the_number_of_lesions_not_of_cells() -> None:
    heat = torch.zeros(1, 4, 1, 2)
    heat[0, 0, 0] = 1
    loss = type_loss(one_type(0.8, 0.8), batch(heat=heat), LossConfig())
    assert loss.item() == pytest.approx(-((1 - 0.8) ** 2) * math.log(0.8), rel=1e-5)


def test_without_lesions_n_is_one() -> None:
    loss = type_loss(one_type(0.3, 0.3), batch(), LossConfig())
    assert loss.item() == pytest.approx(-2 * 0.3**2 * math.log(0.7), rel=1e-5)


def test_rare_types_count_more() -> None:
    heat = torch.zeros(1, 4, 1, 2)
    heat[0, 0, 0, 0] = 1
    logits = one_type(0.8, 1e-6)
    once = type_loss(logits, batch(heat=heat), LossConfig())
    thrice = type_loss(logits, batch(heat=heat), LossConfig(rare_types=(3.0, 1.0, 1.0, 1.0)))
    assert thrice.item() == pytest.approx(3 * once.item(), rel=1e-4)


def test_cells_without_weight_teach_nothing() -> None:
    logits = one_type(0.8, 0.4).requires_grad_()
    targets = batch(heat_weight=torch.zeros(1, 4, 1, 2))
    type_loss(logits, targets, LossConfig()).backward()
    assert logits.grad is not None
    assert not logits.grad.any()


def test_any_lesion_is_one_minus_the_product_of_absences() -> None:
    logits = torch.tensor([logit(0.2), logit(0.5), logit(0.1), logit(0.3)]).view(1, 4, 1, 1)
    log_p, log_q = log_any(logits)
    none = 0.8 * 0.5 * 0.9 * 0.7
    assert log_p.exp().item() == pytest.approx(1 - none, rel=1e-5)
    assert log_q.exp().item() == pytest.approx(none, rel=1e-5)


def test_the_any_lesion_loss_stays_finite_where_all_types_are_certain() -> None:
    logits = torch.full((1, 4, 1, 2), -60.0).requires_grad_()
    loss = any_lesion_loss(logits, batch(any_heat=torch.ones(1, 1, 2)), LossConfig())
    loss.backward()
    assert math.isfinite(loss.item())
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_sizes_are_compared_at_centres_only() -> None:
    predicted = torch.tensor([[[[3.0, 100.0]], [[5.0, 100.0]]]])
    target = torch.tensor([[[[1.0, 0.0]], [[6.0, 0.0]]]])
    weight = torch.tensor([[[1.0, 0.0]]])
    assert l1_at_centres(predicted, target, weight).item() == pytest.approx(2 + 1)


def test_the_mask_loss_is_the_mean_square_over_known_pixels() -> None:
    logits = torch.zeros(1, 2, 1, 2)
    target = torch.tensor([[[[1.0, 0.0]], [[0.0, 0.0]]]])
    weight = torch.tensor([[[1.0, 0.0]]])
    assert mask_loss(logits, target, weight).item() == pytest.approx(0.25)
    assert mask_loss(logits, target, weight, positive=3).item() == pytest.approx((0.75 + 0.25) / 2)


def test_the_overlap_loss_is_cross_entropy_and_soft_dice_over_known_pixels() -> None:
    logits = torch.zeros(1, 2, 1, 2)
    target = torch.tensor([[[[1.0, 0.0]], [[0.0, 0.0]]]])
    weight = torch.tensor([[[1.0, 0.0]]])
    missed = 1 - (2 * 0.5 + 1) / (0.5 + 1 + 1)  # of the type that is there
    loss = overlap_loss(logits, target, weight)
    assert loss.item() == pytest.approx(math.log(2) + missed)
    dearer = overlap_loss(logits, target, weight, positive=3.0)
    assert dearer.item() == pytest.approx((3 + 1) / 2 * math.log(2) + missed)


def test_the_overlap_loss_still_teaches_a_network_that_is_sure_of_nothing() -> None:
    target, weight = torch.ones(1, 2, 1, 1), torch.ones(1, 1, 1)
    slopes = []
    for loss in (mask_loss, overlap_loss):
        logits = torch.full((1, 2, 1, 1), logit(0.001), requires_grad=True)
        loss(logits, target, weight).backward()
        assert logits.grad is not None
        slopes.append(logits.grad.abs().max().item())
    assert slopes[1] > 100 * slopes[0]


def test_the_overlap_loss_of_a_batch_without_outlines_hardly_teaches_silence() -> None:
    logits = torch.full((1, 2, 8, 8), logit(0.03), requires_grad=True)
    nothing, weight = torch.zeros(1, 2, 8, 8), torch.ones(1, 8, 8)
    overlap_loss(logits, nothing, weight).backward()
    assert logits.grad is not None
    silent = logits.grad.sum().item()
    assert silent == pytest.approx(2 * 0.03 / 2, rel=1e-3)  # the cross-entropy's alone


def test_the_named_form_of_the_outlines_loss_is_used() -> None:
    output = Output(*(torch.zeros(1, c, 1, 2) for c in (4, 2, 2, 2, 4)))
    targets = batch(mask=torch.ones(1, 2, 1, 2))
    squared = losses(output, targets, LossConfig())["mask"]
    overlap = losses(output, targets, LossConfig(mask_form="overlap"))["mask"]
    assert squared.item() == mask_loss(output.mask, targets.mask, targets.mask_weight).item()
    assert overlap.item() == overlap_loss(output.mask, targets.mask, targets.mask_weight).item()


def test_a_field_wants_its_strongest_cells_to_be_comedones() -> None:
    logits = torch.full((1, 4, 2, 2), -20.0)
    logits[0, 0, 0, 0] = logit(0.6)
    logits[0, 0, 1, 1] = logit(0.9)  # outside the field
    field = torch.tensor([[[1.0, 1.0], [1.0, 0.0]]])
    loss = field_loss(logits, field, strongest=2)
    assert loss.item() == pytest.approx(-math.log(0.6 / 2), rel=1e-4)
    assert field_loss(logits, torch.zeros_like(field)).item() == 0


def test_which_type_is_asked_at_lesions_and_in_fields_alone() -> None:
    logits = torch.zeros(1, 4, 1, 3)
    logits[0, 2, 0, 0] = logit(0.9)
    heat = torch.zeros(1, 4, 1, 3)
    heat[0, 2, 0, 0] = 1  # a pustule; nothing in the next cell; a field of comedones in the last
    targets = batch(heat=heat, field=torch.tensor([[[0.0, 0.0, 1.0]]]))
    config = LossConfig(rare_types=(1.0, 1.0, 2.0, 1.0))
    at_pustule = math.log(1 + 3 / 9)
    expected = (2 * at_pustule + 0.05 * math.log(4)) / 2.05
    assert which_type_loss(logits, targets, config).item() == pytest.approx(expected, rel=1e-4)


def test_the_total_weighs_the_parts_as_the_paper_does() -> None:
    torch.manual_seed(0)
    output = Output(*(torch.randn(1, c, 1, 2) for c in (4, 2, 2, 2, 4)))
    targets = batch(box_weight=torch.ones(1, 1, 2), any_weight=torch.zeros(1, 1, 2))
    parts = losses(output, targets, LossConfig())
    expected = parts["heat"] + 0.1 * parts["size"] + parts["offset"] + parts["mask"]
    assert parts["total"].item() == pytest.approx(expected.item(), rel=1e-5)
