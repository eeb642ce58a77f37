"""A question of a form as a page asks it, and what was filled in, read back as an answer."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

from backend.desk.wording import Speaker
from backend.errors import BackendError

YES: Final = "yes"
NO: Final = "no"
CLOCKED: Final = ("month", "time")  # texts of a shape of their own, by the widget that asks them


class NotAnAnswer(BackendError):
    """Something was filled in that is no number, or nothing was."""

    code: ClassVar[str] = "no-answer-given"


class Field(NamedTuple):
    """A field of a page: its kind (choice, choices, boolean, number, date, month, time, text), its label, what can be
    chosen, and of which form and question that is."""

    kind: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    of: str = ""


def field_of(speaker: Speaker, slug: str, path: str) -> Field | None:
    """The field for a question; None where the form has none at this path, or where its answers are no text."""
    form = speaker.form(slug)
    question = form.leaf(path) if form is not None else None
    if form is None or question is None:
        return None
    label, of = speaker.label(slug, path), f"{slug} {path}"
    match question.kind:
        case "choice" | "choices":
            codes = question.codes or tuple(question.choices)
            options = tuple((code, speaker.answer(slug, path, code)) for code in codes)
            return Field(question.kind, label, options, of)
        case "boolean":
            options = ((YES, speaker.answer(slug, path, True)), (NO, speaker.answer(slug, path, False)))
            return Field("boolean", label, options, of)
        case "integer" | "decimal":
            return Field("number", label)
        case "date":
            return Field("date", label)
    options = tuple((code, speaker.answer(slug, path, code)) for code in speaker.listed(slug, path))
    asked = question.widget if question.widget in CLOCKED else "text"
    return Field("choice" if options else asked, label, options, of if options else "")


def answer_in(speaker: Speaker, slug: str, path: str, given: Sequence[str]) -> Any:
    """The answer that was filled in for a question; raises `NotAnAnswer` where it is none, or nothing was."""
    form = speaker.form(slug)
    question = form.leaf(path) if form is not None else None
    kind = question.kind if question is not None else "text"
    values = [value for value in given if value.strip()]
    if not values:
        raise NotAnAnswer
    if kind == "choices":
        return values
    value = values[0].strip()
    if kind == "boolean":
        return value == YES
    if kind in ("integer", "decimal"):
        return _number(value, whole=kind == "integer")
    return values[0] if kind == "text" else value


def _number(value: str, *, whole: bool) -> int | float:
    try:
        return int(value) if whole else float(value.replace(",", "."))
    except ValueError:
        raise NotAnAnswer from None


def union_of(speaker: Speaker, slug: str, path: str, parts: Sequence[str]) -> list[str]:
    """Parts of several answers as one, in the order of the form."""
    form = speaker.form(slug)
    question = form.leaf(path) if form is not None else None
    place = {code: number for number, code in enumerate(question.codes if question is not None else ())}
    return sorted(dict.fromkeys(parts), key=lambda code: (place.get(code, len(place)), code))


def joined(survivors: Sequence[Mapping[str, Any]]) -> str:
    """Several texts as one, each under its author."""
    return "\n\n".join(f"{one['author']}: {one['value']}" for one in survivors if isinstance(one["value"], str))
