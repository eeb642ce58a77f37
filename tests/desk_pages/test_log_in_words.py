"""The log speaks words: each act that the code writes has its own, and the page and its filter show these."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.sentences import ENGLISH, library
from backend.web.desk.log import _alike
from tests.desk_pages.office import Browser

ROOT = Path(__file__).parents[2] / "backend"
WRITES = {"note", "write"}  # of the audit and of a seat: the act is the first text that is given by itself


def acts() -> Iterator[str]:
    """The acts that the code names where it writes a line."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                owner = ast.unparse(node.func.value)
                if owner.endswith(("auditing", "seat")):
                    at = 0 if owner.endswith("seat") else 1
                    yield from texts_in(node.args[at])


def texts_in(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be, of both branches of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.IfExp):
        yield from texts_in(node.body)
        yield from texts_in(node.orelse)


def test_each_act_of_the_log_has_words() -> None:
    found = set(acts())
    assert {"sign-out", "read-log", "show", "unlock"} <= found
    for language in library().languages:
        assert sorted(act for act in found if f"act-{act}" not in library().said(language).terminal) == []


@pytest.mark.parametrize(
    ("language", "act", "result"), [("nl", "mensen bekeken", "gedaan"), (ENGLISH, "people looked at", "done")]
)
def test_the_log_and_its_filter_show_words(
    signed_in: Callable[..., Browser], language: str, act: str, result: str
) -> None:
    browser = signed_in("admin")
    browser.headers["accept-language"] = language
    browser.get("/people")
    page = browser.get("/log").text
    assert f">{act}</td>" in page
    assert f">{result}</td>" in page
    assert ">read-people</td>" not in page
    assert f'<option value="read-people">{act}</option>' in page
    narrowed = browser.post("/log", {"act": "read-log"}).text
    assert f">{act}</td>" not in narrowed
    assert '<option value="read-log" selected>' in narrowed


def test_acts_that_are_said_alike_are_offered_once_and_found_together(signed_in: Callable[..., Browser]) -> None:
    browser = signed_in("privacy")
    offered = re.findall(r'<option value="([^"]+)"(?: selected)?>([^<]+)</option>', browser.get("/log").text)
    words = [said for _, said in offered]
    assert len(words) == len(set(words)) and "dossier toegewezen" in words
    alike = _alike(next(act for act, said in offered if said == "dossier toegewezen"), "nl")
    assert {"assign", "assignment"} == set(alike)
    assert ("people",) == _alike("people", "nl")  # an act without words is itself alone
