"""Signs that a page shows written out and never sends: those that steer a terminal or turn the line round."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_STEERING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]")
_ENDS: Final = re.compile("\r\n|\r|\n")


def steers(text: str) -> bool:
    """True if a text has such signs, beside the ends of its lines."""
    return _STEERING.search(_ENDS.sub(" ", text)) is not None


def written_out(text: str) -> str:
    """A text on one line, in which such signs stand as JSON writes them; those that join letters stay."""
    return _STEERING.sub(lambda sign: json.dumps(sign[0])[1:-1], _ENDS.sub(" ", text))


def titled(words: Mapping[str, Any], language: str, name: str) -> str:
    """The title of a form or list in a language, with such signs written out; its name where it has none."""
    return written_out(str(words.get(language) or words.get("nl") or name))
