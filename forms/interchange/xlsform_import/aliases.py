"""The other names that XLSForm has for its columns and types: those that the installed `pyxform` knows, and more that
people write (SPEC.md sections 2 and 4).

A name that `pyxform` learns is read from then on; a test says so of one whose meaning nobody gave it here.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pyxform import aliases, constants
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

_TYPED: Final = {  # what people write beside them
    "constraint_msg": "constraint_message",
    "required_msg": "required_message",
    "list": "list_name",
    "listname": "list_name",
}
_TYPED_TYPES: Final = {"picture": "image", "trigger": "acknowledge"}
_HOW: Final = {
    constants.SELECT_ONE: "one",
    constants.SELECT_ONE_EXTERNAL: "one",
    constants.SELECT_ALL_THAT_APPLY: "many",
    constants.RANK: "rank",
}
_TAGS: Final = {"select1": "one", "select": "many"}  # of a question that is asked by a list
_TYPED_SELECTS: Final = {
    "select_multiple_external": "many",
    "selectmultiple": "many",
    "selectone": "one",
    "select_1": "one",
}


def plain(text: str) -> str:
    """A header as it is compared: small letters, and `_` for what stands between words."""
    return re.sub(r"[\s_-]+", "_", text.strip().lower())


def columns(header: Mapping[str, Any], proper: Iterable[str]) -> dict[str, str]:
    """Our name of every column of a sheet, by the names that lead to the same place in an XForm.

    `header` is what `pyxform` says of the sheet: where each name leads. One that leads where none of ours does has no
    entry.
    """
    known = set(proper)
    leads: dict[Any, list[str]] = {}
    for name, place in header.items():
        end = place if isinstance(place, str) else place[-1].removeprefix("jr:")
        leads.setdefault(place, [plain(end)]).append(plain(name))
    found = {name: ours for name, ours in _TYPED.items() if ours in known}
    for names in leads.values():
        ours = next((name for name in reversed(names) if name in known), None)
        found |= {name: ours for name in names if ours is not None and name not in known}
    return found


def types(proper: Iterable[str]) -> dict[str, str]:
    """Our name of every type, by the names under which `pyxform` makes the same question of it.

    Of two proper names for the same question, the first is meant by the others.
    """
    ours: dict[str, str] = {}
    known = dict.fromkeys(proper)
    for name in known:
        if name in QUESTION_TYPE_DICT:
            ours.setdefault(repr(QUESTION_TYPE_DICT[name]), name)
    return _TYPED_TYPES | {
        name.lower(): ours[repr(made)]
        for name, made in QUESTION_TYPE_DICT.items()
        if repr(made) in ours and name.lower() not in {*known, *selects()}
    }


def selects() -> dict[str, str]:
    """The way in which a list is asked (`one`, `many` or `rank`), by the words before its name."""
    by_tag = {name: made.get("control", {}).get("tag") for name, made in QUESTION_TYPE_DICT.items()}
    found = {name: _TAGS[tag] for name, tag in by_tag.items() if tag in _TAGS}
    found |= {spaced(name): _HOW[how] for name, how in aliases.select.items()}
    return found | {spaced(name): how for name, how in _TYPED_SELECTS.items()}


def blocks() -> dict[str, str]:
    """The kind of block (`group`, `repeat` or `loop`), by the word that names it."""
    return {spaced(name): str(what) for name, what in aliases.control.items()}


def spaced(text: str) -> str:
    """Words in small letters with one space between them, however they were set apart."""
    return re.sub(r"[\s_]+", " ", text.strip().lower())


def anyone(names: Iterable[str]) -> str:
    """The pattern of any of these names, the longest first, however their words are set apart."""
    return "|".join(re.escape(name).replace(r"\ ", r"[\s_]+") for name in sorted(names, key=len, reverse=True))
