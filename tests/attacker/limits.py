"""What one device may send at most: every member has an end, and what goes over it is refused before any work."""

from typing import Any, Final

from tests.attacker.phone import Phone
from tests.attacker.stories import story
from tests.attacker.taken_away import Visit, every_route
from tests.attacker.town import Town
from tests.attacker.wire import SUITE, enrolment_of, make_epoch, make_fact, pack, unpack
from tests.looking import inside

READING: Final = 5  # of `every_route`: an upload of words that count may be finished
YEAR_AND_DAYS_MS: Final = 370 * 24 * 3_600_000
REFUSED: Final = ("facts", "grants", "reports", "epochs", "handed", "entries")  # of the others a part may be served


def deep(levels: int) -> bytes:
    """MessagePack of arrays in arrays."""
    return b"\x91" * levels + b"\xc0"


@story
def every_member_of_an_exchange_has_an_end(town: Town) -> None:
    visit = Visit(town)
    bert, random = visit.bert, town.random
    ids = [random.randbytes(16) for _ in range(20_000)]
    grant = bert.grant_of(visit.record, visit.anna.id)
    sig = make_fact(bert.keys, "report", bert.town, visit.record, bytes(32), "open", bert.id)[-1]
    epoch = make_epoch(bert.town, bert.id, bert.town_keys[4], random).wire
    members: list[dict[str, Any]] = [
        {"erased": ids * 10},
        {"lacking": ids * 10},
        {"facts": [bert.certificate] * 1_001},
        {"grants": [grant] * 257},
        {"reports": [[visit.record, bytes(32), "open", sig]] * 257},
        {"epochs": [epoch] * 65},
        {"handed": [visit.anna.chain[0].wire] * 501},
        {"entries": [bert.chain[0].wire if bert.chain else visit.anna.chain[0].wire] * 501},
        {"forms": {f"formulier-{n}": bytes(32) for n in range(20_000)}},
        {"cursor": bytes(1_000_000)},
        {"status": {str(n): "x" * 100 for n in range(20_000)}},
    ]
    journal = town.product.journal
    before = journal.last_position(), rows(town, "confirmed_erasure")
    for member in members:
        reply, answer = bert.exchange(**member)
        name = next(iter(member))
        if name in REFUSED and reply.status < 400 and not answer.get("refused"):
            town.model.fault("limits", f"{name} without end was taken")
    if before != (journal.last_position(), rows(town, "confirmed_erasure")):
        town.model.fault("limits", "what was refused was kept all the same")


def rows(town: Town, table: str) -> int:
    """How many rows a table of the journal has."""
    return int(inside(town.product.journal).execute(f"select count(*) from {table}").fetchone()[0])


@story
def one_report_said_often_is_one_report(town: Town) -> None:
    visit = Visit(town)
    bert, last = visit.bert, visit.anna.chain[-1]
    fact = make_fact(bert.keys, "report", bert.town, visit.record, last.hash, "open", bert.id)
    note = [visit.record, last.hash, "open", fact[-1]]
    before = town.product.journal.last_position()
    for _ in range(3):
        bert.exchange(reports=[note] * 256)
    if town.product.journal.last_position() > before + 1:
        town.model.fault("limits", "one report took many positions")


@story
def one_record_is_granted_to_one_device_a_few_times(town: Town) -> None:
    """Each grant is told to every reader and counted with all others of its record: a thousand of them cost seconds."""
    visit = Visit(town)
    anna, eve = visit.anna, visit.eve
    for _ in range(3):
        anna.exchange(grants=[anna.grant_of(visit.record, eve.id) for _ in range(100)])
    if (held := grants_by(town, anna.id)) > 3:
        town.model.fault("limits", f"{held} grants of one record to one device were taken")
    town.restored()
    for _ in range(3):
        visit.bert.exchange(facts=[anna.grant_of(visit.record, eve.id)[0] for _ in range(100)])
    if (held := grants_by(town, anna.id)) > 3:
        town.model.fault("limits", f"{held} grants of one record to one device were handed in")


def grants_by(town: Town, device: bytes) -> int:
    """How many grants that a device signed the journal holds."""
    return sum(stored.fact.by == device for stored in town.product.journal.facts("grant"))


