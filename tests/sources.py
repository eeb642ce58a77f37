"""The product's modules as trees, read when a test first asks and once for all of them: collecting reads none."""

import ast
import gc
from collections.abc import Mapping, Sequence
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


def every(tree: ast.AST) -> list[ast.AST]:
    """Every node of a tree in the order of `ast.walk`, at a third of its cost: each is asked for all it has at once."""
    found = [tree]
    for node in found:  # grows meanwhile
        for part in vars(node).values():
            if isinstance(part, list):
                found += [one for one in part if isinstance(one, ast.AST)]
            elif isinstance(part, ast.AST):
                found.append(part)
    return found


@cache
def nodes(tree: ast.Module) -> Sequence[ast.AST]:
    """The same of one of `trees`, kept: a dozen tests go through all of them."""
    return every(tree)


@cache
def trees(*rooms: str) -> Mapping[Path, ast.Module]:
    """Every module of these rooms."""
    gc.disable()  # reading takes four times as long where what was read is looked at for garbage
    try:
        return _every(rooms)
    finally:
        gc.enable()
        gc.freeze()  # they stay


def _every(rooms: tuple[str, ...]) -> Mapping[Path, ast.Module]:
    return {path: _tree(path) for room in rooms for path in sorted((ROOT / room).rglob("*.py"))}
