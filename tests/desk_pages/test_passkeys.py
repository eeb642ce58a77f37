"""Passkeys: a device of software makes and shows one; what a thief or another site does with an answer is refused."""

import html
import json
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

from backend.desk.passkeys import OPEN_MS, site_of
from backend.desk.rights import Role
from backend.stores.people import BLOCKED, PASSKEY
from tests.desk_pages.office import ORIGIN, Browser, DeskOffice, name_of

SITE = "veldpost.test"
LEAD = name_of(Role.LEAD)
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Software:
    """A device of software that holds one passkey."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = sha256(b"credential").digest()
        self.counter = 1
        self.flags = PRESENT | VERIFIED
        self.origin, self.site = ORIGIN, SITE

    def client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def head(self, flags: int) -> bytes:
        return sha256(self.site.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def made(self, options: dict[str, Any]) -> str:
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))  # type: ignore[no-untyped-call]
        data = self.head(self.flags | ATTESTED) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self.client("webauthn.create", options["challenge"])
        response = {"clientDataJSON": b64(client), "attestationObject": b64(attestation)}
        return self.answer(response)

    def shown(self, options: dict[str, Any]) -> str:
        client, data = self.client("webauthn.get", options["challenge"]), self.head(self.flags)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        return self.answer(response)

    def answer(self, response: dict[str, str]) -> str:
        one = {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}
        return json.dumps({**one, "clientExtensionResults": {}})


def options_of(page: str) -> dict[str, Any]:
    found = re.search(r'data-options="([^"]*)"', page)
    assert found is not None
    return dict(json.loads(html.unescape(found[1])))


@pytest.fixture
def device(desk_office: DeskOffice) -> Software:
    """A device with a passkey of the lead."""
    made, browser = Software(), desk_office.signed_in(Role.LEAD)
    options = options_of(browser.get("/account").text)
    assert "required" == options["authenticatorSelection"]["userVerification"] and SITE == options["rp"]["id"]
    answer = browser.post("/account/passkeys", {"answer": made.made(options), "label": "Telefoon <b>"})
    assert 303 == answer.status_code
    assert "Telefoon &lt;b&gt;" in browser.get("/account").text
    made.counter += 1
    return made


def signs_in(office: DeskOffice, answer: str) -> Browser | None:
    office.house.tries._of.clear()  # how tries are slowed is another test's
    visitor = office.visitor()
    told = visitor.post("/sign-in/passkey", {"answer": answer, "next": "/m/GM9901/account"})
    assert told.status_code in (303, 403)
    if told.status_code == 403:
        return None
    visitor.id = told.headers["set-cookie"].split(";")[0].split("=")[1]
    assert "/m/GM9901/account" == told.headers["location"]
    return visitor


def asked(office: DeskOffice) -> dict[str, Any]:
    return options_of(office.visitor().get("/sign-in").text)


def test_a_passkey_alone_signs_its_person_in(desk_office: DeskOffice, device: Software) -> None:
    browser = signs_in(desk_office, device.shown(asked(desk_office)))
    assert browser is not None and f"Voorbeeld {LEAD}" in browser.get("/account").text
    line = next(line for line in desk_office.audit() if line.act == "sign-in")
    assert (LEAD, "passkey", "done") == (line.staff, line.detail, line.result)


def test_the_same_answer_twice_is_worth_nothing(desk_office: DeskOffice, device: Software) -> None:
    answer = device.shown(asked(desk_office))
    assert signs_in(desk_office, answer) is not None
    device.counter += 1
    assert signs_in(desk_office, answer) is None


def test_an_answer_of_another_site_challenge_person_or_time_is_refused(
    desk_office: DeskOffice, device: Software
) -> None:
    device.origin = "https://veldpost.test.evil.test"
    assert signs_in(desk_office, device.shown(asked(desk_office))) is None
    device.origin, device.site = ORIGIN, "evil.test"
    assert signs_in(desk_office, device.shown(asked(desk_office))) is None
    device.site, device.flags = SITE, PRESENT
    assert signs_in(desk_office, device.shown(asked(desk_office))) is None
    device.flags = PRESENT | VERIFIED
    assert signs_in(desk_office, device.shown({"challenge": b64(b"c" * 32)})) is None
    made = options_of(desk_office.signed_in(Role.LEAD).get("/account").text)
    assert signs_in(desk_office, device.shown(made)) is None
    late = device.shown(asked(desk_office))
    desk_office.server.clock.ms += OPEN_MS
    assert signs_in(desk_office, late) is None
    other = Software()
    assert signs_in(desk_office, other.shown(asked(desk_office))) is None
    for rubbish in ("", "{}", "[]", "null", "x" * 30_000, '{"id": 1}', json.dumps({"response": {}})):
        assert signs_in(desk_office, rubbish) is None
    assert {"refused"} == {line.result for line in desk_office.audit() if line.act == "sign-in"}
    desk_office.house.tries._limiter.storage.reset()
    assert signs_in(desk_office, device.shown(asked(desk_office))) is not None


def test_a_counter_that_goes_back_rings(desk_office: DeskOffice, device: Software) -> None:
    assert signs_in(desk_office, device.shown(asked(desk_office))) is not None
    assert signs_in(desk_office, device.shown(asked(desk_office))) is None
    assert "passkey-counter" == next(line.detail for line in desk_office.audit() if line.act == "sign-in")


def test_a_blocked_person_and_a_removed_passkey_are_refused(desk_office: DeskOffice, device: Software) -> None:
    desk_office.hire(LEAD, Role.LEAD, state=BLOCKED)
    assert signs_in(desk_office, device.shown(asked(desk_office))) is None
    desk_office.hire(LEAD, Role.LEAD)
    browser = signs_in(desk_office, device.shown(asked(desk_office)))
    assert browser is not None
    (factor,) = desk_office.server.municipality.people.factors(LEAD, PASSKEY)
    assert 404 == desk_office.signed_in(Role.ADMIN).post(f"/account/passkeys/{factor.id}/remove").status_code
    assert 303 == browser.post(f"/account/passkeys/{factor.id}/remove").status_code
    device.counter += 1
    assert signs_in(desk_office, device.shown(asked(desk_office))) is None


def test_a_passkey_is_made_for_who_asked_and_once(desk_office: DeskOffice) -> None:
    lead, admin, made = desk_office.signed_in(Role.LEAD), desk_office.signed_in(Role.ADMIN), Software()
    options = options_of(lead.get("/account").text)
    answer = made.made(options)
    assert 422 == admin.post("/account/passkeys", {"answer": answer}).status_code
    assert 422 == lead.post("/account/passkeys", {"answer": answer}).status_code
    desk_office.server.clock.ms += 6 * 60_000
    assert 403 == lead.post("/account/passkeys", {"answer": answer}).status_code
    assert "data-options" not in lead.get("/account").text
    assert [] == desk_office.server.municipality.people.factors(LEAD, PASSKEY)


@pytest.mark.parametrize(
    ("host", "site"),
    [("desk.example.nl", "desk.example.nl"), ("localhost:8321", "localhost"), ("127.0.0.1:8321", ""), ("[::1]:1", "")],
)
def test_passkeys_are_made_where_there_is_a_name(host: str, site: str) -> None:
    assert site == site_of(host)
