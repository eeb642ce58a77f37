"""Errors of databases that are servers: away, slow to confirm, of another node, or not fit to hold a municipality."""

from backend.errors import BackendError


class StoreAway(BackendError):
    """A database server cannot be reached, or ended the session."""

    code = "store-away"


class CommitUnconfirmed(BackendError):
    """A commit was not confirmed by a standby: what was written may end with one machine, so nobody is told of it."""

    code = "commit-unconfirmed"


class StandbyAway(BackendError):
    """No standby confirms what is written: it waits, and nobody is told that it is kept. It may be, once one does."""

    code = "standby-away"


class LeaseHeld(BackendError):
    """Another node has this municipality."""

    code = "lease-held"


class NodeUnknown(LeaseHeld):
    """Another node has this municipality, and its address has no mark of a server that has the same key."""

    code = "node-unknown"


class LeaseLost(BackendError):
    """Another node took this municipality over while this one had it."""

    code = "lease-lost"


class JournalMoved(BackendError):
    """The journal went on, or back, without this node: a commit that was never answered, or a database put back."""

    code = "journal-moved"


class ServerTooOld(BackendError):
    """A database server of a release that is not supported."""

    code = "postgres-too-old"


class ServerNotSynchronous(BackendError):
    """A database server without a standby that it waits for: what it says is kept may be lost with it."""

    code = "postgres-not-synchronous"


class ServerBehind(BackendError):
    """A database server whose place another one took: an old primary that came back."""

    code = "postgres-behind"


class StoreReadOnly(BackendError):
    """A database that takes nothing in: a standby, or one that was made read-only."""

    code = "store-read-only"


class StoreLacksRight(BackendError):
    """A database in which this account may make no schema, so that no municipality can be set up there."""

    code = "store-lacks-right"


class TextWithNul(BackendError):
    """PostgreSQL keeps no text with a NUL in it; nothing of the request was taken in."""

    code = "text-with-nul"


class StoreOfAnotherServer(BackendError):
    """The database at this address is not the one that a municipality's folder names."""

    code = "store-of-another-server"


class KeysWithJournal(BackendError):
    """Keys in the cluster of the journals would stay in its archive for as long as journals do."""

    code = "keys-with-journal"


class DriverMissing(BackendError):
    """The driver of PostgreSQL is not installed."""

    code = "postgres-driver-missing"


class JournalElsewhere(BackendError):
    """A municipality's journal is in PostgreSQL, and no setting says where that is."""

    code = "journal-elsewhere"
