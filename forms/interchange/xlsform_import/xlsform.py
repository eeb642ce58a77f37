"""XLSForm, the way ODK, Kobo and SurveyCTO users write forms, as a draft of ours (SPEC.md of this room).

Never half a form without saying so: every row of the workbook stands in the report, and what is not possible says why.
"""

import re
from typing import Any, Final

from forms.expressions.kinds import Kind, list_of
from forms.findings import Finding, finding, some
from forms.interchange.columns import CODE
from forms.interchange.ledger import Ledger
from forms.interchange.naming import Names, slug
from forms.interchange.report import Import, Row
from forms.interchange.xlsform_import import own
from forms.interchange.xlsform_import.choices import EXTERNAL, read_external, read_lists
from forms.interchange.xlsform_import.conditions import Conditions
from forms.interchange.xlsform_import.draft import Asked, Draft, Expression, Placed
from forms.interchange.xlsform_import.draft import document as made_of
from forms.interchange.xlsform_import.filters import Filters
from forms.interchange.xlsform_import.firsts import begin
from forms.interchange.xlsform_import.layout import Layout
from forms.interchange.xlsform_import.mentions import Mentions
from forms.interchange.xlsform_import.questions import OTHER, Questions
from forms.interchange.xlsform_import.refusals import consult
from forms.interchange.xlsform_import.searching import searched
from forms.interchange.xlsform_import.settle import rows_of, settle
from forms.interchange.xlsform_import.speech import Speech
from forms.interchange.xlsform_import.tables import OWN, SHEETS, Line, Workbook, another_kind, workbook
from forms.interchange.xlsform_import.values import Named, Why
from forms.interchange.xlsform_import.walk import Block, Item, Walk
from forms.schema.question import MEDIA
from forms.schema.questions import QUESTIONS_MAX
from forms.spreadsheets.reading import read_sheets

ROWS_MAX: Final = 3_000  # of a survey; a form of a thousand questions is the longest that anybody was seen to use
OWN_ROUNDS: Final = 3  # times that a draft is made anew without rows of our own export that do not fit
UNDECIDED: Final = "TODO"  # the lint refuses it as a purpose and as a legal basis (P10)
_LAST: Final = frozenset({"import-lists-unused", "import-metadata"})
_SETTINGS: Final = frozenset({"form_title", "form_id", "version", "default_language", "allow_choice_duplicates"})


def import_xlsform(raw: bytes, filename: str) -> Import:
    """The draft that comes of a workbook, what is still to be done, and what became of every row.

    Whatever the bytes, it does not raise. Without a document `todo` says why there is none.
    """
    reading = read_sheets(raw, filename)
    if not reading.sheets:
        return Import(None, reading.findings)
    book = workbook(reading.sheets)
    ledger = Ledger()
    ledger.todo += [*reading.findings, *book.notes]
    lines = book.lines("survey")
    other = another_kind(reading.sheets)
    if other is not None or not any(line.get("type") for line in lines):
        ledger.todo.append(finding(other or "import-no-survey", ""))
        consult(book, ledger)
        return Import(None, _todo(ledger), _ordered(ledger))
    if len(lines) > ROWS_MAX:
        ledger.todo.append(finding("import-too-many-rows", "survey", count=len(lines), limit=ROWS_MAX))
        return Import(None, tuple(ledger.todo))
    draft, document, found = _settled(book, filename, tuple(ledger.todo))
    for table in book.tables.values():
        for note in table.notes:
            draft.ledger.note(f"{table.name}!1", "changed", note)
    consult(book, draft.ledger)
    return _finished(draft, document, found)


def _settled(
    book: Workbook, filename: str, todo: tuple[Finding, ...]
) -> tuple[Draft, dict[str, Any] | None, tuple[Finding, ...]]:
    """The draft of a workbook, its document, and what could not be mended.

    Where that is what stands in the columns of our own export, the draft is made anew without those rows of theirs, and
    at last without all of them: the other cells say enough.
    """
    passed: dict[str, Why] = {}
    for again in range(OWN_ROUNDS + 1):
        ledger = Ledger()
        ledger.todo += todo
        draft = _Importing(book, ledger, filename).draft()
        document, found = settle(draft) if draft.sections else (None, ())
        left = book.own_rows()
        if not found or not left or again == OWN_ROUNDS:
            break
        told, why = rows_of(draft, found), (found[0].nl.rstrip("."), found[0].en.rstrip("."))
        rows = (left & told.keys() or left) if again < OWN_ROUNDS - 1 else left
        passed |= {source: told.get(source, why) for source in rows}
        book = book.without_own(rows)
    for source, reason in passed.items():
        ledger.changed(source, "import-own-row", why=reason)
    return draft, document, found


