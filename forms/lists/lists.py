"""Lists of a municipality that forms take their choices from: schools, districts, colleagues (SPEC.md section 11.2).

A version of a list never changes. Answers hold codes, so a code means the same thing for ever: what is gone is retired.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any, Final

import jsonschema_rs
import msgspec

from forms import paths
from forms.answers import canonical
from forms.definition.inspection import LANGUAGE
from forms.definition.shape import SLUG
from forms.errors import NotAnAnswer
from forms.findings import Finding, finding
from forms.spreadsheets.delimited import is_formula

ITEMS_MAX: Final = 10_000  # retired ones too: all schools of the country are 8,000; a device searches them on a phone
LIST_BYTES_MAX: Final = 4 * 1024 * 1024
LABEL_CHARACTERS_MAX: Final = 200  # what a phone can show of a choice
ATTRIBUTES_MAX: Final = 20  # of one item, to filter choices by
FORMERLY_MAX: Final = 10  # earlier labels that an item is still known by
FAULTS_MAX: Final = 100  # of a list that is no list: more would say the same again

CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,62}")  # no space: XLSForm separates several choices by it
ATTRIBUTE: Final = paths.NAME

Words = Mapping[str, str]


class Item(msgspec.Struct, frozen=True):
    """One thing on a list. `attributes` are what choices are filtered by; `formerly` its earlier labels in Dutch.

    A retired item is not offered any more; answers that have it keep its words.
    """

    code: str
    label: Words
    attributes: Words = {}
    retired: bool = False
    formerly: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The plain JSON of this item; what it does not have is left out."""
        found: dict[str, Any] = {"code": self.code, "label": dict(self.label)}
        if self.attributes:
            found["attributes"] = dict(self.attributes)
        if self.retired:
            found["retired"] = True
        if self.formerly:
            found["formerly"] = list(self.formerly)
        return found


class NamedList(msgspec.Struct, frozen=True):
    """One version of a list, its items in the order in which they are offered. Version 0 has never been filled."""

    slug: str
    title: Words
    version: int = 0
    items: tuple[Item, ...] = ()

    @property
    def raw(self) -> bytes:
        """The bytes of this version: the same for everybody who has the same list."""
        items = [item.document() for item in self.items]
        return canonical({"list": self.slug, "version": self.version, "title": dict(self.title), "items": items})

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the bytes: it names the version beyond doubt."""
        return hashlib.sha256(self.raw).digest()

    def choices(self, *, retired: bool = False) -> dict[str, Words]:
        """The choices that are offered, by code; with retired ones where answers that have them must be understood."""
        return {item.code: item.label for item in self.items if retired or not item.retired}


class ListReading(msgspec.Struct, frozen=True):
    """The list in some bytes; None if they have faults, which are all named."""

    named: NamedList | None
    findings: tuple[Finding, ...] = ()


_WORDS: Final = {
    "type": "object",
    "required": [LANGUAGE],
    "maxProperties": 40,
    "propertyNames": {"pattern": "^[a-z]{2,3}$"},
    "additionalProperties": {"type": "string", "minLength": 1, "maxLength": LABEL_CHARACTERS_MAX},
}
_ITEM: Final = {
    "type": "object",
    "required": ["code", "label"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "pattern": f"^(?:{CODE.pattern})$"},
        "label": _WORDS,
        "attributes": {
            "type": "object",
            "maxProperties": ATTRIBUTES_MAX,
            "propertyNames": {"pattern": f"^(?:{ATTRIBUTE.pattern})$"},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": LABEL_CHARACTERS_MAX},
        },
        "retired": {"const": True},
        "formerly": {"type": "array", "maxItems": FORMERLY_MAX, "items": {"type": "string", "minLength": 1}},
    },
}
DOCUMENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["list", "version", "title", "items"],
    "additionalProperties": False,
    "properties": {
        "list": {"type": "string", "pattern": SLUG},
        "version": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
        "title": _WORDS,
        "items": {"type": "array", "maxItems": ITEMS_MAX, "items": _ITEM},
    },
}
_SHAPE: Final = jsonschema_rs.Draft202012Validator(DOCUMENT, offline=True)


def read_list(raw: bytes) -> ListReading:
    """The list in these bytes, or everything that is wrong with them."""
    if len(raw) > LIST_BYTES_MAX:
        return ListReading(None, (finding("list-too-large", "", size=len(raw), limit=LIST_BYTES_MAX),))
    try:
        document = json.loads(raw.decode())
        canonical(document)
    except (ValueError, RecursionError, NotAnAnswer):
        return ListReading(None, (finding("list-misshapen", ""),))
    faults = list(_faults(document))
    if faults:
        return ListReading(None, tuple(faults[:FAULTS_MAX]))
    items = tuple(msgspec.convert(item, Item) for item in document["items"])
    return ListReading(NamedList(document["list"], document["title"], int(document["version"]), items))


def _faults(document: Any) -> Iterator[Finding]:
    misshapen = [
        finding("list-misshapen", paths.format(str(name) for name in error.instance_path))
        for error in _SHAPE.iter_errors(document)
    ]
    if misshapen:
        yield from misshapen
        return
    seen: set[str] = set()
    for place, item in enumerate(document["items"]):
        if item["code"].casefold() in seen:
            yield finding("list-code-twice", f"/items/{place}", given=item["code"])
        seen.add(item["code"].casefold())
        texts = (*item["label"].values(), *item.get("attributes", {}).values())
        if any(text != spaced(text) for text in texts):
            yield finding("list-untidy", f"/items/{place}")


def spaced(text: str) -> str:
    """A label as it is kept: on one line, with single spaces."""
    return " ".join(text.split())


def list_to_csv(named: NamedList) -> bytes:
    """The list as a table for a spreadsheet program; reading it in again changes nothing.

    What such a program would work out as a formula gets an apostrophe before it, which reading takes away.
    """
    languages = sorted({tongue for item in named.items for tongue in item.label} | {LANGUAGE}, key=_dutch_first)
    attributes = sorted({name for item in named.items for name in item.attributes})
    out = StringIO(newline="")
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow(["code", *(f"label::{tongue}" for tongue in languages), *attributes, "retired"])
    for item in named.items:
        texts = [item.label.get(tongue, "") for tongue in languages]
        texts += [item.attributes.get(name, "") for name in attributes]
        table.writerow([item.code, *map(guarded, texts), "TRUE" if item.retired else ""])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _dutch_first(language: str) -> tuple[bool, str]:
    return language != LANGUAGE, language


def guarded(text: str) -> str:
    """The text of a cell that no spreadsheet program works out."""
    return "'" + text if is_formula(text.lstrip("'")) else text


def unguarded(cell: str) -> str:
    """Take off the guard that was written before a text."""
    return cell[1:] if cell.startswith("'") and is_formula(cell.lstrip("'")) else cell
