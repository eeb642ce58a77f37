"""Answers are carried to later versions, and none is ever dropped (forms/SPEC.md section 12.2)."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms import paths
from forms.definition.document import Form, load_form
from forms.definition.moves import Moves
from forms.versions.moving import Mover, renamed
from tests.forms.versions.forms_made import form

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "versions" / "moves.json").read_text())
ITEMS = ("01J9ZZZZZZZZZZZZZZZZZZZZZ1", "01J9ZZZZZZZZZZZZZZZZZZZZZ2")


@pytest.mark.parametrize("row", VECTORS["rows"], ids=lambda row: row["why"])
def test_answers_stand_where_the_vectors_say(row: dict[str, Any]) -> None:
    forms = [load_form(json.dumps(VECTORS["forms"][name]).encode()) for name in row["versions"]]
    assert row["moved"] == Mover(forms).answers(row["answers"])


def names() -> st.SearchStrategy[str]:
    return st.sampled_from(["/a", "/b", "/c", "/kind/*/a", "/kind/*/b"])


@st.composite
def chains(draw: st.DrawFn) -> list[Form]:
    """Three versions in which questions are renamed (one to one), mapped, dropped and widened."""
    first = {
        path: draw(st.sampled_from(["choice x y", "text", "integer"])) for path in draw(st.sets(names(), min_size=1))
    }
    made, asked = [form(dict(sorted(first.items())))], dict(sorted(first.items()))
    for version in (2, 3):
        dropped: list[str] = []
        renames, mapped, after = {}, {}, {}
        for path, before in asked.items():
            kind = before
            act = draw(st.sampled_from(["keep", "rename", "drop", "map", "widen"]))
            to = path + f"_{version}" if act == "rename" else path
            if act == "rename":
                renames[path] = to
            if act == "drop" and len(asked) > 1 and len(dropped) < len(asked) - 1:
                dropped.append(path)
                continue
            if act == "map" and kind == "choice x y":
                mapped[to] = {"x": "z", "y": draw(st.sampled_from(["z", None]))}
                kind = "choice z"
            if act == "widen" and kind.startswith("choice "):
                kind = kind.replace("choice", "choices")
            after[to] = kind
        made.append(form(after, version, {"renamed": renames, "dropped": dropped, "mapped": mapped}))
        asked = after
    return made


def given_answers(asked: Form) -> st.SearchStrategy[dict[str, Any]]:
    values = {"choice": st.sampled_from(["x", "y", "elsewhere"]), "text": st.text(max_size=3), "integer": st.integers()}
    places: dict[str, st.SearchStrategy[Any]] = {}
    for question in asked.questions:
        for item in ITEMS if question.repeat else ("",):
            places[question.path.replace("*", item)] = values[question.kind]
    return st.fixed_dictionaries({}, optional=places)


@settings(suppress_health_check=[HealthCheck.too_slow])  # it makes three forms an example
@given(chains().flatmap(lambda made: st.tuples(st.just(made), given_answers(made[0]))))
def test_no_answer_is_lost_and_no_two_become_one(drawn: tuple[list[Form], dict[str, Any]]) -> None:
    made, answers = drawn
    moved = Mover(made).answers(answers)
    assert len(answers) == len(moved)
    for path, value in answers.items():
        there = Mover(made).path(path)
        assert paths.items_along(path) == paths.items_along(there)
        kind = made[0].leaf(path)
        assert kind is not None
        if kind.kind != "choice":
            assert value == moved[there]


@settings(suppress_health_check=[HealthCheck.too_slow])  # it makes three forms an example
@given(chains().flatmap(lambda made: st.tuples(st.just(made), given_answers(made[0]))))
def test_going_step_by_step_or_at_once_is_the_same(drawn: tuple[list[Form], dict[str, Any]]) -> None:
    made, answers = drawn
    by_steps = Mover(made[1:]).answers(Mover(made[:2]).answers(answers))
    assert by_steps == Mover(made).answers(answers)
    assert answers == Mover(made[:1]).answers(answers)


def test_a_rename_never_makes_a_path_that_cannot_be() -> None:
    deep = "/" + "/".join("abcdefg")
    assert renamed(deep + "/h", Moves(renamed={deep: deep + "/x"})) == deep + "/h"


def test_reserved_paths_stay_but_for_the_order_of_a_group() -> None:
    moves = Moves(renamed={"/kind": "/kinderen"})
    assert ["/_review", "/kinderen/_order", f"/kinderen/{ITEMS[0]}/a"] == [
        renamed(path, moves) for path in ("/_review", "/kind/_order", f"/kind/{ITEMS[0]}/a")
    ]
