"""The accounts of a municipality's staff, kept in its journal, so that every backup holds them."""

from pathlib import Path
from typing import ClassVar, Final

from backend.errors import BackendError
from backend.stores.control import CONTROL_FILE, accounts_of
from backend.stores.ledger import Journal
from backend.stores.rows import ADMIN, Account
from forms.lint.fold import looks

NOBODYS: Final = ("operator", "openid")  # who acts in the log where no person does


class StaffUnknown(BackendError):
    """The name is no account here: whoever acts on personal data is named in the audit."""

    code: ClassVar[str] = "staff-unknown"


class StaffAlike(BackendError):
    """Two people look at a form with warnings, so two accounts must be two people, and be read as two."""

    code: ClassVar[str] = "staff-alike"


class AccountsExist(BackendError):
    """A first account is made only where nobody can act."""

    code: ClassVar[str] = "accounts-exist"


class NothingToConfirm(BackendError):
    """Only a first account waits for a second one, and nobody confirms their own."""

    code: ClassVar[str] = "nothing-to-confirm"


class Staff:
    """The accounts of one municipality; whoever writes does so in the writer's transaction."""

    def __init__(self, code: str, journal: Journal) -> None:
        self.code = code
        self._journal = journal

    def all(self) -> list[Account]:
        """Every account, by name."""
        return self._journal.accounts()

    def add(self, name: str, role: str, now_ms: int, confirmed_by: str) -> None:
        """Keep an account; the same one again changes nothing. No two are read alike: that is one person."""
        self.refuse_alike(name)
        self._journal.keep_account(Account(name, role, now_ms, confirmed_by))

    def refuse_alike(self, name: str) -> None:
        """Refuse a name that is read like that of another account, or as the log calls the machine."""
        others = [account.name for account in self.all() if account.name != name]
        alike = [one for one in (*others, *NOBODYS) if looks(one) == looks(name)]
        if alike:
            raise StaffAlike(name=name, known=alike[0])

    def known(self, name: str) -> str:
        """The name of an account that there is; raises `StaffUnknown`."""
        if name not in [account.name for account in self.all()]:
            raise StaffUnknown(municipality=self.code, name=name)
        return name

    def first(self, name: str, now_ms: int) -> None:
        """Make the first account of a municipality that has none; it is shown until a second one confirms it."""
        names = [account.name for account in self.all()]
        if names:
            raise AccountsExist(municipality=self.code, names=", ".join(names))
        self.add(name, ADMIN, now_ms, "")

    def unconfirmed(self) -> list[str]:
        """The first accounts that no second account has confirmed."""
        return [account.name for account in self.all() if not account.confirmed_by]

    def may_confirm(self, name: str, by: str) -> None:
        """Refuse to confirm an account that waits for nobody, or one's own."""
        if name == by or name not in self.unconfirmed():
            raise NothingToConfirm(name=name, by=by)

    def confirm(self, name: str, by: str) -> None:
        """Confirm a first account as another one."""
        self.may_confirm(name, by)
        self._journal.confirm_account(name, by)


def take_over(staff: Staff, journal: Journal, data: Path) -> None:
    """Take the accounts from control.db, where earlier releases kept them, once; inside a transaction."""
    if journal.meta("accounts") is None:
        for name, role, created_ms in accounts_of(data, staff.code):
            staff.add(name, role, created_ms, CONTROL_FILE)
        journal.set_meta("accounts", b"1")
