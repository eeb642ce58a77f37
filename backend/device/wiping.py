"""Wipes a revoked device: what goes, and when (sync/SPEC.md section 8.6)."""

from typing import ClassVar

import msgspec

from backend.device.store import DeviceStore, Identity
from backend.errors import BackendError
from crypto.primitives import random_bytes
from sync.device import Ended, due_to_go

ENDED = "ended"  # the name under which a store keeps what the device knows of its revocation
WIPED = "wiped"


class DeviceWiped(BackendError):
    """The store of a device that was revoked, and whose entries the server has."""

    code: ClassVar[str] = "device-wiped"


def wipe_what_is_due(store: DeviceStore, now_ms: int) -> bool:
    """Wipe what must go now; whether everything went. Safe to repeat, and after a power cut."""
    ended = store.get(ENDED, Ended)
    if ended is None:
        return False
    wipe = due_to_go(ended, now_ms, store.waiting_attachments())
    if wipe.everything:
        with store.transaction():
            _wipe_everything(store)
    elif wipe.reading:
        with store.transaction():
            _wipe_reading(store)
    else:
        return False
    store.db.conn.execute("pragma wal_checkpoint(truncate)").fetchall()
    return wipe.everything


def _wipe_reading(store: DeviceStore) -> None:
    """Record keys, grants and drafts go, and the private sealing key that would open them again."""
    run = store.db.conn.execute
    run("update record set record_key = null")
    run("update fact set sealed = null")
    run("delete from outgoing_grant")
    run("delete from meta where name like 'draft:%'")
    identity = store.get("identity", Identity)
    store.put("identity", msgspec.structs.replace(identity, sealing=random_bytes(32)))  # a key that opens nothing


def _wipe_everything(store: DeviceStore) -> None:
    """All rows go. That it was wiped stays, so that the person is told."""
    run = store.db.conn.execute
    names = [row[0] for row in run("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")]
    for name in names:
        run(f"delete from [{name}]")
    store.put(WIPED, True)
