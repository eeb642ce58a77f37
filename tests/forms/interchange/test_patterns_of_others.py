"""Patterns that were written for another engine come along as every device reads them, and the report says so."""

import json

from forms.interchange.json_schema.json_schema import import_json_schema
from forms.interchange.xlsform_import.xlsform import import_xlsform
from tests.forms.interchange.tables import made

SHEET = r"""
| survey |
|        | type | name     | label    | constraint |
|        | text | postcode | Postcode | regex(., '^\d{4} ?[A-Z]{2}$') |
|        | text | letters  | Letters  | regex(., '^\p{L}+$') |
|        | text | code     | Code     | regex(., '^[A-Z]{3}$') |
"""
NOTE = ("import-pattern-rewritten", "The pattern stands there as every device reads it alike: ^[0-9]{4} ?[A-Z]{2}$")


def test_a_workbook_with_patterns_of_its_engine_is_carried_over() -> None:
    found = import_xlsform(made(SHEET), "patronen.xlsx")
    assert found.document is not None
    asked = found.document["schema"]["properties"]
    assert ["^[0-9]{4} ?[A-Z]{2}$", None, "^[A-Z]{3}$"] == [one.get("pattern") for one in asked.values()]
    notes = {row.name: [(note.code, note.en) for note in row.notes] for row in found.rows}
    assert ([NOTE], ["import-expression-left"], []) == (
        notes["postcode"],
        [code for code, _ in notes["letters"]],
        notes["code"],
    )


def test_a_schema_with_patterns_of_its_engine_is_carried_over() -> None:
    schema = {"type": "object", "properties": {"postcode": {"type": "string", "pattern": r"^\d{4} ?[A-Z]{2}$"}}}
    found = import_json_schema(json.dumps(schema).encode())
    assert found.document is not None
    assert "^[0-9]{4} ?[A-Z]{2}$" == found.document["schema"]["properties"]["postcode"]["pattern"]
    assert [NOTE] == [(note.code, note.en) for row in found.rows for note in row.notes]
