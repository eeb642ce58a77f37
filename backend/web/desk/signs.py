"""Signs that a page shows written out and never sends: those that steer a terminal or turn the line round."""

import json
import re
from typing import Final

_STEERING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]")


def written_out(text: str) -> str:
    """A text on one line, in which such signs stand as JSON writes them; those that join letters stay."""
    return _STEERING.sub(lambda sign: json.dumps(sign[0])[1:-1], text)
