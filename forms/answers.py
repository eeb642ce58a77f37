"""From answers by path to a document and back, and when two answers are the same (SPEC.md section 3)."""

import json
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any, Final

from forms import paths
from forms.errors import BadPath, NotAnAnswer
from forms.findings import Finding, finding

VALUE_DEPTH_MAX: Final = 8  # a value is one answer; deeper is no answer but an attack on whoever reads it
NUMBER_MAX: Final = 2**53 - 1  # beyond it a double, which every device counts with, cannot tell numbers apart
ITEM_ID: Final = "_id"  # the member under which an item of a document carries its id

_PLAIN: Final = frozenset({str, bool, type(None)})


def canonical(value: Any, number_max: float = NUMBER_MAX) -> bytes:
    """One spelling for equal values: keys sorted by code point, text in NFC, numbers by value.

    `1`, `1.0` and `1e0` are one number, `true` is none. Used to compare, never to store: what a worker wrote
    stays as it was written. Raises `NotAnAnswer` for what is not JSON, and for numbers beyond `number_max`: what is
    said of a record, such as the version of a form, may have greater ones than an answer.
    """
    try:
        return _spelt(value, 0, number_max).encode()
    except UnicodeEncodeError:
        raise NotAnAnswer(type="str", why="value-half-character") from None


def _spelt(value: Any, depth: int, number_max: float) -> str:
    match value:
        case None | bool():
            return json.dumps(value)
        case str():
            return _quoted(unicodedata.normalize("NFC", value))
        case int() | float():
            return _number(value, number_max)
    if depth == VALUE_DEPTH_MAX:
        raise NotAnAnswer(type=type(value).__name__, why="value-too-deep", limit=VALUE_DEPTH_MAX)
    match value:
        case list() | tuple():
            return "[" + ",".join(_spelt(member, depth + 1, number_max) for member in value) + "]"
        case dict():
            members = sorted((_key(key), _spelt(member, depth + 1, number_max)) for key, member in value.items())
            return "{" + ",".join(f"{_quoted(key)}:{member}" for key, member in members) + "}"
    raise NotAnAnswer(type=type(value).__name__, why="value-not-json")


def _number(value: int | float, number_max: float) -> str:
    """Plain decimal digits without an exponent: the fewest that read back as the same number."""
    if not isfinite(value):
        raise NotAnAnswer(type="float", why="value-not-finite")
    if abs(value) > number_max:
        raise NotAnAnswer(type=type(value).__name__, why="value-too-large", limit=NUMBER_MAX)
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() else f"{Decimal(repr(value)):f}"


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise NotAnAnswer(type=type(key).__name__, why="value-names")
    return unicodedata.normalize("NFC", key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def check(values: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Find in an opened entry what is no answer at all: paths that cannot be, values that are not JSON.

    To be asked before anything else here is called with what a stranger wrote. Whether an answer fits its
    question is `validation`'s to say.
    """
    found = []
    for path, value in values.items():
        if not _is_path(path):
            found.append(finding("bad-path", path))
            continue
        if type(value) not in _PLAIN and not (type(value) is list and _PLAIN.issuperset(map(type, value))):
            try:
                canonical(value)
            except NotAnAnswer as error:
                found.append(finding(error.code, path))
    return tuple(found)


@lru_cache(maxsize=paths.CACHED_PATHS_MAX)
def _is_path(path: str) -> bool:
    try:
        return paths.ANY_ITEM not in paths.parse(path)
    except BadPath:
        return False


def assemble(values: Mapping[str, Any], hidden: Collection[str] = ()) -> dict[str, Any]:
    """The document that these answers make: groups as objects, repeating groups as lists of items.

    `null` (answered with nothing) leaves no member. Items come in the order of their ids, that is of their
    making, unless `/_order` of their group says otherwise; each carries its id as `_id`. `hidden` are the
    items that section 4 hides, and it alone decides: whatever stands in them is left out, and every other
    item is in. Reserved paths are no answers and left out. Raises `BadPath` where one answer would have to
    stand inside another.
    """
    tree = _Node()
    for path in sorted(values):
        if paths.reserved_policy(path) is not None or (hidden and _inside(path, hidden)):
            continue
        if paths.is_item(path):
            _node(tree, paths.parse(path), path)
        elif values[path] is not None:
            names = paths.parse(path)
            group = tree if len(names) == 1 else _node(tree, names[:-1], path)
            if group.setdefault(names[-1], values[path]) is not values[path]:
                raise BadPath(path=path, why="path-inside")
    grown: dict[str, Any] = _grown(tree, "", values)
    return grown


class _Node(dict[str, Any]):
    """A group, a repeating group by item id, or an item, while a document grows; never an answer."""


def _inside(path: str, hidden: Collection[str]) -> bool:
    return any(item in hidden for item in paths.items_along(path))


def _node(tree: _Node, names: Iterable[str], path: str) -> _Node:
    for name in names:
        tree = tree.setdefault(name, _Node())
        if not isinstance(tree, _Node):
            raise BadPath(path=path, why="path-taken")
    return tree


def _grown(node: _Node, at: str, values: Mapping[str, Any]) -> Any:
    """The document's form of a node: an object, or a list if items stand in it."""
    grown = {
        name: _grown(member, at + paths.format([name]), values) if isinstance(member, _Node) else member
        for name, member in node.items()
    }
    ids = [name for name in grown if len(name) == paths.ITEM_ID_LENGTH and paths.is_item_id(name)]
    if not ids:
        return grown
    if len(ids) < len(grown):
        raise BadPath(path=at, why="path-mixed")
    return [{ITEM_ID: name, **grown[name]} for name in ordered(ids, values.get(f"{at}/{paths.ORDER}"))]


def ordered(items: Collection[str], wanted: Any) -> list[str]:
    """Item ids in the order that people gave them; those it does not name follow, oldest first.

    An order that is no list, or names items that are not there, does no harm.
    """
    given = dict.fromkeys(wanted) if isinstance(wanted, (list, tuple)) and _all_text(wanted) else {}
    first = [name for name in given if name in items]
    return first + sorted(name for name in items if name not in given)


def _all_text(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def disassemble(document: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a document by path: the way back from `assemble`.

    A list of objects that carry an id is a repeating group; an item is written as `{}` at its own path, and
    an order that differs from the order of ids as `/_order`.
    """
    return dict(_answers((), document))


def _answers(names: tuple[str, ...], value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            if name != ITEM_ID:
                yield from _answers((*names, name), member)
    elif _is_repeat(value):
        ids = [item[ITEM_ID] for item in value]
        for item in value:
            yield paths.format((*names, item[ITEM_ID])), {}
            yield from _answers((*names, item[ITEM_ID]), item)
        if ids != sorted(ids):
            yield paths.format((*names, paths.ORDER)), ids
    else:
        yield paths.format(names), value


def _is_repeat(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) and ITEM_ID in item for item in value)
    )
