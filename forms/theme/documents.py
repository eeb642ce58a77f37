"""A document of the Design Tokens format: groups in groups, tokens with values, references between them (SPEC.md 1)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from forms.findings import Finding, finding

BYTES_MAX: Final = 2 * 1024 * 1024  # a theme of NL Design System with every component has 400 KB
DEPTH_MAX: Final = 16  # groups in groups; those of NL Design System have at most eight
CHAIN_MAX: Final = 16  # references to references
_REFERENCE: Final = re.compile(r"\{([^{}]+)\}")
_MISSING: Final = object()


class Unread(Exception):
    """The document cannot be read at all; `finding` says why."""

    def __init__(self, why: Finding) -> None:
        super().__init__(why.code)
        self.finding = why


class Document:
    """The tokens of a document by their path, its names joined by dots."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) > BYTES_MAX:
            raise Unread(finding("theme-too-large", "", size=len(raw), limit=BYTES_MAX))
        try:
            read = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unread(finding("theme-not-json", "")) from None
        if not isinstance(read, Mapping):
            raise Unread(finding("theme-not-json", ""))
        self.tokens: dict[str, Any] = {}
        for root in _sets(read):
            self.tokens.update(_tokens(root))

    def value(self, path: str) -> Any:
        """The value of a token, references followed. Raises `LookupError` where one leads nowhere or in a circle."""
        value: Any = self.tokens.get(path, _MISSING)
        for _ in range(CHAIN_MAX):
            if value is _MISSING:
                raise LookupError(path)
            found = _REFERENCE.fullmatch(value.strip()) if isinstance(value, str) else None
            if found is None:
                return value
            value = self.tokens.get(found[1].strip(), _MISSING)
        raise LookupError(path)


def _sets(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sets of tokens that a document lists in the order in which they count; mostly it is one itself."""
    about = document.get("$metadata")
    order = about.get("tokenSetOrder") if isinstance(about, Mapping) else None
    if not isinstance(order, list):
        return [document]
    named = [document.get(name) for name in order if isinstance(name, str)]
    return [one for one in named if isinstance(one, Mapping)]


def _tokens(group: Mapping[str, Any], at: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    if depth > DEPTH_MAX:
        raise Unread(finding("theme-too-deep", "", limit=DEPTH_MAX))
    for name, node in group.items():
        if name.startswith("$") or not isinstance(node, Mapping):
            continue
        path = f"{at}.{name}" if at else name
        if "$value" in node:
            yield path, node["$value"]
        elif "value" in node and not isinstance(node["value"], Mapping):
            yield path, node["value"]  # as tools wrote it before the format had its dollar signs
        else:
            yield from _tokens(node, path, depth + 1)
