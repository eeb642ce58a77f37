"""What everybody may know, kept by the test: it sees every request and answer on the line, and every act of staff.

It is an upper bound on what may be given, held per worker, for a worker's devices have what the worker has; and a
lower bound on what must be kept. The server's own books are not asked.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from tests.attacker.phone import Reply
from tests.attacker.wire import entry_hash, entry_name, is_signed, sha256, unpack

NAMED_FAULTS: Final = (503, 507)  # a store that is busy or full says so, and takes nothing in


class Fault(NamedTuple):
    """Something that must never happen, under the name of the rule that forbids it."""

    rule: str
    what: str


class Pending(NamedTuple):
    """A device's grant that was sent while its signer did not have the record yet."""

    by: bytes
    to: bytes
    record: bytes


class Model:
    """Who has which record now, who ever had it, what was acknowledged; and the faults that were seen."""

    def __init__(self) -> None:
        self.workers: dict[bytes, str] = {}
        self.revoked: dict[bytes, int] = {}
        self.has: dict[bytes, set[str]] = {}
        self.ever: dict[bytes, set[str]] = {}
        self.withdrawn: set[tuple[bytes, str]] = set()
        self.erased: set[bytes] = set()
        self.acknowledged: dict[tuple[bytes, int], bytes] = {}
        self.records: dict[bytes, bytes] = {}  # of each entry's hash
        self.sigs: dict[bytes, bytes] = {}
        self.life = b""
        self.awaits_list = False  # restored, and nobody confirmed its list yet: it delivers nothing
        self.brought: dict[bytes, int] = {}
        self.wrote: dict[tuple[bytes, bytes], int] = {}  # the first seq that a device wrote in a record
        self.handed_in: dict[bytes, bytes] = {}  # what a hand-in was answered to be held, and its author
        self.attachments: dict[bytes, bytes] = {}
        self.desks: dict[bytes, bytes] = {}  # the desk devices and their signing keys
        self.set_aside: set[bytes] = set()  # what a desk device said that may say it, whatever it said it for
        self.pending: list[Pending] = []
        self.faults: list[Fault] = []

    def fault(self, rule: str, what: str) -> None:
        """Note what must not have happened."""
        self.faults.append(Fault(rule, what))

    # --- rights ---

    def may_read(self, device: bytes, record: bytes) -> bool:
        """Whether a device may be given something of a record at this moment."""
        worker = self.workers.get(device, "")
        return device not in self.revoked and (
            worker in self.has.get(record, ()) and (record, worker) not in self.withdrawn
        )

    def enter(self, record: bytes, worker: str) -> None:
        """A worker has a record from now on; grants that waited for that are judged."""
        self.has.setdefault(record, set()).add(worker)
        self.ever.setdefault(record, set()).add(worker)
        waiting = [one for one in self.pending if one.record == record and self.workers.get(one.by) == worker]
        self.pending = [one for one in self.pending if one not in waiting]
        for one in waiting:
            self.granted(one.by, one.to, one.record)

    def assigned(self, record: bytes, worker: str) -> None:
        """Staff gave a record to a worker."""
        self.withdrawn.discard((record, worker))
        self.enter(record, worker)

    def withdrew(self, record: bytes, worker: str) -> None:
        """Staff took a record from a worker."""
        self.withdrawn.add((record, worker))
        self.has.get(record, set()).discard(worker)

    def granted(self, by: bytes, to: bytes, record: bytes) -> None:
        """A device opened a record to another: taken only from one that has it now, and never for its own worker."""
        signer, grantee = self.workers.get(by), self.workers.get(to)
        if signer is None or grantee is None or signer == grantee or by in self.revoked:
            return
        if self.may_read(by, record):
            self.enter(record, grantee)
        elif (record, signer) not in self.withdrawn:
            self.pending.append(Pending(by, to, record))

    # --- the line ---

    def saw(self, method: str, target: str, headers: Mapping[str, str], body: bytes, reply: Reply) -> None:
        """Judge one request with its answer."""
        route = target.partition("?")[0].split("/")[4:]
        if reply.status >= 500 and reply.status not in NAMED_FAULTS:
            self.fault("no-5xx", f"{method} {'/'.join(route)}: {reply.status} {reply.body[:200]!r}")
        if reply.status >= 300:
            return
        if route[0] in ("enrolments", "certificates", "hand-ins", "successions"):
            self._unsigned(route[0], body, reply)
            return
        device = bytes.fromhex(headers.get("Veldpost-Device", ""))
        if device in self.revoked and not self._finishes_photo(device, method, route, headers):
            self.fault("revoked-everywhere", f"{method} {'/'.join(route)} answered {reply.status} to a revoked device")
        if route == ["sync"]:
            self._exchanged(device, unpack(body), unpack(reply.body))
        elif route[0] == "attachments" and method == "GET":
            record = self.attachments.get(bytes.fromhex(route[1]))
            if record is None or self.awaits_list or not self.may_read(device, record):
                self.fault("delivery", f"an attachment went to {self.workers.get(device)}")

    def _finishes_photo(self, device: bytes, method: str, route: list[str], headers: Mapping[str, str]) -> bool:
        """Whether a device that has ended brings a photo of a record in which it wrote before."""
        if route == ["attachments"] and method == "POST":
            named = dict(pair.split(" ") for pair in headers["Upload-Metadata"].split(","))
            record = bytes.fromhex(b64decode(named["record"]).decode())
        elif route[:2] == ["attachments", "uploads"] and method in ("HEAD", "PATCH"):
            record = bytes.fromhex(route[2][64:96])
        else:
            return False
        last, wrote = self.revoked[device], self.wrote.get((device, record))
        return wrote is not None and wrote <= last and record not in self.erased

    def _unsigned(self, route: str, body: bytes, reply: Reply) -> None:
        answer = unpack(reply.body) if reply.body else {}
        if route in ("enrolments", "successions"):
            certificate = answer["certificate"]
            self.workers[certificate[2]] = certificate[3]
            if certificate[4] == "desk":
                self.desks[certificate[2]] = certificate[6]
            if route == "successions":
                self.fault("heirs-by-invitation", "a device certified its own successor")
        elif route == "hand-ins":
            self._handed_in(unpack(body), answer)

    def _handed_in(self, request: dict[str, Any], answer: dict[str, Any]) -> None:
        for member in ("changes", "wanted", "tail", "stamps", "notices"):
            if answer.get(member):
                self.fault("hand-in-tells-nothing", member)
        kept = ("held", "known", "key-not-kept")
        held = {name for _, name, status in answer.get("entries", ()) if status in kept}
        taken = [entry for entry in request["entries"] if entry_hash(entry) in held]
        self._brought(taken)
        for entry in taken:
            name, header = entry_name(entry)
            self.handed_in[name] = header[2]

    def _exchanged(self, device: bytes, request: dict[str, Any], answer: dict[str, Any]) -> None:
        if self.life not in (b"", answer["life"]):
            self.fault("receipts", "a device began a new life of the server")
        self.life = answer["life"]
        self._brought([*request.get("entries", ()), *request.get("handed", ())])
        if not answer.get("refused"):
            self._acknowledge(device, request, answer)
        self._said(request.get("facts", ()))
        for fact, _sealed in request.get("grants", ()):
            self.granted(fact[7], fact[4], fact[2])
        for change in answer.get("changes", ()):
            self._delivered(device, change)

    def _said(self, facts: list[Any]) -> None:
        for fact in facts:
            by = fact[5] if fact[0] == "set-aside" else None
            if by in self.desks and by not in self.revoked and is_signed(self.desks[by], fact):
                self.set_aside.add(fact[3])

    def _brought(self, entries: list[Any]) -> None:
        for entry in entries:
            header = safe_unpack(entry[1])
            if isinstance(header, list) and len(header) == 11:
                self.brought[header[2]] = max(header[3], self.brought.get(header[2], 0))
                self.wrote[header[2], header[5]] = min(header[3], self.wrote.get((header[2], header[5]), header[3]))
                self._created(header)

    def _created(self, header: list[Any]) -> None:
        """Whoever made a record has it, whoever brought the first word of it."""
        worker = self.workers.get(header[2])
        made_here = sha256(b"veldpost/1/record", header[2], header[6])[:16] == header[5]
        if worker is not None and made_here and worker not in self.ever.get(header[5], ()):
            self.enter(header[5], worker)

    def _acknowledge(self, device: bytes, request: dict[str, Any], answer: dict[str, Any]) -> None:
        (through, hash_), fork = answer["received_through"], answer.get("fork")
        end = through if fork is None else min(through, fork[0] - 1)
        entries = request.get("entries", ())
        self.sigs.update((entry_name(entry)[0], entry[4]) for entry in entries)
        named = [(unpack(entry[1]), entry_name(entry)[0]) for entry in entries]
        if not named or answer.get("wanted") or (named[-1][0][3] == through and named[-1][1] != hash_):
            return  # of a chain that the server does not have
        for header, name in named:
            if header[3] <= end:
                self.acknowledged[device, header[3]] = name
                self.records[name] = header[5]

    def _delivered(self, device: bytes, change: dict[str, Any]) -> None:
        entry, sealed = change.get("entry"), change.get("sealed")
        if self.awaits_list:
            self.fault("restored-waits", f"{self.workers.get(device)} was sent something before the list was confirmed")
        if entry is not None:
            header = unpack(entry[1])
            if header[2] != device and not self.may_read(device, header[5]):
                self.fault("delivery", f"{self.workers.get(device)} was sent an entry of {header[5].hex()[:8]}")
            if entry[2] is not None and header[5] in self.erased:
                self.fault("erased", f"a body of the erased {header[5].hex()[:8]}")
        elif sealed is not None and not self.may_read(device, change["fact"][2]):
            self.fault("delivery", f"{self.workers.get(device)} was sent the key of {change['fact'][2].hex()[:8]}")

    # --- what counts ---

    def may_count(self, device: bytes, seq: int, record: bytes) -> bool:
        """Whether an entry of this author may count at all."""
        return (
            device in self.workers
            and self.workers[device] in self.ever.get(record, ())
            and seq <= self.revoked.get(device, seq)
        )

    def greatest(self, device: bytes) -> int:
        """The greatest seq of a device that anybody brought: a revocation ends there at the latest."""
        return self.brought.get(device, 0)


def safe_unpack(raw: bytes) -> Any:
    """A message, or nothing where it is none."""
    try:
        return unpack(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
