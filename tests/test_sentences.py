"""Every error of every room has its sentences, once, as data, in every language, and a status."""

import ast
import json
import shutil
import string
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.errors import ROOM_ERRORS, STATUS, InvitationInvalid, NoAccess
from backend.sentences import ENGLISH, PARTS, ROOMS, WORDED, Library, Said, library, told
from crypto.errors import AttachmentTooLarge, WrongPassphrase
from docs.errors_page import ROOMS as MODULES
from docs.errors_page import modules
from forms.findings import finding
from forms.schema import patterns
from sync.entry import parse_header
from sync.errors import MalformedHeader, TooLarge
from tests.sources import nodes, trees

SHOWN_ELSEWHERE = {  # sentences of what no class stands for: the framework's own refusals
    "bad-request", "no-host", "not-found", "method-not-allowed", "request-too-large", "unsupported-media-type",
    "busy", "too-many-requests", "other", "internal",
}  # fmt: skip


def classes() -> Iterator[type[Any]]:
    for room in MODULES:
        for module in modules(room):
            for one in vars(module).values():
                if isinstance(one, type) and issubclass(one, ROOM_ERRORS) and one.__module__ == module.__name__:
                    yield one


CODES = {one.code for one in classes()}
LANGUAGES = library().languages


def named(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_dutch_and_english_are_there() -> None:
    assert {"nl", "en"} <= set(LANGUAGES)


SIZES = {"size", "bytes", "limit", "length", "count", "total", "stored", "held", "cells", "minimum"}
AS_WRITTEN = {  # what a form's author wrote as an answer may be (a year too), words, and what is no count
    "too-low", "too-high", "not-above", "not-below", "wrong-step", "step-too-small", "limit-narrowed",
    "limit-widened", "pattern-changed", "suite-too-weak",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_size_is_spelt_as_the_language_spells_numbers(language: str) -> None:
    """`1048576` was printed by one sentence and `1.048.576` by another."""
    bare = {
        (code, name) for code, text in spoken_by(msgspec.to_builtins(library().said(language)))
        for _, name, spec, _ in string.Formatter().parse(text) if name in SIZES and not spec and code not in AS_WRITTEN
    }  # fmt: skip
    assert set() == bare


def spoken_by(said: Any, code: str = "") -> Iterator[tuple[str, str]]:
    for name, inner in said.items():
        one = code if name in ("message", "remedy") else name
        if isinstance(inner, str):
            yield one, inner
        else:
            yield from spoken_by(inner, one)


def test_a_size_has_the_separators_of_the_language() -> None:
    for language, limit in (("nl", "1.048.576"), ("en", "1,048,576")):
        assert limit in told(AttachmentTooLarge(size=2_097_152, limit=1_048_576), language).message
        assert "reason" in told(TooLarge(what="this-save", size="reason", limit="other"), language).message


def test_no_class_holds_a_sentence() -> None:
    """The words of a class stand in `said/`, beside its room, in every language."""
    assert [] == [one.__name__ for one in classes() if {"message", "remedy"} & set(vars(one))]


def test_no_two_classes_share_a_code() -> None:
    codes = [one.code for one in classes()]
    assert [] == sorted({code for code in codes if codes.count(code) > 1})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_its_sentences_and_no_sentence_is_unused(language: str) -> None:
    assert CODES | SHOWN_ELSEWHERE == set(library().said(language).errors)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_stands_in_the_room_of_its_class(language: str) -> None:
    for room in MODULES:
        own = {one.code for one in classes() if one.__module__.split(".")[0] == room.__name__}
        folders = [files(room.__name__).joinpath("said")]
        folders += [] if room.__name__ != "backend" else [*files("backend").joinpath(*PARTS).iterdir()]
        errors = [json.loads(folder.joinpath(f"{language}.json").read_text()).get("errors", {}) for folder in folders]
        assert own == {code for said in errors for code in said} - SHOWN_ELSEWHERE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_with_the_same_facts(language: str) -> None:
    english, other = library().said(ENGLISH), library().said(language)
    for code, sentence in english.errors.items():
        assert named(sentence.message) == named(other.errors[code].message), code
        assert named(sentence.remedy) == named(other.errors[code].remedy) == set(), code
        assert sentence.message and sentence.remedy and other.errors[code].remedy
    assert {code: named(text) for code, text in english.phrases.items()} == {
        code: named(text) for code, text in other.phrases.items()
    }
    assert set(english.statuses) == set(other.statuses) >= {str(status) for status in STATUS.values()}


@cache
def raised() -> Sequence[tuple[str, str, dict[str, ast.expr]]]:
    """Every place where an error is made with its facts: file, code, facts by name."""
    by_name = {one.__name__: one for one in classes() if one.__name__ != "Refused"}  # the importer has one too
    found = []
    for path, tree in trees(*ROOMS).items():
        for node in nodes(tree):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in by_name and all(keyword.arg for keyword in node.keywords):
                found.append((path.name, by_name[called].code, {str(each.arg): each.value for each in node.keywords}))
    return found


def test_no_sentence_lacks_a_fact() -> None:
    """Where an error is made by its plain constructor, every name in its sentence is given, and those of its phrase."""
    english, looked_at = library().said(ENGLISH), 0
    plain = {"BadPath", "NotAnAnswer"}  # their constructors only say which facts there must be
    own_init = {one.code for one in classes() if "__init__" in vars(one) and one.__name__ not in plain}
    for file, code, facts in raised():
        if code in own_init:
            continue
        looked_at += 1
        assert named(english.errors[code].message) <= set(facts), (file, code)
        for name in WORDED:
            given = facts.get(name)
            if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value in english.phrases:
                assert named(english.phrases[given.value]) <= set(facts), (file, code)
    assert looked_at > 120


def test_no_sentence_stands_in_code() -> None:
    """A fact that is words is the code of a phrase, so that every language can say it."""
    found = []
    for file, code, facts in raised():
        for name, given in facts.items():
            texts = [part.value for part in ast.walk(given) if isinstance(part, ast.Constant)]
            if any(isinstance(text, str) and text.strip().count(" ") >= 1 for text in texts):
                found.append((file, code, name))
    assert [] == found


def test_no_phrase_of_an_error_is_missing() -> None:
    for file, code, facts in raised():
        for name in WORDED:
            given = facts.get(name)
            if isinstance(given, ast.Constant):
                assert given.value in library().said(ENGLISH).phrases, (file, code, given.value)


def test_every_class_has_a_status_and_no_other_code_has_one() -> None:
    assert CODES == set(STATUS)


# --- reading them ---


def test_a_phrase_in_a_sentence_is_said_in_the_same_language() -> None:
    with pytest.raises(MalformedHeader) as refused:
        parse_header(b"\x90")
    assert "wrong type or not MessagePack" in told(refused.value).message
    assert "verkeerd soort" in told(refused.value, "nl").message
    assert "De uitnodiging geldt niet: verlopen." == told(InvitationInvalid(why="expired"), "nl").message


def test_what_the_system_says_stays_as_it_is() -> None:
    """A reason that is no phrase, such as the words of an operating system."""
    assert "Disk quota exceeded" in told(InvitationInvalid(why="Disk quota exceeded"), "nl").message


def test_an_error_that_nobody_tells_names_its_code_and_facts() -> None:
    assert "invitation-invalid (why='expired')" == str(InvitationInvalid(why="expired"))
    assert "no-access" == str(NoAccess())


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"), ("nl", "nl"), ("nl-NL,nl;q=0.9,en;q=0.8", "nl"), ("en-GB, nl;q=0.4", "en"), ("de, nl;q=0.3", "nl"),
        ("nl;q=0", "en"), ("fr", "en"), ("*", "en"), ("NL", "nl"), ("nl;q=0.2,en;q=0.9", "en"), (";;,,=", "en"),
        ("x" * 10_000, "en"), ("de," * 20 + "nl", "en"), ("nl;q=7", "en"),
    ],
)  # fmt: skip
def test_the_language_of_a_request_is_one_that_has_a_file(header: str, language: str) -> None:
    assert language == library().accepted(header)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"), ({"LANG": "nl_NL.UTF-8"}, "nl"), ({"LANG": "nl_NL.UTF-8", "VELDPOST_LANG": "en"}, "en"),
        ({"VELDPOST_LANG": "nl"}, "nl"), ({"LANG": "C.UTF-8"}, "en"), ({"LC_ALL": "nl_BE", "LANG": "en_GB"}, "nl"),
        ({"VELDPOST_LANG": "fr", "LANG": "nl_NL"}, "nl"), ({"VELDPOST_LANG": "../../etc"}, "en"),
    ],
)  # fmt: skip
def test_the_language_of_a_terminal_is_named_or_its_locales(environment: dict[str, str], language: str) -> None:
    assert language == library().of_environment(environment)


