"""A provider of OpenID Connect as it describes itself, and the three questions that it is asked.

Only addresses that an admin gave after showing a factor again, and those that the provider found there names, are
fetched: over https (http for a provider on this machine alone), no redirect is followed, nothing longer than
`BYTES_MAX` is read and nothing is waited for beyond `TIMEOUT_S`. No answer is ever shown to anybody.
"""

import asyncio
import ssl
from functools import cache
from typing import Any, ClassVar, Final, NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from backend.clock import Clock
from backend.desk.openid.tokens import ALGORITHMS
from backend.errors import BackendError

TIMEOUT_S: Final = 10  # for a whole answer, however slowly it drips
BYTES_MAX: Final = 256 * 1024  # a description has some 4 KiB, keys 20, an answer with a token some 10
KEPT_MS: Final = 60 * 60_000  # so long a description and keys are not asked for again
ROTATED_MS: Final = 60_000  # so often keys are asked for because a token names one that is not known
FAILED_MS: Final = 30_000  # so long a provider that did not answer is not asked again: strangers begin sign-ins
ADDRESS_MAX: Final = 300  # signs
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DESCRIPTION: Final = "/.well-known/openid-configuration"
_FORM: Final = "application/x-www-form-urlencoded"


class ProviderFailed(BackendError):
    """The provider does not answer as OpenID Connect has it; `failed` says at which check."""

    code: ClassVar[str] = "desk-openid-provider"


class Provider(NamedTuple):
    """The parts of a provider's description that a sign-in needs."""

    issuer: str
    authorize: str
    token: str
    keys: str
    names_itself: bool  # it says who it is when it sends a browser back (RFC 9207)
    basic: bool  # the client shows its secret in a header, not in what it posts
    leave: str = ""  # where somebody signs out there, if it names a place (RP-Initiated Logout 1.0)


class Keys(NamedTuple):
    """The public keys of a provider, and when they were fetched."""

    found: list[dict[str, Any]]
    at_ms: int


def is_address(text: Any, *, issuer: str = "") -> bool:
    """True for an https address without a name, password or fragment; http where it and the issuer are this machine."""
    if not isinstance(text, str) or not 0 < len(text) <= ADDRESS_MAX or not text.isascii() or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    if any(sign in text for sign in ' \\"<>@#') or not parts.hostname:
        return False
    own = parts.hostname in LOOPBACK and (urlsplit(issuer or text).hostname in LOOPBACK)
    return own if parts.scheme == "http" else parts.scheme == "https" and (own or parts.hostname not in LOOPBACK)


def is_issuer(text: str) -> bool:
    """True for an address that can be an issuer: it has no query either."""
    return is_address(text) and "?" not in text


