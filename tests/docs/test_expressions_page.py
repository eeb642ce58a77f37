"""Everything that docs/expressions.md says of expressions is tried out: each example, each finding, each limit."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forms.definition import inspection, logic
from forms.definition.document import faults, load_form
from forms.definition.inspection import inspect
from forms.expressions import functions, tree
from forms.expressions.checking import Checked, read
from forms.expressions.evaluation import evaluate
from forms.expressions.kinds import Scope, scope_of
from forms.expressions.tree import OPERATIONS, check_tree, node_of
from forms.findings import Finding
from forms.schema import questions
from forms.sentences import speech
from tests.forms.form_samples import Form, form, words

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "expressions.md").read_text()
TODAY = "2026-03-01"
REPEATS = ("/kind", "/afspraak")


def tables(*header: str) -> list[tuple[str, ...]]:
    """The rows of every table of the page that has this header."""
    head = "| " + " | ".join(header) + " |\n|" + "---|" * len(header) + "\n"
    rows = []
    for part in PAGE.split(head)[1:]:
        for line in part.split("\n\n")[0].splitlines():
            rows.append(tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]))
    assert rows and all(len(row) == len(header) for row in rows), header
    return rows


def code(cell: str) -> str:
    """What stands between backticks."""
    return cell.removeprefix("`").removesuffix("`")


def repeated(cell: str) -> str:
    """`x` 40 times `y`: what is written out."""
    return "".join(part * int(times or 1) for part, times in re.findall(r"`([^`]+)`(?: ([0-9]+) times)?", cell))


def given(cell: str) -> dict[str, Any]:
    """toegang: "binnen", kind: [{leeftijd: 3}] as JSON."""
    quoted = re.sub(r'("[^"]*")|([a-z_]+):', lambda found: found[1] or f'"{found[2]}":', cell)
    answers: dict[str, Any] = json.loads("{" + ("" if cell == "–" else quoted) + "}")
    return answers


def schema(kind: str) -> Form:
    name, _, codes = kind.partition(": ")
    listed = {"type": "string", "enum": codes.split(", ")}
    kinds: dict[str, Form] = {"choice": listed, "choices": {"type": "array", "items": listed}}
    kinds |= {"date": {"type": "string", "format": "date"}, "decimal": {"type": "number"}, "text": {"type": "string"}}
    return kinds.get(name, {"type": name})


def sample() -> Form:
    """The form of the page's own table."""
    document: Form = form(schema={"type": "object"})
    properties: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for path, kind, condition in tables("Question", "Kind", "Asked if"):
        *way, name = code(path)[1:].replace("/*/", "/").split("/")
        around = properties
        for group in way:
            inner = {"type": "object", "properties": {}}
            found = around.setdefault(group, {"type": "array", "items": inner} if "*" in path else inner)
            around = found.get("items", found)["properties"]
        around[name] = schema(kind)
        field = fields[code(path)] = words(name)
        codes = kind.partition(": ")[2]
        field |= {"choices": {one: {"nl": one} for one in codes.split(", ")}} if codes else {}
        field |= {"show_if": code(condition)} if condition else {}
    outside = [path for path in fields if "*" not in path]
    layout: list[Form] = [{"section": {"nl": "Bezoek"}, "fields": outside}]
    for repeat in REPEATS:
        inside = [path.rpartition("/")[2] for path in fields if path.startswith(f"{repeat}/*/")]
        layout.append({"section": {"nl": repeat}, "repeat": repeat, "fields": inside})
    return {**document, "schema": {"type": "object", "properties": properties}, "layout": layout, "fields": fields}


SAMPLE = sample()
EXAMPLES = [*tables("Expression", "Answers", "Gives")]
IN_A_CHILD = tables("In a child you write", "Answers of the child", "Gives")
SENTENCES = tables("You write", "It says", "The sentence")
WHOLE = [row for row in SENTENCES if row[0].startswith(("computed", "check", "tree"))]
TEXTS = [row for row in SENTENCES if row not in WHOLE]


def raw(document: Form) -> bytes:
    return json.dumps(document).encode()


def scope() -> Scope:
    looked = inspect(raw(SAMPLE))
    assert () == looked.findings
    return scope_of(looked.questions, REPEATS, {})


def checked(text: str, **where: Any) -> Checked:
    return read(text, scope(), **where)


@pytest.mark.parametrize(("text", "answers", "gives"), EXAMPLES)
def test_an_example_gives_what_the_page_says(text: str, answers: str, gives: str) -> None:
    found = checked(code(text))
    assert () == found.findings
    assert json.loads(code(gives)) == evaluate(found.tree, given(answers), TODAY)


