"""Random expressions of a wanted kind, and documents to run them on: a table says what each function wants and gives.

A line of the table is `kind: operation argument…`. An argument is a kind, `each:kind` for what is worked out for every
item, or one of the small words of `Drawing.argument`. Kinds: `boolean number text date choice`, lists of them
(`numbers` …), `items`. Drawn `loosely`, a place now and then gets another kind than it wants: such an expression is
refused to makers of forms, and still has a value.
"""

from random import Random
from typing import Any, Final

CODES: Final = ("onderwijs", "wonen", "taal", "😀", "ﬀ")
LISTS: Final = {f"{kind}s": kind for kind in ("boolean", "number", "text", "date", "choice")}
KINDS: Final = (*LISTS.values(), *LISTS, "items")
QUESTIONS: Final = {  # name or path: kind of question, kind of the language
    "/aantal": ("integer", "number"), "/thuis/huur": ("decimal", "number"), "/zin": ("text", "text"),
    "/thuis/naam": ("text", "text"), "/begin": ("date", "date"), "/thuis/eind": ("date", "date"),
    "/maand": ("text", "month"), "/akkoord": ("boolean", "boolean"), "/soort": ("choice", "choice"),
    "/soorten": ("choices", "choices"),
}  # fmt: skip
IN_ITEMS: Final = {
    "cijfer": ("decimal", "number"), "keer": ("integer", "number"), "roepnaam": ("text", "text"),
    "geboren": ("date", "date"), "woont_hier": ("boolean", "boolean"), "wens": ("choice", "choice"),
    "wensen": ("choices", "choices"),
}  # fmt: skip
GROUPS: Final = ("/kinderen", "/afspraken")
TABLE: Final = """
number: + number number | - number number | * number number | / number number | % number number | - number
number: round number | round number places | round number worked | floor number | abs number | length text
number: days_between day day | working_days_between day day | years_between day day | months_between day day
number: sum numbers | min numbers | max numbers | sum items each:number | min items each:number | max items each:number
number: count any_list | count items | count items each:boolean | working_days_between near near
text: school_year day | min texts | max texts | min items each:text
date: add_days day whole | add_days day number | add_months day whole | add_months day number | today
date: min dates | max dates | max items each:date
boolean: and boolean boolean | or boolean boolean boolean | not boolean | == any null | != any null
boolean: == number number | != number number | < number number | <= number number | > number number | >= number number
boolean: == text text | != text text | < text text | <= text text | > text text | >= text text
boolean: == date date | != date date | < date date | <= date written | > date date | >= written date
boolean: == boolean boolean | == choice code | != choice choice | in choice choices | in code choices
boolean: in number numbers | in text texts | in date dates | contains choices choice | contains numbers number
boolean: contains text text | starts_with text text | any booleans | all booleans | any items each:boolean
boolean: all items each:boolean | unique any_list | unique items each:number | unique items each:text
boolean: unique items each:choice
numbers: map items each:number | list | list number | list number number number
texts: map items each:text | list text | list text text
dates: map items each:date | list date | list date date
booleans: map items each:boolean | list boolean boolean
choices: map items each:choice | list choice | list choice choice
items: filter items each:boolean
"""
GIVES: Final[dict[str, list[list[str]]]] = {}
for line in TABLE.strip().splitlines():
    wanted, forms = line.split(": ", 1)
    GIVES.setdefault(wanted, []).extend(form.split() for form in forms.split(" | "))
