"""What the server itself refuses, and the one table from every room's error codes to HTTP statuses."""

from typing import Any, ClassVar, Final, Protocol

from crypto.errors import CryptoError
from forms.errors import FormsError
from sync.errors import SyncError


class BackendError(Exception):
    """The server could not do what was asked; nothing is half done.

    `code` is stable, `message` says what happened, `remedy` what the person who asked can do.
    """

    code: ClassVar[str] = "server"
    message: ClassVar[str] = "The server could not do this."
    remedy: ClassVar[str] = "Try again later; if it goes on, tell the operator."

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))


class StoreBusy(BackendError):
    """Another writer holds the file."""

    code = "store-busy"
    message = "The store {store} is locked by another program."
    remedy = "Stop the other program; only one server may write a municipality's folder."


class StoreCorrupt(BackendError):
    """The file is not a database, or SQLite found it damaged."""

    code = "store-corrupt"
    message = "The store {store} is damaged: {why}."
    remedy = "Stop the server and restore the last backup; the devices hand in what came after it."


class StoreMissing(BackendError):
    """A store of a municipality is not there; one made anew would look whole and hold nothing."""

    code = "store-missing"
    message = "The store {store} is missing."
    remedy = "Restore the last backup; the devices hand in what came after it."


class StoreForeign(BackendError):
    """A store of another municipality, or one that was never set up, would look whole and serve the wrong people."""

    code = "store-foreign"
    message = "The store {store} is not one of {municipality}."
    remedy = "Put the municipality's own file back, or restore its last backup; the devices hand in what came after it."


class VaultMissing(BackendError):
    """Without its vault a municipality stays locked."""

    code = "vault-missing"
    message = "The vault of {municipality} is missing."
    remedy = "Put vault/municipality.vault of the last backup's keys in its place; devices are answered meanwhile."


class StoreFull(BackendError):
    """Nothing more fits on the disk; nothing of the request was taken in."""

    code = "store-full"
    message = "The disk that holds {store} is full."
    remedy = "Free space on the server. Nothing is lost: devices keep what was not acknowledged."


class WrongStoreKey(BackendError):
    """The key that was unlocked does not open this store."""

    code = "wrong-store-key"
    message = "The store {store} does not open with its key."
    remedy = "It belongs to another vault; delete records.db and unlock, and it is rebuilt."


class StoreTooNew(BackendError):
    """A newer release wrote this store."""

    code = "store-too-new"
    message = "The store {store} has schema {found}; this release knows up to {known}."
    remedy = "Start the newer release, or restore a backup from before the update."


class StoreFailed(BackendError):
    """SQLite refused for a reason that has no name of its own."""

    code = "store-failed"
    message = "The store {store} failed: {why}."
    remedy = "Nothing was acknowledged. Look at the server's log and disk."


class MunicipalityUnknown(BackendError):
    """This server does not host that municipality."""

    code = "municipality-unknown"
    message = "This server hosts no municipality {municipality}."
    remedy = "Check the code: `veldpost status` lists what is hosted here. In an app, check the server's address too."


class MunicipalityExists(BackendError):
    """A municipality is made once."""

    code = "municipality-exists"
    message = "The municipality {municipality} has been set up here already."
    remedy = "Use it, or move its folder away first."


class MunicipalityLocked(BackendError):
    """What needs the municipality's private keys waits until somebody unlocks it."""

    code = "municipality-locked"
    message = "The municipality {municipality} is locked."
    remedy = "An administrator unlocks it with `veldpost unlock`; syncing goes on meanwhile."


class DeviceUnknown(BackendError):
    """Only a certified device may ask; unknown and badly signed are answered alike."""

    code = "device-unknown"
    message = "The request is not signed by a device that this municipality certified."
    remedy = "The app shows its certificate and asks again; otherwise enrol the device with an invitation."


class CertificateExpired(BackendError):
    """A certificate bounds when a device may ask."""

    code = "certificate-expired"
    message = "The device's certificate is not valid at this time."
    remedy = "Check the device's clock; otherwise enrol it anew."


class NoAccess(BackendError):
    """A device reads what it created or was granted."""

    code = "no-access"
    message = "This device may not read or write that record."
    remedy = "Ask your administrator to grant the record."


class InvitationInvalid(BackendError):
    """An invitation is single-use and lives ten minutes."""

    code = "invitation-invalid"
    message = "The invitation is {why}."
    remedy = "Ask your administrator for a new invitation."


class EnrolmentRefused(BackendError):
    """The keys that were posted are not what the invitation's secret vouches for."""

    code = "enrolment-refused"
    message = "The enrolment was refused: {why}."
    remedy = "Start again with a new invitation, on the network that you trust."


class NoSuchDevice(BackendError):
    """A person named a device that was never certified here."""

    code = "no-such-device"
    message = "This municipality has no device {device}."
    remedy = "Check the device's id: `veldpost devices` lists them all."


class RecordUnknown(BackendError):
    """There is no such record here."""

    code = "record-unknown"
    message = "This municipality has no record {record}."
    remedy = "Check the record's id."


class RecordErased(BackendError):
    """An erased record takes nothing new: no upload begins or ends for it."""

    code = "record-erased"
    message = "The record {record} was erased."
    remedy = "Nothing more can be added to it; the app forgets it at its next exchange."


class FormUnknown(BackendError):
    """Only published versions can be fetched."""

    code = "form-unknown"
    message = "This municipality published no version {version} of the form {form}."
    remedy = "Ask for the versions that the last exchange named; at a terminal `veldpost form list` names them all."


class FormIsRetired(BackendError):
    """A retired form begins nothing new; what was begun with it is edited as before."""

    code = "form-is-retired"
    message = "The form {form} (version {version}) is retired: no new record is begun with it."
    remedy = "Use the form that took its place; records that exist can be edited."


class Shaped(Protocol):
    """What the errors of all rooms have in common."""

    code: ClassVar[str]
    remedy: ClassVar[str]


STATUS: Final = {
    "not-messagepack": 400, "unknown-protocol": 400, "clock": 409, "too-large": 413, "malformed-header": 400,
    "bad-receipt": 400, "bad-signature": 401, "device-unknown": 401, "certificate-expired": 403,
    "device-revoked": 403, "hand-in-revoked-full": 413, "upload-ended-full": 413, "hand-in-full": 429,
    "no-access": 403, "invitation-invalid": 403, "enrolment-refused": 403,
    "municipality-unknown": 404, "no-such-device": 404, "record-unknown": 404, "form-unknown": 404,
    "attachment-hash": 422, "attachment-foreign": 422, "attachment-version": 422, "record-erased": 410,
    "upload-unknown": 404, "upload-offset": 409, "attachment-too-long": 413,
    "attachment-unknown": 404, "tus-version": 412, "bad-upload": 400,
    "municipality-exists": 409, "municipality-locked": 503, "list-not-writable": 503,
    "store-busy": 503, "store-full": 507, "store-corrupt": 500, "store-failed": 500, "store-too-new": 500,
    "store-missing": 500, "wrong-store-key": 500, "wrong-passphrase": 403, "wrong-key-file": 403,
    "wrong-recovery-code": 403, "too-many-attempts": 429,
}  # fmt: skip
STATUS_DEFAULT: Final = 400  # a broken rule of the protocol or of a form is the asker's to mend

ROOM_ERRORS: Final = (BackendError, SyncError, CryptoError, FormsError)


def status_of(code: str) -> int:
    """The HTTP status of an error code."""
    return STATUS.get(code, STATUS_DEFAULT)
