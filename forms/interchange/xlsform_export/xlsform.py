"""A form as an XLSForm workbook, for ODK, Kobo and everybody who reviews forms in a spreadsheet (SPEC.md)."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from forms.findings import Finding
from forms.interchange import columns as own
from forms.interchange.drafts import judged
from forms.interchange.ledger import Ledger
from forms.interchange.report import Row
from forms.interchange.xlsform_export.mentions import in_workbook, mentioned_names
from forms.interchange.xlsform_export.naming import heading, languages, names_of
from forms.interchange.xlsform_export.survey import Cells, Survey
from forms.interchange.xlsform_export.workbook import workbook
from forms.spreadsheets.sheet import CELL_CHARACTERS_MAX

_LANGUAGE: Final = heading("", "nl").removeprefix("::")


class Export(msgspec.Struct, frozen=True):
    """The workbook and what became of every question, page and check; None if the form has faults."""

    workbook: bytes | None
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()


def to_xlsform(document: Mapping[str, Any]) -> Export:
    """The workbook of a form or draft: the same bytes for the same form."""
    seen = judged(document)
    if seen.findings:
        return Export(None, (), seen.findings)
    ledger = Ledger()
    names = names_of(seen, ledger, mentioned_names(document))
    worded = in_workbook(document, names)
    survey = Survey(worded.document, seen, names, ledger)
    survey.write()
    for source, name in worded.near:
        ledger.changed(source, "export-mention", name=name)
    tongues = languages(document)
    sheets = {
        "survey": _table(survey.rows, _survey_columns(tongues)),
        "choices": _table(survey.choices, _choice_columns(survey.choices, tongues)),
        "settings": _table([_settings({**document, "texts": worded.ours})], None),
    }
    return Export(workbook(sheets), ledger.rows())


def _choice_columns(rows: list[Cells], tongues: list[str]) -> list[str]:
    """The columns of the choices: those that all lists have, and what filters read of them."""
    first = ["list_name", "name", *(heading("label", one) for one in tongues), own.CODE]
    return [*first, *dict.fromkeys(column for row in rows for column in row if column not in first)]


def _survey_columns(tongues: list[str]) -> list[str]:
    each = {column: [heading(column, one) for one in tongues] for column in ("label", "hint", "constraint_message")}
    return [
        "type", "name", *each["label"], *each["hint"], "default", "required", "relevant", "constraint",
        *each["constraint_message"],
        "calculation", "choice_filter", "appearance", "parameters", "read_only", own.PATH, own.SENSITIVITY, own.MERGE,
        own.SHOW_IF,
        own.COMPUTED, own.CHECKS, own.SCHEMA, own.FIELD, own.SECTION, own.WRITTEN,
    ]  # fmt: skip


def _table(rows: list[Cells], columns: list[str] | None) -> list[list[str]]:
    """The rows under their headings; a column in which nothing stands is left out."""
    if columns is None:
        columns = list(dict.fromkeys(column for row in rows for column in row))
    used = [column for column in columns if any(row.get(column) for row in rows) or column in ("type", "name")]
    return [used, *([row.get(column, "") for column in used] for row in rows)]


def _settings(document: Mapping[str, Any]) -> Cells:
    row: Cells = {
        "form_title": document["title"]["nl"],
        "form_id": document["form"],
        "version": str(document["version"]),
        "default_language": _LANGUAGE,
    }
    for column, member in own.FORM_COLUMNS.items():
        value: Any = document.get(member)
        if member == "schema":
            value = {
                key: part for key, part in document["schema"].items() if key in ("$schema", "additionalProperties")
            }
        if value is None or (member == "texts" and not value):
            continue
        text = value if member in own.TEXT_MEMBERS else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if len(text) <= CELL_CHARACTERS_MAX:
            row[column] = text
    return row
