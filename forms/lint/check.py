"""The privacy lint: every rule over every text and the shape of a form (SPEC.md of this room)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from forms.lint import formulas, frame, language, left_open, origins, questions, scattered, unread
from forms.lint.asked import (
    NESTED_MAX,
    QUESTIONS_MAX,
    Asked,
    asked,
    asked_as,
    listing,
    mapping,
    too_deep,
)
from forms.lint.entries import TOGETHER
from forms.lint.findings import LintFinding, own, struck
from forms.lint.fold import plain, plain_words
from forms.lint.frame import Publication
from forms.lint.mentions import TOGETHER_MAX
from forms.lint.rules import Level, Rule, rule
from forms.lint.scattered import Naming
from forms.lint.sites import Site, sites
from forms.lint.things import is_about_somebody, of_things
from forms.lint.words import Strike, found_in, found_near
from forms.schema.fields import Field
from forms.schema.question import Choices, Question

TEXT_MAX: Final = 4_000  # a page; what is longer is no label, and looking through it takes longer than publishing may
ATTRIBUTE_VALUES_MAX: Final = 12_000  # different ones of a list: a number for each of the most items, and what filters
WHOLE_CHOICES_MAX: Final = 12
WHOLE_TEXT_MAX: Final = 600
CHOSEN: Final = frozenset({"choice-code", "choice-label", "list"})
SPARED: Final = frozenset({"P01", "P02", "P03", "P04", "P05", "P06", "P07", "P08", "P20"})  # of people
ASKED_PLACES: Final = frozenset({"label", "hint", "title", "section", "choice-label", "choice-code"})
REASON_WORDS_MIN: Final = 4  # a reason says what is asked and why it is needed; "is nodig" does neither


def lint(
    document: Mapping[str, Any],
    lists: Mapping[str, Choices] | None = None,
    publication: Publication | None = None,
    earlier: Iterable[Naming] = (),
) -> tuple[LintFinding, ...]:
    """Everything in a form that the rules forbid, or that needs a reason.

    `lists` are the municipality's lists that the form takes choices from, by name. `publication` is handed in
    when a version is published; a form that only ships has no controller yet. `earlier` are the questions of
    versions published before, whose answers stay beside those of this one. The form can be published when no
    finding `stops`: a warning that the form carries with a reason does not.
    """
    document = mapping(document)
    if too_deep(document):
        return (own("lint-too-deep", "", limit=NESTED_MAX),)
    form = asked(document, lists or {})
    found = dict.fromkeys(_findings(form, publication, earlier))
    found |= dict.fromkeys(left_open.of_form(form, found))
    return tuple(_settled(found, listing(document.get("lint"))))


def lint_text(text: str, tongue: str | None = None, place: str = "label", path: str = "") -> tuple[LintFinding, ...]:
    """Lint one text with no form around it: a title of a project, a name, a remark."""
    site = Site(path, place, text, tongue)
    found = (*_of_words(site, None), *origins.of_text(site))
    found = found or tuple(left_open.of_text(site))
    return tuple(dict.fromkeys((*found, *language.of_text(site), *unread.of_texts([] if _refused(found) else [site]))))


def lint_list(
    name: str, choices: Choices, attributes: Mapping[str, Collection[str]] | None = None
) -> tuple[LintFinding, ...]:
    """Lint a municipality's list by itself, before any form takes its choices.

    `attributes` are its other columns, each with all that stands in it: they reach the devices like the labels do.
    """
    found: list[LintFinding] = []
    unknown: list[Site] = []
    said: dict[str, Choices] = {name: choices}
    for column, values in (attributes or {}).items():
        said[f"{name}/{column}"] = {value: {} for value in sorted(values)}
    if sum(map(len, said.values())) - len(choices) > ATTRIBUTE_VALUES_MAX:
        return (own("lint-too-many-values", "/" + name, limit=ATTRIBUTE_VALUES_MAX),)
    for listed, those in said.items():
        field = Field(sensitivity="S0", listed=listed.rpartition("/")[2])
        question = Question("/" + listed, "choice", field=field, choices=those)
        form = Asked({}, (question,), (), {question.name: those})
        for site in sites(form):
            struck_here = tuple(_of_words(site, form))
            found += [*struck_here, *language.of_text(site)]
            unknown += [] if _refused(struck_here) else [site]
        found += origins.of_question(question)
    return tuple(dict.fromkeys((*found, *unread.of_texts(unknown))))


def _refused(found: Iterable[LintFinding]) -> bool:
    """True if a text is refused already: what language it is in says nothing more."""
    return any(one.level == "error" for one in found)


def _findings(form: Asked, publication: Publication | None, earlier: Iterable[Naming]) -> Iterator[LintFinding]:
    unknown: list[Site] = []
    for site in sites(form):
        if site.unread:
            yield own("lint-mentions-many", site.path, limit=TOGETHER_MAX)
            continue
        if len(site.text) > TEXT_MAX:
            yield own("lint-too-long", site.path, limit=TEXT_MAX)
            continue
        found = (*_of_words(site, form), *origins.of_text(site))
        yield from (*found, *language.of_text(site))
        unknown += [] if _refused(found) else [site]
    yield from unread.of_texts(unknown)
    if len(form.questions) + len(form.groups) >= QUESTIONS_MAX:
        yield own("lint-too-many", "/schema", limit=QUESTIONS_MAX)
    for question in form.questions:
        if question.listed is not None and question.listed not in form.lists:
            yield own("lint-list-missing", question.path, name=question.listed)
        yield from questions.of_question(question, form)
        yield from _of_whole(question)
        yield from origins.of_question(question)
    yield from scattered.of_form(form, earlier)
    yield from formulas.of_form(form)
    yield from frame.of_form(form, publication)
    yield from language.of_form(form)


def _of_words(site: Site, form: Asked | None) -> Iterator[LintFinding]:
    """The rules whose words stand in one text."""
    by_rule: dict[str, list[Strike]] = {}
    for strike in _meant(site, found_in(site.text, site.language)):
        by_rule.setdefault(strike.code, []).append(strike)
    for code, those in by_rule.items():
        broken = rule(code)
        coarse = code == "P09" and questions.coarse(site.question)
        if _applies(broken, site) and not _excused(broken, site) and not coarse:
            words, level = tuple(dict.fromkeys(strike.word for strike in those)), _level(broken, site, form)
            if level == "warning" or not _is_spared(code, site, words):
                yield struck(code, site.path, site.place, site.language, words, level)


def _is_spared(code: str, site: Site, struck_words: Iterable[str]) -> bool:
    """True if an error stands open in a text about things alone. What is hidden, and a name, is never spared."""
    if code not in SPARED or site.place not in ASKED_PLACES:
        return False
    words = set(plain_words(site.text))
    return all(set(word.split()) <= words for word in struck_words) and left_open.is_spared(
        site.question, site.language, site.text
    )


def _of_whole(question: Question) -> Iterator[LintFinding]:
    """The rules that only a label, its hint and its choices break together: `group`, `white`, `black`."""
    if question.listed is not None or len(question.choices) > WHOLE_CHOICES_MAX:
        return
    for tongue, label in question.field.label.items():
        hint = (question.field.hint or {}).get(tongue, "")
        row = [label, hint, *(said.get(tongue, "") for said in question.choices.values())]
        text = " / ".join(filter(None, row))
        if text == label or len(text) > WHOLE_TEXT_MAX:
            continue
        apart = {strike.code for one in row for strike in found_near(one, tongue)}
        site = Site(question.path, "question", text, tongue, question)
        found = [
            one for one in found_near(text, tongue) if one.entry in rule(one.code).halves and one.code not in apart
        ]
        for code in dict.fromkeys(one.code for one in _meant(site, tuple(found))):
            read = tuple(dict.fromkeys(one.word for one in found if one.code == code))
            yield struck(code, site.path, site.place, tongue, read, _level(rule(code), site, None))


def _meant(site: Site, strikes: tuple[Strike, ...]) -> tuple[Strike, ...]:
    """The strikes that are about people: of the breed of a cow and the roof of a church nothing needs to be said.

    Of rules of one group, those that struck only by words near each other say nothing new where another struck.
    """
    if not strikes:
        return ()
    if site.place in CHOSEN:
        strikes = tuple(strike for strike in strikes if strike.entry not in rule(strike.code).asked)
    soft = [strike for strike in strikes if strike.entry in rule(strike.code).of_things]
    near = site.question.said if site.question is not None else ""
    if soft and of_things(site.text, near):
        strikes = tuple(strike for strike in strikes if strike not in soft)
    weak = [strike for strike in strikes if strike.entry in rule(strike.code).weak]
    if weak and not is_about_somebody(near, site.text):
        strikes = tuple(strike for strike in strikes if strike not in weak)
    firm = {strike.code for strike in strikes if TOGETHER not in strike.entry}
    taken = {rule(code).group for code in firm if rule(code).level == "error"}
    for code in sorted({strike.code for strike in strikes} - firm):
        if rule(code).group in taken:
            strikes = tuple(strike for strike in strikes if strike.code != code)
        elif rule(code).level == "error":
            taken.add(rule(code).group)
    return strikes


def _applies(broken: Rule, site: Site) -> bool:
    if broken.places and site.place not in broken.places:
        return False
    return not broken.kinds or site.question is None or asked_as(site.question) in broken.kinds


def _excused(broken: Rule, site: Site) -> bool:
    """True if words of the same question, or of the same choice, show that it is meant well."""
    if not broken.unless or (broken.code == "P04" and site.code is None):  # a referral is a choice, never a text
        return False
    near = [site.text]
    if site.question is not None and site.code is None:
        near.append(site.question.said)
    elif site.question is not None and site.code is not None:
        near += [site.code, *site.question.choices.get(site.code, {}).values()]
    said = plain(" / ".join(near))
    return any(word.strip("*") in said for word in broken.unless)


def _level(broken: Rule, site: Site, form: Asked | None) -> Level:
    if broken.code == "P09" and form is not None and questions.hunted(form, site.question):
        return "error"
    return broken.levels.get(site.place, broken.level)


def _settled(found: Iterable[LintFinding], carried: Iterable[Any]) -> Iterator[LintFinding]:
    """The findings, with the form's own reasons at the warnings; and what is wrong with those reasons.

    One reason carries the warnings of one rule at one path.
    """
    findings = list(found)
    struck_at: dict[tuple[str, str], set[str]] = {}
    for finding in findings:
        struck_at.setdefault((finding.code, finding.path), set()).add(finding.level)
    reasons: dict[tuple[str, str], str] = {}
    faults = []
    for place, member in enumerate(carried):
        one, at = mapping(member), f"/lint/{place}"
        key = (str(one.get("rule", "")), str(one.get("at", "")))
        levels = struck_at.get(key, set())
        if len(str(one.get("reason", "")).split()) < REASON_WORDS_MIN:
            faults.append(own("lint-no-reason", at, limit=REASON_WORDS_MIN))
        elif "error" in levels:
            faults.append(own("lint-not-acceptable", at, rule=key[0]))
        elif not levels or key in reasons:
            faults.append(own("lint-unused", at))
        else:
            reasons[key] = str(one["reason"])
    for finding in findings:
        reason = reasons.get((finding.code, finding.path), "") if finding.level == "warning" else ""
        yield msgspec.structs.replace(finding, reason=reason) if reason else finding
    yield from faults
