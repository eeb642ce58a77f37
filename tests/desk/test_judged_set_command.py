"""`veldpost form lint --corpus`: a judged set is measured, and one that is none is refused by what is wrong with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backend.cli.main import main

GOOD: dict[str, Any] = {"id": "a", "language": "nl", "kind": "question", "label": "Afkomst", "expected": "refuse"}


def measured(tmp_path: Path, content: str, *options: str, language: str = "en") -> tuple[int, str]:
    """What the command does with a file, and all that it prints."""
    file = tmp_path / "set.json"
    file.write_text(content)
    found = CliRunner().invoke(main, ["form", "lint", "--corpus", str(file), *options], env={"VELDPOST_LANG": language})
    return found.exit_code, " ".join(found.output.split())


def test_a_set_is_measured_by_rule_and_by_language(tmp_path: Path) -> None:
    rows = [GOOD | {"rule": "P01"}, GOOD | {"id": "b", "label": "Ging het goed?", "rule": "P04"}]
    code, said = measured(tmp_path, json.dumps([*rows, GOOD | {"id": "c", "expected": "pass"}]))
    assert 0 == code
    assert "all 1 1 1 0.50 0.50" in said and "P01 1 1 0 1.00 0.50" in said and "P04 0 0 1 0.00 -" in said
    assert "missed b refuse P04" in said and "false alarm c pass" in said
    assert "3 entries: 1 missed, 1 false alarm." in said


def test_a_set_is_measured_for_a_program_too(tmp_path: Path) -> None:
    file = tmp_path / "set.json"
    file.write_text(json.dumps([GOOD | {"rule": "P01"}, GOOD | {"id": "c", "expected": "pass"}]))
    rows = [
        json.loads(line)
        for line in CliRunner().invoke(main, ["form", "lint", "--corpus", str(file), "--json"]).output.splitlines()
    ]
    every = {"name": "all", "caught": 1, "alarms": 1, "missed": 0, "recall": 1.0, "precision": 0.5}
    assert every == rows[0]
    assert {"id": "c", "outcome": "refuse", "rules": ["P01"]} == rows[-1]


@pytest.mark.parametrize(
    ("row", "english", "dutch"),
    [
        (
            GOOD | {"kind": "title"},
            'in entry 2 `kind` is "title"; it can be: question, choices, hint, form.',
            'in vraag 2 is `kind` "title"; dit kan er staan: question, choices, hint, form.',
        ),
        (GOOD | {"kind": None}, "`kind` is null; it can be: question", "is `kind` null; dit kan er staan: question"),
        (GOOD | {"expected": "stop"}, "it can be: refuse, warn, pass.", "dit kan er staan: refuse, warn, pass."),
        (GOOD | {"type": "geo"}, "it can be: text, choice, choices, boolean", "dit kan er staan: text, choice"),
        (GOOD | {"rule": "P99"}, '`rule` is "P99"; it can be: P01, P02', 'is `rule` "P99"; dit kan er staan: P01'),
        (GOOD | {"labl": "x"}, "has `labl`, which nothing reads; there can be: id,", "heeft `labl`, dat niemand leest"),
        ({"id": "b"}, "entry 2 has no `language`.", "vraag 2 heeft geen `language`."),
        (
            GOOD | {"choices": ["ja"]},
            '`choices` is ["ja"], which does not fit.',
            '`choices` ["ja"], en dat past niet',
        ),
        ("Afkomst", "entry 2 is no object.", "vraag 2 is geen object."),
    ],
)
def test_an_entry_that_is_none_is_told_by_what_could_stand_there(
    tmp_path: Path, row: Any, english: str, dutch: str
) -> None:
    for language, words in (("en", english), ("nl", dutch)):
        code, said = measured(tmp_path, json.dumps([GOOD, row]), language=language)
        assert code and "[not-a-judged-set]" in said and words in said


def test_what_is_no_list_and_what_is_no_json_are_told_apart(tmp_path: Path) -> None:
    code, said = measured(tmp_path, "{}")
    assert code and "[not-a-judged-set]" in said and "it is no list of entries" in said
    for broken in ("[{", "[" * 100_000):
        code, said = measured(tmp_path, broken)
        assert code and "[not-json]" in said
