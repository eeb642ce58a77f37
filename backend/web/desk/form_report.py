"""The report of an import as a page says it: what cannot be done first, equal notes once with their rows, then what a
person should know of the whole file."""

from typing import Any, Final

import msgspec

from backend.stores.drafts import FormDraft
from backend.web.desk.forms import said_of
from backend.web.desk.seat import Seat
from forms.findings import Finding
from forms.interchange.report import Row

ROWS_SHOWN_MAX: Final = 3_000  # as many as a survey may have
OUTCOMES: Final = ("not-possible", "changed", "renamed")  # of which a page tells each row
_ASKED: Final = frozenset({"todo-purpose", "todo-legal-basis", "todo-retention"})  # the page of the purpose asks them


def reported(seat: Seat, draft: FormDraft) -> dict[str, Any]:
    """The report: the number of rows by outcome, the notes of each outcome, and what holds for the whole file."""
    rows = draft.rows[:ROWS_SHOWN_MAX]
    counts = {outcome: sum(row.outcome == outcome for row in draft.rows) for outcome in (*OUTCOMES, "carried")}
    needless = [note for row in rows if row.outcome == "not-needed" for note in _notes(seat, row)]
    return {
        "rows": len(draft.rows), "counts": counts,
        "parts": [{"outcome": one, "notes": _noted(seat, rows, one)} for one in OUTCOMES if counts[one]],
        "carried": [_where(row) for row in rows if row.outcome == "carried"],
        "needless": list(dict.fromkeys(needless)),
        "whole": list(dict.fromkeys(said_of(seat, one)["words"] for one in draft.todo if one.code not in _ASKED)),
    }  # fmt: skip


def refused(rows: tuple[Row, ...]) -> list[Finding]:
    """The notes on the rows of a file of which nothing could be made, each at its row."""
    told = [row for row in rows if row.outcome in ("not-possible", "changed")][:ROWS_SHOWN_MAX]
    return [msgspec.structs.replace(note, path=row.source) for row in told for note in row.notes]


def _noted(seat: Seat, rows: tuple[Row, ...], outcome: str) -> list[dict[str, Any]]:
    """The notes on rows of one outcome, each once, with the rows of which it speaks; the one of most rows first."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        if row.outcome == outcome:
            for note in _notes(seat, row) or [""]:
                found.setdefault(note, []).append(_where(row))
    every = [{"words": words, "rows": places} for words, places in found.items()]
    return sorted(every, key=lambda one: -len(one["rows"]))


def _notes(seat: Seat, row: Row) -> list[str]:
    return list(dict.fromkeys(said_of(seat, note)["words"] for note in row.notes))


def _where(row: Row) -> dict[str, str]:
    """A row by its sheet and number; of a schema, by its place there."""
    sheet, mark, number = row.source.rpartition("!")
    return {"name": row.name, "sheet": sheet, "row": number if mark else "", "source": row.source}
