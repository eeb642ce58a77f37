"""The product's modules as trees, read when a test first asks and once for all of them: collecting reads none."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


@cache
def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text())
    except SystemError:  # CPython 3.11 counts the depth of all threads as one; a trace written meanwhile is parsed too
        return ast.parse(path.read_text())


@cache
def trees(*rooms: str) -> Mapping[Path, ast.Module]:
    """Every module of these rooms."""
    return {path: _tree(path) for room in rooms for path in sorted((ROOT / room).rglob("*.py"))}
