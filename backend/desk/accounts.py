"""Accounts, and what only a person may confirm: with the passphrase or a recovery code, never with a key file."""

import re
from typing import ClassVar, Final

from backend.desk import own_secrets
from backend.desk.arguments import AccountExists, BadArgument
from backend.desk.desk import Desk, Row
from backend.desk.own_secrets import Proof
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.sentences import words
from backend.stores.rows import ADMIN
from crypto.keyslots import KEY_FILE
from crypto.vault import Vault

STAFF_NAME: Final = re.compile(r"[\w.@-]{2,60}")  # it stands in audit lines and on screens
FIRST: Final = "first-account"


class PersonNeeded(BackendError):
    """A key file lies on the machine: whoever holds the machine would confirm for a person."""

    code: ClassVar[str] = "person-needed"


def by_a_person(command: str, slot: str) -> None:
    """Refuse a key file where a person must speak."""
    if slot == KEY_FILE:
        raise PersonNeeded(command=command)


def account_name(given: str) -> str:
    """The name of an account as it is kept, or `BadArgument`."""
    name = given.strip()
    if not STAFF_NAME.fullmatch(name):
        raise BadArgument(what="the-account-name", given=repr(name[:40]), wanted="account-name")
    return name


async def add_staff(_desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault) -> list[Row]:
    """Give a colleague an account, with the secret that they chose: it is in the vault before the account is there."""
    name, now_ms = account_name(str(args["name"])), town.clock.now_ms()

    def refuse_another() -> None:
        if name in [account.name for account in town.staff.all()]:
            raise AccountExists(name=name, municipality=town.code)
        town.staff.refuse_alike(name)

    def work() -> None:
        refuse_another()
        town.staff.add(name, ADMIN, now_ms, staff)
        town.auditing.write(staff, "add-staff", None, name)

    refuse_another()
    await own_secrets.keep(town, vault, name, str(args.get("secret") or ""))
    await town.submit(work)
    return [{"staff": name, "municipality": town.code}]


async def first_account(_desk: Desk, town: Municipality, _staff: str, args: Row) -> list[Row]:
    """Make the first account where there is none, as after a restore on another machine."""
    name, now_ms = account_name(str(args["name"])), town.clock.now_ms()

    def work() -> None:
        town.staff.first(name, now_ms)
        town.auditing.write(name, FIRST, None, words("account-unconfirmed").kept)

    await town.submit(work)
    return [{"staff": name, "municipality": town.code, "confirmed": False}]


async def confirm_account(
    _desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault, proof: Proof
) -> list[Row]:
    """Confirm a first account as a second one, whose person shows its secret."""
    name = str(args["name"])
    town.staff.may_confirm(name, staff)
    await proof.shown(vault)

    def work() -> None:
        town.staff.confirm(name, staff)
        town.auditing.write(staff, "confirm-account", None, name)

    await town.submit(work)
    return [{"staff": name, "confirmed_by": staff}]


async def confirm_list(_desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    """Confirm where the list outside the backups of a restored municipality ends; it delivers again."""
    await town.confirming.confirm_list(str(args["ends"]), staff)
    return [{"municipality": town.code, "list_ends": str(args["ends"]), "delivers": True}]
