"""Errors of the server itself, and the one table from every room's error codes to HTTP statuses."""

from typing import Any, ClassVar, Final

from crypto.errors import AttachmentForeign, AttachmentHash, CryptoError
from forms.errors import FormsError
from sync.acting import Denial
from sync.errors import SyncError


class BackendError(Exception):
    """The server could not do what was asked; nothing is half done.

    `code` is stable. The sentences of a code, what happened and what the person who asked can do, stand in `said/`, a
    file a language; `backend.sentences` fills them with the facts.
    """

    code: ClassVar[str] = "server"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({facts})" if facts else self.code


class StoreBusy(BackendError):
    """Another writer holds the file."""

    code = "store-busy"


class StoreCorrupt(BackendError):
    """The file is not a database, or SQLite found it damaged."""

    code = "store-corrupt"


class StoreMissing(BackendError):
    """A store of a municipality is not there; one made anew would look whole and hold nothing."""

    code = "store-missing"


class StoreForeign(BackendError):
    """A store of another municipality, or one that was never set up, would look whole and serve the wrong people."""

    code = "store-foreign"


class VaultMissing(BackendError):
    """Without its vault a municipality stays locked."""

    code = "vault-missing"


class VaultForeign(BackendError):
    """A vault of other keys would unlock, and nothing that it signs would be believed."""

    code = "vault-foreign"


class KeyslotOfAnother(BackendError):
    """A passphrase that a person chose for themselves proves that person, and nobody else acts with it."""

    code = "keyslot-of-another"


class StoreFull(BackendError):
    """Nothing more fits on the disk; nothing of the request was taken in."""

    code = "store-full"


class WrongStoreKey(BackendError):
    """The key that was unlocked does not open this store."""

    code = "wrong-store-key"


class StoreTooNew(BackendError):
    """A newer release wrote this store."""

    code = "store-too-new"


class StoreFailed(BackendError):
    """SQLite refused for a reason that has no name of its own."""

    code = "store-failed"


class MunicipalityUnknown(BackendError):
    """This server does not host that municipality."""

    code = "municipality-unknown"


class MunicipalityExists(BackendError):
    """A municipality is made once."""

    code = "municipality-exists"


class MunicipalityLocked(BackendError):
    """The municipality is locked: what needs its private keys waits until somebody unlocks it."""

    code = "municipality-locked"


class DeviceUnknown(BackendError):
    """Only a certified device may ask; unknown and badly signed are answered alike."""

    code = "device-unknown"


class CertificateExpired(BackendError):
    """A certificate bounds when a device may ask."""

    code = "certificate-expired"


class NoAccess(BackendError):
    """A device reads what it created or was granted."""

    code = "no-access"


class InvitationInvalid(BackendError):
    """An invitation is single-use and lives ten minutes."""

    code = "invitation-invalid"


class EnrolmentRefused(BackendError):
    """The keys that were posted are not what the invitation's secret vouches for."""

    code = "enrolment-refused"


class NoSuchDevice(BackendError):
    """A person named a device that was never certified here."""

    code = "no-such-device"


class RecordUnknown(BackendError):
    """There is no such record here."""

    code = "record-unknown"


class RecordErased(BackendError):
    """An erased record takes nothing new: no upload begins or ends for it."""

    code = "record-erased"


class FormUnknown(BackendError):
    """Only published versions can be fetched."""

    code = "form-unknown"


class FormIsRetired(BackendError):
    """A retired form begins nothing new; what was begun with it is edited as before."""

    code = "form-is-retired"


class FormNotPublished(BackendError):
    """The form was never published: it cannot be retired or compared with."""

    code = "form-not-published"


class UploadUnknown(BackendError):
    """An upload belongs to the device that began it, for a week."""

    code = "upload-unknown"


class UploadOffset(BackendError):
    """A piece begins where the last one that was acknowledged ended, or repeats bytes that are held."""

    code = "upload-offset"


class AttachmentTooLong(BackendError):
    """Limits that keep one device from filling the disk."""

    code = "attachment-too-long"


class UploadEndedFull(BackendError):
    """An upload goes over what a device may bring after its end; bounded, so that a stolen one fills no disk."""

    code = "upload-ended-full"


_REFUSED: Final[dict[str, type[BackendError | CryptoError]]] = {
    one.code: one
    for one in (
        InvitationInvalid, EnrolmentRefused, NoSuchDevice, RecordUnknown, RecordErased, NoAccess, CertificateExpired,
        StoreFull, FormNotPublished, UploadUnknown, UploadOffset, AttachmentTooLong, UploadEndedFull, AttachmentForeign,
        AttachmentHash,
    )
}  # fmt: skip


def refused(denial: Denial) -> BackendError | CryptoError:
    """The error that a pure decision names."""
    return _REFUSED[denial.code](**denial.facts)


