"""Everything that is shown of a record, worked out from its entries (SPEC.md).

A picture depends on the record's entries, the municipality's facts and the published forms, and on nothing else: not on
the order in which entries came, nor on the clock of whoever looks. So an office, a phone and a rebuild show the same.
Nothing is thrown away on the way: an answer that is not shown is listed, with whatever hides it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import inf
from typing import Any, Final, NamedTuple

from forms import answers, paths
from forms.definition.document import Form
from forms.definition.shape import VERSION_MAX
from forms.policies import SETTLED, Edit, resolve, survivors
from forms.policies import Outcome as Resolved
from forms.records.deciding import UNKNOWN_CLASS, Decider, HiddenAnswer, hidden_answers
from forms.records.relevance import Seen, completed, left_out
from picture import waiting
from picture.deleting import is_proposed
from picture.edits import Edits, edits_of, removed, with_knowing
from picture.outcomes import outcomes_of
from picture.parts import Attention, Conflict, Hidden, Outcome, Picture, Shown, Text, Thread, Waiting, Word
from picture.reading import Around, Reading, today_at
from picture.reserved import comments_of, is_begun, office_of, questions_of, review_of
from picture.sheets import FormSheet
from picture.waiting import Where
from sync.admission import REVOKED, BeyondReach
from sync.entry import conflict_id
from sync.merge import standing

DEFAULT: Final = "ask"


class _Look(NamedTuple):
    """A record as one version of its form shows it."""

    edits: Edits
    shown: Mapping[str, Shown]
    conflicts: tuple[Conflict, ...]
    seen: Seen | None
    hidden: tuple[Hidden, ...] = ()
    waiting: tuple[Waiting, ...] = ()


def draw(reading: Reading, around: Around) -> Picture:
    """Decide everything that is shown of one record.

    It is shown in the columns of the newest version, and judged by the version that it was last written with: a new
    version makes no old record wrong.
    """
    notes = _unread(reading, around)
    asides = waiting.unsettled(reading.aside, reading.opened, around)
    waits = [waiting.of_aside(Where(around, reading.record), aside) for aside in asides]
    if reading.touch is None or not (reading.opened or reading.failed or reading.bodiless):
        if reading.touch is None and len(reading.state.groups):
            notes.append(Attention("no-key", "", {}))
        return Picture(record=reading.record.hex(), attention=_listed(notes), waiting=tuple(waits))
    return _drawn(reading, around, notes, waits)


def _unread(reading: Reading, around: Around) -> list[Attention]:
    """The entries that count for nothing here: held back, failed, or without a body."""
    named = [
        *((f"held-{reason}", hash_, device) for hash_, device, reason in reading.held if reason != REVOKED),
        *((f"failed-{failed.reason}", failed.hash, failed.device) for failed in reading.failed),
        *(("no-body", hash_, device) for hash_, device in reading.bodiless),
    ]
    return [Attention(kind, hash_.hex(), {"author": around.worker(device)}) for kind, hash_, device in named]


def _drawn(reading: Reading, around: Around, notes: list[Attention], waits: list[Waiting]) -> Picture:
    sheets = around.sheets
    latest = max(reading.opened, key=lambda entry: (entry.version, entry.order), default=None)
    slug, version = (latest.form, latest.version) if latest else ("", 0)
    own, columns = sheets.sheet(slug, version), max(version, sheets.newest(slug))
    if latest is not None and own is None:
        notes.append(Attention("unknown-form", "", {"form": slug, "version": version}))
        columns = sheets.newest(slug)
    sheet = sheets.sheet(slug, columns)
    look = _looked(reading, around, sheet, notes)
    judged = look if own is sheet else _looked(reading, around, own, [])
    document: Mapping[str, Any] = {}
    if look.seen is not None:
        document = completed(look.seen) if look.seen.computed else look.seen.document
    stands = standing(reading.state, BeyondReach(around.facts))
    proposed = stands.deleted and is_proposed(reading, around, sheet, look.edits)
    if stands.contested or proposed:
        waits.append(waiting.of_record(Where(around, reading.record), reading.opened, proposed=proposed))
    times = [entry.at_ms for entry in reading.opened] or [0]
    reserved = {path: answer for path, answer in look.shown.items() if paths.is_decision(path)}
    shown = {path: answer for path, answer in look.shown.items() if path not in reserved} if reserved else look.shown
    comments = comments_of(reserved)
    return Picture(
        record=reading.record.hex(),
        form=slug,
        version=min(max(version, 0), VERSION_MAX),  # a device may name any number; the attention says which
        columns=columns,
        created_ms=min(times),
        changed_ms=max(times),
        entries=len(reading.opened),
        deleted=stands.deleted and not proposed,
        contested=stands.contested or proposed,
        begun=is_begun(reading, around),
        shown=shown,
        document=document,
        conflicts=look.conflicts,
        hidden=look.hidden,
        waiting=(*waits, *look.waiting),
        attention=_listed(notes),
        findings=() if judged.seen is None else judged.seen.findings,
        reserved=reserved,
        review=review_of(reserved, look.edits),
        questions=questions_of(reserved, look.edits, reading, around),
        comments=comments,
        outcomes=_outcomes(reading, around, look, None if sheet is None else sheet.form, comments, shown),
    )


def _outcomes(
    reading: Reading,
    around: Around,
    look: _Look,
    form: Form | None,
    comments: Sequence[Thread],
    shown: Mapping[str, Shown],
) -> tuple[Outcome, ...]:
    """The decisions of the office; nothing is looked for where nobody could have differed before one."""
    if len(reading.opened) < 3 or all(len(own) < 3 for own in look.edits.values()):
        return ()
    return outcomes_of(look.edits, office_of(reading, around), form, comments, shown)


def _listed(notes: Iterable[Attention]) -> tuple[Attention, ...]:
    """Each note once, by kind, name and facts."""
    unique = {(note.kind, note.name, answers.canonical(note.facts, inf)): note for note in notes}
    return tuple(unique[name] for name in sorted(unique))


def _looked(reading: Reading, around: Around, sheet: FormSheet | None, notes: list[Attention]) -> _Look:
    """The answers of a record where a version has them, merged by its policies; without one, as they were written."""
    edits = edits_of(reading, around, sheet.form if sheet is not None else None, notes)
    where = Where(around, reading.record)
    gone, contested = removed(edits)
    waits = [waiting.of_item(where, path, edits) for path in contested]
    decided, conflicts = _decided(reading, around, edits, sheet, gone)
    shown = {path: a for path, a in decided.items() if paths.item_of(path) not in gone} if gone else decided
    seen: Seen | None = None
    unseen: Collection[str] = frozenset()
    if sheet is not None:
        seen = _examined(reading, edits, sheet, shown, gone)
        unseen = frozenset(seen.hidden)
        if unseen:
            shown = {path: answer for path, answer in shown.items() if not left_out(path, unseen)}
    if len(shown) == len(decided):
        return _Look(edits, shown, tuple(conflicts), seen, (), tuple(waits))
    edits = with_knowing(edits, reading, around)
    listed = hidden_answers(sheet.deciders if sheet is not None else _NO_FORM, edits, unseen, gone)
    hidden = tuple(_hidden(answer, decided, edits, sheet) for answer in listed)
    waits += [
        waiting.of_hidden(where, answer, edits, out.changed_by)
        for answer, out in zip(listed, hidden, strict=True)
        if answer.parallel
    ]
    return _Look(edits, shown, tuple(conflicts), seen, hidden, tuple(waits))


def _examined(
    reading: Reading, edits: Edits, sheet: FormSheet, shown: Mapping[str, Shown], gone: Collection[str]
) -> Seen:
    """The document of what is shown, as its form hides, computes and checks it.

    Its today is the date of the latest entry: so a record looks the same everywhere, and next year.
    """
    fitting = {path: answer.value for path, answer in shown.items() if answer.in_form}
    fitting |= {path: {} for path in edits if paths.is_item(path) and sheet.form.has(path)}
    today = today_at(max((entry.at_ms for entry in reading.opened), default=0))
    return sheet.examiner.examine(answers.assemble(fitting, gone), today)


class _NoForm:
    """Decides about answers of an unknown form: nothing but the removal of their item."""

    def of(self, _path: str) -> frozenset[Decider]:
        return frozenset()

    def keeps_all(self, _path: str) -> bool:
        return False

    def class_of(self, _path: str) -> str:
        return UNKNOWN_CLASS


_NO_FORM: Final = _NoForm()


def _hidden(
    answer: HiddenAnswer, decided: Mapping[str, Shown], edits: Mapping[str, list[Edit]], sheet: FormSheet | None
) -> Hidden:
    """A hidden answer with the last author of what hides it."""
    last = survivors(edits[answer.by[0]])[0] if answer.by else None
    who, at_ms = ("", 0) if last is None else (str(last.author), last.at_ms)
    level = UNKNOWN_CLASS if sheet is None else sheet.deciders.class_of(answer.path)
    return Hidden(answer.path, answer.parallel, level, answer.by, who, at_ms, decided[answer.path])


def _decided(
    reading: Reading,
    around: Around,
    edits: Mapping[str, list[Edit]],
    sheet: FormSheet | None,
    gone: Collection[str],
) -> tuple[dict[str, Shown], list[Conflict]]:
    """Every answer by the policy of its question, those in removed items too, and the conflicts outside them."""
    assert reading.touch is not None
    shown: dict[str, Shown] = {}
    conflicts: list[Conflict] = []
    versions = {entry.arrival.hash: entry.version for entry in reading.opened}
    names = {hash_: hash_.hex() for hash_ in versions}
    for path, own in edits.items():
        leaf = sheet.form.leaf(path) if sheet is not None else None
        if leaf is None and paths.is_item(path):
            continue
        policy = leaf.merge if leaf is not None else paths.reserved_policy(path) or DEFAULT
        in_form = leaf is not None or (sheet is not None and sheet.form.has(path))
        if len(own) == 1:  # as `resolve` would have it
            only = own[0]
            entry, author = names[only.hash], str(only.author)
            every = policy == "append" and only.value is not None
            texts = (Text(entry, author, only.at_ms, only.value),) if every else ()
            shown[path] = Shown(only.value, author, only.at_ms, entry, versions[only.hash], SETTLED, in_form, texts)
            continue
        outcome = resolve(policy, own, leaf.codes if leaf is not None else None)
        named = {edit.hash: edit for edit in own}
        winner = named[outcome.shown]
        shown[path] = Shown(
            outcome.value, str(winner.author), winner.at_ms, names[winner.hash], versions[winner.hash], outcome.kind,
            in_form, _texts(outcome),
        )  # fmt: skip
        if outcome.conflict and paths.item_of(path) not in gone:
            id_ = conflict_id(around.municipality, reading.record, reading.touch(path), outcome.asked)
            conflicts.append(_conflict(id_, path, policy, [named[hash_] for hash_ in outcome.asked]))
    return shown, conflicts


def _conflict(id_: bytes, path: str, policy: str, alive: Sequence[Edit]) -> Conflict:
    words = (Word(edit.hash.hex(), str(edit.author), edit.at_ms, path, edit.value) for edit in alive)
    return Conflict(id_.hex(), path, policy, tuple(words))


def _texts(outcome: Resolved) -> tuple[Text, ...]:
    return tuple(Text(part.hash.hex(), str(part.author), part.at_ms, part.text) for part in outcome.parts)
