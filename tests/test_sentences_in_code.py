"""No sentence that reaches a person stands in code or in a page; none is unused, and none lacks a fact."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import pytest

from backend.cli.main import main
from backend.cli.options import HELP, explain
from backend.files import REASONS
from backend.sentences import ENGLISH, ROOMS, Kept, Library, Words, library, words
from tests.sources import ROOT, every, nodes, trees
from tests.test_sentences import LANGUAGES, named
from tests.test_sentences import with_frisian as with_frisian

WORDS: Final = re.compile(r"[^\W\d_]{2,}[,.:;]? +[^\W\d_]{2,}|[^\W\d_]{2}[,:]? \{\}|\{\}[,:]? [^\W\d_]{2}")
SQL: Final = re.compile(
    r"pragma \w+$|[\s(,]*(select|insert|update|delete|create|pragma|alter|drop|with|vacuum|attach|and|from|order|"
    r"primary|where|savepoint|release|rollback|begin)\b(?=.*[?=(\[{*]|.* (from|table|into|by|to|immediate)\b|$)",
    re.DOTALL,
)
NO_PERSON: Final = {
    "compile",
    "search",
    "fullmatch",
    "split",
    "Migration",
    "Counter",
    "Histogram",
}  # what they are given
CHECKS: Final = "what `check-vectors` finds in a file, for makers of devices"
DESCRIBES: Final = "what the API's description says, to makers of devices"
FILES_OF_WORDS: Final = {  # where texts are data of something else, and no sentence of ours
    "crypto/check_vectors.py": CHECKS, "sync/check_device.py": CHECKS, "sync/check_tables.py": CHECKS,
    "sync/check_vectors.py": CHECKS, "forms/check_vectors.py": CHECKS, "picture/check_vectors.py": CHECKS,
    "backend/check_vectors.py": CHECKS,
    "backend/web/described.py": DESCRIBES, "backend/web/attachments.py": DESCRIBES,
    "forms/interchange/xlsform_import/impossible.py": "names of XPath functions",
    "forms/interchange/xlsform_import/tables.py": "names of languages",
    "forms/interchange/xlsform_import/types.py": "types of XLSForm",
    "forms/interchange/xlsform_export/asking.py": "types and parameters of XLSForm",
    "forms/interchange/xlsform_export/xpath.py": "XPath",
    "forms/interchange/xlsform_export/arithmetic.py": "XPath",
    "backend/stores/plain_file.py": "SQL", "backend/stores/queue.py": "SQL", "backend/stores/sqlite/words.py": "SQL",
    "backend/stores/postgres/copying.py": "SQL", "backend/stores/postgres/engine.py": "SQL",
    "backend/stores/postgres/schema.py": "SQL", "backend/stores/postgres/sessions.py": "SQL",
    "backend/stores/postgres/stores.py": "SQL", "backend/stores/postgres/words.py": "SQL",
    "backend/errors.py": "codes, by status",
}  # fmt: skip
OTHERS: Final = {  # words of a format, of SQL, or of the fictional towns of the demonstration
    "JSON Schema", "appearance {}", "allOf, anyOf, oneOf", "get today", '"{}" in {}', "list name",
    "het kind zei dat het goed ging",  # prose by which a pattern is tried
    "College van burgemeester en wethouders van {}",
    "file is not a database", "unable to open",  # by which an error of SQLite is known


    "record = ? and key = ? and device = ? and epoch = ? and nonce = ? and wrapped = ? and unsigned = 1",
    "not ready", "text/plain; version=0.0.4", "{}[{}] collate nocase",
}  # fmt: skip
SPEAKING: Final = (*ROOMS, "picture")


TEXTS: Final = (ast.Constant, ast.JoinedStr)


def ignored(tree: ast.Module) -> set[int]:
    """Docstrings, reasons of our own mistakes, patterns, SQL's, and errors that are no error of a room."""
    found: set[int] = set()
    for node in nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        if isinstance(node, ast.Assert) and node.msg is not None:
            found |= {id(part) for part in every(node.msg)}
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in NO_PERSON or name in (
                "TypeError",
                "RuntimeError",
                "TimeoutError",
                "ValueError",
                "KeyError",
                "LookupError",
                "Unreachable",
            ):
                found |= {id(part) for given in node.args for part in every(given)}
            if name == "split":
                found |= {id(part) for part in every(node.func)}
        if isinstance(node, ast.JoinedStr):
            found |= {id(part) for part in node.values}
    return found


