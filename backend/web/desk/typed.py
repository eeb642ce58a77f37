"""Words that somebody typed, given back where their form was not taken: nothing that opens anything, and no file."""

import re
from typing import Any, Final, NamedTuple

from backend.desk.typed import texts_in

SECRETS: Final = frozenset(
    {"csrf", "password", "code", "key", "new", "again", "answer", "secret"}
)  # typed anew, if at all
NAME, VALUE, PATH, WHY = "kept-name", "kept-value", "kept-path", "kept-reason"
_OF_THE_PAGE: Final = re.compile(r"on|yes|[0-9a-f]{16,}|[\w=-]{48,}")
SIGNS_MAX: Final = 200_000  # of all that is given back: a page is no store


class Typed(NamedTuple):
    """The fields of a form, in their order, and the path that it was posted to."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def texts(self) -> list[str]:
        """The values that a person may have typed, and no mark, seal or tick of the page."""
        return [value for value in texts_in(self.fields) if not _OF_THE_PAGE.fullmatch(value)]


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
