"""What real forms do: conditions of notes, codes that a list lacks, paths, limits (interchange/SPEC.md)."""

import json
from typing import Any

import pytest

from forms.definition.document import load_form
from forms.definition.inspection import inspect
from forms.interchange.drafts import STAND_IN
from forms.interchange.report import Import, Row
from forms.interchange.xlsform_import.xlsform import import_xlsform
from forms.records.relevance import Examiner
from tests.forms.interchange.tables import workbook

Cells = dict[str, str]
YES_NO = [{"list_name": "yn", "name": "yes", "label": "Ja"}, {"list_name": "yn", "name": "no", "label": "Nee"}]


def imported(survey: list[Cells], choices: list[Cells] | None = None) -> Import:
    tables = {}
    for name, rows in (("survey", survey), ("choices", YES_NO if choices is None else choices)):
        columns = list(dict.fromkeys(column for row in rows for column in row)) or ["list_name", "name"]
        tables[name] = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    return import_xlsform(workbook(tables), "proef.xlsx")


def loaded(found: Import) -> dict[str, Any]:
    """The draft, which loads as a form."""
    assert found.document is not None
    load_form(json.dumps({**found.document, **STAND_IN}).encode())
    return found.document


def row(found: Import, number: int) -> Row:
    return next(one for one in found.rows if one.source == f"survey!{number}")


def said(found: Import, number: int) -> str:
    return " ".join(note.en for note in row(found, number).notes)


def pages(found: Import) -> list[tuple[list[str], str | None, str | None]]:
    """The fields of every page, its banner, and when that is shown."""
    sections = loaded(found)["layout"]
    banners = [section.get("banner", {}) for section in sections]
    return [
        (section["fields"], banner.get("say", {}).get("nl"), banner.get("show_if"))
        for section, banner in zip(sections, banners, strict=True)
    ]


DRY = {"type": "select_one yn", "name": "a", "label": "Is het droog?"}
WELL = {"type": "note", "name": "n1", "label": "Alles goed", "relevant": "${a} = 'yes'"}
CALL = {"type": "note", "name": "n2", "label": "Bel de loodgieter", "relevant": "${a} = 'no'"}
MORE = {"type": "text", "name": "b", "label": "Wat nog meer?"}


def test_a_note_after_the_last_question_is_a_page_that_only_says_something() -> None:
    found = imported([DRY, CALL])
    assert [(["/a"], None, None), ([], "Bel de loodgieter", 'a == "no"')] == pages(found)
    assert ["carried"] * 2 == [one.outcome for one in found.rows if one.source.startswith("survey")]


def test_the_hint_of_a_group_was_lost_without_a_word() -> None:
    front = {"type": "begin group", "name": "g", "label": "Het huis", "hint": "Kijk eerst zelf rond"}
    found = imported([DRY, front, MORE, {"type": "end group"}])
    assert [(["/a"], None, None), (["/b"], "Kijk eerst zelf rond", "true")] == pages(found)
    assert "carried" == row(found, 3).outcome


def test_the_hint_of_a_repeat_and_a_picture_at_a_group_were_lost_without_a_word() -> None:
    front = {"type": "begin repeat", "name": "g", "label": "Kamer", "hint": "Een voor elke kamer", "image": "huis.png"}
    found = imported([DRY, front, MORE, {"type": "end repeat"}])
    assert [(["/a"], None, None), (["b"], "Een voor elke kamer", "true")] == pages(found)
    assert "image" in said(found, 3) and "changed" == row(found, 3).outcome


def test_two_notes_with_conditions_are_two_banners() -> None:
    assert [
        (["/a"], None, None),
        ([], "Alles goed", 'a == "yes"'),
        (["/b"], "Bel de loodgieter", 'a == "no"'),
    ] == pages(imported([DRY, WELL, CALL, MORE]))


def test_notes_that_are_shown_together_are_one_banner() -> None:
    again = CALL | {"name": "n3", "label": "En zet het water af"}
    assert [(["/a"], None, None), (["/b"], "Bel de loodgieter\nEn zet het water af", 'a == "no"')] == pages(
        imported([DRY, CALL, again, MORE])
    )


