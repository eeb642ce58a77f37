"""Rules about the shape of one question: P02, P06, P07, P08, P09, P11, P12, P13, P14, P15, P19, P21.

(SPEC.md section 4.)
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import jsonschema_rs

from forms.definition.inspection import compiled
from forms.lint.asked import MEDIA, PLACES, Asked, asked_as, folded, is_free
from forms.lint.classes import asks_much, weighty
from forms.lint.findings import LintFinding, shaped
from forms.lint.fold import plain
from forms.lint.rules import lists, sign
from forms.lint.things import of_people, of_things
from forms.schema.question import Question

CHOICES_MAX: Final = 12  # P19
TEXT_CHARACTERS_MAX: Final = 2000  # P12: a page; the longest text of the forms that ship has 1200
BSN_DIGITS: Final = (8, 9)
NUMBER_MIN: Final = 10_000_000  # the smallest number of eight figures
NUMBER_MAX: Final = 10**10  # beyond any number of nine figures
ELEVEN: Final = 11
LOW: Final = frozenset({"S0", "S1"})
_PROSE: Final = "het kind zei dat het goed ging"


def of_question(question: Question, form: Asked) -> Iterator[LintFinding]:
    """Every rule that the shape of one question breaks."""
    yield from _numbers(question)
    yield from _media(question, form)
    yield from _required(question, form)
    yield from _class(question)
    if question.field.first not in (None, "", "null") and weighty(question):
        yield shaped("P11", "first", question.path, level="warning")
    yield from _free(question)
    yield from _birth(question)
    yield from _many(question)
    yield from _interpreter(question)
    yield from _scale(question)
    if is_free(question) and sign("P14", "who").search(folded(question)):
        yield shaped("P14", "who", question.path)


def _numbers(question: Question) -> Iterator[LintFinding]:
    """P06: whether a field is made for a number of 8 or 9 digits, or is called a number and takes one."""
    node = {name: member for name, member in question.node.items() if name not in {"$schema", "title", "description"}}
    if asked_as(question) not in {"integer", "decimal", "text"} or (is_free(question) and "maxLength" not in node):
        return
    if _small(node) or (asked_as(question) != "text" and not _aims(node) and not _is_called_a_number(question)):
        return
    if asked_as(question) != "text" and of_things(question.said):
        return
    try:
        schema = compiled({"type": "string", **node} if asked_as(question) == "text" else node)
    except (jsonschema_rs.ValidationError, ValueError):
        return  # a schema that is no schema is found before the lint
    if asked_as(question) == "text":
        taken = not schema.is_valid(_PROSE[: int(node.get("maxLength", len(_PROSE)))]) or _exactly(node)
        samples: list[Any] = [text for number in _samples(NUMBER_MIN) for text in _spellings(number)] if taken else []
    else:
        low = min(max(NUMBER_MIN, node.get("minimum", 0), node.get("exclusiveMinimum", 0)), NUMBER_MAX)
        high = min(NUMBER_MAX, node.get("maximum", NUMBER_MAX), node.get("exclusiveMaximum", NUMBER_MAX))
        samples = [*_samples(int(low)), *(_samples(int(high) - 25) if high > low else ()), *_samples(123_456_700)]
    if any(schema.is_valid(sample) for sample in samples):
        yield shaped("P06", "number", question.path)


def _aims(node: Mapping[str, Any]) -> bool:
    """True if somebody gave a number limits between which there are numbers of 8 or 9 digits, and few others."""
    limits = [node.get(name) for name in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")]
    return any(isinstance(limit, int | float) and NUMBER_MIN - 1 <= limit <= NUMBER_MAX for limit in limits)


def _is_called_a_number(question: Question) -> bool:
    """True if a question without a maximum asks for a number that stands for somebody, not for how many."""
    said = folded(question)
    return bool(sign("P06", "number").search(said)) and not sign("P06", "many").search(said)


def _small(node: Mapping[str, Any]) -> bool:
    """True if a number here has at most seven figures; most have, and need no closer look."""
    most = node.get("maximum")
    return str(node.get("type")) in {"integer", "number"} and isinstance(most, int | float) and most < NUMBER_MIN


def _exactly(node: Mapping[str, Any]) -> bool:
    return "pattern" not in node and node.get("maxLength") in BSN_DIGITS


def _samples(start: int) -> list[int]:
    """Numbers from here on, and some well above, that could be a BSN."""
    near = [number for number in range(max(start, NUMBER_MIN), start + 40) if passes_eleven(number)]
    return [*near, 111_222_333, 123_456_782, 999_999_990, *filter(passes_eleven, range(23_456_780, 23_456_800))]


def passes_eleven(number: int) -> bool:
    """The test that every BSN passes: nine digits weighed 9 to 2 and -1, together a multiple of eleven."""
    digits = [int(digit) for digit in f"{number:09}"]
    weighed = sum(weight * digit for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=False))
    return len(digits) == max(BSN_DIGITS) and weighed % ELEVEN == 0


def _spellings(number: int) -> Iterator[str]:
    short, nine = str(number), f"{number:09}"
    yield from (short, nine, f"{nine[:3]} {nine[3:6]} {nine[6:]}", f"{nine[:3]}.{nine[3:6]}.{nine[6:]}")
    yield from (
        f"{nine[:3]}-{nine[3:6]}-{nine[6:]}",
        f"{nine[:4]}.{nine[4:6]}.{nine[6:]}",
        f"{nine[:4]} {nine[4:6]} {nine[6:]}",
    )


def _media(question: Question, form: Asked) -> Iterator[LintFinding]:
    """P08 and P09: pictures, sounds and places."""
    if asked_as(question) in MEDIA:
        thing = question.field.subject == "object" and asked_as(question) in {"photo", "image", "camera"}
        thing = thing and not of_people(question.said) and not sign("P08", "person").search(plain(question.said))
        if thing:
            yield shaped("P08", "thing", question.path, level="warning")
        elif question.sensitivity != "S0" or question.field.subject != "object":
            yield shaped("P08", "person", question.path)
    if asked_as(question) in PLACES:
        yield shaped("P09", "widget", question.path, level="error" if hunted(form, question) else "warning")


def hunted(form: Asked, question: Question | None) -> bool:
    """True if a place here could lead somebody to a child in danger: in a signal, or in an answer of class S4."""
    return "signa" in form.slug or (question is not None and question.sensitivity == "S4")


def _required(question: Question, form: Asked) -> Iterator[LintFinding]:
    """P11: a sensitive question that must be answered needs a way not to, or a duty."""
    duty = question.field.must_answer
    if duty is not None:
        if not sign("P10", "law").search(duty.casefold()):
            yield shaped("P11", "duty", question.path)
    elif question.path in form.demanded and weighty(question) and not set(lists().no_answer) & set(question.choices):
        yield shaped("P11", "required", question.path)


def _class(question: Question) -> Iterator[LintFinding]:
    """P11: a class below what the question asks; its maker says why, and a second person reads it."""
    if question.sensitivity in LOW and asks_much(question.said):
        yield shaped("P11", "class", question.path, level="warning", given=question.sensitivity)


def _free(question: Question) -> Iterator[LintFinding]:
    """P12: what makes free text a catch-all."""
    if asked_as(question) != "text" or "const" in question.node:
        return
    length = question.node.get("maxLength")
    if is_free(question) and (not isinstance(length, int) or length > TEXT_CHARACTERS_MAX):
        yield shaped("P12", "length", question.path, limit=TEXT_CHARACTERS_MAX)
    if not question.field.hint:
        yield shaped("P12", "hint", question.path)
    if not question.sensitivity:
        yield shaped("P12", "sensitivity", question.path)
    if not is_free(question):
        return
    if _is_catch_all(question.name):
        yield shaped("P12", "name", question.path, level="error", words=(question.name,))
    for language, label in question.field.label.items():
        if _is_catch_all(label):
            yield shaped("P12", "focus", question.path, language=language, words=(label,))


def _is_catch_all(text: str) -> bool:
    """True if nothing is said but such words, however many."""
    said = set(re.findall(r"[a-z]+", plain(text))) - set(lists().linking)
    return bool(said) and said <= set(lists().vague)


def _birth(question: Question) -> Iterator[LintFinding]:
    """P15: a full date about a birth."""
    said = folded(question)
    if asked_as(question) == "date" and sign("P15", "birth").search(said) and not sign("P15", "part").search(said):
        yield shaped("P15", "date", question.path)


def _many(question: Question) -> Iterator[LintFinding]:
    """P19: many choices, or an open one, in what is counted. A municipality's list is long, and seldom counted."""
    counted = question.listed is None or question.field.report is True
    if counted and len(question.choices) > CHOICES_MAX:
        yield shaped("P19", "many", question.path, count=len(question.choices), limit=CHOICES_MAX)
    if question.field.report and set(lists().other) & set(question.choices):
        yield shaped("P19", "other", question.path)


