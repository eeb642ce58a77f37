"""Ways round what two people decide, and round what somebody may not read: each was open once."""

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.desk import commands
from backend.desk.forms import FEW
from backend.desk.rights import Role
from backend.desk.wire import Ask
from backend.device.device import Device
from backend.enrolment import Invitation
from forms.definition.library import first_raw
from tests.desk_pages.office import Browser, DeskOffice
from tests.desk_pages.test_conflict_kinds import send, waiting
from tests.desk_pages.test_conflicts import fields
from tests.desk_pages.test_devices import asked_for, ended
from tests.desk_pages.test_forms import SAID, agree, draft_in, mend
from tests.forms.versions.forms_made import document, raw

GRAVE, CHILD, OTHER = "/kind/*/zorg", "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1", "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ2"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "signaal")
    yield made
    made.close()


# --- a form of the gravest class ---


def grave(version: int, **classes: str) -> dict[str, Any]:
    """A form of two questions, both of the gravest class but for what is named."""
    made = document({"/naam": "text", "/soort": "choice a b"}, version)
    for path, field in made["fields"].items():
        field["sensitivity"] = classes.get(path[1:], "S4")
    return made


def offered(browser: Browser, form: dict[str, Any]) -> str:
    """Publish a form on its page; returns where that leads."""
    draft = draft_in(browser, json.dumps(form).encode(), "proef.json")
    return str(mend(browser, draft, "publish", **SAID).headers["location"])


@pytest.mark.parametrize("how", ["a class falls", "a question beside"])
def test_one_admin_opens_no_signals_to_leads_by_a_version(office: DeskOffice, how: str) -> None:
    office.server.publish(raw(grave(1)))
    record = office.one.create("proef", 1, {"/naam": "Iets ergs"})
    office.sync(office.one)
    office.dump()
    lead, admin = office.signed_in(Role.LEAD), office.signed_in(Role.ADMIN)
    assert 404 == lead.get(f"/record/{record.hex()}").status_code
    form = grave(2, naam="S3")
    if how == "a question beside":
        form = grave(2)
        more = document({"/naam": "text", "/soort": "choice a b", "/nieuw": "text"}, 2)
        more["fields"] = form["fields"] | {"/nieuw": more["fields"]["/nieuw"]}
        form = more
    assert "/forms/waiting/proef" in offered(admin, form)
    office.dump()
    assert 404 == lead.get(f"/record/{record.hex()}").status_code
    page = office.signed_in(Role.PRIVACY).get("/forms/waiting/proef").text
    assert "minder beschermd" in page
    assert 303 == agree(office.signed_in(Role.PRIVACY), "proef").status_code


def test_who_was_brought_in_by_one_alone_agrees_with_no_form_of_theirs(office: DeskOffice) -> None:
    office.hire("verzonnen", Role.PRIVACY)
    town = office.server.municipality
    person = town.people.person("verzonnen")
    assert person is not None
    made = msgspec.structs.replace(person, vouched=("de-admin",))
    office.server.run(town.submit(lambda: town.people.keep(made)))
    office.server.publish(raw(grave(1)))
    admin, invented = office.signed_in(Role.ADMIN), office.signed_in(staff="verzonnen")
    assert "/forms/waiting/proef" in offered(admin, grave(2, naam="S3"))
    assert 403 == agree(invented, "proef").status_code
    assert 1 == len(town.published.versions("proef"))
    assert 303 == agree(office.signed_in(Role.PRIVACY), "proef").status_code


# --- counting as reading ---


def test_a_count_of_a_draft_tells_no_answer_of_few(office: DeskOffice) -> None:
    """Who makes forms reads no answers: not by asking how many would not fit, one guess after the other."""
    for name in ("Een lange roepnaam", "Kort"):
        office.shared("dossier", {"/roepnaam": name})
    form = json.loads(first_raw("dossier")) | {"version": 2}
    form["schema"]["properties"]["roepnaam"]["maxLength"] = 5
    admin = Ask(
        "form-counts", office.code, {"document": base64.b64encode(json.dumps(form).encode()).decode()}, "",
        token=office.token("de-admin"),
    )  # fmt: skip

    async def rows() -> list[dict[str, Any]]:
        return [row async for row in commands.run(office.desk, admin, lambda _done, _all: None)]

    (row,) = [one for one in office.server.run(rows()) if "code" in one and "change" not in one]
    assert ("/roepnaam", 0, FEW) == (row["path"], row["records"], row["few"])


# --- one agreement, one phone ---


class Kept:
    """Keeps what a phone would send."""

    def __init__(self) -> None:
        self.body = b""

    def post(self, path: str, body: bytes, headers: Any) -> bytes:
        self.body = body
        raise ConnectionError


