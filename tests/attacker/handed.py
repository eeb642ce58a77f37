"""What needs no signed request, a hand-in and its members, proves nothing by itself; and an end may be put earlier."""

from typing import Final

from tests.attacker.phone import Phone
from tests.attacker.stories import story
from tests.attacker.taken_away import Visit
from tests.attacker.town import Town
from tests.attacker.wire import SUITE, Record, make_fact, seal_attachment
from tests.looking import inside

FEW: Final = 40_000
LONG: Final = "woord-" + "x" * 6_000
DAY_MS: Final = 24 * 3_600_000


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
    town.server.run(town.product.acts.set_aside(visit.record, made.hash, "sig", "beheer"))
    town.model.set_aside.add(made.hash)
    visit.anna.write(visit.anna.records[visit.record], {"/zorg": "woord-later"})
    visit.anna.sync()
    if not inside(town.product.journal).execute("select 1 from held where hash = ?", (made.hash,)).fetchone():
        town.model.fault("set-aside", "what was set aside counts")


@story
def a_day_of_hand_ins_has_an_end_and_takes_nothing_from_others(town: Town) -> None:
    visit = Visit(town)
    with town.few_bytes(FEW):
        codes = [handed_in_anew(visit.bert, visit.record) for _ in range(12)]
        if codes[-1] != "hand-in-full" or codes[0] or town.kept_bytes(visit.bert.id)[0] > FEW:
            town.model.fault("limits", f"one device hands in without end: {codes}")
        visit.anna.write(visit.anna.records[visit.record], {"/zorg": LONG})
        if visit.anna.hand_in([visit.anna.chain[-1].wire]).status != 200:
            town.model.fault("others-work-on", "another device is refused for what one handed in")
        town.clock.ms += DAY_MS
        if handed_in_anew(visit.bert, visit.record):
            town.model.fault("limits", "the next day takes nothing either")


@story
def what_a_stolen_phone_adds_has_an_end_whatever_day_it_is(town: Town) -> None:
    visit = Visit(town)
    town.revoke(visit.bert)
    with town.few_bytes(FEW):
        codes = []
        for _ in range(12):
            codes.append(handed_in_anew(visit.bert, visit.record))
            town.clock.ms += DAY_MS
        if codes[-1] != "hand-in-revoked-full" or town.kept_bytes(visit.bert.id)[0] > FEW:
            town.model.fault("limits", f"a stolen phone fills the disk day by day: {codes}")


@story
def a_day_of_keys_that_nobody_signed_has_an_end(town: Town) -> None:
    visit = Visit(town)
    before = town.kept_bytes(visit.bert.id)[1]
    with town.few_bytes(FEW):
        for _ in range(60):
            visit.bert.epoch = None
            visit.bert.create({"/duiding": "woord-sleutel"})
            visit.bert.hand_in([visit.bert.chain[-1].wire])
        if not before < town.kept_bytes(visit.bert.id)[1] <= before + FEW:
            town.model.fault("limits", "keys without end are kept for one device")


def handed_in_anew(phone: Phone, record: bytes) -> str:
    """Hand in one more long entry; the code of the refusal, or nothing."""
    phone.write(phone.records[record], {"/zorg": LONG})
    return phone.hand_in([phone.chain[-1].wire]).code


@story
def a_photo_stands_under_the_record_that_it_names(town: Town) -> None:
    """Filed under one's own record before it comes, it would have kept the real one away."""
    visit = Visit(town)
    own = visit.eve.create({"/duiding": "woord-eigen"})
    visit.eve.sync()
    sealed, name = seal_attachment(visit.anna.records[visit.record], b"later", b"\3" * 32)
    town.model.attachments[name] = visit.record
    if visit.eve.upload(own, name, sealed)[-1].status < 400:
        town.model.fault("attachments", "a photo is filed under another record than it names")
    if [reply.status for reply in visit.anna.upload(visit.record, name, sealed)] != [201, 204]:
        town.model.fault("attachments", "a photo finds its place taken")
    for length in (len(visit.sealed), len(visit.sealed) + 1):
        if visit.eve.begin(own, visit.name, length).problem.get("code") != "attachment-foreign":
            town.model.fault("attachments", "who brings a photo of another record begins for ever")


@story
def a_grant_comes_with_the_key_that_it_names(town: Town) -> None:
    visit = Visit(town)
    fact, sealed = visit.bert.grant_of(visit.record, visit.eve.id)
    for junk in (town.random.randbytes(len(sealed)), b"", sealed + b"x"):
        _, answer = visit.bert.exchange(grants=[[fact, junk]])
        if [refused[1] for refused in answer.get("refused_grants", ())] != ["bad-signature"]:
            town.model.fault("limits", "a grant was taken with a key that is not the one it names")
    visit.bert.exchange(grants=[[fact, sealed]])
    visit.eve.pull()
    if "woord-voor" not in visit.eve.texts():
        town.model.fault("others-work-on", "whoever was granted a record cannot read it")


@story
def facts_are_taken_from_devices_only_where_a_restore_may_have_lost_them(town: Town) -> None:
    """Whoever has no record signs grants of it, and each would take a place in the journal of everybody."""
    visit = Visit(town)
    stranger = Record(visit.eve.id, town.random.randbytes(32), visit.record)
    visit.eve.records[visit.record] = stranger
    before = town.product.journal.last_position()
    visit.eve.exchange(facts=[visit.eve.grant_of(visit.record, visit.anna.id)[0] for _ in range(50)])
    if town.product.journal.last_position() != before:
        town.model.fault("limits", "facts are kept that no restore has lost")


@story
def a_line_of_the_audit_is_not_rewritten_unnoticed(town: Town) -> None:
    visit = Visit(town)
    town.withdraw(visit.record, "bert")
    if town.audit_faults():
        town.model.fault("kept", "an honest audit is found at fault")
    town.edit_audit("withdraw")
    if not town.audit_faults():
        town.model.fault("kept", "a line of the audit was rewritten, and the check finds nothing")
