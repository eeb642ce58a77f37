"""Checking `tests/vectors/forms/theme.json`, row by row; the table in it is that of `tokens.json`."""

from collections.abc import Mapping
from math import floor
from typing import Any

import msgspec

from forms.theme.contrast import contrast
from forms.theme.theme import read_theme

Row = Mapping[str, Any]


def themed(row: Row, _around: Row) -> tuple[Any, Any]:
    """Compare what a row publishes with our own result."""
    if "contrast" in row:
        return {"expected": row["expected"]}, {"expected": f"{floor(contrast(*row['contrast']) * 100) / 100:g}"}
    verdict = read_theme(_raw(row["light"]), _raw(row["dark"]) if "dark" in row else None)
    return {"expected": row["expected"]}, {"expected": {
        "findings": [_named(one) for one in verdict.findings], "warnings": [_named(one) for one in verdict.warnings],
        "left_out": verdict.left_out, "css": verdict.theme.css() if verdict.theme is not None else None,
    }}  # fmt: skip


def _raw(document: Any) -> bytes:
    return document.encode() if isinstance(document, str) else msgspec.json.encode(document)


def _named(one: Any) -> list[str]:
    """A finding as vectors write it: code, path, and of a pair the other colour, the scheme and the ratio."""
    facts = dict(one.facts)
    if "ratio" not in facts:
        return [one.code, one.path]
    return [one.code, one.path, facts["on"], facts["scheme"][1].removeprefix("theme-"), f"{facts['ratio']:g}"]
