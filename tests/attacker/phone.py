"""A device of its own, that keeps to the rules or breaks them as it is told; it speaks the wire format alone.

It remembers all that it was ever given. What it may not know is not its business: the test's model judges that.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final, NamedTuple, Protocol

from tests.attacker.wire import (
    MESSAGEPACK,
    Draft,
    Epoch,
    Fact,
    Keys,
    Made,
    Record,
    bundle_fits,
    enrolment,
    entry_name,
    is_signed,
    make_entry,
    make_epoch,
    make_grant,
    open_grant,
    pack,
    read_entry,
    request_headers,
    unpack,
)

NOWHERE: Final = (0, bytes(32))
PAGES_MAX: Final = 200
TUS: Final = {"Tus-Resumable": "1.0.0"}
OCTETS: Final = "application/offset+octet-stream"


class Reply(NamedTuple):
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of a refusal, or nothing."""
        return str(self.problem.get("code", ""))

    @property
    def problem(self) -> dict[str, Any]:
        """The members of a refusal."""
        if self.headers.get("content-type") != "application/problem+json" or not self.body:
            return {}
        found: dict[str, Any] = json.loads(self.body)
        return found


class Road(Protocol):
    """A way to the server."""

    def __call__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send one request and wait for its answer."""


class Phone:
    """One device with its keys, its chain, and everything that it was told."""

    def __init__(self, worker: str, town: str, road: Road, now: Callable[[], int], random: Random) -> None:
        self.worker = worker
        self.town = town
        self.road = road
        self.now = now
        self.random = random
        self.keys = Keys(random)
        self.certificate: Fact = []
        self.town_keys: Fact = []
        self.chain: list[Made] = []
        self.sent = 0
        self.last: tuple[int, bytes] = NOWHERE
        self.clock = 0
        self.cursor = b""
        self.receipt: list[Any] | None = None
        self.epoch: Epoch | None = None
        self.begun: set[bytes] = set()
        self.records: dict[bytes, Record] = {}
        self.heads: dict[bytes, dict[bytes, list[Any]]] = {}
        self.entries: dict[bytes, list[Any]] = {}
        self.certificates: dict[bytes, Fact] = {}
        self.facts: list[Fact] = []
        self.read: dict[bytes, dict[str, Any]] = {}
        self.answers: list[dict[str, Any]] = []
        self.refusals: list[str] = []

    @property
    def id(self) -> bytes:
        """The device's id."""
        return self.keys.id

    # --- requests ---

    def target(self, *parts: str) -> str:
        """A path below the municipality."""
        return "/".join(("/api/v1", self.town, *parts))

    def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        more: Mapping[str, str] | None = None,
        at_ms: int | None = None,
    ) -> Reply:
        """One signed request, of this moment where no other is named."""
        headers = request_headers(self.keys, method, target, body, self.now() if at_ms is None else at_ms, more)
        reply = self.road(method, target, headers, body)
        if reply.status >= 400:
            self.refusals.append(reply.code or str(reply.status))
        return reply

    def plain(self, target: str, body: bytes) -> Reply:
        """A request without a signature."""
        return self.road("POST", target, {"Content-Type": MESSAGEPACK}, body)

    def enrol(self, invitation: bytes) -> Reply:
        """Show an invitation, and believe the answer only where it fits."""
        reply = self.plain(self.target("enrolments"), enrolment(invitation, self.keys))
        if reply.status == 201:
            answer = unpack(reply.body)
            self.town_keys, self.certificate = answer["keys"], answer["certificate"]
            assert bundle_fits(invitation, self.town_keys)
            assert is_signed(self.town_keys[3], self.certificate)
            self.certificates[self.id] = self.certificate
        return reply

    def exchange(self, **members: Any) -> tuple[Reply, dict[str, Any]]:
        """One exchange with these members; what it answers is taken in."""
        now = self.now()  # once: the header and the member `sent` name the same millisecond
        request = {"protocol": 1, "sent": now, "cursor": self.cursor, **members}
        reply = self.ask("POST", self.target("sync"), pack(request), {"Content-Type": MESSAGEPACK}, now)
        if reply.status != 200:
            return reply, {}
        answer: dict[str, Any] = unpack(reply.body)
        self.answers.append(answer)
        self.cursor = answer["cursor"]
        self.receipt = answer.get("receipt") or self.receipt
        for change in answer.get("changes", ()):
            self._take(change)
        return reply, answer

    def _take(self, change: dict[str, Any]) -> None:
        if change.get("entry") is not None:
            self._take_entry(change["entry"])
        else:
            fact, sealed = change["fact"], change.get("sealed")
            self.facts.append(fact)
            if fact[0] == "certificate":
                self.certificates[fact[2]] = fact
            if fact[0] == "grant" and fact[4] == self.id and sealed is not None:
                opened = open_grant(self.keys, fact, sealed)
                if opened is not None:
                    self.records[opened.id] = opened
                    self._read_all(opened)

    def _take_entry(self, entry: list[Any]) -> None:
        name, header = entry_name(entry)
        self.entries[name] = entry
        self._saw(header[5], header[2], header[3], name)
        record = self.records.get(header[5])
        if record is not None:
            self._read_one(name, entry, record)

    def _read_all(self, record: Record) -> None:
        for name, entry in self.entries.items():
            if unpack(entry[1])[5] == record.id:
                self._read_one(name, entry, record)

    def _read_one(self, name: bytes, entry: list[Any], record: Record) -> None:
        answers = read_entry(entry, record)
        if answers is not None:
            self.read[name] = answers

    def _saw(self, record: bytes, device: bytes, seq: int, name: bytes) -> None:
        heads = self.heads.setdefault(record, {})
        if device not in heads or heads[device][1] < seq:
            heads[device] = [device, seq, name[:8]]

    # --- writing ---

    def create(self, answers: Mapping[str, Any]) -> bytes:
        """A new record with its first entry; it waits for the next push."""
        record = Record(self.id, self.random.randbytes(32))
        self.records[record.id] = record
        self.write(record, answers)
        return record.id

    def write(self, record: Record, answers: Mapping[str, Any], **more: Any) -> Made:
        """An entry that had seen all that this device has; it waits for the next push."""
        self.clock = max(self.now() << 16, self.clock + 1)
        more.setdefault("observed", [*self.heads.get(record.id, {}).values()])
        draft = Draft(record, answers, more.pop("clock", self.clock), **more)
        own = record.id in self.begun
        wraps = [] if own else [self.wrap(record)]
        self.begun.add(record.id)
        made = make_entry(self.town, self.keys, self.last, draft, self.random.randbytes(12), wraps)
        self.chain.append(made)
        self.last = (made.seq, made.hash)
        self._saw(record.id, self.id, made.seq, made.hash)
        return made

    def wrap(self, record: Record) -> list[bytes]:
        """The record's key for the municipality, under one epoch of this device."""
        if self.epoch is None:
            self.epoch = make_epoch(self.town, self.id, self.town_keys[4], self.random)
        return self.epoch.wrap(self.town, record, self.random.randbytes(12))

    def push(self, **more: Any) -> dict[str, Any]:
        """Send what waits; `sent` moves as far as the server says that it has it."""
        waiting = [made.wire for made in self.chain[self.sent : self.sent + 400]]
        epochs = [self.epoch.wire] if self.epoch is not None and waiting else []
        _, answer = self.exchange(entries=waiting, epochs=epochs, head=list(self.last), **more)
        if answer:
            self.sent = max(self.sent, min(answer["received_through"][0], len(self.chain)))
        return answer

    def pull(self) -> None:
        """Ask until there is nothing more."""
        for _ in range(PAGES_MAX):
            _, answer = self.exchange()
            if not answer.get("more"):
                return

    def sync(self) -> dict[str, Any]:
        """Push and pull."""
        answer = self.push()
        self.pull()
        return answer

    def grant(self, record: bytes, to: bytes) -> tuple[Reply, dict[str, Any]]:
        """Open a record to a certified device."""
        return self.exchange(grants=[self.grant_of(record, to)])

    def grant_of(self, record: bytes, to: bytes) -> list[Any]:
        """A grant that is not sent yet."""
        return make_grant(self.town, self.keys, self.records[record], self.certificates[to])

    # --- the other routes ---

    def recertify(self) -> Reply:
        """Show the certificate again."""
        return self.plain(self.target("certificates"), pack(self.certificate))

    def hand_in(self, entries: list[Any], epochs: list[Any] | None = None, **more: Any) -> Reply:
        """Hand entries in without a signed request."""
        request = {
            "protocol": 1,
            "certificate": self.certificate,
            "entries": entries,
            "epochs": [self.epoch.wire] if epochs is None and self.epoch is not None else epochs or [],
            "erasures": [],
            **more,
        }
        return self.plain(self.target("hand-ins"), pack(request))

    def begin(self, record: bytes, name: bytes, length: int) -> Reply:
        """Begin an upload."""
        said = {"record": record, "name": name}
        metadata = ",".join(f"{key} {b64encode(value.hex().encode()).decode()}" for key, value in said.items())
        more = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata}
        return self.ask("POST", self.target("attachments"), more=more)

    def piece(self, where: str, offset: int, piece: bytes) -> Reply:
        """Send a piece of an upload."""
        more = {**TUS, "Upload-Offset": str(offset), "Content-Type": OCTETS}
        return self.ask("PATCH", where, piece, more)

    def upload(self, record: bytes, name: bytes, sealed: bytes) -> list[Reply]:
        """A whole upload in one piece."""
        begun = self.begin(record, name, len(sealed))
        if begun.status != 201:
            return [begun]
        return [begun, self.piece(begun.headers["location"], 0, sealed)]

    def download(self, name: bytes) -> Reply:
        """A sealed attachment."""
        return self.ask("GET", self.target("attachments", name.hex()))

    def texts(self) -> set[str]:
        """Every word that this device ever read, its own apart."""
        own = {made.hash for made in self.chain}
        return {
            text
            for name, answers in self.read.items()
            if name not in own
            for text in answers.values()
            if isinstance(text, str)
        }
