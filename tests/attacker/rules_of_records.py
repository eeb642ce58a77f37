"""Who has a record, whose words count in it, and what a device believes of that."""

from typing import Any

from pytest import MonkeyPatch

from backend.device.device import Device
from backend.municipality.access import Access
from backend.municipality.granting import Granting
from backend.municipality.world import Held
from sync import admission, authority, deciding
from sync.authority import OWN_WORKER, WITHDRAWN
from sync.factbook import FactBook
from tests.attacker.rules import always, rule


@rule("who was never granted a record does not write in it", "a_stranger_writes_into_a_record_that_is_not_theirs")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(admission, "may_write", always(True))


@rule("only readers are given photos and keys", "a_stranger_writes_into_a_record_that_is_not_theirs")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Access, "may_read", always(True))


@rule("a fact counts by its signer on the server", "a_worker_signs_what_only_the_municipality_may")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("backend.municipality.world.is_genuine", always(True))


@rule(
    "a fact counts by its signer on a device",
    "a_device_believes_no_worker_who_sets_aside",
    "a_device_believes_nothing_that_only_the_municipality_may_say",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr("backend.device.syncing.is_genuine", always(True))


@rule("a receipt counts by the receipt key", "receipts_that_nobody_gave_are_worth_nothing")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Held, "verify_receipt", always(None))


@rule(
    "a grant is taken from whoever has the record now",
    "a_withdrawn_worker_opens_the_record_to_a_stranger",
    "two_who_help_each_other_chain_grants_in_both_orders",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(deciding, "against_grant", always(None))
    patch.setattr(FactBook, "passes_on", always(True))


@rule(
    "nothing is delivered to whom it was withdrawn from",
    "a_withdrawn_worker_takes_the_record_back",
    "a_withdrawn_creator_brings_nothing_back",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(FactBook, "delivers", always(True))


@rule("a withdrawn worker lays by no grant", "whom_it_was_withdrawn_from_lays_by_no_grant_in_a_restored_town")
def _(patch: MonkeyPatch) -> None:
    real = authority.against_taking

    def waits(grant: Any, facts: Any) -> str | None:
        why = real(grant, facts)
        return None if why == WITHDRAWN else why

    for module in (authority, deciding):
        patch.setattr(module, "against_taking", waits)


@rule(
    "who saw an entry that lost its place goes on counting",
    "who_answered_what_a_thief_signed_is_not_silenced_when_it_loses_its_place",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(FactBook, "names_parted", always(False))


@rule("a later decision is never dated before an earlier one", "a_server_clock_that_stands_wrong_gives_nothing_back")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(FactBook, "decided_at", always(0))


@rule("who may write follows from the creator outwards", "a_device_believes_no_grant_of_a_stranger")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("sync.factbook.granted_devices", lambda gifts, _facts: frozenset(gift.to for gift in gifts))


@rule("nobody grants to a device of their own worker", "a_worker_grants_a_record_to_a_phone_of_their_own")
def _(patch: MonkeyPatch) -> None:
    real = deciding.against_grant

    def to_oneself(grant: Any, may_write: bool, facts: Any) -> str | None:
        why = real(grant, may_write, facts)
        return None if why == OWN_WORKER else why

    patch.setattr(deciding, "against_grant", to_oneself)


@rule("what was shown is what is observed", "what_came_while_one_decided_was_not_shown_and_is_not_decided")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Device, "editing_of", lambda device, record, _shown: device.open(record))


@rule(
    "what a device granted the municipality signs too, before it takes anything from the signer",
    "what_was_granted_while_the_town_was_locked_goes_on_counting",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Granting, "copy", always(None))


@rule("what is set aside counts no more", "what_the_municipality_set_aside_counts_no_more")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(FactBook, "set_aside", always(None))


@rule("nobody gains by a clock that runs ahead of its stamp", "a_clock_that_runs_a_year_ahead_wins_nothing")
def _(patch: MonkeyPatch) -> None:
    for module in ("sync.merge", "picture.reading"):
        patch.setattr(f"{module}.effective", lambda clock, _received: clock)


@rule("a grant's sealed key is the one that it names", "a_grant_comes_with_the_key_that_it_names")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Held, "seals", always(True))
