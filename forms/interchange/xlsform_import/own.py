"""Reads back what our own export wrote beside the columns of XLSForm, as far as nobody changed it (SPEC.md section 9).

The columns are named in `forms.interchange.columns`. What they say stands for the cells that they were written
with; where a person changed such a cell, the cell counts and the column is passed over.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from forms import paths
from forms.errors import BadPath
from forms.expressions.kinds import kind_of
from forms.interchange import columns as names
from forms.interchange.ledger import Ledger
from forms.interchange.xlsform_import.draft import Asked, Check, Draft, Expression, Section
from forms.interchange.xlsform_import.tables import OWN, Line
from forms.schema.fields import NOTHING, Field
from forms.schema.questions import read as read_questions

_SAID: Final = frozenset({"label", "hint", "show_if", "merge", "sensitivity"})  # these have columns of their own
_RULES: Final = {"offer_if": "choice_filter", "required_if": "required"}  # and the cell that each stands for
_AT: Final = "a"  # a name for a question that is looked at alone


def column(name: str) -> str:
    """One of our columns as the tables call it."""
    return OWN + name.removeprefix(names.PREFIX)


def cell(line: Line, name: str) -> str:
    """The content of one of our columns."""
    return line.get(column(name))


def read(line: Line, name: str, ledger: Ledger) -> Any:
    """The JSON in one of our columns; None without any, or with something else."""
    text = cell(line, name)
    if not text:
        return None
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        ledger.changed(line.source, "import-own-column", column=name, value="JSON")
        return None


def _finite(text: str) -> float:
    """A number as JSON writes it; what is none, or too large to be one, raises."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def unchanged(line: Line, *cells: str) -> bool:
    """True if nobody changed these cells since they were exported."""
    try:
        written = json.loads(cell(line, names.WRITTEN) or "null")
    except (ValueError, RecursionError):
        return False
    return isinstance(written, dict) and all(written.get(one, "") == line.get(one) for one in cells)


def path_of(line: Line, repeat: str | None) -> str | None:
    """The path at which the export puts a question or repeat; None if it cannot stand there."""
    path = cell(line, names.PATH)
    try:
        steps = paths.parse(path) if path else ()
    except BadPath:
        return None
    group, _, name = path.rpartition("/")
    around = f"{repeat}/{paths.ANY_ITEM}" if repeat is not None else None
    fits = group == around if around is not None else paths.ANY_ITEM not in steps
    return path if fits and name and all(paths.NAME.fullmatch(one) or one == paths.ANY_ITEM for one in steps) else None


def restore(line: Line, one: Asked, ledger: Ledger) -> None:
    """Give a question back what the export wrote of it."""
    path = path_of(line, one.repeat)
    if path is not None and path.rpartition("/")[2] == one.name:
        one.at = path
    schema = read(line, names.SCHEMA, ledger)
    if one.schema is not None and isinstance(schema, dict) and unchanged(line, "type", "constraint", "parameters"):
        _schema(line, one, schema, ledger)
    field = read(line, names.FIELD, ledger)
    if isinstance(field, dict) and unchanged(line, "type", "appearance"):
        said = _SAID | {"choices"} if one.schema is not None else _SAID  # a question has those of its list
        members = {key: member for key, member in field.items() if key not in said}
        one.field = {**{key: one.field[key] for key in one.field if key != "widget"}, **members}
        _rules(line, one, ledger)
    text = cell(line, names.COMPUTED)
    if text and one.schema is None and unchanged(line, "calculation"):
        one.exact = Expression(text, [(line.source, "calculation")])


def _rules(line: Line, one: Asked, ledger: Ledger) -> None:
    """The filter and the demand of a question, each as far as its cell is as it was."""
    for name, cell_ in _RULES.items():
        text = one.field.pop(name, None)
        if isinstance(text, str) and unchanged(line, cell_):
            made = Expression(text, [(line.source, cell_)])
            one.offer_if, one.required_if = (made, one.required_if) if name == "offer_if" else (one.offer_if, made)
    said, codes = one.field.get("attributes"), one.field.get("choices", {})
    if said is not None and "offer_if" not in (read(line, names.FIELD, ledger) or {}):
        ledger.changed(line.source, "import-own-column", column=names.FIELD, value="attributes")
    if one.offer_if is None:
        one.field.pop("attributes", None)
    elif isinstance(said, dict):
        one.field["attributes"] = {code: own for code, own in said.items() if code in codes}


