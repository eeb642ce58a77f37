"""Two devices enrol, one writes, syncs and grants, the other reads; and both heal a server that was restored.

The second half of the worked example, from the protocol alone: `cryptography`, `msgspec` and `worked_example.py` beside
it, nothing of Veldpost (docs/makers.md). With a server that runs and two invitations, as `veldpost invite` prints them:

    .venv/bin/python docs/worked_exchange.py http://127.0.0.1:8000 INVITATION INVITATION
"""

import hmac
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519

sys.path.insert(0, str(Path(__file__).parent))
from worked_example import (
    SUITE,
    XWING,
    Keys,
    Record,
    check_entry,
    make_clock,
    make_entry,
    make_epoch_and_wrap,
    make_request,
    sha256,
    signed_bytes,
)

pack, unpack = msgspec.msgpack.encode, msgspec.msgpack.decode
Post = Callable[[str, bytes, dict[str, str]], bytes]
PLAIN = {"Content-Type": "application/msgpack"}
BEGIN = (0, bytes(32))


class Refused(Exception):
    """The server answered with a problem; its stable code is the text."""


def check_fact(fact: list[Any], signing_public: bytes) -> list[Any]:
    """A fact is true by its signature alone: purpose and fields are the array before `sig`."""
    key = ed25519.Ed25519PublicKey.from_public_bytes(signing_public)
    key.verify(fact[-1], signed_bytes(fact[0], *fact[1:-1]))
    return fact


def sealing_public(raw: bytes) -> hpke.MLKEM768X25519PublicKey:
    """A public sealing key of suite 2 from its bytes."""
    one, two = (
        mlkem.MLKEM768PublicKey.from_public_bytes(raw[:1184]),
        x25519.X25519PublicKey.from_public_bytes(raw[1184:]),
    )
    return hpke.MLKEM768X25519PublicKey(one, two)


class TownKeys:
    """The municipality as a device knows it: what `make_epoch_and_wrap` seals to."""

    def __init__(self, keys: list[Any]) -> None:
        self.signing_public, self.sealing_public = keys[3], keys[4]
        self.sealing_open = sealing_public(keys[4])


