"""The municipality under attack: the real app over real stores, staff who act, and the model that watches the line.

This file knows the product, with `abroad.py` and the lies told to its devices: it starts it, plays its staff, and looks
into the journal when a run has ended.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
import sqlcipher3
from pytest import MonkeyPatch

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.errors import BackendError
from backend.municipality import handin
from backend.municipality.custody import record_key_of
from backend.municipality.registry import Municipalities
from backend.projection.verify import verify_store
from backend.web.app import create_app
from sync import acting
from tests.attacker.model import Fault, Model
from tests.attacker.phone import Phone, Reply
from tests.attacker.wire import sha256
from tests.fleet.world import LocalTransport, Server
from tests.looking import inside
from tests.spoken import english

CODE = "GM9901"


class Recorded(NamedTuple):
    """A request as somebody on the line kept it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Town:
    """One server process in this process, asked over ASGI."""

    def __init__(self, folder: Path, seed: int = 0, engine: Any = None) -> None:
        self.folder = folder
        self.random = Random(seed)
        self.server = Server(folder / "data", engine=engine)
        self.clock = self.server.clock
        self.model = Model()
        self.recorded: list[Recorded] = []
        self.phones: list[Phone] = []
        self.honest: list[Phone] = []
        self.serve()

    def serve(self) -> None:
        """Put the app before the municipality that is open now."""
        towns = Municipalities(self.folder / "data", self.folder / "keys", self.clock)
        towns.add(self.server.municipality)
        self.app = create_app(towns, self.clock)

    def restart(self) -> None:
        """Stop and start the server."""
        self.server.stop()
        self.server.start()
        self.serve()

    @property
    def product(self) -> Any:
        """The municipality as the product has it."""
        return self.server.municipality

    # --- the line ---

    async def asked(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One request over ASGI."""
        path, _, query = target.partition("?")
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        raw.append((b"host", b"test"))
        raw.append((b"content-length", str(len(body)).encode()))
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": method,
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": raw, "client": (f"10.0.{self.random.randrange(250)}.{self.random.randrange(250)}", 1),
            "server": ("test", 80), "extensions": {}, "state": {},
        }  # fmt: skip
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        told: list[Any] = []

        async def receive() -> Any:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            told.append(message)

        await self.app(scope, receive, send)  # type: ignore[arg-type]
        answered = {name.decode().lower(): value.decode() for name, value in told[0]["headers"]}
        return Reply(told[0]["status"], answered, b"".join(part.get("body", b"") for part in told[1:]))

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One request, recorded by whoever listens, and judged."""
        self.recorded.append(Recorded(method, target, headers, body))
        return self.resend(self.recorded[-1])

    def resend(self, sent: Recorded) -> Reply:
        """A request, as it was recorded."""
        reply = self.server.run(self.asked(*sent))
        self.model.saw(*sent, reply)
        return reply

    def together(self, *acts: Callable[[], Any]) -> list[Any]:
        """Acts of several people at one moment: their requests meet in one commit."""
        kept, sends = self.send, []

        def later(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
            sends.append(Recorded(method, target, headers, body))
            return Reply(599, {}, b"")

        for phone in self.phones:
            phone.road = later
        for act in acts:
            act()
        for phone in self.phones:
            phone.road = kept
        self.recorded += sends

        async def all_of_them() -> list[Reply]:
            return await asyncio.gather(*(self.asked(*sent) for sent in sends))

        replies = self.server.run(all_of_them())
        for sent, reply in zip(sends, replies, strict=True):
            self.model.saw(*sent, reply)
        return replies

    # --- who is there ---

    def phone(self, worker: str, *, honest: bool = True, role: str = "worker") -> Phone:
        """A certified device of a worker."""
        phone = self.stranger(worker)
        assert phone.enrol(self.invite(worker, role)).status == 201
        self.phones.append(phone)
        if honest:
            self.honest.append(phone)
        return phone

    def stranger(self, worker: str) -> Phone:
        """A device that nobody certified."""
        return Phone(worker, CODE, self.send, self.clock.now_ms, self.random)

    def invite(self, worker: str, role: str = "worker", replaces: bytes | None = None) -> bytes:
        """An invitation as its link carries it."""
        return msgspec.msgpack.encode(self.server.run(self.product.enrolling.invite(worker, role, "beheer", replaces)))

    def device(self, worker: str) -> Device:
        """The product's own device, enrolled here."""
        device = self.server.enrol(self.folder / f"{worker}.db", worker, self.clock)
        self.model.workers[device.id] = worker
        return device

    def sync(self, device: Device) -> None:
        """The product's own device through the same checks as over HTTP."""
        Sync(device, LocalTransport(self.server)).run()

    # --- what staff do ---

    def assign(self, record: bytes, worker: str) -> None:
        """Give a record to a worker."""
        self.model.assigned(record, worker)
        self.server.run(self.product.opening.grant(record, worker, "beheer"))

    def withdraw(self, record: bytes, worker: str) -> None:
        """Take a record from a worker."""
        self.server.run(self.product.opening.withdraw(record, worker, "beheer"))
        self.model.withdrew(record, worker)

    def replace(self, phone: Phone) -> Phone:
        """Another device of its worker, by a person's invitation, in the place of this one, which ends."""
        heir = self.stranger(phone.worker)
        assert heir.enrol(self.invite(phone.worker, "worker", phone.id)).status == 201
        self.phones.append(heir)
        self.model.revoked[phone.id] = self.model.greatest(phone.id)
        return heir

    def revoke(self, phone: Phone, *, stolen: bool = True, last_seq: int | None = None) -> None:
        """End a device."""
        self.server.run(self.product.acts.revoke(phone.id, "beheer", stolen=stolen, last_seq=last_seq))
        greatest = self.model.greatest(phone.id)
        self.model.revoked[phone.id] = greatest if last_seq is None else min(last_seq, greatest)
        if phone in self.honest:
            self.honest.remove(phone)

    def erase(self, record: bytes) -> None:
        """Forget a record."""
        self.server.run(self.product.erasing.erase(record, "request", "beheer"))
        self.model.erased.add(record)

    def restored(self, *, confirmed: bool = True) -> None:
        """The server was restored from a backup that lacks nothing; a person confirms its list, now or later."""
        product = self.product
        self.server.run(product.submit(lambda: product.exchanges.begin_life(self.clock.ms, "restored from a backup")))
        self.server.confirms, self.model.awaits_list = confirmed, not confirmed
        self.server.confirm_list()
        self.model.life = b""

    def back_up(self) -> None:
        """Copy the municipality; the list outside the backups stays outside."""
        self.server.back_up(self.folder / "backup")
        self.serve()

    def list_now(self) -> bytes:
        """A copy of the list outside the backups."""
        path = self.server.folder / "outside.log"
        return path.read_bytes() if path.exists() else b""

    def put_list(self, listed: bytes) -> None:
        """Stop, put a copy of the list in place, and start."""
        self.server.stop()
        (self.server.folder / "outside.log").write_bytes(listed)
        self.server.start()
        self.serve()
        self.model.life = b""

    def put_back(self, *, confirmed: bool = True, listed: bytes | None = None) -> None:
        """Put the copy back; what was taken away since is on the list alone."""
        self.server.confirms = confirmed
        if listed is not None:
            (self.server.folder / "outside.log").write_bytes(listed)
        self.server.restore(self.folder / "backup")
        self.server.confirm_list()
        self.serve()
        self.model.life = b""

    def lose_list(self) -> None:
        """The list outside the backups is gone."""
        (self.server.folder / "outside.log").unlink()

    def confirm_list(self) -> None:
        """A person confirms where the list outside the backups ends."""
        self.server.confirms, self.model.awaits_list = True, False
        self.server.confirm_list()

    def lose_body(self, device: bytes, seq: int) -> None:
        """Hold an entry without its body, as servers of an earlier release took some."""
        sealed = self.product.journal.entry_named(*self._named(device, seq)).entry.body
        values = (sha256(sealed), device, seq)
        run = inside(self.product.journal).execute
        statement = "update entry set body = null, body_hash = ? where device = ? and seq = ?"
        self.server.run(self.product.submit(lambda: run(statement, values)))

    def _named(self, device: bytes, seq: int) -> tuple[bytes, bytes]:
        name = self.model.acknowledged[device, seq]
        return self.model.records[name], name

    def revoke_half_way(self, phone: Phone) -> list[bool]:
        """A revocation at which the disk fails; whether it was seen before and after that."""
        seen: list[bool] = []

        def work() -> None:
            ended = acting.end(phone.id, self.clock.ms, self.product.exchanges, stolen=True)
            assert isinstance(ended, acting.Ended)
            self.product.acts.end(ended.act, "beheer")
            seen.append(self.product.book.revoked(phone.id))
            raise sqlcipher3.OperationalError("database or disk is full")

        with suppress(BackendError, sqlcipher3.Error):
            self.server.run(self.product.submit(work))
        return [*seen, self.product.book.revoked(phone.id)]

    def edit_audit(self, act: str) -> None:
        """Whoever has the machine rewrites who did something, in the file itself."""
        run = inside(self.product.journal).execute
        values = ("iemand-anders", act)
        statement = "update audit set staff = ? where act = ?"
        self.server.run(self.product.submit(lambda: run(statement, values)))

    @contextmanager
    def few_bytes(self, few: int) -> Iterator[None]:
        """What may come by hand-ins is bounded by so few bytes that a story reaches the end of them."""
        with MonkeyPatch.context() as patch:
            for name in ("ENTRY_BYTES_PER_DAY", "REVOKED_BYTES_MAX", "KEY_BYTES_PER_DAY"):
                patch.setattr(handin, name, few)
            yield

    # --- what staff see ---

    def audit_faults(self) -> list[str]:
        """What a check of the stores finds in the audit."""
        product = self.product
        return [
            english(fault.what)
            for fault in verify_store(product.folder, product.custody, lambda _done, _all: None)
            if fault.what.code.startswith("audit-")
        ]

    def kept_bytes(self, device: bytes) -> tuple[int, int]:
        """The bytes of a device that the stores hold: of its entries, in place and apart, and of its keys."""
        run = inside(self.product.journal).execute
        bodies = "select body from entry where device = ?1 union all select entry from forked where device = ?1"
        entries = run(f"select coalesce(sum(length(body)), 0) from ({bodies}) as kept", (device,)).fetchone()[0]
        sealed = "select coalesce(sum(length(sealed)), 0) from epoch where device = ?"
        return int(entries), int(inside(self.product.keys).execute(sealed, (device,)).fetchone()[0])

    def stamp_of(self, device: bytes, seq: int) -> int:
        """When a server received an entry."""
        stamp = self.product.journal.stamp_at(device, seq)
        assert stamp is not None
        return int(stamp)

    def opens(self, record: bytes) -> bool:
        """Whether the municipality can read a record."""
        row = self.product.journal.record(record)
        return row is not None and record_key_of(self.product.custody, self.product.keys, record, row.key) is not None

    def found(self, *needles: bytes) -> list[str]:
        """The files of the installation that hold any of these bytes, raw or in hexadecimal."""
        files = [path for path in (self.folder / "data").rglob("*") if path.is_file()]
        wanted = [*needles, *(needle.hex().encode() for needle in needles)]
        return [path.name for path in files if any(needle in path.read_bytes() for needle in wanted)]

    # --- the end of a run ---

    def settle(self) -> list[Fault]:
        """Every honest device works on, and the journal holds what it must and counts no more than it may."""
        self.clock.ms += 1_000
        for phone in self.honest:
            self._works_on(phone)
        self._nothing_is_missing()
        self._nobody_counts_who_may_not()
        return self.model.faults

    def _works_on(self, phone: Phone) -> None:
        record = phone.create({"/duiding": f"slot {phone.worker}"})
        answer = phone.sync()
        if not answer or answer.get("refused") or phone.sent != len(phone.chain):
            self.model.fault("others-work-on", f"{phone.worker}: {answer and answer.get('refused')} {phone.refusals}")
            return
        if not self.opens(record):
            self.model.fault("keys-kept", f"the municipality cannot read what {phone.worker} writes")

    def _nothing_is_missing(self) -> None:
        journal, run = self.product.journal, inside(self.product.journal).execute
        for (device, seq), name in self.model.acknowledged.items():
            record = self.model.records[name]
            stored = journal.entry_named(record, name)
            if journal.hash_at(device, seq) != name or stored is None:
                self.model.fault("kept", f"seq {seq} of {self.model.workers[device]} was acknowledged and is missing")
            elif stored.entry.sig != self.model.sigs[name]:
                self.model.fault("kept", f"seq {seq} of {self.model.workers[device]} carries a false signature")
            elif stored.entry.body is None and record not in self.model.erased:
                self.model.fault("kept", f"the body of seq {seq} of {self.model.workers[device]} is missing")

        kept = {row[0] for row in run("select hash from entry union select hash from forked")}
        for name, device in self.model.handed_in.items():
            if name not in kept:
                self.model.fault("kept", f"what was handed in of {self.model.workers[device]} is missing")

    def _nobody_counts_who_may_not(self) -> None:
        run = inside(self.product.journal).execute
        readers = {phone.id: phone.records for phone in self.honest}
        held = dict(run("select hash, reason from held").fetchall())
        for name, device, seq, record in run("select hash, device, seq, record from entry"):
            if record in self.model.erased:
                continue
            if name not in held and not self.model.may_count(device, seq, record):
                self.model.fault("counting", f"seq {seq} of {self.model.workers.get(device)} counts")
            if name in held and record in readers.get(device, ()) and name not in self.model.set_aside:
                self.model.fault("words-count", f"seq {seq} of {self.model.workers[device]}: {held[name]}")