NUMBERS: Final = (
    0, 1, 2, 2.0, 3, 7, 9, 12, 100, 0.1, 0.5, 1.5, 2.5, 1.005, 2.675, 0.285, 1e-7, 1e21, 1e300, 1.7976931348623157e308,
    5e-324, 2.0**53 - 1, 2.0**53, 2.0**53 + 2, 123456789012, 4503599627370495.5, 4_000_000, 4_000_001, 36_525,
)  # fmt: skip
ANSWERED: Final = (*NUMBERS, -1, -0.0, -2.5, -1.005, -7, -1e-7, -1e300, 2**53 + 1, -(2**53) - 1, 10**25)
TEXTS: Final = (
    "", "a", "ab", "abc", "é", "e\u0301", "Å", "Å", "😀a", "a😀", "\uffee", "😀", "İ", "Z", "z", "\n\t", "\"'\\", " ",
    "onderwijs", "2024-02-29", "2024-02", "true", "1",
)  # fmt: skip
DATES: Final = (
    "2024-02-29", "2000-02-29", "1900-02-28", "2023-02-28", "2025-03-01", "2026-01-31", "2026-03-31", "2026-04-30",
    "2026-07-31", "2026-08-01", "0001-01-01", "0001-03-31", "9999-12-31", "9999-11-30", "2025-12-24", "2026-04-03",
    "2026-04-06", "2026-04-27", "2026-05-05", "2026-05-14", "2026-05-25", "2027-01-01", "1926-06-01", "2027-03-29",
)  # fmt: skip
MONTHS: Final = ("2010-04", "2024-02", "1999-12", "0001-01", "9999-12")
STRANGE: Final[tuple[Any, ...]] = (
    None, True, False, "", "x", 0, -1, 1e308, 10**400, [], ["x", 1], {"x": 1}, {}, [[1]], [None], [True, "taal"],
    [{"cijfer": 3}, 4, None, [5]], "2023-02-29", "2026-13-01", "2026-1-1", "2024-02-29\n", "２０２４-02-29",
    "0000-01-01", "10000-01-01", "\ud83d", "a\ude00", "weg", ["weg"], ["taal", "taal"],
)  # fmt: skip
DEPTH: Final = 4


class Drawing:
    """Draws from a seed. `loose` is the chance that a place gets another kind than it wants."""

    def __init__(self, seed: int, loose: float = 0.0) -> None:
        self.chance, self.loose = Random(seed), loose
        self.group = GROUPS[0]  # the one whose items an expression reads

    def tree(self, kind: str, depth: int, item: bool, over: int = 0) -> Any:
        """An expression of this kind; `item` says that it stands in an item, `over` how many functions stand round."""
        if self.chance.random() < self.loose:
            kind = self.chance.choice(KINDS)
        if self.chance.random() < 0.02 and (self.loose or (kind not in LISTS and kind != "items")):
            return None
        if depth <= 0 or self.chance.random() < 0.08:
            return self.leaf(kind, item)
        return self.branch(kind, depth, item, over) or self.made(kind, depth, item, over)

    def branch(self, kind: str, depth: int, item: bool, over: int) -> Any:
        """Sometimes a choice between expressions of the kind."""
        draw = self.chance.random()
        if draw < 0.07:
            parts = [self.tree(kind, depth - 1, item, over) for _ in "ab"]
            return ["if", self.tree("boolean", depth - 1, item, over), *parts]
        if draw < 0.14:
            return ["coalesce", *(self.tree(kind, depth - 1, item, over) for _ in range(self.chance.randint(2, 4)))]
        return None

    def made(self, kind: str, depth: int, item: bool, over: int) -> Any:
        """What some line of the table says."""
        fits = [form for form in GIVES.get(kind, []) if over < 2 or not any(part.startswith("each:") for part in form)]
        if not fits:
            return self.leaf(kind, item)
        operation, *wants = self.chance.choice(fits)
        return [operation, *(self.argument(want, wants, depth - 1, item, over) for want in wants)]

    def argument(self, want: str, beside: list[str], depth: int, item: bool, over: int) -> Any:
        chance = self.chance
        if want.startswith("each:"):
            return self.tree(want[5:], depth, True, over + 1)
        own: dict[str, Any] = {
            "places": lambda: chance.randint(0, 9),
            "worked": lambda: ["+", self.tree("number", depth - 1, item, over), 0],
            "null": lambda: None,
            "code": lambda: chance.choice(CODES),
            "written": lambda: chance.choice(DATES),
            "whole": self.whole,
            "day": lambda: self.day() if chance.random() < 0.5 else self.tree("date", depth, item, over),
            "near": lambda: chance.choice([d for d in DATES if d[:2] in ("20", "19")]),
            "any": lambda: self.tree(chance.choice(list(LISTS.values())), depth, item, over),
            "any_list": lambda: self.tree(chance.choice(list(LISTS)), depth, item, over),
        }
        if want in own:
            return own[want]()
        # the first argument of a function over items counts as one more round it
        return self.tree(want, depth, item, over + any(part.startswith("each:") for part in beside))

    def whole(self) -> Any:
        found = self.chance.choice([0, 1, 2, 11, 12, 13, 48, 365, 1200, 119_987, 4_000_000, 4_000_001, 10**15])
        return self.chance.choice([found, ["-", found]])

    def day(self) -> Any:
        return self.chance.choice([self.chance.choice(DATES), self.chance.choice(MONTHS), ["answer", "/maand"]])

    def leaf(self, kind: str, item: bool) -> Any:
        chance = self.chance
        if kind == "items":
            return ["answer", self.group]
        names: list[Any] = [["answer", path] for path, (_, own) in QUESTIONS.items() if own == kind]
        names += [["name", name] for name, (_, own) in IN_ITEMS.items() if own == kind and item]
        written: dict[str, tuple[Any, ...]] = {"number": NUMBERS, "text": TEXTS, "boolean": (True, False)}
        if kind == "date":
            names.append(["today"])
        if kind in written and (not names or chance.random() < 0.4):
            return chance.choice(written[kind])
        if not names:  # a list of what is no list of an answer
            return ["list", *(self.leaf(LISTS[kind], item) for _ in range(chance.randint(0, 3)))]
        return chance.choice(names)

    # --- documents ---

    def answer(self, question: str, strange: float) -> Any:
        chance = self.chance
        if chance.random() < strange:
            return chance.choice(STRANGE)
        pools: dict[str, tuple[Any, ...]] = {
            "integer": ANSWERED, "decimal": ANSWERED, "text": (*TEXTS, *MONTHS), "date": DATES,
            "boolean": (True, False), "choice": (*CODES, *CODES, "weg"),
        }  # fmt: skip
        if question == "choices":
            return chance.sample((*CODES, "weg"), chance.randint(0, 3))
        return chance.choice(pools[question])

    def answers(self, questions: dict[str, tuple[str, str]], strange: float) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path, (question, kind) in questions.items():
            *way, name = path.strip("/").split("/")
            if self.chance.random() < 0.85:
                around = found.setdefault(way[0], {}) if way else found
                around[name] = self.chance.choice(MONTHS) if kind == "month" else self.answer(question, strange)
        return found

    def document(self, strange: float) -> dict[str, Any]:
        """Answers, some missing; so often one of a wrong kind, or a text where a group or an item should stand."""
        found = self.answers(QUESTIONS, strange)
        for group in GROUPS:
            items = [self.item(strange) for _ in range(self.chance.choice([0, 1, 2, 3]))]
            found[group[1:]] = items if self.chance.random() >= strange else self.chance.choice(STRANGE)
        if self.chance.random() < strange:
            found["thuis"] = self.chance.choice(STRANGE)
        return found

    def item(self, strange: float) -> Any:
        made = self.answers(IN_ITEMS, strange)
        return made if self.chance.random() >= strange / 3 else self.chance.choice(STRANGE)


