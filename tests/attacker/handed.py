"""What needs no signed request, a hand-in and its members, proves nothing by itself; and an end may be put earlier."""

from tests.attacker.stories import story
from tests.attacker.taken_away import Visit
from tests.attacker.town import Town
from tests.attacker.wire import SUITE, make_fact


@story
def a_hand_in_under_a_certificate_of_ones_own_making_certifies_nobody(town: Town) -> None:
    visit = Visit(town)
    liar = town.stranger("anna")
    liar.town_keys = visit.anna.town_keys
    keys, times = liar.keys, visit.anna.certificate[8:10]
    said = (liar.town, liar.id, "anna", "worker", SUITE, keys.signing_public, keys.sealing_public, *times, None)
    liar.certificate = make_fact(keys, "certificate", *said)
    liar.create({"/duiding": "woord-verzonnen"})
    if liar.hand_in([liar.chain[0].wire]).status < 400:
        town.model.fault("hand-in-proves-itself", "what a stranger wrote was taken in")
    if liar.exchange(cursor=b"", limit=2_000)[0].status != 401:
        town.model.fault("hand-in-proves-itself", "a stranger certified themselves")


@story
def an_erasure_that_nobody_decided_is_handed_in(town: Town) -> None:
    visit = Visit(town)
    for keys in (visit.bert.keys, visit.eve.keys):
        said = make_fact(keys, "erasure", visit.bert.town, visit.record, "court", town.clock.ms)
        bare = visit.anna.chain[0].without_body().wire
        visit.bert.hand_in([bare], certificate=visit.anna.certificate, erasures=[said])
    if not town.opens(visit.record):
        town.model.fault("hand-in-proves-itself", "a stranger erased a record")
    visit.write_on()
    visit.bert.pull()
    if "woord-na" not in visit.bert.texts():
        town.model.fault("hand-in-proves-itself", "a record is read no more")


@story
def an_end_that_is_put_earlier_counts(town: Town) -> None:
    visit = Visit(town)
    for number in range(3):
        visit.bert.write(visit.bert.records[visit.record], {"/zorg": f"woord-{number}"})
    visit.bert.push()
    town.revoke(visit.bert)
    town.revoke(visit.bert, last_seq=1)
    visit.anna.pull()


@story
def who_has_no_record_sends_no_photo_for_it_and_nobody_begins_without_end(town: Town) -> None:
    visit = Visit(town)
    if visit.eve.begin(visit.record, bytes(32), 100).status < 400:
        town.model.fault("photos-of-ones-own-records", "a stranger begins a photo of a record")
    begun = [visit.bert.begin(visit.record, town.random.randbytes(32), 20_000_000).status for _ in range(200)]
    if begun[-1] < 400 or begun[0] != 201:
        town.model.fault("photos-of-ones-own-records", "one device begins photos without end")


@story
def what_the_municipality_set_aside_counts_no_more(town: Town) -> None:
    visit = Visit(town)
    made = visit.bert.write(visit.bert.records[visit.record], {"/zorg": "woord-van-bert"})
    visit.bert.push()
    town.server.run(town.product.set_aside(visit.record, made.hash, "sig", "beheer"))
    town.model.set_aside.add(made.hash)
    visit.anna.write(visit.anna.records[visit.record], {"/zorg": "woord-later"})
    visit.anna.sync()
    if not town.product.journal.db.conn.execute("select 1 from held where hash = ?", (made.hash,)).fetchone():
        town.model.fault("set-aside", "what was set aside counts")
