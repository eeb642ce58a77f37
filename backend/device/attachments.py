"""Takes, sends and shows photos and sounds on a device (sync/SPEC.md 11, crypto/SPEC.md 8).

A photo is sealed when it is taken and only the sealed stream is kept. It goes up in pieces, after the entry that names
it, and goes on where it stopped: whatever answer was lost, beginning again says how much the server holds. The stream
stays until the server holds all of it, and thirty days more; a server that was restored is offered it again.
"""

import contextlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from backend.device.device import Device
from backend.device.kept_attachments import KeptAttachment
from backend.device.syncing import REVOKED, UNAUTHORIZED, read_facts
from backend.device.transport import Answer, AskingTransport, ServerRefused, Unreachable, signed_headers
from backend.errors import RecordUnknown
from crypto.attachments import attachment_name, open_attachment, seal_attachment
from sync.device import KEEP_MS

PIECE_BYTES: Final = 256 * 1024  # ten seconds on a bad connection: what was answered need not be sent again
TRIES_MAX: Final = 3  # without any progress; then the person is asked to try later
TUS: Final = {"Tus-Resumable": "1.0.0"}
CERTIFICATE: Final = "certificate"
_FOR_GOOD: Final = (REVOKED, "attachment-hash", "attachment-version", "attachment-foreign", "upload-ended-full")
_BEGIN_AGAIN: Final = ("upload-unknown", "upload-offset")


class Sent(NamedTuple):
    """The result of sending: how many the server now holds, how many wait, and the code for each that it refused."""

    sent: int
    unsent: int
    refused: Mapping[str, str]


