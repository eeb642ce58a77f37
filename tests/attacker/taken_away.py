"""Stolen phones, withdrawn workers and people who help each other, against what was taken from them.

Each story plays in a town of its own. The model watches the line all the while; a story adds only what the line does
not show.
"""

from typing import Any, Final

from tests.attacker.phone import Phone, Reply
from tests.attacker.stories import story
from tests.attacker.town import Town
from tests.attacker.wire import Record, enrolment, is_signed, make_fact, pack, seal_attachment, unpack

OLD_WORDS: Final = {"/duiding": "woord-voor"}
NEW_WORDS: Final = {"/duiding": "woord-na"}


class Visit:
    """A record that anna wrote and bert was given, with an attachment; what comes after is the story's."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.anna = town.phone("anna")
        self.bert = town.phone("bert", honest=False)
        self.eve = town.phone("eve", honest=False)
        self.record = self.anna.create(OLD_WORDS)
        self.anna.sync()
        town.assign(self.record, "bert")
        self.sealed, self.name = seal_attachment(self.anna.records[self.record], b"foto", bytes(32))
        town.model.attachments[self.name] = self.record
        self.uploaded = self.anna.upload(self.record, self.name, self.sealed)
        self.bert.sync()
        self.eve.sync()
        assert OLD_WORDS.items() <= {k: v for read in self.bert.read.values() for k, v in read.items()}.items()

    def write_on(self) -> None:
        """Anna goes on; what she writes now is after the fact."""
        self.anna.pull()
        self.anna.write(self.anna.records[self.record], NEW_WORDS)
        self.anna.sync()

    def nobody_reads_on(self, *phones: Phone) -> None:
        """None of these has read what came after, whatever the line carried."""
        for phone in phones:
            if "woord-na" in phone.texts():
                self.town.model.fault("delivery", f"{phone.worker} reads what was written after")


def every_route(phone: Phone, record: bytes, name: bytes) -> list[Reply]:
    """One signed request on each route."""
    upload = phone.target("attachments", "uploads", "0" * 32)
    return [
        phone.exchange()[0],
        phone.exchange(cursor=b"", lacking=[record], limit=2_000)[0],
        phone.ask("GET", phone.target("forms", "huisbezoek", "versions", "1")),
        phone.ask("GET", phone.target("lists", "scholen", "versions", "1")),
        phone.download(name),
        phone.begin(record, bytes(32), 100),
        phone.ask("HEAD", upload),
        phone.piece(upload, 0, b"x"),
        phone.ask("DELETE", upload),
    ]


def told_its_end(town: Town, phone: Phone, reply: Reply) -> bool:
    """Whether a refusal carries the revocation of this very device, signed by the municipality."""
    facts = [unpack(bytes.fromhex(raw)) for raw in reply.problem.get("revocations", ())]
    return bool(facts) and all(
        fact[0] == "revocation" and fact[2] == phone.id and is_signed(phone.town_keys[3], fact) for fact in facts
    )


@story
def a_stolen_phone_is_told_its_end_on_every_route_and_nothing_else(town: Town) -> None:
    visit = Visit(town)
    town.revoke(visit.bert)
    visit.write_on()
    for reply in every_route(visit.bert, visit.record, visit.name):
        headless = reply.status == 403 and not reply.body  # an answer to HEAD has no body
        if not headless and (reply.code != "device-revoked" or not told_its_end(town, visit.bert, reply)):
            town.model.fault("revoked-everywhere", f"{reply.status} {reply.code} without the revocation")
    visit.nobody_reads_on(visit.bert)


@story
def a_stolen_phone_shows_its_certificate_and_its_old_invitation_again(town: Town) -> None:
    visit = Visit(town)
    used = town.invite("bert")
    second = town.stranger("bert")
    assert second.enrol(used).status == 201
    town.revoke(second)
    visit.write_on()
    for _ in range(3):
        second.recertify()
        second.enrol(used)
        second.pull()
    other = town.stranger("bert")
    if (
        other.enrol(used).status < 400
        or second.plain(second.target("enrolments"), enrolment(used, second.keys)).status < 400
    ):
        town.model.fault("revoked-everywhere", "a used invitation enrolled another device")
    town.restart()
    second.recertify()
    second.pull()
    visit.nobody_reads_on(second, other)


@story
def a_stolen_phone_makes_heirs_before_and_after(town: Town) -> None:
    visit = Visit(town)
    heirs = [heir_of(visit.bert, town) for _ in range(3)]
    town.revoke(visit.bert)
    heirs.append(heir_of(visit.bert, town))
    later = visit.anna.create({"/duiding": "woord-na"})
    visit.anna.sync()
    town.assign(later, "cees")
    visit.write_on()
    for heir in heirs:
        heir.recertify() if heir.certificate else None
        heir.pull()
    visit.nobody_reads_on(*heirs)


@story
def a_phone_that_was_replaced_ends_in_that_moment(town: Town) -> None:
    """Its heir goes on with a certificate of its own; whoever still has the old one has nothing more."""
    visit = Visit(town)
    town.clock.ms += 30 * 24 * 3_600_000
    heir = town.replace(visit.bert)
    if heir.certificate[9] > visit.bert.certificate[9]:
        town.model.fault("heirs-by-invitation", "taking a place moves its end date")
    visit.write_on()
    every_route(visit.bert, visit.record, visit.name)
    visit.bert.pull()
    visit.nobody_reads_on(visit.bert)
    heir.pull()
    if "woord-na" not in heir.texts():
        town.model.fault("others-work-on", "the heir does not read what its worker may")


@story
def a_stolen_phone_asks_while_others_are_refused(town: Town) -> None:
    visit = Visit(town)
    for _ in range(300):
        town.server.run(town.product.submit(lambda: town.product.auditing.write("beheer", "proef", None, "")))
    town.revoke(visit.bert)
    visit.write_on()
    bert, eve = visit.bert, visit.eve
    for _ in range(10):
        town.together(
            lambda: eve.exchange(grants=[["grant"]])[0],
            bert.recertify,
            lambda: eve.exchange(receipt=[eve.town, bytes(16), eve.id, 9, bytes(32), 1, bytes(64)])[0],
            lambda: bert.exchange()[0],
            lambda: bert.download(visit.name),
            lambda: visit.anna.exchange()[0],
        )
    visit.nobody_reads_on(bert)


def heir_of(phone: Phone, town: Town) -> Phone:
    """A device that its predecessor alone vouches for."""
    heir = town.stranger(phone.worker)
    keys = heir.keys
    sig = phone.keys.sign("succeed", phone.id, 2, keys.signing_public, keys.sealing_public)
    message = {"old": phone.id, "suite": 2, "signing": keys.signing_public, "sealing": keys.sealing_public, "sig": sig}
    reply = heir.plain(heir.target("successions"), pack(message))
    if reply.status != 404:
        town.model.fault("heirs-by-invitation", f"a device's own word for its heir is answered {reply.status}")
    heir.town_keys = phone.town_keys
    if reply.status < 300:
        heir.certificate = unpack(reply.body)["certificate"]
    heir.certificates = dict(phone.certificates)
    return heir


@story
def a_stolen_phone_hands_its_records_out(town: Town) -> None:
    visit = Visit(town)
    town.revoke(visit.bert)
    visit.bert.grant(visit.record, visit.eve.id)
    visit.eve.exchange(facts=[visit.bert.grant_of(visit.record, visit.eve.id)[0]])
    visit.write_on()
    visit.eve.pull()
    visit.nobody_reads_on(visit.eve)


@story
def words_of_a_stolen_phone_above_its_end_neither_count_nor_travel(town: Town) -> None:
    visit = Visit(town)
    visit.bert.write(visit.bert.records[visit.record], {"/zorg": "woord-goed"})
    visit.bert.push()
    town.revoke(visit.bert)
    visit.bert.write(visit.bert.records[visit.record], {"/zorg": "woord-dief"})
    late = visit.bert.chain[-1]
    visit.anna.exchange(handed=[late.wire])
    visit.bert.hand_in([late.wire])
    visit.anna.pull()
    if late.hash in visit.anna.entries:
        town.model.fault("held-above-the-end", "another device was sent what a thief wrote")


@story
def a_withdrawn_worker_takes_the_record_back(town: Town) -> None:
    visit = Visit(town)
    second = town.phone("bert", honest=False)
    third = town.phone("bert", honest=False)
    visit.bert.pull()
    town.withdraw(visit.record, "bert")
    for device in (visit.bert, second, third):
        visit.bert.grant(visit.record, device.id)
        visit.bert.exchange(grants=[], facts=[visit.bert.grant_of(visit.record, device.id)[0]])
    visit.write_on()
    for device in (visit.bert, second, third):
        device.exchange(lacking=[visit.record])
        device.pull()
        device.exchange(cursor=b"", limit=2_000)
        device.download(visit.name)
    fourth = town.phone("bert", honest=False)
    fourth.pull()
    visit.nobody_reads_on(visit.bert, second, third, fourth)


@story
def a_worker_grants_a_record_to_a_phone_of_their_own(town: Town) -> None:
    """What a worker's other phones get, the municipality gives: so it ends with the worker, and not with a phone."""
    visit = Visit(town)
    second = town.phone("bert", honest=False)
    visit.bert.pull()
    _, answer = visit.bert.grant(visit.record, second.id)
    if [refused[1] for refused in answer.get("refused_grants", ())] != ["own-worker"]:
        town.model.fault("grants-by-whoever-has-it", "a worker's phone opened a record to another phone of theirs")
    visit.anna.pull()
    if any(fact[0] == "grant" and (fact[4], fact[7]) == (second.id, visit.bert.id) for fact in visit.anna.facts):
        town.model.fault("grants-by-whoever-has-it", "a grant to one's own phone was journaled")


