"""Authenticates: the one check of a signed request, for HTTP, the desk's own devices and the simulated fleet alike.

A device signs the method, the target, the hash of the body, the time and every header that means something
(sync/SPEC.md section 5). The time is judged when the headers arrive, before any of the body is read; the signature when
the body is whole. A device that is unknown and one that signed badly are refused alike, after the same work: whether a
device exists is nobody else's business.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple

from backend.errors import CertificateExpired, DeviceUnknown
from backend.municipality.service import Municipality
from backend.signing import device_key
from crypto.errors import BadSignature
from crypto.keys import VerifyKey
from sync.enrolling import holds
from sync.errors import DeviceRevoked
from sync.messages import check_time, request_fields

DEVICE_HEADER: Final = "veldpost-device"
SIGNATURE_HEADER: Final = "veldpost-signature"
TIME_HEADER: Final = "veldpost-time"

_DEVICE: Final = re.compile("[0-9a-fA-F]{32}")
_SIGNATURE: Final = re.compile("[0-9a-fA-F]{128}")
_TIME: Final = re.compile("0|[1-9][0-9]{0,14}")
_NOBODY: Final = VerifyKey(bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))


class Asked(NamedTuple):
    """A request before its body: `headers` has lower-case names; one that came twice has both values, by commas."""

    method: str
    target: str
    headers: Mapping[str, str]


class Claim(NamedTuple):
    """The headers of a signed request: the device that asks, its signature, and when it was made."""

    asked: Asked
    device: bytes
    sig: bytes
    time_ms: int


def claim_of(asked: Asked, now_ms: int) -> Claim:
    """Read the headers of a signed request and judge its time; raises `DeviceUnknown`, `ClockTooFarOff`."""
    device, sig, time = (asked.headers.get(name, "") for name in (DEVICE_HEADER, SIGNATURE_HEADER, TIME_HEADER))
    if not (_DEVICE.fullmatch(device) and _SIGNATURE.fullmatch(sig) and _TIME.fullmatch(time)):
        raise DeviceUnknown
    check_time(int(time), now_ms)
    return Claim(asked, bytes.fromhex(device), bytes.fromhex(sig), int(time))


def verified(claim: Claim, key: VerifyKey, body: bytes) -> None:
    """Return if the key signed the request with this body; raises `DeviceUnknown`."""
    asked = claim.asked
    fields = request_fields(asked.method, asked.target, sha256(body).digest(), claim.time_ms, asked.headers)
    try:
        key.verify_asked(claim.sig, "request", *fields)
    except BadSignature:
        raise DeviceUnknown from None


def device_of(claim: Claim, town: Municipality, body: bytes, now_ms: int, *, finishes: bool = False) -> bytes:
    """The device that signed a request; raises `DeviceUnknown`, `DeviceRevoked`, `CertificateExpired`.

    A revoked device is told its revocations, by every route and after its signature was checked, and nothing else:
    what it still holds comes by a hand-in. Only its photos come signed (`finishes`): whoever asks with that decides
    itself about a device that has ended (`sync.uploading`).
    """
    key = device_key(town.book, claim.device)
    verified(claim, key or _NOBODY, body)
    certificate = town.book.certificates.get(claim.device)
    if key is None or certificate is None:
        raise DeviceUnknown
    if finishes:
        return claim.device
    if claim.device in town.book.revocations:
        raise DeviceRevoked(town.book.revocations_of(claim.device))
    if not holds(certificate, now_ms):
        raise CertificateExpired
    return claim.device
