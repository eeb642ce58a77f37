"""The facts of the page of a form's records, as its template shows them: words in place of codes, addresses of ids."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from backend.desk.wishes import CHOOSE, CONTAIN, NAME_MAX, RANGE, Filter, Wish, choices_of, tabled, ways_of
from backend.desk.wording import Speaker
from backend.stores.listing import CHANGED, COUNT_MAX, REVIEWS, STATES, Page
from backend.stores.queue_rows import BEGUN, SAYS_MORE
from backend.stores.record_rows import as_answered
from forms.definition.document import Form
from forms.schema.question import Question
from forms.wording import number

Facts = dict[str, Any]
INPUTS: Final = {"date": "date", "month": "month", "time": "time"}  # of what has an order; a number is typed
CHOICES_MAX: Final = 200  # of a list as boxes to tick; a longer one is searched for by its words
ID_DIGITS: Final = 8
_ENDLESS: Final = re.compile(r"(\S{16})(?=\S)")  # longer than most words: it would stretch its column
MAY_BREAK: Final = "\\1\u200b"  # a place where a line may break, which nobody sees
MARKS: Final = {"in_review": "", "approved": "good", "returned": "warn"}
CELLS: Final = {"integer": "amount", "decimal": "amount", "date": "nowrap", "boolean": "nowrap"}
SHORT: Final = 160  # signs of a text in a cell: the whole of it stands in the record


class Words:
    """Says labels and answers of one form in one language, and phrases of the page."""

    def __init__(self, speaker: Speaker, form: Form, said: Any) -> None:
        self.speaker = speaker
        self.form = form
        self.said = said
        self.columns = tabled(form)

    def label(self, question: Question) -> str:
        """The words of a question."""
        language = self.speaker.language
        return question.label.get(language) or question.label.get("nl") or question.name

    def cell(self, question: Question, value: Any) -> str:
        """An answer in a cell, cut where it is long."""
        if value is None:
            return ""
        text = self.speaker.answer(self.form.slug, question.path, as_answered(question.kind, value))
        return _ENDLESS.sub(MAY_BREAK, text if len(text) <= SHORT else f"{text[: SHORT - 1]}…")


def counted(many: int, language: str) -> str:
    """A count as a person reads it; one beyond the limit says that it is."""
    return f"{number(COUNT_MAX, language)}+" if many > COUNT_MAX else number(many, language)


def headers(words: Words, wish: Wish) -> list[Facts]:
    """The columns: chosen questions, then the time of the last change."""
    found = [{"name": name, "label": words.label(words.columns[name])} for name in wish.columns]
    found.append({"name": CHANGED, "label": words.said("records-changed")})
    turn = "descending" if wish.down else "ascending"
    return [{**one, "sorted": turn if one["name"] == wish.sort else ""} for one in found]


def rows(
    words: Words, wish: Wish, page: Page, record_at: str, moment: Any, apart: Mapping[str, str]
) -> list[Facts]:  # fmt: skip
    """The rows of a page; the first cell leads to the record, and says what tells it `apart` from others."""
    return [{**_row(words, wish, row, record_at, moment), "apart": apart.get(row["record"], "")} for row in page.rows]


def _row(words: Words, wish: Wish, row: Mapping[str, Any], record_at: str, moment: Any) -> Facts:
    cells: list[Facts] = []
    for name in wish.columns:
        question = words.columns[name]
        text = words.cell(question, row[name])
        cells.append({
            "label": words.label(question), "text": text, "kind": CELLS.get(question.kind, ""),
        })  # fmt: skip
    cells.append({"label": words.said("records-changed"), "text": moment(row["changed_ms"]), "kind": ""})
    if not cells[0]["text"]:
        cells[0]["text"] = row["record"][:ID_DIGITS]
    record = row["record"]
    return {"record": record, "address": f"{record_at}/{record}", "cells": cells, "marks": [*_marks(words, row)]}


def _marks(words: Words, row: Mapping[str, Any]) -> Iterator[Facts]:
    """The state of a record, in words."""
    if row["deleted"]:
        yield {"kind": "bad", "words": words.said("records-mark-deleted")}
    if row["contested"]:
        yield {"kind": "bad", "words": words.said("records-mark-contested")}
    if row["conflicts"]:
        yield {"kind": "bad", "words": words.said("records-mark-conflicts", count=row["conflicts"])}
    if row["waiting"]:
        yield {"kind": "warn", "words": words.said("records-mark-waiting", count=row["waiting"])}
    if row["stage"] in SAYS_MORE:
        yield {"kind": "" if row["stage"] == BEGUN else "warn", "words": words.said(f"records-review-{row['stage']}")}
    elif row["state"] in MARKS:
        yield {"kind": MARKS[row["state"]], "words": words.said(review_code(row["state"]))}


def review_code(state: str) -> str:
    """The code of the words for a state of the review."""
    return f"records-review-{state.replace('_', '-')}"


def filters(words: Words, wish: Wish, faults: Mapping[str, str], codes: Mapping[str, Sequence[str]]) -> list[Facts]:
    """The fields of the questions that are filtered by."""
    known = words.columns
    return [
        _filter(words, known[one.question], one, faults.get(one.question, ""), codes)
        for one in wish.filters
        if one.question in known
    ]


def _filter(words: Words, question: Question, one: Filter, fault: str, codes: Mapping[str, Sequence[str]]) -> Facts:
    ways = ways_of(question)
    offered = choices_of(question, codes) if CHOOSE in ways else ()
    kind = question.widget if question.widget in INPUTS else question.kind
    return {
        "name": question.name, "label": words.label(question), "filter": one, "fault": fault,
        "choices": [(code, _choice(words, question, code)) for code in offered[:CHOICES_MAX]],
        "ranged": RANGE in ways, "input": INPUTS.get(kind, "text"), "text": CONTAIN in ways,
    }  # fmt: skip


def _choice(words: Words, question: Question, code: str) -> str:
    if question.kind == "boolean":
        return words.speaker.answer(words.form.slug, question.path, code == "yes")
    return words.speaker.answer(words.form.slug, question.path, [code] if question.kind == "choices" else code)


def choices(words: Words, workers: Sequence[str]) -> Facts:
    """The choices that the selects of the page offer."""
    said = words.said
    return {
        "states": [(code, said(f"records-state-{code or 'any'}")) for code in STATES],
        "reviews": [(code, said(review_code(code or "any"))) for code in REVIEWS],
        "answered": [(code, said(f"records-answered-{code or 'any'}")) for code in ("", "yes", "no")],
        "workers": [("", said("records-anybody")), *((one, one) for one in workers)],
        "questions": [(name, words.label(question)) for name, question in words.columns.items()],
        "name_max": NAME_MAX,
    }  # fmt: skip


def without_each(wish: Wish) -> Iterator[tuple[str, Wish]]:
    """The wish without each of its conditions: what to drop where nothing was found. Named by field or question."""
    for name in ("search", "state", "worker", "review"):
        if getattr(wish, name):
            yield name, msgspec.structs.replace(wish, **{name: ""})
    if wish.since or wish.until:
        yield "since", msgspec.structs.replace(wish, since="", until="")
    for one in wish.filters:
        if one != Filter(one.question):
            left = tuple(other for other in wish.filters if other != one)
            yield one.question, msgspec.structs.replace(wish, filters=left)
