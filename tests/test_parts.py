"""A municipality is made of parts named for what they do, and only its own room knows the stores behind them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_tidy import ROOT

ROOM = ROOT / "backend" / "municipality"
SERVICE = ROOM / "service.py"
SHARED_MAX = 8  # what every part needs: to close, to set apart, the writer, the state, the facts, the private keys
STORES = {"journal", "keys", "shelf", "stores", "engine", "unit", "state", "outside"}
TOWNS = {"town", "_town", "municipality", "_municipality"}
OUTSIDE = [path for path in sorted((ROOT / "backend").rglob("*.py")) if ROOM not in path.parents]


def owner() -> ast.ClassDef:
    found = [node for node in ast.parse(SERVICE.read_text()).body if isinstance(node, ast.ClassDef)]
    return next(node for node in found if node.name == "Municipality")


def parts() -> dict[str, str]:
    """The module of each part that a municipality is made of, by the part's name."""
    tree = ast.parse(SERVICE.read_text())
    home = {
        alias.name: node.module.rpartition(".")[2]
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    made = next(node for node in owner().body if isinstance(node, ast.FunctionDef) and node.name == "_make_parts")
    return {
        node.targets[0].attr: home[node.value.func.id]
        for node in ast.walk(made)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Attribute)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
    }


def reaches(tree: ast.AST) -> Iterator[str]:
    """The places where code takes a store out of a municipality."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in STORES:
            of = node.value
            name = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
            if name in TOWNS:
                yield f"line {node.lineno}: {name}.{node.attr}"


def test_a_municipality_itself_does_little() -> None:
    functions = [node for node in owner().body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    public = [node.name for node in functions if not node.name.startswith("_")]
    assert len(public) <= SHARED_MAX, f"a capability is a part of its own, in a module named for it: {public}"


def test_each_part_is_named_as_its_module() -> None:
    assert len(parts()) > 20
    assert {} == {part: module for part, module in parts().items() if not part.startswith(module)}


def test_each_part_stands_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert [] == [part for part in parts() if f"| `{part}` |" not in page]


def test_no_other_room_takes_a_store_out_of_a_municipality() -> None:
    found = {path.relative_to(ROOT).as_posix(): [*reaches(ast.parse(path.read_text()))] for path in OUTSIDE}
    assert {} == {name: places for name, places in found.items() if places}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("town.journal.audit(1)", True),
        ("self._town.keys", True),
        ("desk.municipality.shelf.newest()", True),
        ("town.published.newest()", False),
        ("self.stores.journal", False),
    ],
)
def test_a_reach_into_a_store_is_seen(text: str, seen: bool) -> None:
    assert seen == bool([*reaches(ast.parse(text))])


def test_every_path_that_is_looked_at_is_there() -> None:
    assert Path(ROOM / "service.py").is_file() and len(OUTSIDE) > 100
