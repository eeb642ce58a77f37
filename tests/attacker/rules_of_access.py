"""Who is let in, by which request, and until when: devices, certificates, signatures, invitations."""

from typing import Any

import msgspec
from pytest import MonkeyPatch

from backend.errors import DeviceUnknown
from backend.municipality import handin, invitations, requests
from backend.municipality.acts import Acts
from backend.municipality.intake import Intake
from backend.municipality.invitations import Invitations
from sync import enrolling
from sync.factbook import FactBook
from tests.attacker import wire
from tests.attacker.rules import always, rule


@rule(
    "a revoked device is refused on every route",
    "a_stolen_phone_is_told_its_end_on_every_route_and_nothing_else",
)
def _(patch: MonkeyPatch) -> None:
    real = requests.device_of

    def lenient(claim: Any, town: Any, body: bytes, now_ms: int, **more: Any) -> bytes:
        try:
            return real(claim, town, body, now_ms, **more)
        except requests.DeviceRevoked:
            return bytes(claim.device)

    patch.setattr("backend.municipality.endpoints.device_of", lenient)


@rule("a revoked device is told by its revocation", "a_stolen_phone_is_told_its_end_on_every_route_and_nothing_else")
def _(patch: MonkeyPatch) -> None:
    real = requests.DeviceRevoked
    patch.setattr(requests, "DeviceRevoked", lambda _revocations: real(()))


@rule("above its last good seq nothing counts", "words_of_a_stolen_phone_above_its_end_neither_count_nor_travel")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(FactBook, "last_good", always(None))


@rule("above its end nothing is sent on", "words_of_a_stolen_phone_above_its_end_neither_count_nor_travel")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Intake, "_is_desk", always(True))


@rule("of several ends the earliest counts", "an_end_that_is_put_earlier_counts")
def _(patch: MonkeyPatch) -> None:
    def latest(book: FactBook, device: bytes) -> int | None:
        return max((fact.last_seq for fact in book.revocations_of(device)), default=None)

    patch.setattr(FactBook, "last_good", latest)


@rule("time is under the signature and judged", "what_was_recorded_is_worth_nothing_later")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(requests, "check_time", always(None))


@rule("headers that mean something are signed", "headers_that_mean_something_are_under_the_signature")
def _(patch: MonkeyPatch) -> None:
    real = requests.request_fields
    patch.setattr(requests, "request_fields", lambda *fields: real(*fields)[:4])
    patch.setattr(wire, "SIGNED_HEADERS", ())


@rule("the old form of a signature is refused", "the_old_form_of_a_signature_is_refused")
def _(patch: MonkeyPatch) -> None:
    real = requests.verified

    def either(claim: Any, key: Any, body: bytes) -> None:
        try:
            real(claim, key, body)
        except DeviceUnknown:
            asked = claim.asked
            key.verify(claim.sig, "request", asked.method, asked.target, wire.sha256(body))

    patch.setattr(requests, "verified", either)


@rule("unknown and badly signed are answered alike", "who_is_unknown_and_who_signs_badly_are_answered_alike")
def _(patch: MonkeyPatch) -> None:
    real = requests.device_of

    def telling(claim: Any, town: Any, body: bytes, now_ms: int, **more: Any) -> bytes:
        if requests.device_key(town.book, claim.device) is None:
            raise requests.CertificateExpired
        return real(claim, town, body, now_ms, **more)

    patch.setattr("backend.municipality.endpoints.device_of", telling)


@rule("an invitation enrols one device once", "a_stolen_phone_shows_its_certificate_and_its_old_invitation_again")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Invitations, "use", always(None))


@rule("keys are looked at before they are certified", "keys_of_a_wrong_shape_are_never_certified")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(invitations, "check_sealing", always(None))


@rule("a successor ends the device that it replaces", "a_phone_that_was_replaced_ends_in_that_moment")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Acts, "end", always(None))


@rule("who takes a place keeps its end date", "a_phone_that_was_replaced_ends_in_that_moment")
def _(patch: MonkeyPatch) -> None:
    real: Any = enrolling._certified

    def for_a_year(posted: Any, invited: Any, now_ms: int, world: Any) -> Any:
        return real(posted, invited._replace(renews=True), now_ms, world)

    patch.setattr(enrolling, "_certified", for_a_year)


@rule("a certificate ends", "a_device_ends_with_its_certificate")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(enrolling, "DRIFT_MS", 1 << 50)


@rule("a certificate is the municipality's", "a_worker_signs_what_only_the_municipality_may")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("backend.municipality.enrolling.is_genuine", always(True))


@rule(
    "a hand-in's certificate is the municipality's",
    "a_hand_in_under_a_certificate_of_ones_own_making_certifies_nobody",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(handin, "_check_certificate", always(None))


@rule("nested nonsense is refused", "nested_nonsense_is_refused_in_few_words")
def _(patch: MonkeyPatch) -> None:
    def read(raw: bytes, kind: Any) -> Any:
        return msgspec.msgpack.decode(raw, type=kind)

    patch.setattr("backend.municipality.enrolling.read_message", read)
