"""Every sentence of the forms room stands once, as data, and is used with all its facts."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from forms import sentences
from forms.sentences import LANGUAGES, speech
from tests.sources import nodes, trees

ROOM = Path(__file__).parents[2] / "forms"


def named(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def texts() -> Iterator[str]:
    """Every text constant of the room's code, docstrings left out as they hold no code by themselves."""
    for tree in trees("forms").values():
        for node in nodes(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_says_the_same_things_with_the_same_facts(language: str) -> None:
    dutch, other = speech(LANGUAGES[0]), speech(language)
    assert {name: list(group) for name, group in dutch.findings.items()} == {
        name: list(group) for name, group in other.findings.items()
    }
    for one, another in (
        (sentences.findings(LANGUAGES[0]), sentences.findings(language)),
        (dutch.changes, other.changes),
        (dutch.phrases, other.phrases),
    ):
        assert {code: named(sentence) for code, sentence in one.items()} == {
            code: named(sentence) for code, sentence in another.items()
        }


def test_a_code_belongs_to_one_group() -> None:
    for language in LANGUAGES:
        codes = [code for group in speech(language).findings.values() for code in group]
        assert len(codes) == len(set(codes))


def patterns() -> Iterator[re.Pattern[str]]:
    """What code can make of a text with places in it, such as `{member}-changed`."""
    for tree in trees("forms").values():
        for node in nodes(tree):
            if isinstance(node, ast.JoinedStr) and any(
                str(getattr(p, "value", "")).startswith("-") for p in node.values
            ):
                parts = (re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[a-z-]+" for p in node.values)
                yield re.compile("".join(parts))


def test_no_sentence_is_unused() -> None:
    written, made = set(texts()), list(patterns())
    english = speech("en")
    for code in (*sentences.findings("en"), *english.changes, *english.phrases):
        assert code in written or any(pattern.fullmatch(code) for pattern in made), code


def test_no_sentence_lacks_a_fact() -> None:
    """Wherever a code is written beside the facts that fill its sentence."""
    looked_at = 0
    for path, tree in trees("forms").items():
        for node in nodes(tree):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"finding", "own", "change"}):
                continue
            code = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            given = {keyword.arg for keyword in node.keywords}
            if isinstance(code, str) and None not in given:
                sentence = speech("en").changes.get(code) or sentences.findings("en")[code]
                assert named(sentence) <= given, f"{path.name}: {code} lacks {named(sentence) - given}"
                looked_at += 1
    assert looked_at > 150


def test_no_sentence_stands_in_code() -> None:
    """Words in two languages stand in `said/`, where a third can be put beside them."""
    found = []
    for path, tree in trees("forms").items():
        for node in nodes(tree):
            if not (isinstance(node, ast.Tuple) and len(node.elts) == 2):
                continue
            parts = [
                "".join(str(part.value) for part in ast.walk(one) if isinstance(part, ast.Constant))
                for one in node.elts
                if isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str))
            ]
            if len(parts) == 2 and all(part.strip().count(" ") >= 1 for part in parts):
                found.append((path.name, node.lineno, parts[0]))
    assert [] == found


def test_a_phrase_is_a_pair_and_goes_by_its_code() -> None:
    inner = sentences.phrase("kind-list")
    whole = sentences.phrase("word-and-why", word="x", why=inner)
    assert ("x: een lijst", "x: a list") == whole
    assert ("phrase", "word-and-why", (("word", "x"), ("why", ("phrase", "kind-list", ())))) == sentences.wire(whole)
