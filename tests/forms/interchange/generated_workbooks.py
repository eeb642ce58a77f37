"""Workbooks by chance from a seed, as makers of XLSForms write them: every type of question, groups and repeats in each
other, conditions of many shapes, equal names in two groups, filters of choices, one to three languages.

What was asked is kept beside the bytes, so that a test can say of every condition where it must be found again.
"""

from random import Random

import msgspec

from tests.forms.interchange.tables import workbook

LANGUAGES = ("Nederlands (nl)", "English (en)", "Français (fr)")
LISTS = {"kleur": ("rood", "blauw", "wit"), "schaal": ("1", "2", "3"), "plaats": ("aa", "bb", "cc", "dk")}
ASKED = (
    "text", "integer", "decimal", "date", "time", "dateTime", "acknowledge", "range", "geopoint", "image", "audio",
    "barcode", "percentage", "select_one kleur", "select_one schaal", "select_multiple kleur", "select_one plaats",
    "select_multiple plaats", "select_one kleur or_other", "rank schaal", "note", "note", "calculate", "calculate",
)  # fmt: skip
SELDOM = ("start", "today", "deviceid", "video", "file", "geotrace", "start-geopoint", "hidden", "comments", "q string")
NUMBERS = {"integer", "decimal", "percentage", "range"}
COLUMNS = ["type", "name", "hint", "required", "relevant", "constraint", "calculation", "choice_filter", "appearance"]


class Asked(msgspec.Struct):
    """One question or group: its row in the sheet, its label that no other has, and what its conditions read."""

    row: int
    type: str
    name: str
    label: str
    around: tuple[str, ...]
    """The names of the groups around it, the outermost first; `repeat` is the one that repeats, if any."""
    repeat: str | None
    relevant: str = ""
    reads: tuple[str, ...] = ()
    """The labels of what its own condition reads."""
    groups: tuple[int, ...] = ()
    """The rows of the groups around it."""


class Made(msgspec.Struct):
    """A workbook and all that was asked in it."""

    raw: bytes
    asked: list[Asked]


