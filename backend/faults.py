"""The place of an error that nobody expected, for the log: an operator finds it, and nothing of what was in hand."""

from pathlib import Path
from traceback import walk_tb
from typing import Any, Final

import structlog

PLACES_MAX: Final = 12  # the innermost calls; those before are the framework's
_HOUSE: Final = Path(__file__).parents[1]


def note_unexpected(event: str, error: BaseException, **facts: Any) -> None:
    """Log an error by its kind and the calls that led to it; its words and values are not read: they may be answers."""
    structlog.get_logger("veldpost").error(event, error=type(error).__name__, at=places(error), **facts)


def places(error: BaseException) -> list[str]:
    """The calls in which an error arose, the innermost last: `backend/web/desk/lists.py:32:_listed`."""
    found = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    return [f"{_short(code.co_filename)}:{line}:{code.co_name}" for code, line in found[-PLACES_MAX:]]


def _short(name: str) -> str:
    path = Path(name)
    return str(path.relative_to(_HOUSE)) if path.is_relative_to(_HOUSE) else "/".join(path.parts[-2:])
