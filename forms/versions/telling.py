"""Finds what gives an answer away that the version before kept (SPEC.md 12.6): a computed field, a first answer, a
filter of choices, a check, a banner or a text that says it to more readers than the answer has. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from forms.definition.document import Form
from forms.definition.logic import Withhold
from forms.definition.members import AUDIENCES
from forms.definition.mentions import meant, mentioned
from forms.expressions.tree import Tree, names
from forms.records.speaking import bounds_of, known_of, repeat_of
from forms.schema.question import Question
from forms.versions.behind import Behind
from forms.versions.changes import Change, change
from forms.versions.moving import renamed

LEAST: Final = "S0"
COPIES: Final = frozenset(
    {"first", "text"}
)  # what says an answer apart; a computed field is withheld with what it reads


class Reading(NamedTuple):
    """One thing of a form that reads answers: what and whose it is, its own class, and what it makes of them.

    `heard` are the audiences whose export has it whenever it has anything.
    """

    kind: str
    at: str
    own: str
    sources: frozenset[str]
    made: str
    heard: frozenset[str]


def told(before: Form, draft: Form, stood: Mapping[str, Question]) -> Iterator[Change]:
    """Every answer that something of a draft gives away, and nothing of the version before did.

    `stood` are the questions that were answered before, by their paths in the draft.
    """
    known = known_of(draft)
    moved: dict[tuple[str, str, str], list[Reading]] = {}
    for one in _readings(before):
        for source in one.sources:
            key = (one.kind, renamed(one.at, draft.moves), renamed(source, draft.moves))
            moved.setdefault(key, []).append(one)
    kept = {one.path: one for one in draft.logic.withheld}
    for reading in _readings(draft):
        for source in sorted(reading.sources & stood.keys() & known.keys()):
            earlier = [one for one in moved.get((reading.kind, reading.at, source), ()) if one.made == reading.made]
            asked, was = known[source], stood[source].sensitivity
            yield from _of(reading, asked, max(asked.sensitivity, was), kept.get(source), earlier)


def _of(
    reading: Reading, asked: Question, given: str, kept: Withhold | None, earlier: Sequence[Reading]
) -> Iterator[Change]:
    label = asked.label.get("nl") or asked.path
    if reading.own < given and not any(one.own <= reading.own for one in earlier):
        yield change("weaker-told", reading.at, weakens=True, label=label, before=given, after=reading.own)
    if kept is None or reading.kind not in COPIES or reading.at == asked.path:
        return
    for who in AUDIENCES:
        if who in kept.who and who in reading.heard and not any(who in one.heard for one in earlier):
            yield change(f"weaker-told-{who}", reading.at, weakens=True, label=label)


def _readings(form: Form) -> Iterator[Reading]:
    behind, known = Behind(form), known_of(form)
    always = {one.path: frozenset(one.who) for one in form.logic.withheld if one.tree is True}

    def reading(kind: str, at: str, reads: frozenset[str], made: Any) -> Reading:
        own = max(bounds_of(form, known, at).ceiling, LEAST)
        heard = frozenset(AUDIENCES) - always.get(at, frozenset())
        return Reading(kind, at, own, behind.sources(reads), repr(made) + behind.ways(reads), heard)

    for kind, at, tree, repeat, made in _expressions(form):
        yield reading(kind, at, names(tree, repeat), made)
    for offer in form.logic.offers:
        yield reading("offer", offer.path, offer.reads, (offer.tree, offer.attributes, offer.listed))
    for at, words in _texts(form):
        for name in mentioned(words):
            template = meant(name, repeat_of(form, at), known)
            if template is not None:
                yield reading("text", at, frozenset({template}), None)


def _expressions(form: Form) -> Iterator[tuple[str, str, Tree, str | None, Any]]:
    logic = form.logic
    yield from (("computed", one.path, one.tree, one.repeat, one.tree) for one in logic.computed)
    yield from (("first", one.path, one.tree, one.repeat, one.tree) for one in logic.firsts)
    yield from (("check", one.at, one.tree, one.repeat, one.tree) for one in logic.checks)
    yield from (("banner", f"/layout/{one.section}", one.tree, None, one.tree) for one in logic.banners)


def _texts(form: Form) -> Iterator[tuple[str, Mapping[str, str]]]:
    for path, said in form.spoken.items():
        yield from ((path, words) for words in (said["label"], said["hint"], *said["choices"].values()))
    for number, pair in enumerate(form.spoken_pages):
        yield from ((f"/layout/{number}", words) for words in pair)
    yield from ((check.at, check.say) for check in form.logic.checks)
