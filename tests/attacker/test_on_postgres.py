"""The attacker with PostgreSQL beneath: the same seed is answered as with files, and every attack comes to nothing."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from tests.attacker.chaos import Chaos
from tests.attacker.stories import STORIES
from tests.attacker.test_attacker import MODULES
from tests.attacker.town import Town
from tests.clusters import shared
from tests.stores.contract.engines import ENGINES

assert MODULES  # which tell the stories
TOLD: Final = (  # with every build; all of them where there is time
    "a_restore_gives_back_nothing_that_was_taken", "an_erased_record_takes_nothing_in_again",
    "an_act_that_fails_half_way_is_seen_by_nobody", "a_day_of_hand_ins_has_an_end_and_takes_nothing_from_others",
    "who_is_revoked_once_more_after_a_restore_ends_where_they_did",
)  # fmt: skip


class Heard(Town):
    """A town of which every answer is counted: method, route and status."""

    def __init__(self, folder: Path, seed: int, name: str) -> None:
        super().__init__(folder / name, seed, ENGINES[name])
        self.heard: Counter[tuple[str, str, int]] = Counter()
        judged = self.model.saw

        def saw(method: str, target: str, headers: Any, body: bytes, reply: Any) -> None:
            self.heard[method, target.rpartition("/")[2][:12], reply.status] += 1
            judged(method, target, headers, body, reply)

        self.model.saw = saw  # type: ignore[method-assign]


def heard(folder: Path, seed: int, acts: int, name: str) -> Counter[tuple[str, str, int]]:
    """What was answered in a town in which anybody does anything; red when the model saw a fault."""
    town = Heard(folder, seed, name)
    Chaos(town).run(acts)
    assert [] == town.settle(), f"seed {seed} on {name}"
    town.server.stop()
    return town.heard


def same(folder: Path, seed: int, acts: int) -> None:
    files, served = (heard(folder, seed, acts, name) for name in ("sqlite", "postgres"))
    assert files == served and len(files) > 1


def comes_to_nothing(name: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
    for setting, value in zip(("JOURNAL", "KEY_STORE", "STANDBY"), (*shared(), "none"), strict=True):
        patch.setenv(f"VELDPOST_{setting}", value)  # for what checks a municipality that it has not open itself
    town = Town(folder, engine=ENGINES["postgres"])
    STORIES[name](town)
    assert [] == town.settle()
    town.server.stop()


def test_anybody_does_anything_and_is_answered_as_with_files(tmp_path: Path) -> None:
    same(tmp_path, 0, 250)


@pytest.mark.parametrize("name", TOLD)
def test_an_attack_comes_to_nothing_on_postgres(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    comes_to_nothing(name, tmp_path, monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(STORIES.keys() - {*TOLD}))
def test_every_other_attack_comes_to_nothing_on_postgres(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes_to_nothing(name, tmp_path, monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 21))
def test_anybody_does_anything_for_long_and_is_answered_as_with_files(tmp_path: Path, seed: int) -> None:
    same(tmp_path, seed, 1_000)
