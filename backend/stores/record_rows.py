"""The rows that a picture of a record becomes in the software's own tables."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from backend.projection.choices import CHOICES
from backend.projection.picture import Picture, Shown
from forms.policies import SETTLED

_json: Final = msgspec.json.Encoder(order="deterministic").encode
Row = tuple[Any, ...]
WHOLE_MAX: Final = 2**63  # beyond it SQLite has no whole numbers, and MessagePack has


def cell(value: Any) -> Any:
    """A value as a column holds it: lists and objects as JSON, numbers beyond SQLite's as text."""
    if isinstance(value, int) and not -WHOLE_MAX <= value < WHOLE_MAX:
        return str(value)
    if isinstance(value, bool) or value is None or isinstance(value, (int, float)):
        return value
    return value if isinstance(value, str) else json_text(value)


def json_text(value: Any) -> str:
    """A value as deterministic JSON."""
    return _json(value).decode()


def record_row(picture: Picture) -> Row:
    """The row of `_record`."""
    p = picture
    return (
        p.record.hex(), p.form, p.version, p.created_ms, p.changed_ms, p.entries, p.deleted, p.contested,
        len(p.conflicts), json_text(_compact(p.shown)), len(p.hidden), len(p.waiting),
    )  # fmt: skip


def conflict_rows(picture: Picture) -> Iterable[Row]:
    """The rows of `_conflict`."""
    for c in picture.conflicts:
        survivors = [{"entry": h.hex(), "author": a, "at_ms": at, "value": value} for h, a, at, value in c.survivors]
        yield c.id.hex(), picture.record.hex(), c.path, c.kind, json_text(survivors)


def hidden_rows(picture: Picture) -> Iterable[Row]:
    """The rows of `_hidden`: answers that are kept and not shown, in the order in which people look at them."""
    for place, one in enumerate(picture.hidden):
        yield (
            picture.record.hex(), place, one.path, one.parallel, one.level, json_text(one.by), one.changed_by,
            one.changed_ms, json_text(_answer(one.shown)),
        )  # fmt: skip


def waiting_rows(picture: Picture) -> Iterable[Row]:
    """The rows of `_waiting`."""
    for place, one in enumerate(picture.waiting):
        words = [
            {"entry": w.entry.hex(), "author": w.author, "at_ms": w.at_ms, "path": w.path, "value": w.value}
            for w in one.words
        ]
        yield (
            one.id.hex(), picture.record.hex(), place, one.kind, one.name, one.detail, json_text(CHOICES[one.kind]),
            json_text(one.by), json_text([h.hex() for h in one.shown]), json_text(words),
        )  # fmt: skip


def earlier_ids(picture: Picture) -> Iterable[Row]:
    """The rows of `_was`: the ids under which something of this record was ever listed, and what it was about."""
    for c in picture.conflicts:
        yield c.id.hex(), picture.record.hex(), "conflict", c.path
    for one in picture.waiting:
        yield one.id.hex(), picture.record.hex(), one.kind, one.name


def _compact(shown: Mapping[str, Shown]) -> dict[str, Any]:
    """The shown answers of a record, each entry named once: most records were written in one or two."""
    entries: dict[tuple[str, str, int, int], int] = {}
    answers: dict[str, list[Any]] = {}
    for path, one in shown.items():
        number = entries.setdefault((one.hash.hex(), one.author, one.at_ms, one.version), len(entries))
        answers[path] = [one.value, number]
        if one.parts or one.kind != SETTLED or not one.in_form:
            answers[path] += [one.kind, one.in_form, one.parts]
    return {"entries": list(entries), "answers": answers}


def shown_answers(raw: str) -> dict[str, dict[str, Any]]:
    """What `_record.shown` holds, by path: each answer with its entry, author, time, version and texts."""
    held = json.loads(raw)
    entries = held["entries"]
    found = {}
    for path, (value, number, *rest) in held["answers"].items():
        entry, author, at_ms, version = entries[number]
        kind, in_form, parts = rest or (SETTLED, True, ())
        found[path] = {
            "value": value, "author": author, "at_ms": at_ms, "entry": entry, "kind": kind, "in_form": in_form,
            "version": version, "texts": [{"author": a, "at_ms": at, "text": text} for a, at, text in parts],
        }  # fmt: skip
    return found


def _answer(one: Shown) -> dict[str, Any]:
    return {
        "value": one.value, "author": one.author, "at_ms": one.at_ms, "entry": one.hash.hex(), "kind": one.kind,
        "in_form": one.in_form, "version": one.version,
        "texts": [{"author": a, "at_ms": at, "text": text} for a, at, text in one.parts],
    }  # fmt: skip
