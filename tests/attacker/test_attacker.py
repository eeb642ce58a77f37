"""An attacker with a client of its own gets nothing that was taken from them, and everybody else works on."""

import ast
from pathlib import Path

import pytest

from backend.errors import ROOM_ERRORS
from tests.attacker import (
    handed,
    kept,
    lies,
    limits,
    line,
    restored,
    rules_of_access,
    rules_of_keeping,
    rules_of_records,
    taken_away,
)
from tests.attacker.chaos import Chaos
from tests.attacker.rules import RULES, Rule, unknown_stories
from tests.attacker.stories import STORIES
from tests.attacker.town import Town

HERE = Path(__file__).parent
PRODUCT = {"crypto", "sync", "forms", "picture", "backend"}
KNOWS_THE_PRODUCT = {
    "town.py",
    "abroad.py",
    "test_attacker.py",
    "lies.py",
    *(path.name for path in HERE.glob("rules_of_*.py")),
}
MODULES = (taken_away, kept, line, limits, lies, restored, handed, rules_of_access, rules_of_records, rules_of_keeping)


@pytest.mark.parametrize("path", sorted(HERE.glob("*.py")), ids=lambda path: path.name)
def test_the_attacker_is_written_from_the_wire_format_alone(path: Path) -> None:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    rooms = {name.partition(".")[0] for name in names}
    assert path.name in KNOWS_THE_PRODUCT or not rooms & PRODUCT
    if path.name in ("wire.py", "phone.py", "model.py"):
        assert "tests.attacker.town" not in names


@pytest.mark.parametrize("name", STORIES)
def test_an_attack_comes_to_nothing(name: str, tmp_path: Path) -> None:
    town = Town(tmp_path)
    STORIES[name](town)
    assert [] == town.settle()


def test_every_story_that_a_rule_names_is_told() -> None:
    assert set() == unknown_stories()


@pytest.mark.parametrize("removed", RULES, ids=lambda removed: removed.name)
def test_without_a_rule_the_attacker_wins(removed: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removed.remove(monkeypatch)
    unnoticed = [name for number, name in enumerate(removed.noticed_by) if not notices(name, tmp_path / str(number))]
    assert [] == unnoticed, "everything went on as if nothing was wrong"


def notices(name: str, folder: Path) -> bool:
    """Whether a story sees that something is wrong. A town that breaks down has noticed too, by an error of its rooms:
    any other is a row that does not fit its rule any more."""
    town = Town(folder)
    try:
        STORIES[name](town)
        return bool(town.settle())
    except ROOM_ERRORS:
        return True


def mixed(folder: Path, seed: int, acts: int) -> None:
    """One town in which anybody does anything; red when the model saw a fault."""
    town = Town(folder, seed)
    everybody = Chaos(town)
    everybody.run(acts)
    assert [] == town.settle(), f"seed {seed}: {dict(everybody.seen)}"


@pytest.mark.parametrize("seed", range(4))
def test_anybody_does_anything_and_nothing_is_given_away_or_lost(tmp_path: Path, seed: int) -> None:
    mixed(tmp_path, seed, 500)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100))
def test_anybody_does_anything_for_long(tmp_path: Path, seed: int) -> None:
    mixed(tmp_path, 1_000 + seed, 2_000)
