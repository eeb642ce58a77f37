"""The rules of this issue, each with the change of the product that removes it and the stories that notice.

A rule that no story notices is not held by the suite. `NOT_YET` names what the stories wait for and is not built.
"""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
from pytest import MonkeyPatch

from backend.device.device import Device
from backend.errors import DeviceUnknown
from backend.municipality import enrolling, enrolment, handin, requests, returning
from backend.municipality import exchange as exchanges
from backend.municipality.attachments import Attachments
from backend.municipality.enrolment import Invitations
from backend.municipality.granting import Granting
from backend.municipality.intake import Intake
from backend.municipality.service import Municipality
from backend.municipality.state import Ledger
from backend.municipality.world import Held
from backend.stores import keys
from backend.stores.journal import Journal
from backend.stores.keys import Keys
from sync import admission, deciding, exchange
from sync.authority import OWN_WORKER
from sync.factbook import FactBook
from tests.attacker import wire
from tests.attacker.stories import STORIES

NOT_YET: Final[frozenset[str]] = frozenset()


class Rule(NamedTuple):
    """A rule, how it is removed, and the stories that must go red without it."""

    name: str
    remove: Callable[[MonkeyPatch], None]
    noticed_by: tuple[str, ...]


RULES: Final[list[Rule]] = []


def rule(name: str, *noticed_by: str) -> Callable[[Callable[[MonkeyPatch], None]], Callable[[MonkeyPatch], None]]:
    """Add a rule to the table."""

    def add(remove: Callable[[MonkeyPatch], None]) -> Callable[[MonkeyPatch], None]:
        RULES.append(Rule(name, remove, noticed_by))
        return remove

    return add


def unknown_stories() -> set[str]:
    """The stories that the table names and nobody tells."""
    return {name for one in RULES for name in one.noticed_by} - STORIES.keys()


def _always(value: Any) -> Callable[..., Any]:
    return lambda *_args, **_more: value


@rule(
    "a revoked device is refused on every route",
    "a_stolen_phone_is_told_its_end_on_every_route_and_nothing_else",
    "a_line_plays_the_revoked_phone_back",
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
    patch.setattr(FactBook, "revocations_of", _always(()))


@rule("above its last good seq nothing counts", "words_of_a_stolen_phone_above_its_end_neither_count_nor_travel")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(FactBook, "last_good", _always(None))


@rule("above its end nothing is sent on", "words_of_a_stolen_phone_above_its_end_neither_count_nor_travel")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Intake, "_is_desk", _always(True))


@rule("an heir ends the old phone", "a_phone_that_was_replaced_ends_in_that_moment")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Municipality, "end", _always(None))


@rule("an heir keeps the old end date", "a_phone_that_was_replaced_ends_in_that_moment")
def _(patch: MonkeyPatch) -> None:
    real = enrolment.certificate_for
    patch.setattr(
        "backend.municipality.enrolling.certificate_for",
        lambda code, request, invited, now_ms, _old: real(code, request, invited, now_ms, None),
    )


@rule("time is under the signature and judged", "what_was_recorded_is_worth_nothing_later")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(requests, "check_time", _always(None))


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
    patch.setattr(Invitations, "use", _always(None))


@rule("who was never granted a record does not write in it", "a_stranger_writes_into_a_record_that_is_not_theirs")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(admission, "may_write", _always(True))


@rule("only readers are given photos and keys", "a_stranger_writes_into_a_record_that_is_not_theirs")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Municipality, "may_read", _always(True))


@rule("a fact counts by its signer on the server", "a_worker_signs_what_only_the_municipality_may")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("backend.municipality.world.is_genuine", _always(True))


@rule(
    "a fact counts by its signer on a device",
    "a_device_believes_no_worker_who_sets_aside",
    "a_device_believes_nothing_that_only_the_municipality_may_say",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr("backend.device.syncing.is_genuine", _always(True))


@rule("a certificate is the municipality's", "a_worker_signs_what_only_the_municipality_may")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("backend.municipality.enrolling.is_genuine", _always(True))


@rule("what is handed in proves itself", "an_entry_is_handed_in_with_a_false_signature")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(exchanges, "_is_by_author", _always(True))


@rule("a hand-in checks each signature", "an_entry_is_handed_in_with_a_false_signature")
def _(patch: MonkeyPatch) -> None:
    real = handin.read_entries
    patch.setattr(handin, "read_entries", lambda e, m, d, _verify, erased: real(e, m, d, _always(True), erased))


@rule("a receipt counts by the receipt key", "receipts_that_nobody_gave_are_worth_nothing")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Held, "verify_receipt", _always(None))


@rule("a journal that parted is kept apart", "a_copied_phone_parts_from_itself_and_nothing_acknowledged_goes")
def _(patch: MonkeyPatch) -> None:
    def walk(pushed: Any, _tail: Any, held: Any) -> Any:
        fresh = tuple(item for item in pushed if held(item.header.seq) is None)
        return exchange.Push(fresh, (), exchange.Place(pushed[-1].header.seq, pushed[-1].hash))

    patch.setattr(exchange, "_walk", walk)


@rule("erasing forgets the key", "an_erased_record_takes_nothing_in_again")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Keys, "forget", _always(None))


@rule("nested nonsense is refused", "nested_nonsense_is_refused_in_few_words")
def _(patch: MonkeyPatch) -> None:
    def read(raw: bytes, kind: Any) -> Any:
        return enrolment.msgspec.msgpack.decode(raw, type=kind)

    patch.setattr("backend.municipality.enrolling.read_message", read)


@rule(
    "an upload is its device's own",
    "a_photo_is_sent_for_another_record",
    "a_photo_arrives_while_a_neighbour_is_refused",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Attachments, "check", _always(None))
    patch.setattr(Attachments, "finish", _always(None))


