"""A municipality whose folder is damaged is set apart or locked, and says so; the one beside it works on."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.municipality.outside import FAULTS_SHOWN
from backend.municipality.registry import Municipalities
from backend.sentences import library, told
from tests.fleet.world import Server
from tests.spoken import english

HURT, OTHER = "GM9901", "GM9902"
Damage = Callable[[Path, Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with two municipalities, and their key files beside it."""
    for code in (HURT, OTHER):
        server = Server(tmp_path / "data", code)
        server.run(server.municipality.enrolling.invite("anna", "worker", "beheer"))
        (tmp_path / "keys").mkdir(exist_ok=True)
        (tmp_path / "keys" / f"{code}.key").write_bytes(server.key_file)
        server.stop()
    return tmp_path


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[[Damage], Municipalities]]:
    """Opens the folder after a damage to the first municipality; the second must be whole each time."""
    server = Server(folder / "third")
    towns: list[Municipalities] = []

    def open_after(damage: Damage) -> Municipalities:
        damage(folder / "data" / HURT, folder / "data" / OTHER)
        made = Municipalities(folder / "data", folder / "keys", server.clock)
        made.open_all()
        towns.append(made)
        assert not made.get(OTHER).locked and not made.get(OTHER).outside.faults
        return made

    yield open_after
    for made in towns:
        server.run(made.close_all())
    server.stop()


def emptied(name: str) -> Damage:
    return lambda hurt, _: (hurt / name).write_bytes(b"")


def of_the_other(name: str) -> Damage:
    return lambda hurt, other: shutil.copyfile(other / name, hurt / name)


def a_pipe(name: str) -> Damage:
    def damage(hurt: Path, _: Path) -> None:
        (hurt / name).unlink(missing_ok=True)
        os.mkfifo(hurt / name)

    return damage


def a_link_to_nowhere(hurt: Path, _: Path) -> None:
    shutil.rmtree(hurt)
    hurt.symlink_to("/nonexistent/disk")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (emptied("journal.db"), "store-missing"),
        (emptied("keys.db"), "store-missing"),
        (of_the_other("journal.db"), "store-foreign"),
        (of_the_other("keys.db"), "store-foreign"),
        (a_pipe("journal.db"), "store-missing"),
        (a_pipe("lock"), "folder-failed"),
        (a_pipe("outside.log"), "folder-failed"),
        (a_pipe("restore.json"), "folder-failed"),
        (a_link_to_nowhere, "folder-failed"),
    ],
    ids=range(9),
)
def test_a_folder_that_only_looks_whole_is_set_apart(
    opened: Callable[[Damage], Municipalities], damage: Damage, code: str
) -> None:
    """An empty journal was made anew and served: no staff, no devices, and nothing said so."""
    broken = opened(damage).broken
    assert {HURT: code} == {name: error.code for name, error in broken.items()}
    if code == "folder-failed":  # in the language asked for, not in the system's English
        assert library().said("nl").phrases[broken[HURT].facts["why"]] in told(broken[HURT], "nl").message


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (a_pipe("vault/municipality.vault"), "vault-missing"),
        (lambda hurt, _: os.truncate(hurt / "vault" / "municipality.vault", 2**34), "folder-failed"),
        (a_pipe("../../keys/GM9901.key"), "folder-failed"),
        (lambda hurt, _: os.truncate(hurt / "../../keys/GM9901.key", 2**34), "folder-failed"),
    ],
    ids=range(4),
)
def test_keys_that_have_no_end_are_not_waited_for(
    opened: Callable[[Damage], Municipalities], damage: Damage, fault: str
) -> None:
    town = opened(damage).get(HURT)
    assert town.locked and fault == town.key_fault


def test_what_another_municipality_lost_comes_into_no_list_of_this_one(
    folder: Path, opened: Callable[[Damage], Municipalities]
) -> None:
    def of_the_other_one(hurt: Path, other: Path) -> None:
        shutil.copyfile(other / "outside.log", folder / "keys" / f"{HURT}.list")

    foreign = set((folder / "data" / OTHER / "outside.log").read_text().splitlines())
    assert foreign
    town = opened(of_the_other_one).get(HURT)
    assert town.outside.faults
    assert not foreign & set((folder / "data" / HURT / "outside.log").read_text().splitlines())


def test_a_list_of_junk_is_told_in_few_words(folder: Path, opened: Callable[[Damage], Municipalities]) -> None:
    def junk(hurt: Path, _: Path) -> None:
        (hurt / "outside.log").write_bytes(b"\xff\n" * 500)

    faults = opened(junk).get(HURT).outside.faults
    assert FAULTS_SHOWN + 1 == len(faults) and "and 497 more" == english(faults[-1])


def test_a_pipe_in_the_place_of_the_list_beside_the_keys_is_named(
    folder: Path, opened: Callable[[Damage], Municipalities]
) -> None:
    def damage(_hurt: Path, _other: Path) -> None:
        (folder / "keys" / f"{HURT}.list").unlink(missing_ok=True)
        os.mkfifo(folder / "keys" / f"{HURT}.list")

    assert ["GM9901.list: the file cannot be read"] == list(map(english, opened(damage).get(HURT).outside.faults))


def test_half_a_copy_takes_no_folder_s_place(folder: Path, opened: Callable[[Damage], Municipalities]) -> None:
    """A marker without stores, as a damaged disk leaves it, sent the whole municipality aside."""

    def damage(hurt: Path, _: Path) -> None:
        (hurt.parent / f"{HURT}.restoring").mkdir()
        (hurt.parent / f"{HURT}.restoring" / "restore.json").write_bytes(b"{")

    assert not opened(damage).broken
    assert not list((folder / "data").glob(f"{HURT}.*"))
