"""The web tier's own requirements are enough for every module of the site, and hold no models."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements" / "web.txt"
HEAVY = ("torch", "torchvision", "cv2", "mediapipe", "timm", "scipy")

IMPORT_EVERYTHING = """
import django, importlib, importlib.util, pkgutil, sys
django.setup()
import portal
for module in pkgutil.walk_packages(portal.__path__, "portal."):
    if not module.name.startswith("portal.settings."):
        importlib.import_module(module.name)
print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name)))
"""


@pytest.fixture(scope="module")
def web_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with what a web server gets; linked from uv's cache, so made in a moment."""
    environment = tmp_path_factory.mktemp("web") / "venv"
    python = environment / "bin" / "python"
    uv = [str(Path(sys.executable).parent / "uv")]
    install = ["pip", "install", "--quiet", "--no-deps", "--requirement", str(REQUIREMENTS)]
    for command in (
        ["venv", "--quiet", "--python", sys.executable, str(environment)],
        [*install, "--python", str(python)],
    ):
        subprocess.run([*uv, *command], check=True)
    return python


def test_every_module_of_the_site_imports_without_the_models_libraries(web_python, tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "CLEARGRADE_VAR": str(tmp_path),
    }
    found = subprocess.run(
        [web_python, "-c", IMPORT_EVERYTHING, *HEAVY],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert found.stdout.split() == []
