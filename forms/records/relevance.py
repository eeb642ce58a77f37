"""Evaluates a record: what is asked, computed and cross-checked in it (SPEC.md section 10).

Nothing is erased: what is hidden is left out of what is shown, and comes back with the answer that hid it.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.answers import ITEM_ID
from forms.definition.document import Form
from forms.definition.inspection import LANGUAGE
from forms.definition.logic import Banner, Check, Compute, Hide
from forms.definition.mentions import bare
from forms.expressions.evaluation import Run, compile_tree
from forms.expressions.functions import given
from forms.findings import Finding
from forms.records.offering import Lists, Offering
from forms.records.validation import Validator

CHECK_CODES: Final = {  # the level of a check, and the code of its finding
    "error": "check-error",
    "warn": "check-warn",
    "ask_reason": "check-ask-reason",
}


class Seen(msgspec.Struct, frozen=True):
    """One record as its form shows it.

    `document` has the answers that are shown, `hidden` the field paths (of questions, computed fields and groups)
    that are not, answered or not, and `computed` every computed field that is shown, `null` where it has no value:
    both sorted by path, so that nothing depends on the order in which a form says things.
    `findings` are what does not fit, then the checks that do not hold; `banners` the sections that warn.
    """

    document: Mapping[str, Any]
    hidden: tuple[str, ...] = ()
    computed: Mapping[str, Any] = {}
    findings: tuple[Finding, ...] = ()
    banners: tuple[int, ...] = ()


def completed(seen: Seen) -> dict[str, Any]:
    """The shown document with its computed values in it, as tables and reports hold it."""
    document = dict(seen.document)
    for path, value in seen.computed.items():
        *group, name = paths.parse(path)
        if not group:
            document[name] = value
            continue
        *way, item_id = group
        _copy(document, tuple(way))
        for item in _items(document, tuple(way)):
            if item.get(ITEM_ID) == item_id:
                item[name] = value
    return document


def left_out(path: str, hidden: Collection[str]) -> bool:
    """True if a field path is hidden, by itself or with the group or item that it stands in."""
    while path:
        if path in hidden:
            return True
        path = path.rpartition("/")[0]
    return False


class _Sight:
    """A working copy of one document, in which hidden answers go and computed values come."""

    def __init__(self, document: Mapping[str, Any], today: str) -> None:
        self.document: dict[str, Any] = dict(document)
        self.today = today
        self.hidden: dict[str, None] = {}
        self.computed: dict[str, Any] = {}

    def holds(self, run: Run, item: dict[str, Any] | None = None) -> bool:
        return run(self.document, item, self.today) is True


_Step = Callable[[_Sight], None]


class Examiner:
    """One form version made ready once, to look at any number of its records."""

    def __init__(self, form: Form, lists: Lists | None = None) -> None:
        """`lists` are the codes of the municipality's lists that are at hand, with their attributes to filter by."""
        logic = form.logic
        hides = [step for step in logic.steps if isinstance(step, Hide)]
        self._validator = Validator(form, {target for step in hides for target in step.targets}, lists)
        self._offering = Offering(form, lists)
        self._own = _own(form)
        self._steps = [_hide(step) if isinstance(step, Hide) else _compute(step) for step in logic.steps]
        self._checks = [_check(check) for check in logic.checks]
        self._banners = [(banner.section, _banner(banner, form)) for banner in logic.banners]
        self._computed = [
            (None if step.repeat is None else paths.parse(step.repeat), paths.parse(step.path)[-1])
            for step in logic.computed
        ]
        self._groups = _groups(form)

    def examine(self, document: Mapping[str, Any], today: str) -> Seen:
        """Hide, compute, check and validate. `today` is the date of the record's latest shown entry.

        Takes documents that `answers.assemble` made of values that `answers.check` let pass; what was handed
        in stays as it was.
        """
        sight = _Sight(document, today)
        for way in self._own:
            _copy(sight.document, way)
        for step in self._steps:
            step(sight)
        failed = [found for check in self._checks for found in check(sight)]
        banners = tuple(section for section, shows in self._banners if shows(sight))
        more = tuple(self._offering.findings(sight.document, today))
        self._take_off(sight.document)
        findings = self._validator.findings(sight.document, sight.hidden, more)
        if sight.hidden and findings:
            findings = tuple(one for one in findings if not self._not_asked(one, sight.hidden))
        computed = {path: sight.computed[path] for path in sorted(sight.computed)}
        return Seen(sight.document, tuple(sorted(sight.hidden)), computed, (*findings, *failed), banners)

    def offered(self, seen: Seen, path: str, today: str) -> frozenset[str] | None:
        """The codes that a question offers at a path of a record; None where all of them are."""
        return self._offering.offered(path, completed(seen), today)

    def _take_off(self, document: dict[str, Any]) -> None:
        """Computed values are no answers: they stood in the document for other expressions to read."""
        for group, name in self._computed:
            if group is None:
                document.pop(name, None)
            else:
                for item in _items(document, group):
                    item.pop(name, None)

    def _not_asked(self, one: Finding, hidden: Mapping[str, None]) -> bool:
        """True if an answer is missing that nobody was asked for: hidden, or a group with nothing but such."""
        if one.code != "missing":
            return False
        inside = self._groups.get(one.path, ())
        return one.path in hidden or (bool(inside) and all(path in hidden for path in inside))


# --- documents ---


