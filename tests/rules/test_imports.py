"""The site starts without the models' libraries. Asked in a process of its own, because the test
session itself has long imported them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "cv2", "mediapipe", "timm", "scipy")


def run(code: str) -> str:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test"}
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_starting_the_site_with_all_its_urls_loads_no_model_library():
    loaded = run(
        f"""
        import sys
        import django
        django.setup()
        from django.urls import get_resolver
        assert get_resolver().url_patterns
        import portal.wsgi, portal.celery
        portal.celery.app.loader.import_default_modules()
        print([name for name in {HEAVY!r} if name in sys.modules])
        """
    )

    assert loaded.strip() == "[]"
