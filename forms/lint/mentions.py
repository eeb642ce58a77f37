"""Texts as a worker may come to read them: with the answers that they mention (SPEC.md section 4).

A word can be parted by a mention, or be put together by one: `af${deel}` where a computed field or a choice says
`komst`. So such a text is read without its mentions, and with everything that the form itself can put there.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from forms.definition.mentions import MENTION
from forms.expressions.parser import parse
from forms.lint import trees
from forms.lint.asked import Asked, mapping

FILLED_MAX: Final = 60  # readings of one text: a form could mention lists of thousands in one label


def readings(form: Asked, text: str) -> Iterator[str]:
    """The other texts that a text with mentions can be."""
    names = list(dict.fromkeys(MENTION.findall(text)))
    if not names:
        return
    yield MENTION.sub("", text)
    filled = ((name, put) for name in names for put in dict.fromkeys(_put(form, name.rpartition("/")[2])))
    for name, put in islice(filled, FILLED_MAX):
        parted = text.replace(f"${{{name}}}", put)
        yield MENTION.sub("", parted)


def _put(form: Asked, name: str) -> Iterator[str]:
    """Texts that the form itself can put in place of a mention: computed ones, first answers, words of choices."""
    for path, text in mapping(form.document.get("computed")).items():
        if path.rpartition("/")[2] == name:
            yield from _written(text)
    for path, field in form.fields.items():
        if path.rpartition("/")[2] == name:
            yield from _written(field.first)
            for said in (field.choices or {}).values():
                yield from said.values()


def _written(text: Any) -> Iterator[str]:
    """The texts that stand in an expression."""
    node = parse(text).node if isinstance(text, str) else None
    if node is not None:
        yield from (one for one in trees.texts(node.tree) if isinstance(one, str))
