"""The verbs of a journal about the accounts of staff and what belongs to them: tables of journal.db, so that every
backup holds them."""

from typing import Any

from backend.stores.rows import Account


class Accounts:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any

    def accounts(self) -> list[Account]:
        """Every account, by name."""
        return [Account(*row) for row in self._run("select name, role, created_ms, confirmed_by from staff order by 1")]

    def keep_account(self, account: Account) -> None:
        """Keep an account; one of the same name stays as it is."""
        self._run("insert into staff values(?, ?, ?, ?) on conflict do nothing", account)

    def confirm_account(self, name: str, by: str) -> None:
        """Note who confirmed a first account."""
        self._run("update staff set confirmed_by = ? where name = ?", (by, name))

    def kept(self, kind: str) -> dict[str, bytes]:
        """All that is kept of a kind, by its id."""
        return dict(self._run("select id, raw from kept where kind = ? order by id", (kind,)).fetchall())

    def kept_one(self, kind: str, id_: str) -> bytes | None:
        """One thing of a kind."""
        row = self._run("select raw from kept where kind = ? and id = ?", (kind, id_)).fetchone()
        return row[0] if row else None

    def keep(self, kind: str, id_: str, raw: bytes) -> None:
        """Keep a thing of a kind, in place of the one of its id."""
        self._run(
            "insert into kept values(?, ?, ?) on conflict(kind, id) do update set raw = excluded.raw", (kind, id_, raw)
        )

    def unkeep(self, kind: str, id_: str) -> None:
        """Keep a thing of a kind no longer."""
        self._run("delete from kept where kind = ? and id = ?", (kind, id_))
