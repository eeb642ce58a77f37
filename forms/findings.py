"""Every fault that data can have; its words stand in `said/`, a file a language (SPEC.md section 8).

One catalogue, so that a code means the same wherever it is listed. The sentences are ours and speak to a
worker or to the maker of a form; they never repeat an answer, because findings travel further than answers.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

import msgspec

from forms import sentences

FINDINGS_MAX: Final = 500  # listed for one form: nobody mends more before looking again
NAMES_MAX: Final = 20  # in one sentence: nobody reads more


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault: a stable code, where it is, and what to do about it in both languages.

    A fault in an expression says at which words it is (`start` to `end`, counted in characters of its text),
    and what was probably meant. `facts` are what a sentence in another language is filled in with.
    """

    code: str
    path: str
    nl: str
    en: str
    start: int | None = None
    end: int | None = None
    suggestion: str | None = None
    facts: tuple[tuple[str, Any], ...] = ()


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
        sentences.filled(sentences.findings(language)[code], facts, language) for language in sentences.LANGUAGES
    )
    if suggestion is not None:
        dutch, english = (
            f"{sentence} {sentences.speech(language).phrases['did-you-mean'].format(suggestion=suggestion)}"
            for language, sentence in zip(sentences.LANGUAGES, (dutch, english), strict=True)
        )
    return Finding(
        code,
        path,
        dutch,
        english,
        start,
        end,
        suggestion,
        tuple((name, sentences.wire(fact)) for name, fact in facts.items()),
    )


def some(names: Iterable[str]) -> str:
    """Names as a sentence lists them: not more than people read."""
    first = list(islice(names, NAMES_MAX + 1))
    return ", ".join(first[:NAMES_MAX]) + (", …" if len(first) > NAMES_MAX else "")


def listed(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """List the findings of one form: each fault once, and beyond `FINDINGS_MAX` only their number."""
    every = tuple(dict.fromkeys(found))
    if len(every) <= FINDINGS_MAX:
        return every
    return (*every[:FINDINGS_MAX], finding("more-findings", "", number=len(every) - FINDINGS_MAX))
