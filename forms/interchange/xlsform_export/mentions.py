"""Texts that mention answers, with the names that questions have in the workbook (SPEC.md section 2).

`${name}` stands in XLSForm for an answer too, but as it is kept: a code, a day as `2026-03-05`. The report says where
that reads otherwise than here. What this form says of each changed text goes with the workbook, to be read back.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from forms import paths
from forms.definition.mentions import MENTION, meant, texts
from forms.definition.parts import read
from forms.interchange.xlsform_export.xpath import Names
from forms.schema.fields import Field
from forms.schema.question import MEDIA

_ANY: Final = re.compile(r"\$\{([^{}]*)\}")
_PLAIN: Final = frozenset({"text", "number", "integer", "decimal"})  # kinds that read the same there
_WORDLESS: Final = frozenset({*MEDIA, "position"})


def mentioned_names(document: Mapping[str, Any]) -> set[str]:
    """The last name of everything that a text mentions: each must be one question in the workbook."""
    found = (MENTION.findall(text) for *_, words in texts(document) for text in words.values())
    return {name.rpartition("/")[2] for names in found for name in names}


class Worded(NamedTuple):
    """A document with names of the workbook in its texts.

    `ours` has each changed text with what it is here; `near` where a text reads otherwise there, and of which question.
    """

    document: dict[str, Any]
    ours: dict[str, str]
    near: list[tuple[str, str]]


def in_workbook(document: Mapping[str, Any], names: Names) -> Worded:
    """The document as the workbook words it."""
    made, fields = Worded(copy.deepcopy(dict(document)), {}, []), read(document).fields
    for place, at, repeat, words in texts(document):
        for language, text in words.items():
            if "${" in text:
                written = _written(made, fields, names, (at, repeat), text)
                _put(made.document, [*paths.parse(place), language], written)
                made.ours.setdefault(written, text)
    return made


def _written(made: Worded, fields: Mapping[str, Field], names: Names, where: tuple[str, str | None], text: str) -> str:
    """The text as the workbook says it, at a question or page and inside of a repeating group or none."""
    at, repeat = where

    def there(match: re.Match[str]) -> str:
        template = meant(match[1], repeat, fields) if MENTION.fullmatch(match[0]) else None
        widget = None if template is None else fields[template].widget
        if template is None or template not in names.named or widget in _WORDLESS:
            return f"[{match[1]}]"  # pyxform refuses a name that no question has
        if names.kinds[template] not in _PLAIN or widget == "month":
            made.near.append((at, names.named[template]))
        return f"${{{names.named[template]}}}"

    return str(_ANY.sub(there, text))


def _put(node: Any, way: list[str], text: str) -> None:
    for name in way[:-1]:
        node = node[int(name)] if isinstance(node, list) else node[name]
    node[way[-1]] = text
