"""A record as its form shows it: sections in order, each question in words, and what else is kept of it beside them.

An answer is shown whole, never a part without saying so: hidden answers, earlier ones (of a version that asked what the
newest does not) and every text of a question that keeps all stand at their place, marked as what they are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from backend.desk.wording import Speaker
from backend.stores.record_rows import as_answered
from forms import paths
from forms.answers import assemble
from forms.definition.document import Form
from forms.records.relevance import Seen
from forms.records.speaking import Speaking
from forms.schema.question import MEDIA, Question

Row = dict[str, Any]
ANSWERED, EMPTY, COMPUTED, HIDDEN, EARLIER, LOCAL = "answered", "empty", "computed", "hidden", "earlier", "local"
ID_DIGITS: Final = 8  # of a record without a case code: enough to tell it from another on a page


class Text(msgspec.Struct, frozen=True):
    """One text of a question that keeps every text."""

    said: str
    author: str
    at_ms: int


class Answer(msgspec.Struct, frozen=True):
    """One question of a record: its words, the answer in words, by whom and when; what kind of answer it is."""

    path: str
    label: str
    said: str
    state: str
    author: str = ""
    at_ms: int = 0
    texts: tuple[Text, ...] = ()
    by: tuple[str, ...] = ()
    conflict: str = ""
    file: str = ""
    media: str = ""


class Block(msgspec.Struct, frozen=True):
    """A section of the form, or an item of a repeating one."""

    title: str
    answers: tuple[Answer, ...]
    item: str = ""
    section: int = -1
    repeats: bool = False  # the section is asked for each item of a group

    @property
    def by(self) -> tuple[str, int] | None:
        """The author and time that most answers of it share: said once, and of the others each."""
        found = Counter((one.author, one.at_ms) for one in self.answers if one.author)
        return max(found, key=found.__getitem__) if found else None

    @property
    def answered(self) -> bool:
        """True if anybody answered anything of it."""
        return any(one.state not in (EMPTY, LOCAL) for one in self.answers)


class Kept(msgspec.Struct, frozen=True):
    """Everything that the tables hold of one record's answers."""

    slug: str
    shown: Mapping[str, Row]
    hidden: Sequence[Row] = ()
    conflicts: Mapping[str, str] = {}
    computed: Mapping[str, Any] = {}
    items: Mapping[str, Sequence[str]] = {}


def speaking_of(speaker: Speaker, form: Form, kept: Kept) -> Speaking:
    """The texts of a form as a reader of this record is told them: with the answers shown of it, and no others."""
    shown = {path: row["value"] for path, row in kept.shown.items() if row["in_form"] and form.has(path)}
    computed = {
        path: as_answered(question.kind, value)
        for path, value in kept.computed.items()
        if (question := form.asked(path)) is not None
    }
    return Speaking(form, Seen(assemble(shown), (), computed), speaker.language, speaker.lists)


def blocks(speaker: Speaker, kept: Kept) -> list[Block]:
    """The record section by section; after them the earlier answers, which no section asks any more."""
    form = speaker.form(kept.slug)
    if form is None:
        return [Block("", tuple(_earlier(speaker, kept, kept.shown)))] if kept.shown else []
    speaking = speaking_of(speaker, form, kept)
    found = [block for number in range(len(form.sections)) for block in _section(speaker, speaking, form, number, kept)]
    earlier = [path for path, one in kept.shown.items() if not one["in_form"] and not paths.is_decision(path)]
    if earlier:
        found.append(Block("", tuple(_earlier(speaker, kept, sorted(earlier)))))
    return found


def _section(speaker: Speaker, speaking: Speaking, form: Form, number: int, kept: Kept) -> Iterator[Block]:
    section = form.sections[number]
    if not section.questions:  # a page that only says something
        return
    questions = [one for one in (form.asked(path) for path in section.questions) if one is not None]
    if section.repeat is None:
        answers = (_answer(speaker, speaking, kept, one, one.path) for one in questions)
        yield Block(speaking.title(number), tuple(answers), "", number)
        return
    ids = kept.items.get(section.repeat, ())
    numbers = {id_: place for place, id_ in enumerate(ids, 1)}
    for id_ in ids:
        answers = (_answer(speaker, speaking, kept, one, one.path.replace("*", id_)) for one in questions)
        title = speaking.title(number, f"{section.repeat}/{id_}")
        yield Block(f"{title} {numbers[id_]}", tuple(answers), id_, number, repeats=True)
    if not ids:
        yield Block(speaking.title(number), (), "", number, repeats=True)