class Maker:
    """One workbook."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.languages = LANGUAGES[: self.chance.randint(1, 3)]
        self.rows: list[dict[str, str]] = []
        self.asked: list[Asked] = []
        self.doubled: dict[str, int] = {}
        self.names = 0

    def made(self) -> Made:
        """The bytes, and what was asked."""
        self._block((), (), None, 0, self.chance.randint(4, 14))
        heads = [f"label::{language}" for language in self.languages]
        columns = [*COLUMNS, *heads]
        survey = [columns, *([row.get(column, "") for column in columns] for row in self.rows)]
        choices = [["list_name", "name", "streek", *heads]]
        for name, codes in LISTS.items():
            choices += [
                [name, code, codes[place % 2], *([f"{name} {code}"] * len(heads))] for place, code in enumerate(codes)
            ]
        settings = [["form_title", "form_id", "version"], ["Gemaakt", "gemaakt", "1"]]
        return Made(workbook({"survey": survey, "choices": choices, "settings": settings}), self.asked)

    def _block(
        self, around: tuple[str, ...], groups: tuple[int, ...], repeat: str | None, depth: int, size: int
    ) -> None:
        for _ in range(size):
            if depth < 3 and self.chance.random() < 0.18:
                self._group(around, groups, repeat, depth)
            else:
                self._question(around, groups, repeat)

    def _group(self, around: tuple[str, ...], groups: tuple[int, ...], repeat: str | None, depth: int) -> None:
        kind = "repeat" if self.chance.random() < (0.05 if repeat else 0.4) else "group"
        one = self._row(f"begin {kind}", self._name(around), around, groups, repeat)
        here = (*around, one.name), (*groups, one.row)
        self._block(*here, one.name if kind == "repeat" else repeat, depth + 1, self.chance.randint(1, 4))
        self.rows.append({"type": f"end {kind}"})

    def _name(self, around: tuple[str, ...]) -> str:
        """A new name, or sometimes one that stands in another group already."""
        other = [one.name for one in self.asked if one.around != around and not one.type.startswith("begin")]
        here = {one.name for one in self.asked if one.around == around}
        if around and other and self.chance.random() < 0.15:
            name = self.chance.choice(other)
            if name not in here and name not in around:
                self.doubled[name] = 1
                return name
        self.names += 1
        return self.chance.choice(
            ["v_{}", "Vraag{}", "deel-{}", "q{}.a"] if self.chance.random() < 0.2 else ["v_{}"]
        ).format(self.names)

    def _row(self, kind: str, name: str, around: tuple[str, ...], groups: tuple[int, ...], repeat: str | None) -> Asked:
        one = Asked(len(self.rows) + 2, kind, name, f"Woord {len(self.rows)}", around, repeat, groups=groups)
        row = {"type": kind, "name": name, **{f"label::{language}": one.label for language in self.languages}}
        if self.chance.random() < 0.35:
            row["relevant"], one.reads = self._condition(one)
            one.relevant = row["relevant"]
        self.rows.append(row)
        self.asked.append(one)
        return one

    def _question(self, around: tuple[str, ...], groups: tuple[int, ...], repeat: str | None) -> None:
        kind = self.chance.choice(SELDOM if self.chance.random() < 0.08 else ASKED)
        one = self._row(kind, self._name(around), around, groups, repeat)
        row = self.rows[-1]
        if kind in {"calculate", "hidden"}:
            row["calculation"] = self._value(one)
        if kind in NUMBERS and self.chance.random() < 0.5:
            row["constraint"] = self.chance.choice(
                [". > 0", ". >= 0 and . < 100", ". != 7", ". < 9 or . > 90", "pulldata('a', 'b', 'c', .)"]
            )
        if kind == "text" and self.chance.random() < 0.4:
            row["constraint"] = self.chance.choice(
                ["regex(., '[a-z]{2,5}')", "string-length(.) < 9", ". != 'x'", "regex(., '(')"]
            )
        if kind == "date" and self.chance.random() < 0.4:
            row["constraint"] = self.chance.choice([". <= today()", ". >= '2020-01-01'", ". > today() - 30"])
        if kind.startswith("select") and self.chance.random() < 0.3:
            before = self._known(one, "select_one")
            row["choice_filter"] = f"streek = {self._said(before)}" if before else "streek = 'rood'"
        row["required"] = self.chance.choice(["", "", "yes", "no", "yes()" if kind == "text" else ""])
        row["hint"] = self.chance.choice(["", "", "Rustig vragen", "Zie ${v_1}"])
        row["appearance"] = self.chance.choice(["", "", "minimal", "multiline", "w1"])

    # --- what can be asked of the rows before ---

    def _known(self, one: Asked, *kinds: str) -> Asked | None:
        """A question that stands before and can be named from here."""
        found = [
            other
            for other in self.asked
            if other.type.startswith(kinds) and other.repeat in {None, one.repeat} and other.row != one.row
        ]
        return self.chance.choice(found) if found else None

    def _said(self, other: Asked) -> str:
        if other.name in self.doubled:
            return "/data/" + "/".join((*other.around, other.name))
        return f"${{{other.name}}}"

    def _condition(self, one: Asked, depth: int = 2) -> tuple[str, tuple[str, ...]]:
        """A condition, and the labels of what it reads."""
        chance = self.chance
        if depth and chance.random() < 0.4:
            parts = [self._condition(one, depth - 1) for _ in range(chance.randint(2, 3))]
            constant = any(not labels for _, labels in parts)  # it may decide alone, and then nothing is read
            reads = () if constant else tuple(label for _, labels in parts for label in labels)
            return f" {chance.choice(['and', 'or'])} ".join(f"({text})" for text, _ in parts), reads
        if depth and chance.random() < 0.15:
            text, reads = self._condition(one, depth - 1)
            return f"not({text})", reads
        shapes = {
            "select_one kleur": ["{} = 'rood'", "{} != 'wit'", "selected({}, 'blauw')", "{} = ''", "{} = 'paars'"],
            "select_one schaal": ["{} >= 2", "{} + 1 > 2", "{} = '1'", "number({}) = 2"],
            "select_multiple": ["selected({}, 'rood')", "count-selected({}) > 1", "{} != ''"],
            "integer": ["{} > 3", "{} mod 2 = 0", "{} = 'NaN'", "int({} div 3) < 2", "coalesce({}, 0) = 0"],
            "decimal": ["round({}, 1) <= 2.5", "{} * 2 != 9", "abs({}) > 1", "log10({}) > 1"],
            "date": ["{} > today()", "decimal-date-time({}) > 9", "format-date({}, '%Y') = '2020'"],
            "text": ["{} = 'ja'", "string-length({}) > 3", "contains({}, 'a')", "{} != ''", "concat({}, 'x') = 'ax'"],
            "acknowledge": ["{} = 'OK'", "{} != ''"],
            "calculate": ["{} > 1", "{} = 'ja'"],
            "time": ["{} > '12:00'"],
            "begin repeat": ["count({}) > 1"],
        }  # fmt: skip
        for _ in range(4):
            kind = chance.choice([*shapes])
            other = self._known(one, kind)
            if other is not None and (kind != "begin repeat" or other.name not in one.around):
                text = chance.choice(shapes[kind]).format(self._said(other))
                return text, (other.label,) if "paars" not in text else ()
        return chance.choice([("true()", ()), ("1 = 1", ()), ("${nergens} = 1", ()), ("today() > '2020-01-01'", ())])

    def _value(self, one: Asked) -> str:
        number = self._known(one, "integer", "decimal")
        said = self._said(number) if number is not None else "3"
        condition, _ = self._condition(one, 1)
        return self.chance.choice(
            [f"{said} + 1", f"if({condition}, 1, 0)", f"if({condition}, 'ja', 'nee')", "today()", f"max({said}, 2)",
             f"round({said} div 3, 1)", "'vast'", f"concat({said}, 'x')", "uuid()", f"once({said})", condition]
        )  # fmt: skip


def made(seed: int) -> Made:
    """The workbook of this seed."""
    return Maker(seed).made()
