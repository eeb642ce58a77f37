"""Words that somebody typed, given back where their form was not taken: nothing that opens anything, and no file."""

from typing import Any, Final, NamedTuple

SECRETS: Final = frozenset({"csrf", "password", "code", "key", "new", "again", "answer"})  # typed anew, if at all
NAME, VALUE, PATH, WHY = "kept-name", "kept-value", "kept-path", "kept-reason"
SIGNS_MAX: Final = 200_000  # of all that is given back: a page is no store


class Typed(NamedTuple):
    """The fields of a form, in their order, and the path that it was posted to."""

    path: str
    fields: tuple[tuple[str, str], ...]


NOTHING: Final = Typed("", ())


def typed_of(path: str, form: Any) -> Typed:
    """The fields of a form, but for its secrets, its files and what was kept before."""
    found, signs = [], 0
    for name, value in form.multi_items():
        if isinstance(value, str) and name not in SECRETS and name not in (NAME, VALUE, PATH):
            signs += len(name) + len(value)
            if signs <= SIGNS_MAX:
                found.append((name, value))
    return Typed(path, tuple(found))


def kept_in(form: Any) -> Typed:
    """The fields that a form carries of another one that was posted before it."""
    names, values = (form.getall(name, []) for name in (NAME, VALUE))
    pairs = [(str(name), str(value)) for name, value in zip(names, values, strict=False)]
    return Typed(str(form.get(PATH, "")), tuple(pair for pair in pairs if pair[0] not in SECRETS))