def _answer(speaker: Speaker, speaking: Speaking, kept: Kept, question: Question, path: str) -> Answer:
    """A question as it stands in the record; inside an item its own words alone, for the item stands above."""
    words = speaking.label(path) or path
    if question.local_only:
        return Answer(path, words, "", LOCAL)
    shown, hidden = kept.shown.get(path), next((row for row in kept.hidden if row["path"] == path), None)
    conflict = kept.conflicts.get(path, "")
    if shown is None and hidden is not None:
        one = hidden["answer"]
        by = hiding(speaker, kept, hidden["hidden_by"])
        said = speaker.answer(kept.slug, path, one["value"])
        return Answer(path, words, said, HIDDEN, one["author"], one["at_ms"], _texts(one), by, conflict)
    if shown is None and path in kept.computed:
        value = as_answered(question.kind, kept.computed[path])
        return Answer(path, words, "" if value is None else speaker.answer(kept.slug, path, value), COMPUTED)
    if shown is None or shown["value"] is None:
        return Answer(path, words, "", EMPTY, conflict=conflict)
    return _shown(speaker, kept.slug, path, words, shown, question, conflict)


def hiding(speaker: Speaker, kept: Kept, hidden_by: Iterable[str]) -> tuple[str, ...]:
    """The questions that hide an answer, each once: two of its rules may name the same. An item has its number, for it
    can stand in another section."""
    places = {id_: place for ids in kept.items.values() for place, id_ in enumerate(ids, 1)}
    return tuple(dict.fromkeys(speaker.label(kept.slug, path, None, places) for path in hidden_by))


def _shown(
    speaker: Speaker, slug: str, path: str, words: str, shown: Row, question: Question | None, conflict: str = ""
) -> Answer:
    version = None if shown["in_form"] else shown["version"]
    texts = _texts(shown)
    media = question.widget if question is not None and question.widget in MEDIA else ""
    file = str(shown["value"]) if media else ""
    said = "" if file else speaker.answer(slug, path, shown["value"], version)
    state = ANSWERED if shown["in_form"] else EARLIER
    return Answer(path, words, said, state, shown["author"], shown["at_ms"], texts, (), conflict, file, media)


def _texts(answer: Row) -> tuple[Text, ...]:
    return tuple(Text(str(one["text"]), one["author"], one["at_ms"]) for one in answer["texts"])


def _earlier(speaker: Speaker, kept: Kept, found: Any) -> Iterator[Answer]:
    for path in found:
        one = kept.shown[path]
        words = speaker.label(kept.slug, path, one["version"])
        form = speaker.form(kept.slug, one["version"])
        yield _shown(speaker, kept.slug, path, words, one, form.asked(path) if form is not None else None)


def items_of(form: Form, found: Sequence[str], tables: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """The items of each repeating group: in the order of its table, then those that only hidden answers are in."""
    items: dict[str, list[str]] = {repeat: list(tables.get(repeat, ())) for repeat in form.repeats}
    for path in found:
        for repeat, ids in items.items():
            if path.startswith(f"{repeat}/"):
                id_ = path[len(repeat) + 1 :].partition("/")[0]
                if paths.is_item_id(id_) and id_ not in ids:
                    ids.append(id_)
    return dict(items)


def name_of(speaker: Speaker, slug: str, record: str, shown: Mapping[str, Row]) -> str:
    """The name under which people know a record: the code of its case, or the beginning of its id."""
    form = speaker.form(slug)
    code = case_question(form) if form is not None else None
    one = shown.get(code.path) if code is not None else None
    return str(one["value"]) if one and one["value"] else record[:ID_DIGITS]


def case_question(form: Form) -> Question | None:
    """The question that holds the code of a case: the first that names a record, or whose answers have a pattern of
    their own."""
    texts = [one for one in form.questions if one.repeat is None and one.kind == "text"]
    named = next((one for one in texts if one.reference is not None), None)
    return named or next((one for one in texts if "pattern" in one.node), None)


def files_of(found: Sequence[Block]) -> list[Answer]:
    """The answers that name a sealed file."""
    return [one for block in found for one in block.answers if one.file]
