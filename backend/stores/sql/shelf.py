"""The published versions of a municipality's forms and lists, and the drafts that wait: tables of journal.db.

A list stands beside the forms under the name `list/<slug>`. A version never changes; only its retirement is noted.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from backend.stores.rows import Draft, Version
from forms.definition.shape import VERSION_MAX

COLUMNS: Final = ", ".join(Version.__struct_fields__)


class SqlShelf:
    """Published versions and waiting drafts. Whoever changes them does so in the writer's transaction."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self._run = run  # executes one statement

    def document(self, form: str, version: int) -> bytes | None:
        """The bytes of a published version; of a number that no version can have, nothing. Devices may name any."""
        if not 0 < version <= VERSION_MAX:
            return None
        row = self._run("select document from form where form = ? and version = ?", (form, version)).fetchone()
        return row[0] if row else None

    def versions(self, form: str) -> list[Version]:
        """The published versions of a form or list, oldest first."""
        rows = self._run(f"select {COLUMNS} from form where form = ? order by version", (form,))
        return [Version(*row) for row in rows]

    def newest(self) -> list[Version]:
        """The newest version of everything that was published, by name."""
        rows = self._run(
            f"select {COLUMNS} from form join (select form f, max(version) v from form group by form) as newest"
            " on form = f and version = v order by form"
        )
        return [Version(*row) for row in rows]

    def keep(self, version: Version) -> None:
        """Keep a published version for good; a draft of its form waits no longer."""
        marks = ",".join("?" * len(msgspec.structs.fields(Version)))
        self._run(f"insert into form({COLUMNS}) values({marks})", msgspec.structs.astuple(version))
        self._run("delete from draft where form = ?", (version.form,))

    def retire(self, form: str, version: int, now_ms: int) -> None:
        """Note that nothing new is begun with a form, up to a version."""
        self._run(
            "update form set retired_ms = ? where form = ? and version <= ? and retired_ms is null",
            (now_ms, form, version),
        )

    def draft(self, form: str) -> Draft | None:
        """The draft of a form that waits."""
        row = self._run("select * from draft where form = ?", (form,)).fetchone()
        return Draft(*row) if row else None

    def drafts(self) -> list[Draft]:
        """All drafts that wait, by name."""
        return [Draft(*row) for row in self._run("select * from draft order by form")]

    def propose(self, draft: Draft) -> None:
        """Let a draft wait, in place of the one before."""
        marks = ",".join("?" * len(msgspec.structs.fields(Draft)))
        self.withdraw(draft.form)
        self._run(f"insert into draft values({marks})", msgspec.structs.astuple(draft))

    def withdraw(self, form: str) -> None:
        """A draft waits no longer."""
        self._run("delete from draft where form = ?", (form,))
