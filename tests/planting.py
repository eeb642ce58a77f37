"""Planting faults in the product: one piece of a source file is written otherwise while a test runs.

A list of faults stands beside each file of vectors, in words that a maker in any language can plant too. The same names
stand in a table of pieces of our source; the test that plants them asks whether the vectors find each.
"""

import json
import re
import sys
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "tests" / "vectors"


class Piece(NamedTuple):
    """A piece of a module's source, which stands there once, and what stands there instead."""

    module: str
    old: str
    new: str


def names_of(path: str) -> list[str]:
    """The faults that a list beside a vector file names."""
    return [row["fault"] for row in json.loads((VECTORS / path).read_text())]


def rows_of(path: str) -> dict[str, str]:
    """The row that finds each fault of a list."""
    return {row["fault"]: row["row"] for row in json.loads((VECTORS / path).read_text())}


def clear_caches() -> None:
    """Forget what cached functions of the product gave: with a fault, or before it was planted."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("backend", "crypto", "forms", "picture", "sync"):
            size, clears = _caches.get(name, (-1, ()))
            if size != len(vars(module)):
                found = (getattr(value, "cache_clear", None) for value in vars(module).values())
                clears = tuple(filter(None, found))
                _caches[name] = len(vars(module)), clears
            for clear in clears:
                clear()


_caches: dict[str, tuple[int, tuple[Callable[[], None], ...]]] = {}  # of each module, with how many names it had


def plant(piece: Piece, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the functions, methods and constants of a module be those of the changed source, wherever they are used."""
    module = import_module(piece.module)
    source = Path(str(module.__file__)).read_text()
    assert source.count(piece.old) == 1, f"{piece.module} has this piece {source.count(piece.old)} times: {piece.old}"
    fresh = ModuleType(piece.module)
    fresh.__file__ = module.__file__
    exec(compile(source.replace(piece.old, piece.new), str(module.__file__), "exec"), fresh.__dict__)
    for name, value in vars(fresh).items():
        home = piece.module if isinstance(value, re.Pattern) else getattr(value, "__module__", piece.module)
        if not name.startswith("__") and home == piece.module:
            _replace(module, name, value, monkeypatch)


def _replace(around: Any, name: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    there = vars(around).get(name)
    inner, old = _function(value), _function(there)
    if inner is not None and old is not None:
        monkeypatch.setattr(old, "__code__", inner.__code__)
        monkeypatch.setattr(old, "__defaults__", inner.__defaults__)
    elif isinstance(value, type) and isinstance(there, type):
        for member, changed in list(vars(value).items()):
            if _function(changed) is not None and _function(vars(there).get(member)) is not None:
                _replace(there, member, changed, monkeypatch)
    elif isinstance(value, dict) and isinstance(there, dict) and value.keys() == there.keys():
        for member, changed in value.items():  # a table that another module has imported
            inner, old = _function(changed), _function(there[member])
            if inner and old and inner.__code__.co_freevars == old.__code__.co_freevars:
                monkeypatch.setattr(old, "__code__", inner.__code__)
        if isinstance(around, ModuleType):
            monkeypatch.setattr(around, name, value)
    elif (
        isinstance(around, ModuleType)
        and isinstance(value, (int, str, bytes, float, tuple, dict, frozenset, re.Pattern, type(None)))
        and value != there
    ):
        monkeypatch.setattr(around, name, value)


def _function(value: Any) -> FunctionType | None:
    """The function itself, whatever is wrapped around it."""
    if isinstance(value, cached_property):
        return value.func if isinstance(value.func, FunctionType) else None
    value = getattr(value, "fget", None) or getattr(value, "__wrapped__", None) or getattr(value, "__func__", value)
    return value if isinstance(value, FunctionType) else None
