"""P23: what the rules left open, weighed by all of its words; and what they struck in a text about things alone.

(SPEC.md section 9.)
"""

from collections.abc import Iterable, Iterator
from typing import Final

from forms.lint.asked import Asked
from forms.lint.findings import LintFinding, struck
from forms.lint.fold import plain_words
from forms.lint.rules import sets, weights
from forms.lint.sites import Site
from forms.lint.things import names_somebody
from forms.lint.unread import is_of_another_language, language_is_read
from forms.lint.weighing import Weighed, weighed
from forms.schema.fields import words
from forms.schema.question import Question

WHOLE: Final = "question"  # the place of a finding about a label with its hint and its choices
FORMAL: Final = frozenset({"P10", "P11", "P17", "P19", "P22"})  # say nothing of what is asked
WORDS_MIN: Final = 2  # of one word alone the rules judge
SPARED_MIN: Final = 3  # words, articles aside


def of_form(form: Asked, found: Iterable[LintFinding]) -> Iterator[LintFinding]:
    """Find what weighs as much as what was refused, where no rule has said anything of what is asked."""
    told = {one.path for one in found if one.code not in FORMAL}
    for question in form.questions:
        if question.path not in told:
            asked = [tongue for tongue, label in question.label.items() if _is_weighed(label, tongue)]
            yield from _of(question.path, WHOLE, ((tongue, _whole(question, tongue)) for tongue in asked))
    pages = enumerate(form.parts.layout)
    banners = ((f"/layout/{page}/banner/say", one.banner.say) for page, one in pages if one.banner is not None)
    for path, said in (("/title", form.document.get("title")), *banners):
        if path not in told:
            texts = [(tongue, text) for tongue, text in words(said).items() if _is_weighed(text, tongue)]
            yield from _of(
                path, path.rsplit("/", 2)[-2] or "title", ((tongue, weighed(text)) for tongue, text in texts)
            )


def of_text(site: Site) -> Iterator[LintFinding]:
    """Find the same in one text with no form around it."""
    if _is_weighed(site.text, site.language):
        yield from _of(site.path, site.place, [(site.language, weighed(site.text))])


def _is_weighed(text: str, tongue: str | None) -> bool:
    """True if a text is more than a name, in a language of which the lint has words."""
    enough = len(plain_words(text)) >= WORDS_MIN
    return enough and language_is_read(tongue) and not is_of_another_language(text)


def _of(path: str, place: str, those: Iterable[tuple[str | None, Weighed]]) -> Iterator[LintFinding]:
    """One finding for one place: in the language in which it weighs most, a warning where that is in doubt."""
    language, most = max(those, key=lambda one: one[1].weight, default=(None, Weighed(float("-inf"), ())))
    if most.weight >= weights().doubted:
        doubtful = most.weight < weights().refused
        yield struck("P23", path, place, language, most.words, level="warning" if doubtful else None)


def is_spared(question: Question | None, language: str | None, text: str) -> bool:
    """True if a text names nobody, and by itself and with its question weighs as little as a question about things.

    A code has no language: then it must be so in every one. What is asked has a few words, or it is asked of whoever
    the form is about.
    """
    if question is None:
        return _is_of_things(text) and not names_somebody(text)
    if question.listed is not None or names_somebody(f"{question.said} {text}"):
        return False
    tongues = [language] if language in question.label else list(question.label)
    least = weights().spared
    return bool(tongues) and all(
        _is_of_things(question.label[tongue or ""]) and _whole(question, tongue).weight <= least for tongue in tongues
    )


def _is_of_things(label: str) -> bool:
    """True if a label of some words weighs as little as one about things."""
    said = set(plain_words(label)) - set(sets().articles)
    return len(said) >= SPARED_MIN and weighed(label).weight <= weights().spared


def _whole(question: Question, tongue: str | None) -> Weighed:
    """A label weighed with its hint and its choices; what stands on a list of the municipality are names."""
    name = tongue or ""
    chosen = () if question.listed else tuple(said.get(name, "") for said in question.choices.values())
    return weighed(question.label.get(name, ""), question.hint.get(name, ""), chosen)
