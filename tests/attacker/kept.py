"""What was acknowledged stays, and what others bring cannot spoil it: bodies, keys, forks, photos."""

from typing import Any

from tests.attacker.phone import Phone
from tests.attacker.stories import story
from tests.attacker.taken_away import NEW_WORDS, OLD_WORDS, Visit
from tests.attacker.town import Town
from tests.attacker.wire import Made, make_epoch, seal_attachment, sha256


def junk_wrap(town: Town, made: Made, key: bytes, epoch: bytes) -> list[bytes]:
    """A wrap of the right shape that opens nothing."""
    return [made.record, key, epoch, town.random.randbytes(12), town.random.randbytes(48)]


def unsent(town: Town, anna: Phone, words: dict[str, Any]) -> Made:
    """An entry of a new record that its author has not sent yet."""
    anna.create(words)
    return anna.chain[-1]


@story
def an_entry_is_handed_in_without_its_body_before_its_author_comes(town: Town) -> None:
    anna, bert = town.phone("anna"), town.phone("bert", honest=False)
    made = unsent(town, anna, NEW_WORDS)
    bert.pull()
    bert.exchange(handed=[made.without_body().wire])
    bert.hand_in([made.without_body().wire], certificate=anna.certificate)
    anna.sync()
    town.restart()
    anna.sync()


@story
def a_known_entry_without_its_body_takes_the_body_that_fits(town: Town) -> None:
    visit = Visit(town)
    made = visit.anna.chain[-1]
    false = [*made.without_body().wire]
    visit.bert.exchange(handed=[false])
    visit.bert.exchange(handed=[[*made.wire[:2], made.wire[2] + b"x", sha256(made.wire[2]), *made.wire[4:]]])
    visit.anna.exchange(entries=[made.without_body().wire], head=list(visit.anna.last))


@story
def an_entry_that_is_new_is_not_taken_without_its_body(town: Town) -> None:
    visit = Visit(town)
    made = visit.bert.write(visit.bert.records[visit.record], NEW_WORDS)
    _, answer = visit.bert.exchange(entries=[made.without_body().wire], head=list(visit.bert.last))
    if answer and answer["received_through"][0] >= made.seq:
        town.model.fault("bodies", "a new entry without its body was acknowledged")
    visit.bert.push()


@story
def an_entry_that_is_held_without_its_body_takes_it_from_its_author(town: Town) -> None:
    visit = Visit(town)
    made = visit.anna.chain[-1]
    town.lose_body(visit.anna.id, made.seq)
    town.restart()
    visit.bert.exchange(handed=[[*made.wire[:2], b"x" * 300, None, *made.wire[4:]]])
    visit.anna.exchange(entries=[made.wire], head=list(visit.anna.last))


@story
def an_act_that_fails_half_way_is_seen_by_nobody(town: Town) -> None:
    visit = Visit(town)
    if any(town.revoke_half_way(visit.anna)):
        town.model.fault("order", "a revocation that is not on disk was seen")
    visit.write_on()


@story
def junk_keys_come_before_the_real_ones(town: Town) -> None:
    anna, bert = town.phone("anna"), town.phone("bert", honest=False)
    made = unsent(town, anna, NEW_WORDS)
    key = anna.records[made.record].key
    assert anna.epoch is not None
    bert.pull()
    for epoch_id in (anna.epoch.id, town.random.randbytes(8)):
        epoch = make_epoch(bert.town, bert.id, bert.town_keys[4], town.random)
        epochs = [[epoch_id, *epoch.wire[1:]]]
        for _ in range(3):
            wraps = [junk_wrap(town, made, key, epoch_id) for _ in range(4)]
            bert.exchange(handed=[made.with_wraps(wraps).wire], epochs=epochs)
            bert.hand_in([made.with_wraps(wraps).wire], epochs, certificate=anna.certificate)
    answer = anna.sync()
    assert answer
    if not town.opens(made.record):
        town.model.fault("keys-displace-nothing", "the municipality cannot read what was acknowledged")


