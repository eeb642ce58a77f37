"""What a child is called is known once, and every rule about children reads it: about, heard, and as interpreter."""

import pytest

from forms.lint.fold import plain
from forms.lint.rules import sign


@pytest.mark.parametrize(
    "word", ["kind", "kinderen", "jongere", "leerling", "child", "children", "pupil", "Jugendliche", "enfants", "copil"]
)
def test_a_word_for_a_child_is_known_to_every_rule(word: str) -> None:
    assert sign("P17", "about").search(plain(f"Waarom: {word}?"))
    assert sign("P17", "heard").search(plain(f"{word} gehoord"))
    assert word == "Jugendliche" or sign("P21", "chosen").search(plain(word))


@pytest.mark.parametrize("word", ["kinderopvang", "kindertolk", "childcare", "volwassene", "een kind"])
def test_an_option_that_only_begins_like_a_child_is_none(word: str) -> None:
    assert None is sign("P21", "chosen").search(plain(word))


@pytest.mark.parametrize("word", ["oudste dochter", "own child", "broertje", "minderjarig kind"])
def test_an_option_that_is_a_child_of_the_family_is_one(word: str) -> None:
    assert sign("P21", "chosen").search(plain(word))
