"""A backup is put back: what was taken since stays taken, and nothing is given before a person confirms the list."""

from collections.abc import Callable
from typing import Final

from tests.attacker.stories import story
from tests.attacker.taken_away import NEW_WORDS, Visit
from tests.attacker.town import Town

DAY_MS: Final = 24 * 3_600_000


def delivered(phone_answer: dict[str, object]) -> bool:
    """Whether an answer carries an entry or the key of a record."""
    changes = phone_answer.get("changes", ())
    assert isinstance(changes, list | tuple)
    return any(change.get("entry") is not None or change.get("sealed") is not None for change in changes)


@story
def a_restore_gives_back_nothing_that_was_taken(town: Town) -> None:
    visit = Visit(town)
    town.assign(visit.record, "eve")
    visit.eve.sync()
    other = visit.anna.create({"/duiding": "woord-gewist"})
    visit.anna.sync()
    town.back_up()
    town.revoke(visit.bert)
    town.withdraw(visit.record, "eve")
    town.erase(other)
    town.put_back()
    visit.write_on()
    for phone in (visit.bert, visit.eve):
        phone.recertify()
        phone.exchange(cursor=b"", lacking=[visit.record, other], limit=2_000)
        phone.pull()
        if phone.download(visit.name).status < 400:
            town.model.fault("restored-forgets-nothing", f"{phone.worker} is given a photo")
    visit.anna.exchange(cursor=b"", limit=2_000)
    visit.nobody_reads_on(visit.bert, visit.eve)
    if town.opens(other):
        town.model.fault("restored-forgets-nothing", "the key of an erased record is back")


@story
def before_a_person_confirms_the_list_a_restored_town_gives_nothing(town: Town) -> None:
    visit = Visit(town)
    town.assign(visit.record, "eve")
    visit.eve.sync()
    town.back_up()
    town.withdraw(visit.record, "eve")
    town.put_back(confirmed=False)
    visit.anna.write(visit.anna.records[visit.record], NEW_WORDS)
    if visit.anna.push().get("refused"):
        town.model.fault("restored-waits", "a restored town takes nothing in")
    for phone in (visit.anna, visit.bert, visit.eve):
        _, answer = phone.exchange(cursor=b"", lacking=[visit.record], limit=2_000)
        if delivered(answer) or phone.download(visit.name).status < 400:
            town.model.fault("restored-waits", f"{phone.worker} was given something")
    town.confirm_list()
    visit.bert.exchange(cursor=b"", limit=2_000)
    if "woord-na" not in visit.bert.texts():
        town.model.fault("restored-waits", "who has the record is not given it afterwards")
    visit.nobody_reads_on(visit.eve)


@story
def what_others_bring_after_a_restore_is_dated_by_its_authors_receipt(town: Town) -> None:
    visit = Visit(town)
    visit.bert.pull()
    town.back_up()
    visit.anna.write(visit.anna.records[visit.record], NEW_WORDS)
    made = visit.anna.chain[-1]
    visit.anna.push()
    received, receipt = town.stamp_of(visit.anna.id, made.seq), visit.anna.receipt
    town.put_back()
    visit.anna.exchange()  # by its cursor the server learns that it was restored
    town.clock.ms += DAY_MS
    visit.bert.exchange(handed=[made.wire])
    visit.anna.exchange(entries=[made.wire], receipt=receipt, head=list(visit.anna.last))
    if town.stamp_of(visit.anna.id, made.seq) != received:
        town.model.fault("stamps", "an entry that was acknowledged before is dated by whoever brought it again")


@story
def a_thief_signs_no_other_words_in_the_place_of_those_that_a_restore_lost(town: Town) -> None:
    visit = Visit(town)
    bert, record = visit.bert, visit.bert.records[visit.record]
    town.back_up()
    begun = (list(bert.chain), bert.last)
    for number in range(3):
        bert.write(record, {"/zorg": f"woord-echt-{number}"})
    bert.push()
    real = [made.wire for made in bert.chain]
    town.revoke(bert)
    town.put_back()
    bert.chain, bert.last = begun
    for number in range(3):
        bert.write(record, {"/zorg": f"woord-vals-{number}"})
    bert.hand_in([made.wire for made in bert.chain])
    visit.eve.exchange(handed=[made.wire for made in bert.chain])
    visit.anna.exchange(handed=real)
    visit.anna.pull()
    if not {f"woord-echt-{number}" for number in range(3)} <= visit.anna.texts():
        town.model.fault("chain-proves", "what was acknowledged before the restore is not read")


@story
def who_answered_what_a_thief_signed_is_not_silenced_when_it_loses_its_place(town: Town) -> None:
    visit = Visit(town)
    bert, anna = visit.bert, visit.anna
    town.back_up()
    begun = (list(bert.chain), bert.last)
    bert.write(bert.records[visit.record], {"/zorg": "woord-echt"})
    bert.push()
    real = [made.wire for made in bert.chain]
    town.revoke(bert)
    town.put_back()
    bert.chain, bert.last = begun
    bert.write(bert.records[visit.record], {"/zorg": "woord-vals"})
    visit.eve.exchange(handed=[made.wire for made in bert.chain])
    anna.pull()
    if "woord-vals" not in anna.texts():
        town.model.fault(
            "chain-proves", "what came in the place of a lost entry is not read before it is known as false"
        )
    anna.write(anna.records[visit.record], {"/duiding": "woord-antwoord"})
    anna.push()
    visit.eve.exchange(handed=real)
    anna.pull()
    if "woord-echt" not in anna.texts():
        town.model.fault("chain-proves", "what was acknowledged before the restore is not read")


