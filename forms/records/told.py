"""A form in words, page by page, for whoever reads it before it is published or asks what it asks; no code in it.

`veldpost form preview` prints the same form with its expressions, for who writes them (`preview`).
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from forms import paths
from forms.definition.document import Form, Lists
from forms.definition.inspection import LANGUAGE
from forms.definition.sources import classes_of
from forms.records.in_words import InWords
from forms.schema.question import Question
from forms.sentences import speech

_LEVELS: Final = {"error": "must-hold", "warn": "warns-unless", "ask_reason": "asks-unless"}


class ToldQuestion(msgspec.Struct, frozen=True):
    """A question in words: what it asks, of what kind and class it is, what is said of it, and its choices."""

    number: int
    label: str
    hint: str
    kinds: tuple[str, ...]
    sensitivity: str
    notes: tuple[str, ...]
    choices: tuple[str, ...]


class ToldPage(msgspec.Struct, frozen=True):
    """A page in words; `banner` is what stands above it, and `when` says when it does."""

    title: str
    notes: tuple[str, ...]
    banner: str
    when: str
    questions: tuple[ToldQuestion, ...]


class ToldCheck(msgspec.Struct, frozen=True):
    """A check in words: the question it stands at, what it says, and what must hold."""

    label: str
    say: str
    rule: str


class ToldForm(msgspec.Struct, frozen=True):
    """A form in words."""

    pages: tuple[ToldPage, ...]
    checks: tuple[ToldCheck, ...]


Names = Mapping[str, str]


class Teller:
    """Tells one form in one language.

    `lists` are the words of the municipality's lists; `titles` what its forms and lists are called, by their names.
    """

    def __init__(self, form: Form, language: str, lists: Lists | None = None, titles: Names | None = None) -> None:
        self._form, self._titles, self._given = form, titles or {}, classes_of(form)
        self._words = InWords(form, language, lists)
        self._kinds = speech(self._words.language).preview
        self._language = language

    def form(self) -> ToldForm:
        """The whole form."""
        number, pages = 1, []
        for place in range(len(self._form.sections)):
            page = self._page(place, number)
            number += len(page.questions)
            pages.append(page)
        return ToldForm(tuple(pages), tuple(self._checks()))

    def _page(self, place: int, number: int) -> ToldPage:
        section, said = self._form.sections[place], self._words.say
        title, banner = (self._words.text(words, section.repeat) for words in self._form.spoken_pages[place])
        notes = [said("repeats")] if section.repeat else []
        condition = self._form.logic.trees.get(f"/layout/{place}/show_if")
        if condition is not None:
            notes.append(said("only-if", a=self._words.condition(condition)))
        whens = [said("shown-if", a=self._words.condition(one.tree))
                 for one in self._form.logic.banners if one.section == place]  # fmt: skip
        questions = (self._question(path, at) for at, path in enumerate(section.questions, number))
        return ToldPage(title, tuple(notes), banner, "".join(whens), tuple(questions))

    def _question(self, path: str, number: int) -> ToldQuestion:
        question = self._form.asked(path)
        assert question is not None, "a layout shows what the form asks or computes"
        raw = self._form.spoken.get(path) or {}
        label, hint = (
            self._words.text(raw.get(name) or getattr(question, name), question.repeat) for name in ("label", "hint")
        )
        kinds = [self._kinds["computed" if question.computed else question.kind]]
        if question.required:
            kinds.append(self._words.say("must"))
        if question.local_only:
            kinds.append(self._words.say("local"))
        choices = (raw.get("choices") or question.choices) if question.codes else {}
        return ToldQuestion(
            number, label, hint, tuple(kinds), self._given[path], tuple(self._notes(question)),
            tuple(self._words.text(choices.get(code, {LANGUAGE: code}), question.repeat) for code in question.codes),
        )  # fmt: skip

    def _notes(self, question: Question) -> Iterator[str]:
        said, path, trees = self._words.say, question.path, self._form.logic.trees
        for member, code in (("show_if", "only-if"), ("required_if", "must-if"), ("offer_if", "offered-if")):
            tree = trees.get(paths.format(["fields", path, member]))
            if tree is not None:
                yield said(code, a=self._words.condition(tree, question.repeat))
        first = trees.get(paths.format(["fields", path, "first"]))
        if first is not None:
            yield said("first", a=self._words.value(first, question.repeat, path))
        computed = trees.get(paths.format(["computed", path]))
        if computed is not None:
            yield said("computes", a=self._words.value(computed, question.repeat, path))
        if question.listed is not None:
            yield said("listed", a=self._called(question.listed))
        if question.reference is not None:
            yield said("refers", a=self._called(question.reference.form))
        if question.prefill is not None:
            yield said("taken", a=said("quoted", a=self._form.label(question.prefill.from_, self._language)))
        yield from self._withheld(question)

    def _withheld(self, question: Question) -> Iterator[str]:
        for one in self._form.logic.withheld:
            if one.path == question.path:
                who = self._words.listed([self._kinds[who] for who in one.who], "and")
                always = one.tree is True
                condition = "" if always else self._words.condition(one.tree, one.repeat)
                yield self._words.say("withheld" if always else "withheld-if", a=who, b=condition)

    def _checks(self) -> Iterator[ToldCheck]:
        for one in self._form.logic.checks:
            rule = self._words.say(_LEVELS[one.level], a=self._words.condition(one.tree, one.repeat))
            label = self._form.label(one.at, self._language)
            yield ToldCheck(label, self._words.text(one.say, paths.repeat_of(one.at)), rule)

    def _called(self, name: str) -> str:
        return self._words.say("quoted", a=self._titles.get(name, name))
