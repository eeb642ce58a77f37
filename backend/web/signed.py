"""Who a request comes from: its headers as a device signed them, and the address for the limits."""

from typing import Any, Final, NamedTuple

from backend.errors import DeviceUnknown
from backend.municipality.requests import (
    DEVICE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    Asked,
    Claim,
    claim_of,
    device_of,
)
from backend.municipality.service import Municipality
from backend.web.address import address_of
from backend.web.house import House
from sync.messages import SIGNED_HEADERS

_NAMES: Final = {name.encode(): name for name in (DEVICE_HEADER, SIGNATURE_HEADER, TIME_HEADER, *SIGNED_HEADERS)}


class Signed(NamedTuple):
    """A request whose time was judged when its headers arrived, and the address that it came from."""

    claim: Claim
    address: str


def signed_of(scope: Any, house: House) -> Signed:
    """Read the headers of a signed request before its body: an old one is refused without reading on."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = _NAMES.get(raw)
        if name is not None:
            text = value.decode("latin-1")
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
    path = scope["raw_path"].partition(b"?")[0].decode("latin-1")  # some servers leave the query in it
    query = scope["query_string"].decode("latin-1")
    address = address_of(scope)
    asked = Asked(scope["method"], f"{path}?{query}" if query else path, headers)
    try:
        return Signed(claim_of(asked, house.clock.now_ms()), address)
    except DeviceUnknown:
        house.limits.failed(address)
        raise


def authenticated(signed: Signed, house: House, town: Municipality, body: bytes) -> bytes:
    """The device whose signature a request carries; one check for all that it brings."""
    try:
        return device_of(signed.claim, town, body, house.clock.now_ms())
    except DeviceUnknown:
        house.limits.failed(signed.address)
        raise


async def exchanged(signed: Signed, house: House, town: Municipality, body: bytes) -> bytes:
    """One exchange of the device that signed the request; the answer is on disk before it is given."""
    device = authenticated(signed, house, town, body)
    house.limits.exchange(device, house.clock.now_ms())
    return await town.exchange(device, body, signed.claim.time_ms)
