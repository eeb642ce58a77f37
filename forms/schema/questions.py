"""The questions that a schema asks, and what in it this system cannot use (SPEC.md section 6.2)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.findings import FINDINGS_MAX, Finding, finding
from forms.schema import patterns
from forms.schema.fields import NOTHING, Field
from forms.schema.question import Question
from forms.schema.resolving import definition, resolved
from forms.sentences import phrase

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
QUESTIONS_MAX: Final = 1_500  # with computed fields: each is a column, of which PostgreSQL has 1,600 and SQLite 2,000
PLACES_MAX: Final = 4 * QUESTIONS_MAX  # groups and questions looked at: references can make a few lines endless
CHOICES_MAX: Final = 2_000  # of one question: nobody finds more on a phone, and lists have other ways to travel
STEP_MIN: Final = 1e-9  # as many decimal places as an expression rounds to; smaller ones drown in a double

_SAY_NOTHING: Final = frozenset({"$ref", "title", "description", "$comment"})
_WORDS: Final = _SAY_NOTHING | {"type"}  # allowed everywhere
_KEYWORDS: Final = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "string": {"enum", "format", "pattern", "minLength", "maxLength"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "boolean": set[str](),
}
_ROOT: Final = frozenset({"$schema", "$defs"})
_BOUNDS: Final = (  # nothing fits where the first is more than the second
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
)
_NONE: Final[Mapping[str, Field]] = {}
_KINDS: Final = {"integer": "integer", "number": "decimal", "boolean": "boolean"}


class Reading(msgspec.Struct):
    """The result of one walk over a schema."""

    questions: list[Question] = []
    repeats: list[str] = []
    findings: list[Finding] = []
    fields: Mapping[str, Field] = {}
    looked_at: int = 0
    pattern_sizes: int = 0


class _Place(msgspec.Struct, frozen=True):
    """The position of the walk: the names of the answer, the path in the document, and the group around it."""

    names: tuple[str, ...] = ()
    at: str = "/schema"
    repeat: str | None = None
    required: bool = False


def read(schema: Mapping[str, Any], fields: Mapping[str, Field] = _NONE) -> Reading:
    """Every question of a schema, and every fault that makes it unusable here.

    `fields` are what the form says of each beside the schema: one that takes its choices from a list of the
    municipality is a choice without codes of its own. Expects a schema that is valid 2020-12: that has been asked
    before.
    """
    reading = Reading(fields=fields)
    for at, node in _references(schema, "/schema"):
        if not node["$ref"].startswith("#"):
            reading.findings.append(finding("remote-ref", at))
        reading.findings += [finding("ref-differs", at, name=name) for name in _differing(node, schema)]
    if schema.get("$schema", DIALECT) != DIALECT:
        reading.findings.append(finding("schema-invalid", "/schema/$schema"))
    _walk(schema, schema, _Place(), reading)
    if reading.looked_at > PLACES_MAX or len(reading.questions) > QUESTIONS_MAX:
        reading.findings.append(finding("too-many-questions", "/schema", limit=QUESTIONS_MAX))
    if reading.pattern_sizes > patterns.SIZES_MAX:
        number = phrase("pattern-all-together-signs", patternsizes=reading.pattern_sizes)
        reading.findings.append(finding("pattern-too-large", "/schema", number=number, limit=patterns.SIZES_MAX))
    taken: set[tuple[str | None, str]] = set()
    for one in reading.questions:
        if (one.repeat, one.name) in taken:
            reading.findings.append(finding("duplicate-name", one.path, name=one.name))
        taken.add((one.repeat, one.name))
    return reading


def _differing(node: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """The keywords of a reference that its target has otherwise: readers do not agree on which of the two holds."""
    found = definition(node["$ref"], schema)
    if not isinstance(found, Mapping):
        return []
    return [name for name in node if name in found and name not in _SAY_NOTHING and node[name] != found[name]]


def _references(node: Any, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        for name, member in node.items():
            if name == "$ref" and isinstance(member, str):
                yield at, node
            if not isinstance(member, str):
                yield from _references(member, at + paths.format([name]))
    elif isinstance(node, list):
        for place, member in enumerate(node):
            yield from _references(member, f"{at}/{place}")


def _walk(node: Any, root: Mapping[str, Any], place: _Place, reading: Reading) -> None:
    """One node of the schema: a group, a repeating group, or a question."""
    reading.looked_at += 1
    if reading.looked_at > PLACES_MAX or len(reading.findings) > FINDINGS_MAX:
        return
    name = place.names[-1] if place.names else paths.ANY_ITEM
    if name != paths.ANY_ITEM and not paths.NAME.fullmatch(name):
        reading.findings.append(finding("bad-name", place.at, name=name))
        return
    if len(place.names) > paths.PATH_DEPTH_MAX:
        reading.findings.append(finding("unsupported-kind", place.at))
        return
    node = resolved(node, root)
    if node is None:
        reading.findings.append(finding("broken-ref", place.at))
        return
    kind = node.get("type") if isinstance(node, Mapping) else None
    if not isinstance(kind, str) or kind not in _KEYWORDS:
        reading.findings.append(finding("unsupported-kind", place.at))
        return
    _keywords(node, kind, place, reading)
    if kind == "object":
        _group(node, root, place, reading)
    elif kind == "array" and _type(items := resolved(node.get("items"), root)) != "string":
        _repeat(items, root, place, reading)
    else:
        _leaf(node, kind, root, place, reading)


def _keywords(node: Mapping[str, Any], kind: str, place: _Place, reading: Reading) -> None:
    allowed = _WORDS | _KEYWORDS[kind] | (_ROOT if not place.names else frozenset())
    for name in node:
        if name not in allowed:
            reading.findings.append(finding("unsupported-keyword", place.at + paths.format([name]), name=name))
    for low, high in _BOUNDS:
        if {low, high} <= allowed and low in node and high in node and node[low] > node[high]:
            reading.findings.append(finding("nothing-fits", place.at, low=node[low], high=node[high]))
    if "multipleOf" in allowed and node.get("multipleOf", STEP_MIN) < STEP_MIN:
        reading.findings.append(
            finding("step-too-small", f"{place.at}/multipleOf", number=node["multipleOf"], limit=STEP_MIN)
        )
    if "pattern" in allowed and "pattern" in node:
        pattern = patterns.read(node["pattern"], f"{place.at}/pattern")
        reading.findings.extend(pattern.findings)
        reading.pattern_sizes += pattern.size


def _type(node: Any) -> Any:
    return node.get("type") if isinstance(node, Mapping) else None


def _group(node: Mapping[str, Any], root: Mapping[str, Any], place: _Place, reading: Reading) -> None:
    if place.names and place.repeat is not None and place.names[-1] != paths.ANY_ITEM:
        reading.findings.append(finding("repeat-structure", place.at))
        return
    if not isinstance(node.get("additionalProperties", False), bool):
        reading.findings.append(
            finding("unsupported-keyword", f"{place.at}/additionalProperties", name="additionalProperties")
        )
    properties = node.get("properties", {})
    required = dict.fromkeys(node.get("required", []))
    for name in required:
        if name not in properties:
            reading.findings.append(finding("missing-member", f"{place.at}/properties", name=name))
    for name, member in properties.items():
        at = f"{place.at}/properties" + paths.format([name])
        _walk(member, root, _Place((*place.names, name), at, place.repeat, name in required), reading)


def _repeat(items: Any, root: Mapping[str, Any], place: _Place, reading: Reading) -> None:
    if _type(items) != "object" or place.repeat is not None or not place.names:
        reading.findings.append(finding("repeat-structure", place.at))
        return
    path = paths.format(place.names)
    reading.repeats.append(path)
    _walk(items, root, _Place((*place.names, paths.ANY_ITEM), f"{place.at}/items", path), reading)


def _leaf(node: Mapping[str, Any], kind: str, root: Mapping[str, Any], place: _Place, reading: Reading) -> None:
    codes: tuple[Any, ...] = ()
    if kind in _KINDS:
        kind = _KINDS[kind]
    elif kind == "array":
        items = resolved(node["items"], root)
        _keywords(items, "string", _Place(place.names, f"{place.at}/items"), reading)
        kind, codes, node = "choices", tuple(items.get("enum", ())), {**node, "items": items}
    elif "enum" in node:
        kind, codes = "choice", tuple(node["enum"])
    else:
        kind = {None: "text", "date": "date"}.get(node.get("format"), "")
    if len(codes) > CHOICES_MAX:
        reading.findings.append(finding("too-many-choices", place.at, number=len(codes), limit=CHOICES_MAX))
        return
    path = paths.format(place.names)
    field = reading.fields.get(path, NOTHING)
    listed = field.listed is not None
    if listed and (codes or kind not in {"text", "choices"}):
        reading.findings.append(finding("from-misfit", path))
        return
    kind = "choice" if listed and kind == "text" else kind
    coded = listed or (bool(codes) and all(isinstance(code, str) for code in codes))
    if not place.names or not kind or (kind in {"choice", "choices"} and not coded):
        reading.findings.append(finding("unsupported-kind", place.at))
        return
    for code in sorted(code for code, times in Counter(codes).items() if times > 1):
        reading.findings.append(finding("duplicate-name", place.at, name=code))
    reading.questions.append(Question(path, kind, codes, place.repeat, place.required, node, field))