def test_two_phones_at_once_take_one_agreement_up_once(office: DeskOffice, tmp_path: Path) -> None:
    office.one.create("signaal", 1, {"/acuut": "ja"})
    office.sync(office.one)
    ended(office, office.one.id)
    lead, town = office.signed_in(Role.LEAD), office.server.municipality
    lead.post("/devices/invite", {"worker": "werker-een"})
    assert 303 == office.signed_in(Role.SIGNALS).post(f"/proposals/{asked_for(office)}/agree").status_code
    sent = []
    for number in range(3):
        page = lead.post("/devices/invite", {"worker": "werker-een"}).text
        (link,) = set(re.findall(r"/field/#([0-9a-f]+)", page))
        invitation = msgspec.msgpack.decode(bytes.fromhex(link), type=Invitation)
        keeps = Kept()
        with pytest.raises(ConnectionError):
            Device.enrol(tmp_path / f"{number}.db", None, invitation, keeps, office.server.clock)
        sent.append(keeps.body)

    async def at_once() -> list[Any]:
        return await asyncio.gather(*(town.enrolling.enrol(one) for one in sent), return_exceptions=True)

    answers = office.server.run(at_once())
    assert [bytes] == [type(one) for one in answers if not isinstance(one, Exception)], answers


# --- an item goes, and the gravest answer with it ---


def with_items(office: DeskOffice) -> tuple[bytes, str]:
    """A record in which two people settled on the less protective answer of nobody: it stands, and its item waits."""
    form = document({"/dag": "text", GRAVE: "choice ja nee", "/kind/*/dag2": "text"})
    form["fields"][GRAVE] |= {"sensitivity": "S4", "merge": "first-listed"}
    office.server.publish(raw(form))
    grave_ = f"{OTHER}/zorg"
    record = office.shared("proef", {CHILD: {}, f"{CHILD}/dag2": "a", OTHER: {}, f"{OTHER}/dag2": "b"})
    office.parallel(record, "proef", {grave_: "ja"}, {grave_: "nee"})
    id_ = waiting(office, record, "conflict")
    lead = office.signed_in(Role.LEAD)
    page = lead.get(f"/conflicts/{id_}").text
    entry = dict(re.findall(r'name="pick" value="([0-9a-f]{64})".*?data-key-words="([^"]*)"', page))
    keep = next(one for one, said in entry.items() if said.startswith("ja"))
    assert 303 == lead.post(f"/conflicts/{id_}", {**fields(page), "pick": keep, "reason": "Samen."}).status_code
    office.sync()
    office.parallel(record, "proef", {OTHER: None}, {grave_: "ja"})
    return record, waiting(office, record, "item-contested")


def stands(office: DeskOffice, record: bytes, item: str = OTHER) -> Any:
    office.dump()
    return office.ask("show", record=record.hex())[0]["shown"][f"{item}/zorg"]["value"]


def test_nobody_alone_takes_an_item_away_with_the_gravest_answer_that_two_settled(office: DeskOffice) -> None:
    record, id_ = with_items(office)
    lead = office.signed_in(Role.LEAD)
    assert 409 == send(lead, f"/conflicts/{id_}", pick="remove", reason="Weg ermee.").status_code
    assert "ja" == stands(office, record)
    link = f"/conflicts/{id_}/move/{CHILD.rpartition('/')[2]}"
    sent = {**fields(lead.get(link).text), "reason": "Weg ermee."}
    assert 409 == lead.post(link, {**sent, "take": []}).status_code  # left behind
    assert "ja" == stands(office, record)
    assert 303 == lead.post(link, {**sent, "take": [f"{OTHER}/zorg"]}).status_code  # it stands there, and is held there
    assert "ja" == stands(office, record, CHILD)


def test_what_moved_is_lowered_by_nobody_alone_at_its_new_place(office: DeskOffice) -> None:
    record, id_ = with_items(office)
    lead, link = office.signed_in(Role.LEAD), f"/conflicts/{id_}/move/{CHILD.rpartition('/')[2]}"
    sent = {**fields(lead.get(link).text), "take": [f"{OTHER}/zorg"], "reason": "Hetzelfde kind."}
    assert 303 == lead.post(link, sent).status_code
    office.dump()
    items = lead.get(f"/record/{record.hex()}").text
    section = re.findall(rf'/record/{record.hex()}/items/([0-9]+)"', items)[0]
    seal = re.findall(r'name="read_at" value="([^"]+)"', items)[0]
    gone = {"do": "removed", "item": CHILD.rpartition("/")[2], "read_at": seal}
    assert 409 == lead.post(f"/record/{record.hex()}/items/{section}", gone).status_code
    assert "ja" == stands(office, record, CHILD)


# --- a phone that speaks for the office ---


def test_no_phone_that_somebody_invites_speaks_for_the_office(office: DeskOffice) -> None:
    (row,) = office.ask("invite", worker="werker-een", desk=True)
    token = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation).token
    named = office.server.municipality.enrolling.invitations.named(token)
    assert named is not None and "worker" == named.invited.role
