"""The rows that a picture of a record becomes in the software's own tables."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from backend.remarks import note_paths
from backend.sentences import words
from forms.policies import SETTLED
from picture import choices as waits
from picture.choices import CHOICES
from picture.parts import Picture, Shown, Waiting

_json: Final = msgspec.json.Encoder(order="deterministic").encode
Row = tuple[Any, ...]
_OF_ANSWERS: Final = ("bad-path", "not-an-answer", "local-only", "clock-ahead")  # notes of what a record shows
WHOLE_MAX: Final = 2**63  # beyond it SQLite has no whole numbers, and MessagePack has


def cell(value: Any) -> Any:
    """A value as a column holds it: lists and objects as JSON, numbers beyond SQLite's as text."""
    if type(value) is str or value is None:
        return value
    if isinstance(value, int) and not -WHOLE_MAX <= value < WHOLE_MAX:
        return str(value)
    return value if isinstance(value, (bool, int, float, str)) else json_text(value)


def json_text(value: Any) -> str:
    """A value as deterministic JSON."""
    return _json(value).decode()


def record_row(picture: Picture) -> Row:
    """The row of `_record`.

    The authors, the texts of questions that keep all, and the number of earlier answers stand there besides `shown`:
    an export of many records reads them without taking all answers apart.
    """
    p = picture
    shown = {**p.shown, **p.reserved}
    authors, earlier = {one.author for one in shown.values()}, sum(not one.in_form for one in shown.values())
    texts = [
        (path, one.in_form, text.author, text.at_ms, text.text)
        for path, one in sorted(shown.items()) if one.texts for text in one.texts
    ]  # fmt: skip
    return (
        p.record, p.form, p.version, p.created_ms, p.changed_ms, p.entries, p.deleted, p.contested, len(p.conflicts),
        len(p.hidden), len(p.waiting), len({*attention_rows(p)}), earlier, json_text(sorted(authors)),
        json_text(texts) if texts else "", json_text(_compact(shown)),
    )  # fmt: skip


def conflict_rows(picture: Picture) -> Iterable[Row]:
    """The rows of `_conflict`."""
    for c in picture.conflicts:
        survivors = [{"entry": w.entry, "author": w.author, "at_ms": w.at_ms, "value": w.value} for w in c.survivors]
        yield c.id, picture.record, c.path, c.policy, json_text(survivors)


def hidden_rows(picture: Picture) -> Iterable[Row]:
    """The rows of `_hidden`: answers that are kept and not shown, in the order in which people look at them."""
    for place, hidden in enumerate(picture.hidden):
        yield (
            picture.record, place, hidden.path, hidden.parallel, hidden.level, json_text(hidden.by), hidden.changed_by,
            hidden.changed_ms, json_text(_answer(hidden.shown)),
        )  # fmt: skip


def waiting_rows(picture: Picture) -> Iterable[Row]:
    """The rows of `_waiting`."""
    for place, waiting in enumerate(picture.waiting):
        words = [
            {"entry": w.entry, "author": w.author, "at_ms": w.at_ms, "path": w.path, "value": w.value}
            for w in waiting.words
        ]
        yield (
            waiting.id, picture.record, place, waiting.kind, waiting.name, _detail_of(waiting),
            json_text(CHOICES[waiting.kind]), json_text(waiting.by), json_text(waiting.shown), json_text(words),
        )  # fmt: skip


def attention_rows(picture: Picture) -> Iterable[Row]:
    """The rows of `_attention`: notes, findings and whatever waits, each in a sentence; open, until it is known better
    (`Queue.close_notes`). What a record lacks that was begun for a worker is the worker's to fill in, and no row; nor
    is anything about the answers of a record that is deleted. What nobody could read of it yet, or that does not count,
    is: it may be a word that the delete did not know of."""
    gone = picture.deleted and not picture.contested
    for note in picture.attention:
        if not (gone and note.kind in _OF_ANSWERS):
            yield _noted(picture, note.kind, note.name, _note(note.kind, note.facts))
    for finding in picture.findings if not (picture.begun or gone) else ():
        yield _noted(picture, finding.code, finding.path, json_text(msgspec.to_builtins(finding)))
    for waiting in picture.waiting:
        yield _noted(picture, waiting.kind, waiting.name, _detail_of(waiting))


def _noted(picture: Picture, kind: str, name: str, detail: str) -> Row:
    record = picture.record
    return record, kind, name, detail, *note_paths(record, kind, name, detail), picture.form, 1


