"""The pages of devices: whose they are, what they told, how one is invited, ended and reported stolen."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from httpx import Response
from msgspec.structs import replace

from backend.desk import four_eyes, phone_rights
from backend.desk.phone_rights import Phone, PhoneForTwo
from backend.desk.rights import Role
from backend.desk.standing import Standing
from backend.device.device import Device
from backend.device.handing_in import rescue
from backend.device.transport import ServerRefused
from backend.enrolment import Invitation
from backend.municipality.fleet import KEPT_MS, said_by
from backend.web.desk.devices import _web
from sync.enrolling import INVITATION_MS
from sync.messages import SyncRequest, read_hand_in, write_hand_in
from tests.desk_pages.office import Browser, DeskOffice
from tests.fleet.world import LocalTransport, Server

SignedIn = Callable[..., Browser]
SECRET = "Een geheim zinnetje in een antwoord"


def told(office: DeskOffice, **status: Any) -> None:
    """Let the phone of the first worker be heard with a status of its own."""
    town, one = office.server.municipality, office.one
    request = SyncRequest(1, office.server.clock.now_ms(), status=status)
    office.server.run(town.submit(lambda: town.fleet.hear(one.id, request, office.server.clock.now_ms())))


# --- whose they are ---


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.MAKER, Role.SIGNALS, Role.PRIVACY, Role.OPERATOR])
def test_whoever_has_nothing_to_do_with_devices_sees_none(desk_office: DeskOffice, role: str) -> None:
    browser, device = desk_office.signed_in(role), desk_office.one.id.hex()
    assert 403 == browser.get("/devices").status_code
    assert 404 == browser.get(f"/devices/{device}").status_code
    for path in ("invite", f"{device}/revoke", f"{device}/stolen"):
        assert browser.post(f"/devices/{path}", {"worker": "werker-een"}).status_code in (403, 404)
    assert not desk_office.server.municipality.book.revocations


def test_the_device_of_another_team_is_not_there(desk_office: DeskOffice) -> None:
    """The same bytes as for one that never was, on the page and for every act."""
    lead, other = desk_office.signed_in(Role.LEAD), desk_office.two.id.hex()
    assert "werker-een" in lead.get("/devices").text and "werker-two" not in lead.get("/devices").text
    assert "werker-twee" not in lead.get("/devices").text
    for method, path in (("get", ""), ("get", "/lost"), ("post", "/revoke"), ("post", "/stolen")):
        answers = [getattr(lead, method)(f"/devices/{device}{path}") for device in (other, "ab" * 16, "nothing")]
        assert {404} == {answer.status_code for answer in answers}
        assert 1 == len({answer.content for answer in answers})
    assert not desk_office.server.municipality.book.revocations


def test_a_lead_invites_no_device_for_the_worker_of_another_team(desk_office: DeskOffice) -> None:
    lead = desk_office.signed_in(Role.LEAD)
    for worker in ("werker-twee", "werker-onbekend"):
        answer = lead.post("/devices/invite", {"worker": worker})
        assert 403 == answer.status_code and 'class="qr"' not in answer.text
    replaces = {"worker": "werker-een", "replaces": desk_office.two.id.hex()}
    assert 'class="qr"' not in lead.post("/devices/invite", replaces).text


def test_who_keeps_house_gets_no_records_by_a_phone_in_a_workers_name(desk_office: DeskOffice) -> None:
    """A new phone gets the records of its worker: who reads none of them invites it for a newcomer alone."""
    office, admin, lead = desk_office, desk_office.signed_in(Role.ADMIN), desk_office.signed_in(Role.LEAD)
    assert 200 == admin.post("/devices/invite", {"worker": "werker-nieuw"}).status_code
    replaces = {"replaces": office.one.id.hex()}
    for fields in ({}, {"renew": "on"}, replaces):
        answer = admin.post("/devices/invite", {"worker": "werker-een"} | fields)
        assert 403 == answer.status_code and 'class="qr"' not in answer.text
        assert "die mag u niet inzien" in answer.text
    assert 'class="qr"' in lead.post("/devices/invite", {"worker": "werker-een"}).text


# --- the list ---


def test_what_a_device_did_not_say_is_unknown_and_what_it_said_stands_there(desk_office: DeskOffice) -> None:
    desk_office.server.run(desk_office.server.municipality.submit(lambda: None))
    admin = desk_office.signed_in(Role.ADMIN)
    assert "onbekend" in admin.get("/devices").text
    told(desk_office, app="a1b2c3d4", storage=True, off=3_600_000)
    page = admin.get(f"/devices/{desk_office.one.id.hex()}").text
    assert "a1b2c3d4" in page and "wordt bewaard" in page and "60 minuten achter" in page


@pytest.mark.parametrize(
    "status", [{"app": "<script>alert(1)</script>"}, {"app": "x" * 41}, {"app": 3}, {"storage": "yes"}, {"off": "1"},
               {"off": 10**18}, {"off": True}, {"app": "a b"}],
)  # fmt: skip
def test_a_status_of_another_form_is_as_good_as_unsaid(status: dict[str, Any]) -> None:
    heard = said_by(SyncRequest(1, 1, status=status), 7)
    assert (7, 0, "", None, None) == (heard.at_ms, heard.head, heard.app, heard.storage, heard.off_ms)


def test_a_sync_is_heard_and_a_restart_forgets_an_hour_at_most(desk_office: DeskOffice) -> None:
    office = desk_office
    office.sync(office.one)
    first = office.server.municipality.fleet.all()[office.one.id].at_ms
    office.server.clock.ms += KEPT_MS
    office.sync(office.one)
    later = office.server.municipality.fleet.all()[office.one.id].at_ms
    assert later - first >= KEPT_MS
    office.server.stop()
    office.server.start()
    assert later == office.server.municipality.fleet.all()[office.one.id].at_ms


def test_no_answer_is_on_any_page_of_an_admin(desk_office: DeskOffice) -> None:
    office, admin = desk_office, desk_office.signed_in(Role.ADMIN)
    office.shared("dossier", {"/roepnaam": SECRET})
    device = office.one.id.hex()
    pages = [admin.get(f"/devices{path}").text for path in ("", f"/{device}", f"/{device}/lost")]
    assert all(SECRET not in page for page in pages) and "dossier" in pages[2]


# --- an invitation ---


def invited(browser: Browser, **fields: Any) -> tuple[str, str]:
    """The page of an invitation, and the address of its state."""
    answer = browser.post("/devices/invite", {"worker": "werker-nieuw"} | fields)
    assert 200 == answer.status_code, answer.text
    name = re.search(r"/devices/invitations/([0-9a-f]{64})", answer.text)
    assert name is not None
    return answer.text, name[1]


def test_an_invitation_is_a_picture_and_a_link_of_which_no_address_holds_the_secret(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    page, name = invited(admin)
    link = re.search(r'href="(https://veldpost\.test/field/#([0-9a-f]+))"', page)
    assert link is not None and 'class="qr"' in page and "<script>" not in page
    assert name not in link[2] and link[2] not in admin.get(f"/devices/invitations/{name}").text
    assert link[2] not in "".join(f"{line.act} {line.detail}" for line in desk_office.audit())
    assert "invite" in [line.act for line in desk_office.audit()]


def test_a_link_for_a_phone_goes_where_the_browser_came_from() -> None:
    """It said https of a server that is found by http: the phone found nobody."""
    asked: Any = SimpleNamespace(headers={"host": "127.0.0.1:8321"}, url=SimpleNamespace(scheme="http"))
    assert "http://127.0.0.1:8321" == _web(asked)
    asked.headers["origin"] = "https://veld.example"
    assert "https://veld.example" == _web(asked)


def test_an_invitation_is_open_then_used_or_expired(desk_office: DeskOffice) -> None:
    admin, office = desk_office.signed_in(Role.ADMIN), desk_office
    _, name = invited(admin)
    assert "wacht op de telefoon" in admin.get(f"/devices/invitations/{name}").text
    office.server.clock.ms += INVITATION_MS
    assert "verlopen" in admin.get(f"/devices/invitations/{name}").text
    assert 404 == admin.get(f"/devices/invitations/{'0' * 64}").status_code
    assert 404 == office.signed_in(staff="ander-team").get(f"/devices/invitations/{name}").status_code


@pytest.mark.parametrize("worker", ["x" * 500, "twee\nregels"])
def test_a_name_that_cannot_be_is_told_its_rule_and_given_back_whole(desk_office: DeskOffice, worker: str) -> None:
    answer = desk_office.signed_in(Role.ADMIN).post("/devices/invite", {"worker": worker})
    assert 400 == answer.status_code and "Deze naam kan niet: geef 1 tot 100 tekens" in answer.text
    assert f'name="worker" value="{worker}"' in answer.text


@pytest.mark.parametrize("worker", ["", "   ", "x" * 101, "desk:beheer", "\u202eomgekeerd"])
def test_what_is_no_name_is_a_finding_beside_the_field(desk_office: DeskOffice, worker: str) -> None:
    answer = desk_office.signed_in(Role.ADMIN).post("/devices/invite", {"worker": worker})
    assert answer.status_code in (400, 404, 409, 422) and 'id="worker-fault"' in answer.text


# --- its end ---


def test_a_device_is_revoked_and_the_page_says_so(desk_office: DeskOffice) -> None:
    lead, device = desk_office.signed_in(Role.LEAD), desk_office.one.id
    assert 303 == lead.post(f"/devices/{device.hex()}/revoke").status_code
    assert desk_office.server.municipality.book.revoked(device)
    assert "ingetrokken" in lead.get(f"/devices/{device.hex()}").text
    assert ("de-lead", "revoke") in [(line.staff, line.act) for line in desk_office.audit()]


def test_a_stolen_device_is_ended_after_its_workers_name_was_typed(desk_office: DeskOffice) -> None:
    security, device = desk_office.signed_in(Role.SECURITY), desk_office.one.id
    for typed in ("", "werker-twee", "werker"):
        answer = security.post(f"/devices/{device.hex()}/stolen", {"worker": typed})
        assert 422 == answer.status_code and not desk_office.server.municipality.book.revoked(device)
    answer = security.post(f"/devices/{device.hex()}/stolen", {"worker": " Werker-Een "})
    assert f"/devices/{device.hex()}/lost" in answer.headers["location"]
    assert desk_office.server.municipality.book.revocations[device].stolen


def test_the_list_of_a_lost_device_names_what_it_held_and_nothing_that_was_erased(desk_office: DeskOffice) -> None:
    office, security = desk_office, desk_office.signed_in(Role.SECURITY)
    kept = office.shared("dossier", {"/roepnaam": SECRET})
    gone = office.shared("dossier", {"/roepnaam": SECRET})
    office.ask("erase", record=gone.hex(), reason="request")
    for device in (office.one.id, office.two.id):  # who wrote it, and who was granted it
        page = security.get(f"/devices/{device.hex()}/lost").text
        assert kept.hex() in page and gone.hex() not in page and SECRET not in page
        assert 'data-label="Formulier">Dossier</td>' in page  # its form by its title, never "unknown" while unlocked
    line = office.audit()[0]
    assert ("see-lost", "de-security") == (line.act, line.staff)


def test_a_lost_device_had_each_record_since_its_own_moment(desk_office: DeskOffice) -> None:
    town, device = desk_office.server.municipality, desk_office.two.id
    first = desk_office.shared("dossier", {"/roepnaam": SECRET})
    desk_office.server.clock.ms += 3_600_000
    later = desk_office.shared("dossier", {"/roepnaam": SECRET})
    since = town.access.held_since(device)
    assert 3_600_000 <= since[later] - since[first]


# --- a rescue file ---


def rescue_of(office: DeskOffice) -> bytes:
    """The file in which the first worker's phone keeps what it could not send."""
    office.one.create("dossier", 1, {"/roepnaam": SECRET})
    return rescue(office.one)


