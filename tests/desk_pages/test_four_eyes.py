"""What nobody does alone: an admin who wants to read, or wants a colleague's account, does not get it by himself."""

import asyncio
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from backend.desk import four_eyes, two_people
from backend.desk.joining import by_command
from backend.desk.people import handle_of
from backend.desk.rights import AGREES, GUARDED, Role
from backend.desk.sessions import csrf_of
from backend.desk.standing import Standing
from backend.sentences import library
from backend.stores.people import ACTIVE, BLOCKED, INVITED, PASSWORD, Person
from tests.desk_pages.office import Browser, DeskOffice, Key, name_of

ADMIN, LEAD, SECURITY, PRIVACY = (name_of(role) for role in (Role.ADMIN, Role.LEAD, Role.SECURITY, Role.PRIVACY))
REASON = "de teamleider is ziek en er is haast"
_NEXT = count(1)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("eyes")))
    yield made
    made.close()


def place(office: DeskOffice, name: str) -> str:
    return f"/people/{handle_of(office.code, name)}"


def roles(office: DeskOffice, name: str) -> set[str]:
    person = office.server.municipality.people.person(name)
    return set() if person is None else {*person.role_names}


def keep(office: DeskOffice, person: Person) -> None:
    town = office.server.municipality
    office.server.run(town.submit(lambda: town.people.keep(person)))


def invented(office: DeskOffice, *asked: Role, by: str = ADMIN) -> str:
    """An account that `by` made up and took up themselves; returns its name."""
    name = f"verzonnen.{next(_NEXT)}"
    page = office.signed_in(staff=by).post("/people", {"name": name} | {f"role-{role}": "on" for role in asked})
    assert 200 == page.status_code and re.search(r"/join/[0-9a-f]{64}", page.text)
    come_in(office, name)
    return name


def come_in(office: DeskOffice, name: str) -> None:
    person = office.server.municipality.people.person(name)
    assert person is not None and INVITED == person.state
    keep(office, Person(name, name, ACTIVE, person.roles, vouched=person.vouched))


def waiting(office: DeskOffice, about: str) -> str:
    (found,) = [one.id for one in four_eyes.waiting(office.server.municipality) if one.about == about]
    return found


def agree(browser: Browser, id_: str) -> int:
    return browser.post(f"/proposals/{id_}/agree").status_code


# --- an admin alone does not read ---


