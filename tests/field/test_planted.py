"""Faults planted in the JavaScript, one at a time: each is found by a vector or by a row that chance makes.

`planted.json` lists them: a piece of a file, what stands there instead, and which vectors (or kinds of rows) find it;
`by_chance` names the kind of rows that finds it among the two thousand of `make test`, without any vector.

A fault that nothing finds means that a maker of a device may make it too, and nobody would notice.
"""

import json
import select
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.field import twin
from tests.field.test_twin import GENERATORS, VECTORS, by_chance

ROOT = Path(__file__).parents[2]
BY_CHANCE_MIN = 20  # faults that rows by chance find alone
CHANCE = "chance:"  # before a kind of rows that chance makes; otherwise a file of vectors is named


FAULTS: dict[str, dict[str, Any]] = {
    row["fault"]: row for row in json.loads((Path(__file__).parent / "planted.json").read_text())
}


class Planter:
    """One Node that plants fault after fault, each in modules of its own: to start Node costs more than most faults."""

    def __init__(self) -> None:
        script, folders = Path(__file__).parent / "planter.mjs", (ROOT / "field", ROOT / "tests" / "independent")
        self._process = subprocess.Popen(
            [twin.node(), str(script), *map(str, folders)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._given: set[str] = set()

    def found(self, fault: dict[str, str] | None, where: Iterable[str]) -> str | None:
        """The first of these vectors, or kinds of rows by chance, that differs with the fault."""
        names = list(where)
        places = [self._place(name) for name in names]
        file, right, wrong = (fault["file"], fault["right"], fault["wrong"]) if fault else (None, "", "")
        self._tell({"file": file and str(ROOT / file), "right": right, "wrong": wrong, "where": places})
        answer = json.loads(self._line())
        assert "broken" not in answer, answer
        return None if answer["found"] is None else names[answer["found"]]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(twin.PATIENCE_S)
        finally:
            self._process.kill()

    def _place(self, name: str) -> dict[str, str]:
        if not name.startswith(CHANCE):
            kind = "expressions" if name.startswith("expressions/") else Path(name).name
            return {"kind": kind, "vectors": str(VECTORS / f"{name}.json")}
        kind = name.removeprefix(CHANCE)
        if kind not in self._given:
            made = by_chance(kind)
            self._tell({"rows": kind, "lines": [{"kind": k, "row": row, "document": of} for k, row, of in made]})
            self._given.add(kind)
        return {"rows": kind}

    def _tell(self, what: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], twin.PATIENCE_S)
        line = self._process.stdout.readline() if ready else ""
        assert line, "it went on for ever, or Node ended"
        return line


@pytest.fixture(scope="module")
def planter() -> Iterator[Planter]:
    made = Planter()
    yield made
    made.close()


def test_without_a_fault_nothing_differs(planter: Planter) -> None:
    places = {name for fault in FAULTS.values() for name in fault["found_by"] if not name.startswith(CHANCE)}
    assert planter.found(None, sorted(places)) is None


def test_each_table_of_values_has_a_fault_of_its_own() -> None:
    """The twin has no parser: tables of texts alone are for whoever writes forms."""
    tables = [path for path in (VECTORS / "expressions").glob("*.json") if not path.name.endswith(".faults.json")]
    valued = [path for path in tables if any("expect" in row for row in json.loads(path.read_text())["cases"])]
    assert len(valued) > 12
    assert set() == {f"expressions/{path.stem}" for path in valued} - {
        name for fault in FAULTS.values() for name in fault["found_by"]
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, planter: Planter) -> None:
    fault = FAULTS[name]
    assert (ROOT / fault["file"]).read_text().count(fault["right"]) == 1, "it is planted where it stands once"
    assert planter.found(fault, fault["found_by"]) is not None


def test_faults_of_every_kind_are_given_to_chance() -> None:
    kinds = Counter(fault["by_chance"] for fault in FAULTS.values() if "by_chance" in fault)
    assert set(GENERATORS) == set(kinds) and kinds.total() >= BY_CHANCE_MIN


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if "by_chance" in fault])
def test_chance_alone_finds_a_planted_fault(name: str, planter: Planter) -> None:
    fault = FAULTS[name]
    assert planter.found(fault, [f"{CHANCE}{fault['by_chance']}"]) is not None