@rule(
    "a grant is taken from whoever has the record now",
    "a_withdrawn_worker_opens_the_record_to_a_stranger",
    "two_who_help_each_other_chain_grants_in_both_orders",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(deciding, "against_grant", _always(None))
    patch.setattr(FactBook, "passes_on", _always(True))


@rule(
    "nothing is delivered to whom it was withdrawn from",
    "a_withdrawn_worker_takes_the_record_back",
    "a_withdrawn_creator_brings_nothing_back",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(FactBook, "delivers", _always(True))


@rule("a later decision is never dated before an earlier one", "a_server_clock_that_stands_wrong_gives_nothing_back")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(FactBook, "decided_at", _always(0))


@rule("who may write follows from the creator outwards", "a_device_believes_no_grant_of_a_stranger")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("sync.factbook.granted_devices", lambda gifts, _facts: frozenset(gift.to for gift in gifts))


@rule("a new entry comes with its body", "an_entry_that_is_new_is_not_taken_without_its_body")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(deciding, "_without_body", _always(None))


@rule("every member has a limit", "every_member_of_an_exchange_has_an_end")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("backend.municipality.service.check_request", _always(None))


@rule("keys are looked at before they are certified", "keys_of_a_wrong_shape_are_never_certified")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(enrolment, "check_sealing", _always(None))


@rule("a successor ends the device that it replaces", "a_phone_that_was_replaced_ends_in_that_moment")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Municipality, "end", _always(None))


@rule("a successor ends when the device that it replaces would have", "a_phone_that_was_replaced_ends_in_that_moment")
def _(patch: MonkeyPatch) -> None:
    real = enrolling.certificate_for

    def longer(code: Any, request: Any, invited: Any, now_ms: int, old: Any) -> Any:
        made = real(code, request, invited, now_ms, old)
        return msgspec.structs.replace(made, until_ms=now_ms + enrolment.CERTIFICATE_MS)

    patch.setattr(enrolling, "certificate_for", longer)


@rule("wraps of one device have few places", "a_thousand_wraps_of_one_entry_are_not_kept")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("sync.exchange.WRAPS_MAX", 1 << 20)
    endless = re.sub(r"offset \d+", "offset 1000000", keys._TAKE_WRAP)
    patch.setattr(keys, "_TAKE_WRAP", endless)


@rule("nobody grants to a device of their own worker", "a_worker_grants_a_record_to_a_phone_of_their_own")
def _(patch: MonkeyPatch) -> None:
    real = deciding.against_grant

    def to_oneself(grant: Any, may_write: bool, facts: Any) -> str | None:
        why = real(grant, may_write, facts)
        return None if why == OWN_WORKER else why

    patch.setattr(deciding, "against_grant", to_oneself)


@rule("a known entry takes the body that fits it", "an_entry_that_is_held_without_its_body_takes_it_from_its_author")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(deciding, "_bodies", _always(()))


@rule("keys that nobody signed displace nothing", "junk_keys_come_before_the_real_ones")
def _(patch: MonkeyPatch) -> None:
    def as_if_signed(store: Keys, device: bytes, epochs: Any, wraps: Any) -> None:
        store.take([(device, epoch) for epoch in epochs], [(device, wrap) for wrap in wraps], ())

    patch.setattr(Keys, "take_unsigned", as_if_signed)


@rule("one report is counted once", "one_report_said_often_is_one_report")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Journal, "has_fact", _always(False))


@rule("what was shown is what is observed", "what_came_while_one_decided_was_not_shown_and_is_not_decided")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Device, "editing_of", lambda device, record, _shown: device.open(record))


@rule("memory changes by one assignment after the commit", "an_act_that_fails_half_way_is_seen_by_nobody")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Ledger, "begin", lambda ledger: setattr(ledger, "draft", ledger.committed))


@rule("a restored journal is compared with the list", "a_restore_gives_back_nothing_that_was_taken")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(returning, "_lacking", lambda _town: returning._Lacking((), False))


@rule(
    "a restored town gives nothing before a person confirms",
    "before_a_person_confirms_the_list_a_restored_town_gives_nothing",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(exchanges.Exchange, "await_list", lambda _exchange, *, waits: None)


@rule("a certificate ends", "a_device_ends_with_its_certificate")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(requests, "DRIFT_MS", 1 << 50)


@rule(
    "what a device granted the municipality signs too, before it takes anything from the signer",
    "what_was_granted_while_the_town_was_locked_goes_on_counting",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Granting, "copy", _always(None))


@rule(
    "a hand-in's certificate is the municipality's",
    "a_hand_in_under_a_certificate_of_ones_own_making_certifies_nobody",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(handin, "_check_certificate", _always(None))


@rule("a hand-in's erasures are the municipality's", "an_erasure_that_nobody_decided_is_handed_in")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(handin, "_is_said", _always(True))


@rule("of several ends the earliest counts", "an_end_that_is_put_earlier_counts")
def _(patch: MonkeyPatch) -> None:
    def latest(book: FactBook, device: bytes) -> int | None:
        return max((fact.last_seq for fact in book.revocations_of(device)), default=None)

    patch.setattr(FactBook, "last_good", latest)


@rule(
    "a photo is of a record of one's own",
    "who_has_no_record_sends_no_photo_for_it_and_nobody_begins_without_end",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Municipality, "may_write", _always(True))


@rule("uploads are few", "who_has_no_record_sends_no_photo_for_it_and_nobody_begins_without_end")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Attachments, "_refuse_above_limits", _always(None))


@rule("what is set aside counts no more", "what_the_municipality_set_aside_counts_no_more")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(FactBook, "set_aside", _always(None))