def _given_before_the_list_is_whole(town: Town, take: Callable[[Visit], None]) -> None:
    """A person puts a backup back with an old copy of the list; who is not known there gives the record away."""
    visit = Visit(town)
    bert, eve = visit.bert, visit.eve
    town.back_up()
    old = town.list_now()
    second = town.phone("eve", honest=False)
    take(visit)
    whole = town.list_now()
    town.put_back(confirmed=False, listed=old)
    known, town.model.revoked = town.model.revoked, {}
    for phone in (bert, eve, second):
        phone.recertify()
        phone.exchange(cursor=b"")
    bert.grant(visit.record, eve.id)
    bert.exchange(facts=[bert.grant_of(visit.record, eve.id)[0]])
    for phone in (eve, second):
        phone.exchange(cursor=b"", lacking=[visit.record])
    town.put_list(whole)
    town.model.revoked = known
    town.confirm_list()
    visit.anna.recertify()
    visit.write_on()
    for phone in (bert, eve, second):
        phone.exchange(cursor=b"", lacking=[visit.record], limit=2_000)
        phone.pull()
    visit.nobody_reads_on(bert, eve, second)
    if not town.product.journal.granted_of(visit.record).isdisjoint({eve.id, second.id}):
        town.model.fault("restored-waits", "what was given before the list was whole counts")


@story
def a_stolen_phone_gives_nothing_away_before_the_list_is_whole(town: Town) -> None:
    _given_before_the_list_is_whole(town, lambda visit: town.revoke(visit.bert))


@story
def who_lost_a_record_gives_nothing_away_before_the_list_is_whole(town: Town) -> None:
    _given_before_the_list_is_whole(town, lambda visit: town.withdraw(visit.record, "bert"))


@story
def what_honest_people_grant_before_the_list_is_confirmed_counts_afterwards(town: Town) -> None:
    visit = Visit(town)
    dora = town.phone("dora")
    visit.anna.pull()
    town.back_up()
    town.put_back(confirmed=False)
    visit.anna.exchange(cursor=b"")
    visit.anna.grant(visit.record, dora.id)
    town.confirm_list()
    town.revoke(visit.anna, stolen=False)  # what was taken goes on counting
    dora.exchange(cursor=b"", limit=2_000)
    if "woord-voor" not in dora.texts():
        town.model.fault("others-work-on", "what was granted while the list was looked at opens nothing")


def _revoked_once_more(town: Town, *, last_seq: int | None = None, listed: bool = True) -> None:
    """A restore lost what bert wrote; a colleague brings other words in its place, and bert is revoked once more."""
    visit = Visit(town)
    bert, anna, record = visit.bert, visit.anna, visit.bert.records[visit.record]
    town.back_up()
    begun = (list(bert.chain), bert.last)
    for number in range(4):
        bert.write(record, {"/zorg": f"woord-echt-{number}"})
    bert.push()
    real = [made.wire for made in bert.chain]
    town.revoke(bert)
    anna.pull()
    if not listed:
        town.lose_list()
    town.put_back()
    town.restored()
    town.clock.ms += DAY_MS
    bert.chain, bert.last = begun
    for number in range(3):
        bert.write(record, {"/zorg": f"woord-vals-{number}"})
    visit.eve.exchange(handed=[made.wire for made in bert.chain[1:]])  # what stands before them is not brought
    town.revoke(bert, last_seq=last_seq)
    anna.exchange(cursor=b"")
    anna.exchange(facts=[fact for fact in anna.facts if fact[0] == "revocation"])
    anna.exchange(handed=real)
    anna.pull()
    for number in range(last_seq or 3):
        if f"woord-echt-{number}" not in anna.texts():
            town.model.fault("chain-proves", "what was acknowledged before the restore is not read")


@story
def who_is_revoked_once_more_after_a_restore_ends_where_they_did(town: Town) -> None:
    _revoked_once_more(town)


@story
def an_earlier_end_after_a_restore_proves_no_words_of_a_thief(town: Town) -> None:
    _revoked_once_more(town, last_seq=2)


@story
def a_list_that_was_lost_too_lets_no_later_end_stand_for_the_first(town: Town) -> None:
    _revoked_once_more(town, listed=False)


@story
def whom_it_was_withdrawn_from_lays_by_no_grant_in_a_restored_town(town: Town) -> None:
    visit = Visit(town)
    bert, fred = visit.bert, town.phone("fred", honest=False)
    gone = town.phone("gijs", honest=False)
    visit.anna.sync()
    town.restored()
    town.withdraw(visit.record, "gijs")
    gone.records[visit.record] = bert.records[visit.record]  # by hand, over a table
    for phone in (bert, fred, gone):
        phone.exchange()
    gone.exchange(facts=[gone.grant_of(visit.record, fred.id)[0]])
    gone.grant(visit.record, fred.id)
    town.assign(visit.record, "gijs")
    fred.records[visit.record] = bert.records[visit.record]
    fred.write(fred.records[visit.record], {"/zorg": "woord-vreemd"})
    fred.push()
    visit.anna.grant(visit.record, visit.eve.id)  # with the next grant the municipality signs all that it took
