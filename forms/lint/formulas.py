"""P07 and the surname rule of P02: what an expression makes of people's answers.

Works on the text that an author writes and on the tree that a published version carries: the tree is written
out as text first. It needs no parser: what is forbidden shows in which names stand with which operators.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from forms.lint.asked import Asked, mapping
from forms.lint.findings import LintFinding, shaped
from forms.lint.fold import plain
from forms.lint.rules import lists

ROUNDS_MAX: Final = 12  # brackets inside brackets that are taken away; an author's text has two or three
MEMBERS: Final = frozenset({"show_if", "if_not", "if", "when", "calculate", "value"})

_TEXT: Final = re.compile(r'"([^"]*)"|\'([^\']*)\'')
_PATH: Final = re.compile(r"(?<![\w)])/(?:\w+/|\*/)*(\w+)")
_NAME: Final = re.compile(r"[a-z_]\w*")
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_EXISTS: Final = re.compile(r"\b(?:count|sum|length)\([^()]*\)\s*(?:(?:>|!=|==)\s*0\b|(?:>=|<)\s*1\b)(?!\s*[-+*/%.\d])")
_CALL: Final = re.compile(r"\b(?!(?:count|sum|length|avg|mean|if)\b)[a-z_]+\(([^()]*)\)")
_ARITHMETIC: Final = re.compile(r"[+*/%]|[\w)]\s*-\s*[\w(]")
_COUNTS: Final = re.compile(r"\b(?:count|sum|length|avg|mean)\s*\(")
_IF: Final = re.compile(r"\bif\s*\(")
_SURNAME: Final = re.compile(r"achternaam|familienaam|geslachtsnaam|surname|last_?name|family_?name")


class Formula(msgspec.Struct, frozen=True):
    """One expression: where it stands, its text without quoted words, and those words."""

    path: str
    text: str
    quoted: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """Everything in it that may be a name."""
        return frozenset(_NAME.findall(self.text))


def formulas(form: Asked) -> Iterator[Formula]:
    """Every expression of a form."""
    for name, value in mapping(form.document.get("computed")).items():
        yield formula(f"/computed/{name.strip('/')}", value)
    yield from _below({key: member for key, member in form.document.items() if key not in {"computed", "schema"}}, "")


def _below(node: Any, at: str) -> Iterator[Formula]:
    if isinstance(node, Mapping):
        for name, member in node.items():
            deeper = f"{at}/{str(name).strip('/')}"
            if name in MEMBERS and isinstance(member, str | list):
                yield formula(deeper, member)
            else:
                yield from _below(member, deeper)
    elif isinstance(node, list):
        for place, member in enumerate(node):
            yield from _below(member, f"{at}/{place}")


def formula(path: str, value: Any) -> Formula:
    """The expression in a text or a tree."""
    text = value if isinstance(value, str) else _written(mapping(value).get("tree", value))
    quoted = tuple(plain(double or single) for double, single in _TEXT.findall(text))
    return Formula(path, _PATH.sub(r"\1", _TEXT.sub('""', text.casefold())), quoted)


def _written(tree: Any) -> str:
    """A tree as text: operators between their operands, functions before their arguments."""
    if isinstance(tree, str):
        return f'"{tree}"'
    if not isinstance(tree, list) or not tree:
        return "null" if tree is None else str(tree)
    op, *parts = tree
    if not isinstance(op, str):
        return ", ".join(map(_written, tree))
    if op in {"name", "answer"}:
        return str(parts[0]) if parts else ""
    if op == "list":
        return "[" + ", ".join(map(_written, parts)) + "]"
    if re.fullmatch(r"\w+", str(op)) and op not in {"and", "or", "in"}:
        return f"{op}({', '.join(map(_written, parts))})"
    return "(" + f" {op} ".join(map(_written, parts)) + ")"


def of_form(form: Asked) -> Iterator[LintFinding]:
    """Lint the expressions of a form. A value computed from sensitive answers is sensitive too."""
    found = tuple(formulas(form))
    sensitive = {question.name for question in form.questions if question.sensitive}
    computed: dict[str, list[str]] = {}
    for one in found:
        for name in one.names if one.path.startswith("/computed/") else ():
            computed.setdefault(name, []).append(one.path.rpartition("/")[2])
    reached = list(sensitive)
    while reached:
        spread = set(computed.get(reached.pop(), ())) - sensitive
        sensitive |= spread
        reached += spread
    for one in found:
        yield from _of_formula(one, sensitive)


def _of_formula(one: Formula, sensitive: set[str]) -> Iterator[LintFinding]:
    lights, grades = set(lists().lights), set(lists().grades)
    if len(lights & set(one.quoted)) > 1:
        yield shaped("P07", "lights", one.path, place="expression", words=one.quoted)
    if _SURNAME.search(one.text) and any(one.quoted):
        yield shaped("P02", "surname", one.path, place="expression", words=one.quoted)
    rest = _without_existence(one.text)
    told = tuple(sorted(set(_NAME.findall(rest)) & sensitive))
    if not told:
        return
    if len(grades & set(one.quoted)) > 1:
        yield shaped("P07", "grades", one.path, place="expression", words=one.quoted)
    if _ARITHMETIC.search(rest) or (_IF.search(rest) and len(_NUMBER.findall(rest)) > 1):
        yield shaped("P07", "sum", one.path, place="expression", words=told)
    elif _COUNTS.search(rest):
        yield shaped("P07", "count", one.path, place="expression", words=told)


def _without_existence(text: str) -> str:
    """The text without counts that only ask whether there is one at all, and without calls inside brackets."""
    for _ in range(ROUNDS_MAX):
        shorter = _EXISTS.sub("true", text)
        if shorter == text:
            shorter = _CALL.sub(lambda match: _flat(match[1]), text, count=1)
        if shorter == text:
            break
        text = shorter
    return text


def _flat(arguments: str) -> str:
    """The arguments of a call that does not count, kept for the names in them."""
    return arguments.replace(",", " and ")
