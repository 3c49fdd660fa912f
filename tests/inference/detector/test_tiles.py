"""Tiles see parts of a picture; what they say together is what one look at the whole would say."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import avg_pool2d, conv2d

from inference.detector.network import Network, NetworkConfig, Output
from inference.detector.tiles import Tiling, run_in_tiles, spans

MULTIPLES = st.integers(1, 12).map(lambda number: 32 * number)


@st.composite
def tilings(draw: st.DrawFn) -> Tiling:
    side = draw(MULTIPLES)
    return Tiling(side=side, overlap=draw(st.integers(0, side // 32 - 1)) * 32)


@given(MULTIPLES.map(lambda length: 4 * length), tilings())
def test_every_cell_is_told_once_by_a_tile_that_sees_it(length: int, tiling: Tiling) -> None:
    found = spans(length, tiling)
    assert found[0].first == 0
    assert found[-1].last == length
    assert all(one.last == other.first for one, other in pairwise(found))
    for one in found:
        assert one.start <= one.first < one.last <= one.stop
        assert one.stop - one.start == min(length, tiling.side)
        assert (one.start % 32, one.first % 4, one.last % 4) == (0, 0, 0)


@given(MULTIPLES.map(lambda length: 4 * length), tilings())
def test_away_from_the_border_half_the_overlap_is_seen_beyond_what_is_told(
    length: int, tiling: Tiling
) -> None:
    for one in spans(length, tiling):
        assert one.start == 0 or one.first - one.start >= tiling.overlap // 2
        assert one.stop == length or one.stop - one.last >= tiling.overlap // 2


def near_sighted(pictures: torch.Tensor) -> Output:
    """A network whose cells see 12 pixels each way."""
    torch.manual_seed(0)
    kernels = [torch.randn(channels, 3, 3, 3) for channels in (4, 2, 2, 2, 4)]
    cells = avg_pool2d(pictures.float(), 4)
    return Output(*(conv2d(cells, kernel, padding=1) for kernel in kernels))


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(2, 4))
def test_tiles_say_what_one_look_says_where_cells_see_less_than_the_overlap(
    down: int, across: int, side: int
) -> None:
    tiling = Tiling(side=32 * side, overlap=32)
    generator = torch.Generator().manual_seed(down + 10 * across)
    picture = torch.randint(
        0, 256, (1, 3, 32 * down, 32 * across), dtype=torch.uint8, generator=generator
    )
    seen: list[tuple[int, ...]] = []

    def run(part: torch.Tensor) -> Output:
        seen.append(tuple(part.shape[2:]))
        return near_sighted(part)

    for ours, whole in zip(run_in_tiles(run, picture, tiling), near_sighted(picture), strict=True):
        torch.testing.assert_close(ours, whole)
    assert max(max(shape) for shape in seen) <= tiling.side


def test_the_network_says_nearly_the_same_in_tiles() -> None:
    """Its cells see far; what lies beyond the overlap changes little."""
    torch.manual_seed(0)
    network = Network(NetworkConfig(deformable="coarse")).eval()
    picture = torch.randint(0, 256, (1, 3, 256, 384), dtype=torch.uint8)
    with torch.inference_mode():
        whole = network(picture)
        tiled = run_in_tiles(network, picture, Tiling(side=256, overlap=128))
    assert [plane.shape for plane in tiled] == [plane.shape for plane in whole]
    change = (tiled.heat.sigmoid() - whole.heat.sigmoid()).abs()
    assert change.mean() < 0.1 * whole.heat.sigmoid().std()


@pytest.mark.parametrize(
    ("photo", "expected"), [((3000, 3000), 1536), ((1000, 1000), 1000), ((300, 400), 768)]
)
def test_a_photo_is_not_enlarged_for_tiles(photo: tuple[int, int], expected: float) -> None:
    assert Tiling(finer=2).working_side(768, *photo) == pytest.approx(expected)


@pytest.mark.parametrize(
    "words",
    [{"finer": 0.5}, {"finer": float("nan")}, {"side": 100}, {"side": 64, "overlap": 64}],
)
def test_tiles_that_cannot_be_are_refused(words: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Tiling(**words)  # type: ignore[arg-type]
