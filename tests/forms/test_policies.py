"""Laws of the merge policies, over alphabets so small that everything collides (SPEC.md section 5)."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.answers import canonical
from forms.errors import UnknownPolicy
from forms.policies import POLICIES, Edit, resolve, survivors

CHOICES = ("acuut", "ja", "geen")
SINGLE = st.sampled_from([*CHOICES, "onbekend", None])
SEVERAL = st.none() | st.lists(st.sampled_from("abc"), unique=True, max_size=3)


@st.composite
def histories(draw: st.DrawFn, values: st.SearchStrategy[Any], edits_max: int = 7) -> list[Edit]:
    """A field's edits. Who knows whom is drawn freely among the earlier: it need not be transitive."""
    edits: list[Edit] = []
    for place in range(draw(st.integers(1, edits_max))):
        known = draw(st.sets(st.sampled_from(edits).map(lambda one: one.hash))) if edits else set()
        clock, device = draw(st.integers(0, 2)), draw(st.sampled_from([b"p", b"q"]))
        author = "worker-" + device.decode()
        edits.append(Edit(bytes([place]), (clock, device, place), author, clock, draw(values), frozenset(known)))
    return edits


def naive_survivors(edits: Sequence[Edit]) -> list[Edit]:
    return [e for e in edits if not any(e.hash in other.knows for other in edits if other is not e)]


def naive_union(edits: Sequence[Edit]) -> set[str]:
    """The protocol's sentence, word for word: recursive, and far too slow for anything but a test."""
    alive = naive_survivors(edits)
    if len(alive) == 1:
        return set(alive[0].value or [])
    base = naive_union([e for e in edits if all(e.hash in s.knows for s in alive)]) if edits else set()
    added = {x for s in alive for x in set(s.value or []) - base}
    removed = {x for s in alive for x in base - set(s.value or [])}
    return (base | added) - removed


def values_for(policy: str) -> st.SearchStrategy[Any]:
    return SEVERAL if policy == "union" else SINGLE


@pytest.mark.parametrize("policy", POLICIES)
@given(data=st.data(), chance=st.randoms(use_true_random=False))
def test_the_order_and_number_of_arrivals_do_not_matter(policy: str, data: st.DataObject, chance: Random) -> None:
    history = data.draw(histories(values_for(policy)))
    road = chance.sample(history, len(history)) + chance.choices(history, k=2)
    assert resolve(policy, history, CHOICES) == resolve(policy, road, CHOICES)


@given(histories(SINGLE))
def test_an_edit_is_gone_only_if_another_edit_of_the_field_knew_it(history: list[Edit]) -> None:
    newest_first = sorted(naive_survivors(history), key=lambda edit: edit.order, reverse=True)
    assert tuple(newest_first) == survivors(history)


@pytest.mark.parametrize("policy", POLICIES)
@given(data=st.data())
def test_one_survivor_is_its_value_and_asks_nobody(policy: str, data: st.DataObject) -> None:
    history = data.draw(histories(values_for(policy)))
    value = data.draw(values_for(policy))
    last = Edit(b"last", (0, b"z", 1), "worker-z", 9, value, frozenset(edit.hash for edit in history))
    outcome = resolve(policy, [*history, last], CHOICES)
    assert (value, b"last", "settled", False, ()) == (
        outcome.value,
        outcome.shown,
        outcome.kind,
        outcome.conflict,
        outcome.asked,
    )


@pytest.mark.parametrize("policy", POLICIES)
@given(data=st.data())
def test_a_person_is_asked_only_where_survivors_differ_and_then_about_all(policy: str, data: st.DataObject) -> None:
    history = data.draw(histories(values_for(policy)))
    outcome = resolve(policy, history, CHOICES)
    alive = survivors(history)
    differ = len({canonical(edit.value) for edit in alive}) > 1
    assert (differ and policy in {"ask", "first-listed"}) == outcome.conflict
    assert (sorted(edit.hash for edit in alive) if outcome.conflict else []) == sorted(outcome.asked)
    assert not outcome.asked or outcome.asked[0] == outcome.shown


@given(histories(SINGLE))
def test_no_text_is_ever_dropped_by_append(history: list[Edit]) -> None:
    kept = {(part.author, part.at_ms, part.text) for part in resolve("append", history).parts}
    assert {(e.author, e.at_ms, e.value) for e in history if e.value is not None} == kept


@given(histories(SINGLE))
def test_append_tells_its_texts_in_clock_order(history: list[Edit]) -> None:
    order = {edit.hash: edit.order for edit in history}
    told = [order[part.hash] for part in resolve("append", history).parts]
    assert sorted(told) == told


@given(histories(SEVERAL))
def test_union_is_what_the_protocol_says(history: list[Edit]) -> None:
    assert naive_union(history) == set(resolve("union", history).value or [])


@given(base=SEVERAL, one=SEVERAL, two=SEVERAL)
def test_union_loses_no_addition_and_undoes_no_removal(
    base: list[str] | None, one: list[str] | None, two: list[str] | None
) -> None:
    first = Edit(b"0", (0, b"p", 1), "p", 0, base)
    edits = [
        first,
        Edit(b"1", (1, b"p", 2), "p", 1, one, frozenset([b"0"])),
        Edit(b"2", (2, b"q", 1), "q", 2, two, frozenset([b"0"])),
    ]
    was, sides = set(base or []), (set(one or []), set(two or []))
    merged = set(resolve("union", edits).value or [])
    assert merged >= (sides[0] | sides[1]) - was
    assert merged.isdisjoint((was - sides[0]) | (was - sides[1]))
    assert merged >= was & sides[0] & sides[1]


@given(histories(st.sampled_from(CHOICES)))
def test_first_listed_never_shows_less_protection_than_a_survivor_asks(history: list[Edit]) -> None:
    most = min(CHOICES.index(edit.value) for edit in survivors(history))
    assert CHOICES[most] == resolve("first-listed", history, CHOICES).value


def test_a_circle_of_lies_makes_nothing_vanish() -> None:
    one = Edit(b"1", (1, b"p", 1), "p", 1, "x", frozenset([b"2"]))
    two = Edit(b"2", (2, b"q", 1), "q", 2, "y", frozenset([b"1"]))
    assert (two, one) == survivors([one, two])
    assert resolve("union", [one, two]).value == ["x", "y"]


def test_a_long_history_of_parallel_edits_needs_no_recursion() -> None:
    """Two workers who for years both edited before either saw the other: a base under every base."""
    history: list[Edit] = []
    for level in range(600):
        seen = frozenset(edit.hash for edit in history)
        for device in (b"p", b"q"):
            name = device + level.to_bytes(2, "big")
            history.append(Edit(name, (level, device, level), device, level, [f"{device!r}{level}"], seen))
    assert resolve("union", history).value == ["b'p'599", "b'q'599"]


def test_a_policy_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownPolicy) as caught:
        resolve("average", [Edit(b"1", (1, b"p", 1), "p", 1, 3)])
    assert caught.value.facts["policy"] == "average"
