"""What is kept, what has an end, and what a restore brings back: bodies, keys, photos, hand-ins, lists."""

import re
from typing import Any

from pytest import MonkeyPatch

from backend.municipality import exchange as exchanges
from backend.municipality import handin, returning
from backend.municipality.attachments import Attachments
from backend.municipality.service import Municipality
from backend.municipality.state import Ledger
from backend.stores import keys
from backend.stores.journal import Journal
from backend.stores.keys import Keys
from sync import deciding, exchange
from tests.attacker.rules import always, rule


@rule("what is handed in proves itself", "an_entry_is_handed_in_with_a_false_signature")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(exchanges, "_is_by_author", always(True))


@rule("a hand-in checks each signature", "an_entry_is_handed_in_with_a_false_signature")
def _(patch: MonkeyPatch) -> None:
    real = handin.read_entries
    patch.setattr(handin, "read_entries", lambda e, m, d, _verify, erased: real(e, m, d, always(True), erased))


@rule("a journal that parted is kept apart", "a_copied_phone_parts_from_itself_and_nothing_acknowledged_goes")
def _(patch: MonkeyPatch) -> None:
    def walk(pushed: Any, _tail: Any, held: Any) -> Any:
        fresh = tuple(item for item in pushed if held(item.header.seq) is None)
        return exchange.Push(fresh, (), exchange.Place(pushed[-1].header.seq, pushed[-1].hash))

    patch.setattr(exchange, "_walk", walk)


@rule("erasing forgets the key", "an_erased_record_takes_nothing_in_again")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Keys, "forget", always(None))


@rule(
    "an upload is its device's own",
    "a_photo_is_sent_for_another_record",
    "a_photo_arrives_while_a_neighbour_is_refused",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Attachments, "check", always(None))
    patch.setattr(Attachments, "finish", always(None))


@rule("a new entry comes with its body", "an_entry_that_is_new_is_not_taken_without_its_body")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(deciding, "_without_body", always(None))


@rule("every member has a limit", "every_member_of_an_exchange_has_an_end")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("backend.municipality.service.check_request", always(None))


@rule("wraps of one device have few places", "a_thousand_wraps_of_one_entry_are_not_kept")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("sync.exchange.WRAPS_MAX", 1 << 20)
    endless = re.sub(r"offset \d+", "offset 1000000", keys._TAKE_WRAP)
    patch.setattr(keys, "_TAKE_WRAP", endless)


@rule("a known entry takes the body that fits it", "an_entry_that_is_held_without_its_body_takes_it_from_its_author")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(deciding, "_bodies", always(()))


@rule("keys that nobody signed displace nothing", "junk_keys_come_before_the_real_ones")
def _(patch: MonkeyPatch) -> None:
    def as_if_signed(store: Keys, device: bytes, epochs: Any, wraps: Any) -> None:
        store.take([(device, epoch) for epoch in epochs], [(device, wrap) for wrap in wraps], ())

    patch.setattr(Keys, "take_unsigned", as_if_signed)


@rule("one record is granted to one device three times", "one_record_is_granted_to_one_device_a_few_times")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(deciding, "GRANTED_MAX", 1_000)


@rule("one report is counted once", "one_report_said_often_is_one_report")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Journal, "has_fact", always(False))


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


@rule("a hand-in's erasures are the municipality's", "an_erasure_that_nobody_decided_is_handed_in")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(handin, "_is_said", always(True))


@rule(
    "a photo is of a record of one's own",
    "who_has_no_record_sends_no_photo_for_it_and_nobody_begins_without_end",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Municipality, "may_write", always(True))


@rule("uploads are few", "who_has_no_record_sends_no_photo_for_it_and_nobody_begins_without_end")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Attachments, "_refuse_above_limits", always(None))
