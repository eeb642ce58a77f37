"""The course of a record: "before" is what an author had read, and edits of which neither was read are side by side."""

from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend.desk.course import Change, course
from backend.stores.journal_rows import StoredEntry
from crypto.entries import Plaintext
from sync.clock import pack
from sync.entry import Entry, Header, Seen, encode_header, header_of
from sync.factbook import FactBook

DEVICES = [bytes([n]) * 16 for n in (1, 2, 3)]
RECORD, KEY = b"r" * 16, b"k" * 16
STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sets(st.integers(0, 2)), st.sets(st.sampled_from("ab"), min_size=1)), max_size=14
)
History = list[tuple[Header, dict[str, Any]]]


def told(steps: list[tuple[int, set[int], set[str]]]) -> History:
    """A history: in each step a device hears all that some others wrote, and answers some questions."""
    knows: list[dict[bytes, int]] = [{}, {}, {}]
    wrote = [0, 0, 0]
    history: History = []
    for number, (who, heard, asked) in enumerate(steps):
        for other in heard - {who}:
            knows[who] |= {DEVICES[other]: wrote[other]} if wrote[other] else {}
        wrote[who] += 1
        seen = tuple(Seen(device, seq, b"s" * 8) for device, seq in knows[who].items())
        header = header_of("GM9901", DEVICES[who], wrote[who], number << 16, RECORD, KEY, "write", seen, (bytes(8),))
        history.append((header, {f"/{name}": number for name in asked}))
    return history


def stored(history: History) -> tuple[list[StoredEntry], dict[bytes, Plaintext]]:
    entries, opened = [], {}
    for number, (header, answers) in enumerate(history):
        raw = encode_header(header)
        hash_ = sha256(raw).digest()
        entries.append(StoredEntry(number + 1, hash_, number, Entry(b"", raw, b"", None, b"")))
        opened[hash_] = Plaintext("f", 1, answers)
    return entries, opened


def saw(one: Header, other: Header) -> bool:
    """True if the author of one entry had read the other."""
    if one.device == other.device:
        return other.seq < one.seq
    return any(seen.device == other.device and seen.seq >= other.seq for seen in one.observed)


def slowly(history: History) -> list[list[Change]]:
    """The changes of each entry, each compared with every other."""
    found = []
    for header, answers in history:
        changes = []
        for path, after in answers.items():
            others = [(one, values[path]) for one, values in history if path in values and one != header]
            before = max(
                (pair for pair in others if saw(header, pair[0])), key=lambda pair: pair[0].clock, default=None
            )
            beside = any(not saw(header, one) and not saw(one, header) for one, _ in others)
            changes.append(Change(path, before[1] if before is not None else None, after, beside))
        found.append(changes)
    return found


@given(STEPS)
def test_each_change_shows_what_its_author_had_read(steps: list[tuple[int, set[int], set[str]]]) -> None:
    history = told(steps)
    entries, opened = stored(history)
    shown = course(entries, {}, opened, FactBook())
    assert slowly(history) == [list(step.changes) for step in shown]


def test_what_is_held_counts_for_nobody_and_keeps_its_reason() -> None:
    history = told([(0, set(), {"a"}), (1, {0}, {"a"}), (2, {0, 1}, {"a"})])
    entries, opened = stored(history)
    steps = course(entries, {entries[1].hash: "revoked"}, opened, FactBook())
    assert ["", "revoked", ""] == [step.reason for step in steps]
    assert Change("/a", 0, 2) == steps[2].changes[0]
    unread = course(entries, {}, {}, FactBook())
    assert [(False, ())] * 3 == [(step.opened, step.changes) for step in unread]


def test_a_clock_that_ran_ahead_is_said() -> None:
    header = header_of(
        "GM9901", DEVICES[0], 1, int.from_bytes(pack(3 * 3_600_000 << 16), "big"), RECORD, KEY, "write", (), (bytes(8),)
    )
    entries, opened = stored([(header, {"/a": 1})])
    (step,) = course(entries, {}, opened, FactBook())
    assert (3 * 3_600_000, 0) == (step.off_ms, step.received_ms)