class Attachments:
    """The attachments of one device, over one transport."""

    def __init__(self, device: Device, transport: AskingTransport, piece_bytes: int = PIECE_BYTES) -> None:
        self._device = device
        self._store = device.store
        self._transport = transport
        self._piece_bytes = piece_bytes

    def take(self, record: bytes, data: bytes) -> str:
        """Seal a photo or a recording for a record and keep it; returns the name, which is the answer to save."""
        self._device.check_not_wiped()
        stream = b"".join(seal_attachment(self._record_key(record), record, [data]))
        name = attachment_name([stream])
        with self._store.transaction():
            self._store.keep_attachment(name, record, stream, self._device.clock.now_ms())
        return name.hex()

    def unsent(self) -> list[str]:
        """The names of what waits."""
        return [kept.name.hex() for kept in self._store.unsent_attachments(self._life)]

    def send(self) -> Sent:
        """Send all that waits; what is refused is kept and named, and the others go on.

        Raises:
            Unreachable: no answer came several times in a row; what was sent need not be sent again.
        """
        self._device.check_not_wiped()
        sent, refused = 0, {}
        for kept in self._store.unsent_attachments(self._life):
            try:
                self._send(kept)
                sent += 1
            except ServerRefused as refusal:
                refused[kept.name.hex()] = refusal.code
                self._give_up(kept, refusal)
        if self._device.ended is not None:
            self._device.wipe()
        else:
            self._let_go()
        return Sent(sent, len(self.unsent()), refused)

    def _give_up(self, kept: KeptAttachment, refusal: ServerRefused) -> None:
        """A device that was revoked, and whose entries the server has, waits for no photo that is refused for good."""
        ended = self._device.ended
        if ended is not None and ended.received and refusal.code in _FOR_GOOD:
            with self._store.transaction():
                self._store.attachment_refused(kept.name)

    def fetch(self, record: bytes, name: str) -> bytes:
        """The bytes of an attachment that an answer names, from this device or its server, whole and checked."""
        raw = bytes.fromhex(name)
        record_key = self._record_key(record)
        stream = self._store.attachment(raw)
        if stream is None:
            stream = self._ask("GET", f"{self._path}/{name}", b"", {}).body
        return open_attachment(record_key, record, raw, [stream])

    # --- one upload ---

    def _let_go(self) -> None:
        """Forget what was held for thirty days, when the server says once more that it holds it.

        A server that was put back to a state of before without anyone noticing begins no new life. The days are the
        server's, in which every request is signed: a clock of a device that jumps ahead lets nothing go.
        """
        for kept, since_ms in self._store.sent_attachments(self._life):
            if self._now_ms() - since_ms <= KEEP_MS:
                continue
            with contextlib.suppress(ServerRefused):
                lacked = self._send(kept)  # a wrong clock is refused, and the server's time learnt
                if not lacked and self._now_ms() - since_ms > KEEP_MS:
                    with self._store.transaction():
                        self._store.forget_attachment(kept.name)

    def _send(self, kept: KeptAttachment) -> bool:
        """Bring one attachment up to its end; every failure begins again, which says how much is held.

        Returns whether the server lacked any of it.
        """
        lacked = False
        furthest, failures, done = -1, 0, False
        while not done:
            try:
                begun = self._begin(kept)
                offset = _offset_in(begun)
                lacked = lacked or offset < kept.size
                if offset > furthest:
                    furthest, failures = offset, 0
                done = self._continue(kept, begun, offset)
            except (Unreachable, ServerRefused) as error:
                failures += 1
                again = isinstance(error, Unreachable) or error.code in _BEGIN_AGAIN
                if not again or failures >= TRIES_MAX:
                    raise
        with self._store.transaction():
            self._store.attachment_sent(kept.name, self._life, self._now_ms())
        return lacked

    def _begin(self, kept: KeptAttachment) -> Answer:
        named = (("record", kept.record), ("name", kept.name))
        metadata = ",".join(f"{word} {b64encode(value.hex().encode()).decode()}" for word, value in named)
        return self._ask("POST", self._path, b"", {"Upload-Length": str(kept.size), "Upload-Metadata": metadata})

    def _continue(self, kept: KeptAttachment, begun: Answer, offset: int) -> bool:
        where = begun.headers.get("location", "")
        if not where.startswith(f"{self._path}/uploads/"):  # a signed request goes nowhere else
            raise Unreachable("the server named no upload of its own")
        while offset < kept.size:
            piece = self._store.attachment_part(kept.name, offset, self._piece_bytes)
            more = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            after = _offset_in(self._ask("PATCH", where, piece, more))
            if after <= offset:
                raise Unreachable("the server took nothing in")
            offset = after
        return offset == kept.size

    # --- asking ---

    @property
    def _life(self) -> bytes:
        return self._device.memory.life

    @property
    def _path(self) -> str:
        return f"/api/v1/{self._device.pen.municipality}/attachments"

    def _record_key(self, record: bytes) -> bytes:
        known = self._store.record_key(record)
        if known is None or known[1] is None:
            raise RecordUnknown(record=record.hex())
        return known[1]

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Ask, learning the server's time or showing our certificate where that is what it lacks; each once."""
        mend: dict[str, Callable[[ServerRefused], None]] = {
            "clock": self._learn_time,
            CERTIFICATE: self._show_certificate,
            REVOKED: self._learn_revocation,
        }
        while True:
            try:
                signed = self._signed(method, path, body, headers)
                return self._transport.ask(method, path, body, {**TUS, **headers, **signed})
            except ServerRefused as refusal:
                mended = mend.pop(CERTIFICATE if refusal.status == UNAUTHORIZED else refusal.code, None)
                if mended is None:
                    raise
                mended(refusal)

    def _signed(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
        device = self._device
        return signed_headers(device.id, device.signing, self._now_ms(), method, path, body, headers)

    def _now_ms(self) -> int:
        """The server's time, as far as it was learnt."""
        return self._device.clock.now_ms() + self._device.pen.offset_ms

    def _learn_time(self, refusal: ServerRefused) -> None:
        if refusal.server_time is None:
            raise refusal
        offset = refusal.server_time - self._device.clock.now_ms()
        self._device.pen = msgspec.structs.replace(self._device.pen, offset_ms=offset)

    def _learn_revocation(self, refusal: ServerRefused) -> None:
        self._device.learn_revocations(read_facts(refusal.revocations))
        raise refusal  # it takes nothing more; the next sync hands in and wipes

    def _show_certificate(self, _refusal: ServerRefused) -> None:
        certificate = self._device.facts.certificates[self._device.id]
        path = f"/api/v1/{self._device.pen.municipality}/certificates"
        self._transport.post(path, msgspec.msgpack.encode(certificate), {})


def _offset_in(answer: Answer) -> int:
    value = answer.headers.get("upload-offset", "")
    if not value.isdecimal():
        raise Unreachable("the answer says no offset")
    return int(value)
