"""Taking in words that do not count: of a revoked device after its end, or of a journal that parted from ours.

The desk device writes the entry anew (sync/SPEC.md section 8.9): the same touches and answers, `from` its hash, so that
it is shown with the author and time of who wrote it.
"""

from typing import ClassVar, NamedTuple

from backend.device.device import Device
from backend.errors import BackendError, RecordUnknown
from backend.municipality.service import Municipality
from crypto.bodies import RecordKeys
from crypto.errors import CryptoError
from sync.device import Reissued, take_in_header
from sync.entry import SHORT_HASH, Entry, Header, Seen, encode_header, parse_header


class NotReadable(BackendError):
    """A person takes in what they read, and nothing else."""

    code: ClassVar[str] = "not-readable"


class KeptEntry(NamedTuple):
    """An entry that does not count, with what must be known to write it anew.

    `ends_at` is the first seq of its device that does not count, `common` the device's last entry of the record
    before that; `known` are the places of all entries of the record that are
    held, `places` the place of each by its hash.
    """

    header: Header
    hash: bytes
    plain: bytes
    ends_at: int
    common: Seen | None
    known: frozenset[tuple[bytes, int, bytes]]
    places: dict[bytes, tuple[bytes, int]]


def kept_entry(town: Municipality, record: bytes, hash_: bytes) -> KeptEntry:
    """Read what is kept of an entry, with the municipality's keys."""
    kept = town.kept_entries.of(record, town.custody)
    if kept is None:
        raise RecordUnknown(record=record.hex())
    forked, stored, record_key = kept
    raw = forked.get(hash_) or stored.get(hash_)
    if raw is None or raw.body is None or record_key is None:
        raise NotReadable(entry=hash_.hex())
    try:
        plain = RecordKeys(record_key).open(raw.header, raw.body)
    except CryptoError:
        raise NotReadable(entry=hash_.hex()) from None
    header = parse_header(raw.header)
    headers = {name: parse_header(entry.header) for name, entry in {**forked, **stored}.items()}
    ends_at = _ends_at(town, header, forked)
    before = [
        (one.seq, name) for name, one in headers.items()
        if name in stored and one.device == header.device and one.seq < ends_at
    ]  # fmt: skip
    common = Seen(header.device, max(before)[0], max(before)[1][:SHORT_HASH]) if before else None
    known = frozenset((one.device, one.seq, name[:SHORT_HASH]) for name, one in headers.items() if name in stored)
    places = {name: (one.device, one.seq) for name, one in headers.items()}
    return KeptEntry(header, hash_, plain, ends_at, common, known, places)


def _ends_at(town: Municipality, header: Header, forked: dict[bytes, Entry]) -> int:
    """The first seq of a device that does not count."""
    good = town.book.last_good(header.device)
    parted = [one.seq for raw in forked.values() if (one := parse_header(raw.header)).device == header.device]
    return min([header.seq, *parted, *([] if good is None else [good + 1])])


def take_in(town: Municipality, device: Device, kept: KeptEntry) -> None:
    """Write an entry anew as the desk device's own."""
    record = kept.header.record
    keys = device.keys_of(record)
    if keys is None:
        raise NotReadable(entry=kept.hash.hex())
    moved: dict[tuple[bytes, int], Reissued] = {}
    own: list[Seen] = []
    for held in device.store.entries_of(record):
        arrival = held.arrival()
        if arrival.header.device == device.id:
            own.append(Seen(device.id, arrival.header.seq, arrival.hash[:SHORT_HASH]))
            place = kept.places.get(arrival.header.source or b"")
            if place is not None:
                moved[place] = Reissued(arrival.header.seq, arrival.hash)
    observed = tuple(
        seen for seen in kept.header.observed
        if (seen.device, seen.seq, seen.short) in kept.known or seen.device == kept.header.device
        or town.book.in_hole(seen.device, seen.seq)
    )  # fmt: skip
    last = max(own, key=lambda seen: seen.seq, default=None)
    header = take_in_header(kept.header, kept.hash, observed, device.pen, kept.ends_at, kept.common, moved, last)
    with device.changing():
        device.chain(header, keys.seal(encode_header(header), kept.plain))
