"""Every text of a form and where it stands: what is asked, what is said around it, and what nobody would look at
(SPEC.md section 4).

Nothing is left out but `lint` itself (the reasons). A text that no member explains is read all the same, so
that a word cannot hide in a comment, a pattern or a member that comes with a later version.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.lint.asked import Asked, mapping
from forms.lint.mentions import readings
from forms.schema.fields import words
from forms.schema.question import Question

SPOKEN: Final = frozenset({"title", "section", "label", "hint", "choice-label", "check", "banner", "list"})

READINGS_MAX: Final = 2_000  # of the texts of a form with what they mention
ATTRIBUTES: Final = "attributes"  # of choices, by which they are filtered: no worker reads them

_EXPRESSIONS: Final = frozenset(
    {"show_if", "required_if", "offer_if", "first", "if_not", "if", "computed", "calculate", "prefill"}
)
_WORDED: Final = {
    "title": "title",
    "section": "section",
    "label": "label",
    "hint": "hint",
    "banner": "banner",
    "say": "check",
}
_NAMED: Final = re.compile(r"\"[^\"]*\"|'[^']*'|\w+")
_DULL: Final = frozenset({"$schema", "$ref", "type", "format", "sensitivity", "merge", "retention", "lint", "level"})


class Site(msgspec.Struct, frozen=True):
    """One text: the path a finding names, what it is, its language if it has one, and the question it belongs to."""

    path: str
    place: str
    text: str
    language: str | None = None
    question: Question | None = None
    code: str | None = None
    unread: bool = False  # what it mentions can be more than is read


def sites(form: Asked) -> Iterator[Site]:
    """Every text of a form, also as a worker may come to read it with the answers that it mentions."""
    left = READINGS_MAX
    for site in _sites(form):
        yield site
        if site.place not in SPOKEN or "${" not in site.text:
            continue
        for text in readings(form, site.text):
            left -= 1
            if text is None or left < 0:
                yield msgspec.structs.replace(site, unread=True)
                break
            yield msgspec.structs.replace(site, text=text)


def _sites(form: Asked) -> Iterator[Site]:
    """Every text of a form; what only names a question again (a path, an expression) is read with the question."""
    for question in form.questions:
        yield from _of_question(question)
    for group in form.groups:
        yield Site(group, "name", group.rpartition("/")[2])
    known = _known(form)
    for site in _beside(form, known):
        if site.place not in SPOKEN and site.text in known:
            continue
        told_elsewhere = site.place == "expression" or (site.place not in SPOKEN and site.text.startswith("/"))
        yield msgspec.structs.replace(site, text=_unnamed(site.text, known)) if told_elsewhere else site


def _unnamed(text: str, known: frozenset[str]) -> str:
    """An expression or a path without the names and codes that are read with their questions."""
    return _NAMED.sub(lambda match: "" if match[0].strip("\"'") in known else match[0], text)


def _beside(form: Asked, known: frozenset[str]) -> Iterator[Site]:
    """The texts that stand beside the questions themselves."""
    document = form.document
    for name, member in document.items():
        if name == "fields":
            yield from _of_fields(form, mapping(member))
        elif name == "schema":
            yield from _of_schema(member, "/schema", known)
        elif name == "form":
            yield Site("/form", "name", str(member))
        elif name not in _DULL and name != "moves":  # moves speak of a version that was judged
            yield from _of_member(member, f"/{name}", _place(name, "text"))


def _of_question(question: Question) -> Iterator[Site]:
    yield Site(question.path, "name", question.name, question=question)
    place = "list" if question.listed is not None else "choice-label"
    if question.listed is not None:
        yield Site(question.path, "name", question.listed, question=question)
    for code, said in question.choices.items():
        yield Site(question.path, "choice-code" if question.listed is None else "list", code, None, question, code)
        for language, text in said.items():
            yield Site(question.path, place, text, language, question, code)


def _of_fields(form: Asked, fields: Mapping[str, Any]) -> Iterator[Site]:
    by_path = {question.path: question for question in form.questions}
    for path, field in fields.items():
        question = by_path.get(path)
        if question is None:
            yield Site("/fields" + paths.format([path]), "name", path)
        for name, member in mapping(field).items():
            if name in _DULL or (question is not None and _read_with_it(name, member)):
                continue
            yield from _of_member(member, path, _place(name, name), question)
            if name == ATTRIBUTES:
                yield from (Site(path, ATTRIBUTES, text, None, question) for text in _columns(member))


def _columns(member: Any) -> Iterator[str]:
    """The values of each attribute of choices as one text: together they are a list of their own beside the labels."""
    columns: dict[str, dict[str, None]] = {}
    for one in mapping(member).values():
        for name, value in mapping(one).items():
            if isinstance(value, str):
                columns.setdefault(name, {})[value] = None
    yield from (", ".join(values) for values in columns.values() if len(values) > 1)


def _known(form: Asked) -> frozenset[str]:
    """The texts that are read with the questions: their names and codes."""
    names = {name for path in (*form.groups, *(one.path for one in form.questions)) for name in path.split("/")}
    return frozenset(names | {code for one in form.questions for code in one.choices})


def _read_with_it(name: str, member: Any) -> bool:
    """True if a member is read with its question; one of another shape than it should have is not."""
    if name == "from":
        return isinstance(member, str)
    return name == "choices" and all(len(words(said)) == len(mapping(said)) > 0 for said in mapping(member).values())


def _of_schema(node: Any, at: str, known: frozenset[str]) -> Iterator[Site]:
    """The texts in a schema beside names and codes: patterns, comments, definitions, names in other members."""
    if isinstance(node, Mapping):
        for name, member in node.items():
            if name not in known:
                yield Site(at, "name", name)
            if name != "$schema":
                yield from _of_schema(member, at + paths.format([name]), known)
    elif isinstance(node, list):
        for place, member in enumerate(node):
            yield from _of_schema(member, f"{at}/{place}", known)
    elif isinstance(node, str) and node not in known:
        yield Site(at, at.rpartition("/")[2], node)


def _of_member(member: Any, path: str, place: str, question: Question | None = None) -> Iterator[Site]:
    """The texts of one member, however deep. What looks like words per language is read as such."""
    if isinstance(member, str):
        yield Site(path, place, member, None, question)
        return
    if isinstance(member, list):
        for number, one in enumerate(member):
            yield from _of_member(one, path if question else f"{path}/{number}", place, question)
        return
    said = words(member)
    spoken = place in SPOKEN and said and len(said) == len(mapping(member)) and all(map(_is_language, said))
    for name, one in mapping(member).items():
        if spoken:
            yield Site(path, place, one, name, question)
            continue
        if name in _DULL:
            continue
        yield Site(path, "expression" if place == "expression" else "name", name, None, question)
        deeper = path if question else path + paths.format([name])
        yield from _of_member(one, deeper, _place(name, place), question)


def _place(name: str, otherwise: str) -> str:
    return "expression" if name in _EXPRESSIONS else _WORDED.get(name, otherwise)


def _is_language(name: str) -> bool:
    return len(name) in {2, 3} and name.isalpha()