@pytest.fixture
def with_frisian(tmp_path: Path) -> Library:
    """The sentences that ship, and beside them one more file of another language, which says little."""
    folders = []
    for room in ROOMS:
        shutil.copytree(str(files(room).joinpath("said")), tmp_path / room)
        folders.append(tmp_path / room)
    said = {
        "errors": {"invitation-invalid": {"message": "De útnoeging jildt net: {why}.", "remedy": "Freegje in oare."}},
        "phrases": {"expired": "ferrûn"},
        "statuses": {"403": "Net tastien"},
    }
    (tmp_path / "backend" / "fy.json").write_text(json.dumps(said))
    return Library(tuple(folders))


def test_a_third_language_is_a_file(with_frisian: Library) -> None:
    assert ("en", "fy", "nl") == with_frisian.languages
    assert "fy" == with_frisian.accepted("fy-NL, nl;q=0.5") == with_frisian.of_environment({"LANG": "fy_NL.UTF-8"})
    error = InvitationInvalid(why="expired")
    assert ("De útnoeging jildt net: ferrûn.", "Freegje in oare.") == with_frisian.told(error, "fy")
    assert "Net tastien" == with_frisian.status(403, "fy") and "Not Found" == with_frisian.status(404, "fy")


def test_a_finding_is_said_in_a_third_language_by_its_facts(with_frisian: Library, tmp_path: Path) -> None:
    said = {
        "findings": {"shapes": {"pattern-not-portable": "Net elk apparaat lêst {word} itselde: {why}."}},
        "phrases": {
            "pattern-not-every-language-has": "net elke taal hat dit",
            "did-you-mean": "Bedoele jo {suggestion}?",
        },
    }
    (tmp_path / "forms" / "fy.json").write_text(json.dumps(said))
    one = patterns.read("^(?P<a>b)\\\\A$", "/at").findings[0]
    for carried in (msgspec.to_builtins(one), msgspec.json.decode(msgspec.json.encode(one))):
        assert one.nl == with_frisian.finding(carried, "nl")
        frisian = with_frisian.finding(carried, "fy")
        assert frisian.startswith("Net elk apparaat lêst (?P<a> itselde: net elke taal hat dit. Bedoele jo")
    other = msgspec.to_builtins(finding("not-a-date", "/dag"))
    assert other["en"] == with_frisian.finding(other, "fy")


def test_what_a_language_lacks_is_said_in_english(with_frisian: Library) -> None:
    assert told(WrongPassphrase()) == with_frisian.told(WrongPassphrase(), "fy")
    assert "De útnoeging jildt net: used already." == with_frisian.told(InvitationInvalid(why="used-already"), "fy")[0]
    assert Said() == with_frisian.said("xx")
