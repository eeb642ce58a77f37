"""The device of `field/` against the real server, beside the Python device: both show the same of the same entries."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport
from backend.enrolment import Invitation
from crypto.keys import SigningKey
from forms.definition.library import SLUGS, first_raw
from sync.entry import Entry, encode_header, entry_hash, header_of, parse_header
from sync.facts import SetAside, purpose_of, signed_fields, with_signature
from sync.messages import Change, HandInAnswer, HandInRequest, Place, SyncResponse
from tests.field.phone import Phone, PhoneFailed, phones
from tests.fleet.world import Server
from tests.journeys.field.office import Office
from tests.journeys.seats import prepared

TOWN = "GM9901"
STAFF = ("--staff", "beheer")
WORDS = ("Rustig gesprek aan de deur, xqzvw", "Later teruggebeld, qwxzv")


class Town(NamedTuple):
    """A served municipality, and a command line beside it."""

    terminal: Office
    url: str
    signing: SigningKey  # the municipality's, for what it signs in a test

    def invitation(self, worker: str) -> str:
        row: dict[str, Any] = self.terminal.rows("invite", TOWN, worker, *STAFF)[0]
        return str(row["invitation"])

    def python(self, worker: str) -> tuple[Device, Sync]:
        invitation = msgspec.msgpack.decode(bytes.fromhex(self.invitation(worker)), type=Invitation)
        road = HttpTransport(self.url)
        device = Device.enrol(self.terminal.folder / f"{worker}.db", None, invitation, road, WallClock())
        return device, Sync(device, road)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    terminal = Office(tmp_path_factory.mktemp("town"))
    server = Server(terminal.folder / "d")
    server.clock.ms = WallClock().now_ms()
    municipality = server.municipality
    server.run(municipality.submit(lambda: municipality.staff.add("beheer", "admin", server.clock.ms, "set up")))
    prepared(server, "beheer")
    for slug in SLUGS:
        server.publish(first_raw(slug))
    vault = municipality.keyring.vault().with_key_file(server.key_file)
    signing = SigningKey.from_seed(vault.secret("signing").reveal())
    (terminal.folder / "k").mkdir()
    (terminal.folder / "k" / f"{TOWN}.key").write_bytes(server.key_file)
    server.stop()
    terminal.start("serve")
    terminal.seat(TOWN, "beheer")
    yield Town(terminal, f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}", signing)
    terminal.stop()


@pytest.fixture
def pair(town: Town, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[list[Phone]]:
    with phones(tmp_path, "een", "twee") as both:
        for phone in both:
            phone.enrol(url=town.url, invitation=town.invitation(f"{phone.name}-{request.node.name[-20:]}"))
        yield both


def test_a_phone_enrols_writes_and_hands_in_and_the_office_reads_it(town: Town, pair: list[Phone]) -> None:
    phone, _ = pair
    record = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0], "/toegang": "binnen"})
    outcome = phone.sync()
    assert (1, 0, None, False) == (outcome["sent"], outcome["unsent"], outcome["refused"], outcome["forked"])
    shown = town.terminal.rows("show", TOWN, record, *STAFF)[0]["shown"]
    assert WORDS[0] == shown["/duiding"]["value"]
    assert 0 == town.terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]


def test_two_languages_show_the_same_picture(town: Town, pair: list[Phone]) -> None:
    phone, _ = pair
    device, sync = town.python(f"python-{phone.name}")
    record = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0], "/toegang": "binnen"})
    phone.sync()
    worker = device.facts.worker(device.id)
    assert 0 == town.terminal.type("grant", TOWN, record, str(worker), *STAFF).returncode
    sync.run()
    editing = device.open(bytes.fromhex(record))
    phone.open(record=record)
    phone.save(record=record, form="huisbezoek", version=1, answers={"/duiding": WORDS[1]})
    device.save(editing, "huisbezoek", 1, {"/duiding": "in Python geschreven"})
    for one in (phone.sync, sync.run, phone.sync):
        one()
    here = phone.picture(record=record)
    there = msgspec.json.decode(msgspec.json.encode(device.picture(bytes.fromhex(record))))
    assert there == here
    assert 1 == len(here["conflicts"]) and 2 == len(here["conflicts"][0]["survivors"])


def test_a_worker_beside_the_page_shows_what_came_since_it_began(town: Town, pair: list[Phone]) -> None:
    """It reads the store by itself: the colleague's certificate and the grant came after it was started."""
    phone, _ = pair
    own = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    assert [(own, True)] == [(one["record"], one["mine"]) for one in phone.lists()]
    phone.sync()
    device, sync = town.python(f"collega-{phone.name}")
    other = device.create("huisbezoek", 1, {"/duiding": WORDS[1]}).hex()
    sync.run()
    worker = town.terminal.rows("show", TOWN, own, *STAFF)[0]["shown"]["/duiding"]["author"]
    assert 0 == town.terminal.type("grant", TOWN, other, worker, *STAFF).returncode
    phone.sync()
    shown = {one["record"]: one for one in phone.lists()}
    assert {own: True, other: False} == {record: one["mine"] for record, one in shown.items()}
    assert WORDS[1].lower() in shown[other]["text"] and WORDS[0].lower() not in shown[other]["text"]


