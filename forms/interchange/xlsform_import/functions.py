"""Every function that XLSForms use: what it becomes here, or why it cannot (SPEC.md section 3.4)."""

from collections.abc import Callable
from typing import Final

from forms.expressions.kinds import BOOLEAN, DATE, NULL, NUMBER, Kind, meet, written_text
from forms.expressions.tree import ARGUMENTS_MAX, Node
from forms.interchange.xlsform_import.values import (
    Asks,
    Impossible,
    Typed,
    among,
    denied,
    empty,
    is_date,
    minus,
    node_of,
    not_negative,
    text_of,
    word_of,
)
from forms.interchange.xlsform_import.xpath import X
from forms.sentences import phrase

Args = tuple[X, ...]
Function = Callable[[Asks, Args], Typed]

POWER_MAX: Final = 4  # a power is written out as products
NOTHING: Final = Node("value")


# --- choices ---


def _selected(asks: Asks, args: Args) -> Typed:
    if args[0].op == "column" and args[0].value in asks.scope.columns:
        return _named_in_cell(asks, args), BOOLEAN
    node, kind = asks.visit(args[0])
    code = _as_text(asks.visit(args[1]), args[1])
    if code == NOTHING:
        return empty(node, kind), BOOLEAN
    codes = kind.member.codes if kind.member is not None else kind.codes
    if codes and code.op == "value" and code.value not in codes:
        asks.remarks.append(phrase("import-no-choice-never", value=code.value))
        return Node("value", False), BOOLEAN
    if kind.name == "list":
        return Node("in", args=(code, node)), BOOLEAN
    if kind.name == "text" and kind.codes:
        return among(node, [code.value]) if code.op == "value" else Node("==", args=(node, code)), BOOLEAN
    if kind == BOOLEAN and code.value == "OK":
        return Node("==", args=(node, Node("value", True))), BOOLEAN
    raise Impossible("selected()", phrase("import-fits-question-with-choices-only"))


def _named_in_cell(asks: Asks, args: Args) -> Node:
    """A cell of a choice that names several codes: one of them is the answer, which must be there."""
    cell, _ = asks.scope.columns[args[0].value]
    parts = asks.scope.parts.get(args[0].value, (cell,))
    answer, kind = asks.visit(args[1])
    if kind.name not in {"text", "null"}:
        raise Impossible("selected()", phrase("import-text-belongs-here"))
    same = (
        Node("==", args=(parts[0], answer)) if len(parts) == 1 else Node("in", args=(answer, Node("list", args=parts)))
    )
    return Node("and", args=(Node("!=", args=(answer, NOTHING)), same))


def _count_selected(asks: Asks, args: Args) -> Typed:
    node, kind = asks.visit(args[0])
    if kind.name == "list":
        return Node("count", args=(node,)), NUMBER
    if kind.name == "text" and kind.codes:
        return Node("if", args=(empty(node, kind), Node("value", 0), Node("value", 1))), NUMBER
    raise Impossible("count-selected()", phrase("import-fits-question-with-choices-only"))


# --- yes and no ---


def _true(_: Asks, __: Args) -> Typed:
    return Node("value", True), BOOLEAN


def _false(_: Asks, __: Args) -> Typed:
    return Node("value", False), BOOLEAN


def _not(asks: Asks, args: Args) -> Typed:
    return denied(asks.boolean(args[0])[0]), BOOLEAN


def _boolean(asks: Asks, args: Args) -> Typed:
    return asks.boolean(args[0])


def _from_text(asks: Asks, args: Args) -> Typed:
    node, kind = asks.visit(args[0])
    if kind == BOOLEAN:
        return node, kind
    if kind.name == "text" and kind.codes:
        return among(node, [code for code in kind.codes if code in {"true", "1"}]), BOOLEAN
    raise Impossible("boolean-from-string()", phrase("import-fits-choice-only"))


def _if(asks: Asks, args: Args) -> Typed:
    condition = asks.boolean(args[0])[0]
    one, two = _alike([asks.visit(args[1]), asks.visit(args[2])], "if()")
    met = meet(one[1], two[1])
    assert met is not None
    return Node("if", args=(condition, one[0], two[0])), met


def _coalesce(asks: Asks, args: Args) -> Typed:
    found = _alike([asks.visit(arg) for arg in args], "coalesce()")
    kind: Kind = NULL
    for _, other in found:
        kind = meet(kind, other) or kind
    return Node("coalesce", args=tuple(node for node, _ in found)), kind


def _spelled(typed: Typed) -> Typed:
    node, kind = typed
    if kind != NUMBER or node.op != "value":
        return typed
    return Node("value", text_of(node.value)), written_text(text_of(node.value))


def _alike(found: list[Typed], word: str) -> list[Typed]:
    """Values of one kind: numbers that stand beside texts are texts, as in XPath."""
    kinds = [kind for _, kind in found if kind != NULL]
    if any(kind.name == "text" for kind in kinds):
        found = [_spelled(typed) for typed in found]
    met: Kind | None = NULL
    for _, kind in found:
        met = None if met is None else meet(met, kind)
    if met is None:
        raise Impossible(
            word,
            phrase("import-gives-one-kind-value-now"),
        )
    return found


