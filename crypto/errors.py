"""What sealing and opening refuse: one class per broken rule (SPEC.md section 9)."""

from typing import Any, ClassVar


class CryptoError(Exception):
    """Something sealed or signed is not what it claims; nothing of it was used.

    `reason` is the word that a set-aside or a report carries for it (sig, key, open, touches), where there is one.
    No error ever names a secret.
    """

    code: ClassVar[str] = "crypto"
    message: ClassVar[str] = "The sealed data is not what it claims to be."
    remedy: ClassVar[str] = "Nothing was changed. Tell your administrator."
    reason: ClassVar[str] = ""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))


class BadSignature(CryptoError):
    """Section 3: a signature is by that key, for that purpose, over exactly those fields."""

    code = "bad-signature"
    message = "The signature for the purpose {purpose} does not fit the key and the fields."
    remedy = "What was signed stays kept and is listed; a person can take its values in from the desk."
    reason = "sig"


class DeviceMismatch(CryptoError):
    """Section 2: a device's id follows from its keys."""

    code = "device-mismatch"
    message = "The device's keys give another device id than the one that is named."
    remedy = "The entry stays kept and is listed; check the device's certificate."
    reason = "sig"


class MalformedKey(CryptoError):
    """Section 1: keys have fixed lengths and lie on their curves."""

    code = "malformed-key"
    message = "A {what} is malformed."
    remedy = "Enrol the device anew."
    reason = "key"


class SuiteTooWeak(CryptoError):
    """Section 1: a municipality sets the weakest sealing that it accepts."""

    code = "suite-too-weak"
    message = "Sealed with suite {suite}; this municipality accepts {minimum} and above."
    remedy = "Update the app; it seals the key anew with a stronger suite."
    reason = "key"


class EpochDoesNotOpen(CryptoError):
    """Section 4: an epoch is sealed to one municipality, by one device, under one id."""

    code = "epoch-does-not-open"
    message = "The epoch key does not open with this municipality's key."
    remedy = "The device is asked to wrap the record key anew."
    reason = "key"


class WrapDoesNotOpen(CryptoError):
    """Section 4: a wrap opens under its own epoch, for its own record and municipality."""

    code = "wrap-does-not-open"
    message = "The record key does not open under its epoch."
    remedy = "The device is asked to wrap the record key anew."
    reason = "key"


class GrantDoesNotOpen(CryptoError):
    """Section 5: a grant opens for the device it was sealed to, and for that record only."""

    code = "grant-does-not-open"
    message = "The granted record key does not open with this device's key."
    remedy = "Ask for the record to be granted again."
    reason = "key"


class KeyMismatch(CryptoError):
    """Section 2: the header commits to the record key, so that there is only one."""

    code = "key-mismatch"
    message = "The record key is not the one that the record's entries commit to."
    remedy = "The entry stays kept and is listed; the right key may still arrive."
    reason = "key"


class RecordMismatch(CryptoError):
    """Section 2: a record's id follows from its creator and its key."""

    code = "record-mismatch"
    message = "The record's id does not follow from its creating device and its key."
    remedy = "The entry stays kept and is listed."
    reason = "key"


class BodyDoesNotOpen(CryptoError):
    """Section 6: a body opens under its record key and its own header only."""

    code = "body-does-not-open"
    message = "The body does not open under the record key and its header."
    remedy = "The entry stays kept and is listed; nothing else of the record is affected."
    reason = "open"


class BadPadding(CryptoError):
    """Section 6: the padding is a length, the plaintext, and zeros up to a multiple of 256."""

    code = "bad-padding"
    message = "The padding of an opened body is malformed."
    remedy = "The entry stays kept and is listed; update the app that wrote it."
    reason = "open"


class BadPlaintext(CryptoError):
    """Section 6: the plaintext is [form, form version, {path: value}] in MessagePack."""

    code = "bad-plaintext"
    message = "The opened body is not [form, form version, answers]."
    remedy = "The entry stays kept and is listed; update the app that wrote it."
    reason = "open"


class TouchesMismatch(CryptoError):
    """Section 6: the header's touches are exactly the blinded paths of the plaintext."""

    code = "touches-mismatch"
    message = "The header names {claimed} touched fields that are not the {found} of the body."
    remedy = "The entry stays kept and is listed; nothing else of the record is affected."
    reason = "touches"


class VaultCorrupt(CryptoError):
    """Section 7: a vault is whole, of a known version, and its slots are those it was saved with."""

    code = "vault-corrupt"
    message = "The vault is damaged or was changed: {why}."
    remedy = "Restore the vault folder from a backup; the data it unlocks is untouched."


class WrongPassphrase(CryptoError):
    """Section 7: a slot opens for its own passphrase."""

    code = "wrong-passphrase"
    message = "The passphrase does not open this vault."
    remedy = "Try again, or use the key file or the recovery code."


class WrongKeyFile(CryptoError):
    """Section 7: a slot opens for its own key file."""

    code = "wrong-key-file"
    message = "The key file does not open this vault."
    remedy = "Use the key file that was made for this municipality, or the passphrase."


class WrongRecoveryCode(CryptoError):
    """Section 7: a slot opens for its own recovery code; a slip of the pen is told apart."""

    code = "wrong-recovery-code"
    message = "The recovery code does not open this vault: {why}."
    remedy = "Compare the code with the paper letter by letter, or use the passphrase."


class WeakPassphrase(CryptoError):
    """Section 7: a passphrase stands between a thief and the municipality's keys."""

    code = "weak-passphrase"
    message = "The passphrase has {length} characters; at least {minimum} are needed."
    remedy = "Choose a sentence of several words."


class LastSlot(CryptoError):
    """Section 7: a vault without a keyslot could never be opened again."""

    code = "last-slot"
    message = "This is the only keyslot of the vault."
    remedy = "Add another keyslot first."


class UnknownSecret(CryptoError):
    """Section 7: only what was put into a vault can be taken from it."""

    code = "unknown-secret"
    message = "The vault holds no secret named {name}."
    remedy = "The municipality's folder is older than this software; see docs/operators.md."


class AttachmentHash(CryptoError):
    """Section 8: an attachment is what its name says: the hash of its sealed stream."""

    code = "attachment-hash"
    message = "The {size} bytes received do not hash to the name of the attachment."
    remedy = "Send or fetch the attachment again from the beginning."


class AttachmentVersion(CryptoError):
    """Section 8: a stream opens with its version and record; older files and foreign bytes have neither."""

    code = "attachment-version"
    message = "The attachment does not begin as a sealed stream of version 1 ({size} bytes, first byte {found})."
    remedy = "It was made by a program that this one does not know; ask its author to send it anew."


class AttachmentForeign(CryptoError):
    """Section 8: a stream names its record, and belongs to no other."""

    code = "attachment-foreign"
    message = "The attachment belongs to record {found}, not to record {record}."
    remedy = "Seal the photo or recording anew for this record; sealed bytes are never used twice."


class AttachmentDoesNotOpen(CryptoError):
    """Section 8: segments open in their order, each under its index, the last marked as the last."""

    code = "attachment-does-not-open"
    message = "Segment {segment} of the attachment does not open: it is damaged, out of order, or cut off."
    remedy = "Fetch the attachment again; if it goes on, ask its author to send it anew."


class AttachmentTooLarge(CryptoError):
    """Section 8: the limit keeps a phone's memory and a municipality's disk in hand."""

    code = "attachment-too-large"
    message = "The attachment has {size} bytes; the limit is {limit}."
    remedy = "Take a smaller photo or a shorter recording."