@story
def a_withdrawn_worker_opens_the_record_to_a_stranger(town: Town) -> None:
    visit = Visit(town)
    town.withdraw(visit.record, "bert")
    visit.bert.grant(visit.record, visit.eve.id)
    visit.write_on()
    visit.eve.pull()
    visit.eve.download(visit.name)
    visit.nobody_reads_on(visit.bert, visit.eve)


@story
def a_withdrawn_creator_brings_nothing_back(town: Town) -> None:
    anna, bert = town.phone("anna"), town.phone("bert", honest=False)
    record = bert.create(OLD_WORDS)
    bert.sync()
    town.assign(record, "anna")
    anna.sync()
    town.withdraw(record, "bert")
    second = town.phone("bert", honest=False)
    bert.pull()
    anna.write(anna.records[record], NEW_WORDS)
    anna.sync()
    bert.write(bert.records[record], {"/zorg": "woord-offline"})
    bert.sync()
    bert.grant(record, second.id)
    for device in (bert, second):
        device.exchange(cursor=b"", lacking=[record], limit=2_000)
        device.pull()
        if "woord-na" in device.texts():
            town.model.fault("delivery", "the withdrawn creator reads on")
    anna.pull()
    if "woord-offline" not in anna.texts():
        town.model.fault("words-count", "what a withdrawn worker wrote offline is lost")


