"""The kinds of value that an expression can have, and the names that it can use (SPEC.md sections 9.3 and 9.4)."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from forms import paths
from forms.expressions import dates
from forms.schema.question import Question
from forms.sentences import phrase


class Kind(msgspec.Struct, frozen=True):
    """The kind of a value: `null`, `boolean`, `number`, `text`, `date`, `list`, `items`, or `unknown` after a fault.

    `codes` are the only texts it can be (a choice, or what is written in the expression itself: `written`);
    `member` is what stands in a list, `group` the repeating group whose items these are.
    """

    name: str
    codes: tuple[str, ...] = ()
    written: bool = False
    member: "Kind | None" = None
    group: str = ""

    @property
    def words(self) -> tuple[str, str]:
        """The name of a kind for makers of forms, in Dutch and English."""
        return _WORDS["choice" if self.name == "text" and self.codes and not self.written else self.name]

    @property
    def is_value(self) -> bool:
        """True if it can stand in a list, or be compared."""
        return self.name not in {"list", "items"}


NULL: Final = Kind("null")
BOOLEAN: Final = Kind("boolean")
NUMBER: Final = Kind("number")
TEXT: Final = Kind("text")
DATE: Final = Kind("date")
UNKNOWN: Final = Kind("unknown")

_WORDS: Final = {
    "null": ("niets", "nothing"),
    "boolean": phrase("kind-yes-no"),
    "number": phrase("kind-number"),
    "text": ("tekst", "text"),
    "choice": phrase("kind-choice"),
    "date": phrase("kind-date"),
    "list": phrase("kind-list"),
    "items": phrase("kind-repeating-group"),
    "unknown": phrase("kind-something-unknown"),
}


def list_of(member: Kind) -> Kind:
    """A list of such values."""
    return Kind("list", member=member)


def written_text(text: str) -> Kind:
    """A text that stands in the expression itself."""
    return Kind("text", codes=(text,), written=True)


def written_dates(kind: Kind, months: bool = False) -> bool:
    """True if these are written texts that all are dates (or months, where those are taken)."""
    lengths = {7, 10} if months else {10}
    return kind.written and all(len(code) in lengths and dates.read(code) for code in kind.codes)


def meet(one: Kind, two: Kind) -> Kind | None:
    """The kind of a value that is one or the other; None if they are unlike."""
    if UNKNOWN in (one, two):
        return UNKNOWN
    if one == NULL or two == NULL:
        return two if one == NULL else one
    if {one.name, two.name} == {"date", "text"}:
        return DATE if written_dates(one if one.name == "text" else two) else None
    if {one.name, two.name} == {"list", "items"}:
        bare = one if one.name == "list" else two
        return (two if bare is one else one) if bare.member == NULL else None
    if one.name != two.name or one.group != two.group:
        return None
    if one.codes == two.codes and one.written == two.written and one.name == "text":
        return one  # most often the same question: its codes need not be put together again
    if one.name == "text":
        codes = tuple(dict.fromkeys(one.codes + two.codes)) if one.codes and two.codes else ()
        return Kind("text", codes=codes, written=one.written and two.written)
    if one.member is not None and two.member is not None:
        member = meet(one.member, two.member)
        return None if member is None else list_of(member)
    return one


def alike(one: Kind, two: Kind) -> bool:
    """True if two values can be compared, whatever their codes: those need not be put together for that."""
    return (one.name == "text" and two.name == "text") or meet(one, two) is not None


class Scope(msgspec.Struct, frozen=True):
    """The names that an expression can refer to.

    `by_path` are the questions, computed values and groups outside of items, `named` their paths by last
    name; `items` gives for every repeating group what stands in its items, by name.
    """

    by_path: dict[str, Kind]
    named: Mapping[str, tuple[str, ...]]
    items: Mapping[str, dict[str, Kind]]

    def learn(self, path: str, kind: Kind) -> None:
        """Record the kind that a computed field gives, once it is known."""
        group, _, name = path.rpartition(f"/{paths.ANY_ITEM}/")
        if group:
            self.items[group][name] = kind
        else:
            self.by_path[path] = kind

    def groups_with(self, name: str) -> tuple[str, ...]:
        """The repeating groups whose items have something of this name."""
        return tuple(group for group, inside in self.items.items() if name in inside)


def codes_of(kind: Kind) -> tuple[str, ...]:
    """The only texts that a value, or a member of a list, can be."""
    return kind.codes if kind.member is None else kind.member.codes


def question_kind(kind: Kind) -> str:
    """The kind of question (section 6.2) whose answers look like this; `null` counts as text."""
    if kind.name == "list":
        return "choices"
    return {"number": "decimal", "boolean": "boolean", "date": "date"}.get(
        kind.name, "choice" if kind.codes else "text"
    )


_BY_KIND: Final = {
    "text": TEXT,
    "date": DATE,
    "integer": NUMBER,
    "decimal": NUMBER,
    "boolean": BOOLEAN,
}


def kind_of(question: Question) -> Kind:
    """The kind of an answer to a question."""
    text = Kind("text", codes=question.codes)
    return {"choice": text, "choices": list_of(text)}.get(question.kind) or _BY_KIND[question.kind]


def scope_of(questions: Iterable[Question], repeats: Iterable[str], computed: Mapping[str, Kind]) -> Scope:
    """The names of a form. Names are the last of a path, so a plain name reaches into groups."""
    every = {question.path: kind_of(question) for question in questions} | dict(computed)
    items: dict[str, dict[str, Kind]] = {repeat: {} for repeat in repeats}
    by_path = {repeat: Kind("items", group=repeat) for repeat in items}
    for path, kind in every.items():
        group, _, name = path.rpartition(f"/{paths.ANY_ITEM}/")
        if group:
            items[group][name] = kind
        else:
            by_path[path] = kind
    named: dict[str, tuple[str, ...]] = {}
    for path in by_path:
        name = paths.parse(path)[-1]
        named[name] = (*named.get(name, ()), path)
    return Scope(by_path, named, items)
