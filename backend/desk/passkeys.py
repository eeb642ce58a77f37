"""Passkeys: a device that knows its person signs a challenge of this server; it is two factors in one.

A challenge is of one purpose and one person, counts for some minutes, and is deleted when it is shown: the library
would take the same answer twice. The person must be verified by the device, by finger, face or number.
"""

import ipaddress
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, ClassVar, Final

import msgspec
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from backend.clock import Clock
from backend.desk.coming_in import DONE, REFUSED, SIGN_IN, bound, came_in
from backend.desk.late import LateLines
from backend.desk.threads import line
from backend.errors import BackendError, StoreFull
from backend.municipality.service import Municipality
from backend.stores.people import ACTIVE, PASSKEY, Factor, Person

OPEN_MS: Final = 5 * 60_000
OPEN_MAX: Final = 10_000  # challenges at once: whoever opens the door gets one
ANSWER_MAX: Final = 20_000  # characters
LABEL_MAX: Final = 40
_MUST: Final = UserVerificationRequirement.REQUIRED
_UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, IndexError)


class PasskeyRefused(BackendError):
    """An answer that is not of this challenge, this site, or a passkey that is known."""

    code: ClassVar[str] = "desk-passkey-refused"


def site_of(host: str) -> str:
    """The name under which passkeys are made for a host; nothing where there can be none, as at a bare address."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name
    return ""


class Passkeys:
    """The open challenges of one server, and what is made of their answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._late = LateLines()
        self._counters: dict[bytes, int] = {}  # of passkeys that were shown while nothing could be written
        self._open: dict[bytes, tuple[str, int]] = {}

    def _server(self, host: str) -> Fido2Server:
        origins = (f"https://{host}", f"http://{host}")
        entity = PublicKeyCredentialRpEntity(id=site_of(host), name="Veldpost")
        return Fido2Server(entity, verify_origin=lambda origin: origin in origins)

    def _opened(self, challenge: bytes, whose: str) -> None:
        if len(self._open) >= OPEN_MAX:
            self._open.pop(next(iter(self._open)))
        self._open[challenge] = whose, self._clock.now_ms() + OPEN_MS

    def _shown(self, challenge: bytes, whose: str) -> dict[str, Any]:
        """The state of a challenge that was open for this purpose; it is open no longer."""
        wanted, ends_ms = self._open.pop(challenge, ("", 0))
        if wanted != whose or self._clock.now_ms() >= ends_ms:
            raise PasskeyRefused
        return {"challenge": urlsafe_b64encode(challenge).rstrip(b"=").decode(), "user_verification": _MUST}

    def to_make(self, host: str, town: Municipality, person: Person) -> str:
        """The question to a browser for a new passkey of a person."""
        known = [
            PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=_credential(factor).credential_id)
            for factor in town.people.factors(person.name, PASSKEY)
        ]
        user = PublicKeyCredentialUserEntity(
            id=f"{town.code} {person.name}".encode()[:64], name=person.name, display_name=person.shown_name
        )
        options, state = self._server(host).register_begin(
            user, known, resident_key_requirement=ResidentKeyRequirement.REQUIRED, user_verification=_MUST
        )
        self._opened(_raw(state["challenge"]), f"make\0{town.code}\0{person.name}")
        return json.dumps(dict(options)["publicKey"])

    def made(self, host: str, town: Municipality, staff: str, answer: str, label: str) -> Factor:
        """The passkey that a browser made, to be kept. Raises `PasskeyRefused`."""
        try:
            given = RegistrationResponse.from_dict(_read(answer))
            state = self._shown(given.response.client_data.challenge, f"make\0{town.code}\0{staff}")
            found = self._server(host).register_complete(state, given).credential_data
            assert found is not None
        except _UNREADABLE:
            raise PasskeyRefused from None
        named = line(label, LABEL_MAX)
        return Factor(_name(found), staff, PASSKEY, bytes(found), self._clock.now_ms(), named)

    def to_show(self, host: str, code: str) -> str:
        """The question to a browser for a passkey that its person has; nothing where there can be none."""
        if not site_of(host):
            return ""
        options, state = self._server(host).authenticate_begin(user_verification=_MUST)
        self._opened(_raw(state["challenge"]), f"show\0{code}")
        return json.dumps(dict(options)["publicKey"])

    async def shown(self, host: str, town: Municipality, answer: str, origin: str) -> str:
        """The account of who showed its passkey, or nothing; the audit has a line of either."""
        factor, counter = self._factor(host, town, answer)
        try:
            name, lines = await town.submit(lambda: self._decided(town, factor, counter, origin))
        except StoreFull:
            return self._unwritten(town, factor, counter)
        self._late.written(town, lines)
        return str(name)

    def _factor(self, host: str, town: Municipality, answer: str) -> tuple[Factor | None, int]:
        every = [one for who in town.people.all() for one in town.people.factors(who.name, PASSKEY)]
        known = {_name(_credential(one)): one for one in every}
        try:
            given = AuthenticationResponse.from_dict(_read(answer))
            state = self._shown(given.response.client_data.challenge, f"show\0{town.code}")
            found = self._server(host).authenticate_complete(state, [_credential(one) for one in known.values()], given)
            return known[_name(found)], given.response.authenticator_data.counter
        except (*_UNREADABLE, PasskeyRefused):
            return None, 0

    def _decided(self, town: Municipality, factor: Factor | None, counter: int, origin: str) -> tuple[str, int]:
        lines, (person, kept, why) = self._late.write(town), self._judged(town, factor, counter)
        if kept is None or person is None:
            town.auditing.write(person.name if person is not None else "", SIGN_IN, None, why, REFUSED)
            return "", lines
        now_ms = self._clock.now_ms()
        town.people.keep_factor(msgspec.structs.replace(kept, step=counter, used_ms=now_ms))
        came_in(town, person, PASSKEY, origin)
        return person.name, lines

    def _unwritten(self, town: Municipality, factor: Factor | None, counter: int) -> str:
        """Decide on a full disk: the counter is kept in memory, and the line comes later."""
        person, kept, why = self._judged(town, factor, counter)
        name = person.name if person is not None else ""
        self._late.add(town, name, SIGN_IN, why, REFUSED if kept is None else DONE)
        if kept is None:
            return ""
        self._counters[kept.secret] = counter
        return name

    def _judged(
        self, town: Municipality, factor: Factor | None, counter: int
    ) -> tuple[Person | None, Factor | None, str]:
        """The person of a passkey, the passkey if it opens, and what the line says."""
        every = town.people.factors(factor.staff) if factor is not None else []
        found = [one for one in every if factor is not None and one.id == factor.id]
        person = town.people.person(factor.staff) if factor is not None else None
        if not found or person is None or person.state != ACTIVE or bound(every):
            return person, None, PASSKEY
        known = max(found[0].step, self._counters.get(found[0].secret, 0))
        if known and counter <= known:  # a copy of the passkey is about
            return person, None, "passkey-counter"
        return person, found[0], PASSKEY


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > ANSWER_MAX:
        raise PasskeyRefused
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise PasskeyRefused
    return found


def _raw(challenge: str) -> bytes:
    return urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))


def _credential(factor: Factor) -> AttestedCredentialData:
    return AttestedCredentialData(factor.secret)


def _name(credential: AttestedCredentialData) -> str:
    return f"passkey-{credential.credential_id.hex()[:32]}"
