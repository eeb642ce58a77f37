"""A form as text, page by page, as a worker would meet it: to read before it is published."""

from collections.abc import Iterator, Mapping

from forms import paths
from forms.definition.document import Form
from forms.definition.inspection import LANGUAGE
from forms.definition.sources import classes_of
from forms.expressions.printer import print_tree
from forms.records.relevance import Seen, left_out
from forms.records.speaking import Speaking
from forms.schema.question import Question
from forms.sentences import speech, written


def preview(form: Form, language: str = LANGUAGE, seen: Seen | None = None) -> Iterator[str]:
    """The lines of a form in one language; with `seen`, also what these answers make of it."""
    said = _said(language)
    banners = {banner.section: banner for banner in form.logic.banners}
    yield f"{_in(form.title, language)} ({form.slug} {form.version})"
    yield form.purpose
    number, given = 0, classes_of(form)
    for place, section in enumerate(form.sections):
        repeats = f"   [{said['repeat']} {section.repeat}]" if section.repeat else ""
        yield from ("", f"== {_in(section.title, language)}{repeats}")
        condition = form.logic.trees.get(f"/layout/{place}/show_if")
        if condition is not None:
            yield f"   {said['if']} {print_tree(condition)}"
        if place in banners and (seen is None or place in seen.banners):
            when = "" if seen is not None else f"   ({said['when']} {print_tree(banners[place].tree)})"
            yield f"   !! {said['warns']}: {_in(banners[place].say, language)}{when}"
        for path in section.questions:
            number += 1
            yield from _question(form, path, (number, given[path]), language, seen)
    for check in form.logic.checks:
        yield from ("", f"   {said['check']} {check.at}: {print_tree(check.tree)}", f"      {_in(check.say, language)}")


def _question(form: Form, path: str, marked: tuple[int, str], language: str, seen: Seen | None) -> Iterator[str]:
    """The lines of one question, `marked` with its number and the class of what it may show."""
    number, given = marked
    said = _said(language)
    question = form.asked(path)
    assert question is not None, "a layout shows what the form asks or computes"
    marks = [said["computed"] if question.computed else said[question.kind], given]
    if question.required:
        marks.append(said["must"])
    if question.local_only:
        marks.append(said["local"])
    if seen is not None and left_out(path, seen.hidden):
        marks.append(said["hidden"].upper())
    raw = form.spoken.get(path, {})
    label, hint = _in(raw.get("label") or question.label, language), _in(raw.get("hint") or question.hint, language)
    if seen is not None and raw:
        speaking = Speaking(form, seen, language)
        label, hint = speaking.label(path), speaking.hint(path)
    yield f"{number:>3}. {label}   [{', '.join(marks)}]   {path}"
    if hint:
        yield f"       {hint}"
    condition = form.logic.trees.get(paths.format(["fields", path, "show_if"]))
    if condition is not None:
        yield f"       {said['if']} {print_tree(condition)}"
    first = form.logic.trees.get(paths.format(["fields", path, "first"]))
    if first is not None:
        yield f"       {said['first']} {print_tree(first)}"
    yield from _members(form, question, said)
    if question.computed:
        yield f"       = {print_tree(form.logic.trees[paths.format(['computed', path])])}"
        if seen is not None and path in seen.computed:
            yield f"       {said['answer']}: {seen.computed[path]}"
    yield from _choices(question, language)


def _members(form: Form, question: Question, said: Mapping[str, str]) -> Iterator[str]:
    """Print the sources of the answers, and who never sees them."""
    if question.listed is not None:
        yield f"       {said['list']} {question.listed}"
    if question.reference is not None:
        yield f"       {said['refers']} {question.reference.form} {question.reference.key}"
    if question.prefill is not None:
        yield f"       {said['taken']} {question.prefill.from_} {question.prefill.take}"
    for name, word in (("required_if", "demanded"), ("offer_if", "offered")):
        tree = form.logic.trees.get(paths.format(["fields", question.path, name]))
        if tree is not None:
            yield f"       {said[word]} {print_tree(tree)}"
    for one in form.logic.withheld:
        if one.path == question.path:
            condition = "" if one.tree is True else f" ({said['when']} {print_tree(one.tree)})"
            yield f"       {said['hide']} {', '.join(said[who] for who in one.who)}{condition}"


def _choices(question: Question, language: str) -> Iterator[str]:
    mark = "[ ]" if question.kind == "choices" else "( )"
    for code in question.codes if question.choices else ():
        yield f"       {mark} {_in(question.choices.get(code, {LANGUAGE: code}), language)}   ({code})"


def _said(language: str) -> Mapping[str, str]:
    """The page's own words, in English where the language has no file."""
    return speech(language if language in written() else "en").preview


def _in(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words.get(LANGUAGE, "")