@pytest.mark.parametrize(("answer", "shown"), [("no", (1,)), ("yes", ()), (None, ())])
def test_a_page_that_only_says_something_says_it_while_its_condition_holds(
    answer: str | None, shown: tuple[int, ...]
) -> None:
    document = loaded(imported([DRY, CALL]))
    form = load_form(json.dumps({**document, **STAND_IN}).encode())
    assert shown == Examiner(form).examine({"a": answer} if answer else {}, "2026-03-01").banners


def test_a_note_at_the_end_of_a_group_is_not_hidden_with_the_next_one() -> None:
    group = [{"type": "begin group", "name": "g", "label": "G"}, MORE, CALL, {"type": "end group"}]
    hidden = [
        {"type": "begin group", "name": "h", "label": "H", "relevant": "${a} = 'yes'"},
        MORE | {"name": "c"},
        {"type": "end group"},
    ]
    assert (([], "Bel de loodgieter", 'a == "no"')) in pages(imported([DRY, *group, *hidden]))


def test_a_note_in_a_repeat_says_that_its_condition_is_lost() -> None:
    repeat = [{"type": "begin repeat", "name": "r", "label": "R"}, DRY, CALL, MORE, {"type": "end repeat"}]
    found = imported(repeat)
    assert "Bel de loodgieter" == loaded(found)["fields"]["/r/*/b"]["hint"]["nl"]
    assert "changed" == row(found, 4).outcome
    assert "relevant was not carried over, so the words now always stand with a question" in said(found, 4)


@pytest.mark.parametrize(
    ("relevant", "shown", "line"),
    [
        ("${a} = 'yes' or ${a} = 'dk'", 'a == "yes"', "the list has no choice dk"),
        ("${a} = 'dk'", "false", "the list has no choice dk"),
        ("${a} != 'dk'", None, "the list has no choice dk"),
        ("${a} = 'yes' and pulldata('x', 'y') = 1", 'a == "yes"', "so this is now shown more often: pulldata()"),
        ("pulldata('x', 'y') = 1", None, "so this is now always shown: pulldata()"),
        ("${a} = 'dk' and pulldata('x', 'y') = 1", "false", "the list has no choice dk"),
        ("${weg} = 1 or ${a} = 'yes'", None, "so this is now always shown: ${weg}"),
    ],
)
def test_no_condition_is_lost_without_a_line_or_turns_into_its_opposite(
    relevant: str, shown: str | None, line: str
) -> None:
    found = imported([DRY, MORE | {"relevant": relevant}])
    assert (shown, "changed") == (loaded(found)["fields"]["/b"].get("show_if"), row(found, 3).outcome)
    assert line in said(found, 3)


def test_a_constraint_keeps_the_parts_that_can_be_said() -> None:
    age = {"type": "date", "name": "d", "label": "D", "constraint": ". <= today() and pulldata('x', 'y') = 1"}
    found = imported([age])
    assert ["d <= today()"] == [check["if_not"] for check in loaded(found)["checks"]]
    assert "constraint was carried over in part, so more answers are now taken: pulldata()" in said(found, 2)


@pytest.mark.parametrize("path", ["../x", "/data/g2/x", "current()/../x"])
def test_a_path_says_which_of_two_questions_is_meant(path: str) -> None:
    def block(name: str, *inside: Cells) -> list[Cells]:
        begun = {"type": "begin group", "name": name, "label": name}
        return [begun, {"type": "integer", "name": "x", "label": "X"}, *inside, {"type": "end group"}]

    found = imported([*block("g1"), *block("g2", MORE | {"relevant": f"{path} > 3"})])
    assert "x_2 > 3" == loaded(found)["fields"]["/b"]["show_if"]


def test_a_day_beside_a_text_is_said_to_be_near() -> None:
    found = imported([{"type": "date", "name": "d", "label": "D", "constraint": ". < '2026-01-01'"}])
    assert "a text beside a date or time is no number in ODK" in said(found, 2)
    assert "changed" == row(found, 2).outcome


@pytest.mark.parametrize("type_", ["integer", "image", "date", "text"])
def test_a_look_of_another_type_changes_nothing(type_: str) -> None:
    found = imported([{"type": type_, "name": "n", "label": "N", "appearance": "minimal"}])
    assert "carried" == row(found, 2).outcome


def test_only_the_name_is_an_outcome_of_its_own_and_counts_as_carried() -> None:
    found = imported([{"type": "integer", "name": "Age", "label": "Age"}, MORE | {"relevant": "${Age} > 3"}], [])
    assert ["renamed", "carried"] == [one.outcome for one in found.rows]
    assert 100 == found.share_carried()


