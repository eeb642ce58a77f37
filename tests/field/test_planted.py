"""Faults planted in the JavaScript, one at a time: each is found by a vector or by a row that chance makes.

`planted.json` lists them: a piece of a file, what stands there instead, and which vectors (or kinds of rows) find it;
`by_chance` names the kind of rows that finds it among the two thousand of `make test`, without any vector.

A fault that nothing finds means that a maker of a device may make it too, and nobody would notice.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.field import twin
from tests.field.test_twin import GENERATORS, MANY, VECTORS

ROOT = Path(__file__).parents[2]
BY_CHANCE_MIN = 20  # faults that rows by chance find alone
CHANCE = "chance:"  # before a kind of rows that chance makes; otherwise a file of vectors is named


FAULTS: dict[str, dict[str, Any]] = {
    row["fault"]: row for row in json.loads((Path(__file__).parent / "planted.json").read_text())
}
SERVERS = {
    "sync/chains", "sync/push", "sync/handin", "sync/life", "sync/delivery", "sync/proofs", "sync/uploads",
    "sync/acting", "sync/enrolling", "sync/uploading", "members/withheld", "forms/theme",
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The JavaScript of `field/` and `tests/independent/`, to plant faults in."""
    twin.node()
    made = tmp_path_factory.mktemp("planted")
    ignored = shutil.ignore_patterns("node_modules", "vendor")
    shutil.copytree(ROOT / "field", made / "field", ignore=ignored)
    shutil.copytree(ROOT / "tests" / "independent", made / "tests" / "independent")
    (made / "field" / "node_modules").symlink_to(ROOT / "field" / "node_modules")
    return made


def found(copy: Path, where: Iterable[str]) -> bool:
    """Whether a vector or a row by chance differs."""
    for name in where:
        if name.startswith(CHANCE):
            if twin.differs(rows(name.removeprefix(CHANCE)), copy / "field"):
                return True
            continue
        kind = "expressions" if name.startswith("expressions/") else Path(name).name
        scripts = ["check-vectors.js"] if name not in SERVERS else ["check-vectors.js", "../tests/independent/check.js"]
        for script in scripts:
            code = twin.run(script, kind, str(VECTORS / f"{name}.json"), field=copy / "field").returncode
            assert code in (0, 1) or (name in SERVERS and code == 2), "a kind that is read"
            if code == 1:
                return True
    return False


def test_the_copy_is_without_a_fault(copy: Path) -> None:
    places = {name for fault in FAULTS.values() for name in fault["found_by"] if not name.startswith(CHANCE)}
    assert [] == [name for name in sorted(places) if found(copy, [name])]


def test_each_table_of_values_has_a_fault_of_its_own() -> None:
    """The twin has no parser: tables of texts alone are for whoever writes forms."""
    tables = [path for path in (VECTORS / "expressions").glob("*.json") if not path.name.endswith(".faults.json")]
    valued = [path for path in tables if any("expect" in row for row in json.loads(path.read_text())["cases"])]
    assert len(valued) > 12
    assert set() == {f"expressions/{path.stem}" for path in valued} - {
        name for fault in FAULTS.values() for name in fault["found_by"]
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, copy: Path) -> None:
    fault = FAULTS[name]
    file = copy / fault["file"]
    whole = file.read_text()
    assert whole.count(fault["right"]) == 1, "it is planted where it stands once"
    file.write_text(whole.replace(fault["right"], fault["wrong"]))
    try:
        assert found(copy, fault["found_by"])
    finally:
        file.write_text(whole)


@cache
def rows(kind: str) -> list[twin.Row]:
    return list(GENERATORS[kind](MANY, 7))


def test_faults_of_every_kind_are_given_to_chance() -> None:
    kinds = Counter(fault["by_chance"] for fault in FAULTS.values() if "by_chance" in fault)
    assert set(GENERATORS) == set(kinds) and kinds.total() >= BY_CHANCE_MIN


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if "by_chance" in fault])
def test_chance_alone_finds_a_planted_fault(name: str, copy: Path) -> None:
    fault = FAULTS[name]
    file = copy / fault["file"]
    whole = file.read_text()
    file.write_text(whole.replace(fault["right"], fault["wrong"]))
    try:
        assert twin.differs(rows(fault["by_chance"]), copy / "field")
    finally:
        file.write_text(whole)
