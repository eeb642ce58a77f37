"""What workers do with their phones: write, decide, hand records on, and sometimes lie."""

from typing import Final

from sync.device import compose
from sync.entry import Seen
from sync.facts import Certificate
from tests.fleet.sea import Opened, Sailor, Sea

FIELDS: Final = ("/toegang", "/zorg", "/duiding", "/vervolg_datum")
YEARS_MS: Final = 5 * 365 * 24 * 3_600_000
SLACK_MS: Final = 60_000


class Sailing:
    """The acts of workers."""

    def __init__(self, sea: Sea) -> None:
        self._sea = sea
        self._random = sea.random

    def write_new(self, sailor: Sailor) -> None:
        """A new record."""
        word = self._sea.word(None)
        self._sea.words[word] = sailor.device.create("huisbezoek", 1, {self._random.choice(FIELDS): word})

    def begin(self, sailor: Sailor) -> None:
        """Open a form."""
        readable = self._sea.readable(sailor)
        if readable:
            record = self._random.choice(readable)
            sailor.open[record] = self.opened(sailor, record)

    def opened(self, sailor: Sailor, record: bytes) -> Opened:
        """A form as it is on screen now."""
        shown: dict[bytes, int] = {}
        for arrival in sailor.device.taken(record).admitted:
            header = arrival.header
            shown[header.device] = max(header.seq, shown.get(header.device, 0))
        return Opened(sailor.device.open(record), shown)

    def save(self, sailor: Sailor) -> None:
        """Save a form that was opened earlier: what came by sync meanwhile was not on screen."""
        gone = set(sailor.device.store.erased())
        sailor.open = {record: opened for record, opened in sailor.open.items() if record not in gone}
        if sailor.open:
            record = self._random.choice(list(sailor.open))
            fields = self._random.sample(FIELDS, self._random.randrange(1, 3))
            self._save(sailor, sailor.open.pop(record), {field: self._sea.word(record) for field in fields})

    def _save(self, sailor: Sailor, opened: Opened, answers: dict[str, str]) -> None:
        sailor.device.save(opened.editing, "huisbezoek", 1, answers)
        last = sailor.device.store.own_at(sailor.device.id, sailor.device.pen.head.seq)
        assert last is not None
        for seen in last.arrival().header.observed:
            if seen.device != sailor.device.id and seen.seq > opened.shown.get(seen.device, 0):
                self._sea.faults.append(f"{sailor.path.name} decided over seq {seen.seq}, which nobody had seen")

    def delete(self, sailor: Sailor) -> None:
        """Delete a record, or bring it back."""
        readable = self._sea.readable(sailor)
        if readable:
            editing = sailor.device.open(self._random.choice(readable))
            (sailor.device.delete if self._random.random() < 0.7 else sailor.device.restore)(editing)
            self._sea.seen["delete or restore"] += 1

    def resolve(self, sailor: Sailor) -> None:
        """Decide a conflict while another worker answers the same question once more."""
        sea, device, others = self._sea, sailor.device, []
        for record in self._random.sample(sea.readable(sailor), len(sea.readable(sailor))):
            others = [s for s in sea.sailors if s.worker != sailor.worker and record in sea.readable(s)]
            if others:
                break
        if not others:
            return
        other, path = self._random.choice(others), self._random.choice(FIELDS)
        for opened, phone in [(self.opened(phone, record), phone) for phone in (other, sailor)]:
            self._save(phone, opened, {path: sea.word(record)})
        for phone in (other, sailor):
            sea.sync(phone, calm=True)
        if sailor.device.id != device.id or record not in sea.readable(sailor) or record not in sea.readable(other):
            return
        conflict = device.view(record).conflicts.get(path, ())
        opened, word = self.opened(sailor, record), sea.word(record)
        self._save(other, self.opened(other, record), {path: word})
        for phone in (other, sailor):
            sea.sync(phone, calm=True)
        if not conflict or word not in device.view(record).conflicts.get(path, ()):
            return
        self._save(sailor, opened, {path: sea.word(record)})
        sea.seen["resolve while an answer arrives"] += 1
        if word not in device.view(record).conflicts.get(path, ()):
            sea.faults.append(f"{word} was decided without having been shown")

    def wrong_clock_for_a_moment(self, sailor: Sailor) -> None:
        """A clock is years ahead for one word, and right again: what is written next is dated now."""
        sea, device = self._sea, sailor.device
        if sea.sync(sailor, calm=True) is None or not sea.is_on_server(sailor):
            return
        before, sailor.clock.off_ms = sailor.clock.off_ms, YEARS_MS
        self.write_new(sailor)
        record = sea.words[f"woord-{sea.number:06d}"]
        sailor.clock.off_ms = before
        outcome = sea.sync(sailor, calm=True)
        if outcome is None or outcome.unsent or sailor.device is not device or record in device.store.erased():
            return
        self._save(sailor, self.opened(sailor, record), {"/duiding": sea.word(record)})
        last = device.store.own_at(device.id, device.pen.head.seq)
        assert last is not None
        sea.seen["clock wrong for a moment"] += 1
        if last.arrival().header.clock >> 16 > sea.server.clock.ms + SLACK_MS:
            sea.faults.append("a clock that was wrong once dates what is written after it")

    def give(self, sailor: Sailor) -> None:
        """Open a record to somebody else's phone, or to one's own second one, which is refused."""
        readable = self._sea.readable(sailor)
        others = [one for one in self._sea.sailors if one is not sailor]
        if not readable or not others:
            return
        own = [one for one in others if one.worker == sailor.worker]
        to = self._certificate(sailor, self._random.choice(own if own and self._random.random() < 0.3 else others))
        if to is not None:
            lost = [record for record in readable if (record, sailor.worker) in self._sea.taken]
            sailor.device.grant(self._random.choice(lost if lost and self._random.random() < 0.5 else readable), to)
            self._sea.seen["device grant"] += 1
            self._sea.since_backup["device grant"] += 1

    def _certificate(self, sailor: Sailor, other: Sailor) -> Certificate | None:
        return sailor.device.facts.certificates.get(other.device.id)

    def lie(self, sailor: Sailor) -> None:
        """A device that writes where it may not, claims to have seen what does not exist, or seals rubbish."""
        sea = self._sea
        records = sea.living()
        if not records:
            return
        sailor = self._random.choice((sailor, sea.stranger))
        record, device = self._random.choice(records), sailor.device
        row = sea.town.journal.record(record)
        assert row is not None
        ghost = Seen(device.id, device.pen.head.seq + 5, b"spookje!")
        other = Seen(bytes(16), 3, b"spookje!")
        observed = self._random.choice(((), (ghost,), (other,)))
        head = compose(device.pen, device.clock.now_ms(), record, row.key, "write", observed, [b"aanraken"])
        with device.store.transaction():
            known = device.store.record_key(record)
            unknown = known is None or known[1] is None
            device.store.keep_key(record, row.key, bytes(32) if unknown else None)
            device.chain(head, self._random.randbytes(300))
            if unknown:
                device.store.db.execute("update record set record_key = null where record = ?", (record,))
        sea.seen["lie"] += 1
        if sailor is sea.stranger:
            sea.sync(sailor)