# --- the text of a tree, by 9.1: no more brackets than it needs, or some more ---

LINES: Final = {"or": 1, "and": 2, "not": 3, "in": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
LINES_OF: Final = LINES | dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 4)
SPACES: Final = (" ", " ", " ", "  ", "\t", "\n", "\u00a0")


class Writer:
    """Writes a tree as a maker of forms might."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def text(self, tree: Any, least: int = 0) -> str:
        """With brackets where it holds less tightly than `least`."""
        if not isinstance(tree, list):
            return self.literal(tree)
        name, *arguments = tree
        if name in ("name", "answer"):
            return str(arguments[0])
        gap = self.chance.choice(SPACES)
        if name == "list" or name not in LINES_OF:
            inside = f",{gap}".join(self.text(one) for one in arguments)
            return f"[{inside}]" if name == "list" else f"{name}({inside})"
        holds = 7 if name == "-" and len(arguments) == 1 else LINES_OF[name]
        written = self.operation(name, arguments, holds, gap)
        return f"({written})" if holds < least or self.chance.random() < 0.05 else written

    def operation(self, name: str, arguments: list[Any], holds: int, gap: str) -> str:
        if len(arguments) == 1:
            return f"{name}{gap if name == 'not' else ''}{self.text(arguments[0], holds)}"
        first = holds if holds in (5, 6) else holds + 1
        left, *others = arguments
        words = [self.text(left, first), *(self.text(one, holds + 1) for one in others)]
        return f"{gap}{name}{self.chance.choice(SPACES)}".join(words)

    def literal(self, value: Any) -> str:
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value]
        if isinstance(value, str):
            quote = self.chance.choice("\"'")
            inside = value.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n").replace("\t", "\\t")
            return quote + inside + quote
        digits = repr(float(value)) if value != int(value) or abs(value) > 2**53 else str(int(value))
        return digits.replace("e+", "e").replace("e-0", "e-")
