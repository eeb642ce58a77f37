"""What once took the lint minutes, as its work grew with the square of a text. Nothing is timed: it would just hang."""

import pytest

from forms.lint.lexicon import ARTICLES_MAX
from forms.lint.words import reader


@pytest.mark.parametrize("unit", ["a ", "van de ", "a-", "r o m a ", "r0m4 "])
def test_a_text_of_the_same_words_without_end_is_read(unit: str) -> None:
    """Articles were skipped to the end of the text, from each of them anew."""
    reader().strikes(unit * 3_000)


def test_a_word_without_end_is_read_and_what_stands_in_it_counts() -> None:
    """Each stem in it asked whether all the rest was made of words."""
    struck = {one.code for one in reader().strikes("roma" * 5_000)}
    assert struck and struck == {one.code for one in reader().strikes("roma")}


def test_articles_between_the_words_of_a_phrase_do_not_count_as_far_as_people_write_them() -> None:
    for articles, expected in ((0, True), (1, True), (ARTICLES_MAX, True), (ARTICLES_MAX + 1, False)):
        struck = {one.entry for one in reader().strikes(f"land van {'het ' * articles}oorsprong")}
        assert expected == ("land van oorsprong" in struck), articles
