"""The lint's model of a form: read from the document itself, so that a draft can be judged too.

(SPEC.md section 4.)
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import msgspec

from forms import paths
from forms.definition.parts import Parts, lenient
from forms.lint.fold import plain
from forms.schema import resolving
from forms.schema.fields import NOTHING, Field, words
from forms.schema.question import Choices, Question

QUESTIONS_MAX: Final = 5_000  # a form of 512 KiB has at most so many; references to references could make billions
NESTED_MAX: Final = 64  # a schema with groups, an expression as a tree: some thirty
DEPTH_MAX: Final = 16  # deeper than any form; keeps a schema that refers to itself from running on


class Asked(msgspec.Struct, frozen=True):
    """All that a form asks: its document, its questions, the names of its groups, and the lists handed in."""

    document: Mapping[str, Any]
    questions: tuple[Question, ...]
    groups: tuple[str, ...]
    lists: Mapping[str, Choices]
    parts: Parts = Parts()
    demanded: frozenset[str] = frozenset()  # questions that their own group and all around it demand, or a condition

    @property
    def slug(self) -> str:
        """The name of the form."""
        return str(self.document.get("form", ""))

    def pages(self) -> dict[int, list[Question]]:
        """The questions of every page that has any."""
        found: dict[int, list[Question]] = {}
        for question in self.questions:
            if question.page is not None:
                found.setdefault(question.page, []).append(question)
        return found


class _Place(msgspec.Struct, frozen=True):
    """A node of the schema on the walk: its names, and whether its own group and all around it demand it."""

    names: tuple[str, ...] = ()
    node: Mapping[str, Any] = {}
    required: bool = True
    demanded: bool = True


def too_deep(value: Any) -> bool:
    """True if a document is nested deeper than anything that a person writes."""
    row = [value]
    for _ in range(NESTED_MAX):
        row = [
            one
            for node in row
            for one in (node.values() if isinstance(node, Mapping) else listing(node))
            if isinstance(one, Mapping | list | tuple)
        ]
        if not row:
            return False
    return True


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, otherwise an empty one: a draft may have anything anywhere."""
    return value if isinstance(value, Mapping) else {}


def listing(value: Any) -> Sequence[Any]:
    """The value if it is a list, otherwise an empty one."""
    return value if isinstance(value, list | tuple) else ()


def asked(document: Mapping[str, Any], lists: Mapping[str, Choices]) -> Asked:
    """Read the questions of a form document."""
    parts = lenient(document)
    pages = {path: place for place, page in enumerate(parts.layout) for path in page.templates}
    questions, groups, demanded = [], [], set()
    schema = mapping(document.get("schema"))
    for place in islice(_walk(schema, schema, _Place(), 0), QUESTIONS_MAX):
        path = paths.format(place.names)
        if _is_group(place.node):
            groups.append(path)
            continue
        field = parts.fields.get(path, NOTHING)
        questions.append(_question(path, place, field, pages.get(path), lists))
        if place.demanded or field.required_if is not None:  # demanded now and then is demanded
            demanded.add(path)
    return Asked(document, tuple(questions), tuple(groups), lists, parts, frozenset(demanded))


def _question(path: str, place: _Place, field: Field, page: int | None, lists: Mapping[str, Choices]) -> Question:
    node, said = place.node, field.choices or {}
    items = mapping(node.get("items"))
    codes = [code for code in listing(node.get("enum") or items.get("enum")) if isinstance(code, str)]
    choices = {code: said.get(code, {}) for code in dict.fromkeys([*codes, *said])}
    if field.listed is not None:
        choices |= {code: words(label) for code, label in lists.get(field.listed, {}).items()}
    kind = _kind(node, bool(choices) or field.listed is not None)
    return Question(path, kind, tuple(codes), paths.repeat_of(path), place.required, node, field, choices, page)


def _kind(node: Mapping[str, Any], chosen: bool) -> str:
    if chosen:
        return "choices" if node.get("type") == "array" else "choice"
    kinds = {"integer": "integer", "number": "decimal", "boolean": "boolean"}
    return kinds.get(str(node.get("type")), "date" if str(node.get("format")) in {"date", "date-time"} else "text")


MEDIA: Final = frozenset({"photo", "image", "camera", "video", "audio", "sound", "signature"})
PLACES: Final = frozenset({"geo", "geopoint", "gps", "location", "map", "position"})


def asked_as(question: Question) -> str:
    """The kind of a question as a person meets it: a picture, a sound or a place is none of its text."""
    widget = question.field.widget
    return widget if widget in MEDIA or widget in PLACES else question.kind


def is_free(question: Question) -> bool:
    """True if anything at all can be written here."""
    return asked_as(question) == "text" and not {"pattern", "const"} & question.node.keys()


def folded(question: Question) -> str:
    """The name and the labels of a question in plain letters, names taken apart into words."""
    return plain(question.said).replace("_", " ")


def _is_group(node: Mapping[str, Any]) -> bool:
    items = mapping(node.get("items"))
    return "properties" in node or node.get("type") == "object" or "properties" in items


def resolved(node: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node with its references followed; what stands beside one that leads nowhere is read all the same."""
    found = resolving.resolved(node, root)
    return mapping(node if found is None else found)


def _walk(node: Mapping[str, Any], root: Mapping[str, Any], place: _Place, depth: int) -> Iterator[_Place]:
    """Every group and question."""
    if depth > DEPTH_MAX:
        return
    names, items = place.names, resolved(node.get("items"), root)
    if node.get("type") == "array" or items:
        node = {**node, "items": items}
    if names and names[-1] != paths.ANY_ITEM:
        yield _Place(names, node, place.required, place.demanded)
    if "properties" in items:
        yield from _walk(items, root, _Place((*names, paths.ANY_ITEM)), depth + 1)
    needed = {name for name in listing(node.get("required")) if isinstance(name, str)}
    for name, member in mapping(node.get("properties")).items():
        inner = _Place((*names, name), {}, name in needed, place.demanded and name in needed)
        yield from _walk(resolved(member, root), root, inner, depth + 1)