@story
def what_another_hands_in_with_its_own_wrap_is_readable(town: Town) -> None:
    visit = Visit(town)
    visit.bert.pull()
    made = unsent(town, visit.anna, NEW_WORDS)
    record = visit.anna.records[made.record]
    wrap = visit.bert.wrap(record)
    assert visit.bert.epoch is not None
    visit.bert.exchange(handed=[made.with_wraps([wrap]).wire], epochs=[visit.bert.epoch.wire])
    if not town.opens(made.record):
        town.model.fault("keys-displace-nothing", "a wrap of whoever hands in opens nothing")
    visit.anna.sync()


@story
def a_copied_phone_parts_from_itself_and_nothing_acknowledged_goes(town: Town) -> None:
    visit = Visit(town)
    bert = visit.bert
    mark = (list(bert.chain), bert.last, bert.sent)
    bert.write(bert.records[visit.record], {"/zorg": "woord-een"})
    bert.push()
    bert.chain, bert.last, bert.sent = mark
    bert.write(bert.records[visit.record], {"/zorg": "woord-twee"})
    answer = bert.push()
    if not answer.get("fork"):
        town.model.fault("kept", "a fork was not named")
    visit.anna.exchange(handed=[bert.chain[-1].wire])
    visit.anna.pull()


@story
def chains_that_lie_are_taken_nowhere(town: Town) -> None:
    visit = Visit(town)
    bert, record = visit.bert, visit.bert.records[visit.record]
    good = bert.write(record, {"/zorg": "woord-goed"})
    prev, header, body, _, sig, _ = good.wire
    worse: list[list[Any]] = [
        [bytes(32), header, body, None, sig, []],
        [prev, header, body, None, bytes(64), []],
        [prev, header, body, bytes(32), sig, []],
        [prev, header, b"", None, sig, []],
        [prev, header, None, None, sig, []],
        [prev, header + b"\0", body, None, sig, []],
        [prev, b"\x9b" * 40_000, body, None, sig, []],
        [prev, header, body, None, sig[:63], []],
        [prev[:31], header, body, None, sig, []],
        visit.anna.chain[0].wire,
    ]
    for entry in worse:
        bert.exchange(entries=[entry])
        visit.eve.exchange(handed=[entry])
        bert.hand_in([entry])
    bert.push()
    if bert.sent != len(bert.chain):
        town.model.fault("others-work-on", "an honest push after false ones is refused")


@story
def a_photo_arrives_while_a_neighbour_is_refused(town: Town) -> None:
    visit = Visit(town)
    record = visit.anna.records[visit.record]
    bad = visit.eve.grant_of(visit.record, visit.anna.id) if visit.record in visit.eve.records else None
    for number in range(8):
        sealed, name = seal_attachment(record, b"foto %d" % number, bytes([number]) * 32)
        town.model.attachments[name] = visit.record
        begun = visit.anna.begin(visit.record, name, len(sealed))
        assert begun.status == 201
        where = begun.headers["location"]
        replies = town.together(
            lambda: visit.anna.piece(where, 0, sealed),  # noqa: B023 - played before the next turn
            lambda: visit.eve.exchange(grants=[bad or [["grant", *[b""] * 7], b""]])[0],
            lambda: visit.anna.piece(where, 0, sealed),  # noqa: B023
        )
        if visit.anna.download(name).status != 200:
            town.model.fault("order", f"an acknowledged photo is gone: {[reply.status for reply in replies]}")
        if {replies[0].status, replies[2].status} - {204, 409, 404} or 204 not in (
            replies[0].status,
            replies[2].status,
        ):
            town.model.fault("order", f"a piece that is there: {[reply.status for reply in replies]}")