def forged(raw: bytes) -> bytes:
    """The file after somebody changed the words of its entry."""
    request = read_hand_in(raw)
    entries = [replace(entry, body=(entry.body or b"")[:-1] + b"x") for entry in request.entries]
    return write_hand_in(replace(request, entries=tuple(entries)))


def brought(browser: Browser, raw: bytes) -> Any:
    return browser.post("/rescue", {}, files={"file": ("rescue.vp", raw)})


def test_a_rescue_file_is_taken_in_once_and_twice_is_said(desk_office: DeskOffice) -> None:
    lead, raw = desk_office.signed_in(Role.LEAD), rescue_of(desk_office)
    assert "is ingenomen" in brought(lead, raw).text
    assert "was al ingenomen" in brought(lead, raw).text


def test_a_rescue_file_of_another_team_or_municipality_or_changed_is_refused(
    desk_office: DeskOffice, tmp_path: Any
) -> None:
    raw = rescue_of(desk_office)
    answer = brought(desk_office.signed_in(staff="ander-team"), raw)
    assert 403 == answer.status_code and "is ingenomen" not in answer.text
    elsewhere = Server(tmp_path / "elsewhere", "GM9902")
    phone = elsewhere.enrol(tmp_path / "phone.db", "werker-een")
    phone.create("dossier", 1, {"/roepnaam": SECRET})
    lead = desk_office.signed_in(Role.LEAD)
    assert "GM9902" in brought(lead, rescue(phone)).text
    elsewhere.stop()
    assert "veranderd" in brought(lead, forged(raw)).text
    for nothing in (b"", b"geen bestand", b"\x00" * 100):
        assert brought(lead, nothing).status_code in (400, 422)


