"""The room that one save has, and the forms that need more of it (SPEC.md 12.5). Pure.

A device saves an entry whole or not at all, and what no server takes can never be sent. So the limits of an entry are
held where a form is published, and not where a worker has just filled it in.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.definition.document import Form
from forms.findings import Finding, finding
from forms.lists.lists import ITEMS_MAX
from forms.schema import patterns
from forms.schema.question import MEDIA, Question
from forms.schema.resolving import node_at

TOUCHES_MAX: Final = 1_024  # fields that one save may change: `sync/SPEC.md` 3.3, which no room here may import
BODY_BYTES_MAX: Final = 262_144  # likewise; a header of so many touches always fits, which a test of `sync/` holds
SEAL_BYTES: Final = 12 + 16  # nonce and tag of a sealed body: `crypto/SPEC.md` 6.2
PADDING_STEP: Final = 256  # likewise
LENGTH_BYTES: Final = 4  # likewise: stands before the plaintext
PLAINTEXT_BYTES_MAX: Final = (BODY_BYTES_MAX - SEAL_BYTES) // PADDING_STEP * PADDING_STEP - LENGTH_BYTES
CHARACTER_BYTES_MAX: Final = 4  # of one code point in UTF-8
CODE_BYTES_MAX: Final = 63  # of a code in a list of the municipality (11.2)
NUMBER_BYTES: Final = 9  # a double, or an integer of 64 bits
VERSION_BYTES: Final = 5  # a version has at most 31 bits
DATE_BYTES: Final = len("2026-01-31")
MEDIA_BYTES: Final = 64  # the name of an attachment in hexadecimal: `crypto/SPEC.md` 8
ITEM_ID: Final = "0" * 26  # as long as the id that stands for `*`


class Need(msgspec.Struct, frozen=True):
    """The touches and the bytes of plaintext that a form, or a part of it, needs at most."""

    touches: int = 0
    size: int = 0

    def __add__(self, other: "Need") -> "Need":
        return Need(self.touches + other.touches, self.size + other.size)


def faults(form: Form) -> Iterator[Finding]:
    """Every part of a form that has no bound; where all have one, whether the form fits one save when it is full."""
    unbounded = [*_endless_groups(form), *_endless_answers(form)]
    if unbounded:
        yield from unbounded
        return
    parts = {repeat: _part(form, repeat) for repeat in (None, *form.repeats)}
    whole = _whole(form, parts)
    if whole.touches > TOUCHES_MAX:
        largest = max(parts, key=lambda repeat: parts[repeat].touches)
        yield finding("save-too-large", largest or "", number=whole.touches, limit=TOUCHES_MAX)
    if whole.size > PLAINTEXT_BYTES_MAX:
        largest = max(parts, key=lambda repeat: parts[repeat].size)
        yield finding("save-too-many-bytes", largest or "", number=whole.size, limit=PLAINTEXT_BYTES_MAX)


def need(form: Form) -> Need:
    """The most that one save of a form needs in which every part has a bound."""
    return _whole(form, {repeat: _part(form, repeat) for repeat in (None, *form.repeats)})


def _whole(form: Form, parts: Mapping[str | None, Need]) -> Need:
    """All parts, and what stands before the answers: the list of three, the form, its version, the map."""
    answers = sum(parts.values(), Need())
    outset = _list_head(3) + _text_bytes(len(form.slug)) + VERSION_BYTES + _list_head(answers.touches)
    return answers + Need(0, outset)


def _endless_groups(form: Form) -> Iterator[Finding]:
    for repeat in form.repeats:
        if "maxItems" not in node_at(form.schema, repeat):
            yield finding("items-unbounded", repeat, name=repeat)


def _endless_answers(form: Form) -> Iterator[Finding]:
    for question in form.questions:
        node = question.node
        if question.kind == "text" and question.widget not in MEDIA and _longest_text(node) is None:
            yield finding("text-unbounded", question.path)
        if question.kind == "choices" and question.listed is not None and "maxItems" not in node:
            yield finding("choices-unbounded", question.path)


def _part(form: Form, repeat: str | None) -> Need:
    """One repeating group with its items and their order, or (None) the questions outside all groups."""
    answers = sum((_answer(question) for question in form.in_group(repeat)), Need())
    if repeat is None:
        return answers
    most = int(node_at(form.schema, repeat)["maxItems"])
    item = answers + Need(1, _text_bytes(len(f"{repeat}/{ITEM_ID}")) + _list_head(0))  # an item's own value is {}
    order = _text_bytes(len(f"{repeat}/{paths.ORDER}")) + _list_head(most) + most * _text_bytes(len(ITEM_ID))
    return Need(most * item.touches + 1, most * item.size + order)


def _answer(question: Question) -> Need:
    path = question.path.replace(f"/{paths.ANY_ITEM}/", f"/{ITEM_ID}/")
    return Need(1, _text_bytes(len(path)) + _value_bytes(question))


def _value_bytes(question: Question) -> int:
    """The bytes of the longest answer to a question that has a bound; each choice is taken once."""
    match question.kind:
        case "text" if question.widget in MEDIA:
            return _text_bytes(MEDIA_BYTES)
        case "text":
            return _text_bytes((_longest_text(question.node) or 0) * CHARACTER_BYTES_MAX)
        case "choice":
            return _codes_bytes(question, 1)
        case "choices":
            taken = min(int(question.node.get("maxItems", ITEMS_MAX)), len(question.codes) or ITEMS_MAX)
            return _list_head(taken) + _codes_bytes(question, taken)
        case "date":
            return _text_bytes(DATE_BYTES)
        case "boolean":
            return 1
    return NUMBER_BYTES


def _codes_bytes(question: Question, taken: int) -> int:
    """The bytes of so many of the longest codes; those of a list of the municipality are not known here."""
    if question.listed is not None:
        return taken * _text_bytes(CODE_BYTES_MAX)
    return sum(sorted((_text_bytes(len(code.encode())) for code in question.codes), reverse=True)[:taken])


def _longest_text(node: Mapping[str, Any]) -> int | None:
    """The code points of the longest text that fits; None where neither length nor pattern ends it."""
    pattern = patterns.read(node["pattern"], "").longest if "pattern" in node else None
    bounds = [int(bound) for bound in (node.get("maxLength"), pattern) if bound is not None]
    return min(bounds, default=None)


def _text_bytes(length: int) -> int:
    """The bytes of a text of so many bytes in MessagePack, its head counted."""
    return length + (1 if length < 32 else 2 if length < 256 else 3 if length < 65_536 else 5)


def _list_head(members: int) -> int:
    """The bytes before the members of a list or map in MessagePack."""
    return 1 if members < 16 else 3 if members < 65_536 else 5
