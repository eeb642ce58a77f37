"""What a field says beside its schema: how it is asked, where choices come from, and who never sees it (6.4 to 6.6)."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from forms.definition.document import Form, faults, load_form
from forms.records import references
from forms.records.relevance import Examiner
from forms.records.withholding import Reader
from forms.versions.judging import judged
from tests.forms.versions.forms_made import document, form, raw

VECTORS = Path(__file__).parents[1] / "vectors" / "members"
PREFILLED = json.loads((VECTORS / "prefilled.json").read_text())
WITHHELD = json.loads((VECTORS / "withheld.json").read_text())
ITEM = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
OTHER = ITEM[:-1] + "2"
TODAY = "2026-11-24"
FAMILY = form(
    {
        "/case_ref": "text", "/wens": "text", "/open": "choice ja nee", "/kind/*/kind_ref": "text",
        "/kind/*/maand": "text", "/kind/*/dag": "choice a b",
    }
)  # fmt: skip
QUESTIONS = {
    "/case_ref": "text", "/kind_ref": "text", "/maand": "text", "/wens": "text", "/aantal": "integer",
    "/soort": "choice a b", "/school": "text", "/taal": "text",
    "/kind/*/kind_ref": "text", "/kind/*/dag": "choice a b c",
}  # fmt: skip
MEMBERS: dict[str, dict[str, Any]] = {
    "/case_ref": {"widget": "record", "form": "gezin"},
    "/kind_ref": {"widget": "record", "form": "gezin", "key": "/kind/*/kind_ref", "within": "/case_ref"},
    "/maand": {"widget": "month", "prefill": {"from": "/kind_ref", "take": "/kind/*/maand"}},
    "/wens": {"prefill": {"from": "/case_ref", "take": "/wens"}},
    "/school": {"from": "scholen", "widget": "dropdown"},
    "/taal": {"local_only": True},
    "/kind/*/kind_ref": {"widget": "record", "form": "gezin", "key": "/kind/*/kind_ref", "within": "/case_ref"},
    "/kind/*/dag": {"widget": "compact", "prefill": {"from": "/kind/*/kind_ref", "take": "/kind/*/dag"}},
}


def made(changes: dict[str, Any] | None = None, **members: Any) -> bytes:
    """The form of this page; `{"/wens widget": "month"}` sets a member of a field, `None` takes it away."""
    document_ = document(QUESTIONS, **members)
    for path, said in MEMBERS.items():
        document_["fields"][path] |= copy.deepcopy(said)
    for place, value in (changes or {}).items():
        path, _, name = place.partition(" ")
        if value is None:
            document_["fields"][path].pop(name)
        else:
            document_["fields"][path][name] = value
    return raw(document_)


def found(changes: dict[str, Any] | None = None, **members: Any) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in faults(made(changes, **members))]


def test_what_the_members_say_is_what_the_form_has() -> None:
    whole = load_form(made({"/wens must_answer": "Jeugdwet artikel 2.3", "/soort report": True}))
    by_path = {question.path: question for question in (*whole.questions, *whole.local)}
    assert ["/taal"] == [question.path for question in whole.local]
    assert ("scholen",) == whole.lists
    assert ("choice", (), "dropdown", "scholen") == (
        by_path["/school"].kind,
        by_path["/school"].codes,
        by_path["/school"].widget,
        by_path["/school"].listed,
    )
    reference = by_path["/kind_ref"].reference
    assert reference is not None
    assert ("gezin", "/kind/*/kind_ref", "/case_ref") == (reference.form, reference.key, reference.within)
    assert by_path["/case_ref"].reference is not None
    assert ("/case_ref", "number", "choices", "text") == (
        by_path["/case_ref"].reference.key,
        by_path["/aantal"].widget,
        by_path["/soort"].widget,
        by_path["/wens"].widget,
    )
    assert ("Jeugdwet artikel 2.3", True) == (by_path["/wens"].must_answer, by_path["/soort"].report)


FAULTS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, []),
    ({"/wens widget": "hologram"}, [("unknown-widget", "/wens")]),
    ({"/aantal widget": "likert"}, [("widget-misfit", "/aantal")]),
    ({"/aantal widget": "slider"}, [("slider-no-ends", "/aantal")]),
    ({"/wens subject": "object"}, [("subject-misfit", "/wens")]),
    ({"/wens widget": "photo", "/wens subject": "object"}, []),
    ({"/wens widget": "photo", "/wens subject": "kind"}, [("wrong-member", "/fields/~1wens/subject")]),
    ({"/aantal from": "scholen"}, [("from-misfit", "/aantal")]),
    ({"/soort from": "scholen"}, [("from-misfit", "/soort")]),
    ({"/school choices": {"een": {"nl": "Een"}}}, [("choices-differ", "/school")]),
    ({"/school merge": "first-listed"}, [("policy-misfit", "/school")]),
    ({"/case_ref form": None}, [("reference-no-form", "/case_ref"), ("within-misfit", "/kind_ref"),
                                ("prefill-no-reference", "/wens"), ("within-misfit", "/kind/*/kind_ref")]),
    ({"/case_ref widget": "text"}, [("reference-no-widget", "/case_ref")]),
    ({"/case_ref key": "case_ref"}, [("reference-no-path", "/case_ref")]),
    ({"/case_ref key": "/_review"}, [("reference-no-path", "/case_ref")]),
    ({"/case_ref key": "/kind/*"}, [("reference-no-path", "/case_ref")]),
    ({"/kind_ref within": "/wens"}, [("within-misfit", "/kind_ref")]),
    ({"/kind_ref within": "/kind/*/kind_ref"}, [("within-misfit", "/kind_ref")]),
    ({"/kind_ref within": "/kind_ref"}, [("within-misfit", "/kind_ref")]),
    ({"/case_ref form": "ander"}, [("within-misfit", "/kind_ref"), ("within-misfit", "/kind/*/kind_ref")]),
    ({"/wens prefill": {"from": "/soort", "take": "/wens"}}, [("prefill-no-reference", "/wens")]),
    ({"/wens prefill": {"from": "/kind/*/kind_ref", "take": "/wens"}}, [("prefill-no-reference", "/wens")]),
    ({"/wens prefill": {"from": "/case_ref", "take": "/kind/*/dag"}}, [("prefill-many", "/wens")]),
    ({"/wens prefill": {"from": "/case_ref", "take": "wens"}}, [("reference-no-path", "/wens")]),
    ({"/wens prefill": {"from": "/case_ref"}}, [("missing-member", "/fields/~1wens/prefill")]),
    ({"/case_ref local_only": True}, [("local-read", "/wens")]),
    ({"/taal merge": "latest"}, [("local-misfit", "/taal")]),
    ({"/taal must_answer": "Jeugdwet artikel 2.3"}, [("local-misfit", "/taal")]),
    ({"/taal confidential_from": {"who": ["parents"]}}, [("local-misfit", "/taal")]),
    ({"/wens show_if": "taal != null"}, [("local-read", "/fields/~1wens/show_if")]),
    ({"/taal show_if": "wens != null and taal == null"}, [("expression-circle", "/fields/~1taal/show_if")]),
    ({"/taal show_if": "wens != null"}, []),
    ({"/wens confidential_from": {"who": ["all"]}}, [("wrong-member", "/fields/~1wens/confidential_from/who/0")]),
    ({"/wens confidential_from": {"who": ["parents"], "if": "aantal"}},
     [("wrong-result", "/fields/~1wens/confidential_from/if")]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), FAULTS, ids=lambda part: str(part)[:70])
def test_a_member_that_does_not_fit_is_named_at_its_question(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert expected == found(changes)


def test_a_local_answer_is_neither_required_nor_read_nor_counted() -> None:
    document_ = document({**QUESTIONS, "/taal": "text!"})
    document_["fields"]["/taal"]["local_only"] = True
    assert [("local-required", "/taal")] == [(one.code, one.path) for one in faults(raw(document_))]
    for members, at in (
        ({"computed": {"/lang": "length(taal)"}}, "/computed/~1lang"),
        ({"checks": [{"if_not": "taal != null", "at": "/wens", "say": {"nl": "Nee."}}]}, "/checks/0/if_not"),
    ):
        document_ = document(QUESTIONS, **members)
        document_["fields"]["/taal"]["local_only"] = True
        document_["fields"]["/lang"] = {"label": {"nl": "Lang"}, "sensitivity": "S0"}
        if "computed" not in members:
            del document_["fields"]["/lang"]
        assert [("local-read", at)] == [(one.code, one.path) for one in faults(raw(document_))]
    own = [{"if_not": 'length(coalesce(taal, "")) > 1', "at": "/taal", "say": {"nl": "Schrijf meer."}}]
    assert [] == found(checks=own)
    assert [("table-no-leaf", "/tables/0"), ("table-no-leaf", "/tables/0")] == found(
        tables=[["/soort", "/taal", "/nee"]]
    )
    assert [] == found(tables=[["/soort", "/aantal"]])


def test_a_computed_field_has_no_members_of_answers() -> None:
    document_ = document(QUESTIONS, computed={"/dubbel": "aantal * 2"})
    document_["fields"]["/dubbel"] = {"label": {"nl": "Dubbel"}, "sensitivity": "S0", "widget": "number"}
    assert [("member-misfit", "/dubbel")] == [(one.code, one.path) for one in faults(raw(document_))]


def test_a_local_answer_has_no_place_but_on_the_device() -> None:
    whole = load_form(made())
    assert (False, True, None, None) == (
        whole.has("/taal"),
        whole.stays("/taal"),
        whole.leaf("/taal"),
        whole.policy("/taal"),
    )
    answers = {"/wens": "rust", "/taal": "een taal", f"/kind/{ITEM}": {}, "/_review": "klaar"}
    assert {path: answers[path] for path in answers if path != "/taal"} == whole.travelling(answers)
    assert "Welke afspraak (nl)" == whole.label("/taal", "nl")
    assert () == Examiner(whole).examine({"taal": "iets"}, TODAY).findings


@pytest.mark.parametrize(
    ("kept", "local", "renamed", "expected"),
    [
        ("/taal", "/taal", {}, []),
        ("/taal", None, {}, ["local-changed"]),
        (None, "/taal", {}, ["vanished", "local-changed"]),
        (None, "/nieuw", {"/taal": "/nieuw"}, ["vanished", "local-changed"]),
    ],
)
def test_whether_an_answer_leaves_the_device_never_changes(
    kept: str | None, local: str | None, renamed: dict[str, str], expected: list[str]
) -> None:
    def version(number: int, path: str, stays: bool, moves: dict[str, Any] | None) -> Form:
        one = document({"/naam": "text", path: "text"}, number, moves)
        one["fields"][path]["local_only"] = stays
        return load_form(raw(one))

    first = version(1, "/taal", kept is not None, None)
    second = version(2, local or "/taal", local is not None, {"renamed": renamed})
    assert expected == [one.code for one in judged([first], second)]


# --- lists ---

SCHOOLS = {"linde": {"nl": "De Linde", "en": "The Lime"}, "eik": {"nl": "De Eik"}}


def test_a_code_is_unknown_only_when_the_list_is_at_hand() -> None:
    whole = load_form(made())
    unknown = {"school": "beuk"}
    assert [] == [(one.code, one.path) for one in Examiner(whole).examine(unknown, TODAY).findings]
    assert [] == [(one.code, one.path) for one in Examiner(whole, {"wijken": SCHOOLS}).examine(unknown, TODAY).findings]
    assert [("unknown-choice", "/school")] == [
        (one.code, one.path) for one in Examiner(whole, {"scholen": SCHOOLS}).examine(unknown, TODAY).findings
    ]
    assert () == Examiner(whole, {"scholen": SCHOOLS}).examine({"school": "eik"}, TODAY).findings


def test_several_choices_of_a_list_are_looked_at_in_every_item() -> None:
    document_ = document({"/naam": "text", "/kind/*/talen": "choices a b"})
    document_["schema"]["properties"]["kind"]["items"]["properties"]["talen"] = {
        "type": "array",
        "items": {"type": "string"},
    }
    del document_["fields"]["/kind/*/talen"]["choices"]
    assert ["unsupported-kind"] == [one.code for one in faults(raw(document_))]
    document_["fields"]["/kind/*/talen"]["from"] = "scholen"
    whole = load_form(raw(document_))
    assert ("choices", ("scholen",)) == (whole.questions[1].kind, whole.lists)
    kids = [
        {"_id": ITEM, "talen": ["eik", "beuk"]},
        {"_id": OTHER, "talen": ["linde"]},
        {"_id": OTHER[:-1] + "3", "talen": [7]},
    ]
    assert [("unknown-choice", f"/kind/{ITEM}/talen"), ("wrong-kind", f"/kind/{OTHER[:-1]}3/talen")] == [
        (one.code, one.path) for one in Examiner(whole, {"scholen": SCHOOLS}).examine({"kind": kids}, TODAY).findings
    ]


def test_the_words_of_a_choice_come_from_its_list() -> None:
    whole, lists = load_form(made()), {"scholen": SCHOOLS}
    asked = [("linde", "en"), ("eik", "en"), ("beuk", "nl")]
    assert ["The Lime", "De Eik", "beuk"] == [
        whole.choice_label("/school", code, tongue, lists) for code, tongue in asked
    ]
    assert "linde" == whole.choice_label("/school", "linde", "nl")
    assert "a (nl)" == whole.choice_label("/soort", "a", "nl", lists)


# --- references ---


def pointing(changes: dict[str, Any], others: dict[str, Form]) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in references.faults(load_form(made(changes)), others)]


def other(changes: dict[str, Any]) -> Form:
    """The family form with some members of its fields changed."""
    one = document({question.path: _kind(question.kind, question.codes) for question in FAMILY.questions})
    for place, value in changes.items():
        path, _, name = place.partition(" ")
        one["fields"][path][name] = value
    return load_form(raw({**one, "form": "gezin"}))


def _kind(kind: str, codes: tuple[str, ...]) -> str:
    return " ".join((kind, *codes))


@pytest.mark.parametrize(
    ("changes", "there", "expected"),
    [
        ({}, {}, []),
        ({"/case_ref key": "/open"}, {}, [("reference-no-key", "/case_ref")]),
        ({"/case_ref key": "/nergens"}, {}, [("reference-no-key", "/case_ref")]),
        ({"/wens prefill": {"from": "/case_ref", "take": "/nergens"}}, {}, [("prefill-no-question", "/wens")]),
        ({"/wens prefill": {"from": "/case_ref", "take": "/open"}}, {}, []),  # a code is text
        ({"/soort prefill": {"from": "/case_ref", "take": "/open"}}, {}, [("prefill-kind", "/soort")]),
        ({"/soort prefill": {"from": "/case_ref", "take": "/wens"}}, {}, [("prefill-kind", "/soort")]),
        ({"/school prefill": {"from": "/case_ref", "take": "/wens"}}, {}, [("prefill-kind", "/school")]),
        ({}, {"/wens sensitivity": "S2"}, [("prefill-class", "/wens")]),
        ({"/wens sensitivity": "S3"}, {"/wens sensitivity": "S2"}, []),
        ({}, {"/wens confidential_from": {"who": ["parents"]}}, [("prefill-class", "/wens")]),
        ({"/wens confidential_from": {"who": ["parents", "child"]}},
         {"/wens confidential_from": {"who": ["parents"]}}, []),
        ({}, {"/wens local_only": True}, [("prefill-class", "/wens")]),
    ],
)  # fmt: skip
def test_a_reference_must_point_at_something_sensible(
    changes: dict[str, Any], there: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert expected == pointing(changes, {"gezin": other(there)})


def test_a_form_that_does_not_exist_is_named_at_every_reference() -> None:
    assert [("reference-unknown-form", path) for path in ("/case_ref", "/kind_ref", "/kind/*/kind_ref")] == pointing(
        {}, {}
    )


@pytest.mark.parametrize("row", PREFILLED["rows"], ids=lambda row: row["name"])
def test_a_device_fills_in_what_all_that_is_meant_agrees_on(row: dict[str, Any]) -> None:
    asks = load_form(raw(PREFILLED["form"]))
    assert row["filled"] == references.prefilled(asks, row["path"], row["answer"], row["records"])


# --- what somebody does not get to see ---


@pytest.mark.parametrize("row", WITHHELD["rows"], ids=lambda row: row["name"])
def test_a_record_without_what_somebody_does_not_get_to_see(row: dict[str, Any]) -> None:
    whole = load_form(raw(WITHHELD["form"]))
    seen = Examiner(whole).examine(row["document"], row["today"])
    reader = Reader(whole, row["who"])
    left = reader.of(seen, row["today"])
    assert row["withheld"] == sorted(reader.withheld(seen, row["today"]))
    assert row["seen"] == {
        "document": left.document,
        "computed": dict(left.computed),
        "findings": [[one.code, one.path] for one in left.findings],
        "banners": list(left.banners),
    }


def test_a_first_answer_is_withheld_with_what_it_copied() -> None:
    """Through a computed field, in items, and where what it copied is hidden now."""
    whole = document(
        {"/geheim": "text", "/soort": "choice a b", "/wens": "text", "/kind/*/naam": "text"},
        computed={"/deel": "geheim"},
    )
    whole["fields"]["/deel"] = {"label": {"nl": "Uitkomst"}, "sensitivity": "S0"}
    whole["fields"]["/geheim"]["confidential_from"] = {"who": ["parents"], "if": 'soort == "a"'}
    whole["fields"]["/wens"]["first"] = "deel"
    whole["fields"]["/kind/*/naam"]["first"] = "/wens"
    made_ = load_form(raw(whole))
    answers = {"geheim": "WOORD", "soort": "a", "wens": "WOORD", "kind": [{"_id": ITEM, "naam": "WOORD"}]}
    seen = Examiner(made_).examine(answers, TODAY)
    kept = Reader(made_, "parents").of(seen, TODAY)
    assert "WOORD" not in str(kept.document) and {} == kept.computed and "a" == kept.document["soort"]
    assert "WOORD" in str(Reader(made_, "child").of(seen, TODAY).document["wens"])
    shown = Examiner(made_).examine({**answers, "soort": "b"}, TODAY)
    assert "WOORD" in str(Reader(made_, "parents").of(shown, TODAY).document["wens"])
