"""Reads the answers that a text of a form mentions: `Hoe oud is ${roepnaam}?` (SPEC.md section 13).

A mention is a name or a path between `${` and `}`; everything else in a text is the text. Names mean what they mean in
an expression (section 9.3): inside a repeating group the item's own first, otherwise the one outside of items.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from forms import paths
from forms.definition.parts import read
from forms.schema.fields import Field, Words

SAID_MAX: Final = 100  # code points of one answer in a text: a name, an address; a story would bury the question
MENTIONS_MAX: Final = 20  # of one text: with more it says more than it asks
BLANK: Final = "…"  # what stands for an answer that is not there, or not for whoever reads the text
MENTION: Final = re.compile(rf"\$\{{({paths.NAME_PATTERN}|(?:/{paths.NAME_PATTERN}){{1,{paths.PATH_DEPTH_MAX}}})\}}")


def mentioned(words: Words) -> tuple[str, ...]:
    """The names that a text mentions, in any of its languages, each once."""
    return tuple(dict.fromkeys(name for text in words.values() for name in MENTION.findall(text)))


def bare(words: Words) -> Words:
    """The words with a blank for every mention: the wording of the question, whatever a record answers."""
    if not any("${" in text for text in words.values()):
        return words
    return {language: MENTION.sub(BLANK, text) for language, text in words.items()}


def spoken(field: Field) -> dict[str, Any] | None:
    """The words of a field as they were written; None if none of them mentions an answer."""
    hint, choices = field.hint or {}, field.choices or {}
    every = [field.label, hint, *choices.values()]
    if not any(mentioned(words) for words in every):
        return None
    return {"label": field.label, "hint": hint, "choices": choices}


def meant(name: str, repeat: str | None, known: Collection[str]) -> str | None:
    """The template of the question or computed field that a mention means; None for none.

    Names are unique outside of all repeating groups and within each (section 6.2).
    """
    if name.startswith("/"):
        return name if name in known and paths.repeat_of(name) is None else None
    own = f"{repeat}/{paths.ANY_ITEM}/{name}"
    if repeat is not None and own in known:
        return own
    outside = (path for path in known if paths.repeat_of(path) is None and path.rpartition("/")[2] == name)
    return next(outside, None)


def texts(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None, Words]]:
    """Every text of a form document that may mention answers: its place, whose it is, in which items, and its words.

    Whose it is: the template of a question or computed field, or `/layout/<n>` of a page.
    """
    parts = read(document)
    for number, page in enumerate(parts.layout):
        at = f"/layout/{number}"
        yield f"{at}/section", at, page.repeat, page.section
        if page.banner is not None:
            yield f"{at}/banner/say", at, None, page.banner.say
    for path, field in parts.fields.items():
        place, repeat = paths.format(["fields", path]), paths.repeat_of(path)
        yield f"{place}/label", path, repeat, field.label
        yield f"{place}/hint", path, repeat, field.hint or {}
        for code, words in (field.choices or {}).items():
            yield f"{place}/choices{paths.format([code])}", path, repeat, words
    for number, check in enumerate(parts.checks):
        yield f"/checks/{number}/say", check.at, paths.repeat_of(check.at), check.say
