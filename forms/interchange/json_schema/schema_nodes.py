"""One node of a foreign JSON Schema, brought into the shape in which a question can be seen (SPEC.md section 6.2).

References are followed, `allOf` is put together, what only says "or nothing" is taken off. What stays ambiguous is
refused by name: no question is guessed.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from forms.schema.resolving import follow

LOOKS_MAX: Final = 20_000  # at parts of one schema; the largest known form has 600
PARTS_MAX: Final = 50  # of one allOf, anyOf or oneOf

LABEL_KEYS: Final = ("title", "description")
_SAYING: Final = frozenset({*LABEL_KEYS, "$comment", "examples", "default", "deprecated", "$id", "id", "$anchor"})
_INFERRED: Final = (
    ("object", ("properties", "patternProperties", "additionalProperties")),
    ("array", ("items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems")),
    ("string", ("pattern", "minLength", "maxLength", "format")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)

Node = Mapping[str, Any]


class Refused(Exception):
    """Why no question can be made of a node: the code of a finding and its facts. It never leaves this room."""

    def __init__(self, code: str, **facts: Any) -> None:
        self.code, self.facts = code, facts
        super().__init__(code)


class Book:
    """A whole schema, and how often its parts may still be looked at: few parts can refer to each other endlessly."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._left = LOOKS_MAX

    def look(self) -> None:
        """Look at one part more. Raises `Refused` when that was too often."""
        self._left -= 1
        if self._left < 0:
            raise Refused("json-too-large", limit=LOOKS_MAX)


class Settled(msgspec.Struct, frozen=True):
    """A node with one type. `assumed` says that the type had to be told from the other keywords.

    `followed` are the references on the way here: who meets one of them again goes in a circle.
    """

    node: Node
    kind: str
    assumed: bool = False
    followed: frozenset[str] = frozenset()


def settled(node: Any, book: Book, followed: frozenset[str] = frozenset()) -> Settled:
    """The node as one question or group. Raises `Refused`."""
    node, followed = _followed(node, book, followed)
    node, followed = _together(node, book, followed)
    node, followed = _one_of(node, book, followed)
    kind = node.get("type")
    if isinstance(kind, list):
        kinds = [one for one in kind if one != "null"]
        if len(kinds) != 1:
            raise Refused("json-kinds", names=", ".join(map(str, kinds))[:100])
        kind = kinds[0]
    if isinstance(kind, str):
        return Settled(node, kind, False, followed)
    return Settled(node, _inferred(node), True, followed)


def _inferred(node: Node) -> str:
    if "enum" in node:
        return "string"
    for kind, keywords in _INFERRED:
        if any(keyword in node for keyword in keywords):
            return kind
    raise Refused("json-no-kind")


def _followed(node: Any, book: Book, followed: frozenset[str]) -> tuple[Node, frozenset[str]]:
    """The node that a reference leads to, with what stands beside the reference; that counts first."""
    book.look()
    way = follow(_told(node), lambda said: _target(book.node, said), followed)
    if way.fault is not None:
        raise Refused("json-circular")
    return way.node, way.followed


def _told(node: Any) -> Node:
    """A node that leads to another by `$ref` or not at all."""
    if not isinstance(node, Mapping):
        raise Refused("json-no-kind")
    if "$recursiveRef" in node or "$dynamicRef" in node:
        raise Refused("json-circular")
    return node


def _target(root: Node, said: Any) -> Node:
    """The node that a reference names, anywhere inside the document."""
    if not isinstance(said, str) or not said.startswith("#"):
        raise Refused("json-remote-ref")
    found = _pointed(root, said)
    if not isinstance(found, Mapping):
        raise Refused("json-broken-ref", name=said[:100])
    return _told(found)


def _pointed(root: Node, target: str) -> Any:
    """The target of a reference inside the document: a JSON Pointer, or the name of an anchor."""
    if target == "#":
        return root
    if not target.startswith("#/"):
        return next((node for node in _definitions(root) if node.get("$anchor") == target[1:]), None)
    node: Any = root
    for name in target[2:].split("/"):
        plain = re.sub("%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), name)
        plain = plain.replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping):
            node = node.get(plain)
        elif isinstance(node, list) and plain.isdigit() and int(plain) < len(node):
            node = node[int(plain)]
        else:
            return None
    return node


def _definitions(root: Node) -> Iterator[Node]:
    for member in ("$defs", "definitions"):
        found = root.get(member)
        if isinstance(found, Mapping):
            yield from (node for node in found.values() if isinstance(node, Mapping))


def _together(node: Node, book: Book, followed: frozenset[str]) -> tuple[Node, frozenset[str]]:
    """The node with the parts of its `allOf` in it, where they do not contradict each other."""
    parts = node.get("allOf")
    if parts is None:
        return node, followed
    whole: dict[str, Any] = {name: member for name, member in node.items() if name != "allOf"}
    all_followed = followed
    for part in _parts(parts):
        one, further = _followed(part, book, followed)
        one, further = _together(one, book, further)
        all_followed |= further
        for name, member in one.items():
            whole[name] = _both(name, whole[name], member) if name in whole else member
    return whole, all_followed


def _both(name: str, first: Any, second: Any) -> Any:
    """A keyword that two parts say: together if that is plain, otherwise nobody knows what is asked."""
    if first == second or name in _SAYING:
        return first
    if name == "properties" and isinstance(first, Mapping) and isinstance(second, Mapping):
        return {**second, **first}
    if name == "required" and isinstance(first, list) and isinstance(second, list):
        return list(dict.fromkeys((*map(str, first), *map(str, second))))
    raise Refused("json-all-of", name=name[:100])


def _one_of(node: Node, book: Book, followed: frozenset[str]) -> tuple[Node, frozenset[str]]:
    """The node without alternatives: those that are choices become an enum, those that say "or nothing" go."""
    for word in ("oneOf", "anyOf"):
        if word not in node:
            continue
        beside = {name: member for name, member in node.items() if name != word}
        parts, all_followed = [], followed
        for part in _parts(node[word]):
            one, further = _followed(part, book, followed)
            all_followed |= further
            if one.get("type") != "null" and one.get("const", "") is not None:
                parts.append(one)
        if parts and all("const" in part for part in parts):
            node = {**beside, "enum": [part["const"] for part in parts], "x-labels": [_said(part) for part in parts]}
        elif len(parts) == 1:
            node, followed = _together({**parts[0], **beside}, book, all_followed)
            node, followed = _one_of(node, book, followed)
        elif "properties" in beside:
            return {**beside, "x-left": word}, followed
        else:
            raise Refused("json-alternatives", name=word)
    return node, followed


def _said(part: Node) -> str:
    return next((part[key] for key in LABEL_KEYS if isinstance(part.get(key), str)), "")


def _parts(parts: Any) -> list[Any]:
    if not isinstance(parts, list) or len(parts) > PARTS_MAX:
        raise Refused("json-alternatives", name="allOf, anyOf, oneOf")
    return parts
