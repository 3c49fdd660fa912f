import pytest
import torch
from torchvision.ops import deform_conv2d

from inference.detector.deformable import DeformableConv, deform_by_sampling


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
