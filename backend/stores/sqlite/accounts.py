"""The verbs of a journal about the accounts of staff: a table of journal.db, so that every backup holds them."""

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
        self._run("insert or ignore into staff values(?, ?, ?, ?)", account)

    def confirm_account(self, name: str, by: str) -> None:
        """Note who confirmed a first account."""
        self._run("update staff set confirmed_by = ? where name = ?", (by, name))
