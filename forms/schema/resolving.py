"""Follows the references of a schema, and finds the node of one question in it (SPEC.md section 6.2)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from forms import paths

REFERENCES_MAX: Final = 16  # a chain longer than this is a circle
REFERENCE: Final = re.compile("#/[$]defs/([^/~%]+)")  # no sign that readers undo differently


def target(node: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """The definition that a reference names; None if it names none, or in another spelling."""
    said, definitions = node.get("$ref"), root.get("$defs")
    name = REFERENCE.fullmatch(said) if isinstance(said, str) else None
    return definitions.get(name[1]) if name is not None and isinstance(definitions, Mapping) else None


def resolved(node: Any, root: Mapping[str, Any]) -> Any:
    """The node with its reference followed, what stands beside it counting first; None if that leads nowhere."""
    for _ in range(REFERENCES_MAX):
        if not isinstance(node, Mapping) or "$ref" not in node:
            return node
        beside = {word: member for word, member in node.items() if word != "$ref"}
        found = target(node, root)
        node = {**found, **beside} if isinstance(found, Mapping) else found
    return None


def node_at(schema: Mapping[str, Any], template: str) -> Mapping[str, Any]:
    """The schema of one question or group of a form that was loaded: every reference in it leads somewhere."""
    node: Mapping[str, Any] = resolved(schema, schema)
    for name in paths.parse(template):
        node = resolved(node["items"] if name == paths.ANY_ITEM else node["properties"][name], schema)
    return node
