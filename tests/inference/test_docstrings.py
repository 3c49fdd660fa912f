"""The one rule that the linter leaves to us: what `inference` offers says what it does."""

import ast
from pathlib import Path

import pytest

import inference

FILES = sorted(Path(inference.__file__).parent.rglob("*.py"))
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def public(body):
    return [one for one in body if isinstance(one, DEFINITIONS) and not one.name.startswith("_")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_public_functions_have_docstrings(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [one for one in public(tree.body) if isinstance(one, ast.FunctionDef)]
    assert [one.name for one in functions if not ast.get_docstring(one)] == []
