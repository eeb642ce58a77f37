"""A photo or sound that is brought at the desk: sealed by the desk device in memory, and put in place before the answer
that names it is pushed.

No byte of it rests anywhere in clear: it comes in memory (`web/desk/uploads.py`), and what goes to disk is the sealed
stream, on the way that a phone's goes (`municipality/uploading.py`), with its limits and checks. What an answer names
is there, whenever the server is stopped: one that is stopped before the push leaves a sealed stream that no answer
names, which goes within the hour (`unnamed.py`).
"""

import asyncio
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any, Final

from backend.desk.desk import NotTaken
from backend.device.device import Device
from backend.errors import RecordUnknown
from backend.municipality import uploading
from backend.municipality.attachments import PIECE_BYTES_MAX
from backend.municipality.service import Municipality
from backend.municipality.upload import Upload
from crypto.attachments import attachment_name, seal_attachment

UNNAMED: Final = "0" * 64  # stands for the name of a file that is not sealed yet, where an answer is checked
FORKED: Final = "forked"
NO_FILES: Final[Mapping[str, bytes]] = {}


class Bringing:
    """The files of one edit, by the path of their question; made in the server's loop."""

    def __init__(self, town: Municipality, files: Mapping[str, bytes]) -> None:
        self._town = town
        self._files = files
        self._loop = asyncio.get_running_loop()
        self._brought: list[Upload] = []

    def bring(self, device: Device, record: bytes) -> dict[str, str]:
        """Seal each and put it in place; returns the answers that name them. On another thread than the loop's."""
        found = {}
        for path, data in self._files.items():
            known = device.store.record_key(record)
            if known is None or known[1] is None:
                raise RecordUnknown(record=record.hex())
            stream = b"".join(seal_attachment(known[1], record, [data]))
            name = attachment_name([stream])
            upload = Upload(device.id, record, name, len(stream), self._town.clock.now_ms())
            self._brought.append(upload)
            asyncio.run_coroutine_threadsafe(self._put(upload, stream), self._loop).result()
            found[path] = name.hex()
        return found

    async def or_taken_back(self, writing: Coroutine[Any, Any, None]) -> None:
        """Write the entry that names what is brought, to its end; what nothing names in the end is removed."""
        try:
            await writing
        except Exception as error:
            if not isinstance(error, NotTaken) or error.facts["why"] != FORKED:  # one that parted may count later
                await self._take_back()
            raise

    async def _take_back(self) -> None:
        town = self._town
        for upload in self._brought:
            await asyncio.to_thread(town.attachments.end_withdrawn, upload)  # first: a row is found again, a file not
            await town.submit(partial(town.attachments.withdraw, upload))

    async def _put(self, upload: Upload, stream: bytes) -> None:
        town = self._town
        held = await uploading.begin(town, upload)
        while held < upload.length:
            piece = stream[held : held + PIECE_BYTES_MAX]
            held = await uploading.append(town, upload.device, upload.address, held, piece)
