"""Well-typed expressions by chance from a seed, over the questions of `test_javarosa.KINDS`, and answers to them."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

NUMBERS = ("0", "1", "2", "3", "7", "0.5", "2.5")
POOLS: dict[str, tuple[Any, ...]] = {
    "a": (None, -2.5, 2.5, 0, -1, 7, -8),
    "b": (None, 0, 3, -3, 12),
    "c": (None, 1.5, 4),
    "t": (None, "ab", "abcd", "b"),
    "k": (None, "x y", "x_y", "z"),
    "d": (None, "2010-04-02", "2012-02-29", "2020-02-01", "2026-08-01"),
    "e": (None, "2020-02-01", "2021-02-28", "2021-03-01", "2010-04-02"),
}


class Sums:
    """Draws expressions and answers."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def any(self) -> str:
        """An expression of any kind."""
        depth = self.chance.randint(1, 3)
        kinds = (self.number, self.number, self.condition, self.condition, self.text, self.date)
        return self._one_of(*(partial(kind, depth) for kind in kinds))

    def _one_of(self, *ways: Callable[[], str]) -> str:
        return self.chance.choice(ways)()

    def answers(self) -> dict[str, Any]:
        """An answer to every question, or none."""
        return {name: self.chance.choice(pool) for name, pool in POOLS.items()}

    def number(self, depth: int) -> str:
        chance = self.chance
        if depth <= 0:
            return chance.choice(["a", "b", "c", "a", "b", *NUMBERS[:4], chance.choice(NUMBERS)])

        def one() -> str:
            return self.number(depth - 1)

        return self._one_of(
            lambda: f"({one()} {chance.choice('+-*/%')} {one()})",
            lambda: f"({one()} {chance.choice('+-*')} {one()})",
            lambda: f"{chance.choice(['floor', 'abs', 'round'])}({one()})",
            lambda: f"round({one()}, 1)",
            lambda: f"-({one()})",
            lambda: "length(t)",
            lambda: f"{chance.choice(['years', 'months', 'days'])}_between({self.date(0)}, {self.date(0)})",
            lambda: f"{chance.choice(['max', 'min', 'sum'])}([{one()}, {one()}])",
            lambda: f"if({self.condition(depth - 1)}, {one()}, {one()})",
            lambda: f"coalesce({one()}, {one()})",
        )

    def condition(self, depth: int) -> str:
        chance = self.chance

        def compared() -> str:
            sign = chance.choice(["==", "!=", "<", "<=", ">", ">="])
            return f"({self.number(depth - 1)} {sign} {self.number(depth - 1)})"

        if depth <= 0:
            return chance.choice(
                ['k == "x y"', 'k != "z"', 'k in ["x y", "z"]', 't == "ab"', 't != "b"', 'contains(t, "b")',
                 'starts_with(t, "a")', "a > 1", "b <= 3", "a != null", "t == null", "d < e", "d >= today()",
                 "k == null"]
            )  # fmt: skip
        return self._one_of(
            compared,
            compared,
            lambda: f"({self.condition(depth - 1)} {chance.choice(['and', 'or'])} {self.condition(depth - 1)})",
            lambda: f"not ({self.condition(depth - 1)})",
            lambda: f"({self.date(depth - 1)} {chance.choice(['==', '<', '>='])} {self.date(depth - 1)})",
            lambda: self.condition(0),
        )

    def text(self, depth: int) -> str:
        return self._one_of(
            lambda: f"school_year({self.date(0)})",
            lambda: f'if({self.condition(depth - 1)}, "p", "q")',
            lambda: 'coalesce(t, "leeg")',
            lambda: f'if({self.condition(depth - 1)}, t, "q")',
        )

    def date(self, depth: int) -> str:
        if depth <= 0:
            return self.chance.choice(["d", "e"])
        return self._one_of(
            lambda: f"add_days({self.date(0)}, {self.chance.choice(['7', '30', 'round(b)'])})",
            lambda: f"coalesce({self.date(0)}, {self.date(0)})",
            lambda: f"if({self.condition(depth - 1)}, d, e)",
        )
