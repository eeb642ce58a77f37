"""Texts as a worker may come to read them: with the answers that they mention (SPEC.md section 4).

A word can be parted by a mention, or be put together by several: `${begin}${eind}` where a computed field says `af` and
a choice `komst`. So a text is read without its mentions; a word that holds a mention beside letters or another one in
every way in which the form itself can fill it; and a mention that stands alone with what can stand there, beside what
stands around it. What can be more than is read is not passed over: it is a finding.
"""

import re
from collections.abc import Iterator
from itertools import islice, product
from math import prod
from typing import Any, Final

from forms.definition.mentions import MENTION, SAID_MAX
from forms.expressions.parser import parse
from forms.lint import trees
from forms.lint.asked import Asked

TOGETHER_MAX: Final = 400  # ways to fill one word
ALONE_MAX: Final = 20  # of a mention that stands alone: each word of it is read where it was written, too
IN_A_WORD_MAX: Final = 8  # mentions
WORD_MAX: Final = 300  # characters of a word with mentions
AROUND: Final = 80  # characters that are read on either side of a word: more than the words of any phrase
_WORD: Final = re.compile(r"\S*\$\{\S*")


def readings(form: Asked, text: str) -> Iterator[str | None]:
    """The other texts that a text with mentions can be; None for a word of it that can be more than is read."""
    if MENTION.search(text) is None:
        return
    yield MENTION.sub("", text)
    for found in _WORD.finditer(text):
        names = list(dict.fromkeys(MENTION.findall(found[0])))
        if not names:
            continue
        filled = [list(dict.fromkeys(("", *_put(form, name.rpartition("/")[2])))) for name in names]
        alone = len(MENTION.findall(found[0])) == 1 and not any(map(str.isalnum, MENTION.sub("", found[0])))
        if not alone and _is_too_much(found[0], filled):
            yield None
            continue
        before = MENTION.sub("", text[max(0, found.start() - AROUND) : found.start()])
        after = MENTION.sub("", text[found.end() : found.end() + AROUND])
        for puts in islice(product(*filled), ALONE_MAX if alone else TOGETHER_MAX):
            said = dict(zip(names, puts, strict=True))
            yield before + MENTION.sub(lambda mention, said=said: said[mention[1]], found[0]) + after  # type: ignore[misc]


def _is_too_much(word: str, filled: list[list[str]]) -> bool:
    """True if a word is longer than any, or can be filled in more ways than are read."""
    many = len(MENTION.findall(word)) > IN_A_WORD_MAX or len(word) > WORD_MAX
    return many or prod(map(len, filled)) > TOGETHER_MAX


def _put(form: Asked, name: str) -> Iterator[str]:
    """Texts that the form itself can put in place of a mention: computed ones, first answers, words of choices."""
    for path, text in form.parts.computed.items():
        if path.rpartition("/")[2] == name:
            yield from _written(text)
    for path, field in form.parts.fields.items():
        if path.rpartition("/")[2] == name:
            yield from _written(field.first)
            for said in (field.choices or {}).values():
                yield from (one[:SAID_MAX] for one in said.values())


def _written(text: Any) -> Iterator[str]:
    """The texts that stand in an expression."""
    node = parse(text).node if isinstance(text, str) else None
    if node is not None:
        yield from (one[:SAID_MAX] for one in trees.texts(node.tree) if isinstance(one, str))
