"""What is shown of a record: values by policy, conflicts for a person, and what needs attention. Pure.

Takes opened entries and a form, gives the rows of every table; `projector` writes them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from backend.projection import waiting
from backend.projection.choices import HIDDEN
from backend.projection.opening import Aside, Opened, Reading
from backend.projection.waiting import Waiting, Where
from forms import answers, items, paths
from forms.deciding import Deciders, HiddenAnswer, hidden_answers
from forms.document import Form
from forms.policies import SETTLED, Edit, Outcome, resolve, survivors
from forms.relevance import Examiner, Seen, completed, left_out
from forms.shape import VERSION_MAX
from forms.versions.moving import Mover
from sync.admission import REVOKED
from sync.clock import effective, wall_ms
from sync.entry import conflict_id
from sync.merge import Context, InHole, context_of, standing

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
LAST_MS: Final = 253_370_000_000_000  # in the year 9998: a clock beyond it has no date
AHEAD_MS: Final = 300_000  # protocol section 1: a clock further ahead than five minutes is marked


class FormSheet(NamedTuple):
    """A published form version with what looks at its records, made ready once."""

    form: Form
    examiner: Examiner
    deciders: Deciders


class Shown(NamedTuple):
    """One answer as it is shown: who wrote it, when and with which version, and every text of an `append` field.

    One that is not `in_form` is an earlier answer: its version asked it, the newest does not.
    """

    value: Any
    author: str
    at_ms: int
    hash: bytes
    kind: str
    parts: tuple[tuple[str, int, Any], ...]
    in_form: bool
    version: int


class Hidden(NamedTuple):
    """An answer that somebody gave and that is not shown: what hid it, who changed that last, and when."""

    path: str
    parallel: bool
    level: str
    by: tuple[str, ...]
    changed_by: str
    changed_ms: int
    shown: Shown


class Asked(NamedTuple):
    """A conflict that a person is asked about: the survivors, the shown one first."""

    id: bytes
    path: str
    kind: str
    survivors: tuple[tuple[bytes, str, int, Any], ...]


class Attention(NamedTuple):
    """Something in a record that a person should look at; `name` says where (an entry's hash or a field path)."""

    kind: str
    name: str
    detail: str


class Picture(NamedTuple):
    """All that the tables hold of one record: written last with `version`, shown in the columns of `columns`."""

    record: bytes
    form: str
    version: int
    columns: int
    created_ms: int
    changed_ms: int
    entries: int
    deleted: bool
    contested: bool
    shown: Mapping[str, Shown]
    document: Mapping[str, Any]
    conflicts: tuple[Asked, ...]
    attention: tuple[Attention, ...]
    hidden: tuple[Hidden, ...] = ()
    waiting: tuple[Waiting, ...] = ()


class Surroundings(NamedTuple):
    """What a picture needs to know besides the record itself."""

    municipality: str
    form: Callable[[str, int], FormSheet | None]
    newest: Callable[[str], int]
    mover: Callable[[str, int, int], Mover | None]
    worker: Callable[[bytes], str]
    in_hole: InHole
    takes_in: Callable[[bytes, bytes], bool]  # whether the first device may write anew what the second wrote
    withdrawn_at: Callable[[bytes, bytes], int | None]  # when a record was withdrawn from a device's worker


class _Look(NamedTuple):
    """A record as one version of its form shows it."""

    shown: Mapping[str, Shown]
    conflicts: tuple[Asked, ...]
    seen: Seen | None
    hidden: tuple[Hidden, ...] = ()
    waiting: tuple[Waiting, ...] = ()


def picture(reading: Reading, around: Surroundings) -> Picture:
    """Decide everything that is shown of one record.

    It is shown in the columns of the newest version, and judged by the version that it was last written with: a new
    version makes no old record wrong.
    """
    where = Where(around.municipality, reading.record, around.worker)
    asides = waiting.unsettled(reading.aside, reading.opened, around.takes_in)
    waits = [waiting.of_aside(where, aside) for aside in asides]
    notes = [
        Attention(f"held-{reason}", h.hex(), around.worker(d)) for h, d, reason in reading.held if reason != REVOKED
    ]
    notes += [Attention(f"failed-{f.reason}", f.hash.hex(), around.worker(f.device)) for f in reading.failed]
    notes += [Attention("no-body", hash_.hex(), around.worker(device)) for hash_, device in reading.bodiless]
    if reading.keys is None or not (reading.opened or reading.failed or reading.bodiless):
        if reading.keys is None and len(reading.state.groups):
            notes.append(Attention("no-key", "", "no device has sent a wrap that opens"))
        notes += [Attention(one.kind, one.name, one.detail) for one in waits]
        return Picture(
            reading.record, "", 0, 0, 0, 0, 0, False, False, {}, {}, (), tuple(sorted(set(notes))), (), tuple(waits)
        )
    latest = max(reading.opened, key=lambda one: (one.plain.version, _order(one)), default=None)
    slug, version = (latest.plain.form, latest.plain.version) if latest else ("", 0)
    own, columns = around.form(slug, version), max(version, around.newest(slug))
    if latest is not None and own is None:
        notes.append(Attention("unknown-form", "", f"{slug} {version}"))
        columns = around.newest(slug)
    sheet = around.form(slug, columns)
    look = _looked(reading, around, sheet, notes)
    judged = look if own is sheet else _looked(reading, around, own, [])
    if judged.seen is not None:
        notes += [Attention(f.code, f.path, f.en) for f in judged.seen.findings]
    document: Mapping[str, Any] = {}
    if look.seen is not None:
        document = completed(look.seen) if look.seen.computed else look.seen.document
    stands = standing(reading.state, around.in_hole)
    if stands.contested:
        waits.append(waiting.of_record(where, reading.opened))
    waits += look.waiting
    notes += [Attention(one.kind, one.name, one.detail) for one in waits]
    times = [wall_ms(_order(one)[0]) for one in reading.opened] or [0]
    kept = min(max(version, 0), VERSION_MAX)  # a device may name any number; the attention says which
    return Picture(
        reading.record, slug, kept, columns, min(times), max(times), len(reading.opened), stands.deleted,
        stands.contested, look.shown, document, look.conflicts, tuple(sorted(set(notes))), look.hidden, tuple(waits),
    )  # fmt: skip


def _looked(reading: Reading, around: Surroundings, sheet: FormSheet | None, notes: list[Attention]) -> _Look:
    """The answers of a record where a version has them, merged by its policies; without one, as they were written."""
    edits = _edits(reading, around, sheet.form if sheet is not None else None, notes)
    where = Where(around.municipality, reading.record, around.worker)
    removed, contested = _removed(edits)
    waits = [waiting.of_item(where, path, edits) for path in contested]
    decided, asked = _decided(reading, around, edits, sheet, removed)
    shown = {path: one for path, one in decided.items() if paths.item_of(path) not in removed}
    if sheet is None:
        return _Look(shown, tuple(asked), None, (), tuple(waits))
    fitting = {path: one.value for path, one in shown.items() if one.in_form}
    fitting |= {path: {} for path in edits if paths.is_item(path) and sheet.form.has(path)}
    seen = sheet.examiner.examine(answers.assemble(fitting, removed), _today(reading))
    shown = {path: one for path, one in shown.items() if not left_out(path, seen.hidden)}
    if len(shown) == len(decided):
        return _Look(shown, tuple(asked), seen, (), tuple(waits))
    if not any(edit.knows for own in edits.values() for edit in own):
        edits = _with_knowing(edits, _knowing(reading, around.in_hole))
    listed = hidden_answers(sheet.deciders, edits, seen.hidden, removed)
    hidden = tuple(_hidden(one, decided, edits, sheet) for one in listed)
    waits += [_parallel(where, one, edits, shown_) for one, shown_ in zip(listed, hidden, strict=True) if one.parallel]
    return _Look(shown, tuple(asked), seen, hidden, tuple(waits))


def _hidden(
    one: HiddenAnswer, decided: Mapping[str, Shown], edits: Mapping[str, list[Edit]], sheet: FormSheet
) -> Hidden:
    """A hidden answer with who changed last what hides it."""
    last = max(survivors(edits[one.by[0]]), key=lambda edit: edit.order) if one.by else None
    who, at_ms = ("", 0) if last is None else (str(last.author), last.at_ms)
    return Hidden(one.path, one.parallel, sheet.deciders.class_of(one.path), one.by, who, at_ms, decided[one.path])


def _parallel(where: Where, one: HiddenAnswer, edits: Mapping[str, list[Edit]], hidden: Hidden) -> Waiting:
    detail = f"hidden by {', '.join(one.by)}, changed by {hidden.changed_by}"
    words = waiting.words_of({path: survivors(edits[path]) for path in (one.path, *one.by)})
    return where.waiting(HIDDEN, one.path, detail, one.shown, words, one.by)


def _today(reading: Reading) -> str:
    """The date in the Netherlands of the latest shown entry: so a record looks the same everywhere, and next year."""
    return today_at(max((wall_ms(_order(one)[0]) for one in reading.opened), default=0))


def today_at(ms: int) -> str:
    """The date in the Netherlands at a moment."""
    return datetime.fromtimestamp(min(ms, LAST_MS) / 1000, AMSTERDAM).date().isoformat()


def _order(one: Opened) -> tuple[int, bytes, int]:
    header = one.arrival.header
    return effective(header.clock, one.arrival.received), header.device, header.seq


def _edits(reading: Reading, around: Surroundings, form: Form | None, notes: list[Attention]) -> dict[str, list[Edit]]:
    """Every edit of every path, at the place that it has in this version of the form.

    Who knew whom is worked out only where a path was edited more than once.
    """
    by_path: dict[str, list[tuple[Opened, Any]]] = {}
    for one in reading.opened:
        bad = {finding.path for finding in answers.check(one.plain.answers)}
        notes += [Attention("bad-path", one.arrival.hash.hex(), path[:80]) for path in sorted(bad)]
        ahead = wall_ms(one.arrival.header.clock) - (one.arrival.received or 0)
        if ahead > AHEAD_MS:
            notes.append(Attention("clock-ahead", one.arrival.hash.hex(), f"{ahead // 1000} s"))
        withdrawn_ms = around.withdrawn_at(reading.record, one.arrival.header.device)
        if withdrawn_ms is not None and (one.arrival.received or 0) > withdrawn_ms:
            notes.append(
                Attention("after-withdrawal", one.arrival.hash.hex(), around.worker(one.arrival.header.device))
            )
        mover = around.mover(one.plain.form, one.plain.version, form.version) if form is not None else None
        own = around.form(one.plain.form, one.plain.version)
        local = {*(form.local_paths if form is not None else ()), *(own.form.local_paths if own is not None else ())}
        for path, value in one.plain.answers.items():
            if path in bad:
                continue
            at = path if mover is None else mover.path(path)
            if local and (paths.template(path) in local or paths.template(at) in local):
                notes.append(Attention("local-only", at, "this answer should not have left the device"))
                continue
            by_path.setdefault(at, []).append((one, value if mover is None else mover.value(path, value)))
    alone = all(len(found) == 1 for found in by_path.values()) and not any(map(paths.is_item, by_path))
    knows = {} if alone else _knowing(reading, around.in_hole)
    none: frozenset[bytes] = frozenset()
    sources = {aside.arrival.hash: aside for aside in reading.aside}
    said = {one.arrival.hash: _said(one, around, sources) for one in reading.opened}
    return {
        path: [
            Edit(one.arrival.hash, *said[one.arrival.hash], value, knows.get(one.arrival.hash, none))
            for one, value in found
        ]
        for path, found in sorted(by_path.items())
    }


def _said(one: Opened, around: Surroundings, sources: Mapping[bytes, Aside]) -> tuple[tuple[int, bytes, int], str, int]:
    """What all edits of one entry have in common: their order, author and time, never after its receipt.

    One that was taken in is shown with the author and time of the entry that it writes anew.
    """
    order, device = _order(one), one.arrival.header.device
    source = sources.get(one.arrival.header.source or b"")
    if source is not None and around.takes_in(device, source.arrival.header.device):
        return order, *waiting.source_of(source, around.worker)
    return order, around.worker(device), wall_ms(order[0])


def _with_knowing(edits: dict[str, list[Edit]], knows: Mapping[bytes, frozenset[bytes]]) -> dict[str, list[Edit]]:
    """The same edits where each path was edited once: who knew whom matters as soon as something is hidden."""
    return {
        path: [msgspec.structs.replace(edit, knows=knows[edit.hash]) for edit in own] for path, own in edits.items()
    }


def _knowing(reading: Reading, in_hole: InHole) -> dict[bytes, frozenset[bytes]]:
    names = [(one.arrival.header.device, one.arrival.header.seq, one.arrival.hash) for one in reading.opened]
    found = {}
    for one in reading.opened:
        context: Context = context_of(one.arrival.header, in_hole)
        found[one.arrival.hash] = frozenset(h for d, s, h in names if context.knows(d, s, h, in_hole))
    return found


def _removed(edits: Mapping[str, list[Edit]]) -> tuple[set[str], list[str]]:
    """The items that were removed and stay so, and the contested ones, which are shown and wait for a person."""
    removed: set[str] = set()
    contested: list[str] = []
    for path, own in edits.items():
        if paths.is_item(path):
            stands = items.standing(own, [found for other, found in edits.items() if other.startswith(path + "/")])
            if stands.hidden:
                removed.add(path)
            if stands.contested:
                contested.append(path)
    return removed, contested


def _decided(
    reading: Reading,
    around: Surroundings,
    edits: Mapping[str, list[Edit]],
    sheet: FormSheet | None,
    removed: set[str],
) -> tuple[dict[str, Shown], list[Asked]]:
    """Every answer by the policy of its question, those in removed items too, and the conflicts outside them."""
    assert reading.keys is not None
    shown: dict[str, Shown] = {}
    asked: list[Asked] = []
    versions = {one.arrival.hash: one.plain.version for one in reading.opened}
    for path, found in edits.items():
        if paths.is_item(path):
            continue
        leaf = sheet.form.leaf(path) if sheet is not None else None
        policy = leaf.merge if leaf is not None else paths.reserved_policy(path) or "ask"
        in_form = leaf is not None or (sheet is not None and sheet.form.has(path))
        if len(found) == 1 and policy != "append":
            only = found[0]
            shown[path] = Shown(only.value, str(only.author), only.at_ms, only.hash, SETTLED, (), in_form,
                                versions[only.hash])  # fmt: skip
            continue
        outcome = resolve(policy, found, leaf.codes if leaf is not None else None)
        named = {edit.hash: edit for edit in found}
        winner = named[outcome.shown]
        shown[path] = Shown(
            outcome.value, str(winner.author), winner.at_ms, winner.hash, outcome.kind, _parts(outcome), in_form,
            versions[winner.hash],
        )  # fmt: skip
        if outcome.conflict and paths.item_of(path) not in removed:
            name = conflict_id(around.municipality, reading.record, reading.keys.touch(path), outcome.asked)
            survivors = [named[hash_] for hash_ in outcome.asked]
            asked.append(Asked(name, path, policy, tuple((e.hash, str(e.author), e.at_ms, e.value) for e in survivors)))
    return shown, asked


def _parts(outcome: Outcome) -> tuple[tuple[str, int, Any], ...]:
    return tuple((str(part.author), part.at_ms, part.text) for part in outcome.parts)