def _own(form: Form) -> list[tuple[str, ...]]:
    """Copy what of a document must be copied before it is changed: groups first, then the items of repeats."""
    changed: list[str] = []
    for step in form.logic.steps:
        changed += step.targets if isinstance(step, Hide) else [step.path]
    ways: dict[tuple[str, ...], None] = {}
    for path in changed:
        names = paths.parse(path)
        inner = names.index(paths.ANY_ITEM) if paths.ANY_ITEM in names else len(names) - 1
        for end in range(1, inner + 1):
            ways[names[:end]] = None
    return list(ways)


def _copy(document: dict[str, Any], way: tuple[str, ...]) -> None:
    """Replace one group, or the items of one repeat, by a copy."""
    around: Any = document
    for name in way[:-1]:
        around = around.get(name)
        if type(around) is not dict:
            return
    found = around.get(way[-1])
    if type(found) is dict:
        around[way[-1]] = dict(found)
    elif type(found) is list:
        around[way[-1]] = [dict(item) if type(item) is dict else item for item in found]


def _items(document: dict[str, Any], group: tuple[str, ...]) -> list[dict[str, Any]]:
    found: Any = document
    for name in group:
        found = found.get(name) if type(found) is dict else None
    return found if type(found) is list else []


def _groups(form: Form) -> dict[str, tuple[str, ...]]:
    """The groups of a form that are no repeats, with the questions and repeats in them."""
    inside: dict[str, tuple[str, ...]] = {}
    for path in (*(question.path for question in form.questions if question.repeat is None), *form.repeats):
        names = paths.parse(path)
        for end in range(1, len(names)):
            group = paths.format(names[:end])
            inside[group] = (*inside.get(group, ()), path)
    return inside


# --- steps ---


def _hide(step: Hide) -> _Step:
    run = compile_tree(step.tree)
    if step.repeat is not None:
        (target,) = step.targets
        return _hide_in_items(run, step.repeat, paths.parse(target)[-1])
    drops = [_drop(target) for target in step.targets]

    def hide(sight: _Sight) -> None:
        if not sight.holds(run):
            for drop in drops:
                drop(sight)

    return hide


def _hide_in_items(run: Run, repeat: str, name: str) -> _Step:
    group = paths.parse(repeat)

    def hide(sight: _Sight) -> None:
        for item in _items(sight.document, group):
            if not sight.holds(run, item):
                _leave_out(sight, repeat, item, name)

    return hide


def _leave_out(sight: _Sight, repeat: str, item: dict[str, Any], name: str) -> None:
    path = f"{repeat}/{item.get(ITEM_ID)}/{name}"
    item.pop(name, None)
    sight.hidden[path] = None


def _drop(target: str) -> _Step:
    """Leave out one question, computed field or group; of a question of items, that of every item."""
    repeat = paths.repeat_of(target)
    *way, name = paths.parse(target)
    if repeat is not None:
        group = paths.parse(repeat)

        def drop_in_items(sight: _Sight) -> None:
            for item in _items(sight.document, group):
                _leave_out(sight, repeat, item, name)

        return drop_in_items

    def drop(sight: _Sight) -> None:
        around: Any = sight.document
        for part in way:
            around = around.get(part) if type(around) is dict else None
        if type(around) is dict:
            around.pop(name, None)
        sight.hidden[target] = None

    return drop


def _compute(step: Compute) -> _Step:
    run, path, name = compile_tree(step.tree), step.path, paths.parse(step.path)[-1]

    def compute(sight: _Sight) -> None:
        if path in sight.hidden:
            return
        value = sight.computed[path] = given(run(sight.document, None, sight.today))
        if value is not None:
            sight.document[name] = value

    if step.repeat is None:
        return compute
    repeat, group = step.repeat, paths.parse(step.repeat)

    def compute_in_items(sight: _Sight) -> None:
        for item in _items(sight.document, group):
            place = f"{repeat}/{item.get(ITEM_ID)}/{name}"
            if place in sight.hidden:
                continue
            value = given(run(sight.document, item, sight.today))
            sight.computed[place] = value
            if value is not None:
                item[name] = value

    return compute_in_items


def _check(check: Check) -> Callable[[_Sight], list[Finding]]:
    """A check looks only where something was answered: whether it must be is the schema's to say."""
    run, code = compile_tree(check.tree), CHECK_CODES[check.level]
    said = bare(check.say)
    dutch = said[LANGUAGE]
    english = said.get("en", dutch)
    answered = compile_tree(["answer", check.at]) if check.repeat is None else compile_tree(True)

    def look(sight: _Sight) -> list[Finding]:
        value = answered(sight.document, None, sight.today)
        shown = value is not None and check.at not in sight.hidden
        return [Finding(code, check.at, dutch, english)] if shown and not sight.holds(run) else []

    if check.repeat is None:
        return look
    repeat, group, name = check.repeat, paths.parse(check.repeat), paths.parse(check.at)[-1]

    def look_in_items(sight: _Sight) -> list[Finding]:
        return [
            Finding(code, f"{repeat}/{item.get(ITEM_ID)}/{name}", dutch, english)
            for item in _items(sight.document, group)
            if item.get(name) is not None and not sight.holds(run, item)
        ]

    return look_in_items


def _banner(banner: Banner, form: Form) -> Callable[[_Sight], bool]:
    """A section that is hidden does not warn."""
    runs = [compile_tree(banner.tree)]
    section = form.logic.trees.get(f"/layout/{banner.section}/show_if")
    if section is not None:
        runs.append(compile_tree(section))
    return lambda sight: all(sight.holds(run) for run in runs)
