"""Writes a page of docs/forms/ for every form that ships, from the form itself, so that no page says something else.

.venv/bin/python -m docs.forms_pages
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from forms import paths
from forms.definition.document import Form
from forms.definition.library import SLUGS, shipped_form, shipped_raw
from forms.expressions.printer import print_tree
from forms.schema.question import Question

FOLDER: Final = Path(__file__).parent / "forms"
LEVELS: Final = {"error": "must hold", "warn": "warns", "ask_reason": "asks for a reason"}
CLASSES: Final = {
    "S0": "operational",
    "S1": "ordinary personal",
    "S2": "sensitive by context",
    "S3": "special category possible",
    "S4": "protection-critical",
}
PERIODS: Final = {"closed": "closing", "last_change": "the last change", "birth_month": "the birth month"}


def period(text: str) -> str:
    """How long answers are kept, as people say it: `P19Y` is 19 years."""
    number = int(text[1:-1])
    unit = {"Y": "year", "M": "month"}[text[-1]]
    return f"{number} {unit}{'' if number == 1 else 's'}"


def cell(text: str) -> str:
    """Text that a table cell can hold."""
    return text.replace("|", "\\|").replace("\n", " ")


def both(words: Mapping[str, str]) -> str:
    """Dutch and English beside each other."""
    return cell(" / ".join(words[language] for language in ("nl", "en") if language in words))


def conditions(form: Form) -> dict[str, list[str]]:
    """What must hold for a question to be asked, its section's condition first."""
    found: dict[str, list[str]] = {}
    for place, section in enumerate(form.sections):
        for path in section.questions:
            texts = [f"/layout/{place}/show_if", paths.format(["fields", path, "show_if"])]
            found[path] = [print_tree(form.logic.trees[text]) for text in texts if text in form.logic.trees]
    return found


def answers(question: Question, computed: str | None) -> str:
    """What can be answered, and where it comes from."""
    if computed is not None:
        return f"computed: `{cell(computed)}`"
    said = f"`{question.kind}`"
    if question.codes:
        said += ": " + ", ".join(both(question.choices.get(code, {"nl": code})) for code in question.codes)
    if question.listed is not None:
        said += f" from the municipality's list `{question.listed}`"
    if question.reference is not None:
        said += f": refers to `{question.reference.form}` by `{question.reference.key}`"
    if question.prefill is not None:
        said += f", taken over from `{question.prefill.take}` of what `{question.prefill.from_}` refers to"
    return said


def seen_by(question: Question, form: Form) -> str:
    """Its class, and who never sees it."""
    said = question.sensitivity
    if question.local_only:
        said += ", stays on the device"
    for one in form.logic.withheld:
        if one.path == question.path:
            unless = "" if one.tree is True else f" if `{cell(print_tree(one.tree))}`"
            said += f", not for {', '.join(one.who)}{unless}"
    return said


def line(question: Question, form: Form, required: bool, shown_if: list[str], computed: str | None) -> str:
    """One row of a section's table."""
    when = "; ".join(f"`{cell(text)}`" for text in shown_if)
    merge = "" if computed is not None or question.local_only else question.merge
    asked = "yes" if required else ""
    cells = (
        f"`{question.name}`",
        both(question.label),
        answers(question, computed),
        asked,
        when,
        seen_by(question, form),
    )
    return f"| {' | '.join(cells)} | {merge} |"


def page(slug: str) -> str:
    """The whole page of one form."""
    form, document = shipped_form(slug), json.loads(shipped_raw(slug))
    keep = document["retention"]
    lines = [
        f"# {both(form.title)} (`{slug}`, version {form.version})",
        "",
        f"{document['purpose']} {document['legal_basis']}",
        f"Kept {period(keep['keep'])} from {PERIODS[keep['from']]}.",
        "Written by `docs/forms_pages.py` from `forms/library/`. Classes: "
        + ", ".join(f"{name} {meaning}" for name, meaning in CLASSES.items())
        + ".",
        *sections(form),
        *rules(form, document),
        *before(form, document),
    ]
    return "\n".join(lines) + "\n"


def sections(form: Form) -> Iterator[str]:
    """A table for every section, with its banner."""
    shown_if = conditions(form)
    fields = {question.path: question for question in (*form.questions, *form.local, *form.computed)}
    formulas = {step.path: print_tree(step.tree) for step in form.logic.computed}
    warnings = {banner.section: banner for banner in form.logic.banners}
    for place, section in enumerate(form.sections):
        repeats = " (repeats)" if section.repeat else ""
        yield from ("", f"## {both(section.title)}{repeats}", "")
        if place in warnings:
            banner = warnings[place]
            yield from (f"Warns if `{print_tree(banner.tree)}`: {both(banner.say)}", "")
        yield "| name | question | answers | required | asked if | class | merge |"
        yield "|---|---|---|---|---|---|---|"
        for path in section.questions:
            question = fields[path]
            yield line(question, form, question.required, shown_if[path], formulas.get(path))


def rules(form: Form, document: Mapping[str, Any]) -> Iterator[str]:
    """The checks across questions, and the warnings of the privacy lint that somebody answered for."""
    if form.logic.checks:
        yield from ("", "## Checks", "", "| at | rule | otherwise | |", "|---|---|---|---|")
        for check in form.logic.checks:
            yield f"| `{check.at}` | `{cell(print_tree(check.tree))}` | {both(check.say)} | {LEVELS[check.level]} |"
    if document.get("lint"):
        yield from ("", "## Accepted warnings of the privacy lint", "", "| rule | at | reason |", "|---|---|---|")
        for one in document["lint"]:
            yield f"| {one['rule']} | `{one['at']}` | {cell(one['reason'])} |"


def words(form: Form, path: str) -> Mapping[str, str]:
    """The label of a question."""
    return next(question.label for question in form.questions if question.path == path)


def before(form: Form, document: Mapping[str, Any]) -> Iterator[str]:
    """Where the answers to the version before went: what is asked no more, and the codes that are gone."""
    moves = document.get("moves", {})
    if form.version == 1:
        return
    old = shipped_form(form.slug, form.version - 1)
    yield from ("", f"## Answers to version {old.version}", "")
    yield "All stay, in their places, but for these; each stays visible in the words that asked it."
    if moves:
        yield from ("", "| version before | now |", "|---|---|")
    for path in moves.get("dropped", ()):
        yield f"| {both(words(old, path))} (`{path}`) | an earlier answer, asked otherwise now |"
    for path, codes in moves.get("mapped", {}).items():
        for code, to in codes.items():
            said = "stays as it was given, to be answered anew" if to is None else f"`{to}`"
            yield f"| {both(words(old, path))} (`{path}`): `{code}` | {said} |"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for slug in SLUGS:
        (FOLDER / f"{slug}.md").write_text(page(slug))