# --- a phone that gets what its inviter does not read ---


@pytest.fixture
def signal_office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek", "signaal")
    yield made
    made.close()


def taken_up(office: DeskOffice, page: Response, folder: Path) -> Device:
    """Enrol a phone by the link of a page."""
    (raw,) = set(re.findall(r"/field/#([0-9a-f]+)", page.text))
    invitation = msgspec.msgpack.decode(bytes.fromhex(raw), type=Invitation)
    return Device.enrol(folder / f"{raw[:16]}.db", None, invitation, LocalTransport(office.server), office.server.clock)


def asked_for(office: DeskOffice) -> str:
    (found,) = [one.id for one in four_eyes.waiting(office.server.municipality) if one.kind == four_eyes.PHONE]
    return found


def ended(office: DeskOffice, device: bytes) -> None:
    office.server.run(office.server.municipality.acts.revoke(device, "beheer", stolen=True))


def test_a_lead_reads_no_signal_by_a_phone_in_a_workers_name(signal_office: DeskOffice, tmp_path: Path) -> None:
    office, lead, admin = signal_office, signal_office.signed_in(Role.LEAD), signal_office.signed_in(Role.ADMIN)
    office.one.create("signaal", 1, {"/acuut": "ja"})
    office.sync(office.one)
    ended(office, office.one.id)  # no other phone is beside it: the signal alone asks for two
    for fields in ({}, {"renew": "on"}):
        page = lead.post("/devices/invite", {"worker": "werker-een"} | fields)
        assert 'class="qr"' not in page.text and "Een tweede persoon is gevraagd" in page.text
    with pytest.raises(PhoneForTwo):
        office.server.run(phone_rights.allowed(office.keeper, standing(office, Role.LEAD), Phone("werker-een")))
    assert 403 == admin.post("/devices/invite", {"worker": "werker-een"}).status_code
    id_, signals = asked_for(office), office.signed_in(Role.SIGNALS)
    assert "op uw instemming" in signals.get("/today").text and "werker-een" in signals.get("/proposals").text
    assert 404 == lead.post(f"/proposals/{id_}/agree").status_code
    assert 303 == signals.post(f"/proposals/{id_}/agree").status_code
    assert "stemde in met één telefoon" in lead.get("/devices").text
    phones = [lead.post("/devices/invite", {"worker": "werker-een"}) for _ in range(2)]  # one agreement is for one
    taken_up(office, phones[0], tmp_path)
    with pytest.raises(ServerRefused, match="may not do so any more"):
        taken_up(office, phones[1], tmp_path)
    assert "Een tweede persoon is gevraagd" in lead.post("/devices/invite", {"worker": "werker-een"}).text


