"""Faults of the lint, planted one at a time: the judged entry beside each finds it."""

import json
from collections.abc import Iterator
from math import inf

import pytest

from forms.lint import left_open
from forms.lint.judged_sets import judged, judged_set
from forms.lint.rules import Weights
from forms.lint.weighing import Weighed
from tests.forms.lint.faults_of_the_lint import FAULTS, Fault
from tests.planting import clear_caches, plant


@pytest.fixture(autouse=True)
def unweighed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules by themselves: what they leave open is weighed otherwise, and would hide a fault."""
    never = Weights("", bias=0.0, refused=inf, doubted=inf, spared=-inf, marks=())
    monkeypatch.setattr(left_open, "weights", lambda: never)
    monkeypatch.setattr(left_open, "weighed", lambda *_: Weighed(0.0, ()))


def outcome(fault: Fault) -> str:
    row = {"id": "x", "language": "nl", "kind": "question", "label": "Vraag", "expected": "pass"} | fault.entry
    (one,) = judged(judged_set(json.dumps([row]).encode()))
    return one.outcome


def test_without_a_fault_every_entry_is_judged_as_it_should() -> None:
    assert {name: fault.outcome for name, fault in FAULTS.items()} == {
        name: outcome(one) for name, one in FAULTS.items()
    }


@pytest.fixture
def afresh() -> Iterator[None]:
    yield
    clear_caches()


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, afresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(FAULTS[name].piece, monkeypatch)
    clear_caches()
    assert FAULTS[name].outcome != outcome(FAULTS[name])
