"""Two processes train one network, on a machine that has neither the site nor the face mesh."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from inference.detector.weights import read_card

CONFIG = """
output = "{output}"
steps = 3
batch = 2
crop = 64
workers = 0

[data]
complete = ["{cases}"]

[network]
deformable = "none"
size_form = "log"
side = 128

[targets]
size_form = "log"
"""

# What training must not need is made impossible to import; each process tells what it has learnt.
PROCESS = """
import json, os, sys
for name in ("mediapipe", "django", "celery"):
    sys.modules[name] = None
import torch
from inference.training import train as module
from inference.__main__ import main

runs = []
start = module.start
module.start = lambda config: runs.append(start(config)) or runs[-1]
status = main(["train", "--config", sys.argv[1]])
total = sum(float(p.detach().double().abs().sum()) for p in runs[0].network.parameters())
with open(os.path.join(sys.argv[2], os.environ["RANK"]), "w") as out:
    json.dump({"status": status, "total": total}, out)
"""


def test_a_team_of_two_learns_the_same_weights(
    make_set: Callable[[int], Path], tmp_path: Path
) -> None:
    folder, output = make_set(2), tmp_path / "run"
    config, process, told = (tmp_path / name for name in ("run.toml", "process.py", "told"))
    config.write_text(CONFIG.format(output=output, cases=folder / "cases.json"))
    process.write_text(PROCESS)
    told.mkdir()
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run(
        [sys.executable, *words, str(process), str(config), str(told)],
        check=True,
        capture_output=True,
        timeout=240,
        cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"},
    )
    first, second = (json.loads((told / rank).read_text()) for rank in "01")
    assert first["status"] == second["status"] == 0
    assert first["total"] == second["total"]
    assert read_card(output / "weights.safetensors").network.side == 128