# --- numbers ---


def _number(asks: Asks, args: Args) -> Typed:
    return asks.number(args[0]), NUMBER


def _int(asks: Asks, args: Args) -> Typed:
    """Towards zero; ours goes down."""
    node = asks.number(args[0])
    if not_negative(node):
        return Node("floor", args=(node,)), NUMBER
    below = minus(Node("floor", args=(minus(node),)))
    return Node("if", args=(Node("<", args=(node, Node("value", 0))), below, Node("floor", args=(node,)))), NUMBER


def _round(asks: Asks, args: Args) -> Typed:
    node = asks.number(args[0])
    if len(args) == 1:
        return Node("round", args=(node,)), NUMBER
    places = asks.number(args[1])
    if places.op != "value" or places.value not in range(10):
        raise Impossible("round()", phrase("import-number-decimals-0-9"))
    return Node("round", args=(node, places)), NUMBER


def _floor(asks: Asks, args: Args) -> Typed:
    return Node("floor", args=(asks.number(args[0]),)), NUMBER


def _ceiling(asks: Asks, args: Args) -> Typed:
    return minus(Node("floor", args=(minus(asks.number(args[0])),))), NUMBER


def _abs(asks: Asks, args: Args) -> Typed:
    return Node("abs", args=(asks.number(args[0]),)), NUMBER


def _pow(asks: Asks, args: Args) -> Typed:
    node, power = asks.number(args[0]), asks.number(args[1])
    if power.op != "value" or power.value not in range(1, POWER_MAX + 1):
        raise Impossible("pow()", phrase("import-powers-from-1-only", limit=POWER_MAX))
    result = node
    for _ in range(int(power.value) - 1):
        result = Node("*", args=(result, node))
    return result, NUMBER


# --- texts ---


def _as_text(typed: Typed, x: X) -> Node:
    node, kind = typed
    if kind == NUMBER and node.op == "value":
        return Node("value", text_of(node.value))
    if kind.name in {"text", "null", "date"}:
        return node
    raise Impossible(word_of(x), phrase("import-text-belongs-here"))


def _string(asks: Asks, args: Args) -> Typed:
    node, kind = asks.visit(args[0])
    text = _as_text((node, kind), args[0])
    return text, kind if text is node else written_text(text.value)


def _length(asks: Asks, args: Args) -> Typed:
    x = args[0] if args else X("self")
    text = _as_text(asks.visit(x), x)
    if x.op != "self":  # what is empty has no characters; with us it has no length
        text = Node("coalesce", args=(text, Node("value", "")))
    return Node("length", args=(text,)), NUMBER


def _contains(asks: Asks, args: Args) -> Typed:
    return Node("contains", args=(_as_text(asks.visit(args[0]), args[0]), _part(asks, args[1]))), BOOLEAN


def _starts_with(asks: Asks, args: Args) -> Typed:
    return Node("starts_with", args=(_as_text(asks.visit(args[0]), args[0]), _part(asks, args[1]))), BOOLEAN


def _part(asks: Asks, x: X) -> Node:
    text = _as_text(asks.visit(x), x)
    return Node("value", "") if text == NOTHING else text


# --- dates ---


def _today(_: Asks, __: Args) -> Typed:
    return Node("today"), DATE


def _now(asks: Asks, __: Args) -> Typed:
    asks.remarks.append(phrase("import-now-day-without-time-here"))
    return Node("today"), DATE


def _date(asks: Asks, args: Args) -> Typed:
    node, kind = asks.visit(args[0])
    if kind == DATE:
        return node, DATE
    if is_date(kind, node):
        return node, kind
    if kind == NUMBER:
        return Node("add_days", args=(Node("value", "1970-01-01"), Node("floor", args=(node,)))), DATE
    raise Impossible("date()", phrase("import-no-date"))


def _format_date(asks: Asks, args: Args) -> Typed:
    node, kind = asks.visit(args[0])
    if args[1] == X("text", "%Y-%m-%d") and kind == DATE:
        return node, DATE
    raise Impossible("format-date()", phrase("import-date-not-made-into-text"))


def _day_number(asks: Asks, args: Args) -> Typed:
    """Count days: of two days it says what the days say, and a sum with it counts from 1970."""
    node, kind = asks.visit(args[0])
    if kind == DATE or is_date(kind, node):
        return node, DATE if kind == DATE else kind
    raise Impossible("decimal-date-time()", phrase("import-no-date"))


def _moment(asks: Asks, args: Args) -> Typed:
    made = _date(asks, args)
    asks.remarks.append(phrase("import-day-of-moment"))
    return made


def _months(asks: Asks, args: Args) -> Typed:
    """Whole months; at the end of a month that is too short, others count one a few days earlier."""
    days = [asks.visit(arg) for arg in args]
    if not all(is_date(kind, node) for node, kind in days):
        raise Impossible("difference-in-months()", phrase("import-no-date"))
    asks.remarks.append(phrase("import-months-at-their-end"))
    return Node("months_between", args=tuple(node for node, _ in days)), NUMBER