@story
def two_who_help_each_other_chain_grants_in_both_orders(town: Town) -> None:
    visit = Visit(town)
    fred = town.phone("fred", honest=False)
    fred.pull()
    early = visit.bert.grant_of(visit.record, fred.id) if fred.id in visit.bert.certificates else None
    visit.bert.pull()
    early = early or visit.bert.grant_of(visit.record, fred.id)  # signed while bert had it, kept back
    town.withdraw(visit.record, "bert")
    fred.records[visit.record] = visit.bert.records[visit.record]  # by hand, over a table
    fred.pull()
    fred.grant(visit.record, visit.eve.id)
    visit.bert.exchange(grants=[early])
    fred.exchange(facts=[early[0]])
    fred.grant(visit.record, visit.eve.id)
    fred.write(fred.records[visit.record], {"/zorg": "woord-vreemd"})
    fred.push()
    visit.write_on()
    for phone in (fred, visit.eve):
        phone.exchange(cursor=b"", limit=2_000)
        phone.pull()
    visit.nobody_reads_on(visit.bert, fred, visit.eve)


@story
def grants_of_honest_people_arrive_in_the_wrong_order(town: Town) -> None:
    anna, bert, cees = town.phone("anna"), town.phone("bert"), town.phone("cees")
    record = anna.create(OLD_WORDS)
    anna.sync()
    town.restored()  # then devices bring what the server forgot, each in its own time
    bert.pull()
    first = anna.grant_of(record, bert.id)
    bert.records[record] = anna.records[record]
    bert.exchange(grants=[bert.grant_of(record, cees.id)])
    anna.exchange(grants=[first])
    bert.pull()
    bert.write(bert.records[record], {"/zorg": "woord-bert"})
    bert.push()
    cees.pull()
    if "woord-voor" not in cees.texts():
        town.model.fault("chains-in-any-order", "a grant that came before its signer's is lost")