class Phone:
    """A device: its keys, its journal, the facts and keys that it was given. All of it belongs on a disk, sealed."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.keys = Keys(os.urandom(32), os.urandom(32))
        self.own: list[tuple[list[Any], bytes]] = []  # entries with their hashes, in order of seq
        self.others: dict[bytes, list[Any]] = {}  # entries of others, by hash
        self.facts: list[list[Any]] = []
        self.epochs: list[list[Any]] = []  # kept as long as the entries whose wraps name them
        self.records: dict[bytes, Record] = {}
        self.grants: list[list[Any]] = []  # [fact, sealed]: handed in with the next exchange
        self.cursor, self.life, self.receipt = b"", b"", None
        self.send_after = self.clock = 0
        self.healing = False  # whether the server was restored and lacks what others wrote

    # --- enrolment ---

    def enrol(self, invitation: str) -> None:
        """Show an invitation; believe nothing before the municipality's keys were checked against it."""
        self.town, token, secret, bundle_hash = unpack(bytes.fromhex(invitation))
        fields = (token, SUITE, self.keys.signing_public, self.keys.sealing_public)
        mac = hmac.digest(secret, signed_bytes("enrol", *fields), "sha256")
        names = ("token", "suite", "signing", "sealing")
        body = pack(dict(zip(names, fields, strict=True)) | {"mac": mac})
        answer = unpack(self.post(f"/api/v1/{self.town}/enrolments", body, PLAIN))
        keys, certificate = answer["keys"], answer["certificate"]
        assert sha256(signed_bytes("bundle", *keys[1:-1])) == bundle_hash, "another municipality's keys"
        self.town_keys = TownKeys(check_fact(keys, keys[3]))
        assert check_fact(certificate, keys[3])[2] == self.keys.id, "another device's certificate"
        self.certificate = certificate
        self.facts.append(certificate)

    # --- writing ---

    def create(self, form: str, version: int, answers: dict[str, Any]) -> bytes:
        """A new record with its first entry, which carries the wrap that lets the municipality read it."""
        record = Record(self.keys.id, os.urandom(32))
        epoch, wrap = make_epoch_and_wrap(self.town, self.keys, record, self.town_keys)
        self.epochs.append(epoch)
        self.records[record.id] = record
        self._write(record, (form, version, answers), [], [wrap])
        return bytes(record.id)

    def edit(self, record: bytes, form: str, version: int, answers: dict[str, Any], seen: list[list[Any]]) -> None:
        """Change a record; `seen` is what was on screen, per device [device, seq, first 8 bytes of the hash]."""
        self._write(self.records[record], (form, version, answers), seen, [])

    def _write(self, record: Record, said: tuple[str, int, dict[str, Any]], seen: list[Any], wraps: list[Any]) -> None:
        before = (len(self.own), self.own[-1][1]) if self.own else BEGIN
        self.clock = make_clock(self.clock, now_ms())
        self.own.append(make_entry(self.town, self.keys, record, before, self.clock, seen, said, wraps))

    def grant(self, record: bytes, to: list[Any]) -> None:
        """Open a record to a device of another worker, whose certificate this is."""
        held = self.records[record]
        info = b"veldpost/1/grant" + self.town.encode() + held.id + held.key + to[2]
        sealed = XWING.encrypt(held.record_key, sealing_public(to[7]), info=info)
        fact = ["grant", self.town, held.id, held.key, to[2], SUITE, sha256(sealed), self.keys.id]
        fact.append(self.keys.signing.sign(signed_bytes(fact[0], *fact[1:])))
        self.grants.append([fact, sealed])

    # --- the sync loop ---

    def sync(self) -> None:
        """Exchange until nothing is left to send or to take in. Sending twice is harmless."""
        while True:
            answer = self._exchange()
            if answer.get("refused"):
                raise Refused(answer["refused"]["code"])
            if not answer.get("more") and self.send_after == len(self.own) and not self.healing:
                return

    def _exchange(self) -> dict[str, Any]:
        request: dict[str, Any] = {"protocol": 1, "sent": now_ms(), "cursor": self.cursor, "grants": self.grants}
        if self.own:
            request |= {
                "head": [len(self.own), self.own[-1][1]],
                "entries": [e for e, _ in self.own[self.send_after :]],
            }
            request |= {"epochs": self.epochs}
        if self.receipt:
            request["receipt"] = self.receipt
        if self.healing:  # others' entries and all facts, once; each proves itself by its own signature
            handed = [self._wrapped(entry) for entry in self.others.values()]
            request |= {"handed": handed, "facts": self.facts, "epochs": self.epochs}
        path, body = f"/api/v1/{self.town}/sync", pack(request)
        headers = make_request(self.keys, "POST", path, body, request["sent"], Content_Type=PLAIN["Content-Type"])
        try:
            answer = unpack(self.post(path, body, headers))
        except Refused as refused:
            if str(refused) != "device-unknown":
                raise
            self.post(f"/api/v1/{self.town}/certificates", pack(self.certificate), PLAIN)  # a restored server forgot it
            answer = unpack(self.post(path, body, headers))
        self._learn(answer)
        return dict(answer)

    def _wrapped(self, entry: list[Any]) -> list[Any]:
        """Another's entry with a wrap of our own, where we have its record's key: the server may have lost theirs."""
        record = self.records.get(unpack(entry[1])[5])
        if record is None:
            return entry
        epoch, wrap = make_epoch_and_wrap(self.town, self.keys, record, self.town_keys)
        self.epochs.append(epoch)
        return [*entry[:5], [wrap]]

    def _learn(self, answer: dict[str, Any]) -> None:
        self.healing = bool(self.life) and answer["life"] != self.life
        if self.healing:  # the server was restored: it says from where it wants our chain; everything comes anew
            self.receipt = None
        self.life, self.cursor = answer["life"], answer["cursor"]
        wanted = answer.get("wanted")
        self.send_after = answer["received_through"][0] if wanted is None else wanted - 1
        self.receipt = answer.get("receipt") or self.receipt
        self.grants = []  # each was taken, or is named in `refused_grants`
        for change in answer.get("changes", ()):
            if "entry" in change:
                self._take_entry(change["entry"])
            elif "fact" in change:
                self._take_fact(change["fact"], change.get("sealed"))

    def _take_entry(self, entry: list[Any]) -> None:
        if unpack(entry[1])[2] != self.keys.id:
            self.others[sha256(b"veldpost/1/entry", entry[0], sha256(entry[1]), sha256(entry[2]))] = entry

    def _take_fact(self, fact: list[Any], sealed: bytes | None) -> None:
        """Of the facts a device looks at here: certificates of others, and grants to itself with their sealed key."""
        if fact[0] not in ("certificate", "grant"):
            return  # a real device looks at all of them (sync/SPEC.md 5)
        signer = self.certificate_of(fact[7]) if fact[0] == "grant" and fact[7] else None
        check_fact(fact, self.town_keys.signing_public if signer is None else signer[6])
        if fact not in self.facts:
            self.facts.append(fact)
        if fact[0] == "grant" and fact[4] == self.keys.id and sealed is not None:
            info = b"veldpost/1/grant" + self.town.encode() + fact[2] + fact[3] + self.keys.id
            record = Record(b"", XWING.decrypt(sealed, self.keys.sealing, info=info))
            assert record.key == fact[3], "the key is not the one that the grant commits to"
            record.id = fact[2]
            self.records[record.id] = record

    def certificate_of(self, device: bytes) -> list[Any] | None:
        """The certificate of a device, if it came."""
        found = (fact for fact in self.facts if fact[0] == "certificate" and fact[2] == device)
        return max(found, key=lambda fact: int(fact[8]), default=None)

    def read(self, record: bytes) -> list[tuple[str, int, dict[str, Any]]]:
        """What the entries of a record say that came from others, each checked as a reader must."""
        said = []
        for entry in self.others.values():
            header = unpack(entry[1])
            author = self.certificate_of(header[2])
            if header[5] == record and author is not None:
                said.append(check_entry(entry, author[6], self.records[record].record_key, entry[0]))
        return said


