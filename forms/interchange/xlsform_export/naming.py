"""Names in a workbook for everything in a form; each name stands once (SPEC.md section 1)."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from forms import paths
from forms.definition.inspection import Inspection
from forms.definition.mentions import texts
from forms.interchange.ledger import Ledger
from forms.interchange.xlsform_export.xpath import Names

_LANGUAGES: Final = {"nl": "Nederlands (nl)", "en": "English (en)"}
_SPACE: Final = re.compile(r"\s+")


def names_of(seen: Inspection, ledger: Ledger, mentioned: Collection[str] = ()) -> Names:
    """The name of every question, computed field and repeating group; one that stands twice is told apart.

    `mentioned` are names that texts mention: as in an expression it must be plain which question is meant.
    """
    kinds = {question.path: question.kind for question in seen.questions}
    kinds |= {step.path: step.kind.name for step in seen.logic.computed}
    repeats = dict.fromkeys(question.repeat for question in seen.questions if question.repeat is not None)
    named: dict[str, str] = {}
    taken: set[str] = set()
    beside: set[tuple[str | None, str]] = set()
    read = _read(list(seen.logic.trees.values())) | set(mentioned)
    for path in (*repeats, *sorted(kinds, key=lambda one: paths.repeat_of(one) is not None)):
        steps = [name for name in paths.parse(path) if name != paths.ANY_ITEM]
        name, table = steps[-1], paths.repeat_of(path)
        if name in taken and (name in read or (table, name) in beside):  # an expression must know which is meant
            name = free("_".join(steps[-2:]), taken)
        taken.add(name)
        beside.add((table, name))
        if name != steps[-1]:
            ledger.renamed(path, "export-renamed", name=steps[-1], to=name)
        named[path] = name
    return Names(named, {**kinds, **dict.fromkeys(repeats, "items")}, _codes(seen))


def _codes(seen: Inspection) -> dict[str, str]:
    """The codes with spaces as they are written, none like another code of the form."""
    codes = dict.fromkeys(code for question in seen.questions for code in question.codes)
    taken = {code for code in codes if not _SPACE.search(code)}
    return {code: free(_SPACE.sub("_", code), taken) for code in codes if _SPACE.search(code)}


def _read(tree: Any) -> set[str]:
    """The last name of every path that expressions read."""
    if not isinstance(tree, list):
        return set()
    if len(tree) == 2 and tree[0] in ("answer", "name") and isinstance(tree[1], str):
        return {tree[1].rpartition("/")[2]}
    return {name for part in tree for name in _read(part)}


def free(wanted: str, taken: set[str]) -> str:
    """The name, or the first that is free with a number behind it."""
    name, times = wanted, 1
    while name in taken:
        times += 1
        name = f"{wanted}_{times}"
    taken.add(name)
    return name


def heading(column: str, language: str) -> str:
    """The heading of a column in one language, as XLSForm writes it."""
    return f"{column}::{_LANGUAGES.get(language, f'{language} ({language})')}"


def languages(document: Mapping[str, Any]) -> list[str]:
    """Every language that a form has words in, Dutch first."""
    found = {language for *_, words in texts(document) for language in words}
    return ["nl", *sorted(found - {"nl"})]