@story
def a_photo_is_sent_for_another_record(town: Town) -> None:
    visit = Visit(town)
    own = visit.eve.create(OLD_WORDS)
    visit.eve.sync()
    if (
        visit.eve.upload(own, visit.name, visit.sealed)[-1].status < 300
        and visit.eve.download(visit.name).status == 200
    ):
        town.model.fault("attachments", "a photo of another record was moved under one's own")
    if visit.anna.download(visit.name).status != 200:
        town.model.fault("attachments", "the photo is gone from its record")
    where = visit.anna.begin(visit.record, bytes(32), 200).headers["location"]
    replies = [visit.bert.piece(where, 0, b"x"), visit.bert.ask("DELETE", where), visit.bert.ask("HEAD", where)]
    if any(reply.status < 400 for reply in replies):
        town.model.fault("attachments", "somebody else's upload was touched")


@story
def an_erased_record_takes_nothing_in_again(town: Town) -> None:
    visit = Visit(town)
    town.erase(visit.record)
    made = visit.bert.write(visit.bert.records[visit.record], {"/zorg": "woord-wis"})
    visit.bert.push()
    visit.eve.exchange(handed=[made.wire])
    sealed, name = seal_attachment(visit.anna.records[visit.record], b"foto", bytes([7]) * 32)
    town.model.attachments[name] = visit.record
    if visit.anna.upload(visit.record, name, sealed)[-1].status < 300:
        town.model.fault("erased", "an erased record takes a new photo")
    if visit.anna.download(visit.name).status < 300:
        town.model.fault("erased", "a photo of an erased record")
    visit.bert.grant(visit.record, visit.eve.id)
    visit.bert.exchange(lacking=[visit.record])
    for phone in (visit.anna, visit.bert, visit.eve):
        phone.exchange(cursor=b"", limit=2_000)
    wrap = visit.anna.chain[0].wire[5][0]
    found = town.found(made.wire[2], wrap[4], visit.anna.records[visit.record].record_key, visit.sealed[60:80])
    if found:
        town.model.fault("erased", f"bytes of it stand in {found}")


@story
def an_entry_is_handed_in_with_a_false_signature(town: Town) -> None:
    anna, bert = town.phone("anna"), town.phone("bert", honest=False)
    made = unsent(town, anna, NEW_WORDS)
    false = [*made.wire[:4], bytes(64), made.wire[5]]
    bert.pull()
    bert.exchange(handed=[false])
    bert.hand_in([false], certificate=anna.certificate)
    anna.sync()


@story
def receipts_that_nobody_gave_are_worth_nothing(town: Town) -> None:
    visit = Visit(town)
    bert = visit.bert
    bert.write(bert.records[visit.record], {"/zorg": "woord-goed"})
    bert.push()
    assert bert.receipt is not None
    code, life, _, _, _, at, sig = bert.receipt
    forged = [
        [code, life, bert.id, 99, bytes(32), at, sig],
        [code, bytes(16), bert.id, 1, bytes(32), at, sig],
        [code, life, bert.id, 1, bert.chain[0].hash, 1, bert.keys.sign("receipt", code, life, bert.id, 1, at)],
    ]
    for receipt in forged:
        bert.exchange(receipt=receipt)
        bert.exchange(gone=receipt, head=list(bert.last))
    cursor = bytearray(bert.cursor)
    cursor[20] ^= 1
    bert.exchange(cursor=bytes(cursor))


@story
def what_was_granted_while_the_town_was_locked_goes_on_counting(town: Town) -> None:
    """Its signer loses the record before anybody could sign the grant too: who was given it had it, and wrote."""
    anna, bert, eve = (town.phone(worker) for worker in ("anna", "bert", "eve"))
    record = anna.create({"/duiding": "woord-anna"})
    anna.sync()
    town.assign(record, "bert")
    for phone in (bert, eve):
        phone.sync()
    town.product.keyring.lock()
    bert.grant(record, eve.id)
    eve.pull()
    eve.write(eve.records[record], {"/zorg": "woord-eve"})
    eve.push()
    town.server.unlock()
    town.withdraw(record, "bert")
    eve.write(eve.records[record], {"/zorg": "woord-later"})
    eve.push()
    anna.pull()
    if not {"woord-eve", "woord-later"} <= anna.texts():
        town.model.fault("grants-kept", "what a worker wrote who was granted the record counts no longer")
