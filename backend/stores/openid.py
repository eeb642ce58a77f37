"""The connection of a municipality with its own sign-in (OpenID Connect), kept in the journal, so that backups hold it.

The secret of the client is sealed for one server: after a restore elsewhere it does not open, and is given anew. A ring
is a use of the emergency account that somebody has to look at. Whoever writes does so in the writer's transaction.
"""

from typing import Final

import msgspec

from backend.stores.ledger import Journal

_CONNECTION: Final = "openid"
_WAITING: Final = "openid-waiting"
_RING: Final = "ring"


class Mapped(msgspec.Struct, frozen=True):
    """A group of the provider, and the role (and team, if any) that it gives."""

    group: str
    role: str
    team: str = ""


class Connection(msgspec.Struct, frozen=True):
    """The provider that a municipality trusts to say who somebody is, and what that gives them here.

    `secret` is sealed. `claim` names the groups in the token. Of `acr` one must be in the token, of `amr` all.
    `emergency` is the account that comes in without the provider, and whose use rings.
    """

    issuer: str
    client: str
    secret: bytes
    redirect: str
    mapped: tuple[Mapped, ...]
    claim: str
    acr: tuple[str, ...]
    amr: tuple[str, ...]
    emergency: str
    by: str
    at_ms: int


class Ring(msgspec.Struct, frozen=True):
    """One use of the emergency account, until somebody else has seen it."""

    id: str
    staff: str
    at_ms: int
    origin: str


class OpenId:
    """The connection of one municipality, and the uses of its emergency account."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def connection(self) -> Connection | None:
        """The connection, if there is one."""
        raw = self._journal.kept_one(_CONNECTION, "")
        return None if raw is None else msgspec.msgpack.decode(raw, type=Connection)

    def keep(self, connection: Connection) -> None:
        """Keep a connection, in place of the one before."""
        self._journal.keep(_CONNECTION, "", msgspec.msgpack.encode(connection))

    def drop(self) -> None:
        """Keep no connection any more."""
        self._journal.unkeep(_CONNECTION, "")

    def waiting(self, id_: str) -> Connection | None:
        """The connection that waits for a second person, by the id of its proposal."""
        raw = self._journal.kept_one(_WAITING, id_)
        return None if raw is None else msgspec.msgpack.decode(raw, type=Connection)

    def keep_waiting(self, id_: str, connection: Connection) -> None:
        """Keep a connection that waits, and no other one: a later one takes its place."""
        self.drop_waiting()
        self._journal.keep(_WAITING, id_, msgspec.msgpack.encode(connection))

    def drop_waiting(self) -> None:
        """Keep no connection that waits."""
        for id_ in self._journal.kept(_WAITING):
            self._journal.unkeep(_WAITING, id_)

    def rings(self) -> list[Ring]:
        """The uses of the emergency account that nobody has seen, oldest first."""
        every = (msgspec.msgpack.decode(raw, type=Ring) for raw in self._journal.kept(_RING).values())
        return sorted(every, key=lambda one: one.at_ms)

    def keep_ring(self, ring: Ring) -> None:
        """Keep a use of the emergency account."""
        self._journal.keep(_RING, ring.id, msgspec.msgpack.encode(ring))

    def drop_ring(self, id_: str) -> None:
        """Keep a use no longer: it was seen."""
        self._journal.unkeep(_RING, id_)
