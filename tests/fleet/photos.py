"""Photos in the fleet: taken anywhere, sent half way, over restores and erasures, and whole at the end."""

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from backend.device.attachments import Attachments
from backend.device.transport import Answer, ServerRefused, Unreachable
from backend.errors import ROOM_ERRORS, status_of
from backend.municipality import uploading
from backend.municipality.requests import Asked, claim_of, device_of
from backend.municipality.upload import Upload
from backend.sentences import told
from backend.web.attachments import metadata_of
from tests.fleet.world import LocalTransport, Server

PIECE_BYTES: Final = 400


class PhotoRoad(LocalTransport):
    """The way to the server for requests of any method, with the checks that HTTP has."""

    def __init__(self, server: Server, random: Random | None = None) -> None:
        super().__init__(server)
        self._random = random

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self._lose()
        try:
            answer = self._server.run(self._answered(method, path, body, headers))
        except ROOM_ERRORS as error:
            now = self._server.clock.now_ms() if error.code == "clock" else None
            raise ServerRefused(status_of(error.code), error.code, told(error).message, now) from error
        self._lose()
        return answer

    async def _answered(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        town, now_ms = self._server.municipality, self._server.clock.now_ms()
        lower = {name.lower(): value for name, value in headers.items()}
        claim = claim_of(Asked(method, path, lower), now_ms)
        device = device_of(claim, town, body, now_ms, finishes=method != "GET")
        last = path.rsplit("/", 1)[1]
        if method == "GET":
            return Answer({}, b"".join((await uploading.opened(town, device, last)).pieces))
        if method == "PATCH":
            held = await uploading.append(town, device, last, int(lower["upload-offset"]), body)
            return Answer({"upload-offset": str(held)}, b"")
        said = metadata_of(lower["upload-metadata"])
        upload = Upload(device, said["record"], said["name"], int(lower["upload-length"]), now_ms)
        held = await uploading.begin(town, upload)
        return Answer({"location": f"{path}/uploads/{upload.address}", "upload-offset": str(held)}, b"")

    def _lose(self) -> None:
        if self._random is not None and self._random.random() < 0.15:
            raise Unreachable("lost")


class Photos:
    """All photos that the fleet ever took, beside everything else that happens to it; with a die of its own."""

    def __init__(self, server: Server, seed: int, seen: Counter[str]) -> None:
        self._server = server
        self._random = Random(seed)
        self._seen = seen
        self._taken: dict[str, tuple[bytes, bytes]] = {}

    def step(self, sailor: Any, gone: set[bytes]) -> None:
        """Now and then a sailor takes a photo, or sends what waits."""
        records = [r for r in sailor.device.store.records() if sailor.device.keys_of(r) and r not in gone]
        if records and self._random.random() < 0.2:
            record, data = self._random.choice(records), self._random.randbytes(self._random.randrange(2_000))
            self._taken[Attachments(sailor.device, PhotoRoad(self._server)).take(record, data)] = record, data
            self._seen["photo taken"] += 1
        if self._random.random() < 0.2:
            self.send(sailor, calm=False)

    def send(self, sailor: Any, *, calm: bool = True) -> int:
        """Send what waits, in calm weather or not; returns how many wait after it."""
        road = PhotoRoad(self._server, None if calm else self._random)
        photos = Attachments(sailor.device, road, PIECE_BYTES)
        try:
            outcome = photos.send()
            self._seen["photo sent"] += outcome.sent
            self._seen["photo refused"] += len(outcome.refused)
        except Unreachable:
            self._seen["photo lost half way"] += 1
        return len(photos.unsent())

    def hand_over(self, sailor: Any) -> int:
        """Before a device goes: offer all it keeps once more, for the server may have been put back unnoticed."""
        sailor.device.store.db.execute("update attachment set finished_ms = null")
        return self.send(sailor)

    def missing(self, reader: Any, erased: set[bytes]) -> list[str]:
        """The photos that are not whole on the server at the end, and those of erased records that are there."""
        reader.device.store.forget_attachments()
        photos, found = Attachments(reader.device, PhotoRoad(self._server)), []
        finished = set(self._server.municipality.attachments.finished())
        folder = self._server.folder / "attachments"
        files = {path.name for path in folder.rglob("*")} if folder.is_dir() else set()
        for name, (record, data) in self._taken.items():
            if record in erased:
                if name in files:
                    found.append(f"the photo {name} of an erased record is there")
                self._seen["photo of an erased record"] += 1
            elif name not in finished or photos.fetch(record, name) != data:
                found.append(f"the photo {name} is missing")
        return found
