"""The figures of an evaluation as one HTML file that needs nothing else and shows no picture."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from inference.training.evaluation import charts
from inference.training.evaluation.charts import words
from inference.training.evaluation.strata import AXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Json = dict[str, Any]

OVER_SCORES = {
    "ap30": "AP, IoU 0.3",
    "ap50": "AP, IoU 0.5",
    "ap": "AP, mean of IoU 0.5 to 0.95",
    "ap_centre12": "AP, centre within 12 px",
    "max_recall": "most recall",
    "best_f1": "best F1",
    "threshold": "at a score of",
    "ece": "calibration error",
}
AS_SHOWN = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "accuracy": "accuracy",
    "false_per_picture": "false a picture",
    "count_mae": "count error",
    "mask_iou": "mask IoU",
}
STRATUM = {
    "pictures": "pictures",
    "lesions": "lesions",
    "ap30": "AP, IoU 0.3",
    "precision": "precision",
    "recall": "recall",
    "count_mae": "count error",
    "grade_accuracy": "grade accuracy",
}
AGREEMENT = {"accuracy": "accuracy", "kappa": "kappa", "kappa_quadratic": "quadratic kappa"}
CRITERIA = {
    "china_2019": "China 2019, by the worst type on the picture",
    "hayashi_by_count": "Hayashi by the count of all lesions, as ACNE04 counted",
}
UNITS = {"skin_tone": "°", "light": "", "face_size": " px"}


def report(document: Json) -> str:
    """The page for the figures of ``figures.figures`` with their ``run``."""
    page = Template(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))
    title = f"Acne lesions: model {document['run']['model']['version']} on {document['run']['set']}"
    body = "\n".join(part for part in _parts(document) if part)
    return page.substitute(title=escape(title), body=body)


def _parts(document: Json) -> Iterable[str]:
    yield _about(document)
    yield _detection(document)
    yield _counting(document)
    yield _grade(document["grade"])
    yield _given_place(document["given_place"])
    yield _calibration(document["calibration"], document["any_type"])
    yield _strata(document["strata"])
    yield _second(document["second_reader"])


def _about(document: Json) -> str:
    run, pictures = document["run"], document["set"]
    model = run["model"]
    types = ", ".join(f"{number} {escape(name)}" for name, number in pictures["by_type"].items())
    fields = f", {pictures['fields']} outlined fields" if pictures["fields"] else ""
    facts = {
        "Model": f"{escape(model['name'])} {escape(model['version'])}, sha256 "
        f"<code>{escape(model['sha256'])}</code>",
        "Set": f"{escape(run['set'])}, sha256 of its labels <code>{run['labels_sha256']}</code>: "
        f"{pictures['pictures']} pictures of {pictures['persons']} persons, "
        f"{pictures['lesions']} lesions{fields} ({types or 'no marks'})",
        "Command": f"<code>{escape(run['command'])}</code>",
        "Made": f"{run['date']}, Python {run['python']}, torch {run['torch']}",
        "Intervals": f"95 %, in small print: bootstrap over persons, {run['resamples']} resamples"
        if run["resamples"]
        else "none were asked for",
    }
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    return f"<h2>What was measured</h2><dl>{rows}</dl>"


def _detection(document: Json) -> str:
    rows = {words(name): row for name, row in charts.rows(document).items()}
    return _section(
        "Finding lesions",
        "<p>A find is true if it overlaps a free lesion by an IoU of 0.3, unless another rule is "
        "named. Accuracy is TP / (TP + FP + FN).</p>",
        *_detection_tables(rows),
        _figure(
            charts.error_recall(document),
            "Error and precision against recall as the threshold falls; dots: what is shown.",
        ),
    )


def _detection_tables(rows: Mapping[str, Json]) -> list[str]:
    shown = {key: label for key, label in AS_SHOWN.items() if any(key in r for r in rows.values())}
    return [
        _table("Over all scores", OVER_SCORES, rows),
        _table("At the working threshold: what a doctor is shown", shown, rows),
    ]


def _counting(document: Json) -> str:
    table = document["lesions_per_picture"]
    columns = {
        f"{whose} {what}": f"{label}, {what}"
        for whose, label in (("true", "marked"), ("found", "shown"))
        for what in ("total", "mean", "sd", "most")
    }
    rows = {
        words(name): {f"{w} {k}": v for w, stats in row.items() for k, v in stats.items()}
        for name, row in table.items()
    }
    return _section(
        "Lesions a picture",
        _table("Marked and shown", columns, rows),
        _figure(charts.lesions_a_picture(document), "Mean number a picture."),
        _figure(
            charts.counts(document),
            "Each dot is a picture. The count given is the calibrated one.",
        ),
    )


def _grade(grade: Json | None) -> str:
    if grade is None:
        return ""
    errors = grade["errors"]
    directions = {
        "downgrade_share": "too mild",
        "beyond_one_share": "off by more than one grade",
    }
    return _section(
        f"Grade: {CRITERIA[grade['criterion']]}",
        _table(
            "Agreement",
            {"number": "number", **AGREEMENT},
            {
                "single pictures": {"number": grade["pictures"], **grade},
                "cases (a person's worst picture)": grade["cases"],
            },
        ),
        _confusion("True grade down, grade given across", grade["classes"], grade["confusion"]),
        _table(
            "By grade",
            {"pictures": "pictures", "sensitivity": "sensitivity", "specificity": "specificity"},
            grade["per_grade"],
        ),
        _table("Of the wrong grades", {"number": "number", **directions}, {"wrong": errors}),
    )


def _given_place(given: Json | None) -> str:
    if given is None:
        return ""
    names = list(given["confusion"])
    table = [list(row.values()) for row in given["confusion"].values()]
    return _section(
        "Type, given the place",
        "<p>The type that the network gives at each true box.</p>",
        _table("Right", {"accuracy": "accuracy"}, {"all boxes": given}),
        _confusion("True type down, type given across", names, table),
    )


def _calibration(calibration: Json, any_type: Json) -> str:
    low_high = _small(any_type["intervals"]["ece"])
    return _section(
        "Whether a score means what it says",
        f"<p>Expected calibration error of the score that a find is a lesion, over all finds with "
        f"at least {calibration['floor']:.2f}: {_value(any_type['ece'])} {low_high}</p>",
        _figure(
            charts.reliability(calibration),
            "Share of finds that are lesions, by tenth of the score; numbers: finds.",
        ),
    )


def _strata(parts: Json) -> str:
    known = {axis: parts[axis] for axis in AXES if parts[axis]}
    if not known:
        return ""
    tables = [
        _table(
            words(axis).capitalize(),
            {k: v for k, v in STRATUM.items() if k in rows[0]},
            {f"{row['name']} ({_bounds(row['bounds'], UNITS[axis])})": row for row in rows},
        )
        for axis, rows in known.items()
    ]
    note = (
        "<p>Skin tone by the individual typology angle of the skin (Chardon et al. 1991; classes "
        "of Del Bino et al. 2006); light by the skin's median HSV value and face size by the width "
        f"of its skin, in thirds of the set. Not measured: {parts['not_measured']} pictures.</p>"
    )
    return _section(
        "Skin tone, light, face size", note, *tables, _figure(charts.strata(known), "By stratum.")
    )


def _second(second: Json | None) -> str:
    if second is None:
        return ""
    rows = {
        f"second reader ({second['lesions']} lesions)": second,
        f"first reader ({second['first_reader']['lesions']} lesions)": second["first_reader"],
    }
    agreement = {key: AS_SHOWN[key] for key in ("precision", "recall", "f1")}
    return _section(
        f"Against two readers: the {second['pictures']} pictures that both read",
        *_detection_tables(rows),
        _table(
            "The readers themselves",
            agreement,
            {"the first reader's boxes against the second's": second["first_against_second"]},
        ),
    )


def _section(title: str, *parts: str) -> str:
    return f"<section><h2>{escape(title)}</h2>" + "\n".join(parts) + "</section>"


def _table(caption: str, columns: Mapping[str, str], rows: Mapping[str, Json]) -> str:
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in columns.values())
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(_cell(row, key) for key in columns)}</tr>'
        for name, row in rows.items()
    )
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption><thead><tr><th></th>{head}'
        f"</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _cell(row: Json, key: str) -> str:
    return f"<td>{_value(row.get(key))}{_small(row.get('intervals', {}).get(key))}</td>"


def _value(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _small(low_high: Sequence[float] | None) -> str:
    return f"<small>{low_high[0]:.3f} to {low_high[1]:.3f}</small>" if low_high else ""


def _confusion(caption: str, names: Sequence[str], table: Sequence[Sequence[int]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(
            f"<td{' class=hit' if across == down else ''}>{number}</td>"
            for across, number in enumerate(row)
        )
        + "</tr>"
        for down, (name, row) in enumerate(zip(names, table, strict=True))
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr><th></th>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table>"
    )


def _bounds(bounds: Sequence[float | None], unit: str) -> str:
    low, high = (None if value is None else f"{value:.3g}{unit}" for value in bounds)
    if low is None:
        return f"up to {high}"
    return f"over {low}" if high is None else f"{low} to {high}"


def _figure(drawn: str, caption: str) -> str:
    return f"<figure>{drawn}<figcaption>{escape(caption)}</figcaption></figure>"
