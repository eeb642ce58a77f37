"""The parts of the field app that know no screen, under Node: a form being filled, drafts, hints, lists of records."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from forms.document import load_form
from forms.library import SLUGS, shipped_raw
from tests.field import twin
from upkeep.hint_words import module

FOLDER = Path(__file__).parent / "app"


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The forms that ship as they are published: with the trees of their expressions."""
    file = tmp_path_factory.mktemp("forms") / "forms.json"
    documents = {s: {**json.loads(shipped_raw(s)), "trees": dict(load_form(shipped_raw(s)).logic.trees)} for s in SLUGS}
    file.write_text(json.dumps(documents))
    return file


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.test.mjs")))
def test_what_knows_no_screen(name: str, forms: Path) -> None:
    command = [twin.node(), "--test", "--test-reporter=tap", str(FOLDER / name)]
    env = {**os.environ, "VELDPOST_FORMS": str(forms), "TZ": "Europe/Amsterdam"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=twin.PATIENCE_S)
    assert 0 == done.returncode, done.stdout[-6_000:]
    assert "# tests 0\n" not in done.stdout


def test_the_words_of_hints_are_those_of_the_lint() -> None:
    assert module() == (twin.FIELD / "app" / "filling" / "hint_words.js").read_text()
