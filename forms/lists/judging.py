"""Judges a new version of a list: what stops it, and what a person must mean (SPEC.md section 11.3)."""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, Final

import msgspec

from forms.definition import parts
from forms.findings import Finding, finding
from forms.lint.check import lint
from forms.lint.findings import LintFinding
from forms.lint.frame import Publication
from forms.lists.lists import NamedList
from forms.lists.tables import UNUSABLE
from forms.lists.versions import Change, Revision, name
from forms.schema.question import Choices

WRONG_FILE: Final = "list-many-retired"  # most of the list would go: perhaps the wrong table was taken
LEFT_OUT: Final = UNUSABLE | {"list-code-reused"}  # rows of the table that do not come to stand on the list
LANGUAGE_RULE: Final = "P22"  # what stands on a list is mostly a name, long and in one language: only letters count
TITLE: Final = "/title"


class Asking(msgspec.Struct, frozen=True):
    """A published form, as its document and what was said when it was published."""

    document: Mapping[str, Any]
    publication: Publication


def doubts(revision: Revision) -> tuple[Finding, ...]:
    """Findings that `--anyway` may override: rows that are left out, a list that mostly retires, and a warning of the
    privacy lint."""
    return tuple(one for one in revision.findings if _doubtful(one))


def _doubtful(one: Finding) -> bool:
    if one.code == LANGUAGE_RULE:
        return one.path != TITLE and not _is_of_letters(one)
    return one.code == WRONG_FILE or one.code in LEFT_OUT or isinstance(one, LintFinding)


def _is_of_letters(one: Finding) -> bool:
    """True if P22 found letters that it cannot read: of these there are no words to tell."""
    return isinstance(one, LintFinding) and not one.words


def unread(revision: Revision) -> tuple[Finding, ...]:
    """Labels and other columns in letters that the lint cannot read: of a form a second person reads them, and of a
    list nobody is asked to."""
    return tuple(
        one for one in revision.findings if one.code == LANGUAGE_RULE and one.path != TITLE and _is_of_letters(one)
    )


def for_two(revision: Revision, asking: Iterable[Asking]) -> tuple[Change | LintFinding, ...]:
    """The changes and doubts that a second person agrees with first, in a list that published forms take choices from.

    Other words for a choice that there is: what was answered with it says another thing from then on. Another attribute
    that a filter of such a form reads: it is offered to others. And each warning of the lint that was let through. What
    is added, retired, or back under the words that it had changes no choice that there is.
    """
    documents = [one.document for one in asking]
    if not documents or revision.named is None:
        return ()
    read = {name for document in documents for name in _filtering(revision.named.slug, document)}
    altered = [one for one in revision.changes if _alters(one, read)]
    return (*altered, *(one for one in doubts(revision) if isinstance(one, LintFinding)))


def _alters(change: Change, read: Set[str]) -> bool:
    if change.kind == "relabelled":
        return {tongue: name(words) for tongue, words in change.before.items()} != {
            tongue: name(words) for tongue, words in change.after.items()
        }
    return change.kind == "changed" and any(change.before.get(one) != change.after.get(one) for one in read)


def _filtering(slug: str, document: Mapping[str, Any]) -> Iterator[str]:
    """The attributes of a list by which a form offers its choices."""
    for field in parts.read(document).fields.values():
        if field.listed == slug and field.offer_if is not None:
            yield from field.attributes or ()


def broken_by(named: NamedList, asking: Iterable[Asking], lists: Mapping[str, Choices]) -> tuple[Finding, ...]:
    """Find what published forms would break with this version of a list, and do not with the `lists` as they are.

    A list is harmless or not by the question that is asked with it. The path of a finding begins with its form.
    """
    found: list[Finding] = []
    revised = {**lists, named.slug: named.choices(retired=True)}
    for one in asking:
        before = set(map(_place, _stopping(one, lists)))
        fresh = [fault for fault in _stopping(one, revised) if _place(fault) not in before]
        slug = one.document["form"]
        found += [msgspec.structs.replace(fault, path=f"{slug} {fault.path}") for fault in fresh]
        found += _unfiltered(named, one.document)
    return tuple(found)


def _unfiltered(named: NamedList, document: Mapping[str, Any]) -> Iterator[Finding]:
    """Filters of a form that would offer nothing: they read an attribute that no choice of the list has."""
    known = {name for item in named.items if not item.retired for name in item.attributes}
    for path, field in parts.read(document).fields.items():
        if field.listed == named.slug and field.offer_if is not None:
            for attribute in field.attributes or ():
                if attribute not in known:
                    yield finding("list-attribute-lacks", f"{document['form']} {path}", name=attribute)


def _stopping(one: Asking, lists: Mapping[str, Choices]) -> list[LintFinding]:
    faults = lint(one.document, lists, one.publication)
    return [fault for fault in faults if fault.stops and fault.code != LANGUAGE_RULE]


def _place(fault: LintFinding) -> tuple[str, str, str]:
    return fault.code, fault.path, fault.place
