"""One published version of a form, as the rest of the system reads it (SPEC.md section 6).

The schema says what an answer may be; the layout and the words beside it say what a person sees.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.definition.inspection import LANGUAGE, Inspection, inspect
from forms.definition.logic import Compute, Logic
from forms.definition.mentions import bare, spoken
from forms.definition.moves import Moves
from forms.definition.parts import Page
from forms.errors import UnusableForm
from forms.expressions.kinds import codes_of, question_kind
from forms.findings import Finding
from forms.schema.fields import Field, Words
from forms.schema.question import Question

MONTH: Final = "month"  # the widget of a day of which the month alone is known

Lists = Mapping[str, Mapping[str, Words]]  # the lists of a municipality by name: their codes, and the words of each


class Section(msgspec.Struct, frozen=True):
    """One page of a form: its title, the questions and computed fields on it, and the repeating group if it is one.

    `banner` is what stands above it while its condition holds.
    """

    title: Words
    questions: tuple[str, ...]
    repeat: str | None = None
    banner: Words = {}


class Retention(msgspec.Struct, frozen=True):
    """The period for which a record is kept (ISO 8601), and the date from which it is counted."""

    keep: str
    from_: str = msgspec.field(name="from")


class Form(msgspec.Struct, frozen=True):
    """One version of a form. `questions` and `repeats` stand in the order of the layout, always.

    `computed` are the fields that nobody fills in: they look like questions, but no answer has a place there.
    `local` are the questions whose answers never leave a device: for everybody else they have no place either.
    `tables` are the questions that a report may count together.
    Words here have a blank for each answer that they mention; as they were written they stand in `spoken`, by question,
    and in `spoken_pages`, a title and a banner a page (section 13).
    `digest` is the SHA-256 of the document as it was received: it names the version beyond doubt.
    """

    slug: str
    version: int
    digest: bytes
    title: Words
    purpose: str
    legal_basis: str
    retention: Retention
    schema: dict[str, Any]
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    repeats: tuple[str, ...]
    by_path: Mapping[str, Question]
    computed: tuple[Question, ...] = ()
    local: tuple[Question, ...] = ()
    local_paths: frozenset[str] = frozenset()
    logic: Logic = Logic()
    moves: Moves = Moves()
    tables: tuple[tuple[str, ...], ...] = ()
    spoken: Mapping[str, Mapping[str, Any]] = {}
    spoken_pages: tuple[tuple[Words, Words], ...] = ()

    @property
    def lists(self) -> tuple[str, ...]:
        """The municipality's lists that the form takes choices from."""
        named = (question.listed for question in (*self.questions, *self.local))
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def own_day(self) -> str | None:
        """The question whose day tells a record from others of its form (SPEC section 6.9); None where none does."""
        days = (one.path for one in self.questions if one.kind == "date" and one.repeat is None)
        return next((path for path in days if self.by_path[path].widget != MONTH), None)

    def stays(self, path: str) -> bool:
        """True if an answer at this path (or template) never leaves the device: only the device has a place for it."""
        return bool(self.local_paths) and paths.template(path) in self.local_paths

    def travelling(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Keep those of these answers that may stand in an entry; what is left the device keeps to itself."""
        return {path: value for path, value in answers.items() if not self.local or not self.stays(path)}

    def leaf(self, path: str) -> Question | None:
        """The question that an answer at this path (or template) belongs to; None if the form asks none."""
        question = self.by_path.get(path)
        return self.by_path.get(paths.template(path)) if question is None else question

    def policy(self, path: str) -> str | None:
        """The merge policy of this path; None where the form has no place for it.

        An item as a whole has no policy: section 4 says whether it is shown.
        """
        question = self.leaf(path)
        return paths.reserved_policy(path) if question is None else question.merge

    def has(self, path: str) -> bool:
        """True if an answer at this path has a place in this version's document: what may be assembled.

        That is an answer to a question, an item of a repeating group, or the order of its items. What has
        no place (an answer to a question of another version) is kept, and shown apart.
        """
        if self.leaf(path) is not None:
            return True
        group, _, last = path.rpartition("/")
        return group in self.repeats and (last == paths.ORDER or paths.is_item_id(last))

    def in_group(self, repeat: str | None) -> tuple[Question, ...]:
        """The questions of one repeating group, or (None) those outside all of them: one table's columns."""
        return tuple(question for question in self.questions if question.repeat == repeat)

    def columns(self, repeat: str | None) -> tuple[Question, ...]:
        """The questions of one repeating group, or of none, and after them its computed fields: what tables show."""
        return (*self.in_group(repeat), *(field for field in self.computed if field.repeat == repeat))

    def label(self, path: str, language: str) -> str:
        """The label of a question or a repeating group; in Dutch where the language is lacking.

        A path that the form does not ask is shown as it is.
        """
        question = self.asked(path)
        if question is not None:
            return _said(question.label, language)
        return next((_said(page.title, language) for page in self.sections if page.repeat == path), path)

    def choice_label(self, path: str, code: str, language: str, lists: Lists | None = None) -> str:
        """The label of a choice, in the form or in the list that the question names.

        A code that neither knows is shown as it is.
        """
        question = self.asked(path)
        if question is None:
            return code
        choices = question.choices if question.listed is None else (lists or {}).get(question.listed, {})
        return _said(choices[code], language, code) if code in choices else code

    def asked(self, path: str) -> Question | None:
        """The question or computed field of this path, whoever has its answers."""
        template = paths.template(path)
        others = (field for field in (*self.computed, *self.local) if field.path == template)
        return self.leaf(path) or next(others, None)


def _said(words: Words, language: str, otherwise: str = "") -> str:
    return words.get(language) or words.get(LANGUAGE, otherwise)


def faults(raw: bytes) -> tuple[Finding, ...]:
    """Every fault of a form document, for who makes or publishes one; none means it can be used."""
    return inspect(raw).findings


def load_form(raw: bytes) -> Form:
    """The form in these bytes. Raises one `UnusableForm` that carries every finding."""
    inspection = inspect(raw)
    if inspection.findings:
        raise UnusableForm(inspection.findings)
    return built(raw, inspection)


def built(raw: bytes, inspection: Inspection) -> Form:
    """The form in these bytes, of which a look found no fault."""
    document, parts = inspection.document, inspection.parts
    by_path = {question.path: question for question in inspection.questions}
    pages = {path: number for number, page in enumerate(parts.layout) for path in page.templates}
    asked = [_published(by_path[path], parts.fields[path], pages[path]) for path in inspection.order]
    computed = [_computed(step) for step in inspection.logic.computed]
    questions = [question for question in asked if not question.local_only]
    return Form(
        slug=document["form"],
        version=document["version"],
        digest=hashlib.sha256(raw).digest(),
        title=document["title"],
        purpose=document["purpose"],
        legal_basis=document["legal_basis"],
        retention=msgspec.convert(document["retention"], Retention),
        schema=document["schema"],
        sections=tuple(map(_section, parts.layout)),
        questions=tuple(questions),
        repeats=tuple(dict.fromkeys(question.repeat for question in asked if question.repeat)),
        by_path={question.path: question for question in questions},
        computed=tuple(_published(one, parts.fields[one.path], pages.get(one.path)) for one in computed),
        local=tuple(question for question in asked if question.local_only),
        local_paths=frozenset(question.path for question in asked if question.local_only),
        logic=inspection.logic,
        moves=msgspec.convert(document.get("moves", {}), Moves),
        tables=parts.tables,
        spoken={path: words for path, field in parts.fields.items() if (words := spoken(field))},
        spoken_pages=tuple((page.section, _above(page)) for page in parts.layout),
    )


def _published(question: Question, field: Field, page: int | None) -> Question:
    """A question as a version has it: its words with a blank for each answer that they mention."""
    said = field.choices or {}
    codes = said if question.computed else question.codes
    choices = {code: bare(said[code]) for code in codes}
    hint, worded = None if field.hint is None else bare(field.hint), None if field.choices is None else choices
    plain = msgspec.structs.replace(field, label=bare(field.label), hint=hint, choices=worded)
    return msgspec.structs.replace(question, field=plain, choices=choices, page=page)


def _computed(step: Compute) -> Question:
    return Question(step.path, question_kind(step.kind), codes_of(step.kind), step.repeat, computed=True)


def _section(page: Page) -> Section:
    return Section(bare(page.section), page.templates, page.repeat, bare(_above(page)))


def _above(page: Page) -> Words:
    return {} if page.banner is None else page.banner.say