def _interpreter(question: Question) -> Iterator[LintFinding]:
    """P21: a child that can be chosen as interpreter."""
    if not question.choices or not sign("P21", "tolk").search(plain(question.said)):
        return
    for code, said in question.choices.items():
        texts = [plain(text).replace("_", " ") for text in (code, *said.values())]
        never = any(sign("P21", "never").search(text) for text in texts)
        if not never and any(sign("P21", "chosen").search(text) for text in texts):
            yield shaped("P21", "interpreter", question.path, words=(code,))


def _scale(question: Question) -> Iterator[LintFinding]:
    """P07: a number, or a choice between numbers, for how bad it is."""
    said = folded(question)
    limited = {"minimum", "maximum"} <= set(question.node)
    codes = len(question.choices) > 1 and all(code.lstrip("0").isdigit() for code in question.choices)
    figures = codes and not any(map(_is_worded, question.choices.values()))
    rising = codes and bool(sign("P07", "grave").search(said))
    numbers = asked_as(question) in {"integer", "decimal"} and (limited or bool(sign("P07", "scale").search(said)))
    serious = bool(sign("P07", "serious").search(said) or sign("P07", "grave").search(said))
    if (numbers or figures or rising) and serious and not of_things(question.said):
        yield shaped("P07", "scale", question.path)


def _is_worded(said: Mapping[str, str]) -> bool:
    """True if a choice says more than a figure."""
    return any(not text.strip().isdigit() for text in said.values())


def coarse(question: Question | None) -> bool:
    """True if only the four figures of a postcode fit: a district, not a house (P09)."""
    if question is None or asked_as(question) != "text" or "pattern" not in question.node:
        return False
    try:
        schema = compiled({"type": "string", "pattern": question.node["pattern"]})
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return schema.is_valid("1234") and not any(map(schema.is_valid, ("1234AB", "1234 AB", "12345", _PROSE)))