@pytest.mark.parametrize(("text", "answers", "gives"), IN_A_CHILD)
def test_an_example_in_a_child_gives_what_the_page_says(text: str, answers: str, gives: str) -> None:
    found = checked(code(text), repeat="/kind")
    assert () == found.findings
    assert json.loads(code(gives)) == evaluate(found.tree, {}, TODAY, given(answers))


@pytest.mark.parametrize(("text", "says", "sentence"), TEXTS)
def test_a_mistake_gives_the_finding_that_the_page_says(text: str, says: str, sentence: str) -> None:
    written = repeated(text) if text != "` `" else " "
    (one,) = checked(written, condition=says == "`wrong-result`").findings
    assert (code(says), sentence) == (one.code, one.en)


def of_whole(text: str) -> tuple[Finding, ...]:
    """The findings of the form with what a row describes in it."""
    if text.startswith("tree alone"):
        return check_tree(json.loads(re.findall("`(.+)`", text)[0]))
    document = {**SAMPLE, "fields": dict(SAMPLE["fields"]), "computed": {}, "checks": []}
    for what, at, said in re.findall(r"(computed|check at|tree of) `([^`]+)`: `([^`]+)`", text):
        if what == "computed":
            document["computed"][at] = said
            document["fields"][at] = words(at)
        elif what == "check at":
            document["checks"].append({"if_not": said, "at": at, "say": {"nl": "Klopt dit?"}})
        else:
            document["checks"].append({"if_not": "afgesproken", "at": "/eerst", "say": {"nl": "Klopt dit?"}})
            document["trees"] = {**load_form(raw(document)).logic.trees, at: json.loads(said)}
    return faults(raw(document))


@pytest.mark.parametrize(("text", "says", "sentence"), WHOLE)
def test_a_mistake_of_a_whole_form_gives_the_finding_that_the_page_says(text: str, says: str, sentence: str) -> None:
    assert [(code(says), sentence)] == [(one.code, one.en) for one in of_whole(text)]


@pytest.mark.parametrize(("text", "says"), tables("In a check you write", "It says"))
def test_a_guard_is_one_or_is_none(text: str, says: str) -> None:
    found = of_whole(f"check at `/eerst`: {text}")
    assert ([] if says == "nothing" else [code(says)]) == [one.code for one in found]


def test_the_example_of_where_expressions_stand_is_part_of_a_form() -> None:
    members = json.loads("{" + PAGE.split("```json\n")[1].split("```")[0].strip() + "}")
    fields = {**SAMPLE["fields"], **{path: words(path) for path in members["computed"]}}
    for path, field in members.pop("fields").items():
        fields[path] = {**fields[path], **field}
    assert () == faults(raw({**SAMPLE, **members, "fields": fields}))


def operations() -> Iterator[str]:
    for text, *_ in (*EXAMPLES, *IN_A_CHILD):
        yield from (node.op for node in node_of(checked(code(text), repeat="/kind").tree).walk())


def test_every_operator_and_function_has_an_example() -> None:
    assert set() == set(OPERATIONS) - set(operations())


def test_every_finding_of_expressions_is_on_the_page() -> None:
    of_forms = {"computed-place", "check-no-place", "expression-circle", "may-be-hidden", "trees-differ"}
    assert of_forms <= set(speech("en").findings["forms"])
    assert set(speech("en").findings["expressions"]) | of_forms == {code(says) for _, says, _ in SENTENCES}


def test_the_limits_are_those_of_the_software() -> None:
    limits = {
        "characters of an expression": tree.LENGTH_MAX,
        "brackets inside each other": tree.DEPTH_MAX,
        "parts of an expression": tree.NODES_MAX,
        "functions over items inside each other": tree.ITEM_NESTING_MAX,
        "values of `coalesce`": tree.ARGUMENTS_MAX,
        "decimal places of `round`": functions.PLACES_MAX,
        "checks of a form": inspection.CHECKS_MAX,
        "questions and computed fields of a form": questions.QUESTIONS_MAX,
        "words of all expressions of a form": logic.PARTS_MAX,
    }
    assert limits == {what: int(most.replace(",", "")) for what, most in tables("What", "At most")}


def test_what_xlsform_users_are_told_to_write_can_be_read() -> None:
    for _, here in tables("XLSForm", "here")[:5]:
        for text in re.findall("`([^`]+)`", here):
            assert text == "%" or () == checked(text).findings
