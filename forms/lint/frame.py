"""Rules about the form as a whole: P10, P12 (pages), P16, P17, P18, P19 (tables) (SPEC.md section 4)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from forms.lint.asked import Asked, asked_as, folded, is_free, mapping
from forms.lint.classes import weighty
from forms.lint.findings import LintFinding, shaped
from forms.lint.fold import plain
from forms.lint.rules import lists, sign
from forms.schema.fields import words
from forms.schema.question import Question

PAGE_TEXTS_MAX: Final = 3  # P12
PURPOSE_WORDS_MIN: Final = 3  # P10: fewer say nothing

_URI: Final = re.compile(r"https?://\S+|urn:\S+")


class Publication(msgspec.Struct, frozen=True):
    """The additions of a municipality that publishes: its controller, and where its register names the processing."""

    controller: str
    register: str


def lacking(publication: Publication) -> Iterator[str]:
    """The members of a publication that say nothing, or name no address."""
    if not publication.controller.strip():
        yield "controller"
    if not _URI.fullmatch(publication.register.strip()):
        yield "register"


def of_form(form: Asked, publication: Publication | None) -> Iterator[LintFinding]:
    """Every rule that the form as a whole breaks."""
    yield from _purpose(form, publication)
    yield from _pages(form)
    yield from _sharing(form)
    yield from _heard(form)
    yield from _reasons(form)
    yield from _tables(form)


def _purpose(form: Asked, publication: Publication | None) -> Iterator[LintFinding]:
    yield from undecided(form.document)
    for name in lacking(publication) if publication is not None else ():
        yield shaped("P10", name, f"/{name}")


def undecided(document: Mapping[str, Any]) -> Iterator[LintFinding]:
    """The findings of P10 on a document alone, of whatever shape: purpose, basis and retention that say nothing."""
    purpose, basis = str(document.get("purpose", "")), str(document.get("legal_basis", ""))
    if len(re.findall(r"[^\W\d_]{2,}", purpose)) < PURPOSE_WORDS_MIN or _empty(purpose):
        yield shaped("P10", "purpose", "/purpose")
    if not sign("P10", "law").search(basis.casefold()) or _empty(basis):
        yield shaped("P10", "basis", "/legal_basis")
    if not {"keep", "from"} <= set(mapping(document.get("retention"))):
        yield shaped("P10", "retention", "/retention")


def _empty(text: str) -> bool:
    """True if a text holds a word that stands for what nobody decided yet."""
    return bool(sign("P10", "empty").search(text.casefold()))


def _pages(form: Asked) -> Iterator[LintFinding]:
    """P12 and P18: what stands together on a page."""
    for place, page in sorted(form.pages().items()):
        free = [question for question in page if is_free(question)]
        if len(free) > PAGE_TEXTS_MAX:
            yield shaped("P12", "page", f"/layout/{place}", limit=PAGE_TEXTS_MAX)
        if any(sign("P18", "enforces").search(_all_words(question)) for question in page if not is_free(question)):
            yield from (shaped("P18", "text", question.path) for question in free)
        else:
            yield from (
                shaped("P18", "text", question.path)
                for question in free
                if sign("P18", "enforces").search(folded(question))
            )


def _all_words(question: Question) -> str:
    said = [text for code, labels in question.choices.items() for text in (code, *labels.values())]
    return " / ".join((folded(question), plain(" / ".join(said)).replace("_", " ")))


def _sharing(form: Asked) -> Iterator[LintFinding]:
    """P16: who shares says on which basis."""
    grounded = any(
        question.choices
        and (sign("P16", "basis").search(folded(question)) or set(lists().bases) & set(question.choices))
        for question in form.questions
    )
    for question in form.questions:
        said = folded(question)
        if (
            not grounded
            and asked_as(question) in {"choice", "choices", "boolean", "text"}
            and sign("P16", "share").search(said)
            and not sign("P17", "kept").search(said)
            and not sign("P16", "room").search(said)
        ):
            yield shaped("P16", "basis", question.path)


def _heard(form: Asked) -> Iterator[LintFinding]:
    """P17: who hears the parents hears the youth; who asks either can say not yet."""
    texts = (text for question in form.questions for text in (folded(question), question.name))
    youth = any(sign("P17", "heard").search(text) for text in texts)
    for question in form.questions:
        said = folded(question)
        if sign("P17", "parents").search(said) and not youth:
            yield shaped("P17", "heard", question.path)
        hears = question.choices and sign("P17", "heard").search(said) and re.search(r"gehoord|heard", said)
        if hears and not any(
            sign("P17", "notyet").search(_spoken(code, labels)) for code, labels in question.choices.items()
        ):
            yield shaped("P17", "option", question.path)


def _spoken(code: str, labels: object) -> str:
    return plain(" / ".join((code, *words(labels).values()))).replace("_", " ")


def _reasons(form: Asked) -> Iterator[LintFinding]:
    """P17: a sensitive reason can be kept from the parents, by its own flag or by a question in the form."""
    texts = [folded(question) for question in form.questions]
    about_children = any(sign("P17", "about").search(text) or sign("P17", "own").search(text) for text in texts)
    kept = any(sign("P17", "kept").search(folded(question)) for question in form.questions)
    if kept or not about_children:
        return
    for question in form.questions:
        said = folded(question)
        own = bool(sign("P17", "own").search(said))  # a youth's own reason is one, whatever its class
        if (
            (weighty(question) or own)
            and sign("P17", "reason").search(said)
            and question.field.confidential_from is None
        ):
            yield shaped("P17", "reason", question.path)


def _tables(form: Asked) -> Iterator[LintFinding]:
    """P19: a table that crosses sensitive answers. `tables` is a list of lists of paths."""
    sensitive = {question.path for question in form.questions if weighty(question)}
    for place, table in enumerate(form.parts.tables):
        if len(sensitive & set(table)) > 1:
            yield shaped("P19", "cross", f"/tables/{place}")
