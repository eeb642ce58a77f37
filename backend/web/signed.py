"""Who a request comes from: the signature of a device in its headers, and the address for the limits."""

from hashlib import sha256
from typing import Any, NamedTuple

from backend.errors import DeviceUnknown
from backend.municipality.service import Municipality
from backend.web.house import House
from crypto.errors import CryptoError


class Signed(NamedTuple):
    """What a device signs of a request, and the signature, as they came."""

    method: str
    target: str
    device: str
    signature: str
    address: str


def address_of(scope: Any) -> str:
    """Where a request comes from, for counting only: it is never kept."""
    client = scope["client"]
    return client[0] if client else "local"


def signed_of(scope: Any) -> Signed:
    """Read the two headers of a signed request; a missing one is empty, and no device."""
    device = signature = b""
    for name, value in scope["headers"]:
        if name == b"veldpost-device":
            device = value
        elif name == b"veldpost-signature":
            signature = value
    path = scope["raw_path"].partition(b"?")[0].decode("latin-1")  # some servers leave the query in it
    query = scope["query_string"].decode("latin-1")
    target = f"{path}?{query}" if query else path
    return Signed(scope["method"], target, device.decode("latin-1"), signature.decode("latin-1"), address_of(scope))


def authenticated(signed: Signed, house: House, town: Municipality, body: bytes) -> bytes:
    """The device whose signature a request carries; one check for all that it brings.

    Refused alike whether the device is malformed, unknown or did not sign: who may ask is nobody else's business.
    """
    try:
        device, sig = bytes.fromhex(signed.device), bytes.fromhex(signed.signature)
    except ValueError:
        raise DeviceUnknown from None
    try:
        key = town.verify_key(device, house.clock.now_ms())
        key.verify(sig, "request", signed.method, signed.target, sha256(body).digest())
    except (CryptoError, DeviceUnknown):
        house.limits.failed(signed.address)
        raise
    return device


async def exchanged(signed: Signed, house: House, town: Municipality, body: bytes) -> bytes:
    """One exchange of the device that signed the request; the answer is on disk before it is given."""
    device = authenticated(signed, house, town, body)
    house.limits.exchange(device, house.clock.now_ms())
    return await town.exchange(device, body)
