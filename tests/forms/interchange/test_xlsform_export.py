"""Forms as XLSForms that other programs accept, and what they cannot say (interchange/xlsform_export/SPEC.md)."""

import io
import json
import zipfile
from typing import Any

import pytest
from pyxform.xls2xform import convert

from forms.definition.library import shipped, shipped_raw
from forms.interchange.xlsform_export.choices import choices_csv
from forms.interchange.xlsform_export.workbook import workbook
from forms.interchange.xlsform_export.xlsform import Export, to_xlsform
from forms.lists.lists import Item, NamedList
from forms.spreadsheets.reading import Sheet, read_sheets

FORMS = sorted(form.slug for form in shipped())


def document(slug: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shipped_raw(slug))
    return found


def table(export: Export, name: str) -> list[dict[str, str]]:
    assert export.workbook is not None
    sheet = next(sheet for sheet in read_sheets(export.workbook, "a.xlsx").sheets if sheet.name == name)
    return [{head: cell for head, cell in zip(sheet.rows[0], row, strict=False) if cell} for row in sheet.rows[1:]]


def form(node: dict[str, Any], field: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """A form of four questions, the last of which is this one."""
    text, label = {"type": "string"}, {"nl": "Vraag"}
    item = {"type": "object", "properties": {"geboren": text, "soort": {"type": "string", "enum": ["a", "b"]}}}
    return {
        "form": "proef",
        "version": 3,
        "title": {"nl": "Proef"},
        "schema": {
            "type": "object",
            "required": ["x"],
            "properties": {
                "dag": {"type": "string", "format": "date"},
                "kind": {"type": "array", "items": item},
                "x": node,
            },
        },
        "layout": [
            {"section": {"nl": "Deel", "en": "Part"}, "fields": ["/dag", "/x"]},
            {"section": {"nl": "Kinderen"}, "repeat": "/kind", "fields": ["geboren", "soort"]},
        ],
        "fields": {
            "/dag": {"label": label, "sensitivity": "S0"},
            "/kind/*/geboren": {"label": label, "sensitivity": "S1"},
            "/kind/*/soort": {"label": label, "choices": {"a": {"nl": "A"}, "b": {"nl": "B"}}, "sensitivity": "S1"},
            "/x": {"label": {"nl": "Ix", "en": "Ex"}, "sensitivity": "S2", **(field or {})},
        },
        **members,
    }


def row_of(made: dict[str, Any], name: str = "x") -> dict[str, str]:
    export = to_xlsform(made)
    assert () == export.findings
    return next(row for row in table(export, "survey") if row.get("name") == name)


@pytest.mark.parametrize("slug", FORMS)
def test_other_programs_accept_every_form_that_ships(slug: str) -> None:
    export = to_xlsform(document(slug))
    assert export.workbook is not None
    made = convert(xlsform=io.BytesIO(export.workbook), validate=False, file_type=".xlsx")
    assert [] == made.warnings
    assert f'id="{slug}"' in made.xform


@pytest.mark.parametrize("slug", FORMS)
def test_a_form_gives_the_same_bytes_each_time(slug: str) -> None:
    export = to_xlsform(document(slug))
    assert export == to_xlsform(document(slug))
    with zipfile.ZipFile(io.BytesIO(export.workbook or b"")) as archive:  # not even the time is in it
        assert {(1980, 1, 1, 0, 0, 0)} == {member.date_time for member in archive.infolist()}
        assert b"dcterms" not in archive.read("docProps/core.xml").replace(b"xmlns:dcterms", b"")


@pytest.mark.parametrize("slug", FORMS)
def test_every_question_check_and_page_has_its_row_in_the_report(slug: str) -> None:
    made = document(slug)
    checks = {f"/checks/{place}" for place in range(len(made.get("checks", [])))}
    expected = {*made["fields"], *checks}
    assert expected <= {row.source for row in to_xlsform(made).rows}


CODES = {"label": {"nl": "Ix"}, "choices": {"a b": {"nl": "A"}, "c": {"nl": "C"}}}
ASKED: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, str, str]]] = {
    "a text": (
        {"type": "string", "maxLength": 9}, {"widget": "multiline"},
        ("text", "string-length(.) <= 9", "multiline"),
    ),
    "a pattern": ({"type": "string", "pattern": "^[A-Z']+$"}, {}, ("text", 'regex(., "^[A-Z\']+$")', "")),
    "a number": ({"type": "integer", "minimum": 1, "exclusiveMaximum": 9}, {}, ("integer", ". >= 1 and . < 9", "")),
    "a slider": ({"type": "integer", "minimum": 0, "maximum": 9}, {"widget": "slider"}, ("range", "", "")),
    "steps": ({"type": "number", "multipleOf": 0.5}, {}, ("decimal", ". mod 0.5 = 0", "")),
    "a choice": (
        {"type": "string", "enum": ["a b", "c"]}, {**CODES, "widget": "dropdown"},
        ("select_one x", "", "minimal"),
    ),
    "choices": (
        {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["a b", "c"]}},
        CODES,
        ("select_multiple x", "count-selected(.) >= 1", ""),
    ),
    "a list": ({"type": "string"}, {"from": "scholen"}, ("select_one_from_file scholen.csv", "", "")),
    "yes or no": ({"type": "boolean"}, {}, ("select_one ja_nee", "", "")),
    "a photo": ({"type": "string"}, {"widget": "photo", "subject": "object"}, ("image", "", "")),
    "a month": ({"type": "string", "format": "date"}, {"widget": "month"}, ("date", "", "month-year")),
}  # fmt: skip


