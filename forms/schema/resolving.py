"""Follows the references of a schema, and finds the node of one question in it (SPEC.md section 6.2).

There is one follower, `follow`; who calls it says where a reference leads. In a form it names a definition
(`definition`); in a schema from elsewhere it may point at any part of it (`forms.interchange.json_schema`).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec

from forms import paths

REFERENCES_MAX: Final = 16  # a chain longer than this is a circle
REFERENCE: Final = re.compile("#/[$]defs/([^/~%]+)")  # no sign that readers undo differently


class Way(msgspec.Struct, frozen=True):
    """The end of a chain of references: the node there, or why there is none; and the references on the way."""

    node: Any
    followed: frozenset[str] = frozenset()
    fault: Literal["nowhere", "circle"] | None = None


def follow(node: Any, find: Callable[[Any], Any], followed: frozenset[str] = frozenset()) -> Way:
    """The node with its references followed, what stands beside them counting first.

    `find` gives what a reference names, and None where that is nothing; what it raises goes through. A reference that
    was followed before leads into a circle, and so does a chain that is longer than any.
    """
    for _ in range(REFERENCES_MAX):
        if not isinstance(node, Mapping) or node.get("$ref") is None:
            return Way(node, followed)
        said = node["$ref"]
        found = find(said)
        if found is None:
            return Way(None, followed, "nowhere")
        if said in followed:
            break
        followed |= {said}
        beside = {word: member for word, member in node.items() if word != "$ref"}
        node = {**found, **beside} if isinstance(found, Mapping) else found
    return Way(None, followed, "circle")


def definition(said: Any, root: Mapping[str, Any]) -> Any:
    """The definition of a form that a reference names; None if it names none, or in another spelling."""
    name, definitions = REFERENCE.fullmatch(said) if isinstance(said, str) else None, root.get("$defs")
    return definitions.get(name[1]) if name is not None and isinstance(definitions, Mapping) else None


def resolved(node: Any, root: Mapping[str, Any]) -> Any:
    """A node of a form with its references followed; None if they lead nowhere."""
    if not isinstance(node, Mapping) or "$ref" not in node:
        return node
    return follow(node, lambda said: definition(said, root)).node


def written_at(schema: Any, template: str) -> dict[str, Any] | None:
    """The node of one question or group of a draft where it is written out; None where it is not, or is a reference's.

    It is what can be changed of this question alone. A draft may be anything.
    """
    for name in template.split("/")[1:]:
        inner = schema.get("items" if name == paths.ANY_ITEM else "properties") if isinstance(schema, dict) else None
        schema = inner if name == paths.ANY_ITEM else inner.get(name) if isinstance(inner, dict) else None
    return schema if isinstance(schema, dict) else None


def node_at(schema: Mapping[str, Any], template: str) -> Mapping[str, Any]:
    """The schema of one question or group of a form that was loaded: every reference in it leads somewhere."""
    node: Mapping[str, Any] = resolved(schema, schema)
    for name in paths.parse(template):
        node = resolved(node["items"] if name == paths.ANY_ITEM else node["properties"][name], schema)
    return node