def _schema(line: Line, one: Asked, schema: dict[str, Any], ledger: Ledger) -> None:
    """The node of the schema, with the codes that the sheet choices has now."""
    assert one.schema is not None
    codes = one.schema.get("enum") or one.schema.get("items", {}).get("enum")
    if schema.get("type") == "string" and codes:
        schema = {**schema, "enum": codes}
    elif schema.get("type") == "array" and codes:
        schema = {**schema, "items": {"type": "string", "enum": codes}}
    said = Field(listed=one.field["from"]) if "from" in one.field else NOTHING
    reading = read_questions({"type": "object", "properties": {_AT: schema}}, {f"/{_AT}": said})
    if reading.findings or len(reading.questions) != 1:
        ledger.changed(line.source, "import-own-column", column=names.SCHEMA, value="JSON Schema")
        return
    one.schema, one.kind = schema, kind_of(reading.questions[0])
    if one.kind.name == "boolean":
        one.field.pop("choices", None)


def checks(line: Line, path: str, ledger: Ledger) -> list[Check] | None:
    """The checks that the export wrote at a row; None if its constraint counts."""
    if not unchanged(line, "type", "constraint", "parameters") or not (
        cell(line, names.CHECKS) or cell(line, names.SCHEMA)
    ):
        return None
    found = read(line, names.CHECKS, ledger) or []
    made = []
    for entry in found if isinstance(found, list) else []:
        if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], dict)):
            continue
        place, check = entry
        text, say, level = check.get("if_not"), check.get("say"), check.get("level", "error")
        if (
            isinstance(place, int)
            and isinstance(text, str)
            and _words(say)
            and level in {"error", "warn", "ask_reason"}
        ):
            holds = Expression(text, [(line.source, "constraint")])
            made.append(Check(holds, path, say, level, place))
    return made


def shown(line: Line) -> Expression | None:
    """The condition that the export wrote, if `relevant` is as it was."""
    text = cell(line, names.SHOW_IF)
    return Expression(text, [(line.source, "relevant")]) if text and unchanged(line, "relevant") else None


def page(line: Line, section: Section, ledger: Ledger) -> None:
    """Give a page back its banner."""
    written = read(line, names.SECTION, ledger)
    if not (isinstance(written, list) and len(written) == 2 and isinstance(written[1], dict)):
        return
    banner = written[1].get("banner")
    if isinstance(banner, dict) and isinstance(banner.get("show_if"), str) and _words(banner.get("say")):
        section.banner = banner["say"]
        section.banner_if = Expression(banner["show_if"], [(line.source, names.SECTION)])


def form(line: Line, draft: Draft) -> None:
    """Read what the export wrote of the form as a whole."""
    for name, member in names.FORM_COLUMNS.items():
        text = cell(line, name)
        value: Any = text if member in names.TEXT_MEMBERS and text else read(line, name, draft.ledger)
        if value is None:
            continue
        if member == "title" and isinstance(value, dict) and _words(value):
            draft.title = value
        elif member == "version" and isinstance(value, int) and value > 0:
            draft.version = value
        elif member == "schema" and isinstance(value, dict):
            known = {key: value[key] for key in ("$schema", "additionalProperties") if key in value}
            draft.frame = {**known, "type": "object"}
        elif member == "texts":
            draft.texts = _texts(value)
        elif member not in {"title", "version", "schema"}:
            draft.members[member] = value


def _words(said: Any) -> bool:
    return isinstance(said, dict) and all(
        isinstance(text, str) and text and re.fullmatch("[a-z]{2,3}", tongue) for tongue, text in said.items()
    )


def _texts(given: object) -> Mapping[str, str]:
    """Texts with mentions as our own export wrote them, each with what it is here."""
    pairs = given.items() if isinstance(given, dict) else ()
    return {cell: ours for cell, ours in pairs if isinstance(ours, str)}
