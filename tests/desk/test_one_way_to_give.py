"""A record is opened to a worker by one function, which asks the table of rights."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "backend"
GIVES = {"grant", "grant_each"}
MAY = {
    ("desk/granting.py", "give"): "asks `may_give` itself",
    ("desk/granting.py", "grant"): "the command: the sights of who typed it, and a newcomer before a team",
    ("desk/desk.py", "_written"): "the own desk device of who reads the record already",
}


def callers(path: Path) -> Iterator[tuple[str, str]]:
    """The functions in a file that open records to somebody."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for one in ast.walk(node):
                if isinstance(one, ast.Attribute) and one.attr in GIVES and ast.unparse(one.value).endswith("opening"):
                    yield str(path.relative_to(ROOT)), node.name


def test_nobody_opens_a_record_past_the_table_of_rights() -> None:
    rooms = (ROOT / "desk", ROOT / "web", ROOT / "cli")
    found = {one for room in rooms for path in room.rglob("*.py") for one in callers(path)}
    assert found == MAY.keys()
