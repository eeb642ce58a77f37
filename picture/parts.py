"""The parts of a picture (SPEC.md section 1). Every part is JSON: hashes and ids are hexadecimal text."""

from collections.abc import Mapping
from typing import Any

import msgspec

from forms.findings import Finding
from forms.policies import SETTLED


class Text(msgspec.Struct, frozen=True, gc=False):
    """One text of a question that keeps every text, with its entry, author and time."""

    entry: str
    author: str
    at_ms: int
    text: Any


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer at one path as it is shown, with its author and time and the version it was given with.

    `kind` is the policy that decided, or `settled`. An answer that is not `in_form` is an earlier answer: its version
    asked it, the version whose columns are shown does not.
    """

    value: Any
    author: str
    at_ms: int
    entry: str
    version: int
    kind: str = SETTLED
    in_form: bool = True
    texts: tuple[Text, ...] = ()


class Word(msgspec.Struct, frozen=True):
    """One answer that a person is shown before a decision."""

    entry: str
    author: str
    at_ms: int
    path: str
    value: Any


class Conflict(msgspec.Struct, frozen=True):
    """Answers to one question that a person has to choose from; the shown one comes first."""

    id: str
    path: str
    policy: str
    survivors: tuple[Word, ...]


class Hidden(msgspec.Struct, frozen=True):
    """An answer that somebody gave and that is not shown, with the paths that hide it and their last author."""

    path: str
    parallel: bool
    level: str
    by: tuple[str, ...]
    changed_by: str
    changed_ms: int
    shown: Shown


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """A decision that a person has to make; `name` is an entry's hash or a field path, `by` are the paths that hide it.

    `shown` are the entries that the decision observes, `words` the answers that have to be read first.
    """

    id: str
    kind: str
    name: str
    facts: Mapping[str, Any]
    shown: tuple[str, ...]
    words: tuple[Word, ...]
    by: tuple[str, ...] = ()


class Attention(msgspec.Struct, frozen=True):
    """A note for a person; `name` is an entry's hash or a field path, and `facts` are what its sentence names."""

    kind: str
    name: str
    facts: Mapping[str, Any]


class Review(msgspec.Struct, frozen=True):
    """The state of the review; `changed` are the paths that were edited by somebody its author had not read."""

    state: Any
    author: str
    at_ms: int
    entry: str
    changed: tuple[str, ...]


class Thread(msgspec.Struct, frozen=True):
    """A question or comment about the record, with every text in it; a question is open until it is answered."""

    path: str
    open: bool
    texts: tuple[Text, ...]


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decision of the office about answers that stood beside each other; `were` are these, the winner first, and
    `earlier` what the office had decided of them before, the first one first."""

    path: str
    author: str
    at_ms: int
    entry: str
    were: tuple[Word, ...]
    reason: str = ""
    earlier: tuple[Word, ...] = ()


class Picture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is shown of one record, last written with `version` and shown in the columns of version `columns`."""

    record: str
    form: str = ""
    version: int = 0
    columns: int = 0
    created_ms: int = 0
    changed_ms: int = 0
    entries: int = 0
    deleted: bool = False
    contested: bool = False
    begun: bool = False
    shown: Mapping[str, Shown] = {}
    document: Mapping[str, Any] = {}
    conflicts: tuple[Conflict, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    attention: tuple[Attention, ...] = ()
    findings: tuple[Finding, ...] = ()
    reserved: Mapping[str, Shown] = {}
    review: Review | None = None
    questions: tuple[Thread, ...] = ()
    comments: tuple[Thread, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
