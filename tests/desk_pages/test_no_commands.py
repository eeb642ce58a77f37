"""No sentence of a page has a command of the terminal in it: who sits at the desk is led to a page, or to a person."""

import ast
import json
import re
from pathlib import Path

import pytest

from backend.desk.rights import Role
from backend.sentences import COMMAND, ENGLISH, Plain, library, told, told_on_page
from tests.desk_pages.office import DeskOffice
from tests.desk_pages.test_settled import text_of
from tests.desk_pages.walker import links_of
from tests.test_sentences import CODES, LANGUAGES, named

DESK = Path(__file__).parents[2] / "backend" / "web" / "desk"
INNER = re.compile(r"keyslot|projection|\bjournal\.db|records\.db|SQLCipher|msgpack|\bseq\b", re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_error_says_a_command_on_a_page(language: str) -> None:
    for code in CODES:
        facts = dict.fromkeys(named(library().said(ENGLISH).errors[code].message), 1)
        found = told_on_page(Plain(code, facts), language)
        assert found.message and found.remedy and not any(map(COMMAND.search, found)), (code, found)
        assert not any(map(INNER.search, found)), (code, found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_for_pages_stand_where_the_terminal_has_others(language: str) -> None:
    said = library().said(language)
    assert said.pages.keys() == library().said(ENGLISH).pages.keys() <= said.errors.keys()
    for code, own in said.pages.items():
        sentence = said.errors[code]
        text = f"{sentence.message} {sentence.remedy} {library().said(ENGLISH).errors[code].message}"
        assert COMMAND.search(text) or INNER.search(text), f"{code} needs none"
        assert set() == named(own.remedy) and named(own.message) <= named(sentence.message)


def test_an_error_without_words_for_pages_leads_to_a_person_and_keeps_those_of_the_terminal() -> None:
    assert "server-not-running" not in library().said("nl").pages
    error = Plain("server-not-running", {"data": "x"})
    assert "veldpost serve" in told(error, "nl").remedy
    assert library().phrase("remedy-other", "nl") == told_on_page(error, "nl").remedy
    typed = Plain("answer-does-not-fit", {"given": "--keep", "path": "/a", "why": "veldpost x"})
    assert "veldpost x" in told_on_page(typed, "nl").message  # what a person typed is theirs


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_of_a_page_says_a_command_or_a_name_of_the_code(language: str) -> None:
    for file in (DESK / "said").glob(f"*/{language}.json"):
        for code, phrase in json.loads(file.read_text()).get("phrases", {}).items():
            assert not COMMAND.search(phrase) and not INNER.search(re.sub(r"{[^}]*}", "", phrase)), code


def test_pages_ask_for_the_words_of_pages() -> None:
    for path in DESK.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "backend.sentences":
                assert "told" not in {one.name for one in node.names}, path.name


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN, Role.SIGNALS, Role.SECURITY])
def test_no_page_says_a_command(desk_office: DeskOffice, role: Role, language: str) -> None:
    desk_office.shared("dossier", {"/case_ref": "ABCD-2345"})
    desk_office.dump()
    looked_at = 0
    for address, answer, _ in links_of(desk_office, role, language=language):
        if "text/html" in answer.headers.get("content-type", ""):
            words = text_of(answer.text)
            assert not COMMAND.search(words) and not INNER.search(words), (address, words)
            looked_at += 1
    assert looked_at >= 4
