"""A form that was exported, changed or not, and read again (interchange/SPEC.md section 9)."""

import json
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from forms.definition.library import SLUGS, shipped_raw
from forms.interchange.report import Import
from forms.interchange.xlsform_export.xlsform import to_xlsform
from forms.interchange.xlsform_import.xlsform import import_xlsform


def exported(document: dict[str, Any]) -> bytes:
    raw = to_xlsform(document).workbook
    assert raw is not None
    return raw


def changed(raw: bytes, name: str, **cells: str) -> Import:
    """The import of a workbook in which somebody wrote other cells in the row of a question."""
    book = openpyxl.load_workbook(BytesIO(raw))
    rows = list(book["survey"].iter_rows())
    columns = {cell.value: place for place, cell in enumerate(rows[0])}
    row = next(row for row in rows if row[columns["name"]].value == name)
    for column, text in cells.items():
        row[columns[column.replace("__", "::")]].value = text
    out = BytesIO()
    book.save(out)
    return import_xlsform(out.getvalue(), "x.xlsx")


def unordered(node: Any) -> Any:
    """A document in which the order of `required` says nothing."""
    if isinstance(node, dict):
        return {name: sorted(part) if name == "required" else unordered(part) for name, part in node.items()}
    return [unordered(part) for part in node] if isinstance(node, list) else node


def text(name: str, **field: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return {name: {"type": "string", "maxLength": 20}}, {"label": {"nl": name}, "sensitivity": "S0", **field}


def form() -> dict[str, Any]:
    """What XLSForm has no word for: groups in the schema, a warning, a banner, two pages of one repeat."""
    properties, field = text("naam")
    inside = {"klas": {"type": "string"}, "gezien": {"type": "boolean"}}
    items = {"type": "object", "additionalProperties": False, "properties": inside, "required": ["klas"]}
    bezoek = {
        "type": "object",
        "additionalProperties": False,
        "properties": {**properties, "dag": {"type": "string", "format": "date"}},
    }
    kind = {"type": "array", "maxItems": 9, "items": items}
    return {
        "form": "klein",
        "version": 4,
        "title": {"nl": "Klein", "en": "Small"},
        "purpose": "Agree on the next visit",
        "legal_basis": "Leerplichtwet 1969 article 16",
        "retention": {"keep": "P2Y", "from": "closed"},
        "schema": {"type": "object", "additionalProperties": False, "properties": {"bezoek": bezoek, "kind": kind}},
        "layout": [
            {
                "section": {"nl": "Bezoek"},
                "fields": ["/bezoek/naam", "/bezoek/dag", "/dagen"],
                "banner": {"show_if": "coalesce(dag, null) == today()", "say": {"nl": "Het is vandaag."}},
            },
            {"section": {"nl": "Klas"}, "repeat": "/kind", "fields": ["klas"]},
            {"section": {"nl": "Gezien"}, "repeat": "/kind", "fields": ["gezien"], "show_if": "naam != null"},
        ],
        "fields": {
            "/bezoek/naam": {**field, "merge": "latest", "hint": {"nl": "Roepnaam"}},
            "/bezoek/dag": {"label": {"nl": "Dag"}, "sensitivity": "S0", "show_if": 'naam != "x"'},
            "/kind/*/klas": {"label": {"nl": "Klas"}, "sensitivity": "S3", "widget": "multiline"},
            "/kind/*/gezien": {"label": {"nl": "Gezien"}, "sensitivity": "S1"},
            "/dagen": {"label": {"nl": "Dagen"}, "sensitivity": "S1"},
        },
        "computed": {"/dagen": "days_between(coalesce(dag, null), today())"},
        "checks": [
            {"if_not": "count(kind) < 5", "at": "/kind", "say": {"nl": "Zoveel?"}, "level": "warn"},
            {"if_not": "dag <= today()", "at": "/bezoek/dag", "say": {"nl": "Later?"}, "level": "ask_reason"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("slug", SLUGS)
def test_every_form_that_ships_comes_back_as_it_was(slug: str) -> None:
    document = json.loads(shipped_raw(slug))
    found = import_xlsform(exported(document), "x.xlsx")
    assert unordered(document) == unordered(found.document)
    assert 100 == found.share_carried()
    assert {"todo-list"} >= {one.code for one in found.todo}


def test_groups_levels_banners_and_pages_of_a_repeat_come_back() -> None:
    found = import_xlsform(exported(form()), "x.xlsx")
    assert unordered(form()) == unordered(found.document)


def test_a_draft_without_purpose_comes_back_without_one() -> None:
    draft = {name: member for name, member in form().items() if name not in {"purpose", "legal_basis", "retention"}}
    found = import_xlsform(exported(draft), "x.xlsx")
    assert {**draft, "purpose": "TODO", "legal_basis": "TODO"} == found.document
    assert ["todo-purpose", "todo-legal-basis", "todo-retention"] == [one.code for one in found.todo]


def test_a_cell_that_somebody_changed_counts() -> None:
    found = changed(exported(form()), "dag", relevant="${naam} = 'y'", constraint=". > '2026-01-01'")
    assert found.document is not None
    assert 'naam == "y"' == found.document["fields"]["/bezoek/dag"]["show_if"]
    assert 'dag > "2026-01-01"' == found.document["checks"][1]["if_not"]
    assert {"type": "string", "format": "date"} == (
        found.document["schema"]["properties"]["bezoek"]["properties"]["dag"]
    )


def test_a_calculation_that_somebody_changed_counts() -> None:
    found = changed(exported(form()), "dagen", calculation="today() - ${dag} + 1")
    assert found.document is not None
    assert "days_between(coalesce(dag, null), today()) + 1" == found.document["computed"]["/dagen"]


def test_nonsense_in_our_columns_is_passed_over_and_said() -> None:
    nonsense = {"schema": "{", "sensitivity": "S9", "path": "/_review/x", "merge": "?"}
    found = changed(exported(form()), "naam", **{f"veldpost__{name}": cell for name, cell in nonsense.items()})
    assert found.document is not None
    assert {"label": {"nl": "naam"}, "hint": {"nl": "Roepnaam"}, "sensitivity": "S2"} == found.document["fields"][
        "/naam"
    ]
    row = next(row for row in found.rows if row.name == "naam")
    assert "changed" == row.outcome
    assert [
        "veldpost::sensitivity: S9 does not fit here; the usual value was taken.",
        "veldpost::merge: ? does not fit here; the usual value was taken.",
        "veldpost::schema: JSON does not fit here; the usual value was taken.",
    ] == [note.en for note in row.notes]
