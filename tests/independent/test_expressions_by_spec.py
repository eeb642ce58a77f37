"""Expressions that chance makes, held against `by_spec.py`: text, tree, kinds and value, in Python and in JavaScript.

In `make test` two thousand from a fixed seed; `make soak-laws` takes a hundred thousand.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from forms.expressions.checking import read
from forms.expressions.evaluation import evaluate
from forms.expressions.kinds import scope_of
from forms.expressions.parser import parse
from forms.expressions.tree import OPERATIONS, check_tree
from forms.schema.question import Question
from tests.field import twin
from tests.independent.by_spec import Reader, every_op
from tests.independent.drawing import CODES, DEPTH, GIVES, GROUPS, IN_ITEMS, QUESTIONS, Drawing, Writer

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "expressions"
TABLES: Final = sorted(path for path in VECTORS.glob("*.json") if not path.name.endswith(".faults.json"))
MANY: Final = 2_000
SOAK: Final = 100_000
TODAYS: Final = ("2026-03-01", "2024-02-29", "9999-12-31", "0001-01-01", "2025-12-31")
KNOWN_CODES: Final = {"choice": CODES, "choices": CODES}
LEAVES: Final = (
    *(Question(path, kind, KNOWN_CODES.get(kind, ())) for path, (kind, _) in QUESTIONS.items()),
    *(
        Question(f"{group}/*/{name}", kind, KNOWN_CODES.get(kind, ()), group)
        for group in GROUPS
        for name, (kind, _) in IN_ITEMS.items()
    ),
)
SCOPE: Final = scope_of(LEAVES, GROUPS, {})
MEANT: Final = {"never-equal"}  # two written texts of an expression by chance may be unlike


def rows(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Every third has kinds that do not fit; the answers are strange in half."""
    tight, loose, writer = Drawing(seed), Drawing(seed + 1, 0.15), Writer(seed)
    for number in range(count):
        made, typed = (loose, False) if number % 3 == 2 else (tight, True)
        in_item = made.chance.random() < 0.3
        made.group = made.chance.choice(GROUPS)
        kinds = [*(kind for kind in GIVES if kind != "items"), "number", "number", "boolean", "boolean", "date"]
        tree = made.tree(made.chance.choice(kinds), made.chance.randint(1, DEPTH), in_item, int(in_item))
        strange = made.chance.choice([0, 0, 0.2, 0.5])
        document, item = made.document(strange), made.answers(IN_ITEMS, strange) if in_item else None
        today = made.chance.choice(TODAYS)
        expect = Reader(document, today, item, in_item).result(tree)
        yield {
            "text": writer.text(tree), "tree": tree, "document": document, "item": item, "today": today,
            "expect": expect, "typed": typed, "in_item": in_item,
        }  # fmt: skip


def like(value: Any) -> Any:
    """A value to compare: numbers as doubles, and `true` is none."""
    if isinstance(value, list):
        return [like(member) for member in value]
    return ["number", float(value)] if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def complaints(row: dict[str, Any]) -> list[str]:
    """What the server makes of a row otherwise than the SPEC says."""
    found, tree = [], row["tree"]
    if check_tree(tree):
        return [f"tree: {tree} {check_tree(tree)}"]
    node = parse(row["text"])
    if node.node is None or like(node.node.tree) != like(tree):
        found.append(f"text: {row['text']!r} {tree} {node}")
    checked = read(row["text"], SCOPE, repeat=GROUPS[0] if row["in_item"] else None)
    codes = {one.code for one in checked.findings}
    if row["typed"] and codes - MEANT:
        found.append(f"kind: {row['text']!r} {codes}")
    given = evaluate(tree, row["document"], row["today"], row["item"])
    if repr(like(given)) != repr(like(row["expect"])):
        found.append(f"value: {row['text']!r} {given!r} SPEC: {row['expect']!r} {json.dumps(row)}")
    return found


@pytest.fixture(scope="module")
def made() -> list[dict[str, Any]]:
    """Many, made when a test first asks for them and not by collecting."""
    return list(rows(1, MANY))


def part(made: list[dict[str, Any]]) -> list[str]:
    """Every difference of these rows, in the server and in the browser."""
    on_screen = twin.differences(("evaluation", row, None) for row in made)
    return [*(one for row in made for one in complaints(row)), *on_screen]


def test_nothing_that_chance_writes_means_something_else_than_the_spec_says(made: list[dict[str, Any]]) -> None:
    assert [] == part(made)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1_000_000, 1_000_000 + SOAK, 10_000))
def test_nothing_of_a_hundred_thousand_means_something_else(seed: int) -> None:
    assert [] == part(list(rows(seed, 10_000)))


def test_the_drawing_reaches_every_operation_and_mostly_gives_something(made: list[dict[str, Any]]) -> None:
    assert set(OPERATIONS) - {"value"} <= set().union(*(operations(row["tree"]) for row in made)) | {"name", "answer"}
    assert set(OPERATIONS) <= {*every_op(), "value"}
    assert sum(row["expect"] is not None for row in made) > MANY * 0.6


def operations(tree: Any) -> set[str]:
    if not isinstance(tree, list) or tree[0] in ("name", "answer"):
        return set()
    return {tree[0]}.union(*map(operations, tree[1:]))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_vector_holds_by_the_spec_alone(path: Path) -> None:
    file = json.loads(path.read_text())
    for case in file["cases"]:
        if "expect" in case and "tree" in case:
            document, today = case.get("document", file.get("document")), case.get("today", file.get("today"))
            found = Reader(document, today, case.get("item"), "item" in case).result(case["tree"])
            assert like(case["expect"]) == like(found), case
