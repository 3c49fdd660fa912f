"""``python -m inference evaluate`` and its report, on drawn faces and an untrained network."""

import json
from html.parser import HTMLParser

import pytest
import torch

from inference.__main__ import main
from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import Calibration, write_weights

VOID = {"meta", "link", "br", "img", "use", "path", "circle", "rect"}

MEASURES = (
    *("precision", "recall", "F1", "accuracy", "most recall", "best F1"),
    *("AP, IoU 0.3", "AP, IoU 0.5", "AP, mean of IoU 0.5 to 0.95", "AP, centre within 12 px"),
    *("Error and precision against recall", "false a picture", "count error", "mask IoU"),
    *("single pictures", "cases (a person's worst picture)", "quadratic kappa"),
    *("True grade down, grade given across", "sensitivity", "specificity"),
    *("too mild", "off by more than one grade", "Lesions a picture", "marked, mean", "shown, mean"),
    *("bootstrap over persons, 5 resamples", "Expected calibration error", "Limits"),
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    return write_weights(
        tmp_path_factory.mktemp("weights") / "w.safetensors",
        Network(NetworkConfig(deformable="none")),
        version="<untrained>",
        calibration=Calibration(
            thresholds=dict.fromkeys(Calibration().thresholds, 0.02), floor=0.01
        ),
    )


@pytest.fixture
def evaluated(make_set, weights, tmp_path, capsys):
    """The figures and the report of two drawn faces, the second reader marking one lesion."""
    folder = make_set(2)
    second = folder / "second.json"
    second.write_text(json.dumps([{"file_name": "0.png", "boxes": [[10, 10, 20, 20]]}]))
    words = [
        *(
            "evaluate",
            "--annotations",
            str(folder / "cases.json"),
            "--images",
            str(folder / "cases"),
        ),
        *("--weights", str(weights), "--resamples", "5", "--second-reader", str(second)),
        *("--json", str(tmp_path / "f.json"), "--report", str(tmp_path / "r.html")),
    ]
    assert main(words) == 0
    figures = json.loads((tmp_path / "f.json").read_text())
    return figures, (tmp_path / "r.html").read_text(), capsys.readouterr().out


class Page(HTMLParser):
    """Ids, and whether every element is closed in turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.outside, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.outside += [given[name] for name in ("src", "srcset") if name in given]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_figures_and_report_hold_what_the_paper_gives(evaluated):
    figures, html, out = evaluated
    old = {"ap50", "ap30", "ap", "max_recall", "best_f1", "threshold", "count_mae"}
    new = {"precision", "recall", "f1", "accuracy", "ap_centre12", "false_per_picture"}
    for row in (figures["any_type"], *figures["per_type"].values()):
        assert old | new <= set(row)
    assert {"accuracy", "confusion"} <= set(figures["given_place"])
    assert figures["hayashi"] is None
    assert figures["grade"]["criterion"] == "china_2019"
    assert figures["lesions_per_picture"]["any_type"]["true"]["total"] == 8
    assert figures["second_reader"]["pictures"] == 1
    assert figures["set"]["pictures"] == 2
    assert "china_2019" in out

    page = Page(html)
    assert page.open == []
    assert page.outside == []
    assert len(page.ids) == len(set(page.ids))
    assert html.count("<svg") == 4 + bool(figures["strata"]["skin_tone"])
    text = " ".join(" ".join(page.words).split())
    assert "python -m inference evaluate --annotations" in text
    assert "<untrained>" in text
    assert figures["run"]["model"]["sha256"] in text
    for measure in MEASURES:
        assert measure in text
    assert "data:image" not in html


def test_no_picture_and_no_label_are_plain_errors(weights, tmp_path, capsys):
    empty = tmp_path / "empty.json"
    empty.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    common = ["evaluate", "--images", str(tmp_path), "--weights", str(weights), "--annotations"]
    assert main([*common, str(empty)]) == 2
    assert "no picture" in capsys.readouterr().err
    assert main([*common, str(tmp_path / "missing.json")]) == 2
    assert "missing.json" in capsys.readouterr().err


def test_what_is_read_mirrored_too_is_measured_anew(make_set, weights, tmp_path):
    folder = make_set(2)
    words = ["evaluate", "--annotations", str(folder / "cases.json"), "--resamples", "0"]
    words += ["--images", str(folder / "cases"), "--weights", str(weights)]
    certainties = []
    for more in ([], ["--mirrored"], ["--mirrored"]):
        assert main([*words, *more, "--json", str(tmp_path / "f.json")]) == 0
        certainties.append(json.loads((tmp_path / "f.json").read_text())["any_type"]["ece"])
    assert certainties[0] != certainties[1] == certainties[2]


def test_a_second_reader_of_other_pictures_is_refused(make_set, weights, tmp_path, capsys):
    folder = make_set(1)
    second = tmp_path / "second.json"
    second.write_text(json.dumps([{"file_name": "other.png", "boxes": []}]))
    words = ["--annotations", str(folder / "cases.json"), "--images", str(folder / "cases")]
    words += ["--weights", str(weights), "--second-reader", str(second)]
    assert main(["evaluate", *words]) == 2
    assert "names none of these pictures" in capsys.readouterr().err
