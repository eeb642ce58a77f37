"""Sign-ins under way: a browser was sent to the provider, and has not come back.

Of each, the server keeps what it will compare: the nonce, the secret of PKCE, the municipality, and the hash of a
cookie that ties it to one browser. It is forgotten when it is shown, after ten minutes, and when the server ends.
"""

from base64 import urlsafe_b64encode
from collections import Counter
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import urlencode

import msgspec

from backend.clock import Clock
from backend.desk.openid.provider import Provider
from backend.desk.openid.tokens import NotProven
from backend.stores.openid import Connection
from crypto.primitives import equal, random_bytes

OPEN_MS: Final = 10 * 60_000
OPEN_MAX: Final = 10_000
OF_ONE_MAX: Final = 200  # of one address: a whole office may be behind it, a stranger may not push the others out
SECRET_BYTES: Final = 32

SIGN_IN: Final = "sign-in"
CONFIRM: Final = "confirm"
JOIN: Final = "join"


class Flow(NamedTuple):
    """A sign-in under way; `session` is whose factor is shown again, `invite` the invitation that is taken up, by the
    browser of `steps` (its mark: the cookie of an invitation does not come back from another site)."""

    municipality: str
    purpose: str
    issuer: str
    nonce: str
    verifier: str
    browser: bytes
    way: str
    address: str
    begun_ms: int
    session: bytes = b""
    invite: str = ""
    steps: bytes = b""


class Flows:
    """The sign-ins under way at one server."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Flow] = {}

    def begin(
        self, municipality: str, purpose: str, issuer: str, browser: str, way: str, address: str,
        *, session: bytes = b"", invite: str = "", steps: bytes = b"",
    ) -> tuple[str, Flow]:  # fmt: skip
        """Begin a sign-in; returns the state by which it is known again, and what is kept of it."""
        now_ms = self._clock.now_ms()
        self._sweep(now_ms, address)
        flow = Flow(
            municipality, purpose, issuer, _secret(), _secret(), _hash(browser), way, address, now_ms, session, invite,
            steps,
        )  # fmt: skip
        state = _secret()
        self._open[_key(state)] = flow
        return state, flow

    def _sweep(self, now_ms: int, address: str) -> None:
        for key in [key for key, one in self._open.items() if not 0 <= now_ms - one.begun_ms < OPEN_MS]:
            del self._open[key]
        if Counter(one.address for one in self._open.values())[address] >= OF_ONE_MAX:
            del self._open[next(key for key, one in self._open.items() if one.address == address)]
        if len(self._open) >= OPEN_MAX:
            del self._open[next(iter(self._open))]

    def shown(self, municipality: str, state: str, browser: str) -> Flow:
        """The sign-in of a state that this browser began here; it is under way no longer. Raises `NotProven`."""
        flow = self._open.pop(_key(state), None)
        if flow is None or flow.municipality != municipality:
            raise NotProven(failed="state")
        if not 0 <= self._clock.now_ms() - flow.begun_ms < OPEN_MS:
            raise NotProven(failed="state-over")
        if not browser or not equal(flow.browser, _hash(browser)):
            raise NotProven(failed="other-browser")
        return flow


def address_to_ask(provider: Provider, connection: Connection, state: str, flow: Flow) -> str:
    """The address at the provider to which a browser is sent."""
    challenge = urlsafe_b64encode(sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": connection.client, "redirect_uri": connection.redirect,
        "scope": "openid", "state": state, "nonce": flow.nonce, "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip
    if connection.acr:
        asked["acr_values"] = " ".join(connection.acr)
        wish = {"essential": True, "values": connection.acr}
        asked["claims"] = msgspec.json.encode({"id_token": {"acrs": wish}}).decode()  # as Entra ID is asked for them
    if flow.purpose == CONFIRM:
        asked |= {"prompt": "login", "max_age": "0"}
    return provider.authorize + ("&" if "?" in provider.authorize else "?") + urlencode(asked)


def new_browser() -> str:
    """A secret that ties what a browser begins to it."""
    return random_bytes(SECRET_BYTES).hex()


def _secret() -> str:
    return urlsafe_b64encode(random_bytes(SECRET_BYTES)).rstrip(b"=").decode()


def _hash(text: str) -> bytes:
    return sha256(text.encode()).digest()


def _key(state: str) -> str:
    return sha256(state.encode()).hexdigest()
