"""One model of what a form says beside its schema: every reader asks it, and it has every member (SPEC.md 6.1, 6.4)."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forms.definition import parts, shape
from forms.definition.library import SLUGS, shipped_form, shipped_raw
from forms.definition.parts import Page, Parts, WrittenBanner, WrittenCheck
from forms.lint.asked import asked
from forms.paths import NAME_PATTERN
from forms.schema import fields
from forms.schema.fields import Confidential, Field, Prefill

ROOM = Path(fields.__file__).parents[1]
SOURCES = {str(path.relative_to(ROOM)): path.read_text() for path in sorted(ROOM.rglob("*.py"))}
WHOLE: dict[str, Any] = {
    "label": {"nl": "Leeftijd", "en": "Age"},
    "hint": {"nl": "In jaren"},
    "choices": {"a": {"nl": "A"}},
    "merge": "latest",
    "sensitivity": "S2",
    "first": "concat(a)",
    "show_if": "a",
    "required_if": "b",
    "offer_if": "c",
    "attributes": {"a": {"soort": "x", "jaar": 4, "maat": 0.5}},
    "must_answer": "Leerplichtwet 22",
    "widget": "dropdown",
    "from": "scholen",
    "form": "dossier",
    "key": "/code",
    "within": "/zaak",
    "prefill": {"from": "/zaak", "take": "/naam"},
    "subject": "object",
    "local_only": True,
    "confidential_from": {"who": ["parents"], "if": "d"},
    "report": False,
}


def test_the_model_has_every_member_that_a_form_may_say() -> None:
    allowed = shape.DOCUMENT["properties"]["fields"]["additionalProperties"]["properties"]
    assert set(allowed) == set(fields.MEMBERS) == set(WHOLE)


def read_field(said: dict[str, Any]) -> Field:
    """One field of a document of the right shape."""
    return parts.read({"fields": {"/a": said}}).fields["/a"]


def test_every_member_is_read() -> None:
    read = read_field(WHOLE)
    assert (Confidential(("parents",), "d"), Prefill("/zaak", "/naam")) == (read.confidential_from, read.prefill)
    assert ("scholen", {"a": {"soort": "x", "jaar": 4, "maat": 0.5}}) == (read.listed, read.attributes)
    assert all(map(read.says, fields.MEMBERS)), "also what is said to be false"
    assert ("kleur",) == read_field({"attributes": ["kleur"]}).attributes
    assert Field() == read_field({})
    assert not any(map(Field().says, set(fields.MEMBERS) - {"label"}))


@pytest.mark.parametrize("member", WHOLE)
@pytest.mark.parametrize("junk", [None, 7, [], ["x", 3], {}, {"nl": 7}, "x", True])
def test_of_a_draft_only_what_has_another_shape_is_left_out(member: str, junk: Any) -> None:
    whole, broken = fields.lenient(WHOLE), fields.lenient({**WHOLE, member: junk, "onbekend": junk})
    kept = [name for name in fields.MEMBERS if name != member]
    names = {one.encode_name: one.name for one in fields._MEMBERS}
    assert all(getattr(whole, names[name]) == getattr(broken, names[name]) for name in kept)


@pytest.mark.parametrize("junk", [None, 7, "x", [], ["label"]])
def test_what_is_no_field_says_nothing(junk: Any) -> None:
    assert Field() == fields.lenient(junk)


def test_of_words_in_a_draft_those_that_are_text_are_read() -> None:
    read = fields.lenient({"label": {"nl": "Ras?", "en": 7}, "choices": {"a": {"nl": "Rood"}, "b": 3}, "report": "x"})
    assert ({"nl": "Ras?"}, {"a": {"nl": "Rood"}, "b": {}}, None) == (read.label, read.choices, read.report)


PAGE = {"section": {"nl": "Wie"}, "fields": ["naam"], "repeat": "/kind", "show_if": "x"}
BANNER, CHECK = {"show_if": "y", "say": {"nl": "Bel"}}, {"if_not": "z", "at": "/kind", "say": {"nl": "Nee"}}
PARTS: dict[str, Any] = {
    "fields": {"/kind/*/naam": {"label": {"nl": "Naam"}}},
    "layout": [{**PAGE, "banner": BANNER}, {"section": {"nl": "Later"}, "fields": ["/a"]}],
    "computed": {"/som": "1"},
    "checks": [CHECK, {**CHECK, "level": "warn"}],
    "tables": [["/a", "/b"]],
}


@pytest.mark.parametrize("read", [parts.read, parts.lenient])
def test_the_pages_and_checks_of_a_document_are_read_once(read: Callable[[dict[str, Any]], Parts]) -> None:
    page = Page({"nl": "Wie"}, ("naam",), "/kind", "x", WrittenBanner("y", {"nl": "Bel"}))
    checks = (WrittenCheck("z", "/kind", {"nl": "Nee"}), WrittenCheck("z", "/kind", {"nl": "Nee"}, "warn"))
    found = read(PARTS)
    assert (page, Page({"nl": "Later"}, ("/a",))) == found.layout and checks == found.checks
    assert ({"/som": "1"}, (("/a", "/b"),)) == (found.computed, found.tables)
    assert ("/kind/*/naam", "/a") == found.order and {"/kind/*/naam"} == set(found.fields)


@pytest.mark.parametrize("junk", [None, 7, [], ["x", 3], {}, {"nl": 7}, "x", True])
def test_of_a_draft_a_page_or_check_of_another_shape_keeps_its_number(junk: Any) -> None:
    whole = parts.lenient(PARTS)
    found = parts.lenient({**PARTS, "layout": [junk, *PARTS["layout"]], "checks": [junk, *PARTS["checks"]]})
    assert (whole.layout, whole.checks) == (found.layout[1:], found.checks[1:])
    for member in PARTS:
        parts.lenient({**PARTS, member: junk})
    for member in PAGE:
        parts.lenient({"layout": [{**PAGE, member: junk}], "checks": [{**CHECK, member: junk}]})
    assert Parts() == parts.lenient(junk)


def test_of_a_draft_a_group_and_its_names_are_read_as_they_are_meant() -> None:
    page = {"section": {}, "repeat": "kind/", "fields": ["/kind/*/naam", "stem"]}
    assert ("/kind/*/naam", "/kind/*/stem") == parts.lenient({"layout": [page]}).order


ITS_READERS = {  # who reads these members of a document otherwise than by the model, and why
    "interchange/xlsform_export/survey.py": "what XLSForm has no column for is written as it stands",
    "lint/formulas.py": "an expression of a draft may be a tree, or anything",
}


def test_nobody_reads_the_parts_of_a_document_beside_the_model() -> None:
    member = re.compile(r"""document(\[|\.get\()"(fields|layout|computed|checks|tables)\"""")
    assert set(ITS_READERS) == {name for name, text in SOURCES.items() if member.search(text)}


def test_there_is_one_model_of_a_question() -> None:
    model = re.compile(r"^class (?:Question|Leaf)\b", re.MULTILINE)
    assert ["schema/question.py"] == [name for name, text in SOURCES.items() if model.search(text)]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_draft_and_the_version_made_of_it_have_the_same_questions(slug: str) -> None:
    form, draft = shipped_form(slug), asked(json.loads(shipped_raw(slug)), {})
    published = {one.path: one for one in (*form.questions, *form.local)}
    said = ("kind", "codes", "repeat", "required", "node", "page", "name", "sensitivity", "widget", "merge", "label")
    for name in said:
        there = {one.path: getattr(one, name) for one in draft.questions}
        assert {path: getattr(one, name) for path, one in published.items()} == there, name


def test_the_pattern_of_names_stands_once() -> None:
    part = "a-z0-9_]{0,62}"
    assert part in NAME_PATTERN
    assert ["paths.py"] == [name for name, text in SOURCES.items() if part in text]


def test_references_are_followed_in_one_place() -> None:
    """A foreign schema, whose references may point anywhere in it, says where they lead, and no more."""
    followers = {name for name, text in SOURCES.items() if re.search(r"""(\[|get\()"\$ref"|"#/\$defs""", text)}
    assert {"schema/resolving.py"} == followers - {"schema/questions.py"}  # which looks for what is beside them


def test_the_model_of_the_phone_names_the_same_members() -> None:
    text = (ROOM.parent / "field" / "forms" / "schema" / "fields.js").read_text()
    assert sorted(fields.MEMBERS) == sorted(re.findall(r"^ \* @property \{.*\} \[?(\w+)\]?", text, re.MULTILINE))
