"""Compares two versions of a form, in words, and counts answers that would not fit any more (SPEC.md 12.4)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from forms import answers as answering
from forms import paths
from forms.definition.document import Form, Section
from forms.findings import Finding
from forms.records.in_words import InWords
from forms.records.relevance import Examiner
from forms.schema.question import Question
from forms.sentences import LANGUAGES, phrase, speech
from forms.versions.changes import Change, both, change
from forms.versions.moving import Mover, renamed
from forms.versions.weakening import weaker
from forms.wording import exact

_LIMITS: Final = (  # of a schema's leaf, whether a higher number lets less through, and what it is called
    ("minLength", True, "limit-signs-least"), ("maxLength", False, "limit-signs-most"),
    ("minimum", True, "limit-least"), ("maximum", False, "limit-most"),
    ("exclusiveMinimum", True, "limit-above"), ("exclusiveMaximum", False, "limit-below"),
    ("minItems", True, "limit-count-least"), ("maxItems", False, "limit-count-most"),
)  # fmt: skip
_WAYS: Final = (("pattern", "limit-pattern"), ("multipleOf", "limit-step"), ("format", "limit-format"))
Pair = tuple[str, ...]  # a fact in words, in each of `LANGUAGES`
_HEAD: Final = ("title", "purpose", "legal_basis", "retention")


def difference(before: Form, after: Form) -> tuple[Change, ...]:
    """Everything in which a version differs from the one before: what it protects less, the form, its questions in
    order, then its rules.
    """
    found: list[Change] = [*weaker((before,), after)]
    for member in _HEAD:
        if getattr(before, member) != getattr(after, member):
            found.append(change(f"{member.replace('_', '-')}-changed", f"/{member}"))
    origin = {renamed(question.path, after.moves): question for question in (*before.questions, *before.local)}
    for question in (*after.questions, *after.local):
        old = origin.get(question.path)
        if old is None:
            found.append(change("question-added", question.path, label=both(question.label)))
        else:
            found += _of_question(old, question, before, after)
    for path, question in origin.items():
        if after.leaf(path) is None and not after.stays(path):
            found.append(change("question-gone", question.path, label=both(question.label)))
    return (*found, *_of_rules(before, after), *_of_pages(before, after))


def _of_question(old: Question, new: Question, before: Form, after: Form) -> Iterator[Change]:
    if old.path != new.path:
        yield change("question-renamed", new.path, old=old.path)
    if old.kind != new.kind:
        yield change("kind-widened", new.path, before=_kind(old.kind), after=_kind(new.kind))
    one, other = _written(before, old), _written(after, new)
    if one["label"] != other["label"]:
        was, now = _said_in(before, one["label"], old.repeat), _said_in(after, other["label"], new.repeat)
        yield change("label-changed", new.path, before=was, after=now)
    if one["hint"] != other["hint"]:
        yield change("hint-changed", new.path)
    if old.merge != new.merge:
        yield change("merge-changed", new.path, before=phrase(f"merge-{old.merge}"), after=phrase(f"merge-{new.merge}"))
    if old.local_only != new.local_only:
        yield change("now-local" if new.local_only else "no-longer-local", new.path)
    if old.listed != new.listed:
        yield change("list-changed", new.path, narrows=True, before=old.listed or "-", after=new.listed or "-")
    if (old.widget, old.reference, old.prefill, old.subject) != (new.widget, new.reference, new.prefill, new.subject):
        yield change("asked-differently", new.path)
    if old.sensitivity != new.sensitivity:
        yield change("sensitivity-changed", new.path, before=old.sensitivity, after=new.sensitivity)
    yield from _of_choices(old, new, after)
    yield from _of_schema(old, new)


def _written(form: Form, question: Question) -> Mapping[str, Mapping[str, str]]:
    """The label and hint of a question as they were written, with the answers that they mention."""
    return form.spoken.get(question.path) or {"label": question.label, "hint": question.hint}


def _of_choices(old: Question, new: Question, after: Form) -> Iterator[Change]:
    codes = after.moves.mapped.get(new.path, {})
    for code in new.codes:
        if code not in old.codes and old.codes:
            yield change("choice-added", new.path, choice=both(new.choices[code]))
        elif code in old.codes and old.choices[code] != new.choices[code]:
            yield change("choice-label-changed", new.path, choice=both(old.choices[code]), to=both(new.choices[code]))
    for code in old.codes if new.codes else ():
        if code not in new.codes:
            to = codes.get(code)
            if to is None:
                yield change("choice-gone", new.path, narrows=True, choice=both(old.choices[code]))
            else:
                yield change(
                    "choice-mapped", new.path, choice=both(old.choices[code]), to=both(new.choices.get(to, {}))
                )
    if [code for code in old.codes if code in new.codes] != [code for code in new.codes if code in old.codes]:
        yield change("choice-order-changed", new.path)


def _of_schema(old: Question, new: Question) -> Iterator[Change]:
    one, other = old.node, new.node
    for limit, lower, called in _LIMITS:
        was, now = one.get(limit), other.get(limit)
        if was != now:
            widest = float("-inf") if lower else float("inf")
            a, b = widest if was is None else was, widest if now is None else now
            narrows = b > a if lower else b < a
            yield change("limit-narrowed" if narrows else "limit-widened", new.path, narrows=narrows,
                         limit=phrase(called), before=_said(was), after=_said(now))  # fmt: skip
    for keyword, called in _WAYS:
        was, now = one.get(keyword), other.get(keyword)
        if was != now:
            yield change("pattern-changed", new.path, narrows=now is not None, limit=phrase(called))
    if old.required != new.required:
        yield change("now-required" if new.required else "no-longer-required", new.path)


def _said(limit: float | None) -> Pair:
    return phrase("limit-none") if limit is None else _in_languages(lambda language: exact(limit, language))


def _said_in(form: Form, words: Mapping[str, str], repeat: str | None) -> Pair:
    """The same, with the answers that they mention by their questions."""
    return _in_languages(lambda language: InWords(form, language).text(words, repeat))


def _kind(kind: str) -> Pair:
    return _in_languages(lambda language: speech(language).preview[kind])


def _in_languages(say: Callable[[str], str]) -> Pair:
    return tuple(map(say, LANGUAGES))


def _of_rules(before: Form, after: Form) -> Iterator[Change]:
    """Conditions, computed fields, checks and banners, by their trees: how a text is spelled makes no difference."""
    one, other = _rules(before), _rules(after)
    for key in [*one, *(key for key in other if key not in one)]:
        kind, path = key
        if key not in other:
            yield change(f"{kind}-gone", path)
        elif key not in one:
            yield change(f"{kind}-added", path)
        elif one[key] != other[key]:
            yield change(f"{kind}-changed", path)


def _rules(form: Form) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for at, tree in form.logic.trees.items():
        names = paths.parse(at)
        if names[0] == "fields" and names[-1] == "show_if":
            found["condition", names[1]] = repr(tree)
        elif names[0] == "fields" and names[-1] == "required_if":
            found["demand", names[1]] = repr(tree)
        elif names[0] == "fields" and names[-1] == "first":
            found["first", names[1]] = repr(tree)
        elif names[0] == "computed":
            found["computed", names[1]] = repr(tree)
        elif names[0] == "layout" and names[-1] == "show_if" and "banner" not in names:
            found["condition", f"/layout/{names[1]}"] = repr(tree)
    checks: dict[tuple[str, str], list[Any]] = {}
    for check in form.logic.checks:
        checks.setdefault(("check", check.at), []).append((repr(check.tree), check.level, dict(check.say)))
    for banner in form.logic.banners:
        checks.setdefault(("banner", f"/layout/{banner.section}"), []).append((repr(banner.tree), dict(banner.say)))
    for hold in form.logic.withheld:
        found["withheld", hold.path] = (repr(hold.tree), hold.who)
    for offer in form.logic.offers:
        found["offer", offer.path] = (repr(offer.tree), {code: dict(own) for code, own in offer.attributes.items()})
    return found | {key: sorted(map(repr, those)) for key, those in checks.items()}


def _of_pages(before: Form, after: Form) -> Iterator[Change]:
    if _pages(before.sections) != _pages(after.sections):
        yield change("layout-changed", "/layout")


def _pages(sections: tuple[Section, ...]) -> list[Any]:
    return [(dict(section.title), section.questions) for section in sections]


class Fit:
    """Looks which answers of real records would not fit a draft, although they fit the version before it.

    `today` is the date that its checks compare with.
    """

    def __init__(self, before: Form, draft: Form, today: str) -> None:
        self._before, self._draft, self._today = before, draft, today
        self._mover = Mover((before, draft))
        self._then, self._now = Examiner(before), Examiner(draft)

    def misfits(self, answers: Mapping[str, Any]) -> set[tuple[str, str]]:
        """The question (by template) and the code of what would be found; `earlier` where it is not asked any more.

        `answers` are a record's, by path, as the version before shows them.
        """
        mine = {path: value for path, value in answers.items() if self._before.has(path) and value is not None}
        moved = self._mover.answers(mine)
        placed = {path: value for path, value in moved.items() if self._draft.has(path)}
        gone = {(paths.template(path), "earlier") for path in mine if not self._draft.has(self._mover.path(path))}
        gone = {(path, code) for path, code in gone if self._before.leaf(path) is not None}
        then = {(self._mover.path(one.path), one.code) for one in self._findings(self._then, mine)}
        now = {(one.path, one.code) for one in self._findings(self._now, placed)}
        return gone | {(paths.template(path), code) for path, code in now - then}

    def _findings(self, examiner: Examiner, answers: Mapping[str, Any]) -> tuple[Finding, ...]:
        return examiner.examine(answering.assemble(answers), self._today).findings
