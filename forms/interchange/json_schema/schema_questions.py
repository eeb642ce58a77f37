"""From one settled node of a foreign schema to one question of ours (SPEC.md section 6.3)."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from forms.interchange.json_schema.schema_nodes import Book, Node, Refused, Settled, settled
from forms.interchange.ledger import Ledger
from forms.schema.patterns import portable
from forms.schema.reading import NUMBER_MAX

CHOICES_MAX: Final = 1_000  # more belong in a list of the municipality
WORDS_MAX: Final = 2_000  # of a label or hint: what a phone can show at all

DATE: Final = {"type": "string", "format": "date"}
TIME: Final = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_BOUNDS: Final = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("minItems", "maxItems", "uniqueItems"),
    "boolean": (),
}
_QUIET: Final = frozenset(  # what describes a schema and asks nothing
    ("type", "title", "description", "$comment", "$id", "id", "$schema", "$anchor", "$defs", "definitions", "examples",
     "enum", "nullable", "enumNames", "x-labels", "x-left", "example", "propertyOrder", "properties", "required",
     "additionalProperties", "unevaluatedProperties", "items")
)  # fmt: skip
_LABELS: Final = ("x-labels", "x-enumNames", "enumNames", "x-enum-varnames", "x-enum-descriptions", "meta:enum")


class Asked(msgspec.Struct):
    """One question as it will stand in the form, without its name and place."""

    kind: str
    schema: dict[str, Any]
    choices: dict[str, str] = msgspec.field(default_factory=dict)
    widget: str = ""


def question(found: Settled, book: Book, source: str, ledger: Ledger) -> Asked:
    """The question that a node asks; what of it is left out is noted. Raises `Refused`."""
    node, kind = found.node, found.kind
    if "const" in node:
        raise Refused("json-const")
    if kind not in _BOUNDS:
        raise Refused("json-kinds", names=kind[:100])
    if found.assumed:
        ledger.changed(source, "json-kind-assumed", name=kind)
    if kind == "array":
        return _several(found, book, source, ledger)
    _left_over(node, kind, source, ledger)
    if "enum" in node and kind != "boolean":
        choices = _choices(node, source, ledger)
        return Asked("choice", {"type": "string", "enum": list(choices)}, choices)
    if kind == "string":
        return _text(node, source, ledger)
    return Asked({"number": "decimal"}.get(kind, kind), {"type": kind, **_bounds(node, kind, source, ledger)})


def _several(found: Settled, book: Book, source: str, ledger: Ledger) -> Asked:
    """A list of codes; a list of anything else is no question of its own."""
    inner = settled(found.node.get("items"), book, found.followed)
    if "enum" not in inner.node:
        raise Refused("json-list")
    _left_over(found.node, "array", source, ledger)
    choices = _choices(inner.node, source, ledger)
    schema = {"type": "array", "items": {"type": "string", "enum": list(choices)}, "uniqueItems": True}
    return Asked("choices", schema | _bounds(found.node, "array", source, ledger), choices)


def _choices(node: Node, source: str, ledger: Ledger) -> dict[str, str]:
    """The codes with their labels; what is no text becomes one."""
    values = node["enum"]
    if not isinstance(values, list) or not values or len(values) > CHOICES_MAX:
        raise Refused("json-choices", limit=CHOICES_MAX)
    labels = next((node[name] for name in _LABELS if isinstance(node.get(name), list | Mapping)), None)
    choices: dict[str, str] = {}
    for place, value in enumerate(values):
        if value is None or value == "":
            continue
        if isinstance(value, list | Mapping) or len(str(value)) > WORDS_MAX:
            raise Refused("json-choices", limit=CHOICES_MAX)
        code = str(value).lower() if isinstance(value, bool) else str(value)
        choices.setdefault(code, _label(labels, place, code))
    if not all(isinstance(value, str) for value in values if value is not None):
        ledger.changed(source, "json-codes-text")
    if not choices:
        raise Refused("json-choices", limit=CHOICES_MAX)
    return choices


def _label(labels: Any, place: int, code: str) -> str:
    said = labels.get(code) if isinstance(labels, Mapping) else None
    if isinstance(labels, list) and place < len(labels):
        said = labels[place]
    return said.strip()[:WORDS_MAX] if isinstance(said, str) and said.strip() else code


def _text(node: Node, source: str, ledger: Ledger) -> Asked:
    schema = {"type": "string", **_bounds(node, "string", source, ledger)}
    form = node.get("format")
    if form in ("date", "date-time"):
        if form == "date-time":
            ledger.changed(source, "json-moment")
        return Asked("date", dict(DATE))
    if form == "time":
        ledger.changed(source, "json-format-left", name="time")
        return Asked("text", dict(TIME), widget="time")
    if form is not None and form not in ("textarea", "text"):
        ledger.changed(source, "json-format-left", name=str(form)[:100])
    pattern = node.get("pattern")
    if pattern is not None:
        written = portable(pattern) if isinstance(pattern, str) else None
        if written is None:
            ledger.changed(source, "json-pattern-left")
        else:
            schema["pattern"] = written
            if written != pattern:
                ledger.carried(source, "import-pattern-rewritten", pattern=written)
    return Asked("text", schema, widget="multiline" if form == "textarea" else "")


def _bounds(node: Node, kind: str, source: str, ledger: Ledger) -> dict[str, Any]:
    """The limits of a question; those of draft-04 that only say whether the end itself counts are put into words."""
    found: dict[str, Any] = {}
    for name in _BOUNDS[kind]:
        value = node.get(name)
        if value is None or (name.startswith("exclusive") and isinstance(value, bool)):
            continue
        if _is_bound(name, value):
            found[name] = value
        else:
            ledger.changed(source, "json-keyword-left", name=name)
    for end, excluded in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if node.get(excluded) is True and end in found:
            found[excluded] = found.pop(end)
    return found


def _is_bound(name: str, value: Any) -> bool:
    if name == "uniqueItems":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > NUMBER_MAX:
        return False
    if name.endswith(("Length", "Items")):
        return value >= 0 and value == int(value)
    return name != "multipleOf" or value > 0


def _left_over(node: Node, kind: str, source: str, ledger: Ledger) -> None:
    """Note every keyword that has no place in a question of ours."""
    known = {*_QUIET, *_BOUNDS[kind], *_LABELS, *(("format", "pattern") if kind == "string" else ())}
    if kind in ("integer", "number"):
        known.add("format")  # int32 and the like: how wide a number is stored elsewhere
    for name in node:
        if name == "default":
            ledger.changed(source, "json-default-left")
        elif name not in known and not name.startswith("x-"):
            ledger.changed(source, "json-keyword-left", name=name[:100])