def test_a_link_in_two_hands_tells_neither_the_factors_of_the_other(office: DeskOffice) -> None:
    """Whoever gave a link on knows it: each secret is shown once, and whoever opens a step again begins anew."""
    name = f"echt.{next(_NEXT)}"
    page = office.signed_in(Role.ADMIN).post("/people", {"name": name, "role-maker": "on"})
    link = "/join/" + re.findall(r"/join/([0-9a-f]{64})", page.text)[0]
    first, theirs = office.visitor(), office.visitor()
    first.post(link, {"password": "zwaluw trechter maandag knikker nu"})
    (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", first.get(link).text)
    assert 'name="password"' in theirs.get(link).text
    theirs.post(link, {"password": "olifant schommel dinsdag gordijn ja"})
    (other,) = re.findall(r"<code>([A-Z2-7]{32})</code>", theirs.get(link).text)
    assert secret != other
    wrong = first.post(link, {"code": "000000"}).text
    assert other not in wrong and 'name="password"' in first.get(link).text


def test_an_invitation_takes_no_role_from_who_is_there(office: DeskOffice) -> None:
    before = roles(office, LEAD)
    Key(office, LEAD)
    assert 200 == office.signed_in(Role.ADMIN).post(f"{place(office, LEAD)}/invite").status_code
    assert before == roles(office, LEAD)


@pytest.mark.parametrize("role", sorted(GUARDED))
def test_an_invention_gets_no_guarded_role_by_its_inventor(office: DeskOffice, role: Role) -> None:
    name = invented(office, role)
    assert set() == roles(office, name)
    waits = office.signed_in(staff=name)
    first = waits.get("/today")  # not "this was not done": what they did was done
    assert 403 == first.status_code and "Uw account is klaar" in first.text and "niet door" not in first.text
    assert f"<li>{library().phrase(f'role-{role}', 'nl')}</li>" in first.text
    assert 303 == waits.post("/sign-out").status_code
    admin, id_ = office.signed_in(Role.ADMIN), waiting(office, name)
    assert 403 == agree(admin, id_) and set() == roles(office, name)
    assert 303 == admin.post(f"{place(office, name)}/roles", {f"role-{role}": "on"}).status_code
    assert set() == roles(office, name)
    assert 303 == agree(office.signed_in(Role.SECURITY), waiting(office, name))
    assert {role} == roles(office, name)


def test_who_has_no_role_and_waits_for_nobody_is_not_told_to_wait(office: DeskOffice) -> None:
    office.hire("zonder.rol")
    page = office.signed_in(staff="zonder.rol").get("/today").text
    assert "nog geen rol" in page and "Uw account is klaar" not in page


def test_a_second_person_whom_the_first_invented_is_none(office: DeskOffice) -> None:
    """Also not over two steps: an invention that another invention vouches for."""
    name, accomplice, further = (invented(office, Role.LEAD) for _ in range(3))
    people = office.server.municipality.people
    for helper, by in ((accomplice, ADMIN), (further, accomplice)):
        person = people.person(helper)
        assert person is not None
        office.hire(helper, Role.SECURITY)
        keep(office, Person(helper, helper, ACTIVE, people.person(helper).roles, vouched=(by,)))  # type: ignore[union-attr]
        assert 403 == agree(office.signed_in(staff=helper), waiting(office, name))
    keep(office, Person(further, further, ACTIVE, people.person(further).roles, vouched=(accomplice, PRIVACY)))  # type: ignore[union-attr]
    assert 303 == agree(office.signed_in(staff=further), waiting(office, name))
    for helper in (accomplice, further):
        keep(office, Person(helper, helper, BLOCKED))


def test_who_brought_the_proposer_in_alone_is_no_second_person(office: DeskOffice) -> None:
    office.hire("tweede.beheer", Role.ADMIN)
    town = office.server.municipality
    second = town.people.person("tweede.beheer")
    assert second is not None
    keep(office, Person(second.name, second.name, ACTIVE, second.roles, vouched=(SECURITY,)))
    name = invented(office, Role.LEAD, by="tweede.beheer")
    assert 403 == agree(office.signed_in(Role.SECURITY), waiting(office, name))
    assert 303 == agree(office.signed_in(Role.PRIVACY), waiting(office, name))
    keep(office, Person(second.name, second.name, BLOCKED))


def test_nobody_agrees_to_their_own_role_or_before_the_person_came_in(office: DeskOffice) -> None:
    admin = office.signed_in(Role.ADMIN)
    assert 303 == admin.post(f"{place(office, SECURITY)}/roles", {"role-security": "on", "role-lead": "on"}).status_code
    assert 403 == agree(office.signed_in(Role.SECURITY), waiting(office, SECURITY))
    assert 303 == admin.post(f"/proposals/{waiting(office, SECURITY)}/refuse").status_code
    name = f"verzonnen.{next(_NEXT)}"
    admin.post("/people", {"name": name, "role-lead": "on"})
    assert 409 == agree(office.signed_in(Role.SECURITY), waiting(office, name))
    assert set() == roles(office, name)


def test_the_account_of_a_lead_is_not_taken_over_by_one_who_resets_it(office: DeskOffice) -> None:
    Key(office, LEAD)
    admin, town = office.signed_in(Role.ADMIN), office.server.municipality
    assert 303 == admin.post(f"{place(office, LEAD)}/reset").status_code
    assert town.people.factors(LEAD, PASSWORD)
    id_ = waiting(office, LEAD)
    assert 403 == agree(admin, id_) and 404 == agree(office.signed_in(Role.LEAD), id_)
    lead = office.signed_in(Role.LEAD)
    page = office.signed_in(Role.PRIVACY).post(f"/proposals/{id_}/agree")
    assert 200 == page.status_code and re.search(r"/join/[0-9a-f]{64}", page.text)
    assert [] == town.people.factors(LEAD) and 303 == lead.get("/today").status_code
    again = admin.post(f"{place(office, LEAD)}/invite")  # the account opens by a link alone now: he gets none
    assert 200 == again.status_code and "/join/" not in again.text
    assert 303 == admin.post(f"/proposals/{waiting(office, LEAD)}/refuse").status_code
    office.hire(LEAD, Role.LEAD)


def test_a_role_that_agrees_is_not_taken_away_by_one(office: DeskOffice) -> None:
    admin = office.signed_in(Role.ADMIN)
    assert 303 == admin.post(f"{place(office, SECURITY)}/roles", {"role-maker": "on"}).status_code
    assert {"security", "maker"} == roles(office, SECURITY)
    assert 303 == agree(office.signed_in(Role.PRIVACY), waiting(office, SECURITY))
    assert {"maker"} == roles(office, SECURITY)
    office.hire(SECURITY, Role.SECURITY)


def test_a_role_that_reads_is_taken_away_at_once(office: DeskOffice) -> None:
    office.hire("weg.ermee", Role.LEAD, Role.REVIEWER)
    assert 303 == office.signed_in(Role.ADMIN).post(f"{place(office, 'weg.ermee')}/roles").status_code
    assert set() == roles(office, "weg.ermee")


# --- where nobody can agree ---


def alone(office: DeskOffice, by: str) -> list[Person]:
    """Every second person is out, kept out by somebody; returns them as they were."""
    people = office.server.municipality.people
    out = [one for one in people.all() if one.name != ADMIN and {*one.role_names} & AGREES]
    now_ms = office.server.clock.now_ms()
    for one in out:
        keep(office, Person(one.name, one.shown_name, BLOCKED, one.roles, stopped_by=by, stopped_ms=now_ms))
    return out


def nothing_waits(office: DeskOffice) -> None:
    """End what other tests proposed: what waits is counted."""
    people = office.server.municipality.people

    def work() -> None:
        for one in people.proposals():
            people.drop_proposal(one.id)

    office.server.run(office.server.municipality.submit(work))


def test_who_is_alone_gives_a_reason_that_is_shown_until_a_colleague_read_it(office: DeskOffice) -> None:
    nothing_waits(office)
    before = alone(office, "iemand.anders")
    admin, name = office.signed_in(Role.ADMIN), f"verzonnen.{next(_NEXT)}"
    fields = {"name": name, "shown_name": "Met spatie en <b>", "role-lead": "on"}
    asked = admin.post("/people", fields)
    assert 409 == asked.status_code and None is office.server.municipality.people.person(name)
    assert 'name="shown_name" value="Met spatie en &lt;b&gt;"' in asked.text and 'name="role-lead"' in asked.text
    assert 409 == admin.post("/people", fields | {"reason": "kort"}).status_code
    page = admin.post("/people", fields | {"reason": REASON})
    assert 200 == page.status_code and {"lead"} == roles(office, name)
    (notice,) = office.server.municipality.people.notices()
    for one in before:
        keep(office, one)
    for role in sorted(AGREES):
        assert REASON in office.signed_in(role).get("/proposals").text
        assert "zonder tweede persoon" in office.signed_in(role).get("/today").text
    for role, many in ((Role.ADMIN, 0), (Role.PRIVACY, 1)):  # what waits for this person, in the head as in the frame
        shown = office.signed_in(role).get("/proposals").text
        head = f'</h1> <span class="nl-number-badge">{many}</span>'
        assert (many > 0) == ("tweeën <span" in shown) and head in shown
    assert ("om te lezen" in office.signed_in(Role.PRIVACY).get("/today").text) > (
        "om te lezen" in office.signed_in(Role.ADMIN).get("/today").text
    )
    assert 403 == admin.post(f"/proposals/{notice.proposal.id}/read").status_code
    assert 303 == office.signed_in(Role.PRIVACY).post(f"/proposals/{notice.proposal.id}/read").status_code
    assert REASON not in office.signed_in(Role.SECURITY).get("/proposals").text
    lines = {line.act: line.detail for line in office.audit()}
    assert f"roles {name} +lead {REASON}" == lines["emergency"] and "read-emergency" in lines


def test_who_shuts_the_second_persons_out_is_not_alone_by_it(office: DeskOffice) -> None:
    before = alone(office, ADMIN)
    admin, name = office.signed_in(Role.ADMIN), f"verzonnen.{next(_NEXT)}"
    page = admin.post("/people", {"name": name, "role-lead": "on", "reason": REASON})
    assert 200 == page.status_code and set() == roles(office, name)
    assert not four_eyes.founding(office.server.municipality)  # nor does the command line begin anew
    office.server.clock.ms += two_people.STOPPED_MS
    admin = office.signed_in(Role.ADMIN)
    name = f"verzonnen.{next(_NEXT)}"
    assert 200 == admin.post("/people", {"name": name, "role-lead": "on", "reason": REASON}).status_code
    assert {"lead"} == roles(office, name)
    for one in before:
        keep(office, one)


def test_a_real_block_marks_who_kept_somebody_out(office: DeskOffice) -> None:
    office.hire("derde.beheer", Role.ADMIN)
    assert 303 == office.signed_in(Role.ADMIN).post(f"{place(office, 'derde.beheer')}/block", {"do": "yes"}).status_code
    person = office.server.municipality.people.person("derde.beheer")
    assert person is not None and (ADMIN, BLOCKED) == (person.stopped_by, person.state) and person.stopped_ms


# --- the course of a proposal ---


def test_a_proposal_ends_by_refusal_withdrawal_time_and_the_end_of_its_proposer(office: DeskOffice) -> None:
    security, town = office.signed_in(Role.SECURITY), office.server.municipality
    names = [invented(office, Role.LEAD) for _ in range(4)]
    refused, withdrawn, old, ended = (waiting(office, name) for name in names)
    assert 303 == security.post(f"/proposals/{refused}/refuse").status_code
    assert 303 == office.signed_in(Role.ADMIN).post(f"/proposals/{withdrawn}/refuse").status_code
    assert {"refuse-proposal", "withdraw-proposal", "propose"} <= {line.act for line in office.audit()}
    was = town.people.person(ADMIN)
    assert was is not None
    keep(office, Person(ADMIN, ADMIN, BLOCKED, was.roles))
    assert [410] * 3 == [agree(security, id_) for id_ in (refused, withdrawn, ended)]
    keep(office, was)
    office.server.clock.ms += four_eyes.OPEN_MS
    assert 410 == agree(office.signed_in(Role.SECURITY), old)
    assert [set()] * 4 == [roles(office, name) for name in names]


def test_both_acts_ask_for_the_factor_again(office: DeskOffice) -> None:
    name, security = invented(office, Role.LEAD), office.signed_in(Role.SECURITY)
    id_, admin = waiting(office, name), office.signed_in(Role.ADMIN)
    office.server.clock.ms += 6 * 60_000
    for browser, path in ((security, f"/proposals/{id_}/agree"), (admin, f"{place(office, name)}/roles")):
        answer = browser.post(path, {"role-lead": "on"})
        assert 403 == answer.status_code and 'action="/m/GM9901/confirm"' in answer.text
    assert set() == roles(office, name)


def test_today_and_the_page_list_it_for_who_can_agree_alone(office: DeskOffice) -> None:
    name = invented(office, Role.SIGNALS)
    assert "op uw instemming" in office.signed_in(Role.PRIVACY).get("/today").text
    assert "/proposals" in office.signed_in(Role.PRIVACY).get("/today").text
    assert "op uw instemming" not in office.signed_in(Role.ADMIN).get("/today").text
    assert name in office.signed_in(Role.ADMIN).get("/proposals").text
    signals = office.signed_in(Role.SIGNALS)  # who agrees with phones alone
    assert name not in signals.get("/proposals").text and 403 == agree(signals, waiting(office, name))
    for role in (Role.LEAD, Role.MAKER, Role.OPERATOR, Role.REVIEWER):
        assert 403 == office.signed_in(role).get("/proposals").status_code
        assert 404 == agree(office.signed_in(role), waiting(office, name))


def test_two_who_agree_at_once_do_it_once(office: DeskOffice) -> None:
    name = invented(office, Role.LEAD)
    path, both = f"/m/GM9901/proposals/{waiting(office, name)}/agree", [Role.SECURITY, Role.PRIVACY]

    async def ask() -> list[int]:
        some = [office.signed_in(role) for role in both]
        asked = [one.asking("POST", path, data={"csrf": csrf_of(one.id)}) for one in some]
        return sorted(answer.status_code for answer in await asyncio.gather(*asked))

    assert [303, 410] == office.server.run(ask())


# --- keyslots ---


def test_a_recovery_code_and_another_ones_keyslot_need_two(office: DeskOffice) -> None:
    town, admin = office.server.municipality, office.signed_in(Role.ADMIN)
    before = len(town.custody.vault.slots)
    assert 303 == admin.post("/keyslots/recovery", {"label": "kluis"}).status_code
    assert before == len(town.custody.vault.slots)
    (id_,) = [one.id for one in four_eyes.waiting(town) if one.kind == four_eyes.RECOVERY]
    assert 403 == agree(admin, id_) == agree(office.signed_in(Role.SECURITY), id_)  # nor one who unlocks nothing
    page = office.signed_in(Role.PRIVACY).post(f"/proposals/{id_}/agree")
    code = re.search(r"<code>((?:[0-9A-Z]{4}-){8}[0-9A-Z]{4})</code>", page.text)
    assert code is not None and before + 1 == len(town.custody.vault.slots)
    assert town.keyring.vault().with_recovery_code(code[1]).has("signing")
    own = {"new": "een zin van de teamleider alleen", "again": "een zin van de teamleider alleen"}
    assert 303 == office.signed_in(Role.LEAD).post("/keyslots/passphrase", own).status_code
    (slot,) = [one.id.hex() for one in town.custody.vault.slots if one.owner == LEAD]
    assert 303 == admin.post(f"/keyslots/{slot}/remove").status_code
    (id_,) = [one.id for one in four_eyes.waiting(town) if one.kind == four_eyes.REMOVE]
    assert before + 2 == len(town.custody.vault.slots)
    assert 303 == agree(office.signed_in(Role.PRIVACY), id_)
    assert before + 1 == len(town.custody.vault.slots)


# --- the command line ---


def test_the_first_accounts_come_from_the_command_line_and_later_ones_wait(tmp_path: Path) -> None:
    office = DeskOffice(tmp_path)
    try:
        town, people = office.server.municipality, office.server.municipality.people
        for person in people.all():
            keep(office, Person(person.name, person.name, BLOCKED, person.roles))

        def typed(name: str, role: Role, by: str = "") -> dict[str, object]:
            args, who = {"name": name, "roles": [role]}, people.person(by)
            standing = None if who is None else Standing(town, who)
            (row,) = office.server.run(by_command(office.desk, town, by or "operator", args, who=standing))
            return row

        assert not typed("eerste", Role.ADMIN)["waits"] and [] == people.notices()
        come_in(office, "eerste")
        assert "path" in typed("tweede", Role.SECURITY) and {"security"} == roles(office, "tweede")
        assert ["tweede"] == [one.proposal.about for one in people.notices()]  # the one who is there reads it
        come_in(office, "tweede")
        assert typed("derde", Role.LEAD)["waits"] and set() == roles(office, "derde")
        come_in(office, "derde")
        assert 303 == agree(office.signed_in(staff="tweede"), waiting(office, "derde"))
        assert set() == roles(office, "derde")  # nobody knows who typed it: two agree
        assert 303 == agree(office.signed_in(staff="eerste"), waiting(office, "derde"))
        assert {"lead"} == roles(office, "derde")
        second = people.person("tweede")
        assert second is not None
        keep(office, Person("tweede", "tweede", ACTIVE, second.roles, vouched=("eerste",)))
        with pytest.raises(four_eyes.SecondNeeded):  # who signed the terminal in is a person as on a page
            typed("vierde", Role.LEAD, "eerste")
        assert set() == roles(office, "vierde")
    finally:
        office.close()
