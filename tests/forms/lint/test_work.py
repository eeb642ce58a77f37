"""What the lint does stays within bounds, whatever it is handed (SPEC.md section 7): measured, not timed."""

import sys
import time
from typing import Any

import pytest

from forms.lint.asked import NESTED_MAX, QUESTIONS_MAX
from forms.lint.check import TEXT_MAX, lint
from forms.lint.fold import JOINED_PIECES_MAX, Piece, joins
from tests.forms.lint.snippets import ask, harmless, question
from tests.work import within

SYLLABLES = ("ba", "ke", "li", "mo", "nu", "pro", "ste", "vo", "wi", "zee")


QUESTIONS, CALLS_MAX = 100, 4_500  # of functions, for each question with two labels and two choices


def made_up(number: int) -> str:
    """A word that stands in no list, another for every number."""
    return "".join(SYLLABLES[int(figure)] for figure in f"{number:05}")


def codes(form: dict[str, Any], lists: Any = None) -> set[str]:
    return {one.code for one in lint(form, lists)}


@pytest.mark.parametrize("count", [10_000])
def test_a_list_of_ten_thousand_choices_is_judged(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    choices = {f"c{number}": {"nl": made_up(number), "en": made_up(number)} for number in range(count)}
    form, one = harmless(), question("plek", "choice")
    one["schema"], one["field"]["from"] = {"type": "string"}, "plekken"
    one["field"]["report"] = True
    ask(form, [one])
    lint(harmless())
    start = time.process_time()
    found = codes(form, {"plekken": choices})
    with capsys.disabled():
        sys.stdout.write(f"\n{count} choices: {time.process_time() - start:.2f} s of CPU\n")
    assert {"P19"} == found


def test_a_form_of_512_kib_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    form = harmless()
    words = " ".join(map(made_up, range(16)))
    for number in range(900):
        one = question(f"v{number}", "choice")
        one["field"]["label"] = {"nl": f"Is er {made_up(number)} {words}?", "en": made_up(number)}
        ask(form, [one])
    start = time.process_time()
    found = codes(form)
    with capsys.disabled():
        sys.stdout.write(f"\n900 questions: {time.process_time() - start:.2f} s of CPU\n")
    assert set() == found


def test_a_question_costs_little_work_whatever_words_it_begins_with() -> None:
    form = harmless()
    for number in range(QUESTIONS):
        one = question(f"v{number}", "choice")
        said = f"Wanneer kan {made_up(number)} met het kind en de ouders naar {made_up(number + 1)} gaan?"
        one["field"]["label"] = {"nl": said, "en": f"When can {made_up(number)} come with the child?"}
        ask(form, [one])
    warm, one = harmless(), question("warm", "choice")
    one["field"]["label"] = {"nl": "Wanneer komt het kind?", "en": "When does the child come?"}
    ask(warm, [one])
    lint(warm)  # reads the rules and the weights, once
    assert set() == {one.code for one in within(CALLS_MAX * QUESTIONS, lambda: lint(form))}


def test_a_text_that_nobody_could_read_is_refused_unread() -> None:
    form = harmless()
    form["title"] = {"nl": "a " * TEXT_MAX, "en": "Visit"}
    assert {"lint-too-long"} == codes(form)


def test_references_that_make_billions_of_questions_are_refused() -> None:
    form = harmless()
    many = {f"p{number}": {"$ref": "#/$defs/a"} for number in range(10)}
    form["schema"] = {
        "$defs": {"a": {"type": "object", "properties": many}},
        "properties": {"x": {"$ref": "#/$defs/a"}},
    }
    assert "lint-too-many" in codes(form)
    assert QUESTIONS_MAX > 1_000


def test_a_document_that_is_nested_without_end_is_refused_unread() -> None:
    form = harmless()
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    form["schema"] = {"x": deep}
    assert {"lint-too-deep"} == codes(form)
    assert NESTED_MAX < 1_000


def test_words_are_joined_with_few_neighbours() -> None:
    pieces = tuple(Piece("a", joined=True) for _ in range(1_000))
    assert len(list(joins(pieces))) < 1_000 * JOINED_PIECES_MAX
