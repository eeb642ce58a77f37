"""Over generated workbooks nothing raises, every draft loads, no condition is lost without a line, and what was
exported comes back as it was (interchange/SPEC.md section 7.1 and 9.1).
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from forms.definition.document import load_form
from forms.interchange.drafts import STAND_IN
from forms.interchange.report import Import
from forms.interchange.xlsform_export.xlsform import to_xlsform
from forms.interchange.xlsform_import.xlsform import import_xlsform
from tests.forms.interchange.generated_workbooks import Asked, Made, made
from tests.forms.interchange.test_own_export import unordered

WORD = re.compile(r"[a-z_][a-z0-9_]*")


def conditions(document: dict[str, Any], label: str) -> Iterator[str]:
    """The texts of every condition under which a question or the words of a note are shown."""
    paths = {path for path, field in document["fields"].items() if label in field["label"].get("nl", "").split("\n")}
    for path in paths:
        yield document["fields"][path].get("show_if", "")
    for section in document["layout"]:
        repeat = section.get("repeat")
        inside = {name if repeat is None else f"{repeat}/*/{name}" for name in section["fields"]}
        told = label in section.get("banner", {}).get("say", {}).get("nl", "").split("\n")
        if inside & paths or told:
            yield section.get("show_if", "")
        if told:
            yield section["banner"]["show_if"]


def names_of(document: dict[str, Any], label: str) -> set[str]:
    return {path.rpartition("/")[2] for path, one in document["fields"].items() if label == one["label"].get("nl")} | {
        section["repeat"][1:]
        for section in document["layout"]
        if "repeat" in section and section["section"].get("nl") == label
    }


def lost(book: Made, found: Import) -> Iterator[tuple[int, str, str]]:
    """Every condition that is neither in the draft nor in the report: its row, its text, what is not read."""
    assert found.document is not None
    rows = {row.source: row for row in found.rows}
    by_row = {one.row: one for one in book.asked}
    for one in book.asked:
        kept = rows[f"survey!{one.row}"].outcome in {"carried", "renamed"}
        if not kept or one.type.startswith("begin"):
            continue
        words = set(WORD.findall(" ".join(conditions(found.document, one.label))))
        around = [by_row[row] for row in one.groups if rows[f"survey!{row}"].outcome in {"carried", "renamed"}]
        for asked in (one, *around):
            if asked is not one and one.type in {"calculate", "hidden"}:
                continue
            yield from _unread(found.document, asked, words)


def _unread(document: dict[str, Any], asked: Asked, words: set[str]) -> Iterator[tuple[int, str, str]]:
    for label in asked.reads:
        names = names_of(document, label)
        if not names & words:
            yield asked.row, asked.relevant, label


def hold(seeds: Sequence[int]) -> None:
    drafts = asked = 0
    for seed in seeds:
        book = made(seed)
        found = import_xlsform(book.raw, "gemaakt.xlsx")
        assert all(row.notes or row.outcome == "carried" for row in found.rows), seed
        if found.document is None:
            assert {one.code for one in found.todo} & {"import-no-questions"}, seed
            assert "import-does-not-load" not in {one.code for one in found.todo}, seed
            continue
        drafts += 1
        load_form(json.dumps({**found.document, **STAND_IN}).encode())
        asked += sum(bool(one.reads) for one in book.asked)
        assert [] == list(lost(book, found)), seed
        exported = to_xlsform(found.document)
        assert exported.workbook is not None, (seed, exported.findings)
        back = import_xlsform(exported.workbook, "gemaakt.xlsx")
        assert unordered(found.document) == unordered(back.document), seed
    assert drafts > 0.9 * len(seeds)
    assert asked > len(seeds)


def test_thirty_generated_workbooks_lose_nothing_without_a_word() -> None:
    hold([*range(28), 1_135, 1_187])  # the last two end a repeat with a note


@pytest.mark.soak
def test_three_hundred_generated_workbooks_lose_nothing_without_a_word() -> None:
    hold(range(1_000, 1_300))
