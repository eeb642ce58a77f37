"""P22: whether a text can be understood at once, and is there in both languages (SPEC.md section 4)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from forms.lint.asked import Asked
from forms.lint.findings import LintFinding, shaped
from forms.lint.fold import foreign_letters
from forms.lint.sites import SPOKEN, Site
from forms.schema.fields import words
from forms.schema.question import Question

WORD_LETTERS_MAX: Final = 15  # longer words lose readers at level B1
SENTENCE_WORDS_MAX: Final = 20  # so do longer sentences
LANGUAGES: Final = ("nl", "en")  # every form has its words in both; more are welcome

_WORD: Final = re.compile(r"[^\W\d_]+")
_SENTENCE: Final = re.compile(r"[.!?:;\n]+(?:\s|$)")


def of_text(site: Site) -> Iterator[LintFinding]:
    """Find what is hard to read in one text that people see; names and codes are not for reading."""
    text = site.text
    strange = foreign_letters(text)
    if strange:
        yield shaped("P22", "script", site.path, place=site.place, language=site.language, letters=strange)
    if site.place not in SPOKEN or site.place == "list":  # what stands on a list is mostly a name: nobody shortens it
        return
    if len(text) > WORD_LETTERS_MAX:
        for word in _WORD.findall(text):
            if len(word) > WORD_LETTERS_MAX:
                yield shaped(
                    "P22",
                    "word",
                    site.path,
                    place=site.place,
                    language=site.language,
                    words=(word,),
                    word=word,
                    limit=WORD_LETTERS_MAX,
                )
        for sentence in _SENTENCE.split(text):
            count = len(_WORD.findall(sentence)) if len(sentence) > SENTENCE_WORDS_MAX else 0
            if count > SENTENCE_WORDS_MAX:
                yield shaped(
                    "P22",
                    "sentence",
                    site.path,
                    place=site.place,
                    language=site.language,
                    count=count,
                    limit=SENTENCE_WORDS_MAX,
                )


def of_form(form: Asked) -> Iterator[LintFinding]:
    """Every place where a language is missing."""
    yield from _missing(form.document.get("title"), "/title", "title")
    for place, page in enumerate(form.parts.layout):
        yield from _missing(page.section, f"/layout/{place}", "section")
    for question in form.questions:
        yield from _of_question(question)
    for place, check in enumerate(form.parts.checks):
        yield from _missing(check.say, f"/checks/{place}", "check")


def _of_question(question: Question) -> Iterator[LintFinding]:
    yield from _missing(question.field.label, question.path, "label")
    if question.field.hint is not None:
        yield from _missing(question.field.hint, question.path, "hint")
    lacking = {  # what stands on a list is mostly a name, such as a school's: it is the same in every language
        language: [code for code, said in question.choices.items() if not said.get(language, "").strip()]
        for language in (LANGUAGES if question.listed is None else LANGUAGES[:1])
    }
    for language, codes in lacking.items():
        if codes:
            place = "choice-label" if question.listed is None else "list"
            yield _lacks(question.path, place, language, tuple(codes))


def _missing(said: Any, path: str, place: str) -> Iterator[LintFinding]:
    there: Mapping[str, str] = words(said)
    yield from (_lacks(path, place, language, ()) for language in LANGUAGES if not there.get(language, "").strip())


def _lacks(path: str, place: str, language: str, codes: tuple[str, ...]) -> LintFinding:
    return shaped("P22", f"no-{language}", path, place=place, language=language, words=codes)
