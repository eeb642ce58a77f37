"""A plain JSON Schema, with or without a layout, read into a form document (SPEC.md section 6)."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.findings import Finding, finding
from forms.interchange.drafts import judged
from forms.interchange.json_schema.arranging import Arrangement, arrangement, is_read
from forms.interchange.json_schema.schema_nodes import Book, Node, Refused, Settled, settled
from forms.interchange.json_schema.schema_questions import Asked, question
from forms.interchange.ledger import Ledger
from forms.interchange.naming import Names, kept, slug
from forms.interchange.report import Import

SCHEMA_BYTES_MAX: Final = 1024 * 1024  # forms have 512 KiB at most; schemas say some things in more words
NODES_MAX: Final = 3_000  # looked at, references followed: a small schema can refer to itself endlessly
DEPTH_MAX: Final = 100  # brackets in brackets; a form of eight groups in each other has 30
WORDS_MAX: Final = 2_000  # of a label or hint: what a phone can show at all

_CONDITIONS: Final = (
    "if", "then", "else", "not", "dependencies", "dependentRequired", "dependentSchemas", "patternProperties",
    "propertyNames", "minProperties", "maxProperties",
)  # fmt: skip
_HALF: Final = re.compile("[\ud800-\udfff]")  # half a character: no text can hold it
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHERS: Final = ("uiSchema", "uischema")  # layouts of other systems that stand beside a schema


class _Leaf(msgspec.Struct):
    """One question with its place: in the form, and in the schema that it comes from."""

    source: str
    names: tuple[str, ...]
    asked: Asked
    label: str
    hint: str
    page: str
    group: str = ""
    repeat: str | None = None


class _Place(msgspec.Struct, frozen=True):
    """The position of the walk: names there and here, and what is around."""

    source: str = ""
    old: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    prefix: str = ""
    title: str = ""
    repeat: str | None = None
    followed: frozenset[str] = frozenset()


class _Walk:
    """One walk over a schema; what it finds becomes the form."""

    def __init__(self, book: Book, layout: Arrangement) -> None:
        self.book, self.layout = book, layout
        self.ledger, self.given = Ledger(), Names()
        self.leaves: list[_Leaf] = []
        self.properties: dict[str, Any] = {}
        self.nodes = 0

    def group(self, node: Node, place: _Place, into: dict[str, Any]) -> None:
        """The properties of an object, each with its row in the report."""
        self._conditions(node, place.source)
        members = node.get("properties")
        members = members if isinstance(members, Mapping) else {}
        needed = node.get("required")
        needed = [name for name in needed if isinstance(name, str)] if isinstance(needed, list) else []
        for name in members:
            source = f"{place.source}/properties{paths.format([name or ' '])}"
            self.ledger.open(source, name)
            self.nodes += 1
            if self.nodes > NODES_MAX:
                self.ledger.left(source, "json-too-large", limit=NODES_MAX)
                return
            try:
                found = settled(members[name], self.book, place.followed)
                self._member(found, name, source, name in needed, place, into)
            except Refused as refused:
                self.ledger.left(source, refused.code, **refused.facts)

    def _member(
        self, found: Settled, name: str, source: str, needed: bool, place: _Place, into: dict[str, Any]
    ) -> None:
        wanted = kept(_CAMEL.sub("_", name)[:200]) if name else "veld"
        inside = _Place(
            source, (*place.old, name), place.names, "", _title(found.node, name), place.repeat, found.followed
        )
        if found.kind == "object":
            self._object(found.node, wanted, inside, needed, place, into)
            return
        if found.kind == "array" and (items := self._items(found)) is not None:
            self._repeat(found.node, items, wanted, inside, place, into)
            return
        asked = question(found, self.book, source, self.ledger)
        to = self._name(wanted, name, source, place)
        if len(place.names) + 1 > paths.PATH_DEPTH_MAX:
            raise Refused("json-too-deep", limit=paths.PATH_DEPTH_MAX)
        into["properties"][to] = asked.schema
        if needed:
            into.setdefault("required", []).append(to)
        self._leaf(found.node, asked, to, inside, place)

    def _leaf(self, node: Node, asked: Asked, to: str, inside: _Place, place: _Place) -> None:
        _, page = self.layout.place(inside.source)
        names, hint = (*place.names, to), _text(node.get("description"))
        self.leaves.append(_Leaf(inside.source, names, asked, inside.title, hint, page, place.title, place.repeat))

    def _name(self, wanted: str, name: str, source: str, place: _Place) -> str:
        prefixed = f"{place.prefix}_{wanted}" if place.prefix else wanted
        to = self.given.give(prefixed, place.repeat)
        if to != prefixed and place.names and place.repeat is None:
            to = self.given.give(f"{place.names[-1]}_{wanted}", place.repeat)
        if to != name:
            self.ledger.renamed(source, "json-renamed", name=name[:100], to=to)
        return to

    def _object(
        self, node: Node, wanted: str, inside: _Place, needed: bool, place: _Place, into: dict[str, Any]
    ) -> None:
        """A group: an object of the form; in a repeating group its questions stand directly in the item."""
        if not isinstance(node.get("properties"), Mapping) or not node["properties"]:
            raise Refused("json-open-object")
        if place.repeat is not None:
            self.ledger.changed(inside.source, "json-flattened")
            flat: dict[str, Any] = {"properties": into["properties"]}
            flat["required"] = into.setdefault("required", []) if needed else []
            prefix = f"{place.prefix}_{wanted}" if place.prefix else wanted
            self.group(node, msgspec.structs.replace(inside, names=place.names, prefix=prefix), flat)
            return
        if len(place.names) + 2 > paths.PATH_DEPTH_MAX:
            raise Refused("json-too-deep", limit=paths.PATH_DEPTH_MAX)
        to = self._name(wanted, inside.old[-1], inside.source, place)
        made: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
        self.group(node, msgspec.structs.replace(inside, names=(*place.names, to)), made)
        if not made["properties"]:
            raise Refused("json-empty-group")
        into["properties"][to] = made
        if needed:
            into.setdefault("required", []).append(to)

    def _items(self, found: Settled) -> Settled | None:
        """The items of a list that is a repeating group; None for a list of codes."""
        items = settled(found.node.get("items"), self.book, found.followed)
        return None if "enum" in items.node else items

    def _repeat(
        self, node: Node, items: Settled, wanted: str, inside: _Place, place: _Place, into: dict[str, Any]
    ) -> None:
        """A list of objects, or of plain values: then every item is one question."""
        if place.repeat is not None:
            raise Refused("json-list-in-list")
        if len(place.names) + 3 > paths.PATH_DEPTH_MAX:
            raise Refused("json-too-deep", limit=paths.PATH_DEPTH_MAX)
        content = items.node
        if items.kind != "object":
            content = {"properties": {"waarde": {**items.node, "type": items.kind, "title": inside.title}}}
            self.ledger.changed(inside.source, "json-list-of-values")
        to = self._name(wanted, inside.old[-1], inside.source, place)
        repeat = paths.format((*place.names, to))
        made: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
        names = (*place.names, to, paths.ANY_ITEM)
        old = (*inside.old, "items")
        source = inside.source + "/items"
        down = _Place(source, old, names, "", inside.title, repeat, items.followed)
        self.group(content, down, made)
        if not made["properties"]:
            raise Refused("json-empty-group")
        bounds = {name: node[name] for name in ("minItems", "maxItems") if _is_count(node.get(name))}
        into["properties"][to] = {"type": "array", **bounds, "items": made}

    def _conditions(self, node: Node, source: str) -> None:
        """Report what makes questions depend on each other or on names, with the properties that only stand there."""
        for word in (*_CONDITIONS, node.get("x-left", "")):
            if word and (word in node or word == node.get("x-left")):
                self.ledger.open(f"{source}/{word}", word)
                self.ledger.left(f"{source}/{word}", "json-condition", name=word)


def import_json_schema(raw: bytes, layout: bytes | None = None, *, language: str = "nl") -> Import:
    """The form in a JSON Schema: a draft, what is still to be done, and what became of every property.

    `layout` says in which order and on which pages; a document {schema, layout} carries its own. `language` is the one
    in which the schema's words are.
    """
    document, fault = _json(raw)
    arranged, second = _json(layout) if layout is not None else (None, None)
    if fault or second:
        return Import(None, tuple(one for one in (fault, second) if one))
    if isinstance(document, Mapping) and isinstance(document.get("schema"), Mapping) and "properties" not in document:
        beside = next((document[name] for name in ("layout", *_OTHERS) if name in document), None)
        document, arranged = document["schema"], arranged if arranged is not None else beside
    if not isinstance(document, Mapping):
        return Import(None, (finding("json-no-schema", ""),))
    book = Book(document)
    walk = _Walk(book, arrangement(arranged))
    try:
        root = settled(document, book, frozenset({"#"}))
        if root.kind != "object" or not isinstance(root.node.get("properties"), Mapping):
            return Import(None, (finding("json-no-schema", ""),))
        schema: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
        title = _title(root.node, "Formulier")
        walk.group(root.node, _Place(title=title, followed=root.followed), schema)
    except Refused as refused:
        return Import(None, (finding(refused.code, "", **refused.facts),))
    if not walk.leaves:
        return Import(None, (finding("json-no-questions", ""),), walk.ledger.rows())
    made = _document(walk, schema, title, language)
    left = () if arranged is None or is_read(arranged) else (finding("json-layout-left", ""),)
    return Import(made, (*_todo(made, walk, language), *left), walk.ledger.rows())


def _json(raw: bytes) -> tuple[Any, Finding | None]:
    if len(raw) > SCHEMA_BYTES_MAX:
        return None, finding("json-file-too-large", "", size=len(raw), limit=SCHEMA_BYTES_MAX)
    try:
        document = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        return None, finding("json-not-json", "", line=error.lineno, column=error.colno)
    except (ValueError, RecursionError):
        return None, finding("json-not-json", "", line=1, column=1)
    if _too_deep(document):
        return None, finding("json-nested", "", limit=DEPTH_MAX)
    half = _HALF.search(json.dumps(document, ensure_ascii=False))
    if half is not None:
        return None, finding("bad-character", "", sign=f"U+{ord(half[0]):04X}")
    return document, None


def _too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(DEPTH_MAX):
        level = [
            member
            for node in level
            if isinstance(node, list | dict)
            for member in (node if isinstance(node, list) else node.values())
        ]
    return bool(level)


def _no_number(_word: str) -> float:
    raise ValueError("NaN and Infinity are not JSON")


def _document(walk: _Walk, schema: dict[str, Any], title: str, language: str) -> dict[str, Any]:
    order = {leaf.source: walk.layout.place(leaf.source)[0] for leaf in walk.leaves}
    leaves = sorted(walk.leaves, key=lambda leaf: order[leaf.source])
    sections: list[dict[str, Any]] = []
    key: tuple[str, str, str | None] | None = None
    for leaf in leaves:
        page = leaf.page or leaf.group
        if key != (leaf.page, leaf.group if not leaf.page else "", leaf.repeat):
            key = (leaf.page, leaf.group if not leaf.page else "", leaf.repeat)
            sections.append({"section": _words(page or title, language), "fields": []})
            if leaf.repeat is not None:
                sections[-1]["repeat"] = leaf.repeat
        sections[-1]["fields"].append(leaf.names[-1] if leaf.repeat is not None else paths.format(leaf.names))
    return {
        "form": slug(title, "formulier"),
        "version": 1,
        "title": _words(title, language),
        "schema": schema,
        "layout": _joined(sections),
        "fields": {paths.format(leaf.names): _field(leaf, language) for leaf in leaves},
    }


def _joined(sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pages, those of one repeating group together."""
    found: list[dict[str, Any]] = []
    by_repeat: dict[str, dict[str, Any]] = {}
    for section in sections:
        repeat = section.get("repeat")
        if repeat in by_repeat:
            by_repeat[repeat]["fields"] += section["fields"]
            continue
        if repeat is not None:
            by_repeat[repeat] = section
        found.append(section)
    return found


