"""Our expressions in the XPath of XLSForms, as ODK and Kobo work it out (SPEC.md section 2).

What has no XPath is said by its word. Where XPath gives something else for an answer that is missing, that is said too.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from forms import paths
from forms.expressions.dates import is_date
from forms.expressions.tree import Node, Tree, node_of
from forms.interchange.xlsform_export import arithmetic
from forms.sentences import phrase

Why = tuple[str, str]


_NO_XPATH: Final = phrase("export-has-no-xpath")


class Impossible(Exception):
    """Why there is no XPath: in Dutch and English. It never leaves this room."""

    def __init__(self, word: str, why: Why = _NO_XPATH) -> None:
        self.why = phrase("word-and-why", word=word, why=why)
        super().__init__(word)


class Names(msgspec.Struct, frozen=True):
    """The names of questions and repeating groups in the workbook, and their kinds, by template."""

    named: Mapping[str, str]
    kinds: Mapping[str, str]
    codes: Mapping[str, str] = {}
    """Codes that had to be written otherwise."""


_OR: Final = 1
_AND: Final = 2
_EQUAL: Final = 3
_ORDER: Final = 4
_SUM: Final = 5
_PRODUCT: Final = 6
_WHOLE: Final = 9
_OPERATORS: Final = {
    "==": ("=", _EQUAL), "!=": ("!=", _EQUAL), "<": ("<", _ORDER), "<=": ("<=", _ORDER), ">": (">", _ORDER),
    ">=": (">=", _ORDER), "+": ("+", _SUM), "-": ("-", _SUM), "*": ("*", _PRODUCT), "/": ("div", _PRODUCT),
    "%": ("mod", _PRODUCT),
}  # fmt: skip
_SAME: Final = {"abs": "abs", "starts_with": "starts-with"}
_MISSING_MAX: Final = 4  # numbers of which the least or greatest is asked; each stands there as often as there are
_PER_ITEM: Final[Why] = phrase("export-per-item-xpath-works-with")
_LISTS: Final[Why] = phrase("export-xpath-has-no-lists-values")
_TEXTS: Final[Why] = phrase("export-xpath-has-no-order-texts")
_ORDERED: Final = frozenset(("<", "<=", ">", ">=", "min", "max"))
_CONDITIONS: Final = frozenset(
    ("and", "or", "not", "==", "!=", "<", "<=", ">", ">=", "in", "any", "all", "unique", "contains", "starts_with")
)


class Printer:
    """Writes trees as XPath. `own` is the question whose constraint is written: it is called `.` there."""

    def __init__(self, names: Names, repeat: str | None = None, own: str | None = None) -> None:
        self._names = names
        self._repeat = repeat
        self._own = own
        self._item: str | None = None
        self.is_near = False
        """True if what was written is worked out otherwise there when an answer is missing."""

    def condition(self, tree: Tree) -> str:
        """A condition. Raises `Impossible`."""
        return self._condition(node_of(tree))

    def value(self, tree: Tree) -> str:
        """A value. Raises `Impossible`."""
        node = node_of(tree)
        return f"if({self._condition(node)}, 'true', 'false')" if self._is_condition(node) else self._plain(node)

    # --- names ---

    def _path(self, node: Node) -> str:
        if node.op == "answer":
            return str(node.value)
        repeat = self._item or self._repeat
        return f"{repeat}/{paths.ANY_ITEM}/{node.value}" if repeat else f"/{node.value}"

    def _name(self, node: Node) -> str:
        path = self._path(node)
        if path not in self._names.named:
            raise Impossible(path)
        if path == self._own and self._item is None:
            return "."
        inside = self._item is not None and path.startswith(f"{self._item}/{paths.ANY_ITEM}/")
        return self._names.named[path] if inside else f"${{{self._names.named[path]}}}"

    def _kind(self, node: Node) -> str:
        return self._names.kinds.get(self._path(node), "") if node.op in {"answer", "name"} else ""

    # --- nodes ---

    def _is_condition(self, node: Node) -> bool:
        """True if a part says yes or no. A question that does is text in XPath, and stands for nothing by itself."""
        if node.op == "value":
            return isinstance(node.value, bool)
        if node.op in {"if", "coalesce"}:
            chosen = [arg for arg in node.args[node.op == "if" :] if arg.op != "value" or arg.value is not None]
            return bool(chosen) and all(map(self._is_condition, chosen))
        return node.op in _CONDITIONS or self._kind(node) == "boolean"

    def _condition(self, node: Node) -> str:
        return self._in(node, 0, True)

    def _plain(self, node: Node) -> str:
        return self._written(node)[0]

    def _in(self, node: Node, least: int, condition: bool = False) -> str:
        """A part, in brackets where it would not hold together otherwise."""
        text, holds = self._asked(node) if condition else self._written(node)
        return text if holds >= least else f"({text})"

    def _asked(self, node: Node) -> tuple[str, int]:
        """A part as a condition: an answer of yes or no is compared, for any text of it would count as yes."""
        if self._kind(node) == "boolean":
            return f"{self._name(node)} = 'true'", _EQUAL
        if node.op == "value" and node.value is None:
            return "false()", _WHOLE
        if node.op == "coalesce" and self._is_condition(node):
            first, *rest = node.args
            if self._kind(first) != "boolean":  # a condition is never missing
                return self._asked(first)
            other = self._asked(Node("coalesce", args=tuple(rest)) if len(rest) > 1 else rest[0])[0]
            return f"if({self._name(first)} != '', {self._name(first)} = 'true', {other})", _WHOLE
        return self._written(node)

    def _written(self, node: Node) -> tuple[str, int]:
        """The XPath of a node, and how tightly it holds."""
        match node.op:
            case "value":
                return _value(node.value, self._names.codes), _WHOLE
            case "answer" | "name":
                return self._name(node), _WHOLE
            case "or" | "and":
                holds = _OR if node.op == "or" else _AND
                return f" {node.op} ".join(self._in(arg, holds + 1, True) for arg in node.args), holds
            case "not":
                return f"not({self._condition(node.args[0])})", _WHOLE
            case "==" | "!=":
                return self._same(node)
            case "in":
                return self._member(node.args[0], node.args[1])
            case "-" if len(node.args) == 1:
                return "-" + self._in(node.args[0], _WHOLE), _PRODUCT
        if node.op in {"/", "%"}:
            return self._divided(node)
        if node.op in _OPERATORS:
            self._ordered(node)
            sign, holds = _OPERATORS[node.op]
            return f"{self._in(node.args[0], holds)} {sign} {self._in(node.args[1], holds + 1)}", holds
        return self._call(node)

    def _ordered(self, node: Node) -> None:
        """XPath makes numbers of what it puts in order: a text that is no day would be none, and come nowhere."""
        if node.op in _ORDERED and any(map(self._is_text, node.args)):
            raise Impossible(node.op, _TEXTS)

    def _is_text(self, node: Node) -> bool:
        if node.op == "value":
            return isinstance(node.value, str) and not is_date(node.value)
        if node.op in {"if", "coalesce", "list", "map", "min", "max"}:
            return any(map(self._is_text, node.args[node.op in {"if", "map"} :]))
        return node.op == "school_year" or self._kind(node) == "text"

    def _divided(self, node: Node) -> tuple[str, int]:
        one, other = node.args
        if node.op == "/":
            return f"{self._in(one, _PRODUCT)} div {arithmetic.divisor(self._in(other, _WHOLE), other)}", _PRODUCT
        positive = all(map(arithmetic.is_positive, node.args))
        return arithmetic.remainder(self._in(one, _WHOLE), self._in(other, _WHOLE), positive), _PRODUCT

    def _same(self, node: Node) -> tuple[str, int]:
        sign = _OPERATORS[node.op][0]
        left, right = node.args
        if left.op == "value":
            left, right = right, left
        if self._kind(left) == "boolean" and isinstance(right.value, bool) and right.op == "value":
            return f"{self._name(left)} {sign} '{str(right.value).lower()}'", _EQUAL
        self.is_near = self.is_near or arithmetic.is_empty(left) or arithmetic.is_empty(right)
        asked = [self._is_condition(arg) and self._kind(arg) != "boolean" for arg in (left, right)]
        if any(asked) and any(arg.op == "value" and arg.value is None for arg in (left, right)):
            raise Impossible("null", phrase("export-condition-never-empty"))
        self.is_near |= arithmetic.is_near_where_missing(left, right)
        one, two = (self._in(arg, _EQUAL + 1, any(asked)) for arg in (left, right))
        return f"{one} {sign} {two}", _EQUAL

    def _member(self, one: Node, among: Node) -> tuple[str, int]:
        self.is_near = self.is_near or any(map(arithmetic.is_empty, (one, *among.args)))
        if among.op == "list":
            if not among.args:
                return "false()", _WHOLE
            self.is_near |= any(arithmetic.is_near_where_missing(one, arg) for arg in among.args)
            each = [f"{self._in(one, _EQUAL + 1)} = {self._in(arg, _EQUAL + 1)}" for arg in among.args]
            return " or ".join(each), _OR if len(each) > 1 else _EQUAL
        if among.op == "coalesce":  # a question that may be hidden: XPath takes it as empty
            return self._member(one, among.args[0])
        if self._kind(among) != "choices":
            raise Impossible("in", _LISTS)
        return f"selected({self._name(among)}, {self._plain(one)})", _WHOLE

    def _call(self, node: Node) -> tuple[str, int]:
        args = node.args
        if node.op in {"contains", "starts_with"}:  # all texts have what is missing in them there
            self.is_near = self.is_near or args[1].op != "value" or arithmetic.is_empty(args[1])
        match node.op:
            case "list" | "map" | "filter":
                raise Impossible(node.op, _LISTS)
            case "add_months" | "working_days_between":
                raise Impossible(node.op)
            case "today":
                return "today()", _WHOLE
            case "if":
                values = [self.value_of(arg, self._is_condition(node)) for arg in args[1:]]
                return f"if({self._condition(args[0])}, {', '.join(values)})", _WHOLE
            case "coalesce":
                return self._coalesce(args)
            case "round":
                places = self._plain(args[1]) if len(args) > 1 else "0"
                number, positive = self._in(args[0], _WHOLE), arithmetic.is_positive(args[0])
                return arithmetic.rounded(number, places, positive), _WHOLE
            case "floor":
                return arithmetic.floor(self._in(args[0], _WHOLE)), _WHOLE
            case "length":
                return self._unless_missing(args[0], f"string-length({self._plain(args[0])})"), _WHOLE
            case "contains" if self._kind(args[0]) == "choices":
                return f"selected({self._name(args[0])}, {self._plain(args[1])})", _WHOLE
            case "contains":
                return f"contains({self._plain(args[0])}, {self._plain(args[1])})", _WHOLE
        if node.op in _SAME:
            return f"{_SAME[node.op]}({', '.join(map(self._plain, args))})", _WHOLE
        if node.op in {"years_between", "months_between", "days_between", "add_days", "school_year"}:
            return self._dated(node.op, args)
        return self._over(node.op, args)

    def value_of(self, node: Node, conditions: bool) -> str:
        """A value inside `if`: where it chooses between conditions, each is one."""
        return self._condition(node) if conditions else self._plain(node)

    def _coalesce(self, args: tuple[Node, ...]) -> tuple[str, int]:
        rest = [arg for arg in args if not (arg.op == "value" and arg.value is None)]
        rest = [arg for arg in rest if not (arg.op == "list" and not arg.args)] or list(args[:1])
        text, holds = self._written(rest[-1])
        for arg in reversed(rest[:-1]):
            text, holds = f"coalesce({self._plain(arg)}, {text})", _WHOLE
        return text, holds

    # --- dates ---

    def _day(self, node: Node) -> str:
        """A date; a month is its first day."""
        kind, text = self._kind(node), self._in(node, _WHOLE)
        if kind == "date" or node.op in {"today", "add_days"}:
            return text
        if node.op == "value" and isinstance(node.value, str):
            return f"date('{node.value if len(node.value) > 7 else node.value + '-01'}')"
        if kind == "text":
            return f"date(if(string-length({text}) = 7, concat({text}, '-01'), {text}))"
        return f"date({text})"

    def _dated(self, name: str, args: tuple[Node, ...]) -> tuple[str, int]:
        first = self._day(args[0])
        if name == "add_days":
            return f"date({first} + {self._in(args[1], _SUM + 1)})", _WHOLE
        if name == "days_between":
            return f"{self._day(args[1])} - {first}", _SUM
        if name == "school_year":
            year = f"number(format-date({first}, '%Y'))"
            late = f"number(format-date({first}, '%m')) >= 8"
            text = f"if({late}, concat({year}, '-', {year} + 1), concat({year} - 1, '-', {year}))"
            return self._unless_missing(args[0], text), _WHOLE
        of = arithmetic.years if name == "years_between" else arithmetic.months
        return of(first, self._day(args[1])), _WHOLE

    def _unless_missing(self, node: Node, text: str) -> str:
        """A value of an answer, which is missing with it; of a sum that may be missing, it is said to be near."""
        if self._kind(node):
            return arithmetic.unless_missing(self._name(node), text)
        if node.op not in {"value", "today"}:
            self.is_near = True
        return text

    # --- lists and items ---

    def _over(self, name: str, args: tuple[Node, ...]) -> tuple[str, int]:
        group, where = self._items(args[0])
        if group is None:
            return self._over_choices(name, args)
        if len(args) == 1 and args[0].op == "map":
            args = (args[0].args[0], args[0].args[1])
            if name == "count":  # of what is worked out for each item, those that are not missing
                args = (args[0], Node("!=", args=(args[1], Node("value"))))
        if len(args) == 1 and name == "count":
            return f"count({self._group(group)}{_where(where)})", _WHOLE
        if len(args) != 2:
            raise Impossible(name, _PER_ITEM)
        if name == "all":
            denied = f"not({self._inside(group, args[1], 0)})"
            return f"count({self._group(group)}{_where((*where, denied))}) = 0", _EQUAL
        if name in {"count", "any"}:
            counted = f"count({self._group(group)}{_where((*where, self._inside(group, args[1])))})"
            return (counted, _WHOLE) if name == "count" else (f"{counted} > 0", _ORDER)
        path = f"{group}/{paths.ANY_ITEM}/{args[1].value}"
        inside = self._repeat == group and self._item is None  # there the name of a question means one item only
        if name not in {"sum", "min", "max"} or args[1].op != "name" or path not in self._names.named or inside:
            raise Impossible(name, _PER_ITEM)
        if name != "sum" and self._names.kinds.get(path) == "text":
            raise Impossible(name, _TEXTS)
        named = self._names.named[path]
        self.is_near = self.is_near or name != "sum"
        return f"{name}({f'{self._group(group)}{_where(where)}/{named}' if where else f'${{{named}}}'})", _WHOLE

    def _items(self, node: Node) -> tuple[str | None, tuple[str, ...]]:
        """The repeating group that is looked at, and the conditions on its items."""
        if node.op in {"map", "coalesce"}:
            return self._items(node.args[0])
        if node.op == "filter":
            group, where = self._items(node.args[0])
            return group, (*where, self._inside(group, node.args[1])) if group else ()
        if node.op in {"answer", "name"} and self._names.kinds.get(self._path(node)) == "items":
            return self._path(node), ()
        return None, ()

    def _group(self, group: str) -> str:
        return f"${{{self._names.named[group]}}}"

    def _inside(self, group: str | None, node: Node, least: int = _AND) -> str:
        """A condition as it is asked of each item."""
        before, self._item = self._item, group
        try:
            return self._in(node, least, True)
        finally:
            self._item = before

    def _over_choices(self, name: str, args: tuple[Node, ...]) -> tuple[str, int]:
        first = args[0]
        if first.op == "coalesce" and len(args) == 1:
            first = first.args[0]
        if name == "count" and len(args) == 1 and self._kind(first) == "choices":
            return f"count-selected({self._name(first)})", _WHOLE
        if name in {"min", "max", "sum"} and len(args) == 1 and first.op == "list" and first.args:
            self._ordered(Node(name, args=first.args))
            return self._of_several(name, first.args)
        if name in {"any", "all"} and len(args) == 1 and first.op == "list" and first.args:
            return self._written(Node("or" if name == "any" else "and", args=first.args))
        raise Impossible(name, _LISTS)

    def _of_several(self, name: str, args: tuple[Node, ...]) -> tuple[str, int]:
        """The sum, least or greatest of what is there, where any of it may be missing."""
        each = [self._in(arg, _SUM + 1) for arg in args]
        missing = [arg.op != "value" for arg in args]
        if any(arg.op not in {"value", "name", "answer", "today", "count"} for arg in args):
            self.is_near = True  # what is worked out of a missing answer is no number there
        if name == "sum":
            return arithmetic.total(each, missing), _SUM
        if len(args) > _MISSING_MAX:
            raise Impossible(name, _LISTS)
        dated = any(self._kind(arg) == "date" or arg.op in {"today", "add_days"} for arg in args)
        return arithmetic.extreme(name, each, dated), _WHOLE


def _where(conditions: tuple[str, ...]) -> str:
    return f"[{' and '.join(conditions)}]" if conditions else ""


def _value(value: bool | int | float | str | None, codes: Mapping[str, str]) -> str:
    if value is None:
        return "''"
    if isinstance(value, bool):
        return "true()" if value else "false()"
    if isinstance(value, str):
        return quoted(codes.get(value, value))
    if float(value).is_integer() and abs(value) < 10**15:
        return str(int(value))
    text = repr(float(value))
    if "e" in text:
        raise Impossible(text)
    return text


def quoted(text: str) -> str:
    """A text between quotes; XPath has no sign to write a quote inside, so both kinds are put together."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    pieces = ', "\'", '.join(f"'{piece}'" for piece in text.split("'"))
    return f"concat({pieces})"
