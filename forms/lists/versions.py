"""From a list and a new table, its next version: codes stay, and nothing ever disappears (SPEC.md section 11.2)."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from forms.definition.inspection import LANGUAGE
from forms.findings import Finding, finding
from forms.lint.check import lint_list, lint_text
from forms.lint.findings import LintFinding
from forms.lists.lists import FORMERLY_MAX, ITEMS_MAX, Item, NamedList, Words
from forms.lists.tables import Line, Table, list_table, slugged
from forms.spreadsheets.reading import SheetReading

MANY_RETIRED: Final = 10  # and more than half of the list: perhaps the wrong file was taken
INCOMPLETE: Final = frozenset({"sheet-too-long", "sheet-too-large", "sheet-broken-off"})

Kind = Literal["added", "relabelled", "changed", "retired", "back"]


class Change(msgspec.Struct, frozen=True):
    """The change of one item. `changed` is said of its attributes; one item may have changed in two ways."""

    kind: Kind
    code: str
    before: Words = {}
    after: Words = {}


class Revision(msgspec.Struct, frozen=True):
    """The next version of a list, what differs, and what is to be said. Without differences it is the version before.

    Without a list the table could not be used at all.
    """

    named: NamedList | None
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def stops(self) -> bool:
        """True if this version cannot be published as it is."""
        return self.named is None or any(isinstance(one, LintFinding) and one.level == "error" for one in self.findings)


def next_version(before: NamedList, reading: SheetReading) -> Revision:
    """The version that follows when the list looks like this table.

    A row means the item of its code; otherwise the item of its label; otherwise one that had that label before. What
    the table lacks is retired. A retired code comes back for the thing that it named, never for another.
    """
    if not reading.sheets:
        return Revision(None, (), reading.findings)
    if any(one.code in INCOMPLETE for one in reading.findings):
        return Revision(None, (), (*reading.findings, finding("list-incomplete", "")))
    table = list_table(reading.sheets[0])
    found = [*reading.findings, *table.findings]
    if not table.languages:
        return Revision(None, (), tuple(found))
    items = _items(before, table, found)
    if len(items) > ITEMS_MAX:
        return Revision(None, (), (*found, finding("list-too-many", "", count=len(items), limit=ITEMS_MAX)))
    named = before
    if items != before.items or not before.version:
        named = NamedList(before.slug, before.title, before.version + 1, items)
    changes = tuple(difference(before, named))
    gone = sum(change.kind == "retired" for change in changes)
    if gone > MANY_RETIRED and 2 * gone > len(before.choices()):
        found.append(finding("list-many-retired", "", count=gone, total=len(before.choices())))
    return Revision(named, changes, tuple(dict.fromkeys((*found, *_linted(named)))))


def difference(before: NamedList, after: NamedList) -> Iterator[Change]:
    """Every item that is not what it was, in the order of the newer version."""
    earlier = {item.code: item for item in before.items}
    for item in after.items:
        old = earlier.get(item.code)
        if old is None:
            yield Change("added", item.code, {}, item.label)
            continue
        if old.label != item.label:
            yield Change("relabelled", item.code, old.label, item.label)
        if old.attributes != item.attributes:
            yield Change("changed", item.code, old.attributes, item.attributes)
        if old.retired != item.retired:
            yield Change("retired" if item.retired else "back", item.code, old.label, item.label)


def _linted(named: NamedList) -> Iterator[LintFinding]:
    for language, text in named.title.items():
        yield from lint_text(text, language, path="/title")
    columns: dict[str, set[str]] = {}
    for item in named.items:
        for column, value in item.attributes.items():
            columns.setdefault(column, set()).add(value)
    yield from lint_list(named.slug, named.choices(retired=True), columns)


def _items(before: NamedList, table: Table, found: list[Finding]) -> tuple[Item, ...]:
    meant = _meant(before.items, table.lines)
    codes = {item.code.casefold() for item in before.items} | {line.code.casefold() for line in table.lines}
    items: list[Item] = []
    stay = {code.casefold() for code in table.kept}
    for place, line in enumerate(table.lines):
        old = before.items[meant[place]] if place in meant else None
        if old is None:
            items.append(_added(line, codes))
        elif _is_another(old, line):
            found.append(finding("list-code-reused", f"{line.at}", given=old.code, label=old.label[LANGUAGE]))
            stay.add(old.code.casefold())
        else:
            if line.code not in ("", old.code):
                found.append(finding("list-code-kept", f"{line.at}", given=line.code, kept=old.code))
            items.append(_again(old, line, table.languages))
    taken = {item.code for item in items}
    for item in before.items:
        if item.code not in taken:
            gone = item.code.casefold() not in stay
            items.append(msgspec.structs.replace(item, retired=item.retired or gone))
    return tuple(items)


def _is_another(old: Item, line: Line) -> bool:
    """True if a code that is retired would come back for something that it never named."""
    known = {name(old.label[LANGUAGE]), *map(name, old.formerly)}
    return old.retired and line.retired is not True and name(line.label[LANGUAGE]) not in known


def _added(line: Line, codes: set[str]) -> Item:
    code = line.code or _made(line.label[LANGUAGE], codes)
    codes.add(code.casefold())
    return Item(code, line.label, line.attributes, bool(line.retired))


def _made(label: str, codes: set[str]) -> str:
    """A code from a label, made once: later labels do not change it."""
    slug = slugged(label) or "item"
    code, times = slug, 1
    while code in codes:
        times += 1
        code = f"{slug}_{times}"
    return code


def _again(old: Item, line: Line, languages: frozenset[str]) -> Item:
    """An item with what the table says of it now.

    Words in a language that the table does not have stay as long as the Dutch ones do.
    """
    dutch, formerly = line.label[LANGUAGE], old.formerly
    label = dict(line.label)
    if dutch == old.label[LANGUAGE]:
        label |= {tongue: text for tongue, text in old.label.items() if tongue not in languages}
    else:
        formerly = tuple(text for text in (*formerly, old.label[LANGUAGE]) if text != dutch)[-FORMERLY_MAX:]
    retired = old.retired if line.retired is None else line.retired
    label = dict(old.label) if label == old.label else label
    return Item(old.code, label, line.attributes, retired, formerly)


def name(label: str) -> str:
    """A label as it is compared: capitals and double spaces make no other thing."""
    return " ".join(label.casefold().split())


def _meant(items: Sequence[Item], lines: Sequence[Line]) -> Mapping[int, int]:
    """Match rows to items, by their places; each item is meant once."""
    meant: dict[int, int] = {}
    free = dict.fromkeys(range(len(items)))

    def match(of_item: Callable[[Item], list[Hashable]], of_line: Callable[[Line], Hashable]) -> None:
        places: dict[Hashable, list[int]] = {}
        for place in sorted(free, key=lambda one: (items[one].retired, one), reverse=True):
            for key in of_item(items[place]):
                places.setdefault(key, []).append(place)
        for at, line in enumerate(lines):
            waiting = places.get(of_line(line), []) if at not in meant else []
            while waiting and waiting[-1] not in free:
                waiting.pop()
            if waiting:
                meant[at] = waiting.pop()
                del free[meant[at]]

    match(lambda item: [item.code.casefold()], lambda line: line.code.casefold())
    match(
        lambda item: [(name(item.label[LANGUAGE]), *sorted(item.attributes.items()))],
        lambda line: (name(line.label[LANGUAGE]), *sorted(line.attributes.items())),
    )
    match(lambda item: [name(item.label[LANGUAGE])], lambda line: name(line.label[LANGUAGE]))
    match(lambda item: [name(text) for text in item.formerly], lambda line: name(line.label[LANGUAGE]))
    return meant