def test_an_entry_that_no_server_takes_keeps_nobody_elses_words_back(town: Town, pair: list[Phone]) -> None:
    """It is named, it and what follows wait, and all that others wrote is taken in and shown, page after page."""
    phone, _ = pair
    first = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    phone.sync()
    worker = town.terminal.rows("show", TOWN, first, *STAFF)[0]["shown"]["/duiding"]["author"]
    device, sync = town.python(f"collega-bij-{phone.name}")
    others = {device.create("huisbezoek", 1, {"/duiding": WORDS[1]}).hex() for _ in range(2)}
    sync.run()
    for other in others:
        assert 0 == town.terminal.type("grant", TOWN, other, worker, *STAFF).returncode
    before = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    bad = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    seq = phone.spoil()
    after = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    outcome = phone.sync(limit=1)
    assert ("broken-chain", seq, 2) == (outcome["refused"], outcome["refusedSeq"], outcome["unsent"])
    assert [3, 1, 0] == outcome["pushed"][:3] and {0} == set(outcome["pushed"][2:])  # the bad one was tried once
    assert worker == town.terminal.rows("show", TOWN, before, *STAFF)[0]["shown"]["/duiding"]["author"]
    assert [0, 1] == [soFar["sent"] for soFar in outcome["told"]][:2] and 2 == outcome["told"][-1]["received"]
    late = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    shown = {one["record"]: one["text"] for one in phone.lists()}
    assert {first, before, bad, after, late} | others == set(shown)
    broken = {row["record"]: row for row in phone.lists() if "broken" in row["needs"]}
    assert {bad} == set(broken)  # it is said to be damaged; what its signature does not prove is drawn nowhere
    assert ("", "", []) == (broken[bad]["text"], broken[bad]["form"], broken[bad]["name"])
    assert all(WORDS[1].lower() in shown[other] for other in others)


def test_a_record_is_deleted_and_restored_on_both(town: Town, pair: list[Phone]) -> None:
    phone, _ = pair
    record = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    phone.mark(record=record, mark="delete", form="huisbezoek", version=1)
    assert phone.picture(record=record)["contested"]  # without its form any answer may be of the gravest class
    phone.mark(record=record, mark="restore", form="huisbezoek", version=1)
    assert "contested" not in phone.picture(record=record)
    assert 3 == phone.sync()["sent"]


def test_nothing_readable_stands_in_its_database(pair: list[Phone]) -> None:
    phone, _ = pair
    phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    phone.sync()
    whole = phone.dump()
    assert "xqzvw" not in whole and "duiding" not in whole
    assert phone.sync()["sent"] == 0 and "GM9901" in whole  # the search finds what stands there


def test_an_invitation_serves_once_and_another_municipality_key_is_refused(town: Town, tmp_path: Path) -> None:
    with phones(tmp_path, "een", "twee", "drie") as (one, two, three):
        invitation = town.invitation("eenmalig")
        one.enrol(url=town.url, invitation=invitation)
        with pytest.raises(PhoneFailed, match="invitation-invalid"):
            two.enrol(url=town.url, invitation=invitation)
        read = msgspec.msgpack.decode(bytes.fromhex(town.invitation("drie")), type=Invitation)
        lying = msgspec.structs.replace(read, bundle_hash=bytes(32))
        with pytest.raises(PhoneFailed, match="not those of the invitation"):
            three.enrol(url=town.url, invitation=msgspec.msgpack.encode(lying).hex())


