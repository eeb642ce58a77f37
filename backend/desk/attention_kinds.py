"""The kinds of what a person should look at: a closed set, so that a mistyped one is refused and not found empty.

Each has its words in `said/` (`kind-…`). What can be decided comes first, then notes of the picture
(picture/SPEC.md section 10), then the findings of validation and of a form's own checks.
"""

from typing import Final

from picture.choices import CHOICES

_HELD: Final = ("uncertified", "not-granted", "set-aside", "erased", "incomplete")  # sync/admission.py
_FAILED: Final = ("sig", "key", "open", "touches")  # crypto/errors.py
_NOTES: Final = (
    "no-body", "no-key", "unknown-form", "bad-path", "not-an-answer", "local-only", "clock-ahead", "after-withdrawal",
)  # fmt: skip
_FINDINGS: Final = (
    "missing", "wrong-kind", "unknown-choice", "not-a-date", "wrong-pattern", "too-short", "too-long", "too-low",
    "too-high", "not-above", "not-below", "wrong-step", "too-few", "too-many", "chosen-twice", "no-such-question",
    "not-offered", "check-error", "check-warn", "check-ask-reason",
)  # fmt: skip
KINDS: Final = (
    *CHOICES, *(f"held-{reason}" for reason in _HELD), *(f"failed-{reason}" for reason in _FAILED), *_NOTES, *_FINDINGS,
)  # fmt: skip
