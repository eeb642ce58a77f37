"""Says an expression of a form in words, in one language, for whoever reads a form and no code (SPEC.md section 9.9).

Questions stand by their labels and choices by theirs, both in quotes. What is said means what the tree means, and is
never read back.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from forms.definition.document import Form, Lists
from forms.definition.inspection import LANGUAGE
from forms.definition.mentions import MENTION, meant
from forms.expressions.tree import ARITHMETIC, Node, Tree, group_of, is_each, node_of, template
from forms.records.speaking import known_of
from forms.schema.question import Question
from forms.sentences import speech
from forms.sentences import written as languages_written
from forms.wording import day, exact, filled

_ORDERED: Final = {"<": "less", "<=": "most", ">": "more", ">=": "least"}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}  # the same comparison, read from its other side
_DAYS: Final = frozenset({"today", "add_days", "add_months"})  # functions that give a day
_CONDITIONS: Final = frozenset({
    "and", "or", "not", "==", "!=", *_ORDERED, "in", "contains", "starts_with", "any", "all", "unique",
})  # fmt: skip


class InWords:
    """The expressions of a form in one language; `lists` are the words of the municipality's lists."""

    def __init__(self, form: Form, language: str, lists: Lists | None = None) -> None:
        self._form, self._lists, self._known = form, lists or {}, known_of(form)
        self._wanted = language
        self.language = language if language in languages_written() else "en"
        self._said = speech(self.language).told

    def condition(self, tree: Tree, repeat: str | None = None) -> str:
        """A condition, as it follows on `if`. `repeat` is the group in whose items it stands."""
        return self._holds(node_of(tree), repeat)

    def value(self, tree: Tree, repeat: str | None = None, of: str | None = None) -> str:
        """The value of an expression, as it stands in a sentence; choices are those of the question `of`."""
        return self._term(node_of(tree), repeat, None if of is None else Node("answer", of))

    def text(self, words: Mapping[str, str], repeat: str | None = None) -> str:
        """A text of the form, as it stands in the items of `repeat`; an answer that it mentions by its question."""
        text = words.get(self._wanted) or words.get(LANGUAGE, "")

        def named(found: re.Match[str]) -> str:
            path = meant(found[1], repeat, self._known)
            return found[0] if path is None else self.say("answer-to", a=self._form.label(path, self._wanted))

        return MENTION.sub(named, text)

    def say(self, code: str, **facts: Any) -> str:
        """A sentence of these words with its facts."""
        return filled(self._said[code], self.language, facts)

    def listed(self, words: Iterable[str], code: str = "or") -> str:
        """Words one after another, `or` (or `and`) before the last."""
        *first, last = words
        return self.say(code, a=", ".join(first), b=last) if first else last

    # --- conditions ---

    def _holds(self, node: Node, repeat: str | None, no: bool = False) -> str:
        """The words of a condition, or of its opposite."""
        op, args = node.op, node.args
        if op == "value":
            return self.say("always" if (node.value is True) is not no else "never")
        if op == "not":
            return self._holds(args[0], repeat, not no)
        if op in ("==", "!="):
            return self._equal(args, repeat, (op == "!=") is not no)
        if op in ("in", "contains"):
            return self._among(args if op == "in" else (args[1], args[0]), repeat, no)
        if op in _ORDERED and (some := self._some(node)) is not None:
            return self._any_at_all(*some, repeat, no)
        if op in ("name", "answer"):
            return self.say("is-not-yes" if no else "is-yes", a=self._term(node, repeat))
        positive = self._positive(node, repeat)
        return self.say("not", a=positive) if no else positive

    def _positive(self, node: Node, repeat: str | None) -> str:
        op, args = node.op, node.args
        if op in ("and", "or"):
            other = "or" if op == "and" else "and"
            loose = [_is_loose(one, other) for one in args]
            parts = [self._holds(one, repeat) for one in args]
            return self._folded(op, [f"({said})" if apart else said for apart, said in zip(loose, parts, strict=True)])
        if op in _ORDERED:
            return self._ordered(op, args, repeat)
        if op in ("any", "all") and is_each(node):
            inside = group_of(args[0]) or repeat
            return self.say(f"{op}-of", a=self._term(args[0], repeat), b=self._holds(args[1], inside))
        if op == "unique" and (of := self._each_of(node)) is not None:
            group, what = of
            return self.say("unique-of", a=self._term(group, repeat), b=self._term(what, group_of(group) or repeat))
        if op == "if":
            return self._chosen(args, partial(self._holds, repeat=repeat), repeat)
        said = self.say(op, **self._letters(args, repeat)) if op in ("any", "all", "unique", "starts_with") else ""
        return said or self.say("is-yes", a=self._term(node, repeat))

    def _folded(self, code: str, parts: list[str]) -> str:
        said = parts[0]
        for one in parts[1:]:
            said = self.say(code, a=said, b=one)
        return said

    def _equal(self, args: tuple[Node, ...], repeat: str | None, no: bool) -> str:
        one, other = (args[1], args[0]) if args[0].op == "value" else args
        one = _without_default(one, other)
        if other.op == "value" and (other.value is None or isinstance(other.value, bool)):
            code = "answered" if other.value is None else "is-yes" if other.value else "is-no"
            opposite = {"answered": "unanswered", "is-yes": "is-not-yes", "is-no": "is-not-no"}[code]
            wanted = no is (other.value is None)  # `!= null` is what `answered` says
            return self.say(code if wanted else opposite, a=self._term(one, repeat))
        if one.op == "count" and other.op == "value" and other.value == 0:
            return self._any_at_all(one, no, repeat)
        if one.op in _CONDITIONS and other.op in _CONDITIONS:
            return self.say("differ" if no else "alike", a=self._holds(one, repeat), b=self._holds(other, repeat))
        return self.say("is-not" if no else "is", a=self._term(one, repeat), b=self._term(other, repeat, one))

    def _among(self, args: tuple[Node, ...], repeat: str | None, no: bool) -> str:
        one, around = args
        if around.op == "list":
            said = [self._term(part, repeat, one) for part in around.args]
            if not said:
                return self.say("always" if no else "never")
            return self.say("is-not" if no else "is", a=self._term(one, repeat), b=self.listed(said))
        plain = around.args[0] if _is_empty_default(around) else around
        asked = self._question(plain, repeat)
        code = "chosen" if asked is not None and asked.kind == "choices" else "within"
        return self.say(f"not-{code}" if no else code, a=self._term(plain, repeat), b=self._term(one, repeat, plain))

    def _some(self, node: Node) -> tuple[Node, bool] | None:
        """The list that is counted, and True if the comparison holds of one that has something; None for others."""
        op, (one, other) = node.op, node.args
        if one.op == "value":
            op, one, other = _TURNED[op], other, one
        if one.op != "count" or other.op != "value":
            return None
        found = {(">", 0): True, (">=", 1): True, ("<", 1): False, ("<=", 0): False}.get((op, other.value))
        return None if found is None else (one, found)

    def _any_at_all(self, count: Node, some: bool, repeat: str | None, no: bool = False) -> str:
        wanted = some is not no
        if is_each(count):
            inside = group_of(count.args[0]) or repeat
            code = "any-of" if wanted else "none-of"
            return self.say(code, a=self._term(count.args[0], repeat), b=self._holds(count.args[1], inside))
        asked = self._question(count.args[0], repeat)
        kind = "choice" if asked is not None else "item"
        return self.say(f"{'some' if wanted else 'no'}-{kind}", a=self._term(count.args[0], repeat))

    def _ordered(self, op: str, args: tuple[Node, ...], repeat: str | None) -> str:
        one, other = args
        if one.op == "value":
            op, one, other = _TURNED[op], other, one
        code = _ORDERED[op]
        if any(self._is_day(part, repeat) for part in args):
            code = {"less": "before", "most": "not-after", "more": "after", "least": "not-before"}[code]
        return self.say(code, a=self._term(one, repeat, other), b=self._term(other, repeat, one))

    def _is_day(self, node: Node, repeat: str | None) -> bool:
        asked = self._question(node, repeat)
        return node.op in _DAYS or (asked is not None and (asked.kind == "date" or asked.widget == "month"))

    # --- what things are called ---

    def _term(self, node: Node, repeat: str | None, beside: Node | None = None) -> str:
        """The words of a part; of a written value those of the question `beside` it."""
        op, args = node.op, node.args
        if op == "value":
            return self._literal(node.value, self._question(beside, repeat) if beside is not None else None)
        if op in ("name", "answer"):
            return self._label(node, repeat)
        if op == "list":
            return self.listed([self._term(one, repeat, beside) for one in args]) if args else self.say("nothing")
        if op in ARITHMETIC:
            parts = [self._part(one, repeat) for one in args]
            return f"{parts[0]} {op} {parts[1]}" if len(parts) == 2 else f"{op}{parts[0]}"
        if op in _CONDITIONS:
            return self.say("whether", a=self._holds(node, repeat))
        if op == "if":
            return self._chosen(args, lambda one: self._term(one, repeat, beside), repeat)
        if is_each(node):
            return self._each(node, repeat)
        if op == "count" and self._question(args[0], repeat) is not None:
            return self.say("count-choices", a=self._term(args[0], repeat))
        if op == "coalesce":
            return self._folded("coalesce", [self._term(one, repeat, args[0]) for one in args])
        return self.say("round-to" if op == "round" and len(args) == 2 else op, **self._letters(args, repeat))

    def _part(self, node: Node, repeat: str | None) -> str:
        said = self._term(node, repeat)
        return f"({said})" if node.op in ARITHMETIC else said

    def _letters(self, args: tuple[Node, ...], repeat: str | None) -> dict[str, Any]:
        """Name the arguments of a function for its sentence, and the last of them as a count."""
        last = args[-1].value if args and isinstance(args[-1].value, int | float) else None
        named = {letter: self._term(one, repeat) for letter, one in zip("abc", args, strict=False)}
        return {**named, "count": 2 if last is None else last}

    def _each(self, node: Node, repeat: str | None) -> str:
        group, what = node.args
        inside = group_of(group) or repeat
        said = self._holds(what, inside) if node.op in ("count", "filter") else self._term(what, inside)
        return self.say(f"{node.op}-of", a=self._term(group, repeat), b=said)

    def _each_of(self, node: Node) -> tuple[Node, Node] | None:
        """The group and the part of its items that `unique` looks at; None where it looks at a list."""
        if is_each(node):
            return node.args[0], node.args[1]
        inner = node.args[0]
        return (inner.args[0], inner.args[1]) if inner.op == "map" else None

    def _chosen(self, args: tuple[Node, ...], say: Callable[[Node], str], repeat: str | None) -> str:
        when, then, otherwise = args
        inner = f"({say(then)})" if then.op == "if" else say(then)
        if otherwise.op == "value" and otherwise.value is True:
            return self.say("if-only", a=self._holds(when, repeat), b=inner)
        return self.say("if", a=self._holds(when, repeat), b=inner, c=say(otherwise))

    def _question(self, node: Node, repeat: str | None) -> Question | None:
        if node.op == "coalesce":
            return self._question(node.args[0], repeat)
        if node.op not in ("name", "answer"):
            return None
        return self._form.asked(node.value if node.op == "answer" else template(node.value, repeat))

    def _label(self, node: Node, repeat: str | None) -> str:
        path = node.value if node.op == "answer" else template(node.value, repeat)
        words = self._form.label(path, self._wanted)
        return self.say("quoted", a=words if words != path else path.rpartition("/")[2].replace("_", " "))

    def _literal(self, value: Any, asked: Question | None) -> str:
        if value is None:
            return self.say("nothing")
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, int | float):
            return exact(value, self.language)
        if asked is not None and (asked.codes or asked.listed or asked.choices):
            return self.say("quoted", a=self._form.choice_label(asked.path, value, self._wanted, self._lists))
        return self._day(value) if asked is not None and asked.kind == "date" else self.say("quoted", a=value)

    def _day(self, value: str) -> str:
        try:
            return day(date.fromisoformat(value), self.language)
        except ValueError:
            return self.say("quoted", a=value)


def _is_loose(node: Node, other: str) -> bool:
    """True for what reads on into what follows it, and stands in brackets where more follows."""
    if node.op == "not":
        return node.args[0].op == "in" and _is_loose(node.args[0], other)
    several = node.op == "in" and node.args[1].op == "list" and len(node.args[1].args) > 1
    return several or node.op in (other, "if") or (node.op in ("any", "all") and is_each(node))


def _without_default(one: Node, other: Node) -> Node:
    """An answer without what stands in for it, where a comparison with `other` is the same without that."""
    if one.op == "coalesce" and other.op == "value" and all(arg.op == "value" for arg in one.args[1:]):
        return one.args[0] if len(one.args) == 2 and one.args[1].value != other.value else one
    return one


def _is_empty_default(node: Node) -> bool:
    return node.op == "coalesce" and len(node.args) == 2 and node.args[1].op == "list" and not node.args[1].args