_CODES: Final = {  # every code of every room, by the status that a request gets
    400: """
        not-messagepack unknown-protocol times-differ malformed-header foreign-entry body-hash body-missing
        broken-chain gap-in-push refused bad-receipt sync crypto device-mismatch malformed-key suite-too-weak
        epoch-does-not-open wrap-does-not-open grant-does-not-open key-mismatch
        body-does-not-open bad-padding bad-plaintext touches-mismatch forms bad-path not-an-answer bad-upload
        bad-argument bad-command bad-record-id bad-device-id bad-conflict-id bad-decision-id bad-digest
        bad-document bad-list-name bad-list-title bad-municipality recovery-not-confirmed whole-id-needed
        unknown-command file not-json not-a-judged-set not-an-object not-a-rescue-file
    """,
    401: """
        bad-signature device-unknown desk-signed-out
    """,
    403: """
        export-second-self export-not-agreed
        desk-not-yours desk-other-window desk-other-account desk-not-elevated desk-wrong-present
        certificate-expired device-revoked device-wiped no-access invitation-invalid enrolment-refused
        wrong-passphrase wrong-key-file wrong-recovery-code keyslot-needed person-needed same-person
        staff-unknown account-ended secret-needed no-own-secret wrong-own-secret keyslot-of-another
        desk-not-of-team desk-not-reader desk-phone-two erase-for-two desk-not-second desk-no-role desk-openid-refused
        terminal-not-signed-in terminal-over terminal-of-another token-file-open
        not-your-command staff-proves-nothing reason-at-desk
        second-person-needed renewal-asked nothing-to-renew
    """,
    404: """
        desk-gone desk-person-unknown desk-team-unknown
        municipality-unknown no-such-device no-such-record record-unknown entry-unknown form-unknown
        form-not-published unknown-form draft-unknown conflict-unknown decision-unknown list-unknown
        worker-unknown upload-unknown attachment-unknown key-file unknown-keyslot form-draft-unknown
        terminal-code-unknown no-such-task
    """,
    405: """
        desk-no-page
    """,
    409: """
        sealed-file-broken export-pipe-broken
        export-overtaken parquet-missing reading-stopped reading-too-long
        desk-has-left desk-last-admin desk-not-invitable desk-roles-apart desk-second-needed desk-not-come-in
        desk-openid-own
        clock upload-offset municipality-exists account-exists accounts-exist staff-alike nothing-to-confirm
        worker-alike desk-person-exists
        page-changed page-foreign not-taken weigh-first lower-for-two delete-for-two
        record-ambiguous decision-changed draft-changed list-changed list-differs list-not-confirmed
        conflict-first form-is-retired last-slot not-readable file-exists restore-running server-running
        too-few-keyslots too-many-keyslots form-draft-changed too-many-form-drafts
        served-already
        backup-exists
        left-beside-keys already-there
    """,
    410: """
        export-rights-gone
        record-erased desk-invite-over desk-proposal-over
        terminal-code-over
    """,
    412: """
        tus-version
    """,
    413: """
        upload-ended-full desk-file-too-large
        too-large hand-in-revoked-full attachment-too-long attachment-too-large file-too-large
    """,
    422: """
        text-too-long text-with-nul desk-no-role-chosen
        export-bad-wish export-reason-needed export-records-needed export-period-backwards
        desk-weak-password desk-not-typed-back desk-wrong-code desk-team-unnamed desk-passkey-refused
        attachment-hash attachment-foreign attachment-version attachment-does-not-open unknown-policy
        unusable-form form-refused form-not-usable list-refused theme-refused not-a-choice not-a-survivor not-a-backup
        desk-openid-settings
        desk-name-differs desk-rescue-elsewhere desk-rescue-none form-not-brought desk-typed-otherwise
        weak-passphrase secret-missing secret-not-own not-imported not-exported difference
        backup-unsound
        answer-does-not-fit reason-needed confirm-needed nothing-chosen no-answer-given question-needed no-such-review
        desk-file-empty desk-file-kind desk-file-heic desk-file-video desk-file-is-sound desk-file-is-photo
        desk-file-other-sound desk-file-broken desk-files-many
        question-empty nothing-written nothing-picked task-day-past view-unnamed view-names-record name-of-group
        too-many-rows second-reader-needed seen-reason-needed
        nothing-to-begin nothing-ticked too-many-chosen task-not-given reading-reason-needed too-many-items
    """,
    429: """
        export-limit-own export-limit-server export-limit-kept
        desk-too-soon
        hand-in-full too-many-attempts too-many-terminals
    """,
    500: """
        store-foreign vault-foreign vault-newer
        process-ended
        server unexpected store-corrupt store-failed store-too-new store-missing wrong-store-key vault-missing
        vault-corrupt unknown-secret folder-failed keys-not-writable backup-failed restore-failed backup-lacks settings
        socket-path not-sound demo-reachable
        cannot-listen
        old-backups-stay attachment-damaged
        data-not-writable
        postgres-too-old postgres-not-synchronous store-of-another-server keys-with-journal postgres-driver-missing
        journal-elsewhere store-lacks-right move-differs attachments-elsewhere bucket-driver-missing
    """,
    503: """
        answer-broken-off process-away node-away node-unknown store-away commit-unconfirmed standby-away
        lease-held lease-lost journal-moved postgres-behind
        store-read-only copy-away copy-fails
        bucket-away bucket-missing bucket-refused bucket-locked bucket-lacks-right bucket-unfit bucket-of-another
        municipality-locked list-not-writable store-busy server-not-running look-too-long
        desk-openid-provider
    """,
    507: """
        store-full act-listed
    """,
}
STATUS: Final = {code: status for status, codes in _CODES.items() for code in codes.split()}
STATUS_UNNAMED: Final = 500  # a class without a row is a fault of ours; a test finds it

ROOM_ERRORS: Final = (BackendError, SyncError, CryptoError, FormsError)


def status_of(code: str) -> int:
    """The HTTP status of an error code."""
    return STATUS.get(code, STATUS_UNNAMED)
