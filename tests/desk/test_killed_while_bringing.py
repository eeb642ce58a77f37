"""The server is killed (-9) while a photo is brought at the desk: it stands in the record, or nothing of it is left."""

import asyncio
import os
import random
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from backend.desk import unnamed
from backend.desk.cleaning import cleaned
from backend.desk.desk import _Inside
from backend.desk.unnamed import ACT, AGE_MS, Unnamed
from backend.desk.writing import write_seen
from backend.device.attachments import Attachments
from backend.municipality import uploading
from backend.municipality.attachments import Attachments as Held
from forms.definition.library import first_raw
from tests.desk.test_killed_while_deciding import Place
from tests.desk.test_what_a_page_showed import lead, page
from tests.desk_pages.pictures import jpeg, png
from tests.desk_pages.test_files import with_photos
from tests.fleet.photos import PhotoRoad
from tests.journeys.mishaps import child, ended

DOOR, LETTER = "/voordeur", "/brief"
PHOTO: Final = cleaned("photo", jpeg())
Moment = Callable[[Callable[[], None]], None]  # what is to happen at it


class House(Place):
    """An office with a record that asks for two photos."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, (first_raw("dossier"), with_photos()))
        self.record = self.one.create("fotos", 1, {"/case_ref": "ABCD-2345"})
        self.sync()
        self.dump()

    def bring(self, path: str = DOOR, data: bytes = PHOTO) -> None:
        self.dump()
        field = page(self, self.record)
        self.server.run(write_seen(lead(self), self.record, field, {}, files={path: data}))

    def files(self) -> list[Path]:
        return [path for path in (self.server.folder / "attachments").rglob("*") if path.is_file()]

    def names(self) -> list[str]:
        return [name.hex() for name in self.server.municipality.journal.attachments.of_record(self.record)]

    def swept(self, after_ms: int = AGE_MS + 1) -> int:
        self.server.clock.ms += after_ms
        town = self.server.municipality
        if town.locked:
            self.server.unlock()
        return int(self.server.run(Unnamed(town, self.desk).sweep()))

    def answers(self) -> dict[str, Any]:
        self.sync()
        return {path: shown.value for path, shown in self.one.picture(self.record).shown.items()}

    def killed(self, at: Moment) -> None:
        """Let a process of its own bring a photo, and be killed at a moment."""
        self.stop()

        def there() -> None:
            self.start()
            at(lambda: os.kill(os.getpid(), signal.SIGKILL))
            self.bring()

        assert -signal.SIGKILL == ended(child(there))
        self.start()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.bring(LETTER, cleaned("photo", png()))  # the desk's device is there already
    yield made
    made.close()


def before_it_is_whole(happens: Callable[[], None]) -> None:
    uploading.append = lambda *_args: happens()  # type: ignore[assignment]


def before_it_is_in_place(happens: Callable[[], None]) -> None:
    Held.place = lambda *_args: happens()  # type: ignore[method-assign]


def before_the_push(happens: Callable[[], None]) -> None:
    post, seen = _Inside.post, [0]

    def counted(self: Any, *args: Any) -> bytes:
        seen[0] += 1
        if seen[0] == 2:
            happens()
        return post(self, *args)

    _Inside.post = counted  # type: ignore[method-assign,assignment]


def after_the_push(happens: Callable[[], None]) -> None:
    post, seen = _Inside.post, [0]

    def counted(self: Any, *args: Any) -> bytes:
        seen[0] += 1
        answer = post(self, *args)
        if seen[0] == 2:
            happens()
        return answer

    _Inside.post = counted  # type: ignore[method-assign,assignment]


@pytest.mark.parametrize("at", [before_it_is_whole, before_it_is_in_place, before_the_push])
def test_what_no_answer_names_goes_at_the_next_unlock_and_nothing_else(house: House, at: Moment) -> None:
    (letter,) = house.names()
    house.killed(at)
    assert 0 == house.swept(AGE_MS // 2)  # what is that young may be under way
    assert len(house.files()) > 1
    assert (at is not before_it_is_whole) == house.swept()
    assert [letter] == [path.name for path in house.files()] == house.names()
    assert {letter} == {house.answers()[LETTER]} and DOOR not in house.answers()
    acts = [line.act for line in house.server.municipality.auditing.lines(house.record, -1)]
    assert (at is not before_it_is_whole) == acts.count(ACT)
    assert 0 == house.swept()
    house.bring()
    assert house.answers()[DOOR] in house.names() and 0 == house.swept() and 2 == len(house.files())


def test_what_an_answer_names_stays(house: House) -> None:
    house.killed(after_the_push)
    assert 0 == house.swept()
    name = house.answers()[DOOR]
    assert PHOTO == Attachments(house.one, PhotoRoad(house.server)).fetch(house.record, name)


def test_what_another_answer_took_the_place_of_stays(house: House) -> None:
    first = house.answers()[LETTER]
    house.bring(LETTER)
    assert first != house.answers()[LETTER] and 0 == house.swept() and 2 == len(house.files())


def test_a_sweep_that_was_cut_off_is_done_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.killed(before_the_push)

    def stops(*_args: Any) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(Held, "withdraw", stops)
        with pytest.raises(OSError):
            house.swept()
    assert 1 == len(house.files()) and 2 == len(house.names())
    assert 1 == house.swept() and 1 == len(house.names())


def test_what_a_desk_gives_back_to_a_journal_that_was_put_back_stays(house: House, tmp_path: Path) -> None:
    folder, kept = house.server.folder, tmp_path / "journal"
    kept.mkdir()
    house.stop()
    for path in folder.glob("journal.db*"):
        shutil.copy(path, kept)
    house.start()
    house.bring()
    (photo,) = {*house.names()} - {house.answers()[LETTER]}
    house.stop()
    for path in folder.glob("journal.db*"):
        path.unlink()
    for path in kept.iterdir():
        shutil.copy(path, folder)
    house.start()
    town = house.server.municipality
    letter = town.journal.attachments.find(bytes.fromhex(house.answers()[LETTER]))
    assert letter is not None
    row = letter._replace(name=bytes.fromhex(photo))  # as it came back: here the start took it for nobody's
    house.server.run(town.submit(lambda: town.journal.attachments.drop(row.name)))
    house.server.run(town.submit(lambda: town.journal.attachments.keep(row, house.server.clock.now_ms())))
    assert house.server.run(house.desk.gives_back(town, lead(house).staff))
    assert 0 == house.swept() and photo in house.names()
    house.bring(LETTER)
    assert photo == house.answers()[DOOR] and 0 == house.swept() and photo in house.names()


def test_a_locked_municipality_is_swept_once_it_is_unlocked(house: House) -> None:
    house.killed(before_the_push)
    house.server.clock.ms += AGE_MS + 1
    town = house.server.municipality
    house.server.run(house.keeper.lock())
    assert 0 == house.server.run(Unnamed(town, house.desk).sweep()) and 2 == len(house.files())
    assert 1 == house.swept()


def test_it_runs_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unnamed, "LOOK_S", 0.02)
    house.killed(before_the_push)
    house.server.clock.ms += AGE_MS + 1
    house.server.unlock()

    async def followed() -> None:
        house.desk.keepers.clear()
        house.desk.follow_all()
        for _ in range(200):
            if len(house.files()) == 1:
                break
            await asyncio.sleep(0.05)
        await house.desk.close()

    house.server.run(followed())
    assert 1 == len(house.files()) == len(house.names())


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(30))
def test_a_photo_is_there_or_nothing_of_it_is_whenever_the_server_is_killed(house: House, seed: int) -> None:
    late = random.Random(seed).random() * 0.3
    house.stop()

    def there() -> None:
        house.start()
        threading.Timer(late, os.kill, (os.getpid(), signal.SIGKILL)).start()
        house.bring()

    assert ended(child(there)) in (0, -signal.SIGKILL)
    house.start()
    house.swept()
    named = {house.answers()[LETTER], house.answers().get(DOOR)} - {None}
    assert named == {path.name for path in house.files()} == {*house.names()}
