"""A municipality's logo: PNG or SVG, small, drawn as an image, and of an SVG nothing that could run or fetch."""

import re
from typing import Final
from xml.etree import ElementTree

import msgspec

from forms.findings import Finding, finding

BYTES_MAX: Final = 64 * 1024  # it heads every page
SIDE_MAX: Final = 2_000  # pixels of a PNG: a picture that unpacks to gigabytes is a few kilobytes packed
ALT_MAX: Final = 100  # signs of the text in its place
PNG: Final = "image/png"
SVG: Final = "image/svg+xml"
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
_ACTIVE: Final = frozenset({"script", "foreignobject", "iframe", "object", "embed", "handler", "listener", "image"})
_FETCHES: Final = re.compile(r"url\s*\(\s*['\"]?\s*[^#'\"\s)]|@import|expression\s*\(|javascript:", re.IGNORECASE)


class Logo(msgspec.Struct, frozen=True):
    """A logo as it is stored: its kind, its bytes, and the text in its place."""

    kind: str
    raw: bytes
    alt: str


def fault_in(raw: bytes) -> Finding | None:
    """The fault for which a file is no logo; nothing if it is one."""
    if len(raw) > BYTES_MAX:
        return finding("logo-too-large", "", size=len(raw), limit=BYTES_MAX)
    if kind_of(raw) == PNG:
        width, height = (int.from_bytes(raw[at : at + 4], "big") for at in (16, 20))
        right = raw[12:16] == b"IHDR" and 0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX
        return None if right else finding("logo-size", "", limit=SIDE_MAX)
    return _fault_in_svg(raw)


def kind_of(raw: bytes) -> str:
    """The kind of a file: PNG by its signature, else it must be an SVG."""
    return PNG if raw.startswith(_SIGNATURE) else SVG


def _fault_in_svg(raw: bytes) -> Finding | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return finding("logo-kind", "")
    head = text.lower()
    for word in ("<!doctype", "<!entity", "<?xml-stylesheet"):  # nothing is ever expanded or fetched
        if word in head:
            return finding("logo-active", "", what=word.strip("<!?"))
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a document type there is nothing to expand
    except (ElementTree.ParseError, ValueError):
        return finding("logo-kind", "")
    if root.tag != f"{_NAMESPACE}svg":
        return finding("logo-kind", "")
    what = next(filter(None, map(_active, root.iter())), "")
    return finding("logo-active", "", what=what) if what else None


def _active(element: ElementTree.Element) -> str:
    """The part of an element that could run or fetch something; nothing if none does."""
    name = element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
    if name in _ACTIVE:
        return name
    for key, value in element.attrib.items():
        plain = key.rpartition("}")[2].lower()
        if plain.startswith("on") or (plain in ("href", "src") and not value.strip().startswith("#")):
            return plain
        if _FETCHES.search(value):
            return plain
    return "style" if _FETCHES.search(element.text or "") else ""


def kept_logo(logo: Logo) -> bytes:
    """A logo as it is stored."""
    return msgspec.msgpack.encode(logo)


def restored_logo(raw: bytes) -> Logo | None:
    """The logo in a store, read by the rules of this release; none where they refuse it, and without one."""
    try:
        logo = msgspec.msgpack.decode(raw, type=Logo) if raw else None
    except msgspec.DecodeError:
        return None
    return logo if logo is not None and fault_in(logo.raw) is None else None
