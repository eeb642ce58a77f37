"""What holds of the lint whatever the form: its laws (SPEC.md section 7)."""

import string
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forms.lint.check import lint, lint_list, lint_text
from forms.lint.fold import plain, readings
from forms.lint.rules import rule
from tests.forms.lint.snippets import HARMLESS, Snippet, ask, document, harmless, lists, question, snippets
from tests.strength import tries

EVERYTHING = snippets()
WORDS = ("roma", "sinti", "zigeuner", "woonwagen", "etniciteit", "afkomst", "herkomst")
HIDDEN = "\u200b\u200c\u200d\u2060\u00ad\ufeff\u034f\u180e\u2063"
MARKS = "\u0301\u0308\u0323\u0327\u0331"
FIGURES = {"a": "4@", "e": "3€", "i": "1!", "o": "0", "s": "5$", "t": "7", "g": "9"}
ALIKE = {
    "a": "аαａ𝐚",
    "e": "еｅ𝐞",
    "i": "іｉ𝐢",
    "o": "оοｏ𝐨",
    "r": "ｒ𝐫",
    "m": "ｍ𝐦",
    "s": "ѕｓ𝐬",
    "n": "ｎ𝐧",
    "k": "кｋ𝐤",
}
APART = ("", " ", "-", ".", "_", " - ", "/")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ALPHABET = string.ascii_letters + string.digits + HIDDEN + MARKS + " <>&;#ampltx/b" + "".join(ALIKE.values()) + "ßİŉﬁ"


@given(st.text() | st.text(ALPHABET))
@settings(max_examples=tries(400))
def test_to_read_a_text_twice_is_to_read_it_once(text: str) -> None:
    assert plain(text) == plain(plain(text))


@given(st.text(max_size=60))
def test_every_text_has_a_reading(text: str) -> None:
    assert readings(text)


@given(st.data(), st.sampled_from(WORDS))
@settings(max_examples=tries(400))
def test_a_word_stays_caught_however_it_is_hidden(data: st.DataObject, word: str) -> None:
    """Invisible characters, accents, capitals, letters that look alike, figures for letters, letters apart."""
    letters = []
    for place, letter in enumerate(word):
        shown = data.draw(st.sampled_from([letter, letter.upper(), *FIGURES.get(letter, ""), *ALIKE.get(letter, "")]))
        assume(place < len(word) - 1 or shown != "!")  # at the end it only ends the sentence: `Daar is de Sint!`
        letters.append(shown + data.draw(st.sampled_from(["", *MARKS])) + data.draw(st.text(HIDDEN, max_size=2)))
    text = data.draw(st.sampled_from(APART)).join(letters)
    assert "P01" in {one.code for one in lint_text(f"Is het gezin {text}?", "nl")}, ascii(text)


@pytest.mark.parametrize(
    "text", ["ro<<b>i>ma", "<b><<i>u>ro</b>ma", "&amp;amp;#82;oma", "&amp;#38;#82;oma", "ro&amp;shy;ma"]
)
def test_a_word_stays_caught_however_deep_the_markup_is_that_hides_it(text: str) -> None:
    assert "P01" in {one.code for one in lint_text(f"Is het gezin {text}?", "nl")}


@given(st.sampled_from(EVERYTHING))
def test_a_harmless_question_more_takes_no_finding_away(snippet: Snippet) -> None:
    form = document(snippet)
    before = lint(form, lists(snippet), snippet.publication)
    ask(form, [question("ook_dit", "choice")])
    assert set() == set(before) - set(lint(form, lists(snippet), snippet.publication))


def shuffled(node: Any, data: st.DataObject) -> Any:
    """The same document with the members of every object in another order."""
    if isinstance(node, dict):
        return {name: shuffled(node[name], data) for name in data.draw(st.permutations(sorted(node)))}
    return [shuffled(one, data) for one in node] if isinstance(node, list) else node


@given(st.data(), st.sampled_from(EVERYTHING))
@settings(max_examples=60)
def test_the_order_of_members_does_not_matter(data: st.DataObject, snippet: Snippet) -> None:
    form = document(snippet)
    turned = lint(shuffled(form, data), lists(snippet), snippet.publication)
    assert set(lint(form, lists(snippet), snippet.publication)) == set(turned)


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything in a document."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [way, *(deeper for name, member in inside for deeper in places(member, (*way, name)))]


