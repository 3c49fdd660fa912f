import pytest
import torch
from torchvision.ops import deform_conv2d

from inference.detector.deformable import TAPS, DeformableConv, deform_by_sampling


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 9), (16, 16)])
def test_sampling_agrees_with_torchvisions_operator(height: int, width: int) -> None:
    torch.manual_seed(3)
    x = torch.randn(2, 6, height, width)
    offset = 4 * torch.randn(2, 18, height, width)
    mask = torch.rand(2, 9, height, width)
    weight = torch.randn(5, 6, 3, 3)
    expected = deform_conv2d(x, offset, weight, padding=1, mask=mask)
    torch.testing.assert_close(
        deform_by_sampling(x, offset, mask, weight), expected, atol=1e-4, rtol=1e-4
    )


def test_gradients_agree_too() -> None:
    torch.manual_seed(4)
    x = torch.randn(1, 3, 6, 7, requires_grad=True)
    offset = torch.randn(1, 18, 6, 7, requires_grad=True)
    mask = torch.rand(1, 9, 6, 7, requires_grad=True)
    weight = torch.randn(4, 3, 3, 3, requires_grad=True)
    leaves = (x, offset, mask, weight)
    ours = torch.autograd.grad(deform_by_sampling(*leaves).square().sum(), leaves)
    other = deform_conv2d(x, offset, weight, padding=1, mask=mask).square().sum()
    for mine, theirs in zip(ours, torch.autograd.grad(other, leaves), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-3, rtol=1e-3)


def test_it_starts_as_half_a_plain_convolution() -> None:
    torch.manual_seed(5)
    conv = DeformableConv(4, 8)
    x = torch.randn(1, 4, 10, 12)
    plain = torch.nn.functional.conv2d(x, conv.weight, padding=1)
    torch.testing.assert_close(conv(x), plain / 2, atol=1e-5, rtol=1e-5)


def at_one_tap(
    tap: int, offset: tuple[float, float], picture: torch.Tensor, dtype: torch.dtype = torch.float32
) -> torch.Tensor:
    """What one tap alone gives of a picture (H, W), displaced by ``offset`` (y, x) everywhere. The
    other taps look elsewhere and weigh much, but their masks are zero.
    """
    height, width = picture.shape
    offsets = torch.full((1, 2 * TAPS, height, width), 3.0)
    offsets[0, 2 * tap], offsets[0, 2 * tap + 1] = offset
    mask = torch.zeros(1, TAPS, height, width)
    mask[0, tap] = 0.5
    weight = torch.full((1, 1, 3, 3), 100.0)
    weight[0, 0, tap // 3, tap % 3] = 4
    return deform_by_sampling(picture[None, None].to(dtype), offsets, mask, weight)[0, 0]


def moved(picture: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """The picture with each cell showing what lies ``down`` and ``right`` of it; zero beyond."""
    margin = 8
    wide = torch.nn.functional.pad(picture, [margin] * 4)
    height, width = picture.shape
    rows, columns = (
        slice(margin + by, margin + by + n) for by, n in ((down, height), (right, width))
    )
    return wide[rows, columns]


@pytest.mark.parametrize("tap", range(TAPS))
def test_each_tap_looks_at_its_own_neighbour(tap: int) -> None:
    picture = torch.arange(1.0, 31).view(5, 6)
    expected = 2 * moved(picture, tap // 3 - 1, tap % 3 - 1)  # mask 0.5 times weight 4
    torch.testing.assert_close(at_one_tap(tap, (0, 0), picture), expected, atol=1e-3, rtol=1e-5)


@pytest.mark.parametrize("tap", range(TAPS))
def test_an_offset_displaces_a_tap_down_before_right(tap: int) -> None:
    picture = torch.arange(1.0, 57).view(7, 8)
    expected = 2 * moved(picture, tap // 3 - 1 + 2, tap % 3 - 1 - 3)
    torch.testing.assert_close(at_one_tap(tap, (2, -3), picture), expected, atol=1e-3, rtol=1e-5)


@pytest.mark.parametrize("tap", range(TAPS))
def test_between_cells_a_tap_takes_the_share_of_each(tap: int) -> None:
    picture = torch.arange(1.0, 31).view(5, 6)
    down, right = tap // 3 - 1, tap % 3 - 1
    expected = 2 * (
        0.75 * 0.5 * (moved(picture, down, right) + moved(picture, down, right + 1))
        + 0.25 * 0.5 * (moved(picture, down + 1, right) + moved(picture, down + 1, right + 1))
    )
    torch.testing.assert_close(
        at_one_tap(tap, (0.25, 0.5), picture), expected, atol=1e-3, rtol=1e-5
    )


@pytest.mark.parametrize("tap", range(TAPS))
def test_a_tap_gives_the_same_in_bf16(tap: int) -> None:
    picture = torch.arange(1.0, 31).view(5, 6)
    found = at_one_tap(tap, (0, 0), picture, torch.bfloat16)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), at_one_tap(tap, (0, 0), picture), atol=0.5, rtol=2e-2)
