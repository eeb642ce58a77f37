"""Says the texts of a form with the answers that they mention, in words (SPEC.md section 13).

A text never says more than its reader may know: what is hidden, withheld, of a higher class than the place of the text,
or kept on another device is a blank. What comes out is plain text; whoever shows it escapes it like any other.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from forms import paths
from forms.answers import ITEM_ID
from forms.definition.document import Form, Lists
from forms.definition.inspection import LANGUAGE
from forms.definition.mentions import BLANK, MENTION, SAID_MAX, meant
from forms.definition.sources import classes_of
from forms.expressions import dates
from forms.records.relevance import Seen
from forms.schema.question import MEDIA, Question
from forms.sentences import speech
from forms.sentences import written as spoken_languages
from forms.wording import written

PAGE_CLASS: Final = "S3"  # of a page at least: it is shown with the record alone, and S4 needs a page of S4
WORDLESS: Final = frozenset({*MEDIA, "position"})  # widgets whose answers are no words
_SPACES: Final = re.compile("[\t-\r \x85\xa0\u2028\u2029]+")
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)  # turn or hide text
MONTH: Final = "month"


class Speaking:
    """One record, as it is shown to one reader, for whom the texts of its form are said in one language."""

    def __init__(self, form: Form, seen: Seen, language: str, lists: Lists | None = None) -> None:
        self._form = form
        self._seen = seen
        self._language = language
        self._lists = lists or {}
        self._known = shown_of(form)

    def label(self, path: str) -> str:
        """The words of a question or computed field, where it stands."""
        return self._of(path, "label")

    def hint(self, path: str) -> str:
        """The hint of a question or computed field; empty where it has none."""
        return self._of(path, "hint")

    def choice(self, path: str, code: str) -> str:
        """The words of one choice of a question; of one from a list of the municipality those of the list."""
        raw = self._form.spoken.get(paths.template(path))
        if raw is None or code not in raw["choices"]:
            return self._form.choice_label(path, code, self._language, self._lists)
        return self.said(raw["choices"][code], path)

    def title(self, section: int, item: str | None = None) -> str:
        """The title of a page; of one of its items if one is named."""
        return self.said(self._form.spoken_pages[section][0], f"/layout/{section}", item)

    def banner(self, section: int) -> str:
        """The text above a page."""
        return self.said(self._form.spoken_pages[section][1], f"/layout/{section}")

    def said(self, words: Mapping[str, str], at: str, item: str | None = None) -> str:
        """Words of this form with the answers that they mention. `at` is whose they are: a field path, or a page."""
        language = self._language if words.get(self._language) else LANGUAGE
        text = words.get(language, "")
        if "${" not in text:
            return text
        inside = paths.item_of(at) if item is None else item
        bounds, repeat = bounds_of(self._form, self._known, at), repeat_of(self._form, at)

        def filled(match: re.Match[str]) -> str:
            template = meant(match[1], repeat, self._known)
            if template is None:
                return match[0]
            question = self._known[template]
            return self._answer(question, inside, language) if bounds.let(question) else BLANK

        return str(MENTION.sub(filled, text))

    def _of(self, path: str, member: str) -> str:
        raw = self._form.spoken.get(paths.template(path))
        question = self._form.asked(path)
        words = raw[member] if raw is not None else getattr(question, member) if question is not None else {}
        return self.said(words, path)

    def _answer(self, question: Question, item: str | None, language: str) -> str:
        """An answer in words, or a blank."""
        if question.widget in WORDLESS or (question.repeat is not None and item is None):
            return BLANK
        value = self._value(question, item)
        many = value if isinstance(value, list) else [value]
        said = "; ".join(filter(None, (self._one(question, one, language) for one in many)))
        return (said if len(said) <= SAID_MAX else said[: SAID_MAX - 1] + BLANK) or BLANK

    def _value(self, question: Question, item: str | None) -> Any:
        path = question.path if question.repeat is None else f"{item}/{question.name}"
        if path in self._seen.computed:
            return self._seen.computed[path]
        around: Any = self._seen.document
        for name in paths.parse(path)[:-1]:
            if isinstance(around, list):
                around = next((one for one in around if isinstance(one, Mapping) and one.get(ITEM_ID) == name), None)
            else:
                around = around.get(name) if isinstance(around, Mapping) else None
        return around.get(question.name) if isinstance(around, Mapping) else None

    def _one(self, question: Question, value: Any, language: str) -> str:
        """One value in words; empty for what has none."""
        said = _words(language)
        if isinstance(value, bool):
            return said["yes" if value else "no"]
        if isinstance(value, int | float):
            return written("", value, language)
        if not isinstance(value, str):
            return ""
        if question.kind in {"choice", "choices"} or value in question.choices:
            value = self._form.choice_label(question.path, value, language, self._lists)
        elif question.widget == MONTH:
            value = written(MONTH, value, language)
        elif question.kind == "date" or not question.widget:  # a computed field has no widget, and may give a day
            value = _day(value, said)
        return _UNSEEN.sub("", _SPACES.sub(" ", value)).strip(" ")


class Bounds(NamedTuple):
    """Limits on a text where it stands: answers up to a class, and whether those that stay on the device."""

    ceiling: str
    local: bool

    def let(self, question: Question) -> bool:
        """True if an answer to this question may be said there."""
        return question.sensitivity <= self.ceiling and (self.local or not question.local_only)


def known_of(form: Form) -> Mapping[str, Question]:
    """Every question and computed field by its template: what a text can mention."""
    return {one.path: one for one in (*form.questions, *form.local, *form.computed)}


def shown_of(form: Form) -> Mapping[str, Question]:
    """The same, each with the highest class of what it may show (SPEC.md 6.5): no copy is lower than its source."""
    known = known_of(form)
    if not (form.logic.computed or form.logic.firsts):
        return known
    given = classes_of(form)
    return {path: _classed(one, given[path]) for path, one in known.items()}


def _classed(question: Question, given: str) -> Question:
    """The question as one of another class."""
    return msgspec.structs.replace(question, field=msgspec.structs.replace(question.field, sensitivity=given))


def repeat_of(form: Form, at: str) -> str | None:
    """The repeating group in whose items a text stands. `at` is whose text it is: a field path, or `/layout/<n>`."""
    page = _page(at)
    return form.sections[page].repeat if page is not None else paths.repeat_of(paths.template(at))


def bounds_of(form: Form, known: Mapping[str, Question], at: str) -> Bounds:
    """Limits on a text: that of a question says up to its own class, that of a page up to the highest class on it."""
    page = _page(at)
    if page is not None:
        classes = [known[path].sensitivity for path in form.sections[page].questions if path in known]
        return Bounds(max([*classes, PAGE_CLASS]), local=False)
    own = known.get(paths.template(at))
    return Bounds("", local=False) if own is None else Bounds(own.sensitivity, own.local_only)


def _page(at: str) -> int | None:
    """The number of a page; None for a field path, none of which holds a number for a name."""
    front, _, number = at.rpartition("/")
    return int(number) if front == "/layout" and number.isdecimal() else None


def _day(text: str, said: Mapping[str, str]) -> str:
    """A day as the language writes it; what is none stays as it is."""
    if not dates.is_date(text):
        return text
    return f"{int(text[8:])} {said['months'].split()[int(text[5:7]) - 1]} {int(text[:4])}"


@cache
def _words(language: str) -> Mapping[str, str]:
    """The few words of a language that answers are said with; those of English where it has no file."""
    phrases = speech(language if language in spoken_languages() else "en").phrases
    return {name: phrases[f"words-{name}"] for name in ("yes", "no", "months")}