def _note(kind: str, facts: Mapping[str, Any]) -> str:
    match kind:
        case "no-key":
            return words("attention-no-wrap").kept
        case "local-only":
            return words("attention-local-only").kept
        case "unknown-form":
            return f"{facts['form']} {facts['version']}"
        case "clock-ahead":
            return f"{facts['seconds']} s"
        case "bad-path" | "not-an-answer":
            return str(facts["path"])
    return str(facts["author"])


def _detail_of(waiting: Waiting) -> str:
    facts = waiting.facts
    match waiting.kind:
        case waits.CONTESTED:
            return words("attention-proposed" if facts.get("proposed") else "attention-contested").kept
        case waits.ITEM:
            return words("attention-item").kept
        case waits.HIDDEN:
            return words("attention-hidden", by=", ".join(waiting.by), author=facts["changed_by"]).kept
    if facts["act"] != "write":
        return words(f"attention-held-{facts['act']}", author=facts["author"]).kept
    return str(facts["author"]) if facts["opens"] else words("attention-held-closed", author=facts["author"]).kept


def earlier_ids(picture: Picture) -> Iterable[Row]:
    """The rows of `_was`: the ids under which something of this record was ever listed, and what it was about."""
    for conflict in picture.conflicts:
        yield conflict.id, picture.record, "conflict", conflict.path
    for waiting in picture.waiting:
        yield waiting.id, picture.record, waiting.kind, waiting.name


def _compact(shown: Mapping[str, Shown]) -> dict[str, Any]:
    """The shown answers of a record, each entry named once: most records were written in one or two."""
    entries: dict[tuple[str, str, int, int], int] = {}
    answers: dict[str, list[Any]] = {}
    for path, one in shown.items():
        number = entries.setdefault((one.entry, one.author, one.at_ms, one.version), len(entries))
        answer = answers[path] = [one.value, number]
        if one.texts or one.kind != SETTLED or not one.in_form:
            answer += (one.kind, one.in_form, [(text.author, text.at_ms, text.text) for text in one.texts])
    return {"entries": list(entries), "answers": answers}


class _Answers(msgspec.Struct):
    entries: list[tuple[str, str, int, int]]
    answers: dict[str, list[Any]]


_answers: Final = msgspec.json.Decoder(_Answers).decode
authors_of: Final = msgspec.json.Decoder(list[str]).decode  # of all that is shown of a record: `_record.authors`
texts_of: Final = msgspec.json.Decoder(list[tuple[str, bool, str, int, Any]]).decode  # `_record.texts`


def shown_answers(raw: str) -> dict[str, dict[str, Any]]:
    """The content of `_record.shown`, by path: each answer with its entry, author, time, version and texts."""
    held = _answers(raw)
    entries = held.entries
    found = {}
    for path, answer in held.answers.items():
        value, number, *rest = answer
        entry, author, at_ms, version = entries[number]
        kind, in_form, parts = rest or (SETTLED, True, ())
        found[path] = {
            "value": value, "author": author, "at_ms": at_ms, "entry": entry, "kind": kind, "in_form": in_form,
            "version": version, "texts": [{"author": a, "at_ms": at, "text": text} for a, at, text in parts],
        }  # fmt: skip
    return found


def _answer(shown: Shown) -> dict[str, Any]:
    return {
        "value": shown.value, "author": shown.author, "at_ms": shown.at_ms, "entry": shown.entry, "kind": shown.kind,
        "in_form": shown.in_form, "version": shown.version,
        "texts": [{"author": text.author, "at_ms": text.at_ms, "text": text.text} for text in shown.texts],
    }  # fmt: skip


REMEMBERED: Final = 4_096  # cells of which what was made of them is held at once, in a `Remembered`


class Remembered(dict[Any, Any]):
    """The results of a function of a cell, kept so that cells that are alike cost one call of it."""

    def __init__(self, of: Callable[[Any], Any]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, cell: Any) -> Any:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[cell] = self._of(cell)
        return found

    def all(self, cells: Iterable[Any]) -> list[Any]:
        """The results for the cells of a column."""
        return [*map(self.__getitem__, cells)]


def as_answered(kind: str, cell: Any) -> Any:
    """A stored cell as the answer that it is: truths and lists; what does not fit its kind stays as it is."""
    if kind == "boolean" and type(cell) is int and cell in (0, 1):
        return bool(cell)
    if kind == "choices" and isinstance(cell, str) and cell.startswith("["):
        try:
            return json.loads(cell)
        except ValueError:
            return cell
    return cell
