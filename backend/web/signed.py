"""The claims of a request: its headers as a device signed them, and the address that it is counted for."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from backend.municipality.endpoints import Call
from backend.municipality.requests import DEVICE_HEADER, SIGNATURE_HEADER, TIME_HEADER, Asked
from backend.web.address import address_of
from backend.web.house import House
from sync.messages import SIGNED_HEADERS

_NAMES: Final = {name.encode(): name for name in (DEVICE_HEADER, SIGNATURE_HEADER, TIME_HEADER, *SIGNED_HEADERS)}


class Counted:
    """The limits of one server, for one address."""

    def __init__(self, house: House, address: str) -> None:
        self._house = house
        self._address = address

    def enrolment(self) -> None:
        """Count an enrolment of this address."""
        self._house.limits.enrolment(self._address)

    def hand_in(self) -> None:
        """Count a hand-in of this address."""
        self._house.limits.hand_in(self._address)

    def failed(self) -> None:
        """Count a signature of this address that did not fit."""
        self._house.limits.failed(self._address)

    def exchange(self, device: bytes) -> None:
        """Count a signed request of a device, whatever its address."""
        self._house.limits.exchange(device, self._house.clock.now_ms())


def call_of(scope: Any, house: House, body: Callable[[], Awaitable[bytes]]) -> Call:
    """Read the headers of a request that mean something; its body is read later, if at all."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = _NAMES.get(raw)
        if name is not None:
            text = value.decode("latin-1")
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
    path = scope["raw_path"].partition(b"?")[0].decode("latin-1")  # some servers leave the query in it
    query = scope["query_string"].decode("latin-1")
    asked = Asked(scope["method"], f"{path}?{query}" if query else path, headers)
    return Call(asked, body, Counted(house, address_of(scope)))
