"""The outer shape of a form document, itself as a JSON Schema (SPEC.md section 6.1).

Strict: a member that nobody reads is a mistake or a promise that is not kept, so it is refused.
"""

from typing import Any, Final

from forms import paths
from forms.definition import members, moves, offers

LANGUAGE: Final = "^[a-z]{2,3}$"
SLUG: Final = f"^{paths.NAME_PATTERN}$"  # becomes the name of a table
TEXT_MAX: Final = 4_000  # characters of one label, hint or sentence: a page, as the lint reads them
VERSION_MAX: Final = 2**31 - 1  # what every database calls a whole number

_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}
_WORDS: Final[dict[str, Any]] = {  # one text in several languages, the field that a label check reads later
    "type": "object",
    "propertyNames": {"pattern": LANGUAGE},
    "additionalProperties": _TEXT,
}
_DUTCH_WORDS: Final = {**_WORDS, "required": ["nl"]}

_EXPRESSION: Final = {"type": "string"}  # what it may say is section 9

_FIELD: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "label": _WORDS,
        "hint": _DUTCH_WORDS,
        "choices": {"type": "object", "additionalProperties": _WORDS},
        "merge": {"type": "string"},
        "sensitivity": {"enum": ["S0", "S1", "S2", "S3", "S4"]},
        "show_if": _EXPRESSION,
        "must_answer": _TEXT,  # the duty of care that makes a sensitive question mandatory (lint/SPEC.md, P11)
        **members.SHAPE,
        **offers.SHAPE,
    },
}

_ACCEPTED: Final = {  # a warning of the privacy lint that this form carries for a reason (lint/SPEC.md section 5)
    "type": "object",
    "additionalProperties": False,
    "required": ["rule", "at", "reason"],
    "properties": {"rule": {"type": "string", "pattern": "^P[0-9]{2}$"}, "at": _TEXT, "reason": _TEXT},
}

_SECTION: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["section", "fields"],
    "properties": {
        "section": _DUTCH_WORDS,
        "repeat": {"type": "string"},
        "fields": {"type": "array", "items": {"type": "string"}},
        "show_if": _EXPRESSION,
        "banner": {
            "type": "object",
            "additionalProperties": False,
            "required": ["show_if", "say"],
            "properties": {"show_if": _EXPRESSION, "say": _DUTCH_WORDS},
        },
    },
}

_CHECK: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["if_not", "at", "say"],
    "properties": {
        "if_not": _EXPRESSION,
        "at": {"type": "string"},
        "say": _DUTCH_WORDS,
        "level": {"enum": ["error", "warn", "ask_reason"]},
    },
}

DOCUMENT: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "form",
        "version",
        "title",
        "purpose",
        "legal_basis",
        "retention",
        "schema",
        "layout",
        "fields",
    ],
    "properties": {
        "form": {"type": "string", "pattern": SLUG},
        "version": {"type": "integer", "minimum": 1, "maximum": VERSION_MAX},
        "title": _DUTCH_WORDS,
        "purpose": _TEXT,
        "legal_basis": _TEXT,
        "retention": {
            "type": "object",
            "additionalProperties": False,
            "required": ["keep", "from"],
            "properties": {
                "keep": {"type": "string", "pattern": "^P[1-9][0-9]{0,2}[YM]$"},
                "from": {"enum": ["closed", "last_change", "birth_month"]},
            },
        },
        "schema": {"type": "object"},
        "layout": {"type": "array", "minItems": 1, "items": _SECTION},
        "fields": {"type": "object", "additionalProperties": _FIELD},
        "computed": {"type": "object", "additionalProperties": _EXPRESSION},
        "checks": {"type": "array", "items": _CHECK},
        "trees": {"type": "object"},
        "lint": {"type": "array", "items": _ACCEPTED},
        "moves": moves.SHAPE,
        "tables": {"type": "array", "items": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
    },
}