def _field(leaf: _Leaf, language: str) -> dict[str, Any]:
    field: dict[str, Any] = {"label": _words(leaf.label, language)}
    if leaf.hint:
        field["hint"] = _words(leaf.hint, language)
    if leaf.asked.choices:
        field["choices"] = {code: _words(label, language) for code, label in leaf.asked.choices.items()}
    if leaf.asked.widget:
        field["widget"] = leaf.asked.widget
    free = leaf.asked.kind == "text" and "pattern" not in leaf.asked.schema
    return {**field, "sensitivity": "S2" if free else "S1"}


def _todo(document: dict[str, Any], walk: _Walk, language: str) -> list[Finding]:
    """List what a person must still fill in, and whatever would still be wrong with the draft after that."""
    todo = [
        finding("todo-purpose", "/purpose"),
        finding("todo-legal-basis", "/legal_basis"),
        finding("todo-retention", "/retention"),
        finding("todo-sensitivity", "/fields", count=len(walk.leaves)),
    ]
    if language != "nl":
        todo.append(finding("json-no-dutch", "/fields", language=language))
    return [*todo, *judged(document).findings]


def _words(text: str, language: str) -> dict[str, str]:
    return {"nl": text} if language == "nl" else {"nl": text, language: text}


def _title(node: Node, name: str) -> str:
    """The title of a node; without one, its name in words."""
    spaced = " ".join(_CAMEL.sub(" ", name).replace("_", " ").replace("-", " ").split())[:WORDS_MAX]
    return _text(node.get("title")) or spaced[:1].upper() + spaced[1:] or "-"


def _text(said: Any) -> str:
    return said.encode("utf-8", "replace").decode().strip()[:WORDS_MAX] if isinstance(said, str) else ""


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