def standing(office: DeskOffice, role: str) -> Standing:
    person = office.server.municipality.people.person(f"de-{role}")
    assert person is not None
    return Standing(office.server.municipality, person)


def test_a_second_phone_beside_the_first_gets_the_signals_of_tomorrow(
    signal_office: DeskOffice, tmp_path: Path
) -> None:
    office, lead = signal_office, signal_office.signed_in(Role.LEAD)
    page = lead.post("/devices/invite", {"worker": "werker-een"})
    assert 'class="qr"' not in page.text and "Een tweede persoon is gevraagd" in page.text
    assert 303 == office.signed_in(Role.SIGNALS).post(f"/proposals/{asked_for(office)}/refuse").status_code
    replaces = {"worker": "werker-een", "replaces": office.one.id.hex()}
    assert 'class="qr"' in lead.post("/devices/invite", replaces).text  # its worker notices that the old one ended


def test_who_reads_both_invites_alone_and_signals_agree_with_phones_alone(signal_office: DeskOffice) -> None:
    office = signal_office
    office.hire("beide", Role.LEAD, Role.SIGNALS)
    office.team("noord", ["beide"], ["werker-een"])
    assert 'class="qr"' in office.signed_in(staff="beide").post("/devices/invite", {"worker": "werker-een"}).text
    office.signed_in(Role.ADMIN).post("/people", {"name": "verzonnen", "role-lead": "on"})
    (other,) = [one.id for one in four_eyes.waiting(office.server.municipality)]
    signals = office.signed_in(Role.SIGNALS)
    assert "verzonnen" not in signals.get("/proposals").text
    assert {403} == {signals.post(f"/proposals/{other}/{act}").status_code for act in ("agree", "refuse")}


