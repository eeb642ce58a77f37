"""Checks of an id token: signature, issuer, audience, nonce, times, how its person signed in. Nothing is fetched here.

The algorithm is one of ours and fits the key, never one that the token chooses: `none`, and a public key used as the
secret of HS256, are no algorithms here.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar, Final, NamedTuple

from backend.errors import BackendError

ALGORITHMS: Final[Mapping[str, str]] = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}  # with the kind of key of each
LEEWAY_S: Final = 60  # seconds that the provider's clock and ours may be apart
AGE_S: Final = 600  # a token that was made longer ago is not of this sign-in
TOKEN_MAX: Final = 32_768  # signs: some hundred groups
RSA_BITS_MIN: Final = 2048
SUB_MAX: Final = 255  # signs, by the standard
GROUPS_MAX: Final = 1_000
KEY_UNKNOWN: Final = "key-unknown"


class NotProven(BackendError):
    """Somebody did not show who they are; `failed` is for the log alone."""

    code: ClassVar[str] = "desk-openid-refused"


class Wanted(NamedTuple):
    """The values that a token must have, each from what the server knows itself."""

    issuer: str
    client: str
    nonce: str
    now_ms: int
    acr: Sequence[str]
    amr: Sequence[str]
    claim: str
    since_ms: int | None = None  # its person must have signed in at the provider after this


class Proven(NamedTuple):
    """The person whom a provider names, as a hash that is kept, and their groups."""

    subject: bytes
    groups: frozenset[str]


def proven(token: str, keys: Sequence[Mapping[str, Any]], wanted: Wanted) -> Proven:
    """The person of a token whose every check holds; raises `NotProven` with the first that does not."""
    claims = _signed(token, keys)
    _must_be_for_us(claims, wanted)
    _must_be_now(claims, wanted)
    _must_be_strong(claims, wanted)
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= SUB_MAX:
        raise NotProven(failed="subject")
    return Proven(subject_of(wanted.issuer, sub), _groups(claims, wanted.claim))


def subject_of(issuer: str, sub: str) -> bytes:
    """The hash that is kept of a person at a provider: whoever reads a journal learns no name of theirs there."""
    return sha256(f"veldpost/1/openid\0{issuer}\0{sub}".encode()).digest()


def _signed(token: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The claims of a token that one of the keys signed."""
    from joserfc import jwt  # needed by who signs in so, and by nobody else
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    header = _header(token)
    alg, kid = header.get("alg"), header.get("kid")
    kind = ALGORITHMS.get(alg) if isinstance(alg, str) else None
    if kind is None or "crit" in header:
        raise NotProven(failed="algorithm")
    fitting = [one for one in keys if _fits(one, str(alg), kind) and (kid is None or one.get("kid") == kid)]
    if len(fitting) != 1:
        raise NotProven(failed=KEY_UNKNOWN)
    public = {name: fitting[0][name] for name in ("kty", "n", "e", "crv", "x", "y") if name in fitting[0]}
    try:
        if kind == "RSA" and len(urlsafe_b64decode(public["n"] + "==")) * 8 < RSA_BITS_MIN:
            raise NotProven(failed="key-short")
        claims = jwt.decode(token, import_key(public), algorithms=[str(alg)]).claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise NotProven(failed="signature") from None
    return dict(claims)


def _header(token: str) -> dict[str, Any]:
    parts = token.split(".")
    try:
        head = json.loads(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except ValueError:
        head = None
    if len(token) > TOKEN_MAX or len(parts) != 3 or not isinstance(head, dict):
        raise NotProven(failed="not-a-token")
    return head


def _fits(key: Mapping[str, Any], alg: str, kind: str) -> bool:
    for_signing = key.get("use", "sig") == "sig" and key.get("alg", alg) == alg
    return for_signing and key.get("kty") == kind and (kind != "EC" or key.get("crv") == "P-256")


def _must_be_for_us(claims: Mapping[str, Any], wanted: Wanted) -> None:
    if claims.get("iss") != wanted.issuer:
        raise NotProven(failed="issuer")
    aud, azp = claims.get("aud"), claims.get("azp", wanted.client)
    others = [one for one in (aud if isinstance(aud, list) else [aud]) if one != wanted.client]
    if (aud != wanted.client and (not isinstance(aud, list) or wanted.client not in aud)) or azp != wanted.client:
        raise NotProven(failed="audience")
    if others and "azp" not in claims:
        raise NotProven(failed="audience")
    if not wanted.nonce or claims.get("nonce") != wanted.nonce:
        raise NotProven(failed="nonce")


def _must_be_now(claims: Mapping[str, Any], wanted: Wanted) -> None:
    now = wanted.now_ms / 1000
    ends, made, begins = (_time(claims, name) for name in ("exp", "iat", "nbf"))
    if ends is None or made is None:
        raise NotProven(failed="times-missing")
    if now >= ends + LEEWAY_S:
        raise NotProven(failed="expired")
    if made > now + LEEWAY_S or (begins is not None and begins > now + LEEWAY_S):
        raise NotProven(failed="not-yet")
    if made < now - AGE_S:
        raise NotProven(failed="old")
    if wanted.since_ms is not None:
        signed_in = _time(claims, "auth_time")
        if signed_in is None or signed_in < wanted.since_ms // 1000 - LEEWAY_S:
            raise NotProven(failed="not-shown-again")


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    found = claims.get(name)
    if found is not None and (isinstance(found, bool) or not isinstance(found, int | float)):
        raise NotProven(failed="times-missing")
    return found


def _must_be_strong(claims: Mapping[str, Any], wanted: Wanted) -> None:
    """Refuse a sign-in that was weaker than the municipality asks: `acr`, or `acrs` as Entra ID has it, and `amr`."""
    classes = {claims["acr"]} if isinstance(claims.get("acr"), str) else set()
    classes |= _texts(claims, "acrs")
    if wanted.acr and not classes & {*wanted.acr}:
        raise NotProven(failed="acr")
    if not {*wanted.amr} <= _texts(claims, "amr"):
        raise NotProven(failed="amr")


def _groups(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    left_out = claims.get("_claim_names")
    if claims.get("hasgroups") is True or (isinstance(left_out, dict) and claim in left_out):
        raise NotProven(failed="groups-left-out")  # too many for the token: taking roles away for that would be a slip
    return frozenset(sorted(_texts(claims, claim))[:GROUPS_MAX])


def _texts(claims: Mapping[str, Any], name: str) -> set[str]:
    found = claims.get(name)
    listed = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return {one for one in listed if isinstance(one, str)}
