"""Forms that somebody makes and nobody has put forward yet: a workbook that was imported, with the report of its rows.

They hold no answers, so they lie in the journal as published forms do, are there while a municipality is locked, and
are in every backup. Whoever writes does so in the writer's transaction; each change raises the edition, and one that
was made from an older edition is not written.
"""

from typing import Final

import msgspec

from backend.errors import BackendError
from backend.stores.ledger import Journal
from forms.findings import Finding
from forms.interchange.report import Row

DRAFTS_MAX: Final = 200  # of a municipality: each may be half a megabyte
_KIND: Final = "form-draft"


class FormDraftUnknown(BackendError):
    """There is no such draft, or it was published or thrown away."""

    code = "form-draft-unknown"


class FormDraftChanged(BackendError):
    """Somebody else changed a draft since it was shown; both are kept to compare."""

    code = "form-draft-changed"


class TooManyFormDrafts(BackendError):
    """There are as many drafts as are kept."""

    code = "too-many-form-drafts"


class FormDraft(msgspec.Struct, frozen=True):
    """A form in the making: the bytes of its document as they are, and what became of the rows it was made of."""

    id: str
    name: str  # of the file that it came from
    by: str
    made_ms: int
    changed_by: str
    changed_ms: int
    edition: int
    document: bytes
    rows: tuple[Row, ...] = ()
    todo: tuple[Finding, ...] = ()  # what a person should know of the file as a whole


class FormDrafts:
    """The drafts of one municipality."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def all(self) -> list[FormDraft]:
        """Every draft, the one that was changed last first."""
        every = [msgspec.msgpack.decode(raw, type=FormDraft) for raw in self._journal.kept(_KIND).values()]
        return sorted(every, key=lambda draft: -draft.changed_ms)

    def one(self, id_: str) -> FormDraft:
        """One draft, or `FormDraftUnknown`."""
        raw = self._journal.kept_one(_KIND, id_)
        if raw is None:
            raise FormDraftUnknown
        return msgspec.msgpack.decode(raw, type=FormDraft)

    def keep(self, draft: FormDraft) -> None:
        """Keep a new draft, or the next edition of one. Raises `FormDraftChanged`, `TooManyFormDrafts`."""
        raw = self._journal.kept_one(_KIND, draft.id)
        if raw is not None:
            held = msgspec.msgpack.decode(raw, type=FormDraft)
            if held.edition != draft.edition - 1:
                raise FormDraftChanged(by=held.changed_by)
        elif draft.edition > 1:
            raise FormDraftUnknown
        elif len(self._journal.kept(_KIND)) >= DRAFTS_MAX:
            raise TooManyFormDrafts(limit=DRAFTS_MAX)
        self._journal.keep(_KIND, draft.id, msgspec.msgpack.encode(draft))

    def drop(self, id_: str) -> None:
        """Throw a draft away; it was published, or nobody needs it."""
        self._journal.unkeep(_KIND, id_)