def provider_of(issuer: str, said: Any) -> Provider:
    """The provider that describes itself so, if it is this issuer and does what a sign-in needs: `ProviderFailed`."""
    if not isinstance(said, dict):
        raise ProviderFailed(failed="not-json")
    if said.get("issuer") != issuer:
        raise ProviderFailed(failed="issuer")
    places = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(is_address(place, issuer=issuer) for place in places):
        raise ProviderFailed(failed="address")
    if "code" not in _listed(said, "response_types_supported", ["code"]):
        raise ProviderFailed(failed="code-flow")
    if "S256" not in _listed(said, "code_challenge_methods_supported", ["S256"]):  # some do it and do not say so
        raise ProviderFailed(failed="pkce")
    if not {*ALGORITHMS} & {*_listed(said, "id_token_signing_alg_values_supported", ["RS256"])}:
        raise ProviderFailed(failed="algorithm")
    shows = _listed(said, "token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if not {"client_secret_basic", "client_secret_post"} & {*shows}:
        raise ProviderFailed(failed="client-secret")
    names_itself = said.get("authorization_response_iss_parameter_supported") is True
    leave = said.get("end_session_endpoint")
    return Provider(
        issuer, str(places[0]), str(places[1]), str(places[2]), names_itself, "client_secret_basic" in shows,
        str(leave) if is_address(leave, issuer=issuer) else "",
    )  # fmt: skip


def _listed(said: dict[str, Any], name: str, otherwise: list[str]) -> list[str]:
    found = said.get(name, otherwise)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


class Providers:
    """The providers of one server's municipalities, with what they said lately."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, tuple[Provider, int]] = {}
        self._keys: dict[str, Keys] = {}
        self._failed: dict[str, tuple[str, int]] = {}
        self.asked = 0  # requests that left this server

    async def found(self, issuer: str, *, anew: bool = False) -> Provider:
        """The provider of an issuer; `anew` for an admin who connects it. Raises `ProviderFailed`."""
        now_ms = self._clock.now_ms()
        provider, at_ms = self._known.get(issuer, (None, 0))
        if provider is not None and not anew and 0 <= now_ms - at_ms < KEPT_MS:
            return provider
        why, failed_ms = self._failed.get(issuer, ("", 0))
        if why and not anew and 0 <= now_ms - failed_ms < FAILED_MS:
            raise ProviderFailed(failed=why)
        try:
            made = provider_of(issuer, await self._json("GET", issuer.rstrip("/") + _DESCRIPTION))
        except ProviderFailed as error:
            self._failed[issuer] = str(error.facts["failed"]), now_ms
            raise
        self._failed.pop(issuer, None)
        self._known[issuer] = made, now_ms
        if anew:
            self._keys.pop(made.keys, None)
        return made

    async def keys(self, provider: Provider, *, rotated: bool = False) -> Keys:
        """The public keys of a provider; `rotated` where a token names one that they lack. Raises `ProviderFailed`."""
        known, now_ms = self._keys.get(provider.keys), self._clock.now_ms()
        if known is not None and 0 <= now_ms - known.at_ms < (ROTATED_MS if rotated else KEPT_MS):
            return known
        said = await self._json("GET", provider.keys)
        listed = said.get("keys") if isinstance(said, dict) else None
        if not isinstance(listed, list):
            raise ProviderFailed(failed="keys")
        keys = self._keys[provider.keys] = Keys([one for one in listed if isinstance(one, dict)], now_ms)
        return keys

    async def exchanged(
        self, provider: Provider, client: str, secret: str, code: str, verifier: str, redirect: str
    ) -> str:  # fmt: skip
        """The id token that a provider gives for a code, once. Raises `ProviderFailed`."""
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        shown = (quote(client, safe=""), quote(secret, safe="")) if provider.basic else None
        if shown is None:
            asked |= {"client_id": client, "client_secret": secret}
        said = await self._json("POST", provider.token, fields=asked, shown=shown)
        token = said.get("id_token") if isinstance(said, dict) else None
        if not isinstance(token, str):
            raise ProviderFailed(failed="no-token")
        return token

    async def _json(
        self, method: str, address: str, *, fields: dict[str, str] | None = None, shown: tuple[str, str] | None = None
    ) -> Any:
        import httpx  # some megabytes: a server whose municipalities sign in by themselves never loads it

        self.asked += 1
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                httpx.AsyncClient(verify=_trusted(), follow_redirects=False, trust_env=False, auth=shown) as client,
                client.stream(method, address, data=fields, headers={"accept": "application/json"}) as answer,
            ):
                if answer.status_code != 200:
                    raise ProviderFailed(failed=f"status-{answer.status_code}")
                body = b""
                async for piece in answer.aiter_bytes(16_384):
                    body += piece
                    if len(body) > BYTES_MAX:
                        raise ProviderFailed(failed="too-long")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError):
            raise ProviderFailed(failed="no-answer") from None
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ProviderFailed(failed="not-json") from None


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that this machine trusts, so that a municipality's own counts once the operator installed it."""
    return ssl.create_default_context()
