"""Errors of a call on this room: one class per broken rule (SPEC.md section 8).

Faults in data (a form, an answer) are findings, returned as a complete list; these are for broken rules.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from forms.findings import Finding


class FormsError(Exception):
    """A rule of the forms room was broken; no answer was changed.

    `code` is stable and may be matched by programs. The sentences of a code, what happened and what the person at the
    screen can do, stand in `said/`, a file a language, and are filled with the facts.
    """

    code: ClassVar[str] = "forms"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({facts})" if facts else self.code


class BadPath(FormsError):
    """Section 2: a field path is a JSON Pointer whose every name can be addressed."""

    code = "bad-path"

    def __init__(self, *, path: str, why: str, **facts: int) -> None:
        super().__init__(path=path, why=why, **facts)


class NotAnAnswer(FormsError):
    """Section 3: values are JSON, nested no deeper than a form can ask."""

    code = "not-an-answer"

    def __init__(self, *, type: str, why: str, **facts: int) -> None:
        super().__init__(type=type, why=why, **facts)


class UnknownPolicy(FormsError):
    """Section 5: there are five merge policies, and no form can name another."""

    code = "unknown-policy"

    def __init__(self, *, policy: str, known: str) -> None:
        super().__init__(policy=policy, known=known)


class UnknownForm(FormsError):
    """Section 7: only the forms that ship can be asked for by name."""

    code = "unknown-form"

    def __init__(self, *, slug: str, known: str) -> None:
        super().__init__(slug=slug, known=known)


class UnusableForm(FormsError):
    """Section 6: a form with a fault is not used at all; every fault is named at once."""

    code = "unusable-form"

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        super().__init__(count=len(self.findings), first=f"{first.code} {first.path}".rstrip())