def devices_of(town: Town, worker: str) -> list[str]:
    return [row["device"] for row in town.terminal.rows("devices", TOWN, *STAFF) if row["worker"] == worker]


@pytest.mark.parametrize("is_sent", [True, False])
def test_keys_whose_answer_was_lost_go_on_with_the_same_invitation(town: Town, tmp_path: Path, is_sent: bool) -> None:
    worker = f"kwijt-{is_sent}".lower()
    with phones(tmp_path, "een") as (phone,):
        begun = phone.loseEnrolment(url=town.url, invitation=town.invitation(worker), isSent=is_sent)
        assert phone.begun() and [begun] * is_sent == devices_of(town, worker)
        assert begun == phone.goOn()
        assert not phone.begun() and [begun] == devices_of(town, worker)
        phone.create(form="huisbezoek", version=1, answers={"/toegang": "binnen"})
        assert 1 == phone.sync()["sent"]
        assert begun == phone.goOn()  # whoever opens it once more finds a device, and its pen where it was
        assert (0, 0) == (phone.sync()["sent"], phone.sync()["unsent"])


def test_a_server_that_forgot_the_invitation_still_knows_whom_it_certified(town: Town, tmp_path: Path) -> None:
    with phones(tmp_path, "een", "twee") as (phone, unknown):
        begun = phone.loseEnrolment(url=town.url, invitation=town.invitation("vergeten"), isSent=True)
        unknown.loseEnrolment(url=town.url, invitation=town.invitation("nooit"), isSent=False)
        town.terminal.stop()
        town.terminal.start("serve")
        with pytest.raises(PhoneFailed, match="invitation-invalid"):
            unknown.goOn()
        assert unknown.begun()
        assert begun == phone.goOn(offMs=-3 * 3_600_000)  # its clock does not keep it out either
        assert [begun] == devices_of(town, "vergeten")


def test_keys_that_wait_stand_sealed_and_are_no_device(town: Town, tmp_path: Path) -> None:
    invitation = town.invitation("verzegeld")
    with phones(tmp_path, "een") as (phone,):
        phone.loseEnrolment(url=town.url, invitation=invitation, isSent=False)
        kept = phone.dump()
        read = msgspec.msgpack.decode(bytes.fromhex(invitation), type=Invitation)
        assert read.secret.hex() not in kept and read.token.hex() not in kept and "signing" not in kept
        assert TOWN in kept


def test_who_was_not_granted_a_record_gets_nothing_of_it(pair: list[Phone]) -> None:
    one, two = pair
    record = one.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    one.sync()
    two.sync()
    assert [] == two.records() and record in one.records()


def held_at_the_office(town: Town, record: str) -> dict[str, Any]:
    return dict(town.terminal.rows("show", TOWN, record, *STAFF)[0])


@pytest.mark.parametrize("stolen", [False, True])
def test_a_revoked_phone_hands_in_what_it_has_and_wipes(town: Town, pair: list[Phone], stolen: bool) -> None:
    phone, _ = pair
    before = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    phone.sync()
    device = phone.device()
    words = ("revoke", TOWN, device, *STAFF, *(("--stolen",) if stolen else ()))
    assert 0 == town.terminal.type(*words).returncode
    late = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[1]})
    outcome = phone.sync()
    assert (True, 0) == (outcome["revoked"], outcome["unsent"])
    with pytest.raises(PhoneFailed, match="device-wiped"):
        phone.sync()
    assert before not in phone.dump() and late not in phone.dump()
    assert WORDS[0] == held_at_the_office(town, before)["shown"]["/duiding"]["value"]
    waits = [row for row in town.terminal.rows("attention", TOWN, *STAFF) if late in str(row)]
    assert waits, "what it wrote after its last good entry waits for a person"


def test_a_rescue_file_is_taken_in(town: Town, pair: list[Phone], tmp_path: Path) -> None:
    phone, _ = pair
    record = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    (tmp_path / "rescue.vp").write_bytes(bytes.fromhex(phone.rescue()))
    assert 0 == town.terminal.type("rescue", str(tmp_path / "rescue.vp"), *STAFF).returncode
    assert WORDS[0] == held_at_the_office(town, record)["shown"]["/duiding"]["value"]


