"""Random well-typed expressions with documents to run them on, from a seed (forms/SPEC.md section 9).

For the properties of the language, and for holding another implementation against this one:

    python tests/forms/expression_generator.py SEED COUNT

prints one JSON object a line: `text`, `tree`, `document`, `item` (or null), `today`, `expect`. A generator that
ignores kinds finds almost nothing, because almost everything it makes is null.
"""

import json
import sys
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from forms.expressions.evaluation import evaluate
from forms.expressions.printer import print_tree
from forms.expressions.tree import Tree
from forms.schema.question import Question

CODES = ("onderwijs", "wonen", "taal", "😀", "ﬀ")
LEAVES = (
    Question("/a", "integer"),
    Question("/groep/b", "decimal"),
    Question("/t", "text"),
    Question("/groep/u", "text"),
    Question("/d", "date"),
    Question("/e", "date"),
    Question("/maand", "text"),
    Question("/ja", "boolean"),
    Question("/keuze", "choice", CODES),
    Question("/keuzes", "choices", CODES),
    Question("/kind/*/n", "decimal", (), "/kind"),
    Question("/kind/*/m", "integer", (), "/kind"),
    Question("/kind/*/s", "text", (), "/kind"),
    Question("/kind/*/geboren", "date", (), "/kind"),
    Question("/kind/*/hier", "boolean", (), "/kind"),
    Question("/kind/*/dag", "choice", CODES, "/kind"),
)
REPEATS = ("/kind",)
NUMBERS = (0, 1, 2, 3, 7, 10, 100, 0.1, 0.5, 1.5, 2.5, 1.005, 2.675, 8.345, 12.34567, 1e-7, 1e21, 1e300, 5e-324)
WHOLE = (*range(5), 9007199254740991, 9007199254740992, 123456789012)
ANSWERED = (*NUMBERS, *WHOLE, -1, -0.0, -2.5, -1.005, -7, -1e-7, -1e300, 1e17, 9007199254740993)
TEXTS = ("", "a", "ab", "abc", "é", "e\u0301", "😀a", "a😀", "\uffee", "😀", "İ", "Z", "z", "\n", '"\\', "onderwijs")
DATES = ("2024-02-29", "2025-02-28", "2025-03-01", "2026-07-31", "2026-08-01", "0001-01-01", "9999-12-31", "2000-02-29")
MONTHS = ("2010-04", "2024-02", "1999-12")
STRANGE: tuple[Any, ...] = (
    None,
    True,
    "",
    "x",
    0,
    -1,
    1e308,
    [],
    ["x", 1],
    {"x": 1},
    "2023-02-29",
    "2026-13-01",
    [[1]],
    [None],
)


