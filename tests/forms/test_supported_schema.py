"""The part of JSON Schema 2020-12 that forms use: every keyword of the standard is either held or refused by name."""

import json
from typing import Any

import pytest

from forms.definition.document import faults, load_form
from forms.records.validation import Validator
from tests.forms.form_samples import Form, choice, form, with_definitions

VOCABULARIES = {  # every keyword of the standard, and those that older drafts knew
    "core": "$schema $id $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment $defs",
    "applicator": "prefixItems items contains additionalProperties properties patternProperties dependentSchemas "
    "propertyNames if then else allOf anyOf oneOf not",
    "unevaluated": "unevaluatedItems unevaluatedProperties",
    "validation": "type const enum multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength "
    "pattern maxItems minItems uniqueItems maxContains minContains maxProperties minProperties required "
    "dependentRequired",
    "meta-data": "title description default deprecated readOnly writeOnly examples",
    "format": "format",
    "content": "contentEncoding contentMediaType contentSchema",
    "older": "definitions dependencies $recursiveRef $recursiveAnchor",
}
KEYWORDS = [word for words in VOCABULARIES.values() for word in words.split()]

CODES = ["rood", "wit", "blauw"]
LIST: Form = {"type": "array", "items": {"type": "string", "enum": CODES}}


def lists(**limits: Any) -> Form:
    document = choice(CODES)
    document["schema"]["properties"]["a"] = {**LIST, **limits}
    return document


def group(**limits: Any) -> Form:
    document = form({"type": "object", "properties": {"b": {"type": "string"}}, **limits})
    document["layout"][0]["fields"] = ["/a/b"]
    document["fields"] = {"/a/b": document["fields"]["/a"]}
    return document


def text(**limits: Any) -> Form:
    return form({"type": "string", **limits})


def number(**limits: Any) -> Form:
    return form({"type": "number", **limits})


def top(**members: Any) -> Form:
    document = form()
    document["schema"].update(members)
    return document


SUPPORTED: dict[str, list[tuple[Form, Any, Any, str]]] = {  # the form, what fits it, what does not, and the finding
    "type": [
        (form({"type": "string"}), "x", 1, "wrong-kind"),
        (form({"type": "integer"}), 1.0, 1.5, "wrong-kind"),
        (form({"type": "number"}), 1.5, "1.5", "wrong-kind"),
        (form({"type": "boolean"}), True, 1, "wrong-kind"),
        (lists(), ["wit"], "wit", "wrong-kind"),
        (group(), {"b": "x"}, "x", "wrong-kind"),
    ],
    "enum": [(choice(CODES), "wit", "zwart", "unknown-choice")],
    "items": [(lists(), ["wit", "rood"], ["zwart"], "unknown-choice")],
    "format": [(text(format="date"), "2024-02-29", "2023-02-29", "not-a-date")],
    "pattern": [(text(pattern="^[a-z]{2}$"), "ab", "abc", "wrong-pattern")],
    "minLength": [(text(minLength=2), "😀😀", "😀", "too-short")],
    "maxLength": [(text(maxLength=2), "😀😀", "e\u0301e", "too-long")],
    "minimum": [(number(minimum=2), 2, 1.9, "too-low")],
    "maximum": [(number(maximum=2), 2, 2.1, "too-high")],
    "exclusiveMinimum": [(number(exclusiveMinimum=2), 2.1, 2, "not-above")],
    "exclusiveMaximum": [(number(exclusiveMaximum=2), 1.9, 2, "not-below")],
    "multipleOf": [
        (number(multipleOf=0.1), 4.3, 4.35, "wrong-step"),
        (number(multipleOf=0.01), 19.99, 1e-3, "wrong-step"),
    ],
    "minItems": [(lists(minItems=1), ["wit"], [], "too-few")],
    "maxItems": [(lists(maxItems=1), ["wit"], ["wit", "rood"], "too-many")],
    "uniqueItems": [(lists(uniqueItems=True), ["wit", "rood"], ["wit", "wit"], "chosen-twice")],
    "properties": [(group(additionalProperties=False), {"b": "x"}, {"b": 1}, "wrong-kind")],
    "additionalProperties": [(group(additionalProperties=False), {"b": "x"}, {"c": "x"}, "no-such-question")],
    "required": [(group(required=["b"]), {"b": "x"}, {}, "missing")],
    "$ref": [(with_definitions({"d": {"type": "string", "maxLength": 2}}), "ab", "abc", "too-long")],
    "$defs": [(with_definitions({"d": {"type": "boolean"}}), True, "ja", "wrong-kind")],
    "$schema": [(top(**{"$schema": "https://json-schema.org/draft/2020-12/schema"}), "x", 1, "wrong-kind")],
    "$comment": [(text(**{"$comment": "says nothing"}), "x", 1, "wrong-kind")],
    "title": [(text(title="Says nothing"), "x", 1, "wrong-kind")],
    "description": [(text(description="Says nothing"), "x", 1, "wrong-kind")],
}  # fmt: skip
REFUSED: dict[str, Any] = {  # a value that the standard allows
    "$id": "vraag", "$anchor": "a", "$dynamicRef": "#a", "$dynamicAnchor": "a", "$vocabulary": {"urn:x": True},
    "prefixItems": [{}], "contains": {}, "patternProperties": {"x": {}}, "dependentSchemas": {"x": {}},
    "propertyNames": {}, "if": {}, "then": {}, "else": {}, "allOf": [{}], "anyOf": [{}], "oneOf": [{}], "not": {},
    "unevaluatedItems": False, "unevaluatedProperties": False, "const": "x", "maxContains": 1, "minContains": 1,
    "maxProperties": 1, "minProperties": 1, "dependentRequired": {"x": ["y"]}, "default": "x", "deprecated": True,
    "readOnly": True, "writeOnly": True, "examples": ["x"], "contentEncoding": "base64",
    "contentMediaType": "text/plain", "contentSchema": {}, "definitions": {"x": {}}, "dependencies": {"x": {}},
    "$recursiveRef": "#", "$recursiveAnchor": "a",
}  # fmt: skip


