"""Checking vectors of what is opened and proved: entries (crypto/SPEC.md 6.4), receipts, enrolment, requests."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from backend.device.enrolling import check_answer
from backend.enrolment import EnrolRequest, EnrolResponse, Invitation, enrolment_mac
from backend.errors import BackendError
from backend.municipality.requests import Asked, claim_of, verified
from crypto.bodies import RecordKeys
from crypto.entries import Sealed, open_entry
from crypto.errors import BadSignature, CryptoError
from crypto.keys import VerifyKey, device_id, signed_bytes
from sync.check_vectors import first_difference
from sync.entry import entry_hash, parse_header
from sync.errors import SyncError
from sync.facts import Certificate, Keys, decode_fact
from sync.messages import Receipt, request_fields

Row = Mapping[str, Any]
_bytes: Final = bytes.fromhex
_NOTHING: Final = bytes(32)


def opening_difference(row: Row) -> str | None:
    """The answers of an entry, or the first check that it fails."""
    header, body = parse_header(_bytes(row["header"])), _bytes(row["body"])
    hash_ = entry_hash(_NOTHING, _bytes(row["header"]), sha256(body).digest())
    sealed = Sealed(_bytes(row["header"]), body, hash_, _bytes(row["sig"]), header.key, header.touches)
    found: dict[str, Any] = {"hash": hash_.hex(), "error": None, "reason": None, "opened": None}
    try:
        plain = open_entry(sealed, VerifyKey(_bytes(row["author"])), RecordKeys(_bytes(row["record_key"])))
        found["opened"] = {"form": plain.form, "version": plain.version, "answers": plain.answers}
    except CryptoError as error:
        found |= {"error": error.code, "reason": error.reason}
    return first_difference(row["name"], {name: row[name] for name in found}, found)


def receipt_difference(row: Row) -> str | None:
    """Compare whether a receipt is the municipality's."""
    receipt, genuine = msgspec.msgpack.decode(_bytes(row["receipt"]), type=Receipt), True
    try:
        VerifyKey(_bytes(row["public"])).verify(receipt.sig, "receipt", *receipt.signed_fields())
    except BadSignature:
        genuine = False
    return first_difference(f"{row['name']}.genuine", row["genuine"], genuine)


def enrolment_difference(document: Row) -> str | None:
    """Compare what a device posts with an invitation, and which answers it believes."""
    invitation = msgspec.msgpack.decode(_bytes(document["invitation"]), type=Invitation)
    signing, sealing = _bytes(document["signing"]), _bytes(document["sealing"])
    request = EnrolRequest(invitation.token, document["suite"], signing, sealing, b"")
    found = {"mac": enrolment_mac(invitation.secret, request).hex(), "device": device_id(signing, sealing).hex()}
    if difference := first_difference("enrolment", {name: document[name] for name in found}, found):
        return difference
    for row in document["answers"]:
        keys, certificate = decode_fact(_bytes(row["keys"])), decode_fact(_bytes(row["certificate"]))
        assert isinstance(keys, Keys) and isinstance(certificate, Certificate)
        code = None
        try:
            check_answer(invitation.bundle_hash, EnrolResponse(keys, certificate, 0), signing, sealing)
        except (BackendError, CryptoError) as error:
            code = error.code
        if row["error"] != code:
            return first_difference(f"{row['name']}.error", row["error"], code)
    return None


def requests_difference(document: Row) -> str | None:
    """The bytes that a request signs, and what is refused."""
    for row in document["requests"]:
        asked, body = Asked(row["method"], row["target"], row["headers"]), _bytes(row["body"])
        try:
            claim = claim_of(asked, document["now"])
            verified(claim, VerifyKey(_bytes(document["public"])), body)
            fields = request_fields(asked.method, asked.target, sha256(body).digest(), claim.time_ms, asked.headers)
            found = {"error": None, "bytes": signed_bytes("request", *fields).hex()}
        except (BackendError, SyncError) as error:
            found = {"error": error.code}
        if difference := first_difference(row["name"], {name: row[name] for name in found}, found):
            return difference
    return None
