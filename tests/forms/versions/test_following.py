"""A published document that is read in again keeps the identity of each of its questions (forms/SPEC.md 12.2)."""

from typing import Any

import msgspec
import pytest

from forms.definition.document import Form, load_form
from forms.versions.following import following
from forms.versions.judging import judged
from tests.forms.versions.forms_made import document, raw

ONE = document({"/naam": "text", "/soort": "choice a b", "/kind/*/dag": "text"})
TWO = document(
    {"/roepnaam": "text", "/soort": "choice c b", "/gezin/*/dag": "text"}, 2,
    {"renamed": {"/naam": "/roepnaam", "/kind": "/gezin"}, "mapped": {"/soort": {"a": "c"}}},
)  # fmt: skip
HISTORY = tuple(load_form(raw(one)) for one in (ONE, TWO))


def next_of(made: dict[str, Any]) -> Form:
    return load_form(raw(made))


@pytest.mark.parametrize(("one", "history"), [(ONE, HISTORY[:1]), (TWO, HISTORY), (ONE, HISTORY)])
def test_what_is_read_in_again_follows_with_no_moves_by_hand(one: dict[str, Any], history: tuple[Form, ...]) -> None:
    assert {"wrong-version"} <= {fault.code for fault in judged(history, next_of(one))}
    made = following(one, history)
    assert () == judged(history, next_of(made))
    assert one["fields"] == made["fields"] and len(history) + 1 == made["version"]


def test_a_question_that_was_renamed_since_gets_its_name_and_its_codes_back() -> None:
    moves = msgspec.to_builtins(next_of(following(ONE, HISTORY)).moves)
    assert {"/gezin": "/kind", "/roepnaam": "/naam"} == moves["renamed"] and {"/soort": {"c": "a"}} == moves["mapped"]


def test_moves_that_a_person_wrote_stay_and_of_nothing_published_there_are_none() -> None:
    own = {**TWO, "moves": {"renamed": {"/roepnaam": "/naam"}}}
    assert own["moves"] == following(own, HISTORY)["moves"]
    assert {**TWO, "version": 3} == following({**TWO, "version": 3}, HISTORY)
    assert "moves" not in following(TWO, ()) and 1 == following(TWO, ())["version"]
    broken = {**TWO, "moves": "kapot", "version": [2]}
    assert {**TWO, "moves": "kapot", "version": 3} == following(broken, HISTORY)


def test_two_codes_that_became_one_are_no_way_back() -> None:
    """What was “a” and what was “b” are both “c” now: nobody knows which an answer was."""
    joined = document({"/roepnaam": "text", "/soort": "choice c", "/gezin/*/dag": "text"}, 2, TWO["moves"] | {
        "mapped": {"/soort": {"a": "c", "b": "c"}},
    })  # fmt: skip
    made = following(ONE, (HISTORY[0], load_form(raw(joined))))
    assert "mapped" not in made["moves"]