def replaced(node: Any, way: tuple[Any, ...], value: Any) -> Any:
    """The document with something else in one place."""
    if not way:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[way[0]] = replaced(node[way[0]], way[1:], value)
    return copy


@given(st.data(), st.sampled_from(EVERYTHING), JSON)
@settings(max_examples=tries(400))
def test_anything_anywhere_in_a_document_is_judged_without_an_accident(
    data: st.DataObject, snippet: Snippet, value: Any
) -> None:
    form = document(snippet)
    way = data.draw(st.sampled_from(places(form)))
    lint(replaced(form, way, value), lists(snippet), snippet.publication)


@cache
def members() -> list[tuple[Snippet, Any]]:
    """Every member that any snippet has, once: the first snippet with it, and the way to it."""
    found: dict[tuple[Any, ...], tuple[Snippet, Any]] = {}
    for snippet in EVERYTHING:
        for way in places(document(snippet)):
            found.setdefault((snippet.kind, len(way), way[-1:]), (snippet, way))
    return [*found.values()]


@pytest.mark.parametrize("value", [[], {}, [[]], {"a": []}, 7, -1.5, None, True, "roma", ""], ids=repr)
def test_every_member_of_the_corpus_may_be_of_any_kind(value: Any) -> None:
    """The same as above, without chance."""
    assert len(members()) > 200
    for snippet, way in members():
        lint(replaced(document(snippet), way, value), lists(snippet), snippet.publication)


@given(st.dictionaries(st.sampled_from([*sorted(harmless()), "lint", "checks", "computed", "tables"]), JSON))
def test_a_document_of_anything_is_judged_without_an_accident(form: dict[str, Any]) -> None:
    lint(form)


@given(
    st.sampled_from(["string", "integer", "number", "array", "object", "boolean", ["string", "null"]]),
    st.sampled_from(["minimum", "maximum", "exclusiveMaximum", "maxLength", "minLength", "pattern", "enum", "const"]),
    JSON | st.sampled_from([9.0, 1e300, -1e300, float("inf"), float("nan"), 10**40, "(", "^[0-9]{9}$", "\ud800"]),
)
@settings(max_examples=tries(400))
def test_any_limit_in_a_question_is_judged_without_an_accident(kind: Any, name: str, value: Any) -> None:
    form = harmless()
    ask(form, [{"name": "vraag", "schema": {"type": kind, name: value}, "field": {"label": dict(HARMLESS)}}])
    lint(form)


def test_what_is_no_document_is_judged_without_an_accident() -> None:
    odd: Any
    for odd in ([], None, "roma", 7):
        assert lint(odd)


@given(st.sampled_from(WORDS), st.lists(st.sampled_from(["allOf", "not", "if", "items", "x"]), min_size=1, max_size=6))
def test_a_word_cannot_hide_deep_in_a_schema(word: str, way: list[str]) -> None:
    inside: Any
    for inside in ({word: True}, {"enum": [word]}, {"required": [word]}, {"const": word}, {"pattern": word}):
        form, node = harmless(), inside
        for name in way:
            node = {name: node}
        form["schema"] |= node
        assert "P01" in {one.code for one in lint(form)}, node


@given(st.sampled_from([one for one in EVERYTHING if one.place == "label" and one.kind == "choice"]))
def test_a_label_and_the_text_by_itself_are_judged_alike(snippet: Snippet) -> None:
    alone = {one.code for one in lint_text(snippet.text, snippet.language) if not rule(one.code).kinds}
    assert alone <= {one.code for one in lint(document(snippet))}


def test_a_list_is_judged_before_any_form_takes_its_choices() -> None:
    origins = {"a": {"nl": "Turks", "en": "Turkish"}, "b": {"nl": "Pools", "en": "Polish"}}
    schools = {"a": {"nl": "Het Kompas", "en": "Het Kompas"}, "b": {"nl": "De Vlinder", "en": "De Vlinder"}}
    assert {"P02"} == {one.code for one in lint_list("groepen", origins)}
    assert {"P01"} == {one.code for one in lint_list("roma", schools)}
    assert () == lint_list("scholen", schools)
