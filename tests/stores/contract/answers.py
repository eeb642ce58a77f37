"""Everything that a journal says when it is asked for all that it has: two databases with one history say the same."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from backend.stores.group import Wanted
from backend.stores.journal_rows import StoredEntry, StoredFact
from backend.stores.ledger import Journal
from sync.facts import encode_fact


class Asked(NamedTuple):
    """What to ask for."""

    devices: Sequence[bytes]
    records: Sequence[bytes]


def answers(journal: Journal, asked: Asked) -> Mapping[str, Any]:
    """Every question of `Log`, `Derived` and `Beside` with every argument that a small history has."""
    return {**_of_all(journal, asked), **_of_devices(journal, asked), **_of_records(journal, asked)}


def _facts(stored: Any) -> list[tuple[int, int, bytes]]:
    return [(one.position, one.received, encode_fact(one.fact)) for one in stored]


def _within(record: bytes, last: int) -> list[tuple[bytes, int, int]]:
    return [(record, 0, 1 << 62), (record, last // 3, last), (b"?" * 16, 0, last)]


def _sent(one: StoredEntry | StoredFact) -> tuple[Any, ...]:
    return tuple(one) if isinstance(one, StoredEntry) else _facts([one])[0]


def _of_all(journal: Journal, asked: Asked) -> dict[str, Any]:
    last = journal.last_position()
    places = range(1, last + 2)
    records = list(asked.records)
    return {
        "last": last, "life": journal.life(), "size": journal.size(), "tails": journal.tails(),
        "places": [journal.place_at(at) for at in places],
        "facts": _facts(journal.facts()), "after": _facts(journal.facts_after(last // 2)),
        "between": _facts(journal.facts_between(2, last - 1)), "again": [journal.again_at(at) for at in places],
        "sent": {at: _sent(one) for at, one in journal.sent_at([*places, last + 99]).items()},
        "kinds": {kind: journal.payloads(kind) for kind in ("grant", "certificate", "revocation")},
        "global": (journal.last_global_fact(), journal.global_facts_after(1, 5)),
        "changed": {*journal.changed_records(1, last)}, "opened": journal.opened_up_records(1, last),
        "dirty": {*journal.dirty()}, "held": journal.held_count(), "forked": journal.forked_count(),
        "elsewhere": journal.forked_elsewhere(), "incomplete": {*journal.incomplete_records()},
        "verified": journal.entries_between(1, last), "existing": journal.existing(records),
        "many": journal.many_records(records), "counts": journal.entry_counts(records),
        "entries of many": journal.many_entries(records), "forked of many": journal.many_forked(records),
        "held of many": {r: sorted(found) for r, found in journal.many_held(records).items()},
        "numbered": {*journal.numbered(0, journal.record_numbers())}, "gifts": {*journal.records_with_gifts()},
        "changed at": {at: {*journal.records_changed_at(at)} for at in places},
        "owed": {row[1:] for row in journal.owed(99)}, "untold": {*journal.displaced_untold()},
        "copies": [(s.position, promised) for s, promised in journal.copies_wanted()],
        "audit": [*journal.audit_chain()], "unfinished": journal.unfinished_erasures(),
    }  # fmt: skip


def _of_devices(journal: Journal, asked: Asked) -> dict[str, Any]:
    last, found = journal.last_position(), dict[str, Any]()
    for device in asked.devices:
        seqs = range(1, journal.last_seq(device) + 2)
        told = {
            "seq": journal.last_seq(device), "own": journal.own_after(device, 1, 3),
            "stamps": journal.stamps(device, 1, 99), "before": journal.held_before(device, 3),
            "first after": [journal.first_after(device, at) for at in range(last + 1)],
            "at": [
                (journal.at(device, n), journal.hash_at(device, n), journal.lacks_body(device, n),
                 journal.stamp_at(device, n), journal.links_at(device, n))
                for n in seqs
            ],
            "broken": journal.broken_links(device, 0, 99), "seqs": journal.forked_seqs(device),
            "wrote": {*journal.records_of_device(device)}, "holds": {*journal.held_by(device)},
            "held in": {*journal.held_records_of(device)}, "gave": {*journal.given_by(device)},
            "feed": [journal.feed_after(device, at, b"", 99) for at in range(last + 1)],
            "wanted": {*journal.wraps_wanted_from(device)}, "above": journal.bytes_above(device, 1) > 0,
            "loaded": journal.load(Wanted(frozenset((device,)), frozenset(asked.records))).last_seqs,
        }  # fmt: skip
        found |= {f"{name} of {device.hex()}": said for name, said in told.items()}
    return found


def _of_records(journal: Journal, asked: Asked) -> dict[str, Any]:
    last, found = journal.last_position(), dict[str, Any]()
    for record in asked.records:
        loaded = journal.load(Wanted(frozenset(), frozenset((record,))))
        entries = journal.entries_of(record)
        found |= {
            f"of {record.hex()}": (
                journal.record(record), entries, journal.entries_of(record, 2, last, 2), journal.granted_of(record),
                sorted(journal.held_of(record)), journal.forked_of(record), journal.holders_of(record),
                journal.has_gifts(record), journal.is_erased(record), journal.erasure_confirmed_by(record),
                [encode_fact(grant) for grant in journal.grants_of(record)], _facts(journal.facts(record=record)),
                [journal.places_of(_within(record, last), desk=desk) for desk in (False, True)],
                [(journal.was_granted(record, d), journal.has_access(d, record), journal.first_counting(record, d))
                 for d in asked.devices],
                [(journal.entry_named(record, e.hash), journal.is_incomplete(e.hash)) for e in entries],
                loaded.records, {r: sorted(held) for r, held in loaded.held.items()},
            )
        }  # fmt: skip
    return found
