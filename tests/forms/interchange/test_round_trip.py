"""A form that goes out as a workbook comes back as the same form, and what a person changed in it counts."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.definition.document import load_form
from forms.definition.inspection import inspect
from forms.definition.library import shipped, shipped_raw
from forms.interchange.drafts import STAND_IN
from forms.interchange.report import Import
from forms.interchange.xlsform_export.workbook import workbook
from forms.interchange.xlsform_export.xlsform import to_xlsform
from forms.interchange.xlsform_import.xlsform import import_xlsform
from forms.spreadsheets.reading import read_sheets
from tests.strength import tries

FORMS = sorted(form.slug for form in shipped())
Sheets = dict[str, list[dict[str, str]]]


def sheets_of(document: dict[str, Any]) -> Sheets:
    raw = to_xlsform(document).workbook
    assert raw is not None
    return {
        sheet.name: [dict(zip(sheet.rows[0], (*row, *[""] * 99), strict=False)) for row in sheet.rows[1:]]
        for sheet in read_sheets(raw, "a.xlsx").sheets
    }


def returned(sheets: Sheets) -> Import:
    tables = {}
    for name, rows in sheets.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        tables[name] = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    return import_xlsform(workbook(tables), "proef.xlsx")


def row(sheets: Sheets, name: str) -> dict[str, str]:
    return next(one for one in sheets["survey"] if one["name"] == name)


def shipped_document(slug: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shipped_raw(slug))
    return found


@pytest.mark.parametrize("slug", FORMS)
def test_a_form_comes_back_whole(slug: str) -> None:
    document = shipped_document(slug)
    found = import_xlsform(to_xlsform(document).workbook or b"", f"{slug}.xlsx")
    assert document == found.document
    assert [] == [one.code for one in found.todo if one.code not in ("todo-list",)]


@pytest.mark.parametrize("slug", FORMS)
def test_a_form_comes_back_from_the_hands_of_another_program(slug: str) -> None:
    document = shipped_document(slug)
    book, out = openpyxl.load_workbook(io.BytesIO(to_xlsform(document).workbook or b"")), io.BytesIO()
    book.save(out)
    assert document == import_xlsform(out.getvalue(), "b.xlsx").document


GROUPED: dict[str, Any] = {
    "form": "proef",
    "version": 2,
    "title": {"nl": "Proef", "en": "Trial"},
    "purpose": "Try out",
    "legal_basis": "None",
    "retention": {"keep": "P1Y", "from": "closed"},
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "bezoek": {
                "type": "object",
                "additionalProperties": False,
                "required": ["dag"],
                "properties": {"dag": {"type": "string", "format": "date"}, "ja": {"type": "boolean"}},
            },
            "kind": {
                "type": "array",
                "maxItems": 9,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"naam": {"type": "string"}, "dag": {"type": "string", "format": "date"}},
                },
            },
        },
    },
    "layout": [
        {"section": {"nl": "Kind"}, "repeat": "/kind", "fields": ["naam"]},
        {"section": {"nl": "Bezoek"}, "fields": ["/bezoek/dag", "/bezoek/ja"]},
        {"section": {"nl": "Kind later"}, "repeat": "/kind", "fields": ["dag"], "show_if": "/bezoek/ja == true"},
    ],
    "fields": {
        "/kind/*/naam": {"label": {"nl": "Naam"}, "sensitivity": "S1"},
        "/bezoek/dag": {"label": {"nl": "Dag"}, "sensitivity": "S0", "merge": "latest"},
        "/bezoek/ja": {"label": {"nl": "Ja"}, "sensitivity": "S0"},
        "/kind/*/dag": {"label": {"nl": "Dag"}, "sensitivity": "S0"},
        "/aantal": {"label": {"nl": "Aantal"}, "sensitivity": "S0"},
    },
    "computed": {"/aantal": "count(kind)"},
    "checks": [{"if_not": "unique(map(kind, naam))", "at": "/kind", "say": {"nl": "Twee keer"}}],
}


def test_groups_and_several_pages_of_one_repeat_come_back() -> None:
    back = returned(sheets_of(GROUPED)).document
    assert back is not None
    pages = GROUPED["layout"]
    assert {**GROUPED, "layout": [pages[0], pages[2], pages[1]]} == back


def changed(change: Callable[[Sheets], None], slug: str = "huisbezoek") -> tuple[dict[str, Any], Import]:
    document = shipped_document(slug)
    sheets = sheets_of(document)
    change(sheets)
    found = returned(sheets)
    assert found.document is not None
    return document, found


def test_a_condition_that_a_person_changed_counts_and_all_else_stays() -> None:
    document, found = changed(lambda sheets: row(sheets, "privacykaart").update(relevant="${toegang} = 'binnen'"))
    document["fields"]["/privacykaart"]["show_if"] = 'toegang == "binnen"'
    assert document == found.document


def test_a_condition_that_a_person_took_away_is_gone() -> None:
    document, found = changed(lambda sheets: row(sheets, "feiten").update(relevant=""))
    del document["fields"]["/feiten"]["show_if"]
    assert document == found.document


def test_words_that_a_person_changed_count() -> None:
    document, found = changed(lambda sheets: row(sheets, "feiten").update({"label::English (en)": "What you saw"}))
    document["fields"]["/feiten"]["label"]["en"] = "What you saw"
    assert document == found.document


def test_a_question_that_a_person_added_is_in_the_form() -> None:
    def add(sheets: Sheets) -> None:
        at = sheets["survey"].index(row(sheets, "feiten"))
        sheets["survey"].insert(at, {"type": "integer", "name": "kamers", "label::Nederlands (nl)": "Kamers"})

    document, found = changed(add)
    assert found.document is not None
    assert {"type": "integer"} == found.document["schema"]["properties"].pop("kamers")
    assert {"label": {"nl": "Kamers"}, "sensitivity": "S1"} == found.document["fields"].pop("/kamers")
    for section in found.document["layout"]:
        section["fields"] = [name for name in section["fields"] if name != "/kamers"]
    assert document == found.document
    assert "todo-sensitivity" in {one.code for one in found.todo}


def test_a_question_that_a_person_removed_is_gone_with_its_checks() -> None:
    document, found = changed(lambda sheets: sheets["survey"].remove(row(sheets, "vervolg_datum")))
    assert found.document is not None
    assert {*document["fields"]} - {"/vervolg_datum"} == {*found.document["fields"]}
    assert "/vervolg_datum" not in [check["at"] for check in found.document["checks"]]


def test_a_column_of_ours_that_no_longer_holds_is_said_at_its_row() -> None:
    _, found = changed(lambda sheets: row(sheets, "feiten").update({"veldpost::show_if": "geen_vraag == 1"}))
    assert found.document is not None
    assert "/feiten" in found.document["fields"]
    assert [("feiten", "changed")] == [(one.name, one.outcome) for one in found.rows if one.outcome != "carried"]


@pytest.mark.parametrize(
    "cell",
    ['{"nl":""}', '{"$ref":"#/x"}', '{"subject":"x"}', '{"confidential_from":{}}', '{"from":"Zz"}', '{"form":7}',
     '{"widget":"slider"}', '{"prefill":{"from":"/x","take":"/y"}}', '{"attributes":{"x":{}}}', '{"minItems":1e999}'],
)  # fmt: skip
def test_a_cell_of_ours_that_fits_nothing_is_passed_over_with_a_word(cell: str) -> None:
    document, found = changed(lambda sheets: row(sheets, "feiten").update({"veldpost::field": cell}))
    assert found.document is not None
    load_form(json.dumps({**found.document, **STAND_IN}).encode())
    assert [("feiten", "changed")] == [(one.name, one.outcome) for one in found.rows if one.outcome != "carried"]
    assert {*document["fields"]} == {*found.document["fields"]}


JUNK = st.sampled_from(
    ["", "[]", "{}", "[[1,2]]", '[["x",{}]]', "null", "7", '"x"', "{", '{"type":"array"}', '{"properties":3}', "S0",
     "/x", "/kind/*/x", "x", '{"items":4,"type":"array"}', '{"label":7}', '[0,{"fields":3}]', "1 == 1", "{" * 3000,
     '{"choices":{}}', '{"nl":""}', '{"$ref":"#/x"}', "1e400", '{"minimum":1e999,"type":"number"}',
     '{"local_only":true}',
     '{"attributes":{"x":{"y":1}},"offer_if":"y =="}', '{"required_if":"zz"}', '{"minItems":5,"maxItems":2}',
     "/_review",
     '{"form":"zz"}', '{"confidential_from":{"who":["parents"],"if":"nope"}}', '[0,{"banner":{"show_if":"true"}}]']
)  # fmt: skip


@settings(deadline=None, max_examples=tries(60))
@given(
    st.sampled_from(FORMS), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30), JUNK), min_size=1, max_size=5)
)
def test_whatever_stands_in_our_columns_a_draft_comes_of_it_that_loads(
    slug: str, junk: list[tuple[int, int, str]]
) -> None:
    sheets = sheets_of(shipped_document(slug))
    own = [column for column in sheets["survey"][0] if column.startswith("veldpost::")]
    for at, place, cell in junk:
        sheets["survey"][at % len(sheets["survey"])][own[place % len(own)]] = cell
    found = returned(sheets)
    assert found.document is not None
    load_form(json.dumps({**found.document, **STAND_IN}).encode())


def without_own(sheets: Sheets) -> None:
    for name, rows in sheets.items():
        sheets[name] = [{c: cell for c, cell in one.items() if not c.startswith("veldpost::")} for one in rows]


def plain(tree: Any) -> Any:
    """A tree as XPath can say it: `in` a list is an `or`, `any` is a count, what is contained is selected."""
    if not isinstance(tree, list):
        return tree
    if tree[0] in ("answer", "name"):
        return ["answer", tree[1].rpartition("/")[2]]
    head, *args = tree[0], *map(plain, tree[1:])
    if head == "in" and isinstance(args[1], list) and args[1][0] == "list":
        return plain_or([["==", args[0], code] for code in args[1][1:]])
    if head == "any":
        return [">", ["count", *args], 0]
    if head == "contains":
        return ["in", args[1], args[0]]
    if head == "coalesce" and args[1] in (None, ["list"]):
        return args[0]
    return plain_or(args) if head == "or" else [head, *args]


def plain_or(parts: list[Any]) -> Any:
    flat = [one for part in parts for one in (part[1:] if isinstance(part, list) and part[0] == "or" else [part])]
    return flat[0] if len(flat) == 1 else ["or", *flat]


def conditions(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    whole = {**document, "purpose": "-", "legal_basis": "-", "retention": {"keep": "P1Y", "from": "closed"}}
    seen = inspect(json.dumps(whole).encode())
    assert () == seen.findings
    booleans = {one.name for one in seen.questions if one.kind == "boolean" or one.codes == ("true", "false")}
    for at, tree in seen.logic.trees.items():
        if at.startswith("/fields") and at.endswith("/show_if") and not booleans & set(json.dumps(tree).split('"')):
            yield at, plain(tree)


@pytest.mark.parametrize("slug", FORMS)
def test_without_our_columns_questions_choices_and_conditions_are_the_same(slug: str) -> None:
    document = shipped_document(slug)
    sheets = sheets_of(document)
    without_own(sheets)
    back = returned(sheets).document
    assert back is not None
    again = inspect(json.dumps({**back, "retention": document["retention"]}).encode())
    there = {question.path: question for question in again.questions}
    here = inspect(shipped_raw(slug)).questions
    for question in here:
        kind = "choice" if question.kind == "boolean" else question.kind
        codes = ("true", "false") if question.kind == "boolean" else question.codes
        assert (kind, codes, question.required) == (
            there[question.path].kind,
            there[question.path].codes,
            there[question.path].required,
        )
    known = dict(conditions(back))
    without_xpath = {row.source for row in to_xlsform(document).rows if row.outcome == "not-possible"}
    differing = {at for at, tree in conditions(document) if known.get(at) != tree and not sums_of_days(tree)}
    assert set() == differing - without_xpath


def sums_of_days(tree: Any) -> bool:
    """Whether a condition needs an age, which XPath has only as a sum that nobody recognises, or months."""
    return any(word in json.dumps(tree) for word in ("years_between", "add_months", '"plicht"'))
