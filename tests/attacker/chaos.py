"""A seeded die that mixes every route with every member: honest people at work, staff at work, and people who are not.

Whoever is hostile shares all keys with the others who are, sends what they should not, replays what others sent, and
says anything in any member. The model judges each answer; at the end all that is honest must work on.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from tests.attacker.phone import OCTETS, TUS, Phone
from tests.attacker.town import Town
from tests.attacker.wire import MESSAGEPACK, Record, make_epoch, make_fact, pack, seal_attachment, sha256

FIELDS: Final = ("/toegang", "/zorg", "/duiding", "/vervolg_datum")
RECORDS_MAX: Final = 60
PHONES_MAX: Final = 24
HONEST: Final = ("anna", "bert", "cees")
DESK_THIEF: Final = "hans"  # whose device is a desk device
HOSTILE: Final = ("dirk", "eva", "fred", "gerda")


class Chaos:
    """One town, its people, and a die."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.random = town.random
        self.seen: Counter[str] = Counter()
        self.number = 0
        self.records: list[bytes] = []
        self.loot: dict[bytes, Record] = {}
        self.uploads: list[str] = []
        self.names: list[bytes] = []
        for worker in (*HONEST, "anna"):
            town.phone(worker)
        for worker in HOSTILE:
            town.phone(worker, honest=False)
        town.phone(DESK_THIEF, honest=False, role="desk")

    def run(self, acts: int) -> None:
        """That many acts."""
        for _ in range(acts):
            self.act()
        if self.town.product.locked:
            self.town.server.unlock()
        self.town.confirm_list()

    def act(self) -> None:
        """One thing happens."""
        town, random = self.town, self.random
        town.clock.ms += random.randrange(1, 20_000)
        chosen: Callable[..., None]
        kind = random.choices(("honest", "hostile", "staff", "line"), (40, 45, 8, 7))[0]
        if kind == "honest":
            chosen = random.choice((self.create, self.write, self.write, self.sync, self.sync, self.share, self.photo))
            chosen(random.choice(town.honest))
        elif kind == "hostile":
            phones = [phone for phone in town.phones if phone not in town.honest]
            chosen = random.choice(self.hostile_acts)
            chosen(random.choice(phones))
            self._loot(phones)
        elif kind == "staff":
            chosen = random.choice(self.staff_acts)
            if town.product.locked:
                town.server.unlock()  # whoever acts has unlocked first
            chosen()
        else:
            chosen = self.replay
            chosen(random.choice(town.phones))
        self.seen[chosen.__name__] += 1

    def _loot(self, phones: list[Phone]) -> None:
        for phone in phones:
            self.loot.update(phone.records)

    def _word(self) -> dict[str, str]:
        self.number += 1
        return {self.random.choice(FIELDS): f"woord-{self.number}"}

    # --- honest people ---

    def create(self, phone: Phone) -> None:
        if len(self.records) < RECORDS_MAX:
            self.records.append(phone.create(self._word()))
            phone.push()

    def write(self, phone: Phone) -> None:
        mine = [record for record in phone.records if record not in self.town.model.erased]
        if mine:
            phone.write(phone.records[self.random.choice(mine)], self._word())

    def sync(self, phone: Phone) -> None:
        phone.sync()

    def share(self, phone: Phone) -> None:
        mine = [record for record in phone.records if self.town.model.may_read(phone.id, record)]
        others = [device for device in phone.certificates if device != phone.id]
        if mine and others:
            phone.grant(self.random.choice(mine), self.random.choice(others))

    def photo(self, phone: Phone) -> None:
        mine = [record for record in phone.records if record not in self.town.model.erased]
        if mine:
            record = self.random.choice(mine)
            sealed, name = seal_attachment(phone.records[record], b"foto", self.random.randbytes(32))
            begun = phone.begin(record, name, len(sealed))
            if begun.status == 201:
                self.town.model.attachments[name] = record
                self.names.append(name)
                self.uploads.append(begun.headers["location"])
                middle = self.random.randrange(len(sealed))
                phone.piece(begun.headers["location"], 0, sealed[:middle])
                phone.piece(begun.headers["location"], middle, sealed[middle:])

    # --- staff ---

    @property
    def staff_acts(self) -> list[Any]:
        return [
            self.assign,
            self.assign,
            self.withdraw,
            self.withdraw,
            self.revoke,
            self.erase,
            self.hire,
            self.restart,
            self.restore,
            self.confirm,
            self.lock,
        ]

    def _known(self) -> list[bytes]:
        journal = self.town.product.journal
        return [r for r in self.records if r not in self.town.model.erased and journal.record(r) is not None]

    def assign(self) -> None:
        if self._known():
            self.town.assign(self.random.choice(self._known()), self.random.choice((*HONEST, *HOSTILE)))

    def withdraw(self) -> None:
        if self._known():
            self.town.withdraw(self.random.choice(self._known()), self.random.choice((*HONEST, *HOSTILE, *HOSTILE)))

    def revoke(self) -> None:
        phones = [phone for phone in self.town.phones if phone.id not in self.town.model.revoked]
        hostile = [phone for phone in phones if phone not in self.town.honest]
        if len(hostile) > len(HOSTILE):
            self.town.revoke(self.random.choice(hostile), stolen=self.random.random() < 0.5)

    def erase(self) -> None:
        known = self._known()
        if len(known) > 10:
            record = self.random.choice(known)
            self.town.erase(record)
            self.records.remove(record)

    def hire(self) -> None:
        living = [phone for phone in self.town.phones if phone.id not in self.town.model.revoked]
        if len(living) < PHONES_MAX:
            self.town.phone(self.random.choice((*HOSTILE, *HOSTILE, "anna")), honest=False)

    def restart(self) -> None:
        if self.random.random() < 0.2:
            self.town.restart()

    def restore(self) -> None:
        """A life that a restore began: from now on facts that devices bring are taken in.

        Somebody confirms its list at once, or some acts later; until then it delivers nothing.
        """
        if self.random.random() < 0.3:
            self.town.restored(confirmed=self.random.random() < 0.5)

    def confirm(self) -> None:
        """A person looks at the list of a restored town and confirms it."""
        self.town.confirm_list()

    def lock(self) -> None:
        """The private keys are away until somebody acts again: what is said meanwhile waits for them."""
        self.town.product.keyring.lock()

    # --- hostile people ---

    @property
    def hostile_acts(self) -> list[Any]:
        return [
            self.create, self.sync, self.sync, self.loot_write, self.loot_grant, self.loot_grant, self.ask_back,
            self.hand_others, self.hand_in, self.forge, self.certify, self.nonsense, self.upload_anything,
            self.touch_uploads, self.fetch, self.say_anything, self.fork,
        ]  # fmt: skip

    def _loot_record(self) -> Record | None:
        return self.random.choice(list(self.loot.values())) if self.loot else None

    def loot_write(self, phone: Phone) -> None:
        record = self._loot_record()
        if record is not None:
            more: dict[str, Any] = {} if self.random.random() < 0.7 else {"clock": self.random.randrange(2**64)}
            if self.random.random() < 0.2:
                more["observed"] = [[self.random.choice(self.town.phones).id, self.random.randrange(1, 9), bytes(8)]]
            if self.random.random() < 0.2:
                more["act"] = self.random.choice(("delete", "restore"))
            phone.write(record, self._word(), **more)
            phone.push()

    def loot_grant(self, phone: Phone) -> None:
        record, others = self._loot_record(), list(phone.certificates)
        if record is not None and others:
            phone.records.setdefault(record.id, record)
            grants = [phone.grant_of(record.id, self.random.choice(others)) for _ in range(self.random.randrange(1, 4))]
            if self.random.random() < 0.3:
                phone.exchange(facts=[grant[0] for grant in grants])
            phone.exchange(grants=grants)

    def ask_back(self, phone: Phone) -> None:
        wanted = self.random.sample(self.records, min(len(self.records), 8))
        phone.exchange(cursor=self.random.choice((b"", phone.cursor, bytes(60))), lacking=wanted, erased=wanted[:2])

    def _others(self) -> list[Any]:
        phone = self.random.choice(self.town.phones)
        return [made.wire for made in phone.chain[-3:]]

    def _spoilt(self, entry: list[Any]) -> list[Any]:
        place, kind = self.random.randrange(6), self.random.randrange(4)
        if kind == 0:
            return [*entry[:2], None, sha256(entry[2] or b""), entry[4], []]
        if kind == 1:
            header_wrap = [self.random.randbytes(16), self.random.randbytes(16), bytes(8), bytes(12), bytes(48)]
            return [*entry[:5], [header_wrap, *entry[5]]]
        if kind == 2 and isinstance(entry[place], bytes) and entry[place]:
            at = self.random.randrange(len(entry[place]))
            changed = entry[place][:at] + bytes([entry[place][at] ^ 1]) + entry[place][at + 1 :]
            return [*entry[:place], changed, *entry[place + 1 :]]
        return entry

    def hand_others(self, phone: Phone) -> None:
        phone.exchange(handed=[self._spoilt(entry) for entry in self._others()])

    def hand_in(self, phone: Phone) -> None:
        author = self.random.choice(self.town.phones)
        entries = [self._spoilt(made.wire) for made in author.chain[-4:]]
        epoch = make_epoch(author.town, author.id, author.town_keys[4], self.random).wire
        phone.hand_in(entries, [epoch, *([author.epoch.wire] if author.epoch else [])], certificate=author.certificate)

    def forge(self, phone: Phone) -> None:
        town, random = phone.town, self.random
        record = random.choice(self.records) if self.records else bytes(16)
        other = random.choice(self.town.phones)
        hash_ = other.last[1]
        by = random.choice((phone.id, other.id, None))
        fact = random.choice(
            (
                ("set-aside", town, record, hash_, "sig", by),
                ("erasure", town, record, "court", self.town.clock.ms),
                ("revocation", town, other.id, 0, bytes(32), 1, self.town.clock.ms),
                ("withdrawal", town, record, other.worker, self.town.clock.ms),
                ("assignment", town, record, phone.worker, self.town.clock.ms),
                ("hole", town, other.id, 1, 3, hash_, self.town.clock.ms),
                ("certificate", *other.certificate[1:3], phone.worker, "desk", *other.certificate[5:-1]),
                ("report", town, record, hash_, "open", by or b""),
            )
        )
        forged = make_fact(phone.keys, *fact)
        phone.exchange(facts=[forged, random.choice(self.town.phones).certificate])
        phone.plain(phone.target("certificates"), pack(forged))
        receipt = [town, self.random.randbytes(16), phone.id, 9, hash_, self.town.clock.ms, bytes(64)]
        phone.exchange(**{random.choice(("receipt", "gone")): receipt})

    def certify(self, phone: Phone) -> None:
        phone.recertify()
        phone.ask("GET", phone.target("forms", "huisbezoek", "versions", "1"))

    def nonsense(self, phone: Phone) -> None:
        route = self.random.choice(
            ("sync", "enrolments", "certificates", "hand-ins", "successions", "attachments", "x")
        )
        raw = self.random.choice(
            (b"", b"\xc1", b"\x91" * 3_000 + b"\xc0", self.random.randbytes(40), pack({"protocol": 1}))
        )
        self.town.send("POST", phone.target(route), {"Content-Type": MESSAGEPACK}, raw)
        phone.ask(self.random.choice(("POST", "GET", "PUT", "DELETE")), phone.target(route), raw)
        phone.ask("POST", phone.target("sync"), raw, {"Content-Type": MESSAGEPACK})

    def upload_anything(self, phone: Phone) -> None:
        record = self.random.choice(self.records) if self.records else bytes(16)
        content = self.random.randbytes(50)
        name = self.random.choice((sha256(content), bytes(32), *self.names[-3:]))
        begun = phone.begin(record, name, self.random.choice((50, 0, 2**40, 51)))
        if begun.status == 201:
            self.uploads.append(begun.headers["location"])
            self.town.model.attachments.setdefault(name, record)
            phone.piece(begun.headers["location"], self.random.choice((0, 0, 7)), content)

    def touch_uploads(self, phone: Phone) -> None:
        where = self.random.choice(self.uploads) if self.uploads else phone.target("attachments", "uploads", "../x")
        more = {**TUS, "Content-Type": OCTETS, "Upload-Offset": str(self.random.randrange(60))}
        method = self.random.choice(("HEAD", "DELETE", "PATCH"))
        phone.ask(method, where, b"x" if method == "PATCH" else b"", more)

    def fetch(self, phone: Phone) -> None:
        for name in self.names[-5:]:
            phone.download(name)

    def say_anything(self, phone: Phone) -> None:
        words: dict[str, Any] = {
            "protocol": self.random.choice((0, 1, 2, "een")),
            "sent": self.random.choice((0, 2**63, self.town.clock.ms, -1)),
            "cursor": self.random.randbytes(self.random.choice((0, 16, 80))),
            "limit": self.random.choice((-1, 0, 2**62, 1)),
            "head": self.random.choice((None, [0, bytes(32)], [2**53, bytes(32)], [3, bytes(32)], [-1, b""])),
            "forms": self.random.choice(({}, {"x": b""}, {"x": "y"}, [])),
            "epochs": self.random.choice(([], [[bytes(8), bytes(8), 2, bytes(4_000)]], [[b"", b"", -1, b""]])),
            "reports": self.random.choice(([], [[bytes(16), bytes(32), "open", bytes(64)]])),
            "lacking": self.random.choice(([], [b""], [bytes(16)])),
            "erased": self.random.choice(([], [b"x" * 40], [bytes(16)])),
            "status": self.random.choice(({}, {"a": 1}, [])),
        }
        chosen = self.random.sample(sorted(words), 3)
        phone.exchange(**{name: words[name] for name in chosen})

    def fork(self, phone: Phone) -> None:
        """The phone's store is copied back: it writes other words at places that it has used."""
        if len(phone.chain) > 3:
            back = self.random.randrange(1, 3)
            del phone.chain[-back:]
            phone.sent = min(phone.sent, len(phone.chain))
            phone.last = (phone.chain[-1].seq, phone.chain[-1].hash)
            self.loot_write(phone)

    # --- the line ---

    def replay(self, _phone: Phone) -> None:
        """Somebody who listened sends a few requests again, as they were or with another address."""
        kept = self.town.recorded
        for sent in self.random.sample(kept, min(3, len(kept))):
            self.town.resend(sent)
        del kept[:-500]