def _finished(draft: Draft, document: dict[str, Any] | None, found: tuple[Finding, ...]) -> Import:
    ledger = draft.ledger
    if document is None or not draft.sections:
        ledger.todo.append(finding("import-no-questions", ""))
        ledger.nothing_made("import-no-questions")
        return Import(None, _todo(ledger), _ordered(ledger))
    if found:
        for one in found:
            ledger.todo.append(finding("import-does-not-load", one.path, why=(one.nl.rstrip("."), one.en.rstrip("."))))
        ledger.nothing_made("import-no-questions")
        return Import(None, _todo(ledger), _ordered(ledger))
    if Mentions(draft).all():
        document = made_of(draft)
    lacking = [member for member in ("purpose", "legal_basis", "retention") if member not in document]
    ledger.todo += [finding(f"todo-{member.replace('_', '-')}", "") for member in lacking]
    undecided = sum(not one.decided for one in draft.asked)
    ledger.todo += [finding("todo-sensitivity", "", count=undecided)] if undecided else []
    if any(one.field.get("widget") in MEDIA and "subject" not in one.field for one in draft.asked):
        ledger.todo.append(finding("todo-subject", ""))
    ledger.todo += [finding("todo-list", "", name=name) for name in draft.lists]
    members: dict[str, Any] = {}
    for name, member in document.items():
        members[name] = member
        if name == "title":  # no retention: without one nothing can be published
            members |= {member: UNDECIDED for member in lacking if member != "retention"}
    return Import(members, _todo(ledger), _ordered(ledger))


def _todo(ledger: Ledger) -> tuple[Finding, ...]:
    """The findings that a person must look at; those that are only good to know come last."""
    return tuple(sorted(ledger.todo, key=lambda one: one.code in _LAST))


def _ordered(ledger: Ledger) -> tuple[Row, ...]:
    """The report in the order of the workbook."""

    def place(row: Row) -> tuple[int, int]:
        sheet, _, number = row.source.rpartition("!")
        return SHEETS.index(sheet) if sheet in SHEETS else len(SHEETS), int(number)

    return tuple(sorted(ledger.rows(), key=place))