def test_what_asks_nothing_is_one_line_and_counts_for_nothing() -> None:
    found = imported([{"type": "start", "name": "s"}, {"type": "deviceid", "name": "d"}, MORE])
    assert ["not-needed", "not-needed", "carried"] == [one.outcome for one in found.rows[:3]]
    assert ["import-lists-unused", "import-metadata"] == [one.code for one in found.todo[-2:]]
    assert "2 rows ask nothing and need not come along: start, deviceid." in found.todo[-1].en
    assert 100 == found.share_carried()


def test_long_notes_make_a_draft_that_loads() -> None:
    notes = [{"type": "note", "name": f"n{n}", "label": f"{n} " + "woord " * 150} for n in range(6)]
    found = imported([*notes, MORE])
    said_in_all = " ".join(banner or "" for _, banner, _ in pages(found))
    assert all(f"{n} woord" in said_in_all for n in range(6))
    longest = imported([MORE | {"label": "x" * 5_000, "hint": "y" * 3_000, "guidance_hint": "z" * 3_000}])
    assert 4_000 == len(loaded(longest)["fields"]["/b"]["hint"]["nl"])
    assert "import-words-cut" in {note.code for note in row(longest, 2).notes}


def test_more_questions_than_a_form_has_are_left_out_and_said() -> None:
    found = imported([{"type": "text", "name": f"q{n}", "label": "V"} for n in range(1_510)], [])
    assert 1_500 == len(loaded(found)["fields"])
    assert 10 == found.count("not-possible")
    assert "At most" not in said(found, 2) and "at most 1,500 questions" in said(found, 1_511)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (["clause", "condition", "type", "values_list", "name", "display.prompt.text"], "import-odk-x"),
        (["Variable / Field Name", "Form Name", "Field Type", "Field Label"], "import-codebook"),
        (["wie", "wat"], "import-no-survey"),
    ],
)
def test_a_workbook_of_another_kind_is_recognised(header: list[str], code: str) -> None:
    found = import_xlsform(workbook({"survey": [header, ["a"] * len(header)]}), "anders.xlsx")
    assert (None, code) == (found.document, found.todo[0].code)


@pytest.mark.parametrize(
    ("page", "codes"),
    [
        ({"fields": [], "banner": {"show_if": "true", "say": {"nl": "Let op"}}}, []),
        ({"fields": []}, ["layout-nothing"]),
        ({"fields": [], "show_if": "true"}, ["layout-nothing"]),
    ],
)
def test_a_page_asks_or_says_something(page: dict[str, Any], codes: list[str]) -> None:
    document = loaded(imported([MORE]))
    document["layout"].append({"section": {"nl": "Slot"}, **page})
    raw = json.dumps({**document, **STAND_IN}).encode()
    assert codes == [one.code for one in inspect(raw).findings]


@pytest.mark.parametrize(
    ("type_", "outcome", "why"),
    [
        ("text audit", "not-possible", "SurveyCTO only"),
        ("sensor_stream movement", "not-possible", "SurveyCTO only"),
        ("speed violations count", "not-possible", "SurveyCTO only"),
        ("audio audit", "not-possible", "recording unseen is not possible"),
        ("db:person", "not-possible", "Community Health Toolkit only"),
        ("caseid", "not-needed", "every entry says already"),
    ],
)
def test_types_of_one_maker_are_refused_by_name(type_: str, outcome: str, why: str) -> None:
    found = imported([{"type": type_, "name": "x"}, MORE])
    assert outcome == row(found, 2).outcome
    assert why in said(found, 2)


def test_what_is_calculated_where_it_stands_is_calculated() -> None:
    found = imported([MORE, {"type": "calculate_here", "name": "c", "calculation": "string-length(${b})"}])
    assert {"/c": 'length(coalesce(b, ""))'} == loaded(found)["computed"]


@pytest.mark.parametrize("name", ["count-if", "sum-if", "choice-label", "z-score", "add-date"])
def test_functions_of_one_maker_are_refused_by_name(name: str) -> None:
    found = imported([MORE, {"type": "calculate", "name": "c", "calculation": f"{name}(${{b}}, 'a')"}])
    assert f"{name}(): this exists in" in said(found, 3)
