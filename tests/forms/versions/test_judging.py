"""What can follow the published versions of a form, and what is said of what cannot (forms/SPEC.md section 12.3)."""

from collections.abc import Mapping
from typing import Any

import pytest

from forms.definition.document import Form, faults
from forms.versions.judging import judged
from tests.forms.versions.forms_made import document, form, raw

FIRST = {"/naam": "text", "/soort": "choice a b", "/kind/*/dag": "text", "/kind/*/uren": "integer"}


def said(history: list[Form], draft: Form) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in judged(history, draft)]


def without(*gone: str, **new: str) -> dict[str, str]:
    return {path: kind for path, kind in FIRST.items() if path not in gone} | new


REFUSED: list[tuple[str, Mapping[str, str], dict[str, Any], list[tuple[str, str]]]] = [
    ("a question goes without a word", without("/naam"), {}, [("vanished", "/naam")]),
    ("a choice goes without a word", {**FIRST, "/soort": "choice a c"}, {}, [("code-vanished", "/soort")]),
    ("a question changes its kind", {**FIRST, "/naam": "date"}, {}, [("kind-changed", "/naam")]),
    (
        "a renamed question changes its kind",
        without("/naam") | {"/roepnaam": "integer"},
        {"renamed": {"/naam": "/roepnaam"}},
        [("kind-changed", "/roepnaam")],
    ),
    (
        "what is renamed was never there",
        {**FIRST, "/nieuw": "text"},
        {"renamed": {"/oud": "/nieuw"}},
        [("moves-unknown", "/moves/renamed/~1oud")],
    ),
    (
        "what is dropped was never there",
        FIRST,
        {"dropped": ["/oud"]},
        [("moves-unknown", "/moves/dropped/0")],
    ),
    (
        "two questions become one",
        without("/naam", "/kind/*/dag") | {"/een": "text"},
        {"renamed": {"/naam": "/een", "/kind/*/dag": "/een"}},
        [
            ("moves-scope", "/moves/renamed/~1kind~1*~1dag"),
            ("moves-onto", "/moves/renamed/~1naam"),
            ("moves-onto", "/moves/renamed/~1kind~1*~1dag"),
        ],
    ),
    (
        "a question takes the place of one that stays",
        {"/soort": "choice a b", "/kind/*/uren": "integer"},
        {"renamed": {"/naam": "/soort"}, "dropped": ["/kind/*/dag"]},
        [("moves-onto", "/moves/renamed/~1naam"), ("kind-changed", "/soort")],
    ),
    (
        "a choice is mapped to one that is not there",
        {**FIRST, "/soort": "choice a"},
        {"mapped": {"/soort": {"b": "q"}}},
        [("moves-code", "/moves/mapped/~1soort")],
    ),
    (
        "a choice is mapped that is still there",
        FIRST,
        {"mapped": {"/soort": {"b": "a"}}},
        [("moves-code", "/moves/mapped/~1soort")],
    ),
]


