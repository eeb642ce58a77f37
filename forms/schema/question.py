"""One question of a form: the one model that every reader shares (SPEC.md sections 6.2, 6.4).

Hiding, checking, the lint, import and export, tables and the desk's pages ask this. The schema gives its kind and its
codes, the member of `fields` its words and rules. `forms.schema.questions` reads both of a document of the right shape,
`forms.lint.asked` of a draft of any.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import msgspec

from forms.schema.fields import NOTHING, Field, Prefill, Words

WIDGETS: Final[dict[str, tuple[str, ...]]] = {  # how each kind of question can be asked; the first unless it says so
    "text": ("text", "multiline", "month", "time", "record", "photo", "sound", "position"),
    "date": ("date", "month"),
    "choice": ("choices", "dropdown", "compact", "likert"),
    "choices": ("choices", "dropdown", "compact"),
    "integer": ("number", "slider"),
    "decimal": ("number", "slider"),
    "boolean": ("yes_no",),
}
MEDIA: Final = frozenset({"photo", "sound"})
DEFAULT_MERGE: Final = "ask"  # protocol section 5: a person decides unless the form says otherwise
SENSITIVE: Final = frozenset({"S2", "S3", "S4"})

Choices = Mapping[str, Words]
"""Codes with the words of each, in the order in which they are offered."""


class Reference(msgspec.Struct, frozen=True):
    """A question whose answer names another record, or an item of one: the one whose `key` has the same answer.

    `within` is a reference of the same form: only its record is looked in.
    """

    form: str
    key: str
    within: str | None = None


class Question(msgspec.Struct, frozen=True, dict=True):
    """One question, or one computed field: where its answers stand, what they may be, and what the form says of it.

    `path` is a template: `/datum`, or `/kind/*/kind_stem` inside a repeating group, whose path is then `repeat`. The
    `codes` stand in the order of the schema's `enum`: that order is what `first-listed` follows. `required` says that
    its own group demands an answer. `node` is the schema of its answers, with references followed; a computed field has
    none. `choices` are the words of its codes, or of the list that it names where that was handed in; `page` is the
    number of the page on which it stands.
    """

    path: str
    kind: str
    codes: tuple[str, ...] = ()
    repeat: str | None = None
    required: bool = False
    node: Mapping[str, Any] = {}
    field: Field = NOTHING
    choices: Choices = {}
    page: int | None = None
    computed: bool = False

    @property
    def name(self) -> str:
        """The last name of its path: unique among the questions of one table."""
        return self.path.rpartition("/")[2]

    @property
    def label(self) -> Words:
        """Its words, by language."""
        return self.field.label

    @property
    def hint(self) -> Words:
        """The words below its label, by language."""
        return self.field.hint or {}

    @property
    def sensitivity(self) -> str:
        """The class S0 to S4; the empty text if none is given."""
        return self.field.sensitivity or ""

    @property
    def sensitive(self) -> bool:
        """True if the answer is sensitive by its class; one without a class counts as sensitive."""
        return self.sensitivity in SENSITIVE or not self.sensitivity

    @property
    def merge(self) -> str:
        """The policy that merges its answers."""
        return DEFAULT_MERGE if self.field.merge is None else self.field.merge

    @property
    def widget(self) -> str:
        """The way in which it is asked; empty for a computed field, which nobody is asked."""
        return ("" if self.computed else WIDGETS[self.kind][0]) if self.field.widget is None else self.field.widget

    @property
    def listed(self) -> str | None:
        """The list of the municipality that gives its choices."""
        return self.field.listed

    @cached_property
    def reference(self) -> Reference | None:
        """The record that its answer names; unless the form says so, the key is the question of its own name."""
        if self.field.form is None:
            return None
        return Reference(
            self.field.form, f"/{self.name}" if self.field.key is None else self.field.key, self.field.within
        )

    @property
    def prefill(self) -> Prefill | None:
        """The answer that a device takes over from such a record."""
        return self.field.prefill

    @property
    def subject(self) -> str | None:
        """The subject of a photo or a sound."""
        return self.field.subject

    @property
    def local_only(self) -> bool:
        """True if its answers never leave the device."""
        return bool(self.field.local_only)

    @property
    def must_answer(self) -> str | None:
        """The duty for which it must be answered."""
        return self.field.must_answer

    @property
    def report(self) -> bool:
        """True if a report counts it."""
        return bool(self.field.report)

    @cached_property
    def said(self) -> str:
        """Its name and its labels, to look for words in."""
        return " / ".join((self.name, *self.field.label.values()))
