"""Every fault that data can have; its words in Dutch and English stand in `forms.said` (SPEC.md section 8).

One catalogue, so that a code means the same wherever it is listed. The sentences are ours and speak to a
worker or to the maker of a form; they never repeat an answer, because findings travel further than answers.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

import msgspec

from forms.said.answers import ANSWERS
from forms.said.exporting import EXPORTING
from forms.said.expressions import EXPRESSIONS
from forms.said.forms import FORMS
from forms.said.importing import IMPORTING
from forms.said.json_schema import JSON_SCHEMA
from forms.said.lists import LISTS
from forms.said.members import MEMBERS
from forms.said.shapes import SHAPES
from forms.said.sheets import SHEETS
from forms.said.versions import VERSIONS

FINDINGS_MAX: Final = 500  # listed for one form: nobody mends more before looking again
NAMES_MAX: Final = 20  # in one sentence: nobody reads more


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault: a stable code, where it is, and what to do about it in both languages.

    A fault in an expression says at which words it is (`start` to `end`, counted in characters of its text),
    and what was probably meant.
    """

    code: str
    path: str
    nl: str
    en: str
    start: int | None = None
    end: int | None = None
    suggestion: str | None = None


CATALOGUE: Final = {
    **ANSWERS,
    **EXPORTING,
    **EXPRESSIONS,
    **FORMS,
    **IMPORTING,
    **JSON_SCHEMA,
    **LISTS,
    **MEMBERS,
    **SHAPES,
    **SHEETS,
    **VERSIONS,
}


def finding(
    code: str,
    path: str,
    *,
    start: int | None = None,
    end: int | None = None,
    suggestion: str | None = None,
    **facts: Any,
) -> Finding:
    """The finding of this code, its sentences filled in; a suggestion is said after them.

    A fact that has words of its own is a pair, Dutch and English.
    """
    dutch, english = (
        sentence.format(**{name: fact[place] if isinstance(fact, tuple) else fact for name, fact in facts.items()})
        for place, sentence in enumerate(CATALOGUE[code])
    )
    if suggestion is not None:
        dutch, english = f"{dutch} Bedoelt u {suggestion}?", f"{english} Did you mean {suggestion}?"
    return Finding(code, path, dutch, english, start, end, suggestion)


def some(names: Iterable[str]) -> str:
    """Names as a sentence lists them: not more than people read."""
    first = list(islice(names, NAMES_MAX + 1))
    return ", ".join(first[:NAMES_MAX]) + (", …" if len(first) > NAMES_MAX else "")


def listed(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """What is told of one form: each fault once, and beyond `FINDINGS_MAX` only how many more there are."""
    every = tuple(dict.fromkeys(found))
    if len(every) <= FINDINGS_MAX:
        return every
    return (*every[:FINDINGS_MAX], finding("more-findings", "", number=len(every) - FINDINGS_MAX))
