"""The facts of the pages of one record, as their templates show them: words in place of codes."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from backend.desk.arguments import DESK_WORKER
from backend.desk.course import Change, Step
from backend.desk.wording import Speaker
from backend.sentences import Kept, library
from backend.stores.one_record import Held
from backend.stores.queue_rows import BEGUN, SAYS_MORE, SETTLED
from backend.web.desk.table_facts import review_code
from forms.paths import is_decision
from picture.choices import CHOICES
from sync.admission import INCOMPLETE, NOT_GRANTED, REVOKED, SET_ASIDE, UNCERTIFIED

Facts = dict[str, Any]
Named = Callable[[str], str]  # says the name of who wrote, as colleagues know it
HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000
DEVICE_DIGITS: Final = 8
REASONS: Final = frozenset((UNCERTIFIED, REVOKED, NOT_GRANTED, SET_ASIDE, INCOMPLETE, "erased", "forked"))
RESERVED: Final = {"_review": "review", "_question": "question", "_comment": "comment"}
APPEND: Final = "append"
REVIEWS: Final = {"in_review": "", "approved": "good", "returned": "warn"}


def marks(held: Held, language: str) -> list[Facts]:
    """The state of a record, in words."""
    row, review, said = held.row, held.review, library().phrase
    found = []
    if row["conflicts"]:
        found.append({"kind": "bad", "words": said("records-mark-conflicts", language, count=row["conflicts"])})
    if row["waiting"]:
        found.append({"kind": "warn", "words": said("records-mark-waiting", language, count=row["waiting"])})
    if review.get("stage") in SAYS_MORE:
        kind = "" if review["stage"] == BEGUN else "warn"
        found.append({"kind": kind, "words": said(review_code(review["stage"]), language)})
    elif review.get("state") in REVIEWS:
        found.append({"kind": REVIEWS[review["state"]], "words": said(review_code(review["state"]), language)})
    return found


def people(rows: Iterable[Mapping[str, Any]], language: str, named: Named) -> list[tuple[str, str, str]]:
    """The people of a record: account or worker, name, and what they have to do with it."""
    kinds: dict[str, list[str]] = {}
    for row in rows:
        kinds.setdefault(row["worker"], []).append(library().phrase(f"records-people-{row['kind']}", language))
    return [(worker, named(worker), ", ".join(words)) for worker, words in sorted(kinds.items())]


def attention(speaker: Speaker, slug: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The remarks about a record: what does not fit its form, with the question it is about. What has to be decided
    stands by itself, with the way to its page."""
    found = []
    for row in (one for one in rows if one["kind"] not in CHOICES):
        said = library().kept(Kept(row["detail"]), speaker.language)
        label = speaker.label(slug, row["name"]) if str(row["name"]).startswith("/") else ""
        found.append(f"{label}: {said}" if label else said)
    return list(dict.fromkeys(found))


class Settling:
    """The matters that the office settled in a record, by the entries that did it, undid it, or gave another
    answer in its place; with the address of the desk where that is decided, empty for who decides nothing."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], address: str) -> None:
        self._address = address
        self._by_entry: dict[str, list[tuple[str, str, str]]] = {}  # what it was, why, the matter's id
        for row in rows:
            turns = [(one["state"], one["entry"], one["author"], one["reason"]) for one in json.loads(row["turns"])]
            turns.append((SETTLED, row["entry"], row["author"], row["reason"]))
            turns.append((row["state"], row["then_entry"], row["then_author"], row["then_reason"]))
            for state, entry, author, reason in turns:
                if entry and author.startswith(DESK_WORKER):
                    self._by_entry.setdefault(entry, []).append((state, reason, row["id"]))
        self.entries: Collection[str] = self._by_entry.keys()

    def of(self, entry: str) -> Facts:
        """The part of an entry in what was settled: its kind, the reasons, and the pages that lead on."""
        rows = self._by_entry.get(entry, [])
        kinds = [kind for kind, _, _ in rows]
        kind = SETTLED if SETTLED in kinds else kinds[0] if kinds else ""
        pages = [f"{self._address}/{id_}" for _, _, id_ in rows] if self._address else []
        return {"did": kind, "why": [*dict.fromkeys(why for _, why, _ in rows if why)], "pages": pages}


def steps(speaker: Speaker, slug: str, found: Sequence[Step], named: Named, settling: Settling) -> list[Facts]:
    """The steps of a record's course in words."""
    items = speaker.items(change.path for step in found for change in step.changes)
    return [_step(speaker, slug, step, items, named, settling.of(step.entry)) for step in found]


def _step(speaker: Speaker, slug: str, step: Step, items: dict[str, int], named: Named, settled: Facts) -> Facts:
    language, said = speaker.language, library().phrase
    who = named(step.worker) or said("records-nobody", language)
    act = step.act if step.act != "write" else "decide" if step.decides else "write"
    told = (*settled["why"], None) if settled["did"] else settled["why"]  # told apart; a mark without words is none
    changes = [one for one in step.changes if not (is_decision(one.path) and one.after in told)]
    return settled | {
        "title": said(f"records-step-{settled['did'] or act}", language, who=who), "office": step.office,
        "on_behalf": step.on_behalf,
        "written_ms": step.written_ms, "received_ms": step.received_ms, "device": step.device[:DEVICE_DIGITS],
        "reason": _reason(step.reason, language), "opened": step.opened, "clock": _clock(step.off_ms, language),
        "changes": [_change(speaker, step.form or slug, step, change, items) for change in changes],
    }  # fmt: skip


def _reason(reason: str, language: str) -> str:
    if not reason:
        return ""
    return library().phrase(f"records-held-{reason if reason in REASONS else SET_ASIDE}", language)


def _clock(off_ms: int, language: str) -> str:
    if not off_ms:
        return ""
    unit, size = ("hours", HOUR_MS) if off_ms >= HOUR_MS else ("minutes", MINUTE_MS)
    long = library().phrase(f"records-{unit}", language, count=max(1, round(off_ms / size)))
    return library().phrase("records-clock-ahead", language, hours=long)


def _change(speaker: Speaker, slug: str, step: Step, change: Change, items: dict[str, int]) -> Facts:
    first = change.path.split("/")[1]
    if first.startswith("_"):
        label = library().phrase(f"records-path-{RESERVED.get(first, 'other')}", speaker.language)
        before, after = (_plain(speaker, value) for value in (change.before, change.after))
        return {"label": label, "before": before, "after": after, "beside": change.beside}
    label = speaker.label(slug, change.path, step.version or None, items)
    before, after = (_said(speaker, slug, change.path, value, step.version) for value in (change.before, change.after))
    form = speaker.form(slug, step.version or None)
    keeps = form is not None and form.policy(change.path) == APPEND
    if keeps or before == after:
        before = ""  # every text stays, or nothing else came in its place
    return {"label": label, "before": before, "after": after, "beside": change.beside}


def _said(speaker: Speaker, slug: str, path: str, value: Any, version: int) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return library().phrase("records-record-item", speaker.language)
    return speaker.answer(slug, path, value, version or None)


def _plain(speaker: Speaker, value: Any) -> str:
    """A decision's value: a state of the review in words, or the text that was written."""
    if value is None:
        return ""
    if isinstance(value, str):
        known = library().said(speaker.language).phrases.get(review_code(value))
        return known or value
    return json.dumps(value, ensure_ascii=False)