def test_a_copied_phone_parts_hands_in_and_goes_on_under_a_new_id(town: Town, tmp_path: Path) -> None:
    with phones(tmp_path, "een", "kopie") as (one, copy):
        one.enrol(url=town.url, invitation=town.invitation("gekopieerd"))
        record = one.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
        one.sync()
        one.copy(**{"as": "kopie"})
        one.save(record=record, form="huisbezoek", version=1, answers={"/toegang": "binnen"})
        one.sync()
        copy.save(record=record, form="huisbezoek", version=1, answers={"/duiding": WORDS[1]})
        other = copy.create(form="huisbezoek", version=1, answers={"/duiding": "alleen in de kopie"})
        assert copy.sync()["forked"]
        old = copy.device()
        row = town.terminal.rows("invite", TOWN, "gekopieerd", "--replaces", old, *STAFF)[0]
        assert old != copy.succeed(invitation=row["invitation"])
        outcome = copy.sync()
        assert (2, 0, False) == (outcome["sent"], outcome["unsent"], outcome["forked"])
        shown = held_at_the_office(town, record)["shown"]
        assert (WORDS[1], "binnen") == (shown["/duiding"]["value"], shown["/toegang"]["value"])
        assert "alleen in de kopie" == held_at_the_office(town, other)["shown"]["/duiding"]["value"]
        assert WORDS[1] == copy.picture(record=record)["shown"]["/duiding"]["value"]
        assert one.sync()["revoked"]


@pytest.mark.parametrize("resumes", [False, True])
def test_an_exchange_that_begins_while_it_goes_on_ends_nothing(town: Town, tmp_path: Path, resumes: bool) -> None:
    """The server ends the old id at once; a timer sent under it meanwhile, and the phone wiped what it was to keep."""
    worker = f"tegelijk-{resumes}"
    with phones(tmp_path, "een") as (one,):
        one.enrol(url=town.url, invitation=town.invitation(worker))
        old, record = one.device(), one.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
        row = town.terminal.rows("invite", TOWN, worker, "--replaces", old, *STAFF)[0]
        done = one.succeedWhileItSyncs(invitation=row["invitation"], byResuming=resumes)
        told = {"succeeded": not done["told"], "revoked": False} if resumes else done["told"]
        assert (None, True, False) == (done["ended"], told["succeeded"], told["revoked"]) and old != one.device()
        outcome = one.sync()
        assert (1, 0, False) == tuple(outcome[name] for name in ("sent", "unsent", "succeeded"))
        assert WORDS[0] == held_at_the_office(town, record)["shown"]["/duiding"]["value"]


def test_a_lock_opens_by_passphrase_or_passkey_and_slows_wrong_tries_down(pair: list[Phone]) -> None:
    phone, _ = pair
    with pytest.raises(PhoneFailed, match="passphrase-short"):
        phone.lockWith(passphrase="te kort")
    phone.lockWith(passphrase="een lange wachtzin")
    phone.passkey(secret="5e" * 32)
    assert ["passphrase", "passkey"] == phone.ways()
    key = phone.unlock(passphrase="een lange wachtzin", at=0)
    assert key == phone.unlock(secret="5e" * 32, at=0)
    at = 0
    for wait in (1_000, 2_000, 4_000, 8_000):
        with pytest.raises(PhoneFailed, match="wrong-secret"):
            phone.unlock(passphrase="een andere wachtzin", at=at)
        for early in (at, at + wait - 1):  # at once, and a moment too early
            with pytest.raises(PhoneFailed, match="wait"):
                phone.unlock(passphrase="een lange wachtzin", at=early)
        at += wait
    with pytest.raises(PhoneFailed, match="wrong-secret"):
        phone.unlock(secret="00" * 32, at=at)
    assert key == phone.unlock(passphrase="een lange wachtzin", at=at + 16_000)
    with pytest.raises(PhoneFailed, match="wrong-secret"):
        phone.unlock(passphrase="een andere wachtzin", at=at + 16_000)  # counted from the beginning again
    assert key == phone.unlock(passphrase="een lange wachtzin", at=at + 17_000)
    assert key not in phone.dump()