def now_ms() -> int:
    """The wall clock; a real device adds the offset that it learnt from `server_time`."""
    return time.time_ns() // 1_000_000


def over_http(origin: str) -> Post:
    """Posts to a server; a problem's code becomes `Refused`."""

    def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
        request = urllib.request.Request(origin + path, body, headers)  # noqa: S310 - the origin is the caller's word
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise Refused(msgspec.json.decode(error.read()).get("code", str(error.code))) from None

    return post


def story(post: Post, invitations: list[str]) -> tuple[Phone, Phone, bytes]:
    """Two devices of two workers: one writes and grants, the other reads and adds."""
    one, two = Phone(post), Phone(post)
    for phone, invitation in zip((one, two), invitations, strict=True):
        phone.enrol(invitation)
    record = one.create("huisbezoek", 1, {"/bezoek_datum": "2026-03-04", "/rollen": ["outreachwerker"]})
    one.sync()
    two.sync()
    one.sync()  # certificates are facts: they come to every device
    to = one.certificate_of(two.keys.id)
    assert to is not None, "the other device's certificate has not come"
    one.grant(record, to)
    one.sync()
    two.sync()
    assert two.read(record) == [("huisbezoek", 1, {"/bezoek_datum": "2026-03-04", "/rollen": ["outreachwerker"]})]
    two.edit(record, "huisbezoek", 1, {"/bezoek_datum": "2026-03-05"}, [[one.keys.id, 1, one.own[0][1][:8]]])
    two.sync()
    one.sync()
    assert one.read(record) == [("huisbezoek", 1, {"/bezoek_datum": "2026-03-05"})]
    return one, two, record


if __name__ == "__main__":
    _, _, made = story(over_http(sys.argv[1]), sys.argv[2:4])
    print(f"Both devices read the record {made.hex()}.")  # noqa: T201
