import pytest
import torch

from inference.detector.neck import Upsampling, bilinear_upsampling
from inference.detector.network import (
    Network,
    NetworkConfig,
    carry_over,
    fold_batch_norms,
    part_of,
)


def settled(form: str, seed: int = 1) -> Network:
    """A network whose batch norms have seen something, so that equality means something."""
    torch.manual_seed(seed)
    network = Network(NetworkConfig(deformable=form))
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return network.eval()


def test_every_map_has_stride_four() -> None:
    output = settled("none")(torch.zeros(2, 3, 64, 96, dtype=torch.uint8))
    assert output.heat.shape == (2, 4, 16, 24)
    assert output.size.shape == (2, 2, 16, 24)
    assert output.offset.shape == (2, 2, 16, 24)
    assert output.mask.shape == (2, 2, 16, 24)


def test_without_a_branch_the_heatmaps_say_the_type() -> None:
    output = settled("none")(torch.zeros(1, 3, 64, 64, dtype=torch.uint8))
    assert output.types is output.heat


def test_a_branch_for_types_and_outlines_leaves_what_is_found_as_it_was() -> None:
    plain = settled("none")
    branched = Network(NetworkConfig(deformable="none", detail=True)).eval()
    carry_over(plain.state_dict(), branched)
    picture = torch.randint(0, 256, (1, 3, 64, 96), dtype=torch.uint8)
    with torch.inference_mode():
        before, after = plain(picture), branched(picture)
    for name in ("heat", "size", "offset"):
        torch.testing.assert_close(getattr(after, name), getattr(before, name))
    assert after.types.shape == (1, 4, 16, 24)
    assert after.mask.shape == (1, 2, 16, 24)


def test_a_trained_branch_is_carried_over_too() -> None:
    config = NetworkConfig(deformable="none", detail=True)
    first, second = Network(config).eval(), Network(config).eval()
    carry_over(first.state_dict(), second)
    picture = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    with torch.inference_mode():
        torch.testing.assert_close(second(picture).types, first(picture).types)
        torch.testing.assert_close(second(picture).mask, first(picture).mask)


@pytest.mark.parametrize("detail", [False, True])
@pytest.mark.parametrize("width", [16, 96])
def test_a_neck_of_another_width_draws_the_same_maps(width: int, detail: bool) -> None:
    network = Network(NetworkConfig("none", neck_width=width, detail=detail)).eval()
    output = network(torch.zeros(1, 3, 64, 96, dtype=torch.uint8))
    for plane, channels in zip(output, (4, 2, 2, 2, 4), strict=True):
        assert plane.shape == (1, channels, 16, 24)


def test_a_neck_of_the_papers_width_holds_the_weights_it_always_held() -> None:
    assert not [name for name in settled("none").state_dict() if "lateral" in name]


def test_parts_that_are_not_carried_stay_as_they_were() -> None:
    first = settled("none")
    narrow = Network(NetworkConfig("none", neck_width=16)).eval()
    neck = {name: value.clone() for name, value in narrow.neck.state_dict().items()}
    state = first.state_dict()
    carry_over({n: state[n] for n in state if part_of(n) == "backbone"}, narrow)
    for name, value in narrow.neck.state_dict().items():
        assert torch.equal(value, neck[name])
    for name, value in narrow.backbone.state_dict().items():
        assert torch.equal(value, first.backbone.state_dict()[name])


@pytest.mark.parametrize("form", ["coarse", "all"])
def test_a_plain_neck_becomes_deformable_with_equal_outputs(form: str) -> None:
    plain = settled("none")
    deformable = Network(NetworkConfig(deformable=form)).eval()
    carry_over(plain.state_dict(), deformable)
    picture = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    with torch.inference_mode():
        for before, after in zip(plain(picture), deformable(picture), strict=True):
            torch.testing.assert_close(after, before, atol=2e-4, rtol=2e-4)


def test_a_coarse_neck_goes_on_to_deformable_everywhere() -> None:
    coarse = settled("coarse")
    full = Network(NetworkConfig(deformable="all")).eval()
    carry_over(coarse.state_dict(), full)
    picture = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    with torch.inference_mode():
        torch.testing.assert_close(full(picture).heat, coarse(picture).heat, atol=2e-4, rtol=2e-4)


@pytest.mark.parametrize("form", ["none", "coarse"])
def test_folded_batch_norms_give_equal_outputs(form: str) -> None:
    network, folded = settled(form), settled(form)
    fold_batch_norms(folded)
    norms = [m for m in folded.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert not norms or form == "coarse"  # those after deformable convolutions stay
    picture = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    with torch.inference_mode():
        for before, after in zip(network(picture), folded(picture), strict=True):
            torch.testing.assert_close(after, before, atol=2e-4, rtol=2e-4)


def test_lesions_are_rare_at_the_start() -> None:
    heat = settled("none")(torch.zeros(1, 3, 64, 64, dtype=torch.uint8)).heat
    assert heat.sigmoid().mean() < 0.1


def upsampling(factor: int) -> Upsampling:
    torch.manual_seed(2)
    up = bilinear_upsampling(5, factor)
    torch.nn.init.normal_(up.weight)
    return up


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_the_dense_upsampling_gives_what_the_depthwise_one_gives(factor: int) -> None:
    """Values and what is learnt from them."""
    up, x = upsampling(factor), torch.randn(2, 5, 7, 6, requires_grad=True)
    plain = torch.nn.ConvTranspose2d.forward(up, x)
    ours = up(x)
    assert ours.shape == (2, 5, 7 * factor, 6 * factor)
    torch.testing.assert_close(ours, plain, atol=1e-5, rtol=1e-5)
    leaves = (x, up.weight)
    for mine, theirs in zip(
        torch.autograd.grad(ours.square().sum(), leaves),
        torch.autograd.grad(plain.square().sum(), leaves),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, atol=1e-3, rtol=1e-4)


def test_an_even_picture_stays_even_when_it_is_upsampled() -> None:
    even = bilinear_upsampling(3, 2)(torch.full((1, 3, 6, 6), 7.0))
    torch.testing.assert_close(even[:, :, 2:-2, 2:-2], torch.full((1, 3, 8, 8), 7.0))