@pytest.mark.parametrize(("why", "asked", "moves", "expected"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_version_that_loses_sight_of_answers_is_refused(
    why: str, asked: Mapping[str, str], moves: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert expected == said([form(FIRST)], form(asked, 2, moves))


ALLOWED: list[tuple[str, Mapping[str, str], dict[str, Any]]] = [
    ("nothing changes", FIRST, {}),
    ("questions are dropped, and said to be", without("/naam"), {"dropped": ["/naam"]}),
    ("a question has a new name", without("/naam") | {"/roepnaam": "text"}, {"renamed": {"/naam": "/roepnaam"}}),
    (
        "a group has a new name, and a question in it",
        {"/naam": "text", "/soort": "choice a b", "/kinderen/*/weekdag": "text", "/kinderen/*/uren": "integer"},
        {"renamed": {"/kind": "/kinderen", "/kind/*/dag": "/kinderen/*/weekdag"}},
    ),
    ("two questions swap names", FIRST | {"/soort": "text", "/naam": "choice a b"},
     {"renamed": {"/naam": "/soort", "/soort": "/naam"}}),
    ("a choice has a successor", {**FIRST, "/soort": "choice c a"}, {"mapped": {"/soort": {"b": "c"}}}),
    ("a choice has none", {**FIRST, "/soort": "choice a"}, {"mapped": {"/soort": {"b": None}}}),
    ("an answer may become several", {**FIRST, "/soort": "choices a b"}, {}),
    ("a whole number becomes any number", {**FIRST, "/kind/*/uren": "decimal"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("why", "asked", "moves"), ALLOWED, ids=[row[0] for row in ALLOWED])
def test_a_version_that_says_where_answers_go_follows(
    why: str, asked: Mapping[str, str], moves: dict[str, Any]
) -> None:
    assert [] == said([form(FIRST)], form(asked, 2, moves))


def test_versions_are_numbered_one_by_one() -> None:
    assert [("wrong-version", "/version")] == said([], form(FIRST, 2))
    assert [("wrong-version", "/version")] == said([form(FIRST)], form(FIRST, 1))
    assert [("wrong-version", "/version")] == said([form(FIRST), form(FIRST, 2)], form(FIRST, 4))
    assert [] == said([], form(FIRST, 1))


def test_a_question_may_come_back_as_what_it_was() -> None:
    history = [form(FIRST), form(without("/naam", "/soort"), 2, {"dropped": ["/naam", "/soort"]})]
    assert [] == said(history, form(FIRST, 3))
    other = form({**FIRST, "/naam": "date", "/soort": "choice a"}, 3)
    assert [("kind-changed", "/naam"), ("code-vanished", "/soort")] == said(history, other)


def test_answers_that_wait_under_a_name_are_not_mixed_with_others() -> None:
    history = [form(FIRST), form(without("/naam") | {"/bijnaam": "text"}, 2, {"dropped": ["/naam"]})]
    draft = form(FIRST, 3, {"renamed": {"/bijnaam": "/naam"}})
    assert [("moves-onto", "/moves/renamed/~1bijnaam")] == said(history, draft)


def test_a_first_version_hid_words_in_what_it_said_of_a_version_before_it() -> None:
    moves = {"renamed": {"/roma": "/naam"}, "dropped": ["/sinti"], "mapped": {"/soort": {"roma": "a"}}}
    assert [
        ("moves-unknown", "/moves/renamed/~1roma"),
        ("moves-unknown", "/moves/mapped/~1soort"),
        ("moves-unknown", "/moves/dropped/0"),
    ] == said([], form(FIRST, 1, moves))


def test_two_groups_became_one_and_answers_of_one_entry_overwrote_each_other() -> None:
    asked = {"/kind/*/dag": "text", "/ouder/*/dag": "text", "/ouder/*/uren": "integer", "/soort": "choice a b"}
    moves = {"renamed": {"/ouder": "/kind"}}
    for group in ({"/kind/*/dag": "text", "/kind/*/uren": "integer"}, {"/kind/*/uren": "integer"}):
        draft = form(
            {**group, "/soort": "choice a b"}, 2, {**moves, "dropped": ["/kind/*/dag"] * ("/kind/*/dag" not in group)}
        )
        assert ("moves-onto", "/moves/renamed/~1ouder") in said([form(asked)], draft)
    waiting = [
        form(asked),
        form({"/ouder/*/uren": "integer"}, 2, {"dropped": ["/kind/*/dag", "/ouder/*/dag", "/soort"]}),
    ]
    assert [("moves-onto", "/moves/renamed/~1ouder")] == said(waiting, form({"/kind/*/uren": "integer"}, 3, moves))


def test_a_question_took_the_name_of_a_group_and_a_group_that_of_a_question() -> None:
    asked = {"/soort": "text", "/kind/*/dag": "text"}
    draft = form({"/kind/*/dag": "text"}, 2, {"renamed": {"/soort": "/kind"}})
    assert ("moves-scope", "/moves/renamed/~1soort") in said([form(asked)], draft)
    draft = form({"/soort": "text"}, 2, {"renamed": {"/kind": "/soort"}, "dropped": ["/kind/*/dag"]})
    assert ("moves-scope", "/moves/renamed/~1kind") in said([form(asked)], draft)


def test_what_moves_say_of_this_version_is_checked_without_any_other() -> None:
    moves = {
        "renamed": {"/naam": "/weg", "zonder": "/naam", "/_review": "/naam"},
        "dropped": ["/soort", ""],
        "mapped": {"/naam": {"a": "b"}, "/geen": {}},
    }
    assert [
        ("moves-no-path", "/moves/renamed/zonder"),
        ("moves-no-path", "/moves/renamed/~1_review"),
        ("still-asked", "/moves/dropped/0"),
        ("moves-no-path", "/moves/dropped/1"),
        ("moves-no-target", "/moves/mapped/~1naam"),
        ("moves-no-target", "/moves/mapped/~1geen"),
        ("moves-no-target", "/moves/renamed/~1naam"),
    ] == [(one.code, one.path) for one in faults(raw(document(FIRST, 1, moves)))]
