"""The one rule that the linter leaves to us: what `inference` offers says what it does."""

import ast
from pathlib import Path

import pytest

import inference

FILES = sorted(Path(inference.__file__).parent.rglob("*.py"))


def is_public(one):
    """A command's ``main`` is explained by its module."""
    return isinstance(one, ast.FunctionDef) and not one.name.startswith("_") and one.name != "main"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_public_functions_have_docstrings(path):
    functions = filter(is_public, ast.parse(path.read_text(encoding="utf-8")).body)
    assert [one.name for one in functions if not ast.get_docstring(one)] == []