def text_of(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


COLUMNS: Final = re.compile(r"[a-z_]+(, [a-z_]+)+")  # of a statement of SQL


@cache
def sentences(tree: ast.Module) -> list[str]:
    skipped = ignored(tree)
    texts = [text_of(node) for node in nodes(tree) if isinstance(node, TEXTS) and id(node) not in skipped]
    return [text for text in texts if WORDS.search(text) and not SQL.match(text) and not COLUMNS.fullmatch(text)]


def test_no_sentence_stands_in_code() -> None:
    found = {
        str(path.relative_to(ROOT)): left
        for path, tree in trees(*SPEAKING).items()
        if str(path.relative_to(ROOT)) not in FILES_OF_WORDS and "default-src" not in path.read_text()
        and (left := [text for text in sentences(tree) if text not in OTHERS])
    }  # fmt: skip
    assert {} == found


def test_what_is_let_through_is_there() -> None:
    standing = {text for tree in trees(*SPEAKING).values() for text in sentences(tree)}
    assert set() == OTHERS - standing
    assert [] == [name for name in FILES_OF_WORDS if not (ROOT / name).exists()]
    assert [] == [name for name in FILES_OF_WORDS if not sentences(trees(*SPEAKING)[ROOT / name])]


def test_what_is_said_in_english_alone_is_a_decision_that_the_architecture_states() -> None:
    """Only what makers of devices read, and the files that say it stand there by name."""
    text = " ".join((ROOT / "docs" / "architecture.md").read_text().split())
    stated = re.search(r"\*\*In English alone\*\*(.*?)\. ", text)
    assert stated is not None
    assert {name for name, why in FILES_OF_WORDS.items() if why in (CHECKS, DESCRIBES)} == set(
        re.findall(r"`([a-z_/]+\.py)`", stated[1])
    )


@pytest.mark.parametrize(
    "code",
    [
        'def f(x):\n    say(f"{x} records were found")', 'raise NoAccess(why="You may not.")',
        'say("Give one or the other.")', 'WHY = {"a": "the server is not running"}', 'say("open: " + f"{x} left")',
    ],
)  # fmt: skip
def test_a_sentence_in_code_is_seen(code: str) -> None:
    assert sentences(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    ['"""A docstring of a module."""', 'assert x, "so it must be"', 'run("select a from b")', 'say(line("a-b"))'],
)
def test_what_no_person_reads_is_not_taken_for_a_sentence(code: str) -> None:
    assert [] == sentences(ast.parse(code))


PAGES: Final = sorted((ROOT / "backend" / "web" / "templates").rglob("*.html"))


def test_no_sentence_stands_in_a_page() -> None:
    for page in PAGES:
        plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", page.read_text(), flags=re.DOTALL)
        plain = re.sub(r"<[^>]*>", " ", plain, flags=re.DOTALL)
        plain = re.sub(r"Veldpost|veldpost( status)?|[:,.]", " ", plain)
        assert not plain.split(), page.name
        assert " if nl " not in page.read_text()


# --- used, and with their facts ---


@cache
def written() -> tuple[set[str], list[re.Pattern[str]]]:
    """The texts of the code and of the pages, and what code can make of a text with places in it."""
    texts, made = set(), []
    for tree in trees(*ROOMS).values():
        for node in nodes(tree):
            if isinstance(node, ast.JoinedStr) and re.match(r"[a-z]+-", text_of(node)):
                made.append(re.compile(re.escape(text_of(node)).replace(r"\{\}", "[a-z-]+")))
            elif text_of(node):
                texts.add(text_of(node))
    for page in PAGES:
        texts.update(re.findall(r'said\("([a-z0-9-]+)"[,)]', page.read_text()))
        made += [re.compile(f"{start}[a-z0-9-]+") for start in re.findall(r'said\("([a-z0-9-]+-)" ~', page.read_text())]
    return texts, made


@pytest.mark.parametrize("group", ["phrases", "terminal"])
def test_no_sentence_is_unused(group: str) -> None:
    texts, made = written()
    codes = getattr(library().said(ENGLISH), group)
    assert [] == [code for code in codes if code not in texts and not any(one.fullmatch(code) for one in made)]


def calls() -> Iterator[tuple[str, str, str, set[str]]]:
    """Every place where a sentence is named beside its facts: file, group, code, names of the facts."""
    groups = {"line": "terminal", "tell": "terminal", "words": "phrases", "phrase": "phrases"}
    for path, tree in trees(*ROOMS).items():
        for node in nodes(tree):
            if not isinstance(node, ast.Call) or not node.args or path.parts[-2:-1] == ("importing",):
                continue
            group = groups.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
            whole = all(keyword.arg for keyword in node.keywords)
            first = node.args[0]
            for given in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                if group and whole and isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield path.name, group, given.value, {str(keyword.arg) for keyword in node.keywords}


def test_no_sentence_lacks_a_fact() -> None:
    looked_at = 0
    for file, group, code, facts in calls():
        sentence = getattr(library().said(ENGLISH), group)[code]
        assert named(sentence) <= facts, f"{file}: {code} lacks {named(sentence) - facts}"
        looked_at += 1
    assert looked_at > 130


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_line_with_the_same_facts(language: str) -> None:
    english, other = library().said(ENGLISH), library().said(language)
    assert {code: named(text) for code, text in english.terminal.items()} == {
        code: named(text) for code, text in other.terminal.items()
    }
    assert set(english.help) == set(other.help)


# --- help ---


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    yield path or "veldpost", command
    for name, inner in command.commands.items() if isinstance(command, click.Group) else ():
        yield from commands(inner, f"{path} {name}".strip())


def test_every_command_and_option_has_its_help_and_no_help_is_unused() -> None:
    said, used = library().said(ENGLISH).help, set()
    for path, command in commands(main.whole()):
        assert path in said
        used.add(path)
        for option in command.get_params(click.Context(command, help_option_names=HELP)):
            if isinstance(option, click.Option):
                name = max(option.opts, key=len)
                found = [one for one in (f"{path} {name}", name) if one in said]
                assert found, f"{path} {name}"
                used.add(found[0])
    assert set() == set(said) - used


def test_help_is_in_the_language_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for language in LANGUAGES:
        monkeypatch.setenv("VELDPOST_LANG", language)
        explain(main)
        assert library().said(language).help["status"] == main.commands["status"].help


# --- another language ---


def test_a_language_with_other_plurals_is_a_file(with_frisian: Library, tmp_path: Path) -> None:
    """Polish, whose plurals are three, by CLDR and without a change in code; what it lacks is said in English."""
    said: dict[str, Any] = {
        "terminal": {"records-conflicts": "{count:number} {count:one=konflikt|few=konflikty|other=konfliktów}"},
        "help": {"status": "Co robi serwer."},
        "phrases": {"copied": "{act} {detail} przez {staff} {at_ms:moment}"},
    }
    (tmp_path / "backend" / "pl.json").write_text(json.dumps(said))
    polish = Library(with_frisian.folders)
    assert "pl" in polish.languages
    told = [polish.line("records-conflicts", "pl", count=count) for count in (1, 3, 5, 22, 1234)]
    assert ["1 konflikt", "3 konflikty", "5 konfliktów", "22 konflikty", "1234 konflikty"] == [
        text.replace("\xa0", "") for text in told
    ]
    assert "Co robi serwer." == polish.help("status", "pl")
    assert polish.help("records", "en") == polish.help("records", "pl")
    copied = polish.phrase("copied", "pl", act="backup", detail="/b", staff="anna", at_ms=1_790_000_000_000)
    assert "backup /b przez anna 21 wrz 2026 16:13 CEST" == copied
    assert "backup /b by anna at Sep 21, 2026 16:13 CEST" == polish.phrase(
        "copied", "fy", act="backup", detail="/b", staff="anna", at_ms=1_790_000_000_000
    )


def test_a_row_is_plain_once_it_is_said() -> None:
    """What an earlier release wrote in words, what was cut off, and what a store kept: each can be sent."""
    kept = Words("audit-heir", {"device": "aa", "old": "bb"}).kept
    row = {"was": Kept("in words"), "cut": Kept(kept[:20]), "kept": Kept(kept), "deep": [{"why": words("left-read")}]}
    said = library().row(row, ENGLISH)
    assert ["in words", kept[:20], "aa succeeds bb"] == [said[name] for name in ("was", "cut", "kept")]
    assert [str] * 3 == [type(said[name]) for name in ("was", "cut", "kept")]
    assert b"another program reads the store" in msgspec.json.encode(said)


def test_the_words_of_the_operating_system_reach_nobody_by_themselves() -> None:
    """`OSError.strerror` is English: `backend.files.reason` gives the code of a phrase, and reads it alone."""
    readers = {
        str(path.relative_to(ROOT))
        for path, tree in trees(*SPEAKING).items()
        if any(isinstance(node, ast.Attribute) and node.attr == "strerror" for node in nodes(tree))
    }
    assert {"backend/files.py"} == readers
    for language in LANGUAGES:
        assert set(REASONS.values()) <= set(library().said(language).phrases)
