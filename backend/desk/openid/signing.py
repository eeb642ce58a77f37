"""The way of a sign-in to the provider and back: begun here, answered there, every part of the answer checked here."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from backend.clock import Clock
from backend.desk.openid.flows import CONFIRM, Flow, Flows, address_to_ask
from backend.desk.openid.provider import Provider, ProviderFailed, Providers
from backend.desk.openid.tokens import KEY_UNKNOWN, NotProven, Proven, Wanted, proven
from backend.desk.server_key import ServerKey
from backend.municipality.service import Municipality
from backend.stores.openid import Connection

CODE_MAX: Final = 4_096  # signs
_SAID: Final = re.compile(r"[a-z_]{1,40}")  # an error as a provider names it; anything else is not repeated


class Back(NamedTuple):
    """A browser that came back, with whom the provider says it has."""

    flow: Flow
    connection: Connection
    proven: Proven


class OpenIdSigning:
    """The sign-ins of one server's municipalities at their providers."""

    def __init__(self, clock: Clock, key: ServerKey) -> None:
        self._clock = clock
        self._key = key
        self.providers = Providers(clock)
        self.flows = Flows(clock)

    async def begin(
        self, town: Municipality, purpose: str, browser: str, way: str, address: str,
        *, session: bytes = b"", invite: str = "", steps: bytes = b"",
    ) -> str:  # fmt: skip
        """Begin a sign-in; returns the address at the provider. Raises `NotProven`, `ProviderFailed`."""
        connection = town.openid.connection()
        if connection is None:
            raise NotProven(failed="not-connected")
        provider = await self.providers.found(connection.issuer)
        state, flow = self.flows.begin(
            town.code, purpose, connection.issuer, browser, way, address, session=session, invite=invite, steps=steps
        )
        return address_to_ask(provider, connection, state, flow)

    async def leaving(self, town: Municipality) -> str:
        """The address at which a browser signs out at the provider; nothing where it names none, or does not answer.

        It names the client alone. What proves whom it is about is kept nowhere here: the provider asks the person.
        """
        connection = town.openid.connection()
        try:
            leave = "" if connection is None else (await self.providers.found(connection.issuer)).leave
        except ProviderFailed:
            return ""
        if connection is None or not leave:
            return ""
        return leave + ("&" if "?" in leave else "?") + urlencode({"client_id": connection.client})

    async def back(self, town: Municipality, answer: Mapping[str, str], browser: str) -> Back:
        """Take the answer with which a browser comes back: once, here, in the browser that was sent.

        Raises `NotProven` with the first check that does not hold, and `ProviderFailed`.
        """
        flow = self.flows.shown(town.code, answer.get("state", ""), browser)
        connection = town.openid.connection()
        if connection is None or connection.issuer != flow.issuer:
            raise NotProven(failed="connection-changed")
        provider = await self.providers.found(flow.issuer)
        _must_be_of(provider, answer)
        if answer.get("error"):
            said = answer["error"]
            raise NotProven(failed=f"provider-{said}" if _SAID.fullmatch(said) else "provider-error")
        code = answer.get("code", "")
        if not 0 < len(code) <= CODE_MAX:
            raise NotProven(failed="no-code")
        return Back(flow, connection, await self._proven(town, connection, provider, flow, code))

    async def _proven(
        self, town: Municipality, connection: Connection, provider: Provider, flow: Flow, code: str
    ) -> Proven:
        secret = self._key.open(connection.secret, about_secret(town.code))
        if secret is None:
            raise ProviderFailed(failed="own-secret")
        token = await self.providers.exchanged(
            provider, connection.client, secret.decode(), code, flow.verifier, connection.redirect
        )
        wanted = Wanted(
            flow.issuer, connection.client, flow.nonce, self._clock.now_ms(), connection.acr, connection.amr,
            connection.claim, flow.begun_ms if flow.purpose == CONFIRM else None,
        )  # fmt: skip
        keys = await self.providers.keys(provider)
        try:
            return proven(token, keys.found, wanted)
        except NotProven as error:
            newer = await self.providers.keys(provider, rotated=True) if error.facts["failed"] == KEY_UNKNOWN else keys
            if newer is keys:
                raise
        return proven(token, newer.found, wanted)


def _must_be_of(provider: Provider, answer: Mapping[str, str]) -> None:
    """Refuse the answer of another provider than the one to which the browser was sent (RFC 9207)."""
    iss = answer.get("iss", "")
    if (iss or provider.names_itself) and iss != provider.issuer:
        raise NotProven(failed="issuer-of-answer")


def about_secret(code: str) -> bytes:
    """The context under which the secret of a municipality's client is sealed."""
    return f"veldpost/1/openid-client\0{code}".encode()
