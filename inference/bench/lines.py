"""What was measured, as lines for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inference.bench.networks import FORMS, PRECISIONS

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]


def table(document: Json) -> str:
    """The document of ``Bench.run``, section by section."""
    machine_ = ", ".join(f"{name} {value}" for name, value in document["machine"].items())
    lines = [f"{machine_}; input {document['input']} px"]
    for name in SECTIONS:
        if name in document:
            lines += ["", *LINES[name](document[name])]
    return "\n".join(lines)


def _network_lines(found: Json) -> list[str]:
    lines = [f"{'':<26}" + "".join(f"{p + ' images/s':>16}" for p in found)]
    for name in next(iter(found.values()))["images_per_second"]:
        label = f"ours, {name}" if name in FORMS else name
        rates = "".join(f"{found[p]['images_per_second'][name]:>16.2f}" for p in found)
        lines.append(f"{label:<26}{rates}")
    for form in FORMS:
        ratios = "; ".join(
            f"{precision} "
            + ", ".join(f"{x:.2f}x {n}" for n, x in rows["times_as_fast"][form].items())
            for precision, rows in found.items()
        )
        lines.append(f"ours, {form}: {ratios}")
    return lines


def _compiled_lines(found: Json) -> list[str]:
    lines = [f"torch.compile, {found['precision']}"]
    for form, row in found["forms"].items():
        if "failed" in row:
            lines.append(f"  {form}: does not hold here: {row['failed']}")
            continue
        rates = row["images_per_second"]
        lines.append(
            f"  {form}: {row['times_as_fast']:.2f}x "
            f"({rates['compiled']:.2f} for {rates['plain']:.2f} images/s), "
            f"first call {row['first_call_seconds']:.0f} s"
        )
    return lines


def _flops_lines(found: Json) -> list[str]:
    lines = []
    for precision in PRECISIONS:
        row = found[precision]
        lines.append(f"{precision}: matrix product {row['matrix_product_gflops']:.0f} GFLOP/s")
        lines += [
            f"  {form}: {found['gflop_a_picture'][form]:.0f} GFLOP a picture, "
            f"{row['network_gflops'][form]:.0f} GFLOP/s, {row['share'][form]:.0%} of it"
            for form in FORMS
        ]
    return lines


def _curve_lines(rows: list[Json]) -> list[str]:
    lines = [f"{'form':<16}{'input':>6}{'precision':>11}{'images/s':>10}{'ap30':>8}"]
    for row in rows:
        accuracy = "-" if row["ap30"] is None else f"{row['ap30']:.3f}"
        lines.append(
            f"{row['form']:<16}{row['input']:>6}{row['precision']:>11}"
            f"{row['images_per_second']:>10.2f}{accuracy:>8}"
        )
    return lines


def _batch_lines(rows: list[Json]) -> list[str]:
    return [
        f"batch {row['batch']:>3}: " + ", ".join(f"{p} {row[p]:.2f} images/s" for p in PRECISIONS)
        for row in rows
    ]


def _analyse_lines(found: Json) -> list[str]:
    lines = [f"analyse, {found['photo']} px, {found['form']}: {found['total_ms']:.0f} ms"]
    for name, stage in found["stages"].items():
        limit = f" (limit {found['quality_share_limit']:.0%})" if name == "quality" else ""
        lines.append(f"  {name:<8}{stage['ms']:>9.1f} ms {stage['share']:>6.1%}{limit}")
    return lines


def _following_lines(found: Json) -> list[str]:
    spent, whole = found["follow_ms"], found["analyse_ms"]
    share = f"{found['share']:.1%} of the {whole:.0f} ms that analyse takes for the photos"
    return [
        f"following {found['lesions']} lesions from one visit to the next: {spent:.0f} ms",
        f"  {found['views']} views a visit, up to {found['candidates']} candidates in each",
        f"  {share} (limit {found['share_limit']:.0%})",
        f"  the ranges of counts and scores take {found['ranges_ms']:.0f} ms more",
    ]


def _memory_lines(rows: list[Json]) -> list[str]:
    return [
        f"peak memory, {row['photos']} photo(s): {row['peak_mib']} MiB of {row['limit_mib']}"
        for row in rows
    ]


LINES: dict[str, Callable[[Any], list[str]]] = {
    "networks": _network_lines,
    "compiled": _compiled_lines,
    "flops": _flops_lines,
    "curve": _curve_lines,
    "batches": _batch_lines,
    "analyse": _analyse_lines,
    "following": _following_lines,
    "memory": _memory_lines,
}
SECTIONS = tuple(LINES)
