"""The moves of a form version for answers to the version before it (SPEC.md section 12.2).

Only what it says, as data; `forms.versions` carries it out.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

SHAPE: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "renamed": {"type": "object", "additionalProperties": {"type": "string"}},
        "dropped": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "mapped": {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        },
    },
}


class Moves(msgspec.Struct, frozen=True):
    """The moves of answers to the version before into this one; paths are templates.

    `renamed` leads from a question (or a group with all in it) of the version before to one of this version.
    `dropped` are questions that are not asked any more: their answers are kept, as earlier answers. `mapped` leads,
    for a question of this version, from a code that is gone to the one that took its place; `null` leaves such
    answers as they were given.
    """

    renamed: Mapping[str, str] = {}
    dropped: tuple[str, ...] = ()
    mapped: Mapping[str, Mapping[str, str | None]] = {}
