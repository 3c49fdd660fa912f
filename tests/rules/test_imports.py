"""The web site runs without the models' libraries. Asked in processes of their own, because the
test session itself has long imported them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "cv2", "mediapipe", "timm")


def run(code: str, settings: str = "portal.settings.test") -> str:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": settings, "SECRET_KEY": "x" * 60}
    environment |= {"ALLOWED_HOSTS": "clinic.example"}
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


@pytest.mark.parametrize("settings", ["portal.settings.dev", "portal.settings.production"])
def test_every_module_of_the_portal_imports_where_the_models_are_not_installed(settings):
    imported = run(
        f"""
        import sys

        class NotInstalled:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in {(*HEAVY, "numpy", "scipy", "skimage")!r}:
                    raise ModuleNotFoundError("not in the web tier: " + name, name=name)

        sys.meta_path.insert(0, NotInstalled())
        import django
        django.setup()
        import importlib, pkgutil, portal
        names = [
            module.name
            for module in pkgutil.walk_packages(portal.__path__, "portal.")
            if not module.name.startswith("portal.settings.")
        ]
        for name in names:
            importlib.import_module(name)
        print(len(names))
        """,
        settings,
    )

    assert int(imported) > 50