def _once(asks: Asks, args: Args) -> Typed:
    asks.remarks.append(phrase("import-once-computed-anew-each-time"))
    return asks.visit(args[0])


# --- repeats ---


def _count(asks: Asks, args: Args) -> Typed:
    x = args[0]
    if x.op == "where" and x.value is None:
        group = _group(asks, x.args[0].value, "count()")
        return Node("count", args=(group[0], asks.seen_from(group[1]).boolean(x.args[1])[0])), NUMBER
    if x.op != "question":
        raise Impossible("count()", phrase("import-repeat-belongs-here"))
    return Node("count", args=(_group(asks, x.value, "count()")[0],)), NUMBER


def _count_answered(asks: Asks, args: Args) -> Typed:
    group, inner, kind = _members(asks, args[0], "count-non-empty()")
    return Node("count", args=(group, denied(empty(inner, kind)))), NUMBER


def _sum(asks: Asks, args: Args) -> Typed:
    group, inner, kind = _members(asks, args[0], "sum()")
    if kind != NUMBER:
        raise Impossible("sum()", phrase("import-these-no-numbers"))
    return Node("sum", args=(group, inner)), NUMBER


def _extreme(name: str) -> Function:
    def function(asks: Asks, args: Args) -> Typed:
        if len(args) == 1 and args[0].op in {"question", "where"} and _stands_in_items(asks, args[0]):
            group, inner, kind = _members(asks, args[0], f"{name}()")
            if kind not in {NUMBER, DATE}:
                raise Impossible(f"{name}()", phrase("import-these-no-numbers"))
            return Node(name, args=(group, inner)), kind
        found = [asks.visit(arg) for arg in args]
        if all(kind == DATE for _, kind in found):
            return Node(name, args=(Node("list", args=tuple(node for node, _ in found)),)), DATE
        return Node(name, args=(Node("list", args=tuple(asks.number(arg) for arg in args)),)), NUMBER

    return function


def _stands_in_items(asks: Asks, x: X) -> bool:
    if x.op == "where":
        return True
    return any(one.repeat is not None and one.repeat != asks.scope.repeat for one in asks.scope.found(x.value))


def _group(asks: Asks, name: str, word: str) -> tuple[Node, str]:
    """A repeating group by its own name, or by that of a question in its items."""
    found = asks.scope.found(name)
    groups = [one for one in found if one.kind.name == "items"]
    if len(groups) == 1:
        return node_of(groups[0]), groups[0].kind.group
    inside = {one.repeat for one in found if one.repeat is not None}
    if len(inside) == 1 and asks.scope.repeat not in inside:
        path = inside.pop() or ""
        return Node("name", path.rpartition("/")[2]), path
    raise Impossible(word, phrase("import-repeat-belongs-here"))


def _members(asks: Asks, x: X, word: str) -> tuple[Node, Node, Kind]:
    """The group, and what is looked at in each of its items."""
    if x.op not in {"question", "where"} or x.value is None:
        raise Impossible(word, phrase("import-question-repeat-belongs-here"))
    if x.op == "where":
        group, path = _group(asks, x.args[0].value, word)
        group = Node("filter", args=(group, asks.seen_from(path).boolean(x.args[1])[0]))
    else:
        group, path = _group(asks, x.value, word)
    node, kind = asks.seen_from(path).visit(X("question", x.value))
    if kind.name == "items":
        raise Impossible(word, phrase("import-question-repeat-belongs-here"))
    return group, node, kind


FUNCTIONS: Final[dict[str, tuple[int, int, Function]]] = {  # how many arguments, and what becomes of it
    "selected": (2, 2, _selected),
    "count-selected": (1, 1, _count_selected),
    "true": (0, 0, _true),
    "false": (0, 0, _false),
    "not": (1, 1, _not),
    "boolean": (1, 1, _boolean),
    "boolean-from-string": (1, 1, _from_text),
    "if": (3, 3, _if),
    "coalesce": (2, ARGUMENTS_MAX, _coalesce),
    "number": (1, 1, _number),
    "int": (1, 1, _int),
    "round": (1, 2, _round),
    "floor": (1, 1, _floor),
    "ceiling": (1, 1, _ceiling),
    "abs": (1, 1, _abs),
    "pow": (2, 2, _pow),
    "string": (1, 1, _string),
    "string-length": (0, 1, _length),
    "contains": (2, 2, _contains),
    "starts-with": (2, 2, _starts_with),
    "today": (0, 0, _today),
    "now": (0, 0, _now),
    "date": (1, 1, _date),
    "format-date": (2, 2, _format_date),
    "format-date-time": (2, 2, _format_date),
    "decimal-date-time": (1, 1, _day_number),
    "date-time": (1, 1, _moment),
    "difference-in-months": (2, 2, _months),
    "cht:difference-in-months": (2, 2, _months),
    "once": (1, 1, _once),
    "count": (1, 1, _count),
    "count-non-empty": (1, 1, _count_answered),
    "sum": (1, 1, _sum),
    "min": (1, ARGUMENTS_MAX, _extreme("min")),
    "max": (1, ARGUMENTS_MAX, _extreme("max")),
}
