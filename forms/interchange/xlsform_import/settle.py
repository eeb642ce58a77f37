"""Look at the draft as publishing will, and take out what cannot stand, saying so (SPEC.md section 7.4).

Guards what may be hidden: XForms takes a hidden answer for an empty one, and so do we, but only if a form says so.
"""

import json
from collections.abc import Collection, Iterator
from typing import Any, Final

from msgspec.structs import replace

from forms import paths
from forms.definition.shape import TEXT_MAX
from forms.expressions.parser import parse
from forms.expressions.printer import written
from forms.expressions.tree import Node
from forms.findings import Finding
from forms.interchange.drafts import judged
from forms.interchange.xlsform_import.draft import INSTEAD, Asked, Draft, Expression, document
from forms.interchange.xlsform_import.speech import fits
from forms.interchange.xlsform_import.values import Why
from forms.sentences import phrase

ROUNDS_MAX: Final = 40  # what is taken out may leave others without what they read; each round takes out at least one
VALUE_MAX: Final = 80  # characters of a value that a report repeats
_READING: Final = frozenset({"name", "answer"})
_WORDS_AND_CLASS: Final = frozenset({"label", "choices", "sensitivity"})
_CONSTRAINTS: Final = frozenset({"pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})


def settle(draft: Draft) -> tuple[dict[str, Any] | None, tuple[Finding, ...]]:
    """The document of a draft that holds together, and what could not be mended."""
    _shortened(draft)
    for _ in range(ROUNDS_MAX):
        made = document(draft)
        found = judged(made).findings
        if not found:
            return made, ()
        if not _mended(draft, found):
            return made, found
    return document(draft), found


def _shortened(draft: Draft) -> None:
    """Cut what became too long when words were put below each other."""
    for one in draft.asked:
        hint = one.field.get("hint", {})
        if not fits(hint):
            one.field["hint"] = {language: text[:TEXT_MAX] for language, text in hint.items()}
            draft.ledger.changed(one.source, "import-words-cut", limit=TEXT_MAX)


def _mended(draft: Draft, found: tuple[Finding, ...]) -> bool:
    """Take out or guard what the findings name; whether anything was done."""
    places = dict(_places(draft))
    by_place: dict[str, list[Finding]] = {}
    for one in found:
        by_place.setdefault(one.path, []).append(one)
    dropped: list[tuple[str, Expression]] = []
    done = False
    for at, listed in by_place.items():
        expression = places.get(at)
        if expression is None:
            done = _unbound(draft, at, listed[0]) or done
        elif all(one.code == "may-be-hidden" for one in listed):
            _guard(draft, expression, listed)
            done = True
        else:
            _say(draft, expression, next(one for one in listed if one.code != "may-be-hidden"))
            dropped.append((at, expression))
            done = True
    gone = [asked for _, expression in dropped for asked in draft.asked if asked.computed is expression]
    for _, expression in dropped:
        _drop(draft, expression)
    _forget(draft, gone)
    return done


def _forget(draft: Draft, gone: list[Asked]) -> None:
    """Take out what reads a computed field that is gone, and what reads that, and so on."""
    readers: dict[str, list[Expression]] = {}
    for _, expression in _places(draft) if gone else ():
        node = parse(expression.text).node
        for part in node.walk() if node is not None else ():
            if part.op in _READING:
                readers.setdefault(part.value.rpartition("/")[2], []).append(expression)
    while gone:
        one = gone.pop()
        for expression in readers.pop(one.name, []):
            why = phrase("import-was-not-possible", name=one.name)
            gone += [asked for asked in draft.asked if asked.computed is expression]
            _left(draft, expression, why)
            _drop(draft, expression)


def _places(draft: Draft) -> Iterator[tuple[str, Expression]]:
    """Every expression by its place in the document."""
    for place, section in enumerate(draft.sections):
        if section.show_if is not None:
            yield f"/layout/{place}/show_if", section.show_if
        if section.banner_if is not None:
            yield f"/layout/{place}/banner/show_if", section.banner_if
    for one in draft.asked:
        if one.show_if is not None:
            yield paths.format(["fields", one.path, "show_if"]), one.show_if
        if one.offer_if is not None:
            yield paths.format(["fields", one.path, "offer_if"]), one.offer_if
        if one.required_if is not None:
            yield paths.format(["fields", one.path, "required_if"]), one.required_if
        if one.first is not None:
            yield paths.format(["fields", one.path, "first"]), one.first
        if one.computed is not None:
            yield paths.format(["computed", one.path]), one.computed
    for place, check in enumerate(draft.checks):
        yield f"/checks/{place}/if_not", check.if_not


def _guard(draft: Draft, expression: Expression, listed: list[Finding]) -> None:
    """Say that what is hidden counts as empty, at every part of the tree that may be."""
    lists = {one.name for one in draft.asked if one.kind.name == "list"} | {
        path.rpartition("/")[2] for path in draft.repeats
    }
    tree = parse(expression.text).node
    assert tree is not None  # it was read before anything in it was found
    hidden = {(one.start, one.end) for one in listed}
    read = [part for part in tree.walk() if part.op in _READING and (part.start, part.end) in hidden]
    expression.text = written(_guarded(tree, {id(part) for part in read}, lists))
    names = ", ".join(sorted({part.value for part in read}))
    for source, column in expression.origins:
        draft.ledger.carried(source, "import-guarded", column=column, names=names)


def _guarded(node: Node, hidden: Collection[int], lists: Collection[str]) -> Node:
    """The tree in which each of these parts counts as empty while it is hidden."""
    if id(node) in hidden:
        empty = Node("list") if node.value.rpartition("/")[2] in lists else Node("value")
        return Node("coalesce", args=(node, empty))
    return replace(node, args=tuple(_guarded(arg, hidden, lists) for arg in node.args)) if node.args else node


def _say(draft: Draft, expression: Expression, one: Finding) -> None:
    _left(draft, expression, (one.nl.rstrip("."), one.en.rstrip(".")))


def _left(draft: Draft, expression: Expression, why: Why) -> None:
    computed = any(asked.computed is expression for asked in draft.asked)
    told = any(section.banner_if is expression for section in draft.sections)
    for source, column in expression.origins:
        if computed:
            draft.ledger.left(source, "import-calculation-left", why=why)
        elif told:
            draft.ledger.left(source, "import-expression-left", column=column, instead=INSTEAD["note"], why=why)
        else:
            instead = INSTEAD.get(column, INSTEAD["relevant"])
            draft.ledger.changed(source, "import-expression-left", column=column, instead=instead, why=why)


def _drop(draft: Draft, expression: Expression) -> None:
    for section in draft.sections:
        if section.show_if is expression:
            section.show_if = None
        if section.banner_if is expression:
            section.banner, section.banner_if = None, None
    draft.sections = [one for one in draft.sections if one.fields or one.banner is not None]
    draft.checks = [check for check in draft.checks if check.if_not is not expression]
    for one in list(draft.asked):
        if one.show_if is expression:
            one.show_if = None
        if one.offer_if is expression:
            one.offer_if = None
            one.field.pop("attributes", None)
        if one.required_if is expression:
            one.required_if = None
        if one.first is expression:
            one.first = None
        if one.computed is expression:
            remove(draft, one)


def remove(draft: Draft, gone: Asked) -> None:
    """Take a question or computed field out, with its place on a page."""
    draft.asked.remove(gone)
    for section in draft.sections:
        if section.repeat == gone.repeat:
            name = gone.path if gone.repeat is None else gone.name
            section.fields = [field for field in section.fields if field != name]
    draft.sections = [one for one in draft.sections if one.fields or (one.banner is not None and one.repeat is None)]
    draft.checks = [check for check in draft.checks if check.at != gone.path]


def rows_of(draft: Draft, found: tuple[Finding, ...]) -> dict[str, Why]:
    """The rows that these findings are of, each with what is wrong there."""
    told: dict[str, Why] = {}
    for one in found:
        why = (one.nl.rstrip("."), one.en.rstrip("."))
        for source in _sources_of(draft, one.path):
            told.setdefault(source, why)
    return told


def _sources_of(draft: Draft, at: str) -> Iterator[str]:
    for asked in draft.asked:
        steps = ("items" if name == paths.ANY_ITEM else f"properties/{name}" for name in paths.parse(asked.path))
        places = (asked.path, paths.format(["fields", asked.path]), "/schema/" + "/".join(steps))
        if any(at == place or at.startswith(f"{place}/") for place in places):
            yield asked.source
    names = at.split("/")
    if names[1:2] == ["layout"] and len(names) > 2 and int(names[2]) < len(draft.sections):
        yield from draft.sections[int(names[2])].key[-1:]
    expression = dict(_places(draft)).get(at)
    yield from (source for source, _ in expression.origins) if expression is not None else ()


def _unbound(draft: Draft, at: str, one: Finding) -> bool:
    """Take out what cannot stand where it is: a member of our own export, or a bound of the schema."""
    member = at.split("/")[1] if at.startswith("/") else ""
    if member in draft.members:
        del draft.members[member]
        draft.ledger.todo.append(one)
        return True
    for asked in draft.asked:
        at_fields = paths.format(["fields", asked.path]) + "/"
        named = {at.removeprefix(at_fields).split("/")[0]} if at.startswith(at_fields) else set()
        named = named or (set(asked.field) if at == asked.path else set())
        for name in sorted(named & set(asked.field) - _WORDS_AND_CLASS):
            value = json.dumps(asked.field.pop(name), ensure_ascii=False)[:VALUE_MAX]
            draft.ledger.changed(asked.source, "import-own-column", column=f"veldpost::{name}", value=value)
            return True
        steps = ("items" if name == paths.ANY_ITEM else f"properties/{name}" for name in paths.parse(asked.path))
        place = "/schema/" + "/".join(steps)
        if asked.schema is None or not (at == place or at.startswith(place + "/")):
            continue
        for keyword in _CONSTRAINTS & set(asked.schema):
            del asked.schema[keyword]
            why = (one.nl.rstrip("."), one.en.rstrip("."))
            instead = INSTEAD["constraint"]
            draft.ledger.changed(asked.source, "import-expression-left", column="constraint", instead=instead, why=why)
            return True
    return False