@story
def a_thousand_wraps_of_one_entry_are_not_kept(town: Town) -> None:
    visit = Visit(town)
    bert = visit.bert
    made = bert.write(bert.records[visit.record], {"/zorg": "woord-wraps"})
    key = bert.records[visit.record].key
    wraps = [[visit.record, key, town.random.randbytes(8), bytes(12), bytes(48)] for _ in range(1_000)]
    bert.exchange(entries=[made.with_wraps(wraps).wire])
    bert.hand_in([made.with_wraps(wraps).wire])
    visit.eve.exchange(handed=[made.with_wraps(wraps).wire])
    (kept,) = inside(town.product.keys).execute("select count(*) from wrap").fetchone()
    if kept > 100:
        town.model.fault("limits", f"{kept} wraps of one record are kept")
    bert.push()


@story
def keys_of_a_wrong_shape_are_never_certified(town: Town) -> None:
    visit = Visit(town)
    good = visit.eve.keys
    shapes: list[tuple[int, bytes, bytes]] = [
        (SUITE, good.signing_public, b"geen sleutel"),
        (SUITE, good.signing_public, bytes(8_000_000)),
        (SUITE, good.signing_public, b"\xff" * 1_216),
        (SUITE, good.signing_public, good.sealing_public[:-1]),
        (SUITE, b"\xff" * 31, good.sealing_public),
        (SUITE, good.signing_public + b"\0", good.sealing_public),
        (1, good.signing_public, good.sealing_public[-32:]),
        (2**40, good.signing_public, good.sealing_public),
    ]
    for suite, signing, sealing in shapes:
        _, token, secret, _ = unpack(town.invite("eve"))
        reply = visit.eve.plain(visit.eve.target("enrolments"), enrolment_of(token, secret, suite, signing, sealing))
        if reply.status < 400:
            town.model.fault("key-shapes", f"a key of {len(signing)} and {len(sealing)} bytes is certified")
    town.assign(visit.record, "eve")
    visit.eve.pull()
    if "woord-voor" not in visit.eve.texts():
        town.model.fault("key-shapes", "a bad key of one device keeps a grant from another")


@story
def nested_nonsense_is_refused_in_few_words(town: Town) -> None:
    visit = Visit(town)
    for levels in (100, 10_000, 200_000):
        for raw in (
            deep(levels),
            b"\x82\xa8protocol\x01\xa6status" + deep(levels),
            b"\xdd\xff\xff\xff\xff",
            b"\xc7\xff\1",
        ):
            for route in ("enrolments", "successions", "certificates", "hand-ins"):
                visit.eve.plain(visit.eve.target(route), raw)
            visit.eve.ask("POST", visit.eve.target("sync"), raw, {"Content-Type": "application/msgpack"})


@story
def hand_ins_without_end_are_refused(town: Town) -> None:
    visit = Visit(town)
    bert = visit.bert
    made = bert.write(bert.records[visit.record], {"/zorg": "woord-inleveren"})
    epoch = make_epoch(bert.town, bert.id, bert.town_keys[4], town.random).wire
    for members in (
        {"entries": [made.wire] * 5_000},
        {"entries": [], "epochs": [epoch] * 5_000},
        {"entries": [], "erasures": [bert.certificate] * 5_000},
    ):
        reply = bert.plain(bert.target("hand-ins"), hand_in_of(bert, members))
        if reply.status < 400:
            town.model.fault("limits", f"{[*members]} without end were handed in")


def hand_in_of(phone: Phone, members: dict[str, Any]) -> bytes:
    """A hand-in with these members."""
    whole = {"protocol": 1, "certificate": phone.certificate, "entries": [], "epochs": [], "erasures": []}
    return pack({**whole, **members})


@story
def a_device_ends_with_its_certificate(town: Town) -> None:
    """Seen by its administrator once a year: afterwards it reads nothing, and what it wrote comes by a hand-in."""
    visit = Visit(town)
    town.clock.ms += YEAR_AND_DAYS_MS
    town.honest.remove(visit.anna)
    anna = town.phone("anna")
    for phone in (visit.bert, visit.anna):
        phone.recertify()
        if any(reply.status < 400 for reply in every_route(phone, visit.record, visit.name)[:READING]):
            town.model.fault("ends-in-time", f"{phone.worker}'s ended device is answered")
        phone.write(phone.records[visit.record], {"/zorg": f"woord-{phone.worker}"})
        if phone.hand_in([phone.chain[-1].wire]).status != 200:
            town.model.fault("ends-in-time", f"{phone.worker}'s words do not come any more")
    anna.sync()
    if not {"woord-anna", "woord-bert"} <= anna.texts():
        town.model.fault("ends-in-time", "what an ended device handed in is not read")