def found(document: Form) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in faults(json.dumps(document).encode())]


def test_every_keyword_of_the_standard_is_supported_or_refused() -> None:
    assert sorted(KEYWORDS) == sorted([*SUPPORTED, *REFUSED])


@pytest.mark.parametrize("keyword", REFUSED)
@pytest.mark.parametrize("kind", ["string", "number", "boolean", "object", "array"])
def test_what_is_not_supported_is_refused_by_its_name_and_place(keyword: str, kind: str) -> None:
    document = {"object": group, "array": lists}.get(kind, lambda **more: form({"type": kind, **more}))
    assert [("unsupported-keyword", f"/schema/properties/a/{keyword}")] == found(
        document(**{keyword: REFUSED[keyword]})
    )


@pytest.mark.parametrize("keyword", [*REFUSED, "$defs", "$schema"])
def test_it_is_refused_in_a_definition_and_in_a_list_too(keyword: str) -> None:
    value = REFUSED.get(keyword, {} if keyword == "$defs" else "https://json-schema.org/draft/2020-12/schema")
    in_definition = with_definitions({"d": {"type": "string", keyword: value}})
    assert [("unsupported-keyword", f"/schema/properties/a/{keyword}")] == found(in_definition)
    in_list = lists()
    in_list["schema"]["properties"]["a"]["items"] = {**LIST["items"], keyword: value}
    assert [("unsupported-keyword", f"/schema/properties/a/items/{keyword}")] == found(in_list)


@pytest.mark.parametrize(
    ("keyword", "example"),
    [(keyword, example) for keyword, examples in SUPPORTED.items() for example in examples],
    ids=lambda part: part if isinstance(part, str) else part[3],
)
def test_what_is_supported_loads_and_is_held(keyword: str, example: tuple[Form, Any, Any, str]) -> None:
    document, fits, misfits, code = example
    assert f'"{keyword}"' in json.dumps(document["schema"])
    validator = Validator(load_form(json.dumps(document).encode()))
    assert () == validator.findings({"a": fits})
    assert [code] == [one.code for one in validator.findings({"a": misfits})]


@pytest.mark.parametrize(
    ("kind", "keyword", "value"),
    [
        ("string", "minimum", 1),
        ("string", "maxItems", 1),
        ("number", "maxLength", 1),
        ("number", "format", "date"),
        ("boolean", "enum", [True]),
        ("integer", "enum", [1, 2]),
        ("object", "enum", [{}]),
        ("array", "enum", [[]]),
    ],
)
def test_a_keyword_of_another_kind_would_do_nothing_and_is_refused(kind: str, keyword: str, value: Any) -> None:
    document = {"object": group, "array": lists}.get(kind, lambda **more: form({"type": kind, **more}))
    assert [("unsupported-keyword", f"/schema/properties/a/{keyword}")] == found(document(**{keyword: value}))


@pytest.mark.parametrize(
    "schema",
    [True, {}, {"type": "null"}, {"type": ["string", "null"]}, {"enum": ["x"]}, {"type": "string", "format": "time"},
     {"type": "string", "format": "email"}, {"type": "string", "enum": [1]}, {"type": "string", "enum": []}],
    ids=json.dumps,
)  # fmt: skip
def test_what_is_no_kind_of_question_is_refused(schema: Any) -> None:
    assert [("unsupported-kind", "/schema/properties/a")] == found(form(schema))


@pytest.mark.parametrize(
    ("low", "high"), [("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum")]
)
def test_limits_that_nothing_fits_between_are_found(low: str, high: str) -> None:
    make = {"minItems": lists, "minLength": text}.get(low, number)
    assert [] == found(make(**{low: 2, high: 2}))
    assert [("nothing-fits", "/schema/properties/a")] == found(make(**{low: 3, high: 2}))


def test_a_reference_and_its_target_do_not_contradict_each_other() -> None:
    short = {"type": "string", "maxLength": 2, "title": "Kort"}
    assert [] == found(with_definitions({"d": short}, {"$ref": "#/$defs/d", "title": "Korter", "maxLength": 2}))
    longer = with_definitions({"d": short}, {"$ref": "#/$defs/d", "maxLength": 3})
    assert [("ref-differs", "/schema/properties/a")] == found(longer)


def test_length_counts_code_points_and_neither_bytes_nor_halves() -> None:
    validator = Validator(load_form(json.dumps(text(minLength=3, maxLength=3)).encode()))
    for fits in ("één", "😀😀😀", "e\u0301!", "\U0010ffff\U00010000a"):
        assert () == validator.findings({"a": fits}), fits
    for misfits, code in (
        ("😀😀", "too-short"),
        ("éé", "too-short"),
        ("😀😀😀😀", "too-long"),
        ("e\u0301e\u0301", "too-long"),
    ):
        assert [code] == [one.code for one in validator.findings({"a": misfits})], misfits