class Generator:
    """Draws expressions of a wanted kind; what it can refer to are the leaves above."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self._turns = 0

    def pick(self, *ways: Callable[[], Tree]) -> Tree:
        return self.chance.choice(ways)()

    def _turn(self, *names: str) -> str:
        """One name after the other, without a draw: which rows chance makes otherwise stays as it was."""
        self._turns += 1
        return names[self._turns % len(names)]

    def tree(self, kind: str, depth: int, item: bool) -> Tree:
        """An expression of this kind, at most so deep; `item` says whether it stands in an item."""
        if depth <= 0:
            return self._leaf(kind, item)
        if self.chance.random() < 0.15:
            other = self.chance.choice(["if", "coalesce"])
            parts = [self.tree(kind, depth - 1, item) for _ in range(self.chance.randint(2, 3))]
            return ["if", self.tree("boolean", depth - 1, item), *parts[:2]] if other == "if" else ["coalesce", *parts]
        return getattr(self, f"_{kind}")(depth - 1, item)

    def _leaf(self, kind: str, item: bool) -> Tree:
        chance = self.chance
        if kind == "number":
            names = [["answer", "/a"], ["answer", "/groep/b"], *([["name", "n"], ["name", "m"]] if item else [])]
            return chance.choice([chance.choice(NUMBERS), chance.choice(WHOLE), *names])
        if kind == "text":
            names = [["answer", "/t"], ["answer", "/groep/u"], *([["name", "s"]] if item else [])]
            return chance.choice([chance.choice(TEXTS), *names])
        if kind == "date":
            names = [["answer", "/d"], ["answer", "/e"], ["today"], *([["name", "geboren"]] if item else [])]
            return chance.choice(names)
        if kind == "choice":
            return chance.choice([["answer", "/keuze"], *([["name", "dag"]] if item else [])])
        if kind == "numbers":
            return ["list", *(self._leaf("number", item) for _ in range(chance.randint(0, 3)))]
        if kind == "items":
            return ["answer", "/kind"]
        return chance.choice([True, False, ["answer", "/ja"], *([["name", "hier"]] if item else [])])

    def _number(self, depth: int, item: bool) -> Tree:
        def one() -> Tree:
            return self.tree("number", depth, item)

        def date() -> Tree:
            return self._dated(depth, item)

        chance = self.chance
        return self.pick(
            lambda: [chance.choice("+-*/%"), one(), one()],
            lambda: [chance.choice("+-*/%"), one(), one()],
            lambda: ["-", one()],
            lambda: ["round", one()],
            lambda: ["round", one(), chance.randint(0, 9)],
            lambda: [chance.choice(["floor", "abs"]), one()],
            lambda: ["length", self.tree("text", depth, item)],
            lambda: [self._turn("years_between", "months_between"), date(), date()],
            lambda: [self._turn("days_between", "working_days_between"), date(), date()],
            lambda: [chance.choice(["sum", "min", "max"]), self.tree("numbers", depth, item)],
            lambda: self._each(["sum", "min", "max"], "number", depth, item),
            lambda: self._each(["count"], "boolean", depth, item),
            lambda: ["count", chance.choice([["answer", "/keuzes"], self.tree("items", depth, item)])],
        )

    def _text(self, depth: int, item: bool) -> Tree:
        return self.pick(
            lambda: self._leaf("text", item),
            lambda: ["school_year", self._dated(depth, item)],
            lambda: [self.chance.choice(["min", "max"]), ["list", self._leaf("text", item), self._leaf("text", item)]],
        )

    def _date(self, depth: int, item: bool) -> Tree:
        return self.pick(
            lambda: self._leaf("date", item),
            lambda: ["add_days", self._dated(depth, item), self.tree("number", depth, item)],
            lambda: [
                self._turn("add_days", "add_months"),
                self._dated(depth, item),
                ["round", self.tree("number", depth, item)],
            ],
            lambda: self._each(["min", "max"], "date", depth, item),
        )

    def _dated(self, depth: int, item: bool) -> Tree:
        """What the date functions take: a date, a written one, or the text of a month."""
        written = self.chance.choice((*DATES, *MONTHS))
        return self.pick(lambda: self.tree("date", depth, item), lambda: written, lambda: ["answer", "/maand"])

    def _choice(self, _depth: int, item: bool) -> Tree:
        return self._leaf("choice", item)

    def _numbers(self, depth: int, item: bool) -> Tree:
        return self.pick(
            lambda: ["list", *(self.tree("number", depth, item) for _ in range(self.chance.randint(1, 3)))],
            lambda: self._each(["map"], "number", depth, item),
        )

    def _items(self, depth: int, item: bool) -> Tree:
        return self._each(["filter"], "boolean", depth, item)

    def _each(self, functions: list[str], kind: str, depth: int, item: bool) -> Tree:
        """A function over items; inside another one only its simplest form, for nesting has a limit."""
        source = self.tree("items", depth, item) if not item else ["answer", "/kind"]
        per_item = self.tree(kind, depth, True) if not item else self._leaf(kind, True)
        return [self.chance.choice(functions), source, per_item]

    def _boolean(self, depth: int, item: bool) -> Tree:
        def yes() -> Tree:
            return self.tree("boolean", depth, item)

        chance = self.chance
        return self.pick(
            lambda: [chance.choice(["and", "or"]), *(yes() for _ in range(chance.randint(2, 3)))],
            lambda: ["not", yes()],
            lambda: self._comparison(depth, item),
            lambda: self._comparison(depth, item),
            lambda: [chance.choice(["==", "!="]), self.tree(self._any_kind(), depth, item), None],
            lambda: [chance.choice(["==", "!="]), self._leaf("choice", item), chance.choice(CODES)],
            lambda: ["in", self.tree("choice", depth, item), ["list", *chance.sample(CODES, 2)]],
            lambda: ["in", chance.choice(CODES), ["answer", "/keuzes"]],
            lambda: ["in", self.tree("number", depth, item), self.tree("numbers", depth, item)],
            lambda: ["contains", ["answer", "/keuzes"], self.tree("choice", depth, item)],
            lambda: [chance.choice(["contains", "starts_with"]), *(self.tree("text", depth, item) for _ in "12")],
            lambda: self._each(["any", "all"], "boolean", depth, item),
            lambda: self._each(["unique"], chance.choice(["number", "text", "choice"]), depth, item),
            lambda: [chance.choice(["any", "all"]), ["list", yes(), yes()]],
        )

    def _any_kind(self) -> str:
        return self.chance.choice(["number", "text", "date", "boolean", "choice"])

    def _comparison(self, depth: int, item: bool) -> Tree:
        kind = self.chance.choice(["number", "number", "text", "date"])
        sign = self.chance.choice(["==", "!=", "<", "<=", ">", ">="])
        return [sign, self.tree(kind, depth, item), self.tree(kind, depth, item)]

    # --- documents ---

    def document(self, strange: float) -> dict[str, Any]:
        """A document in which some questions have no answer, and some one of a wrong kind."""
        found: dict[str, Any] = {"kind": [self.item(strange) for _ in range(self.chance.randint(0, 3))]}
        for leaf in LEAVES:
            *way, name = leaf.path[1:].split("/")
            if leaf.repeat is None:
                self._put(found.setdefault("groep", {}) if way else found, name, leaf, strange)
        if self.chance.random() < strange:
            found[self.chance.choice(["kind", "groep"])] = self.chance.choice(STRANGE)
        return found

    def item(self, strange: float) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for leaf in LEAVES:
            if leaf.repeat is not None:
                self._put(found, leaf.name, leaf, strange)
        return found

    def _put(self, into: dict[str, Any], name: str, leaf: Question, strange: float) -> None:
        chance = self.chance
        if chance.random() < 0.15:
            return
        pools = {"integer": WHOLE, "decimal": ANSWERED, "text": TEXTS, "date": DATES, "boolean": (True, False)}
        if leaf.kind == "choices":
            value: Any = chance.sample(CODES, chance.randint(0, 3))
        else:
            value = chance.choice(MONTHS if leaf.name == "maand" else pools.get(leaf.kind, CODES))
        into[name] = chance.choice(STRANGE) if chance.random() < strange else value


def rows(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """So many expressions, each with a document, and what it gives here."""
    made = Generator(seed)
    for _ in range(count):
        in_item = made.chance.random() < 0.3
        kind = made.chance.choice(["number", "number", "boolean", "boolean", "text", "date", "numbers"])
        tree = made.tree(kind, made.chance.randint(1, 4), in_item)
        strange = made.chance.choice([0, 0, 0.3])
        document, item = made.document(strange), made.item(strange) if in_item else None
        row = {"text": print_tree(tree), "tree": tree, "document": document, "item": item}
        yield row | {"today": "2026-03-01", "expect": evaluate(tree, document, "2026-03-01", item)}


if __name__ == "__main__":
    for line in rows(int(sys.argv[1]), int(sys.argv[2])):
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