class _Importing:
    """One workbook on its way to a draft."""

    def __init__(self, book: Workbook, ledger: Ledger, filename: str) -> None:
        self._book = book
        self._ledger = ledger
        self._settings = self._read_settings()
        spoken = [book.tables[name] for name in ("survey", "choices") if name in book.tables]
        self._speech = Speech(self._settings.get("default_language", ""), spoken, ledger)
        self._walk = Walk(ledger)
        self._items = self._walk.all(book.lines("survey"))
        self._lists = read_lists(book.lines("choices"), self._speech, ledger)
        self._lists |= read_external(book.lines("external_choices"), self._speech, ledger)
        self._draft = self._begun(filename)
        self._draft.mentioned = self._speech.mentioned
        self._names = Names()
        today = frozenset(line.get("name") for line in book.lines("survey") if _is_today(line))
        codes = {line.get("name"): line.get(CODE) for line in book.lines("choices") if line.get(CODE)}
        self._conditions = Conditions(self._draft, today, codes)
        self._filters = Filters(self._draft, self._conditions)
        self._questions = Questions(self._draft, self._names, self._lists, self._speech)

    def draft(self) -> Draft:
        """The draft with its questions, conditions and pages."""
        repeats = self._repeats()
        self._conditions.locate(self._items)
        placed = [self._placed(item, repeats) for item in self._items]
        self._conditions.work_out()
        for one in placed:
            one.asked = [asked for asked in one.asked if asked.schema is not None or asked.computed is not None]
            self._draft.asked += one.asked
        self._within_limit(placed)
        for one in placed:
            self._restrict(one)
        Layout(self._draft, self._speech, self._conditions).all(placed)
        self._without_empty_repeats()
        for block, path in repeats:
            if path in self._draft.repeats:
                self._conditions.counted(block, path)
        self._draft.checks.sort(key=lambda check: check.place)
        for line in self._book.lines("settings")[:1]:
            own.form(line, self._draft)
        self._unused()
        self._ledger.todo += self._speech.todo()
        return self._draft

    def _read_settings(self) -> dict[str, str]:
        lines = self._book.lines("settings")
        for line in lines:
            self._ledger.open(line.source, line.get("form_id"))
            for column in sorted(column for column in set(line.cells) - _SETTINGS if not column.startswith(OWN)):
                self._ledger.changed(line.source, "import-setting-left", column=column)
        return dict(lines[0].cells) if lines else {}

    def _begun(self, filename: str) -> Draft:
        title = self._walk.titles.get("title") or self._settings.get("form_title", "")
        name = self._walk.titles.get("id") or self._settings.get("form_id", "")
        stem = filename.replace("\\", "/").rpartition("/")[2].partition(".")[0]
        made = slug(name or title or stem, "formulier")
        words = self._speech.titled(title or name or stem or made)
        return Draft(self._ledger, made, words, self._version(self._settings.get("version", "")))

    def _version(self, text: str) -> int:
        """Ours are numbered one by one: what stands there is kept only if it is such a number."""
        return int(text) if re.fullmatch(r"[1-9][0-9]{0,2}", text) else 1

    def _repeats(self) -> list[tuple[Block, str]]:
        """Every repeat with its path here."""
        found: dict[str, tuple[Block, str]] = {}
        for item in self._items:
            block = item.repeat
            if block is None or block.line.source in found:
                continue
            old = block.line.get("name")
            written = own.path_of(block.line, None) or ""
            name = self._names.give(written.rpartition("/")[2] or old or "herhaling", None)
            path = written if written.rpartition("/")[2] == name else f"/{name}"
            if name != old and path != written:
                self._ledger.renamed(block.line.source, "import-renamed", name=old, to=name)
            found[block.line.source] = (block, path)
            self._draft.repeats[path] = {}
            self._conditions.know(old, Named(name, Kind("items", group=path), None, path))
        return list(found.values())

    def _placed(self, item: Item, repeats: list[tuple[Block, str]]) -> Placed:
        block = item.repeat
        repeat = next((path for one, path in repeats if one is block), None)
        if item.type.use == "note":
            return Placed(item, [], repeat)
        asked = self._questions.of(item, repeat)
        if asked:
            own.restore(item.line, asked[0], self._ledger)
        for one in asked:
            if one.old:
                self._conditions.know(one.old, one)
            if one.schema is None:
                self._conditions.compute(one, item.line.get("calculation"))
        return Placed(item, asked, repeat)

    def _restrict(self, placed: Placed) -> None:
        """Take over what a row says of its answers."""
        if not placed.asked:
            return
        line, first = placed.item.line, placed.asked[0]
        begin(line, first, self._conditions, self._ledger)
        self._conditions.constrain(line, first, self._speech.words(line, "constraint_message"))
        self._conditions.demanded(line, first)
        if placed.item.type.use == "select" and first.offer_if is None:
            self._filter(placed.item, first)
        if placed.item.type.other and len(placed.asked) > 1:
            one, text = first, f'{first.name} == "{OTHER}"'
            text = text if one.kind != list_of(one.kind.member or one.kind) else f'"{OTHER}" in {first.name}'
            placed.asked[1].show_if = Expression(text, [(line.source, "or_other")])

    def _filter(self, item: Item, one: Asked) -> None:
        """Put the filter of choices into their question."""
        listed, found = self._questions.listed(item), searched(item.line.get("appearance"))
        if found is not None and found.why is not None:
            self._ledger.changed(item.line.source, "import-filter-left", why=found.why)
        elif found is not None:
            self._filters.elsewhere(item.line, one, found.tree)
        elif not item.line.get("choice_filter"):
            return
        elif listed is None:
            self._filters.elsewhere(item.line, one)
        else:
            self._filters.own(item.line, one, listed, OTHER if item.type.other else "")

    def _within_limit(self, placed: list[Placed]) -> None:
        """Leave out the questions that a form has no room for."""
        for gone in self._draft.asked[QUESTIONS_MAX:]:
            self._ledger.left(gone.source, "import-too-many-questions", limit=QUESTIONS_MAX)
        kept = {id(one) for one in self._draft.asked[:QUESTIONS_MAX]}
        self._draft.asked = self._draft.asked[:QUESTIONS_MAX]
        for one in placed:
            one.asked = [asked for asked in one.asked if id(asked) in kept]

    def _without_empty_repeats(self) -> None:
        """A repeat with nothing to ask is no group here."""
        filled = {one.repeat for one in self._draft.asked if one.schema is not None}
        for path in [path for path in self._draft.repeats if path not in filled]:
            del self._draft.repeats[path]
            self._draft.sections = [section for section in self._draft.sections if section.repeat != path]
            gone: list[Asked] = [one for one in self._draft.asked if one.repeat == path]
            for one in gone:
                self._draft.asked.remove(one)
                self._ledger.left(one.source, "import-empty-group")

    def _unused(self) -> None:
        unused = [one for key, one in self._lists.items() if key not in self._questions.used]
        for listed in unused:
            for source in listed.sources:
                self._ledger.needless(source, "import-list-unused", name=listed.name)
        if unused:
            names = some(one.name for one in unused)
            self._ledger.todo.append(finding("import-lists-unused", "choices", count=len(unused), names=names))
        if self._walk.metadata:
            names = some(dict.fromkeys(self._walk.metadata))
            count = len(self._walk.metadata)
            self._ledger.todo.append(finding("import-metadata", "survey", count=count, names=names))
        for sheet in ("external_choices", "entities", "osm"):
            for line in self._book.lines(sheet):
                if f"{EXTERNAL}{line.get('list_name')}" in self._lists and sheet == "external_choices":
                    continue
                self._ledger.open(line.source, line.get("name"))
                name = slug(line.get("list_name") or sheet)
                if sheet == "external_choices":
                    self._ledger.changed(line.source, "import-list-elsewhere", name=name)
                else:
                    self._ledger.left(line.source, "import-sheet-left", name=sheet)


def _is_today(line: Line) -> bool:
    return line.get("type").strip().lower() in {"today", "get today"}
