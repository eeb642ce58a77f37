"""P07 and the surname rule of P02: what an expression makes of people's answers (SPEC.md section 4).

An author writes text, a published version carries a tree: both are read as a tree. What cannot be read as one is no
expression, and a fault of the form before it is a matter of the lint.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from forms.expressions.parser import parse
from forms.lint import trees
from forms.lint.asked import Asked, asked_as, mapping
from forms.lint.classes import weighty
from forms.lint.findings import LintFinding, shaped
from forms.lint.fold import plain
from forms.lint.rules import Level, lists, sign
from forms.lint.things import of_things
from forms.schema.fields import words
from forms.schema.question import Question

MEMBERS: Final = frozenset(
    {"show_if", "required_if", "offer_if", "first", "if_not", "if", "when", "calculate", "value"}
)
LIMIT_MIN: Final = 2  # a count against one asks whether there is any
POINTS_MIN: Final = 2  # one condition with a number is a choice; two that are added are points


class Formula:
    """One expression: where it stands, its tree, and what is said to people where it holds."""

    def __init__(self, path: str, tree: Any, said: str = "") -> None:
        self.path, self.tree, self.said = path, tree, said
        self.checks = path.endswith("/if_not")

    @cached_property
    def names(self) -> frozenset[str]:
        """The questions and computed values in it."""
        return frozenset(trees.names(self.tree))

    @cached_property
    def quoted(self) -> tuple[str, ...]:
        """The texts that stand in it."""
        return tuple(dict.fromkeys(map(plain, trees.texts(self.tree))))


def formulas(form: Asked) -> Iterator[Formula]:
    """Every expression of a form."""
    for name, value in mapping(form.document.get("computed")).items():
        yield from _formula(f"/computed/{name.strip('/')}", value, "")
    yield from _below({key: member for key, member in form.document.items() if key not in {"computed", "schema"}}, "")


def _below(node: Any, at: str) -> Iterator[Formula]:
    if isinstance(node, Mapping):
        said = " / ".join(words(node.get("say")).values())
        for name, member in node.items():
            deeper = f"{at}/{str(name).strip('/')}"
            if name in MEMBERS and isinstance(member, str | list):
                yield from _formula(deeper, member, said)
            else:
                yield from _below(member, deeper)
    elif isinstance(node, list):
        for place, member in enumerate(node):
            yield from _below(member, f"{at}/{place}")


def _formula(path: str, value: Any, said: str) -> Iterator[Formula]:
    if isinstance(value, str):
        node = parse(value).node
        if node is not None:
            yield Formula(path, node.tree, said)
    else:
        yield Formula(path, mapping(value).get("tree", value), said)


class _Known:
    """All that is known of the names in a form: their questions, which are sensitive, and which hold points."""

    def __init__(self, form: Asked, found: tuple[Formula, ...]) -> None:
        self.questions: dict[str, Question] = {question.name: question for question in form.questions}
        self.labels = {
            path.rpartition("/")[2]: " / ".join(field.label.values()) for path, field in form.parts.fields.items()
        }
        computed = {one.path.rpartition("/")[2]: one for one in found if one.path.startswith("/computed/")}
        self.sensitive = _spread({one.name for one in form.questions if weighty(one)}, computed)
        self.scored = _spread({name for name, one in computed.items() if points(one.tree)}, computed)

    def said(self, one: Formula) -> tuple[str, ...]:
        """The words of what an expression is worked out for, and of all that it reads."""
        own = one.path.rpartition("/")[2]
        return tuple(f"{name.replace('_', ' ')} {self.labels.get(name, '')}" for name in (own, *sorted(one.names)))

    def ticked(self, one: Formula) -> bool:
        """True if an expression reads a question in which several things can be ticked, and they are no things."""
        ticked = [name for name in one.names if name in self.questions and asked_as(self.questions[name]) == "choices"]
        return any(not of_things(self.labels.get(name, "")) for name in ticked)


def _spread(first: set[str], computed: Mapping[str, Formula]) -> set[str]:
    """The names, and every computed value that is worked out from one of them."""
    readers: dict[str, list[str]] = {}
    for name, one in computed.items():
        for read in one.names:
            readers.setdefault(read, []).append(name)
    reached, waiting = set(first), list(first)
    while waiting:
        spread = set(readers.get(waiting.pop(), ())) - reached
        reached |= spread
        waiting += spread
    return reached


def of_form(form: Asked) -> Iterator[LintFinding]:
    """Lint the expressions of a form. A value computed from sensitive answers is sensitive too."""
    found = tuple(formulas(form))
    known = _Known(form, found)
    for one in found:
        yield from _bands(one, known)
        yield from _surnames(one)
        yield from _counted(one, known)


def _bands(one: Formula, known: _Known) -> Iterator[LintFinding]:
    """A traffic light, or bands in words, that come out of an expression."""
    quoted = set(one.quoted)
    things = of_things(*known.said(one))
    if len(set(lists().lights) & quoted) > 1 and not things:
        yield shaped("P07", "lights", one.path, place="expression", words=one.quoted)
    told = bool(trees.told(one.tree) & known.sensitive)
    if len(set(lists().grades) & quoted) > 1 and (told or not things):
        yield shaped("P07", "grades", one.path, place="expression", words=one.quoted)
    elif len(set(lists().often) & quoted) > 1 and trees.choosing(one.tree):
        level: Level = "warning"
        yield shaped("P07", "grades", one.path, place="expression", words=one.quoted, level=level)


def _surnames(one: Formula) -> Iterator[LintFinding]:
    """A surname that decides, or a name of which the letters are looked at."""
    looked = {name for node in trees.calls(one.tree, {"contains", "starts_with"}) for name in trees.names(node)}
    decided = any(sign("P02", "surname").search(name) for name in one.names)
    if one.quoted and (decided or any(sign("P02", "name").fullmatch(name) for name in looked)):
        yield shaped("P02", "surname", one.path, place="expression", words=one.quoted)


def _counted(one: Formula, known: _Known) -> Iterator[LintFinding]:
    """Points, weights, sums and thresholds: of sensitive answers any, of others what makes a score of them."""
    told = trees.told(one.tree)
    sensitive = tuple(sorted(told & known.sensitive))
    weighed = weights(one.tree) and not of_things(*known.said(one))
    limited = trees.limits(one.tree, LIMIT_MIN)
    if sensitive and (trees.arithmetic(one.tree) or trees.weighing(one.tree)):
        yield shaped("P07", "sum", one.path, place="expression", words=sensitive)
    elif points(one.tree) or weighed:
        yield shaped("P07", "sum", one.path, place="expression", words=tuple(sorted(one.names)))
    elif sensitive and trees.counting(one.tree):
        yield shaped("P07", "count", one.path, place="expression", words=sensitive)
    elif limited & known.scored:
        yield shaped("P07", "count", one.path, place="expression", words=tuple(sorted(limited & known.scored)))
    elif trees.counts_against(one.tree, LIMIT_MIN) and (_alarms(one) or (not one.checks and known.ticked(one))):
        yield shaped("P07", "count", one.path, place="expression", words=tuple(sorted(one.names)))


def _alarms(one: Formula) -> bool:
    """True if what is said where it holds sounds an alarm; a check may also ask for the three that matter most."""
    return bool(sign("P07", "alarm").search(plain(one.said)))


def points(tree: Any) -> bool:
    """True if numbers that depend on answers are added up, whatever class their maker gives to the answers."""
    return any(len(list(filter(_is_points, terms))) >= POINTS_MIN for terms in trees.sums(tree))


def _is_points(term: Any) -> bool:
    """True if a term is a number on a condition: `if(a, 3, 0)`, or that many times a number."""
    return any(
        all(isinstance(branch, int | float) and not isinstance(branch, bool) for branch in node[2:4])
        for node in trees.calls(term, {"if"})
        if len(node) > len(("if", "condition", "then"))
    )


def weights(tree: Any) -> bool:
    """True if answers are added up with weights that are no units: hours to minutes are."""
    for terms in trees.sums(tree):
        factors = [factor for term in terms if (factor := trees.factor(term)) is not None]
        if len(factors) >= POINTS_MIN and not set(factors) <= set(lists().units):
            return True
    return False