@pytest.mark.parametrize("what", ASKED)
def test_each_kind_of_question_has_its_type_and_limits(what: str) -> None:
    node, field, expected = ASKED[what]
    made = form(node, field)
    row = row_of(made)
    assert expected == (row["type"], row.get("constraint", ""), row.get("appearance", ""))
    assert ("yes", "S2", "Ix") == (row["required"], row["veldpost::sensitivity"], row["label::Nederlands (nl)"])
    if "from" not in field:
        raw = to_xlsform(made).workbook
        assert convert(xlsform=io.BytesIO(raw or b""), validate=False, file_type=".xlsx").xform


CONDITIONS = {
    'x == "ja"': "${x} = 'ja'",
    'x in ["ja", "nee"] and dag != null': "(${x} = 'ja' or ${x} = 'nee') and ${dag} != ''",
    "not (dag <= today())": "not(${dag} <= today())",
    "years_between(dag, today()) >= 12": (
        "if(today() < ${dag}, -(number(format-date(${dag}, '%Y')) - number(format-date(today(), '%Y')) - "
        "if(number(format-date(${dag}, '%m%d')) < number(format-date(today(), '%m%d')), 1, 0)), "
        "number(format-date(today(), '%Y')) - number(format-date(${dag}, '%Y')) - "
        "if(number(format-date(today(), '%m%d')) < number(format-date(${dag}, '%m%d')), 1, 0)) >= 12"
    ),
    "days_between(dag, today()) - 3 > 2 * (1 + 2)": "today() - ${dag} - 3 > 2 * (1 + 2)",
    "add_days(dag, -7) < today()": "date(${dag} + -7) < today()",
    "count(kind) > 0": "count(${kind}) > 0",
    'count(kind, soort == "a" and dag != null) == 1': "count(${kind}[soort = 'a' and ${dag} != '']) = 1",
    'any(kind, soort == "a")': "count(${kind}[soort = 'a']) > 0",
    'all(kind, soort == "a")': "count(${kind}[not(soort = 'a')]) = 0",
    'coalesce(x, "nee") == "it\'s"': "coalesce(${x}, 'nee') = \"it's\"",
    'if(dag == null, true, x == "ja")': "if(${dag} = '', true(), ${x} = 'ja')",
    'starts_with(x, "j") or length(x) % 2 == 1': (
        "starts-with(${x}, 'j') or if(${x} = '', '', string-length(${x})) mod 2 = 1"
    ),
    "round(2.5, 1) / 2 == 1.25": "round(2.5, 1) div 2 = 1.25",
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_are_written_as_other_programs_read_them(text: str) -> None:
    made = form({"type": "string"})
    made["layout"].append({"section": {"nl": "Later"}, "fields": ["/y"], "show_if": text})
    made["schema"]["properties"]["y"] = {"type": "string"}
    made["fields"]["/y"] = {"label": {"nl": "Y"}, "sensitivity": "S0"}
    row = row_of(made, "deel_3")
    assert (CONDITIONS[text], text) == (row["relevant"], row["veldpost::show_if"])
    raw = to_xlsform(made).workbook
    assert convert(xlsform=io.BytesIO(raw or b""), validate=False, file_type=".xlsx").xform


def test_a_condition_without_xpath_is_said_and_goes_along_for_ourselves() -> None:
    made = form({"type": "string"}, {"show_if": "unique(map(kind, soort))"})
    export = to_xlsform(made)
    said = {row.source: [note.code for note in row.notes] for row in export.rows if row.outcome == "not-possible"}
    assert {"/x": ["export-no-xpath"]} == said
    assert (None, "unique(map(kind, soort))") == (row_of(made).get("relevant"), row_of(made)["veldpost::show_if"])


def test_checks_become_one_constraint_and_what_only_warns_does_not() -> None:
    say = [{"nl": f"Melding {n}", "en": f"Message {n}"} for n in range(3)]
    checks = [
        {"if_not": "dag <= today()", "at": "/dag", "say": say[0]},
        {"if_not": 'dag != null or x == "ja"', "at": "/dag", "say": say[1]},
        {"if_not": "x != null", "at": "/dag", "say": say[2], "level": "warn"},
    ]
    made = form({"type": "string"}, checks=checks)
    row = row_of(made, "dag")
    assert ". <= today() and (. != '' or ${x} = 'ja')" == row["constraint"]
    assert ("Melding 0 Melding 1", "Message 0 Message 1") == (
        row["constraint_message::Nederlands (nl)"],
        row["constraint_message::English (en)"],
    )
    assert [[place, check] for place, check in enumerate(checks)] == json.loads(row["veldpost::checks"])
    assert ["carried", "carried", "not-possible"] == [
        one.outcome for one in to_xlsform(made).rows if one.source.startswith("/checks/")
    ]


def test_a_name_that_stands_twice_is_told_apart_only_if_a_condition_reads_it() -> None:
    made = form({"type": "string"})
    made["schema"]["properties"]["kind"]["items"]["properties"]["x"] = {"type": "string"}
    made["layout"][1]["fields"].append("x")
    made["fields"]["/kind/*/x"] = {"label": {"nl": "X"}, "sensitivity": "S0"}
    assert 2 == sum(row.get("name") == "x" for row in table(to_xlsform(made), "survey"))
    made["fields"]["/kind/*/x"]["show_if"] = "/x != null and soort != null"
    assert ["x", "kind_x"] == [
        row["name"] for row in table(to_xlsform(made), "survey") if row.get("name", "").endswith("x")
    ]


@pytest.mark.parametrize("text", ["x * 2 == x + 1", "x * 2 == null", "x in [x - 1, x * 1]", "x * 2 != x"])
def test_what_is_no_number_there_is_said_where_it_is_compared_with_what_may_be_missing(text: str) -> None:
    """Two that are missing are alike here; in XPath `NaN = NaN` is false."""
    made = form({"type": "integer"}, checks=[{"if_not": text, "at": "/x", "say": {"nl": "?"}}])
    row = next(one for one in to_xlsform(made).rows if one.source == "/checks/0")
    assert ["export-near"] == [note.code for note in row.notes]


def test_a_sum_beside_a_number_is_not_said_to_be_near() -> None:
    made = form({"type": "integer"}, checks=[{"if_not": "x * 2 != 4", "at": "/x", "say": {"nl": "?"}}])
    assert "carried" == next(one for one in to_xlsform(made).rows if one.source == "/checks/0").outcome


def test_a_form_with_faults_is_not_written() -> None:
    export = to_xlsform({"form": "Nee"})
    assert (None, ()) == (export.workbook, export.rows)
    assert export.findings


def test_nothing_in_a_workbook_is_a_formula_or_a_sign_that_no_one_sees() -> None:
    raw = workbook({"blad": [["kop", "=1+1"], ["@x\x00\x07", "+1"]]})
    reading = read_sheets(raw, "a.xlsx")
    assert ((Sheet("blad", (("kop", "=1+1"), ("@x", "+1"))),), ()) == (reading.sheets, reading.findings)


def test_a_list_goes_along_as_the_file_that_choices_come_from() -> None:
    items = (
        Item("12AB", {"nl": "De Brug", "en": "The Bridge"}, {"wijk": "Noord"}),
        Item("34CD", {"nl": "=Kompas"}),
        Item("56EF", {"nl": "Weg"}, retired=True),
    )
    named = NamedList("scholen", {"nl": "Scholen"}, 2, items)
    assert b"name,label,wijk\r\n12AB,De Brug,Noord\r\n34CD,'=Kompas,\r\n" == choices_csv(named)
