"""Connecting a municipality with its own sign-in: what an admin gives, checked before anything is fetched or kept.

A provider says who somebody is and which roles they have, so an admin who connected one alone would read by a provider
of their own: a second person agrees (`four_eyes`).
"""

import re
from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from msgspec.structs import replace

from backend.desk import four_eyes
from backend.desk.coming_in import DONE, bound
from backend.desk.openid.provider import Providers, is_address, is_issuer
from backend.desk.openid.signing import about_secret
from backend.desk.rights import Role
from backend.desk.server_key import ServerKey
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.openid import Connection, Mapped
from backend.stores.people import ACTIVE, PASSKEY, PASSWORD

TEXT_MAX: Final = 200  # signs of a client's id, a group, a class of sign-in
SECRET_MAX: Final = 500
MAPPED_MAX: Final = 50  # rows
WANTED_MAX: Final = 10  # values of acr, and of amr
_CLAIM: Final = re.compile(r"[\w.:/-]{1,100}")


class ConnectionWrong(BackendError):
    """Fields of a connection that cannot be so; `fields` names them, each a word of the page."""

    code: ClassVar[str] = "desk-openid-settings"

    def __init__(self, fields: Sequence[str]) -> None:
        self.fields = tuple(fields)
        super().__init__(count=len(fields))


class Given(NamedTuple):
    """A connection as an admin typed it."""

    issuer: str
    client: str
    secret: str
    redirect: str
    mapped: tuple[Mapped, ...]
    claim: str
    acr: tuple[str, ...]
    amr: tuple[str, ...]
    emergency: str


def wrong_in(town: Municipality, given: Given) -> list[str]:
    """The fields of a connection that cannot be so, in the order of the page."""
    before = town.openid.connection()
    same = before is not None and (before.issuer, before.client) == (given.issuer, given.client)
    teams = {team.id for team in town.people.teams()} | {""}
    rows = given.mapped
    right = {
        "issuer": is_issuer(given.issuer),
        "client": _short(given.client),
        # a secret that stays is shown to nobody but the provider that it was given for
        "secret": len(given.secret) <= SECRET_MAX and given.secret.isprintable() and bool(given.secret or same),
        "redirect": is_address(given.redirect),
        "mapped": len(rows) <= MAPPED_MAX
        and all(_short(one.group) and one.role in [*Role] and one.team in teams for one in rows),
        "claim": _CLAIM.fullmatch(given.claim) is not None,
        "strength": bool(given.acr or given.amr)
        and all(len(some) <= WANTED_MAX and all(map(_short, some)) for some in (given.acr, given.amr)),
        "emergency": _can_be_emergency(town, given.emergency),
    }
    return [name for name, fits in right.items() if not fits]


def _short(text: str) -> bool:
    return 0 < len(text) <= TEXT_MAX and text.isprintable()


def may_be_emergency(town: Municipality) -> list[str]:
    """The accounts of admins who can come in without the provider."""
    return [person.name for person in town.people.all() if _can_be_emergency(town, person.name)]


def _can_be_emergency(town: Municipality, name: str) -> bool:
    """True for an admin who can come in without the provider."""
    person = town.people.person(name)
    if person is None or person.state != ACTIVE or Role.ADMIN not in person.role_names:
        return False
    kept = town.people.factors(name)
    return not bound(kept) and any(one.kind in (PASSWORD, PASSKEY) for one in kept)


async def connect(
    town: Municipality, providers: Providers, key: ServerKey, by: str, given: Given, reason: str = ""
) -> list[str] | None:
    """Connect, once the provider answered as one and a second person agreed; a new secret alone needs nobody.

    Returns the accounts whose sessions count for less than it asks now; nothing while it waits for them. Raises
    `ConnectionWrong`, `ProviderFailed`, and `four_eyes.SecondNeeded` where there is no second person and no `reason`
    lets it pass.
    """
    wrong = wrong_in(town, given)
    if wrong:
        raise ConnectionWrong(wrong)
    provider = await providers.found(given.issuer, anew=True)
    await providers.keys(provider)

    def work() -> list[str] | None:
        again, before = wrong_in(town, given), town.openid.connection()
        if again:
            raise ConnectionWrong(again)
        made = _made(town, key, by, given)
        if before is None or replace(made, secret=b"", by="", at_ms=0) != replace(before, secret=b"", by="", at_ms=0):
            asked = four_eyes.new(town, four_eyes.CONNECT, by, "", label=given.issuer)
            if not four_eyes.propose(town, asked, reason):
                town.openid.keep_waiting(asked.id, made)
                return None
        return _keep(town, made, by)

    return await town.submit(work)


def _made(town: Municipality, key: ServerKey, by: str, given: Given) -> Connection:
    before = town.openid.connection()
    assert given.secret or before is not None, "wrong_in has looked"
    kept = before.secret if before is not None else b""
    secret = key.seal(given.secret.encode(), about_secret(town.code)) if given.secret else kept
    return Connection(
        given.issuer, given.client, secret, given.redirect, tuple(dict.fromkeys(given.mapped)), given.claim, given.acr,
        given.amr, given.emergency, by, town.clock.now_ms(),
    )  # fmt: skip


def _keep(town: Municipality, made: Connection, by: str) -> list[str]:
    """Keep a connection. Returns the accounts that are bound to it where their sessions came in by less."""
    before = town.openid.connection()
    town.openid.keep(made)
    town.openid.drop_waiting()
    named = ", ".join(f"{one.group} = {one.role} {one.team}".strip() for one in made.mapped)
    town.auditing.write(by, "connect-openid", None, f"{made.issuer} {made.emergency}: {named}", DONE)
    return _bound_accounts(town) if before is not None and _asks_more(before, made) else []


def _asks_more(before: Connection, made: Connection) -> bool:
    """True if a sign-in that was enough for a connection may not be for the next: another provider or client, fewer
    classes of sign-in of which one must be there, or another way that must be."""
    if (before.issuer, before.client) != (made.issuer, made.client):
        return True
    fewer = bool(made.acr) and not (before.acr and {*before.acr} <= {*made.acr})
    return fewer or not {*made.amr} <= {*before.amr}


def _bound_accounts(town: Municipality) -> list[str]:
    """The accounts that come in by the own sign-in."""
    return [one.name for one in town.people.all() if bound(town.people.factors(one.name))]


async def agree(town: Municipality, by: str, id_: str) -> list[str]:
    """Agree, as a second person, with a connection that waits, which makes it. Returns what `connect` does.

    Raises what `four_eyes.agreed` does, and `ConnectionWrong` where it cannot be so any more; then it waits still.
    """

    def work() -> list[str]:
        found, made = four_eyes.agreed(town, id_, by), town.openid.waiting(id_)
        if made is None:
            raise four_eyes.ProposalOver
        wrong = wrong_in(town, _as_given(made))
        if wrong:
            raise ConnectionWrong(wrong)
        return _keep(town, made, found.by)

    return await town.submit(work)


def _as_given(made: Connection) -> Given:
    """A connection as it was typed; its secret, which is sealed, stands for itself."""
    return Given(
        made.issuer, made.client, "sealed", made.redirect, made.mapped, made.claim, made.acr, made.amr, made.emergency
    )


async def disconnect(town: Municipality, by: str) -> list[str]:
    """End the connection: who is bound to it comes in again by an invitation. Returns the accounts that are."""

    def work() -> list[str]:
        town.openid.drop()
        town.openid.drop_waiting()
        town.auditing.write(by, "disconnect-openid", None, "", DONE)
        return _bound_accounts(town)

    return await town.submit(work)
