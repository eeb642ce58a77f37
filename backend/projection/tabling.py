"""The part of the tables that is beside a record's picture: whose it is, what a page of it shows, faults of a merge.

**Whose.** The creator is proved by the record's id, so an entry that does not count makes nobody one of its people. Who
wrote are the authors of entries that count. Who was assigned it and did not lose it again is said by the municipality.

**What a page shows.** A page of a record shows its opened entries and nothing else. What an edit made on that page
observes is worked out with them, in the same transaction: whatever comes later is not in it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from backend.stores.queue_rows import ASSIGNED, CREATED, FAULT, WROTE, Fault
from forms import paths
from forms.definition.document import Form
from forms.definition.logic import Check
from forms.expressions.tree import names
from forms.findings import Finding
from picture.edits import knowing
from picture.parts import Picture, Word
from picture.reading import Around, Reading
from sync.device import seen_on_screen
from sync.entry import decision_id, record_id

CHECK_ERROR: Final = "check-error"
_encode: Final = msgspec.msgpack.Encoder().encode


def people_of(reading: Reading, around: Around) -> tuple[tuple[str, str], ...]:
    """The people of a record, as (worker, kind)."""
    arrivals = [entry.arrival for entry in reading.opened]
    made = [one for one in (*arrivals, *(aside.arrival for aside in reading.aside))
            if record_id(one.header.device, one.header.key) == reading.record]  # fmt: skip
    sources = {aside.arrival.hash: aside.arrival.header.device for aside in reading.aside}
    wrote = {one.header.device for one in arrivals}
    wrote |= {sources[one.header.source] for one in arrivals if one.header.source in sources}
    found = {(around.worker(one.header.device), CREATED) for one in made}
    found |= {(around.worker(device), WROTE) for device in wrote}
    found |= {(worker, ASSIGNED) for worker in around.facts.assigned(reading.record)}
    return tuple(sorted(found))


def observed_of(reading: Reading) -> str:
    """The observations of an entry whose author saw all that is shown of a record now, as hexadecimal text."""
    return _encode(seen_on_screen(entry.arrival for entry in reading.opened)).hex()


def faults_of(reading: Reading, picture: Picture, form: Form | None, around: Around) -> tuple[Fault, ...]:
    """The checks of a record that fail because two edits met: nobody who wrote had seen them fail.

    Where the last author of the answers that a check reads had seen all others, they saw the check and left it.
    """
    failing = [one for one in picture.findings if one.code == CHECK_ERROR]
    if form is None or not failing or len(reading.opened) < 2:
        return ()
    knows = knowing(reading, around)
    found = []
    for finding in failing:
        read = _read_by(form, finding)
        words = _words(picture, read, paths.item_of(finding.path))
        entries = {bytes.fromhex(word.entry) for word in words}
        if not entries or any(entries <= knows.get(entry, frozenset()) | {entry} for entry in entries):
            continue
        name = f"{finding.path} {finding.nl}"
        id_ = decision_id(around.municipality, reading.record, FAULT, name, tuple(sorted(entries)))
        shown = tuple(sorted(entry.hex() for entry in entries))
        found.append(Fault(id_.hex(), finding.path, shown, words, finding.nl, finding.en))
    return tuple(found)


def _read_by(form: Form, finding: Finding) -> frozenset[str]:
    """The questions that the failing check reads, those behind computed values too; none where the form lacks it."""
    for check in form.logic.checks:
        if check.at == paths.template(finding.path) and finding.nl in check.say.values():
            return _questions(form, check)
    return frozenset()


def _questions(form: Form, check: Check) -> frozenset[str]:
    computed = {step.path: step for step in form.logic.computed}
    read, waiting = set[str](), [check.at, *names(check.tree, check.repeat)]
    while waiting:
        name = waiting.pop()
        if name not in read:
            read.add(name)
            step = computed.get(name)
            waiting += names(step.tree, step.repeat) if step is not None else ()
    return frozenset(read)


def _words(picture: Picture, read: Iterable[str], item: str | None) -> tuple[Word, ...]:
    """The shown answers that a check reads; in items those of the same one alone."""
    wanted = frozenset(read)
    return tuple(
        Word(shown.entry, shown.author, shown.at_ms, path, shown.value)
        for path, shown in sorted(picture.shown.items())
        if paths.template(path) in wanted and paths.item_of(path) in (None, item)
    )
