"""One act that mends many findings of a draft at once: a reason, a length, a class, what becomes of answers.

Pure: a document and what somebody chose give another document. An act names the places that somebody ticked; what it
does not fit is left as it is, and still says so.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from backend.desk.drafting import CLASSES, asked_anew, bounded, freed, reasoned, without

REASON, LONGEST, MOST, CLASS, FREE = "reason", "longest", "most", "class", "free"
WITHOUT, DROPPED, UNMAPPED = "without", "dropped", "unmapped"
ACTS: Final = (REASON, LONGEST, MOST, CLASS, FREE, WITHOUT, DROPPED, UNMAPPED)
OF_CODE: Final = "#"  # between a question and the choice of it that is meant; neither holds it
_MOST: Final = {LONGEST: 2_000, MOST: 100}  # signs: P12 calls a longer text a catch-all; items: more are a list
_REASON_MIN: Final = 20  # signs (forms/lint/SPEC.md)


def together(document: dict[str, Any], act: str, places: Iterable[str], typed: Mapping[str, str]) -> dict[str, Any]:
    """The document in which one act was done at every place."""
    for place in places:
        document = _done(document, act, place, typed)
    return document


def _done(document: dict[str, Any], act: str, place: str, typed: Mapping[str, str]) -> dict[str, Any]:
    if act == REASON:
        return reasoned(document, typed.get("rule", ""), place, typed.get("reason", ""))
    if act in (LONGEST, MOST):
        return bounded(document, place, int(typed.get(act, "")))
    if act == CLASS:
        return asked_anew(document, place, {"sensitivity": typed.get("sensitivity", "")})
    if act == WITHOUT:
        return without(document, place)
    if act == FREE:
        return freed(document, place)
    if act == DROPPED:
        return _moved(document, "dropped", place)
    return _moved(document, "mapped", place) if act == UNMAPPED else document


def _moved(document: dict[str, Any], member: str, place: str) -> dict[str, Any]:
    """The document that says what becomes of answers to a question, or to a choice, that is not asked any more: they
    stay as they were given."""
    moves = document.get("moves")
    held = dict(moves) if isinstance(moves, Mapping) else {}
    if member == "dropped":
        dropped = held.get(member)
        others = [one for one in dropped if one != place] if isinstance(dropped, list) else []
        return document | {"moves": held | {member: [*others, place]}}
    path, _, code = place.rpartition(OF_CODE)
    mapped = held.get(member)
    every = dict(mapped) if isinstance(mapped, Mapping) else {}
    codes = every.get(path)
    every[path] = (dict(codes) if isinstance(codes, Mapping) else {}) | {code: None}
    return document | {"moves": held | {member: every}}


def wrong(act: str, places: Iterable[str], typed: Mapping[str, str]) -> str | None:
    """The code of a sentence that says why an act cannot be done as it was sent; None if it can."""
    if not list(places):
        return "together-none"
    if act == REASON and len(typed.get("reason", "").strip()) < _REASON_MIN:
        return "together-reason"
    if act in _MOST and not _is_count(typed.get(act, "").strip(), _MOST[act]):
        return f"together-{act}"
    if act == CLASS and typed.get("sensitivity") not in CLASSES:
        return "together-class"
    return None if act in ACTS else "together-none"


def _is_count(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= most


def classed(document: dict[str, Any], classes: Mapping[str, str]) -> dict[str, Any]:
    """The document with the class of each question as it was chosen, by its path."""
    fields = document.get("fields")
    if not isinstance(fields, Mapping):
        return document
    chosen = {
        path: {**field, "sensitivity": classes[path]} if classes.get(path) in CLASSES else field
        for path, field in fields.items()
        if isinstance(field, Mapping)
    }
    return document | {"fields": {**fields, **chosen}}
