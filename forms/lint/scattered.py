"""P02: questions of one form that are a list of lands together, each with one of them (SPEC.md section 4).

A list of choices is a register in one question; the same lands as a box each, a page each, or one a version, are that
register by parts. The shape of a question says nothing here: what its words name does.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.lint import origins
from forms.lint.asked import Asked
from forms.lint.findings import LintFinding, shaped
from forms.lint.rules import Level
from forms.lint.things import of_goods
from forms.schema.fields import NOTHING
from forms.schema.question import Question

NAMED_MAX: Final = 8  # of the lands that a finding names

_PIECE: Final = re.compile(r"[A-Za-z]+")


class Naming(msgspec.Struct, frozen=True):
    """The words of one question or page: where it stands, its name, what it asks and what can be chosen."""

    path: str
    name: str
    texts: tuple[str, ...]


def naming_of(path: str, label: Mapping[str, str], hint: Mapping[str, str], choices: Mapping[str, Any]) -> Naming:
    """The part that a question is; in a list of the municipality no choice of this form stands."""
    chosen = [text for code, said in choices.items() for text in (code, *said.values())]
    return Naming(path, path.rpartition("/")[2], (*label.values(), *hint.values(), *chosen))


def of_form(form: Asked, earlier: Iterable[Naming] = ()) -> Iterator[LintFinding]:
    """The finding on a form whose questions and pages name lands or peoples by parts, with those of earlier versions.

    Two of them are a warning, for it may be chance; three, or three codes of them in one wording, are no chance.
    """
    own = [*_questions(form), *_pages(form)]
    if not own:
        return
    both = [*own, *earlier]
    named = {place: some for place, part in enumerate(both) if (some := origins.named_in(part.texts, part.name))}
    lands = named if any(origins.is_sure(land) for some in named.values() for land in some) else {}
    codes = _codes(both)
    level = _level(lands, codes)
    first = next((place for place in (*lands, *codes) if place < len(own)), None)
    if level is None or first is None:
        return
    words = dict.fromkeys(land for some in (*lands.values(), *codes.values()) for land in some)
    yield shaped("P02", "parts", own[first].path, words=tuple(words)[:NAMED_MAX], level=level)


def _level(lands: Mapping[int, list[str]], codes: Mapping[int, list[str]]) -> Level | None:
    kinds = origins.kinds(land for some in lands.values() for land in some)
    if codes or (len(kinds) >= origins.CODES_MIN and len(lands) > 1):
        return "error"
    return "warning" if len(kinds) >= origins.KNOWN_MIN and len(lands) > 1 else None


def _questions(form: Asked) -> Iterator[Naming]:
    for question in form.questions:
        if not of_goods(question.said) and not _is_listed(question):
            yield naming_of(question.path, question.field.label, question.field.hint or {}, question.choices)
    for path in form.parts.computed:
        field = form.parts.fields.get(path, NOTHING)
        yield naming_of(path, field.label, field.hint or {}, {})


def _is_listed(question: Question) -> bool:
    """True if the choices of a question are judged as a list by themselves, with all that it names."""
    return question.listed is not None or len(origins.kinds(origins.named_in(_labels(question), ""))) > 1


def _labels(question: Question) -> list[str]:
    return [text for code, said in question.choices.items() for text in (code, *said.values())]


def _pages(form: Asked) -> Iterator[Naming]:
    for group in form.groups:
        yield Naming(group, group.rpartition("/")[2], ())
    for number, page in enumerate(form.parts.layout):
        yield Naming(paths.format(["layout", str(number)]), "", tuple(page.section.values()))


def _codes(parts: Iterable[Naming]) -> dict[int, list[str]]:
    """The codes of lands in parts that differ by nothing else, where there are enough of them to be no chance."""
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for place, part in enumerate(parts):
        named = [("name", part.name, piece) for piece in _PIECE.finditer(part.name)]
        named += [("text", text, piece) for text in part.texts for piece in _PIECE.finditer(text) if piece[0].isupper()]
        for where, text, piece in named:
            if origins.is_code(piece[0].casefold()):
                frame = f"{where} {text[: piece.start()]}*{text[piece.end() :]}"
                found[frame][place].append(piece[0].casefold())
    for places in found.values():
        if len({code for codes in places.values() for code in codes}) >= origins.CODES_MIN and len(places) > 1:
            return dict(places)
    return {}
