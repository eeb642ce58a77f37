"""New versions, new lists, edits of any version and looks between, in any order: the tables are those of a rebuild."""

import random
from pathlib import Path
from typing import Any

import pytest

from backend.municipality import lists
from tests.forms.versions.forms_made import document, raw
from tests.projection.town import Town

SEEDS = 6
STEPS = 25
ITEM = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
VERSIONS: tuple[tuple[dict[str, str], dict[str, Any], str], ...] = (  # questions, moves, and which takes from a list
    ({"/naam": "text", "/soort": "choice a b", "/k/*/b": "text", "/n": "integer maximum 99", "/s": "text"}, {}, "/s"),
    (
        {"/roep": "text", "/soort": "choice a c", "/kk/*/b": "text", "/n": "decimal maximum 99", "/s": "text"},
        {"renamed": {"/naam": "/roep", "/k": "/kk"}, "mapped": {"/soort": {"b": "c"}}},
        "/s",
    ),
    (
        {"/roep": "text", "/soort": "choices a c", "/kk/*/d": "text", "/x": "text"},
        {"renamed": {"/s": "/x", "/kk/*/b": "/kk/*/d"}, "dropped": ["/n"]},
        "/x",
    ),
    (
        {"/x": "text", "/n": "decimal maximum 99", "/soort": "choices a", "/kk/*/d": "text", "/roep": "text"},
        {"renamed": {"/x": "/roep", "/roep": "/x"}, "mapped": {"/soort": {"c": None}}},
        "/roep",
    ),
)


def version(number: int) -> bytes:
    questions, moves, listed = VERSIONS[number - 1]
    made = document(questions, number, moves)
    made["fields"][listed]["from"] = "scholen"
    return raw(made)


class Play:
    """A town in which everything happens by one seed."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.chance = town, random.Random(seed)
        self.records: list[bytes] = []
        self.newest = 1
        self.relist()
        town.server.publish(version(1))

    def relist(self) -> None:
        rows = "".join(f"School {place};{self.chance.choice('nz')}\n" for place in range(self.chance.randrange(1, 6)))
        town = self.town.server.municipality
        table = f"naam;wijk\n{rows}".encode()
        self.town.server.run(lists.revise(town, "scholen", table, "t.csv", "Scholen", "anna", anyway=True))

    def answers(self, written: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path, kind in VERSIONS[min(written, len(VERSIONS)) - 1][0].items():
            values = [["a"], ["c", "b"]] if kind.startswith("choices") else ["a", "b", "school_1", 7, None, True]
            found[path.replace("*", ITEM)] = self.chance.choice(values)
        return {path: value for path, value in found.items() if self.chance.random() < 0.6} or found

    def step(self) -> None:
        town, chance = self.town, self.chance
        act = chance.choice(["publish", "relist", "look", "sync", "edit", "edit", "edit", "begin"])
        written = chance.randrange(1, self.newest + 2)  # one beyond the newest too: nobody knows it yet
        if act == "publish" and self.newest < len(VERSIONS):
            self.newest += 1
            town.server.publish(version(self.newest))
        elif act == "relist":
            self.relist()
        elif act == "look":
            town.dump()
        elif act == "sync":
            town.sync()
        elif act == "edit" and self.records:
            record, device = chance.choice(self.records), chance.choice([town.one, town.two])
            device.save(device.open(record), "proef", written, self.answers(written))
        else:
            self.records.append(town.shared("proef", self.answers(1)))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_happens_in_whatever_order_a_rebuild_gives_the_same(tmp_path: Path, seed: int) -> None:
    town = Town(tmp_path)
    try:
        play = Play(town, seed)
        for _ in range(STEPS):
            play.step()
        town.sync()
        assert town.dump() == town.rebuilt(tmp_path)
        assert play.records and any(table == "proef" for table, _ in town.dump())
    finally:
        town.close()
