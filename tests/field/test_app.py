"""The parts of the field app that know no screen, under Node: a form being filled, drafts, hints, lists of records."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from forms.definition.document import load_form
from forms.definition.library import SLUGS, shipped_raw
from forms.lint.entries import TOGETHER
from forms.lint.rules import rules
from forms.lint.words import Reader
from tests.field import twin
from upkeep.hint_words import CODES, ORDINARY, module

FOLDER = Path(__file__).parent / "app"
CORPUS = Path(__file__).parents[1] / "forms" / "lint" / "corpus"


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The forms that ship as they are published: with the trees of their expressions."""
    file = tmp_path_factory.mktemp("forms") / "forms.json"
    documents = {s: {**json.loads(shipped_raw(s)), "trees": dict(load_form(shipped_raw(s)).logic.trees)} for s in SLUGS}
    file.write_text(json.dumps(documents))
    return file


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.test.mjs")))
def test_what_knows_no_screen(name: str, forms: Path) -> None:
    command = [twin.node(), "--test-reporter=tap", str(FOLDER / name)]  # `--test` starts one more Node for the file
    env = {**os.environ, "VELDPOST_FORMS": str(forms), "TZ": "Europe/Amsterdam"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=twin.PATIENCE_S)
    assert 0 == done.returncode, done.stdout[-6_000:]
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE), "a file without a test holds nothing"


def test_the_words_of_hints_are_those_of_the_lint() -> None:
    assert module() == (twin.FIELD / "app" / "filling" / "hint_words.js").read_text()


def test_hints_say_nothing_that_the_lint_does_not_and_know_every_phrase_of_it() -> None:
    """The lint reads hidden words besides (`r o m a`); what it finds as plain words, hints find as well."""
    snippets = [one for file in sorted(CORPUS.glob("*.json")) for one in json.loads(file.read_text())]
    texts = [one["text"] for one in snippets if isinstance(one.get("text"), str)]
    command = [twin.node(), str(FOLDER / "hinted.mjs")]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=twin.PATIENCE_S)
    chosen = {rule.code: rule for rule in rules() if rule.code in CODES}
    reader, phrases, found = Reader(chosen.values()), 0, 0
    for text, hinted in zip(texts, map(set, json.loads(done.stdout)), strict=True):
        strikes = [one for one in reader.strikes(text) if one.entry not in ORDINARY]
        said = {chosen[one.code].group for one in strikes}
        of_phrases = {chosen[one.code].group for one in strikes if " " in one.entry and TOGETHER not in one.entry}
        assert (set(), set(), text) == (hinted - said, of_phrases - hinted, text)
        phrases, found = phrases + len(of_phrases), found + len(hinted)
    assert phrases > 80 and found > 350
