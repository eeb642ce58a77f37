"""Plain JSON Schemas become drafts, and every property says what became of it (interchange/SPEC.md section 6)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.definition.inspection import inspect
from forms.interchange.drafts import STAND_IN
from forms.interchange.json_schema.json_schema import import_json_schema
from forms.interchange.report import Import
from tests.strength import tries
from tests.work import within

TODO = ["todo-purpose", "todo-legal-basis", "todo-retention", "todo-sensitivity"]


def imported(schema: Any, layout: Any = None, **how: str) -> Import:
    raw = json.dumps(schema).encode()
    return import_json_schema(raw, None if layout is None else json.dumps(layout).encode(), **how)


def one(node: Any, **more: Any) -> tuple[Any, str, list[str]]:
    """What became of a schema that asks this one thing: its schema here, its outcome, and what is noted."""
    found = imported({"type": "object", "properties": {"x": node, "y": {"type": "boolean"}}, **more})
    assert found.document is not None
    row = found.rows[0]
    return found.document["schema"]["properties"].get("x"), row.outcome, [note.code for note in row.notes]


SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Aanmelding",
    "type": "object",
    "required": ["naam", "geboorteDatum"],
    "properties": {
        "naam": {"type": "string", "title": "Naam", "description": "Zoals op de brief", "maxLength": 80},
        "geboorteDatum": {"type": "string", "format": "date"},
        "adres": {
            "title": "Adres",
            "type": "object",
            "properties": {"straat": {"type": "string"}, "huisnummer": {"type": "integer", "minimum": 1}},
        },
        "kinderen": {
            "type": "array",
            "title": "Kinderen",
            "maxItems": 12,
            "items": {"$ref": "#/definitions/kind"},
        },
    },
    "definitions": {
        "kind": {
            "type": "object",
            "required": ["stem"],
            "properties": {"stem": {"enum": ["ja", "nee"], "type": "string", "x-enumNames": ["Ja", "Nee"]}},
        }
    },
}
DRAFT = {
    "form": "aanmelding",
    "version": 1,
    "title": {"nl": "Aanmelding"},
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["naam", "geboorte_datum"],
        "properties": {
            "naam": {"type": "string", "maxLength": 80},
            "geboorte_datum": {"type": "string", "format": "date"},
            "adres": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"straat": {"type": "string"}, "huisnummer": {"type": "integer", "minimum": 1}},
            },
            "kinderen": {
                "type": "array",
                "maxItems": 12,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["stem"],
                    "properties": {"stem": {"type": "string", "enum": ["ja", "nee"]}},
                },
            },
        },
    },
    "layout": [
        {"section": {"nl": "Aanmelding"}, "fields": ["/naam", "/geboorte_datum"]},
        {"section": {"nl": "Adres"}, "fields": ["/adres/straat", "/adres/huisnummer"]},
        {"section": {"nl": "Kinderen"}, "fields": ["stem"], "repeat": "/kinderen"},
    ],
    "fields": {
        "/naam": {"label": {"nl": "Naam"}, "hint": {"nl": "Zoals op de brief"}, "sensitivity": "S2"},
        "/geboorte_datum": {"label": {"nl": "Geboorte Datum"}, "sensitivity": "S1"},
        "/adres/straat": {"label": {"nl": "Straat"}, "sensitivity": "S2"},
        "/adres/huisnummer": {"label": {"nl": "Huisnummer"}, "sensitivity": "S1"},
        "/kinderen/*/stem": {
            "label": {"nl": "Stem"},
            "choices": {"ja": {"nl": "Ja"}, "nee": {"nl": "Nee"}},
            "sensitivity": "S1",
        },
    },
}


def test_a_schema_becomes_a_draft_that_says_what_is_missing() -> None:
    found = imported(SCHEMA)
    assert DRAFT == found.document
    assert TODO == [finding.code for finding in found.todo]
    assert ["json-renamed"] == [note.code for row in found.rows for note in row.notes]
    assert (7, 100) == (len(found.rows), found.share_carried())


CARRIED = {
    "a text": ({"type": "string", "pattern": "^[A-Z]+$"}, {"type": "string", "pattern": "^[A-Z]+$"}),
    "a text or nothing": ({"type": ["string", "null"]}, {"type": "string"}),
    "nothing as an alternative": ({"anyOf": [{"type": "number"}, {"type": "null"}], "title": "x"}, {"type": "number"}),
    "choices with words": (
        {"oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}], "type": "string"},
        {"type": "string", "enum": ["a", "b"]},
    ),
    "an empty choice": ({"type": "string", "enum": ["", "a", None]}, {"type": "string", "enum": ["a"]}),
    "several choices": (
        {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["a"]}},
        {"type": "array", "items": {"type": "string", "enum": ["a"]}, "uniqueItems": True, "minItems": 1},
    ),
    "parts together": (
        {"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 5, "title": "x"}]},
        {"type": "integer", "minimum": 1, "maximum": 5},
    ),
    "ends of draft 4": (
        {"type": "number", "minimum": 0, "exclusiveMinimum": True, "exclusiveMaximum": False},
        {"type": "number", "exclusiveMinimum": 0},
    ),
    "an anchor": ({"$ref": "#dag"}, {"type": "string", "format": "date"}),
    "a definition of definitions": ({"$ref": "#/$defs/een"}, {"type": "string", "format": "date"}),
    "words beside a reference": ({"$ref": "#/$defs/een", "description": "x"}, {"type": "string", "format": "date"}),
}
DEFS = {
    "een": {"$ref": "#/$defs/twee"},
    "twee": {"$anchor": "dag", "type": "string", "format": "date"},
    "kring": {"type": "object", "properties": {"x": {"$ref": "#/$defs/kring"}}},
    "zelf": {"$ref": "#/$defs/zelf"},
}


@pytest.mark.parametrize("what", CARRIED)
def test_what_we_have_too_is_carried_over(what: str) -> None:
    node, expected = CARRIED[what]
    assert (expected, "carried", []) == one(node, **{"$defs": DEFS})


CHANGED = {
    "a moment": ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}, "json-moment"),
    "a format": ({"type": "string", "format": "email"}, {"type": "string"}, "json-format-left"),
    "a pattern that looks ahead": ({"type": "string", "pattern": "^(?=a)"}, {"type": "string"}, "json-pattern-left"),
    "a pattern that looks back": ({"type": "string", "pattern": r"(a)\1"}, {"type": "string"}, "json-pattern-left"),
    "a pattern that is none": ({"type": "string", "pattern": "["}, {"type": "string"}, "json-pattern-left"),
    "numbers as choices": (
        {"enum": [1, 2], "type": "integer"},
        {"type": "string", "enum": ["1", "2"]},
        "json-codes-text",
    ),
    "a default": ({"type": "integer", "default": 3}, {"type": "integer"}, "json-default-left"),
    "a keyword": ({"type": "string", "contentEncoding": "x"}, {"type": "string"}, "json-keyword-left"),
    "a limit that is none": ({"type": "string", "maxLength": "9"}, {"type": "string"}, "json-keyword-left"),
    "no type": ({"minLength": 2}, {"type": "string", "minLength": 2}, "json-kind-assumed"),
    "a list of texts": (
        {"type": "array", "items": {"type": "string"}},
        {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"waarde": {"type": "string"}},
            },
        },
        "json-list-of-values",
    ),
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_is_a_little_different_here_is_said(what: str) -> None:
    node, expected, code = CHANGED[what]
    assert (expected, "changed", [code]) == one(node)


LEFT = {
    "another file": ({"$ref": "https://example.org/schema.json"}, "json-remote-ref"),
    "a reference to nothing": ({"$ref": "#/$defs/geen"}, "json-broken-ref"),
    "a reference to itself": ({"$ref": "#/$defs/zelf"}, "json-circular"),
    "the whole schema again": ({"$ref": "#"}, "json-circular"),
    "a group in itself": ({"$ref": "#/$defs/kring"}, "json-empty-group"),
    "several kinds": ({"type": ["string", "number"]}, "json-kinds"),
    "no kind": ({}, "json-no-kind"),
    "true": (True, "json-no-kind"),
    "alternatives": ({"oneOf": [{"type": "string"}, {"type": "number"}]}, "json-alternatives"),
    "parts that contradict": ({"allOf": [{"type": "string"}, {"type": "number"}]}, "json-all-of"),
    "a fixed value": ({"const": "a", "type": "string"}, "json-const"),
    "free names": ({"type": "object", "additionalProperties": {"type": "string"}}, "json-open-object"),
    "a list of anything": ({"type": "array"}, "json-no-kind"),
    "no choice": ({"type": "string", "enum": []}, "json-choices"),
    "too many choices": ({"type": "string", "enum": [str(n) for n in range(1_001)]}, "json-choices"),
    "lists in lists": ({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}, "json-empty-group"),
}


@pytest.mark.parametrize("what", LEFT)
def test_what_is_not_possible_says_why(what: str) -> None:
    node, code = LEFT[what]
    schema, outcome, notes = one(node, **{"$defs": DEFS})
    assert (None, "not-possible", code) == (schema, outcome, notes[-1])


def test_conditions_between_questions_have_rows_of_their_own() -> None:
    schema = {
        "type": "object",
        "properties": {"x": {"type": "string"}},
        "if": {"properties": {"x": {"const": "a"}}},
        "then": {"required": ["y"]},
        "dependencies": {"x": ["y"]},
    }
    found = imported(schema)
    assert [("/if", "json-condition"), ("/then", "json-condition"), ("/dependencies", "json-condition")] == [
        (row.source, row.notes[0].code) for row in found.rows if row.outcome == "not-possible"
    ]


def test_names_are_made_fit_and_stay_apart() -> None:
    schema = {
        "type": "object",
        "properties": {
            "BSNCode": {"type": "string"},
            "1e keer": {"type": "string"},
            "naam": {"type": "string"},
            "ouder": {"type": "object", "properties": {"naam": {"type": "string"}}},
            "and": {"type": "string"},
        },
    }
    found = imported(schema)
    assert found.document is not None
    assert ["/bsn_code", "/v_1e_keer", "/naam", "/ouder/ouder_naam", "/v_and"] == list(found.document["fields"])


def test_groups_in_an_item_are_made_flat() -> None:
    items = {"type": "object", "properties": {"school": {"type": "object", "properties": {"naam": {"type": "string"}}}}}
    found = imported({"type": "object", "properties": {"kind": {"type": "array", "items": items}}})
    assert found.document is not None
    assert ["/kind/*/school_naam"] == list(found.document["fields"])
    assert TODO == [finding.code for finding in found.todo]


LAYOUTS = {
    "names": ["b", "/c", "#/properties/a"],
    "pages": [{"section": "Eerst", "fields": ["b"]}, {"section": {"nl": "Dan"}, "fields": ["c", "a"]}],
}
THREE = {"type": "object", "title": "Proef", "properties": {name: {"type": "string"} for name in "abc"}}


@pytest.mark.parametrize("what", LAYOUTS)
def test_a_layout_says_the_order_and_the_pages(what: str) -> None:
    for found in (imported(THREE, LAYOUTS[what]), imported({"schema": THREE, "layout": LAYOUTS[what]})):
        assert found.document is not None and TODO == [one.code for one in found.todo]
        expected = [("Eerst", ["/b"]), ("Dan", ["/c", "/a"])] if what == "pages" else [("Proef", ["/b", "/c", "/a"])]
        assert expected == [(one["section"]["nl"], one["fields"]) for one in found.document["layout"]]


@pytest.mark.parametrize(
    "layout",
    [{"ui:order": ["b", "*", "a"]}, {"type": "VerticalLayout", "elements": [{"scope": "#/properties/b"}]}],
)
def test_a_layout_of_another_system_is_not_read_and_it_is_said(layout: object) -> None:
    for found in (imported(THREE, layout), imported({"schema": THREE, "uiSchema": layout})):
        assert found.document is not None and [*TODO, "json-layout-left"] == [one.code for one in found.todo]
        assert [["/a", "/b", "/c"]] == [one["fields"] for one in found.document["layout"]]


def test_a_long_layout_takes_no_longer_than_a_long_schema() -> None:
    names = [f"q{number}" for number in range(2_500)]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    found = within(2_000_000, lambda: imported(schema, names[::-1]))
    assert found.document is not None
    assert "/q2499" == found.document["layout"][0]["fields"][0]


def test_words_in_another_language_stand_in_both_and_are_to_be_translated() -> None:
    found = imported({"type": "object", "title": "Visit", "properties": {"x": {"type": "string"}}}, language="en")
    assert found.document is not None
    assert {"nl": "Visit", "en": "Visit"} == found.document["title"]
    assert [*TODO, "json-no-dutch"] == [finding.code for finding in found.todo]


REFUSED = {
    "no JSON": (b"{", "json-not-json"),
    "not a number": (b'{"type": NaN}', "json-not-json"),
    "endless brackets": (b"[" * 200_000, "json-not-json"),
    "many brackets": (b'{"a":' * 150 + b"1" + b"}" * 150, "json-nested"),
    "half a character, which no file can hold": (b'{"type": "object", "properties": {"\\ud800": {}}}', "bad-character"),
    "too large": (b" " * 1_100_000, "json-file-too-large"),
    "a list": (b"[]", "json-no-schema"),
    "a text": (b'{"type": "string"}', "json-no-schema"),
    "no questions": (b'{"type": "object", "properties": {"x": true}}', "json-no-questions"),
    "itself": (b'{"$ref": "#"}', "json-circular"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_schema_is_refused_in_a_sentence(what: str) -> None:
    raw, code = REFUSED[what]
    found = import_json_schema(raw)
    assert (None, [code]) == (found.document, [finding.code for finding in found.todo])


def test_a_schema_that_grows_by_its_references_is_given_up_in_time() -> None:
    defs = {
        f"d{n}": {"type": "object", "properties": {f"p{m}": {"$ref": f"#/$defs/d{n + 1}"} for m in range(9)}}
        for n in range(9)
    }
    defs["d9"] = {"type": "string"}
    found = within(2_000_000, lambda: imported({"$ref": "#/$defs/d0", "$defs": defs}))
    assert {"json-too-large"} <= {note.code for row in found.rows for note in row.notes}
    wide = {f"w{n}": {"allOf": [{"$ref": f"#/$defs/w{n + 1}"}] * 50} for n in range(9)}
    schema = {
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/w0"}},
        "$defs": {**wide, "w9": {"type": "string"}},
    }
    found = within(2_000_000, lambda: imported(schema))
    assert ["json-too-large"] == [note.code for row in found.rows for note in row.notes]


NODES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(["string", "array", "object", "#", "#/$defs/a", "#/properties/a", "null", "date", "[", "a"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["type", "properties", "items", "$ref", "$defs", "a", "Bc", "enum", "oneOf", "anyOf", "allOf", "const",
                 "required", "title", "format", "pattern", "minimum", "maxItems", "minLength", "x-enumNames", "if", ""]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)  # fmt: skip


def test_a_limit_beyond_every_number_of_a_form_stayed_in_the_draft_and_stopped_it() -> None:
    schema, outcome, notes = one({"type": "number", "minimum": 2.0**53 + 2, "maximum": 1e300})
    assert ({"type": "number"}, "changed", ["json-keyword-left"] * 2) == (schema, outcome, notes)


@settings(deadline=None, max_examples=tries(400))
@given(NODES, NODES)
def test_whatever_is_called_a_schema_gives_a_draft_or_a_reason(properties: Any, layout: Any) -> None:
    found = imported({"type": "object", "properties": {"a": properties, "Bc": {"type": "string"}}}, layout)
    assert found.document is not None
    left = {"json-layout-left"} if layout is not None and not isinstance(layout, list) else set()
    assert {finding.code for finding in found.todo} == {*TODO, *left}
    assert () == inspect(json.dumps({**found.document, **STAND_IN}).encode()).findings


@settings(deadline=None, max_examples=tries(200))
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_no_bytes_raise(raw: bytes, layout: bytes) -> None:
    assert import_json_schema(raw, layout).todo
