"""Checking a whole vector file, for the makers of other devices (docs/makers.md)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sync.check_vectors import merge_difference

Difference = Callable[[Mapping[str, Any]], str | None]
_CHECKS: Final[dict[str, Difference]] = {"merge": merge_difference}


def difference(kind: str, document: Any) -> str | None:
    """The first difference in a vector file, with the name of its vector; nothing when all agree."""
    vectors = document.get("vectors") if isinstance(document, Mapping) else document
    if not isinstance(vectors, list) or not vectors:
        return "the file holds no list of vectors"
    for number, vector in enumerate(vectors):
        name = vector.get("name", number) if isinstance(vector, Mapping) else number
        try:
            found = _CHECKS[kind](vector)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            found = f"it is malformed: {type(error).__name__} {error}"
        if found is not None:
            return f"vector {name}: {found}"
    return None
