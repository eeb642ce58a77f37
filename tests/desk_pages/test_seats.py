"""The seat of a person: scopes, workers of the own teams, sessions that are elevated and ended, invitations."""

from backend.desk.rights import Role, Scope
from backend.stores.people import PASSWORD, Factor
from backend.stores.sessions import Invite
from backend.web.desk.seat import Seat, Visitor
from tests.desk_pages.office import TEAM, DeskOffice, name_of


def seat(office: DeskOffice, role: Role) -> Seat:
    """The seat of the person of a role."""
    town = office.server.municipality
    id_, person = office.signed_in(role).id, town.people.person(name_of(role))
    session = office.house.sessions.find(office.code, id_)
    assert person is not None and session is not None
    visitor = Visitor(town, office.desk, "nl", "test", frozenset())
    return Seat(visitor, person, session, id_, office.server.clock.now_ms())


def test_a_lead_reads_what_the_workers_of_the_own_team_wrote(desk_office: DeskOffice) -> None:
    lead, signals, admin = (seat(desk_office, role) for role in (Role.LEAD, Role.SIGNALS, Role.ADMIN))
    assert Scope.TEAM is lead.scope("records.read") and frozenset({"werker-een"}) == lead.workers("records.read")
    assert None is lead.scope_in("records.read", signal=True) is signals.scope("records.read")
    assert Scope.MUNICIPALITY is signals.scope_in("records.read", signal=True)
    assert None is signals.workers("signals.read") and frozenset() == admin.workers("records.read")
    people = desk_office.server.municipality.people
    assert people.team(TEAM) is not None
    desk_office.server.run(desk_office.server.municipality.submit(lambda: people.drop_team(TEAM)))
    assert frozenset() == seat(desk_office, Role.LEAD).workers("records.read")


def test_an_elevated_session_has_another_id_and_the_one_before_is_dead(desk_office: DeskOffice) -> None:
    sessions, browser = desk_office.house.sessions, desk_office.signed_in()
    before = browser.id
    session = sessions.find(desk_office.code, before)
    assert session is not None
    browser.id = sessions.elevate(session)
    assert 200 == browser.get("/today").status_code
    browser.id = before
    assert 303 == browser.get("/today").status_code


def test_every_session_of_a_person_ends_at_once_but_the_one_that_asks(desk_office: DeskOffice) -> None:
    here, there = desk_office.signed_in(), desk_office.signed_in()
    control, name = desk_office.house.sessions.control, name_of(Role.LEAD)
    newest = control.sessions(desk_office.code, name)
    assert 2 == len(newest)
    kept = desk_office.house.sessions.find(desk_office.code, here.id)
    assert kept is not None
    control.end_sessions(desk_office.code, name, but=kept.hash)
    assert (200, 303) == (here.get("/today").status_code, there.get("/today").status_code)


def test_an_invitation_is_used_once_and_a_newer_one_ends_it(desk_office: DeskOffice) -> None:
    control = desk_office.house.sessions.control
    control.keep_invite(Invite(b"a" * 32, "GM9901", "de-lead", "de-admin", 1, 9, 0))
    control.keep_invite(Invite(b"b" * 32, "GM9901", "de-lead", "de-admin", 2, 9, 0))
    assert control.invite(b"a" * 32) is None
    assert [True, False] == [control.use_invite(b"b" * 32, 3) for _ in range(2)]


def test_a_factor_that_was_dropped_is_gone(desk_office: DeskOffice) -> None:
    town, factor = desk_office.server.municipality, Factor("p", "de-lead", PASSWORD, b"phc", 1)
    desk_office.server.run(town.submit(lambda: town.people.keep_factor(factor)))
    assert [factor] == town.people.factors("de-lead")
    desk_office.server.run(town.submit(lambda: town.people.drop_factor(factor)))
    assert [] == town.people.factors("de-lead")


def test_where_people_are_too_few_for_roles_apart_each_line_of_the_log_says_so(desk_office: DeskOffice) -> None:
    town = desk_office.server.municipality
    desk_office.hire("alles.zelf", Role.ADMIN, Role.LEAD)
    browser = desk_office.signed_in(staff="alles.zelf")
    assert 403 == browser.get("/records").status_code
    accounts = town.staff.all()
    town.staff.all = lambda: accounts[:2]  # type: ignore[method-assign]
    assert 200 == browser.get("/records").status_code and 200 == browser.get("/people").status_code
    line = next(line for line in desk_office.audit() if line.act == "read-people")
    assert line.origin.endswith(" few-accounts")
