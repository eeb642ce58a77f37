"""A draft judged as publishing will judge it, apart from what only a person can say (SPEC.md sections 1 and 7.4)."""

import json
from collections.abc import Mapping
from typing import Any, Final

from forms.definition.inspection import Inspection, inspect

STAND_IN: Final[dict[str, Any]] = {  # what a draft may lack; never part of what is handed back
    "purpose": "-",
    "legal_basis": "-",
    "retention": {"keep": "P1Y", "from": "closed"},
}


def judged(document: Mapping[str, Any]) -> Inspection:
    """One look at a draft, with a stand-in for each member that it lacks and a person must still write."""
    return inspect(json.dumps({**STAND_IN, **document}, ensure_ascii=False).encode("utf-8", "replace"))
