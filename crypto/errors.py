"""Errors of sealing and opening: one class per broken rule (SPEC.md section 9)."""

from typing import Any, ClassVar


class CryptoError(Exception):
    """Something sealed or signed is not what it claims; nothing of it was used.

    `reason` is the word that a set-aside or a report carries for it (sig, key, open, touches), where there is one.
    No error ever names a secret. The sentences of a code stand in `said/`, a file a language.
    """

    code: ClassVar[str] = "crypto"
    reason: ClassVar[str] = ""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({facts})" if facts else self.code


class BadSignature(CryptoError):
    """Section 3: a signature is by that key, for that purpose, over exactly those fields."""

    code = "bad-signature"
    reason = "sig"


class DeviceMismatch(CryptoError):
    """Section 2: a device's id follows from its keys."""

    code = "device-mismatch"
    reason = "sig"


class MalformedKey(CryptoError):
    """Section 1: keys have fixed lengths and lie on their curves."""

    code = "malformed-key"
    reason = "key"


class SuiteTooWeak(CryptoError):
    """Section 1: a municipality sets the weakest sealing that it accepts."""

    code = "suite-too-weak"
    reason = "key"


class EpochDoesNotOpen(CryptoError):
    """Section 4: an epoch is sealed to one municipality, by one device, under one id."""

    code = "epoch-does-not-open"
    reason = "key"


class WrapDoesNotOpen(CryptoError):
    """Section 4: a wrap opens under its own epoch, for its own record and municipality."""

    code = "wrap-does-not-open"
    reason = "key"


class GrantDoesNotOpen(CryptoError):
    """Section 5: a grant opens for the device it was sealed to, and for that record only."""

    code = "grant-does-not-open"
    reason = "key"


class KeyMismatch(CryptoError):
    """Section 2: the header commits to the record key, so that there is only one."""

    code = "key-mismatch"
    reason = "key"


class BodyDoesNotOpen(CryptoError):
    """Section 6: a body opens under its record key and its own header only."""

    code = "body-does-not-open"
    reason = "open"


class BadPadding(CryptoError):
    """Section 6: the padding is a length, the plaintext, and zeros up to a multiple of 256."""

    code = "bad-padding"
    reason = "open"


class BadPlaintext(CryptoError):
    """Section 6: the plaintext is [form, form version, {path: value}] in MessagePack."""

    code = "bad-plaintext"
    reason = "open"


class TouchesMismatch(CryptoError):
    """Section 6: the header's touches are exactly the blinded paths of the plaintext."""

    code = "touches-mismatch"
    reason = "touches"


class VaultCorrupt(CryptoError):
    """Section 7: a vault is whole, of a known version, and its slots are those it was saved with."""

    code = "vault-corrupt"


class WrongPassphrase(CryptoError):
    """Section 7: a slot opens for its own passphrase."""

    code = "wrong-passphrase"


class WrongKeyFile(CryptoError):
    """Section 7: a slot opens for its own key file."""

    code = "wrong-key-file"


class WrongRecoveryCode(CryptoError):
    """Section 7: a slot opens for its own recovery code; a slip of the pen is told apart."""

    code = "wrong-recovery-code"


class WeakPassphrase(CryptoError):
    """Section 7: a passphrase stands between a thief and the municipality's keys."""

    code = "weak-passphrase"


class LastSlot(CryptoError):
    """Section 7: a vault without a keyslot could never be opened again."""

    code = "last-slot"


class VaultNewer(CryptoError):
    """Section 7: a vault of a format that came after this release is not damaged, and nothing of it is guessed at."""

    code = "vault-newer"


class TooFewKeyslots(CryptoError):
    """Section 7.4: two keyslots remain, one of them a recovery code, when one is taken away."""

    code = "too-few-keyslots"


class TooManyKeyslots(CryptoError):
    """Section 7.4: each keyslot of a kind is tried in turn, so their number is bounded."""

    code = "too-many-keyslots"


class UnknownKeyslot(CryptoError):
    """Section 7.4: a keyslot has an id, and only one that is there can be taken away."""

    code = "unknown-keyslot"


class UnknownSecret(CryptoError):
    """Section 7: only what was put into a vault can be taken from it."""

    code = "unknown-secret"


class AttachmentHash(CryptoError):
    """Section 8: an attachment is what its name says: the hash of its sealed stream."""

    code = "attachment-hash"


class AttachmentVersion(CryptoError):
    """Section 8: a stream opens with its version and record; older files and foreign bytes have neither."""

    code = "attachment-version"


class AttachmentForeign(CryptoError):
    """Section 8: a stream names its record, and belongs to no other."""

    code = "attachment-foreign"


class AttachmentDoesNotOpen(CryptoError):
    """Section 8: segments open in their order, each under its index, the last marked as the last."""

    code = "attachment-does-not-open"


class AttachmentTooLarge(CryptoError):
    """Section 8: the limit keeps a phone's memory and a municipality's disk in hand."""

    code = "attachment-too-large"
