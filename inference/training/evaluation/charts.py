"""The report's figures as SVG."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Json = dict[str, Any]

# Okabe and Ito's colours, which colour-blind readers tell apart
COLOURS = {
    "any_type": "#000000",
    "comedone": "#0072b2",
    "papule": "#d55e00",
    "pustule": "#e69f00",
    "nodule": "#cc79a7",
    "cyst": "#009e73",
    "scar": "#56b4e9",
}
STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}


def svg(figure: Figure, name: str) -> str:
    """The figure as an element to put into a page; ``name`` keeps its ids apart from others'."""
    out = io.StringIO()
    with rc_context({**STYLE, "svg.hashsalt": name}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    drawn = out.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    return re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", drawn)


def error_recall(document: Json) -> str:
    """Error (1 − precision) and precision against recall, as the threshold falls, by type."""
    with rc_context(STYLE):
        figure = Figure((9, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        for name, line in document["curves"].items():
            error = [1 - value for value in line["precision"]]
            left.plot(line["recall"], error, color=COLOURS[name], label=words(name))
            right.plot(line["recall"], line["precision"], color=COLOURS[name])
        for name, row in rows(document).items():
            if row["precision"] is not None and row["recall"] is not None:
                left.plot(row["recall"], 1 - row["precision"], "o", color=COLOURS[name])
                right.plot(row["recall"], row["precision"], "o", color=COLOURS[name])
        for axes, label in ((left, "error (1 − precision)"), (right, "precision")):
            axes.set(xlabel="recall", ylabel=label, xlim=(0, 1), ylim=(0, 1.02))
        figure.legend(loc="outside right upper")
    return svg(figure, "error-recall")


def reliability(calibration: Json) -> str:
    """Share of finds that are lesions against the score they were given."""
    filled = [
        (score, share, number)
        for score, share, number in zip(
            calibration["score"], calibration["share"], calibration["number"], strict=True
        )
        if score is not None
    ]
    with rc_context(STYLE):
        figure = Figure((4.4, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color="#888888", linestyle="--", linewidth=1)
        axes.plot([s for s, _, _ in filled], [t for _, t, _ in filled], "o-", color="#0072b2")
        for score, share, number in filled:
            axes.annotate(str(number), (score, share), (4, -10), textcoords="offset points", size=7)
        axes.set(xlabel="mean score", ylabel="share that are lesions", xlim=(0, 1), ylim=(0, 1.02))
    return svg(figure, "reliability")


def counts(document: Json) -> str:
    """The count given to each picture against the lesions marked on it."""
    true, ours = zip(*document["counts"], strict=True)
    most = max(*true, *ours, 1) * 1.05
    with rc_context(STYLE):
        figure = Figure((4.4, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, most], [0, most], color="#888888", linestyle="--", linewidth=1)
        axes.scatter(true, ours, s=12, alpha=0.5, color="#0072b2", linewidths=0)
        axes.set(xlabel="lesions marked", ylabel="count given", xlim=(0, most), ylim=(0, most))
    return svg(figure, "counts")


def lesions_a_picture(document: Json) -> str:
    """Mean lesions a picture, marked and shown, by type."""
    table = document["lesions_per_picture"]
    names = list(table)
    with rc_context(STYLE):
        figure = Figure((9, 2.8), layout="constrained")
        axes = figure.subplots()
        for shift, (key, label, colour) in enumerate(
            (("true", "marked", "#999999"), ("found", "shown", "#0072b2"))
        ):
            places = [place + 0.4 * shift - 0.2 for place in range(len(names))]
            axes.bar(
                places,
                [table[name][key]["mean"] for name in names],
                0.38,
                label=label,
                color=colour,
            )
        axes.set_xticks(range(len(names)), [words(name) for name in names])
        axes.set_ylabel("lesions a picture")
        figure.legend(loc="outside right upper")
    return svg(figure, "lesions")


def strata(parts: Mapping[str, Sequence[Json]]) -> str:
    """AP at IoU 0.3 and count error by stratum, with intervals."""
    found = [(axis, one) for axis, strata_ in parts.items() for one in strata_]
    labels = [f"{words(axis)}: {one['name']} ({one['pictures']})" for axis, one in found]
    with rc_context(STYLE):
        figure = Figure((9, 0.9 + 0.32 * len(found)), layout="constrained")
        for axes, name, title in zip(
            figure.subplots(1, 2, sharey=True),
            ("ap30", "count_mae"),
            ("AP at IoU 0.3", "count error"),
            strict=True,
        ):
            for place, (_, one) in enumerate(found):
                low_high = one["intervals"][name]
                if low_high:
                    axes.plot(low_high, [place, place], color="#0072b2", linewidth=2)
                if one[name] is not None:
                    axes.plot(one[name], place, "o", color="#0072b2")
            axes.set_xlabel(title)
            axes.set_yticks(range(len(found)), labels)
        axes.invert_yaxis()
    return svg(figure, "strata")


def rows(document: Json) -> dict[str, Json]:
    """The figures of any type and of each type, by name."""
    return {"any_type": document["any_type"], **document["per_type"]}


def words(name: str) -> str:
    """A key of the figures for a reader."""
    return name.replace("_", " ")
