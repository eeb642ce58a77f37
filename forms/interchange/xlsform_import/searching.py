"""`search()` in the column appearance: choices that come from a file, and which of them (SPEC.md section 4.5)."""

import re
from typing import Final

import msgspec

from forms.interchange.xlsform_import.values import Why
from forms.interchange.xlsform_import.xpath import X, read
from forms.sentences import phrase

_CALL: Final = re.compile(r"\bsearch\s*\(.*\)", re.DOTALL | re.IGNORECASE)
_HOW: Final = {"matches": "=", "contains": "contains", "startswith": "starts-with"}
_SHAPES: Final = (1, 4, 6)  # the file; how, where and for what is searched; a column more and what it must be
_UNREAD: Final[Why] = phrase("import-search-unread")


class Searched(msgspec.Struct, frozen=True):
    """The file of a `search()`, and the condition that a row of it must meet, as a filter of choices would say it.

    `why` says what cannot be said; `rest` is the appearance without it.
    """

    file: str
    tree: X | None = None
    why: Why | None = None
    rest: str = ""


def searched(appearance: str) -> Searched | None:
    """The `search()` of an appearance; None where there is none, or no file is named."""
    found = _CALL.search(appearance)
    if found is None:
        return None
    rest = " ".join((appearance[: found.start()] + " " + appearance[found.end() :]).split())
    node = read(found[0]).node
    args = node.args if node is not None and node.op == "call" else ()
    if not args or args[0].op != "text" or not args[0].value:
        return None
    file = str(args[0].value)
    if len(args) not in _SHAPES:
        return Searched(file, None, _UNREAD, rest)
    if len(args) == 1:
        return Searched(file, None, None, rest)
    how, where, what = args[1:4]
    if _HOW.get(str(how.value).lower()) is None or where.op != "text":
        return Searched(file, None, _UNREAD, rest)
    parts = [_met(_HOW[str(how.value).lower()], name.strip(), what) for name in str(where.value).split(",")]
    tree = parts[0] if len(parts) == 1 else X("or", args=tuple(parts))
    if len(args) > len(("file", "how", "where", "what")):
        column, value = args[4:6]
        if column.op != "text":
            return Searched(file, None, _UNREAD, rest)
        tree = X("and", args=(tree, _met("=", str(column.value), value)))
    return Searched(file, tree, None, rest)


def _met(how: str, column: str, value: X) -> X:
    both = (X("column", column), value)
    return X("=", args=both) if how == "=" else X("call", how, both)
