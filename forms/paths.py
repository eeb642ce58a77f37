"""Paths of answers: JSON Pointers whose repeated items are named by their own id (SPEC.md section 2).

An item is never addressed by its place: two people can each add a child offline, and both children stay.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from forms.errors import BadPath

PATH_LENGTH_MAX: Final = 512  # a path travels in every body; four names of 63 and three item ids fit easily
PATH_DEPTH_MAX: Final = 8  # a page, a group and a repeat need five; nobody fills in what lies deeper
CACHED_PATHS_MAX: Final = 65_536  # the same few hundred paths come back with every entry; items come and go
ANY_ITEM: Final = "*"  # stands for the id of an item in a template
ORDER: Final = "_order"
NAME_PATTERN: Final = "[a-z][a-z0-9_]{0,62}"  # becomes the name of a column; 63 is PostgreSQL's limit
NAME: Final = re.compile(NAME_PATTERN)

ITEM_ID_LENGTH: Final = 26
ITEM_ID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")  # a ULID: 128 bits in Crockford's base 32
_BAD_ESCAPE: Final = re.compile(r"~(?![01])")

RESERVED: Final = {  # what is sealed and merged like an answer without being one, and its fixed policy
    "/_review": "latest",
    "/_question/*": "append",
    "/_comment/*": "append",
    "/_same_as": "union",
}


def repeat_of(path: str) -> str | None:
    """The repeating group in whose items a question stands, by its template."""
    group, star, _ = path.rpartition(f"/{ANY_ITEM}/")
    return group if star else None


def is_item_id(name: str) -> bool:
    """True if a name is the id of an item (a ULID), and so can never be the name of a question."""
    return len(name) == ITEM_ID_LENGTH and ITEM_ID.fullmatch(name) is not None


@lru_cache(maxsize=CACHED_PATHS_MAX)
def parse(path: str) -> tuple[str, ...]:
    """The names along a path, unescaped.

    Refused with `BadPath`: what is no JSON Pointer (RFC 6901), an empty name, a path that is too long or
    too deep, one that begins with an item, and a reserved name that does not exist.
    """
    if len(path) > PATH_LENGTH_MAX:
        raise BadPath(path=path[:40] + "…", why="path-too-long", length=len(path), limit=PATH_LENGTH_MAX)
    if not path.startswith("/"):
        raise BadPath(path=repr(path), why="path-no-slash")
    if _BAD_ESCAPE.search(path):
        raise BadPath(path=path, why="path-escape")
    names = tuple(name.replace("~1", "/").replace("~0", "~") for name in path[1:].split("/"))
    if not all(names):
        raise BadPath(path=path, why="path-empty-name")
    if len(names) > PATH_DEPTH_MAX:
        raise BadPath(path=path, why="path-too-deep", length=len(names), limit=PATH_DEPTH_MAX)
    if any(is_item_id(name) for name in names) and _stray(names):
        raise BadPath(path=path, why="path-stray-item")
    if any(name.startswith("_") for name in names) and _reserved(names) is None:
        raise BadPath(path=path, why="path-reserved")
    return names


def _stray(names: tuple[str, ...]) -> bool:
    """True if an item stands where no repeating group can be."""
    before = (True, *(is_item_id(name) for name in names))
    return any(is_item_id(name) and no_group for name, no_group in zip(names, before, strict=False))


def format(names: Iterable[str]) -> str:
    """The path with these names; the way back from `parse`."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


@lru_cache(maxsize=CACHED_PATHS_MAX)
def template(path: str) -> str:
    """The path with `*` for every item: the same for all items, so it names the question."""
    return format(_template(parse(path)))


def _template(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(ANY_ITEM if is_item_id(name) else name for name in names)


@lru_cache(maxsize=CACHED_PATHS_MAX)
def is_item(path: str) -> bool:
    """True if a path is an item as a whole, which is added with `{}` and removed with `null`."""
    names = parse(path)
    return is_item_id(names[-1]) and not names[0].startswith("_")


@lru_cache(maxsize=CACHED_PATHS_MAX)
def items_along(path: str) -> tuple[str, ...]:
    """The items on the way to an answer, the outermost first, and the path itself if it is an item."""
    names = parse(path)
    if names[0].startswith("_"):
        return ()
    return tuple(format(names[:end]) for end, name in enumerate(names, start=1) if is_item_id(name))


@lru_cache(maxsize=CACHED_PATHS_MAX)
def item_of(path: str) -> str | None:
    """The item in which an answer stands (the innermost one), or None outside repeating groups."""
    around = [item for item in items_along(path) if item != path]
    return around[-1] if around else None


def is_decision(path: str) -> bool:
    """True for the path of a decision about a record (a review, a question, a comment): it answers no question."""
    return path.startswith("/_")


@lru_cache(maxsize=CACHED_PATHS_MAX)
def reserved_policy(path: str) -> str | None:
    """The fixed merge policy of a reserved path; None for an answer."""
    return _reserved(parse(path))


def _reserved(names: tuple[str, ...]) -> str | None:
    if names[-1] == ORDER and len(names) > 1:
        repeat = names[:-1]
        return None if is_item_id(repeat[-1]) or any(name.startswith("_") for name in repeat) else "latest"
    return RESERVED.get(format(_template(names)))
