"""The rows of the sheets survey and choices, page by page (SPEC.md section 2)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from forms import paths
from forms.definition.inspection import Inspection
from forms.definition.parts import ERROR, Page, read
from forms.interchange import columns as own
from forms.interchange.ledger import Ledger
from forms.interchange.xlsform_export.asking import (
    YES_NO,
    YES_NO_WORDS,
    limits,
    look_of,
    parameters_of,
    shown_type,
    type_of,
)
from forms.interchange.xlsform_export.filtering import ChoicePrinter, cells_of
from forms.interchange.xlsform_export.firsts import default_of
from forms.interchange.xlsform_export.naming import free, heading
from forms.interchange.xlsform_export.xpath import Impossible, Names, Printer
from forms.schema.fields import NOTHING, Field
from forms.schema.question import Question
from forms.schema.resolving import node_at
from forms.spreadsheets.sheet import CELL_CHARACTERS_MAX

Cells = dict[str, str]
_SAID: Final = frozenset({"label", "hint", "choices", "merge", "sensitivity", "show_if"})
_ELSEWHERE: Final = frozenset(
    {"widget", "first", "from", "offer_if", "attributes", "required_if"}
)  # said in columns of XLSForm too


class Survey:
    """Writes one form; `rows` and `choices` are its sheets, the ledger says what could not be written."""

    def __init__(self, document: Mapping[str, Any], seen: Inspection, names: Names, ledger: Ledger) -> None:
        self.rows: list[Cells] = []
        self.choices: list[Cells] = []
        self._document, self._logic, self._names, self._ledger = document, seen.logic, names, ledger
        self._parts = read(document)  # in the words of the workbook, and not in those of `seen`
        self._fields = self._parts.fields
        self._asked = {one.path: msgspec.structs.replace(one, field=self._fields[one.path]) for one in seen.questions}
        self._computed = {step.path: step for step in seen.logic.computed}
        self._taken = set(names.named.values())
        self._lists: set[str] = {YES_NO}

    def write(self) -> None:
        """All pages, then what is computed and shown nowhere."""
        layout = list(enumerate(self._parts.layout))
        shown = set(self._parts.order)
        hidden = [path for path in self._computed if path not in shown]
        for place, page in layout:
            repeat = page.repeat
            if repeat is None:
                self._page(place, page)
            elif repeat not in [one.repeat for _, one in layout[:place]]:
                self._repeat(repeat, [one for one in layout if one[1].repeat == repeat], hidden)
        for path in hidden:
            if paths.repeat_of(path) is None:
                self._calculate(path)

    # --- pages ---

    def _page(self, place: int, page: Page) -> None:
        self._begin("begin_group", free(f"deel_{place + 1}", self._taken), place, page, appearance="field-list")
        self._questions(place, page)
        self.rows.append({"type": "end_group"})

    def _repeat(self, repeat: str, pages: Sequence[tuple[int, Page]], hidden: Sequence[str]) -> None:
        self._ledger.open(repeat, self._names.named[repeat])
        alone = len(pages) == 1
        self._begin("begin_repeat", self._names.named[repeat], *(pages[0]), whole=alone)
        row = self.rows[-1]
        row[own.PATH] = repeat
        node = node_at(self._document["schema"], repeat)
        self._json(repeat, row, own.SCHEMA, {key: node[key] for key in ("minItems", "maxItems") if key in node})
        self._checks(repeat, row, [])
        for place, page in pages:
            if alone:
                self._questions(place, page)
            else:
                self._page(place, page)
        for path in hidden:
            if paths.repeat_of(path) == repeat:
                self._calculate(path)
        self.rows.append({"type": "end_repeat"})

    def _begin(self, kind: str, name: str, place: int, page: Page, appearance: str = "", whole: bool = True) -> None:
        row: Cells = {"type": kind, "name": name, "appearance": appearance, **_words("label", page.section)}
        source = f"/layout/{place}"
        if whole:
            self._ledger.open(source, page.section["nl"])
            self._expression(source, row, "relevant", own.SHOW_IF, page.show_if, f"{source}/show_if", None)
            rest = {} if page.banner is None else {"banner": msgspec.to_builtins(page.banner)}
            self._json(source, row, own.SECTION, [place, rest])
        self.rows.append(self._written(row))

    def _questions(self, place: int, page: Page) -> None:
        if page.banner is not None:
            name = free(f"melding_{place + 1}", self._taken)
            row: Cells = {"type": "note", "name": name, **_words("label", page.banner.say)}
            at = f"/layout/{place}/banner/show_if"
            self._expression(f"/layout/{place}", row, "relevant", "", page.banner.show_if, at, None)
            self.rows.append(row)
        for path in page.templates:
            if path in self._computed:
                self._shown(path)
            else:
                self._question(self._asked[path])

    # --- questions ---

    def _question(self, question: Question) -> None:
        path, field, node = question.path, question.field, question.node
        name = self._names.named[path]
        self._ledger.open(path, name) if not self._ledger.knows(path) else None
        listed = free(name, self._lists) if question.codes else ""
        row = self._begun(path, type_of(question.kind, listed, field))
        self._expression(path, row, "required", "", field.required_if, _rule(path, "required_if"), path)
        row["required"] = "yes" if question.required else row.get("required", "")
        self._filter(path, row, field)
        row["appearance"] = look_of(field)
        self._first(question, row)
        row["parameters"] = parameters_of(node, field)
        self._checks(path, row, list(limits(question.kind, node, field)))
        self._json(path, row, own.SCHEMA, {key: member for key, member in node.items() if key != "enum"})
        if question.kind == "boolean":
            self._ledger.changed(path, "export-boolean")
            self._list(YES_NO, YES_NO_WORDS)
        elif field.listed is not None:
            self._ledger.changed(path, "export-list-beside", name=field.listed)
        elif question.codes:
            if any(code in self._names.codes for code in question.codes):
                self._ledger.changed(path, "export-code-spaces")
            choices = field.choices or {}
            self._list(listed, {code: choices[code] for code in question.codes}, field)
        self.rows.append(self._written(row))

    def _first(self, question: Question, row: Cells) -> None:
        tree = self._logic.trees.get(paths.format(["fields", question.path, "first"]))
        if tree is None:
            return
        try:
            row["default"], is_near = default_of(tree, question.path, question.kind, self._names)
        except Impossible as impossible:
            self._ledger.left(question.path, "export-no-xpath", column="default", why=impossible.why)
            return
        if is_near:
            self._ledger.changed(question.path, "export-near", column="default")

    def _begun(self, path: str, kind: str) -> Cells:
        field = self._fields[path]
        row: Cells = {"type": kind, "name": self._names.named[path]}
        row |= {**_words("label", field.label), **_words("hint", field.hint or {})}
        at = paths.format(["fields", path, "show_if"])
        self._expression(path, row, "relevant", own.SHOW_IF, field.show_if, at, path)
        row |= {own.PATH: path, own.SENSITIVITY: field.sensitivity or "", own.MERGE: field.merge or ""}
        rest = {key: member for key, member in self._document["fields"][path].items() if key not in _SAID}
        self._json(path, row, own.FIELD, rest)
        if rest.keys() - _ELSEWHERE:
            self._ledger.changed(path, "export-own-member", names=", ".join(sorted(rest.keys() - _ELSEWHERE)))
        if field.local_only:
            self._ledger.changed(path, "export-local-only")
        return row

    def _shown(self, path: str) -> None:
        row = self._computing(path, shown_type(self._computed[path].kind.name))
        row["read_only"] = "yes"
        self._checks(path, row, [])
        self.rows.append(self._written(row))

    def _calculate(self, path: str) -> None:
        self.rows.append(self._written(self._computing(path, "calculate")))

    def _computing(self, path: str, kind: str) -> Cells:
        self._ledger.open(path, self._names.named[path]) if not self._ledger.knows(path) else None
        row = self._begun(path, kind)
        at = paths.format(["computed", path])
        self._expression(path, row, "calculation", own.COMPUTED, self._parts.computed[path], at, path)
        choices = self._fields[path].choices
        if choices is not None:
            self._json(path, row, own.FIELD, {**json.loads(row.get(own.FIELD) or "{}"), "choices": choices})
        return row

    # --- cells ---

    def _filter(self, path: str, row: Cells, field: Field) -> None:
        """The filter of a question with choices."""
        if field.offer_if is not None:
            printer = ChoicePrinter(self._names, paths.repeat_of(path), field)
            self._printed(path, row, "choice_filter", printer, _rule(path, "offer_if"))

    def _list(self, name: str, words: Mapping[str, Mapping[str, str]], field: Field = NOTHING) -> None:
        if any(row["list_name"] == name for row in self.choices):
            return
        for code, label in words.items():
            row = {"list_name": name, "name": self._names.codes.get(code, code), **_words("label", label)}
            if row["name"] != code:
                row[own.CODE] = code
            row |= cells_of(field, code)
            self.choices.append(row)

    def _expression(
        self, source: str, row: Cells, column: str, ours: str, text: str | None, at: str, path: str | None
    ) -> None:
        """An expression in its column, and as it is written here in ours."""
        if text is None:
            return
        if ours:
            row[ours] = text
        self._printed(source, row, column, Printer(self._names, paths.repeat_of(path) if path else None), at)

    def _printed(self, source: str, row: Cells, column: str, printer: Printer, at: str) -> None:
        tree = self._logic.trees[at]
        try:
            row[column] = printer.value(tree) if column == "calculation" else printer.condition(tree)
        except Impossible as impossible:
            self._ledger.left(source, "export-no-xpath", column=column, why=impossible.why)
            row[column] = "''" if column == "calculation" else ""
        if printer.is_near:
            self._ledger.changed(source, "export-near", column=column)

    def _checks(self, path: str, row: Cells, conditions: list[str]) -> None:
        """The limits of the schema and the checks at a question, as one constraint with one message."""
        found = [(place, one) for place, one in enumerate(self._parts.checks) if one.at == path]
        said: dict[str, list[str]] = {}
        for place, check in found:
            source = f"/checks/{place}"
            self._ledger.open(source, path)
            if path not in self._asked:
                self._ledger.left(source, "export-check-place")
                continue
            if check.level != ERROR:
                self._ledger.left(source, "export-warning-left", level=check.level)
                continue
            try:
                printer = Printer(self._names, paths.repeat_of(path), own=path)
                conditions.append(printer.condition(self._logic.trees[f"{source}/if_not"]))
                if printer.is_near:
                    self._ledger.changed(source, "export-near", column="constraint")
            except Impossible as impossible:
                self._ledger.left(source, "export-no-xpath", column="constraint", why=impossible.why)
                continue
            for language, text in check.say.items():
                said.setdefault(language, []).append(text)
        if conditions:
            each = [f"({one})" if len(conditions) > 1 and " or " in one else one for one in conditions]
            row["constraint"] = " and ".join(each)
        row |= _words("constraint_message", {language: " ".join(texts) for language, texts in said.items()})
        if found:
            self._json(path, row, own.CHECKS, [[place, msgspec.to_builtins(check)] for place, check in found])

    def _json(self, source: str, row: Cells, column: str, member: Any) -> None:
        text = json.dumps(member, ensure_ascii=False, separators=(",", ":")) if member else ""
        if len(text) > CELL_CHARACTERS_MAX:
            self._ledger.changed(source, "export-cell-too-long")
            text = ""
        row[column] = text

    def _written(self, row: Cells) -> Cells:
        """The row with what its cells are now, so that an importer sees which of them somebody changed."""
        cells = {column: row[column] for column in own.WRITTEN_COLUMNS if row.get(column)}
        return {**row, own.WRITTEN: json.dumps(cells, ensure_ascii=False, separators=(",", ":"))}


def _rule(path: str, name: str) -> str:
    """The place of an expression of a question in the document."""
    return paths.format(["fields", path, name])


def _words(column: str, words: Mapping[str, str]) -> Cells:
    return {heading(column, language): text for language, text in words.items()}
