"""The rules as data: whole, in both languages, and written in a notation that is read as it is meant (SPEC.md 3)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from forms.lint import rules as rules_module
from forms.lint.check import lint
from forms.lint.entries import TOGETHER
from forms.lint.fold import plain
from forms.lint.rules import CODES, Rule, rules, sets
from forms.sentences import speech
from tests.forms.lint.snippets import document, lists, snippets

RULES = {one.code: one for one in rules()}
LETTER = "a-z0-9\u0621-\u064a"
ENTRY = re.compile(
    rf"(?:[a-z]{{2}}:)?(?:[+*]?[{LETTER}]+[+*]?|\[[{LETTER} ]+\]|[{LETTER}{{}}|* ]+|[{LETTER}{{}}|*~! ]+)"
)
PERSON = re.compile(r"\b(?:ik|mij|mijn|wij|we|I|my|our)\b")
DOES = re.compile(
    r"^(?:Haal|Vraag|Zet|Voeg|Gebruik|Geef|Schrijf|Laat|Kies|Noem|Maak|Houd|Beschrijf|Meet|Bewaar|Neem|Vul)\b"
)


def entries(one: Rule) -> Iterator[str]:
    yield from (text for texts in one.words.values() for text in texts)
    yield from (*one.friends, *one.names)


def test_every_rule_of_the_privacy_officer_is_there() -> None:
    assert CODES == tuple(RULES)


@pytest.mark.parametrize("code", CODES)
def test_a_rule_says_what_it_is_why_and_what_to_do_in_both_languages(code: str) -> None:
    one = RULES[code]
    for words in (one.name, one.why, one.remedy, *one.shapes.values()):
        assert ["en", "nl"] == sorted(words)
        assert all(text.strip() for text in words.values())
    assert one.sources


@pytest.mark.parametrize("code", CODES)
def test_an_entry_is_written_so_that_it_can_ever_be_found(code: str) -> None:
    """A sign, a capital or an accent in an entry is never met in a folded text; a star inside a phrase neither."""
    odd = [text for text in entries(RULES[code]) if plain(text) != text or not ENTRY.fullmatch(text)]
    assert [] == odd
    phrases = [text for text in entries(RULES[code]) if " " in text and TOGETHER not in text]
    inside = [text for text in phrases if re.search(r"(?:^|[ |])[*+]", text)]
    assert [] == inside


@pytest.mark.parametrize("code", CODES)
def test_no_friend_ends_in_an_article_and_so_excuses_whatever_follows(code: str) -> None:
    ends = [text.split()[-1].split("|") for text in RULES[code].friends if " " in text and TOGETHER not in text]
    assert [] == [words for words in ends if set(words) & set(sets().articles)]


@pytest.mark.parametrize("code", CODES)
def test_no_entry_stands_twice(code: str) -> None:
    for texts in (*RULES[code].words.values(), RULES[code].friends, RULES[code].names):
        assert len(texts) == len(set(texts))


@pytest.mark.parametrize("code", CODES)
def test_what_is_said_of_some_entries_is_said_of_entries_that_stand_there(code: str) -> None:
    one = RULES[code]
    written = {text for texts in one.words.values() for text in texts}
    assert [] == [text for text in (*one.of_things, *one.weak, *one.asked, *one.halves) if text not in written]


def test_no_set_names_itself_and_every_set_that_is_named_is_there() -> None:
    named = sets().named
    for code in CODES:
        for text in entries(RULES[code]):
            assert set(re.findall(r"\{([a-z]+)\}", text)) <= set(named), text

    def spread(name: str, above: tuple[str, ...]) -> None:
        assert name not in above
        for word in named[name]:
            for inner in re.findall(r"\{([a-z]+)\}", word):
                spread(inner, (*above, name))

    for name in named:
        spread(name, ())


def test_no_word_of_a_rule_stands_in_the_code() -> None:
    """A privacy officer can read, cite and mend what the lint looks for: it is data (review, section 4)."""
    allowed = {"https", "urn", "amp", "eren", "ren"}  # addresses and markup
    found = {}
    for file in sorted(Path(rules_module.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile" and node.args:
                text = re.sub(r"\\[a-zA-Z]", " ", str(getattr(node.args[0], "value", "")))
                words = set(re.findall(r"[a-z]{3,}", re.sub(r"\[[^\]]*\]", " ", text))) - allowed
                if words:
                    found[file.name, node.lineno] = words
    assert {} == found


def said() -> Iterator[tuple[str, str, str]]:
    """Everything that the lint says of the corpus, once for each rule and shape."""
    seen = set()
    for snippet in snippets():
        for one in lint(document(snippet), lists(snippet), snippet.publication):
            key = (one.code, one.nl.split(":")[0].split(" Gelezen")[0])
            if key not in seen:
                seen.add(key)
                yield one.code, one.nl, one.en


def test_what_the_lint_says_speaks_to_the_reader_and_says_what_to_do() -> None:
    for code, dutch, english in said():
        remedy = RULES[code].remedy if code in RULES else {"nl": dutch, "en": english}
        assert dutch.endswith(remedy["nl"]) and english.endswith(remedy["en"]), (code, dutch)
        assert DOES.search(remedy["nl"]), (code, remedy["nl"])
        assert not PERSON.search(dutch) and not PERSON.search(english), (code, dutch, english)


@pytest.mark.parametrize("code", CODES)
def test_the_reason_of_a_rule_speaks_to_the_reader(code: str) -> None:
    assert re.search(r"\b[Uu]w?\b", RULES[code].why["nl"])
    assert re.search(r"\b[Yy]our?\b", RULES[code].why["en"])


def sentences(text: str) -> list[str]:
    return [one for one in re.split(r"(?<=[.!?;:])\s", text) if one]


def test_what_the_lint_says_is_short_enough_to_read_at_once() -> None:
    """Level B1: no sentence of more than twenty words, in either language."""
    for texts in (
        *(tuple(speech(language).findings["lint"].values()) for language in ("nl", "en")),
        *((one.why["nl"], one.why["en"], one.remedy["nl"], one.remedy["en"]) for one in rules()),
    ):
        assert [] == [one for text in texts for one in sentences(text) if len(one.split()) > 20]
