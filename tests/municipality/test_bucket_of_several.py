"""Several servers over one PostgreSQL and one bucket: whoever takes a municipality over has its photos, and what a
database says of their place is not believed."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend.cli import local
from backend.errors import BackendError
from backend.municipality.registry import Municipalities
from backend.settings import Settings
from backend.stores import blob_moving, open_stores
from backend.stores.blob_folder import FolderBlobs
from backend.stores.s3 import bucket as buckets
from tests.buckets import OwnBucket
from tests.clusters import shared
from tests.fleet.world import Server
from tests.municipality.test_bucket import Town, bucket  # noqa: F401 - a fixture
from tests.stores.test_postgres import asked


class Two:
    """Two servers with a data folder each; `takes_over` lets one of them have the municipality."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, own: OwnBucket) -> None:
        self.data = {"a": folder / "data", "b": folder / "there"}
        self.patch = patch
        self.town = Town(folder, own)

    @property
    def server(self) -> Server:
        return self.town.server

    def folder(self, name: str) -> Path:
        return self.data[name] / "GM9901"

    def stands_at(self, name: str) -> None:
        """Go to a machine: what is typed or started from now on has its data folder."""
        self.patch.setenv("VELDPOST_DATA", str(self.data[name]))
        self.server.folder = self.folder(name)
        open_stores().look(self.data[name])

    def takes_over(self, name: str) -> None:
        self.server.stop()
        self.stands_at(name)
        self.server.start()
        self.server.run(self.town.town.delivering.look())

    @property
    def row(self) -> str:
        return str(
            asked("select photos from veldpost.common where code = 'GM9901' order by number desc", shared()[1])[0]
        )

    def say(self, photos: str) -> None:
        """Let the database say of the place what somebody wrote there."""
        with closing(psycopg.connect(shared()[1], autocommit=True)) as connection:
            connection.execute("update veldpost.common set photos = %s where code = 'GM9901'", (photos,))


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: OwnBucket) -> Iterator[Two]:  # noqa: F811
    journal, keys = shared()
    for name, value in (("JOURNAL", journal), ("KEY_STORE", keys), ("STANDBY", "none"), ("NODE", "http://127.0.0.1:2")):
        monkeypatch.setenv(f"VELDPOST_{name}", value)
    made = Two(tmp_path, monkeypatch, bucket)
    yield made
    made.server.loop.run_until_complete(made.town.town.close())
    asked("update veldpost.common set retired = true where code = 'GM9901'", keys)
    asked("delete from veldpost.listed where code = 'GM9901'", keys)


def test_who_takes_over_has_the_photos_and_an_erasure_there_removes_every_version(two: Two) -> None:
    town, sealed = two.town, two.town.sealed()
    name = town.brings(sealed)
    assert two.row == (two.folder("a") / "attachments.s3").read_text()
    two.takes_over("b")
    assert sealed == town.reads(name)
    other = town.brings(town.sealed(9))
    assert {"veldpost"} == {key.partition("/")[0] for key in town.bucket.versions()}
    two.takes_over("a")
    assert town.reads(other), "it came while the other server had the municipality"
    two.takes_over("b")
    town.bucket.client.remove_object(town.bucket.name, town.bucket.key_of(name))
    town.server.run(town.town.erasing.erase(town.record, "request", "beheer"))
    assert [] == town.bucket.versions()
    two.takes_over("a")
    known = two.folder("a") / "attachments" / "bucket"
    assert not known.exists() or [] == [*known.iterdir()], "nothing here names what was erased there"


def test_a_move_that_is_killed_once_others_know_of_it_leaves_the_photos_to_whoever_takes_over(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = two.town
    first = town.brings(town.sealed())
    two.server.stop()
    assert 1 == local.move_attachments(Settings.from_environment(), "GM9901", to_bucket=False)
    assert "" == two.row
    two.server.start()
    two.takes_over("b")
    second = town.brings(town.sealed(9))
    assert (two.folder("b") / "attachments" / second).exists(), "folders are each server's own"
    two.takes_over("a")
    two.server.stop()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("backend.stores.blob_moving.os.link", _killed)
        local.move_attachments(Settings.from_environment(), "GM9901", to_bucket=True)
    two.server.start()
    two.takes_over("b")
    assert town.reads(first) and town.reads(second) and [] == town.files()
    two.takes_over("a")
    assert town.reads(first) and town.reads(second) and [] == town.files(), "what the move left is gone"


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_attachments_of_a_municipality_that_another_server_has_are_not_moved(two: Two) -> None:
    two.server.stop()
    schema = json.loads((two.folder("a") / "journal.pg").read_bytes())["schema"]
    with closing(psycopg.connect(shared()[0], autocommit=True)) as other:
        other.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (schema,))
        with pytest.raises(BackendError, match="lease-held"):
            local.move_attachments(Settings.from_environment(), "GM9901", to_bucket=False)
    two.server.start()
    assert two.row


PLACES: dict[str, Callable[[dict[str, str]], str]] = {
    "another server": lambda named: json.dumps({**named, "endpoint": "http://127.0.0.1:9"}),
    "another bucket": lambda named: json.dumps({**named, "address": named["address"].replace("town-", "tawn-")}),
    "another municipality": lambda named: json.dumps(
        {**named, "address": named["address"].replace("GM9901", "GM9902")}
    ),
    "a place above": lambda named: json.dumps({**named, "address": f"{named['address'][:-9]}/../GM9902"}),
    "no place": lambda _: "{",
}


def test_a_place_that_a_database_makes_up_is_never_asked(two: Two, tmp_path: Path) -> None:
    named, front = json.loads(two.row), two.town.bucket.front
    two.server.stop()
    two.stands_at("b")
    asked_before = len(front.asked)
    for said in PLACES.values():
        two.say(said(named))
        towns = Municipalities(two.data["b"], tmp_path / "keys", two.server.clock)
        towns.open_all()
        with pytest.raises(BackendError, match="attachments-elsewhere"):
            towns.get("GM9901")
        assert (named, asked_before) == (
            json.loads((two.folder("b") / "attachments.s3").read_bytes()),
            len(front.asked),
        )
    two.say(json.dumps(named))
    two.server.start()
    assert two.town.brings(two.town.sealed()), "what was refused was not kept"


def test_an_identity_that_a_kill_left_empty_is_made_and_stays(tmp_path: Path) -> None:
    """An empty one that stood in a bucket would make it another's for good."""
    path = tmp_path / "bucket.id"
    path.touch()
    made = buckets.identity(path)
    assert 32 == len(made) and made == buckets.identity(path) == path.read_text()


class Place(FolderBlobs):
    """A place in a bucket that notes that it was cleared."""

    cleared = False

    def clear(self) -> None:
        self.cleared = True


def test_what_another_server_named_since_is_not_what_a_killed_move_had_begun(tmp_path: Path) -> None:
    here, begun = tmp_path / "attachments" / ("a" * 64), Place(tmp_path / "begun")
    here.parent.mkdir()
    here.write_bytes(b"nowhere else")
    (tmp_path / blob_moving.BEGUN).write_text("a place of this server")
    blob_moving.take_naming(tmp_path, "a place of another")
    blob_moving.tidy(tmp_path, lambda _folder, _mark: begun)
    assert (True, True) == (here.exists(), begun.cleared)