def test_a_clock_that_was_put_back_neither_shortens_the_wait_nor_locks_out_for_years(pair: list[Phone]) -> None:
    phone, _ = pair
    phone.lockWith(passphrase="een lange wachtzin")
    years = 3 * 366 * 24 * 3_600_000
    for at in (years, years + 1_000, years + 3_000):
        with pytest.raises(PhoneFailed, match="wrong-secret"):
            phone.unlock(passphrase="een andere wachtzin", at=at)
    for at in (0, 3_999):
        with pytest.raises(PhoneFailed, match="wait"):
            phone.unlock(passphrase="een lange wachtzin", at=at)
    assert phone.unlock(passphrase="een lange wachtzin", at=4_000)


# --- a server that answers as it is told ---

LIFE = b"l" * 16
OTHER = b"o" * 16  # a device of which entries come


def answered(*changes: Change) -> str:
    start = Place(0, bytes(32))
    return msgspec.msgpack.encode(SyncResponse(LIFE, WallClock().now_ms(), start, start, b"c", changes=changes)).hex()


def written(body: bytes) -> tuple[Entry, bytes]:
    """The first entry of a device, with one body or another."""
    touches = (b"t" * 8,)
    header = encode_header(header_of(TOWN, OTHER, 1, 1 << 40, b"r" * 16, b"k" * 16, "write", touches=touches))
    hash_ = entry_hash(bytes(32), header, sha256(body).digest())
    return Entry(bytes(32), header, body, None, bytes(64)), hash_


def test_only_what_the_municipality_set_aside_as_parted_gives_way(town: Town, pair: list[Phone]) -> None:
    phone, _ = pair
    (first, held), (second, true) = written(b"wat er eerst stond"), written(b"wat er hoort te staan")
    said = SetAside(TOWN, b"r" * 16, held, "parted", None)
    parted = with_signature(said, town.signing.sign(purpose_of(said), *signed_fields(said)))
    forged = with_signature(said, bytes(64))
    declined = msgspec.structs.replace(said, reason="declined")
    declined = with_signature(declined, town.signing.sign(purpose_of(declined), *signed_fields(declined)))
    there = [OTHER.hex(), 1, held.hex()]
    for fact in (None, forged, declined):
        changes = [Change(1, entry=first), *([Change(2, fact=fact)] if fact else []), Change(3, entry=second)]
        phone.scripted(answers=[answered(*changes)])
        assert [there] == phone.held()
    phone.scripted(answers=[answered(Change(4, fact=parted), Change(5, entry=second))])
    assert [[OTHER.hex(), 1, true.hex()]] == phone.held()
    phone.scripted(answers=[answered(Change(1, entry=first))])
    assert [[OTHER.hex(), 1, true.hex()]] == phone.held()


def seqs(posted: str) -> list[int]:
    request = msgspec.msgpack.decode(bytes.fromhex(posted), type=HandInRequest)
    return [parse_header(entry.header).seq for entry in request.entries]


def test_a_revoked_phone_hands_in_its_newest_entries_first_and_shows_its_last_receipt(pair: list[Phone]) -> None:
    phone, _ = pair
    record = phone.create(form="huisbezoek", version=1, answers={"/duiding": WORDS[0]})
    for answers in ({"/toegang": "binnen"}, {"/duiding": WORDS[1]}):
        phone.save(record=record, form="huisbezoek", version=1, answers=answers)
        phone.sync()
    for answers in ({"/toegang": "deur"}, {"/duiding": WORDS[0]}):
        phone.save(record=record, form="huisbezoek", version=1, answers=answers)
    nothing = msgspec.msgpack.encode(HandInAnswer(LIFE, 0)).hex()
    posted = phone.scripted(answers=[nothing] * 9, ended=True)
    assert [[4, 5], [1, 2, 3, 4, 5], [1, 2, 3], [1, 2, 3, 4, 5]] == list(map(seqs, posted))
    for one in [*posted, phone.rescue()]:
        request = msgspec.msgpack.decode(bytes.fromhex(one), type=HandInRequest)
        assert request.receipt is not None and 3 == request.receipt.seq
