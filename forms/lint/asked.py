"""The lint's model of a form: read from the document itself, so that a draft can be judged too.

(SPEC.md section 4.)
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Final

import msgspec

from forms import paths
from forms.definition.fields import NOTHING, Field, words
from forms.definition.parts import Parts, lenient
from forms.lint.fold import plain
from forms.schema import resolving

QUESTIONS_MAX: Final = 5_000  # a form of 512 KiB has at most so many; references to references could make billions
NESTED_MAX: Final = 64  # a schema with groups, an expression as a tree: some thirty
DEPTH_MAX: Final = 16  # deeper than any form; keeps a schema that refers to itself from running on
SENSITIVE: Final = frozenset({"S2", "S3", "S4"})

Choices = Mapping[str, Mapping[str, str]]


class Question(msgspec.Struct, frozen=True, dict=True):
    """One question: its schema node, the member of `fields` beside it, the page it is on, and its choices.

    `choices` are code and words, from the form or from the list that it names in `listed`; `local_only` ones
    never leave the device.
    """

    path: str
    name: str
    kind: str
    node: Mapping[str, Any]
    field: Field
    page: int | None = None
    required: bool = False
    choices: Choices = {}
    listed: str | None = None

    @property
    def sensitivity(self) -> str:
        """The class S0 to S4; the empty text if none is given."""
        return self.field.sensitivity or ""

    @property
    def sensitive(self) -> bool:
        """True if the answer is sensitive by its class; one without a class counts as sensitive."""
        return self.sensitivity in SENSITIVE or not self.sensitivity

    @property
    def free_text(self) -> bool:
        """True if anything at all can be written here."""
        return self.kind == "text" and not {"pattern", "const"} & set(self.node)

    @cached_property
    def said(self) -> str:
        """Its name and its labels, to look for words in."""
        return " / ".join((self.name, *self.field.label.values()))

    @cached_property
    def folded(self) -> str:
        """Its name and its labels in plain letters, names taken apart into words."""
        return plain(self.said).replace("_", " ")


class Asked(msgspec.Struct, frozen=True):
    """All that a form asks: its document, its questions, the names of its groups, and the lists handed in."""

    document: Mapping[str, Any]
    questions: tuple[Question, ...]
    groups: tuple[str, ...]
    lists: Mapping[str, Choices]
    parts: Parts = Parts()

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
    questions, groups = [], []
    schema = mapping(document.get("schema"))
    for path, node, required in islice(_walk(schema, schema, (), True, 0), QUESTIONS_MAX):
        if _is_group(node):
            groups.append(path)
            continue
        questions.append(_question(path, node, required, parts.fields.get(path, NOTHING), pages, lists))
    return Asked(document, tuple(questions), tuple(groups), lists, parts)


def _question(
    path: str,
    node: Mapping[str, Any],
    required: bool,
    field: Field,
    pages: Mapping[str, int],
    lists: Mapping[str, Choices],
) -> Question:
    listed = field.listed
    items = mapping(node.get("items"))
    codes = [code for code in listing(node.get("enum") or items.get("enum")) if isinstance(code, str)]
    said = field.choices or {}
    choices = {code: dict(said.get(code, {})) for code in dict.fromkeys([*codes, *said])}
    if listed is not None:
        choices |= {code: words(label) for code, label in lists.get(listed, {}).items()}
    kind = _kind(node, field.widget or "", bool(choices) or listed is not None)
    required = required or field.required_if is not None  # demanded now and then is demanded
    name = path.rpartition("/")[2]
    return Question(path, name, kind, node, field, pages.get(path), required, choices, listed)


def _kind(node: Mapping[str, Any], widget: str, chosen: bool) -> str:
    if widget in MEDIA or widget in PLACES:
        return widget
    if chosen:
        return "choices" if node.get("type") == "array" else "choice"
    kinds = {"integer": "integer", "number": "decimal", "boolean": "boolean"}
    return kinds.get(str(node.get("type")), "date" if str(node.get("format")) in {"date", "date-time"} else "text")


MEDIA: Final = frozenset({"photo", "image", "camera", "video", "audio", "sound", "signature"})
PLACES: Final = frozenset({"geo", "geopoint", "gps", "location", "map", "position"})


def _is_group(node: Mapping[str, Any]) -> bool:
    items = mapping(node.get("items"))
    return "properties" in node or node.get("type") == "object" or "properties" in items


def resolved(node: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node with its references followed; what stands beside one that leads nowhere is read all the same."""
    found = resolving.resolved(node, root)
    return mapping(node if found is None else found)


def _walk(
    node: Mapping[str, Any], root: Mapping[str, Any], names: tuple[str, ...], required: bool, depth: int
) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Every group and question with its path; a question is required if it and all groups around it are."""
    if depth > DEPTH_MAX:
        return
    items = resolved(node.get("items"), root)
    if node.get("type") == "array" or items:
        node = {**node, "items": items}
    if names and names[-1] != paths.ANY_ITEM:
        yield paths.format(names), node, required
    if "properties" in items:
        yield from _walk(items, root, (*names, paths.ANY_ITEM), True, depth + 1)
    needed = {name for name in listing(node.get("required")) if isinstance(name, str)}
    for name, member in mapping(node.get("properties")).items():
        yield from _walk(resolved(member, root), root, (*names, name), required and name in needed, depth + 1)