def test_what_a_newcomer_is_given_meanwhile_goes_to_no_phone_of_an_admin(
    desk_office: DeskOffice, tmp_path: Path
) -> None:
    """Ten minutes pass between the invitation and the phone: who invited is asked for again."""
    office, admin = desk_office, desk_office.signed_in(Role.ADMIN)
    first, second = (admin.post("/devices/invite", {"worker": "nieuw-iemand"}) for _ in range(2))
    record = office.one.create("dossier", 1, {"/roepnaam": SECRET})
    office.sync(office.one)
    office.server.run(office.server.municipality.opening.grant(record, "nieuw-iemand", "de-lead"))
    with pytest.raises(ServerRefused, match="may not do so any more"):
        taken_up(office, first, tmp_path)
    assert "refused" in [line.result for line in office.audit() if line.act == "enrol"]
    office.hire("de-admin", Role.ADMIN, state="blocked")
    with pytest.raises(ServerRefused, match="may not do so any more"):
        taken_up(office, second, tmp_path)
    assert not office.server.municipality.book.all_devices_of("nieuw-iemand")


def test_who_was_blocked_meanwhile_enrols_nobody(desk_office: DeskOffice, tmp_path: Path) -> None:
    page = desk_office.signed_in(Role.ADMIN).post("/devices/invite", {"worker": "nieuw-iemand"})
    desk_office.hire("de-admin", Role.ADMIN, state="blocked")
    with pytest.raises(ServerRefused, match="may not do so any more"):
        taken_up(desk_office, page, tmp_path)
