"""What is kept, what has an end, and what a restore brings back: bodies, keys, photos, hand-ins, lists."""

import re
from collections.abc import Callable
from typing import Any

from pytest import MonkeyPatch

from backend.municipality import attachments, granting, handin, proving, returning
from backend.municipality import exchange as exchanges
from backend.municipality.access import Access
from backend.municipality.attachments import Attachments
from backend.municipality.granting import Granting
from backend.municipality.intake import Intake
from backend.municipality.quota import Quota
from backend.municipality.state import Ledger, State
from backend.stores.sql import keys as sql_keys
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys
from sync import acting, audit, deciding, exchange, uploading
from sync.proving import Proof
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
    patch.setattr(SqliteKeys, "forget", always(None))


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
    patch.setattr("backend.municipality.exchanging.check_request", always(None))


@rule("wraps of one device have few places", "a_thousand_wraps_of_one_entry_are_not_kept")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("sync.exchange.WRAPS_MAX", 1 << 20)
    endless = re.sub(r"offset \d+", "offset 1000000", sql_keys._TAKE_WRAP)
    patch.setattr(sql_keys, "_TAKE_WRAP", endless)


@rule("a known entry takes the body that fits it", "an_entry_that_is_held_without_its_body_takes_it_from_its_author")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(deciding, "_bodies", always(()))


@rule("keys that nobody signed displace nothing", "junk_keys_come_before_the_real_ones")
def _(patch: MonkeyPatch) -> None:
    def as_if_signed(store: SqliteKeys, device: bytes, epochs: Any, wraps: Any) -> None:
        store.take([(device, epoch) for epoch in epochs], [(device, wrap) for wrap in wraps], ())

    patch.setattr(SqliteKeys, "take_unsigned", as_if_signed)


@rule("one record is granted to one device three times", "one_record_is_granted_to_one_device_a_few_times")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(deciding, "GRANTED_MAX", 1_000)


@rule("one report is counted once", "one_report_said_often_is_one_report")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(SqliteJournal, "has_fact", always(False))


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


@rule(
    "a restored town signs nothing of what devices say before a person confirms",
    "a_stolen_phone_gives_nothing_away_before_the_list_is_whole",
    "who_lost_a_record_gives_nothing_away_before_the_list_is_whole",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(State, "signs", always(True))


@rule(
    "a restored town grants nothing that is owed before a person confirms",
    "a_stolen_phone_gives_nothing_away_before_the_list_is_whole",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Granting, "_waits", False)
    patch.setattr(granting, "_is_theirs", always(True))


@rule(
    "what is owed is granted while the record is theirs",
    "a_stolen_phone_gives_nothing_away_before_the_list_is_whole",
    "who_lost_a_record_gives_nothing_away_before_the_list_is_whole",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(granting, "_is_theirs", always(True))


@rule("a hand-in's erasures are the municipality's", "an_erasure_that_nobody_decided_is_handed_in")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(handin, "_is_said", always(True))


@rule(
    "a photo is of a record of one's own",
    "who_has_no_record_sends_no_photo_for_it_and_nobody_begins_without_end",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Access, "may_write", always(True))


@rule("uploads are few", "who_has_no_record_sends_no_photo_for_it_and_nobody_begins_without_end")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(uploading, "OPEN_MAX", 1 << 30)


def without_bound(kind: str) -> Callable[..., int]:
    """The bytes that are left for a device, of which those of one kind have no end."""
    real = Quota.left

    def left(quota: Quota, device: bytes, of: str, limit: int, now_ms: int) -> int:
        return 1 << 50 if of == kind else real(quota, device, of, limit, now_ms)

    return left


@rule("a day of hand-ins has an end", "a_day_of_hand_ins_has_an_end_and_takes_nothing_from_others")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Quota, "left", without_bound("entries"))


@rule("a day of hand-ins is over the next day", "a_day_of_hand_ins_has_an_end_and_takes_nothing_from_others")
def _(patch: MonkeyPatch) -> None:
    patch.setattr("backend.municipality.quota.DAY_MS", 1 << 60)


@rule("what a revoked device adds is bounded in all", "what_a_stolen_phone_adds_has_an_end_whatever_day_it_is")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(SqliteJournal, "bytes_above", always(0))


@rule("a day of unsigned keys has an end", "a_day_of_keys_that_nobody_signed_has_an_end")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Quota, "left", without_bound("keys"))


@rule("a name belongs to the record that it came for", "a_photo_stands_under_the_record_that_it_names")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(uploading, "_against_name", always(None))


@rule("a stream opens with the record that it is filed under", "a_photo_stands_under_the_record_that_it_names")
def _(patch: MonkeyPatch) -> None:
    patch.setattr(attachments, "check_start", always(None))


@rule(
    "a verified receipt lowers a stamp",
    "what_others_bring_after_a_restore_is_dated_by_its_authors_receipt",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(Intake, "lower_stamps", always(None))


@rule(
    "the end of a revoked journal proves what stands below it",
    "a_thief_signs_no_other_words_in_the_place_of_those_that_a_restore_lost",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(proving, "prove", lambda _ends, tail, *_more: Proof({}, tail))


def smallest_first(ends: Any, _receipts: Any) -> Any:
    """The order of the ends of a journal that lets a later one stand for the first."""
    return sorted(ends, key=lambda end: end.place.seq)


@rule(
    "of two ends the one that was signed first is the stronger",
    "a_list_that_was_lost_too_lets_no_later_end_stand_for_the_first",
)
def _(patch: MonkeyPatch) -> None:
    patch.setattr(proving, "by_strength", smallest_first)


@rule(
    "who was revoked ends where they did",
    "who_is_revoked_once_more_after_a_restore_ends_where_they_did",
    "an_earlier_end_after_a_restore_proves_no_words_of_a_thief",
)
def _(patch: MonkeyPatch) -> None:
    real = acting.where_it_ends  # and the order of ends, which would make good for it
    patch.setattr(acting, "where_it_ends", lambda _ended, *journal: real(None, *journal))
    patch.setattr(proving, "by_strength", smallest_first)


@rule(
    "facts are taken only in a life that a restore began",
    "facts_are_taken_from_devices_only_where_a_restore_may_have_lost_them",
)
def _(patch: MonkeyPatch) -> None:
    real = deciding._facts
    patch.setattr(deciding, "_facts", lambda handed, world, _new: real(handed, world, True))


@rule("the lines of an audit are a chain", "a_line_of_the_audit_is_not_rewritten_unnoticed")
def _(patch: MonkeyPatch) -> None:
    real = audit.faults

    def unchained(lines: Any, heads: Any) -> Any:
        return (what for what in real(lines, heads) if what.code != "audit-line-changed")

    patch.setattr("backend.projection.verify.audit_faults", unchained)
