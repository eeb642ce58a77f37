"""How much one save may hold, and which forms ask for more (SPEC.md 12.5). Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from forms import paths
from forms.document import Form
from forms.findings import Finding, finding

TOUCHES_MAX: Final = 1_024  # fields that one save may change: `sync/SPEC.md` 3.3, which no room here may import
LOCAL: Final = "#/$defs/"


def faults(form: Form) -> Iterator[Finding]:
    """A form that somebody fills in at once, as far as it allows, must fit one save.

    A repeating group counts as often as its `maxItems` allows, and each item once more for itself. One without
    `maxItems` counts once: nothing says how many there will be.
    """
    alone = len(form.in_group(None))
    repeated = {repeat: items_of(form.schema, repeat) * (1 + len(form.in_group(repeat))) for repeat in form.repeats}
    touches = alone + sum(repeated.values())
    if touches > TOUCHES_MAX:
        largest = max(repeated, key=lambda repeat: repeated[repeat], default="")
        path = largest if largest and repeated[largest] > alone else ""
        yield finding("save-too-large", path, number=touches, limit=TOUCHES_MAX)


def items_of(schema: Mapping[str, Any], repeat: str) -> int:
    """How many items a repeating group allows; 1 where its schema says nothing."""
    node: Any = schema
    for name in paths.parse(repeat):
        node = _resolved(node, schema).get("properties", {}).get(name, {})
    most = _resolved(node, schema).get("maxItems", 1)
    return int(most) if isinstance(most, (int, float)) else 1


def _resolved(node: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema, or the definition that it refers to; circles were refused before."""
    seen = 0
    while isinstance(node, Mapping) and str(node.get("$ref", "")).startswith(LOCAL) and seen < len(schema):
        beside = {name: member for name, member in node.items() if name != "$ref"}
        target = schema.get("$defs", {}).get(node["$ref"].removeprefix(LOCAL), {})
        node, seen = {**target, **beside}, seen + 1
    return node if isinstance(node, Mapping) else {}
