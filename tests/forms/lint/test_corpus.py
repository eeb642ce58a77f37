"""The lint against the labelled corpus: what must be caught is caught, and nothing else is (SPEC.md section 8)."""

import sys

import pytest

from forms.lint.check import lint
from forms.lint.rules import CODES
from tests.forms.lint.snippets import LANGUAGES, Score, harmless, mistakes, scores, snippets, table

SNIPPETS_MIN = 300
EVERYTHING = snippets()


def test_the_form_around_a_snippet_breaks_no_rule() -> None:
    assert () == lint(harmless())


def test_no_snippet_is_judged_otherwise_than_a_privacy_officer_did() -> None:
    assert [] == mistakes(EVERYTHING)


def test_precision_and_recall_are_whole_for_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    found = scores(EVERYTHING)
    with capsys.disabled():
        sys.stdout.write("\n" + table(found) + "\n")
    assert {*CODES, "all"} == set(found)
    assert {(1.0, 1.0)} == {(one.precision, one.recall) for one in found.values()}


def test_the_corpus_has_snippets_enough_in_every_language() -> None:
    assert len(EVERYTHING) >= SNIPPETS_MIN
    assert set(LANGUAGES) == {one.language for one in EVERYTHING if one.language}


@pytest.mark.parametrize("code", CODES)
def test_every_rule_has_snippets_that_break_it_and_snippets_that_only_look_so(code: str) -> None:
    about = [one for one in EVERYTHING if one.rule == code]
    assert any(code in one.expect for one in about)
    assert any(not one.expect for one in about)


def test_no_two_snippets_are_the_same() -> None:
    seen = [(one.text, one.place, one.language, one.kind) for one in EVERYTHING if one.text]
    assert len(seen) == len(set(seen))


def test_a_rule_that_strikes_wrongly_and_misses_is_counted_so() -> None:
    """What measures is measured: a label turned round shows in both numbers."""
    one = next(one for one in EVERYTHING if one.expect == ("P01",))
    harmed = type(one)(rule="P01", expect=("P03",), place=one.place, language=one.language, text=one.text)
    assert {"P01": Score(0, 1, 0), "P03": Score(0, 0, 1), "all": Score(0, 1, 1)} == scores([harmed])
    assert 1 == len(mistakes([harmed]))