@story
def a_server_clock_that_stands_wrong_gives_nothing_back(town: Town) -> None:
    visit = Visit(town)
    town.withdraw(visit.record, "bert")
    town.clock.ms -= 5 * 60_000
    town.assign(visit.record, "bert")
    town.withdraw(visit.record, "bert")
    town.restart()
    visit.write_on()
    visit.bert.pull()
    visit.nobody_reads_on(visit.bert)
    town.clock.ms += 5 * 60_000
    town.assign(visit.record, "bert")
    visit.bert.pull()
    if "woord-na" not in visit.bert.texts():
        town.model.fault("newest-decides", "what was given again is not delivered")


@story
def a_stranger_writes_into_a_record_that_is_not_theirs(town: Town) -> None:
    visit = Visit(town)
    visit.eve.records[visit.record] = Record(b"", visit.anna.records[visit.record].record_key, visit.record)
    visit.eve.write(visit.eve.records[visit.record], {"/duiding": "woord-eve"})
    visit.eve.sync()
    visit.eve.exchange(lacking=[visit.record])
    visit.eve.download(visit.name)
    visit.nobody_reads_on(visit.eve)


@story
def a_worker_signs_what_only_the_municipality_may(town: Town) -> None:
    visit = Visit(town)
    bert, code = visit.bert, visit.bert.town
    last, heir = visit.anna.chain[-1], town.stranger("anna").keys
    halves = (heir.signing_public, heir.sealing_public)
    town.restored()
    forged: list[list[Any]] = [
        make_fact(bert.keys, "set-aside", code, visit.record, last.hash, "sig", bert.id),
        make_fact(bert.keys, "set-aside", code, visit.record, last.hash, "sig", None),
        make_fact(bert.keys, "erasure", code, visit.record, "request", town.clock.ms),
        make_fact(bert.keys, "revocation", code, visit.anna.id, 0, bytes(32), 1, town.clock.ms),
        make_fact(bert.keys, "withdrawal", code, visit.record, "anna", town.clock.ms),
        make_fact(bert.keys, "assignment", code, visit.record, "eve", town.clock.ms),
        make_fact(bert.keys, "hole", code, visit.anna.id, 1, 1, last.hash, town.clock.ms),
        make_fact(bert.keys, "certificate", code, heir.id, "anna", "desk", 2, *halves, *bert.certificate[8:-1]),
        make_fact(bert.keys, "form-retired", code, "huisbezoek", 9, town.clock.ms),
    ]
    before = town.product.journal.last_position()
    for fact in forged:
        bert.exchange(facts=[fact])
        bert.plain(bert.target("certificates"), pack(fact))
    if town.product.journal.last_position() != before:
        town.model.fault("signers", "a forged fact was journaled")
    visit.write_on()
    visit.bert.pull()
    if "woord-na" not in visit.bert.texts():
        town.model.fault("others-work-on", "the record is no longer delivered")
