"""What can be wrong with a call on this room: one class per broken rule (SPEC.md section 8).

Faults in data (a form, an answer) are findings, returned as a complete list; these are for broken rules.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from forms.findings import Finding


class FormsError(Exception):
    """A rule of the forms room was broken; no answer was changed.

    `code` is stable and may be matched by programs; `message` says what happened, with numbers; `remedy`
    says what the person at the screen can do.
    """

    code: ClassVar[str] = "forms"
    message: ClassVar[str] = "The form could not be used."
    remedy: ClassVar[str] = "No answer was changed. Try again, or update the app."

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))


class BadPath(FormsError):
    """Section 2: a field path is a JSON Pointer whose every name can be addressed."""

    code = "bad-path"
    message = "The field path {path} cannot be used: {why}."
    remedy = "No answer was changed. The app that wrote this path must be updated."

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(path=path, why=why)


class NotAnAnswer(FormsError):
    """Section 3: values are JSON, nested no deeper than a form can ask."""

    code = "not-an-answer"
    message = "A value of the type {type} cannot be an answer: {why}."
    remedy = "No answer was changed. The app that wrote this value must be updated."

    def __init__(self, *, type: str, why: str) -> None:
        super().__init__(type=type, why=why)


class UnknownPolicy(FormsError):
    """Section 5: there are five merge policies, and no form can name another."""

    code = "unknown-policy"
    message = "There is no merge policy {policy}; the five are {known}."
    remedy = "No answer was changed. Publish the form again with one of the five policies."

    def __init__(self, *, policy: str, known: str) -> None:
        super().__init__(policy=policy, known=known)


class UnknownForm(FormsError):
    """Section 7: only the forms that ship can be asked for by name."""

    code = "unknown-form"
    message = "No form {slug} ships with this version; there are {known}."
    remedy = "Check the name of the form."

    def __init__(self, *, slug: str, known: str) -> None:
        super().__init__(slug=slug, known=known)


class UnusableForm(FormsError):
    """Section 6: a form with a fault is not used at all; every fault is named at once."""

    code = "unusable-form"
    message = "The form has {count} faults; the first is {first}."
    remedy = "Mend every fault that is listed, then load the form again."

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        super().__init__(count=len(self.findings), first=f"{first.code} at {first.path or 'the top'}")
