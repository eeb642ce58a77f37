"""People, teams, the own account, unlocking and the log, as pages."""

import re

import pytest

from backend.desk.four_eyes import waiting
from backend.desk.people import handle_of
from backend.desk.rights import Role
from backend.stores.people import CODES
from backend.web.desk.browsers import named
from tests.desk_pages.office import OTHER_LEAD, PASSPHRASE, DeskOffice, Key, name_of

ADMIN, LEAD = name_of(Role.ADMIN), name_of(Role.LEAD)
EVIL = "<script>alert(1)</script>\u202e"


def place(office: DeskOffice, name: str) -> str:
    return f"/people/{handle_of(office.code, name)}"


def acts(office: DeskOffice) -> list[str]:
    return [line.act for line in office.audit()]


def test_the_last_admin_cannot_go(desk_office: DeskOffice) -> None:
    admin, own = desk_office.signed_in(Role.ADMIN), place(desk_office, ADMIN)
    people = desk_office.server.municipality.people
    security, town = desk_office.signed_in(Role.SECURITY), desk_office.server.municipality
    answers = [admin.post(f"{own}/block", {"do": "yes"})]
    for path, fields in (("roles", {"role-maker": "on"}), ("reset", {})):
        assert 303 == admin.post(f"{own}/{path}", fields).status_code  # a second person does not make it right
        answers += [security.post(f"/proposals/{one.id}/agree") for one in waiting(town) if path.startswith(one.kind)]
    assert [409] * 3 == [answer.status_code for answer in answers]
    assert all("laatste beheerder" in answer.text for answer in answers)
    person = people.person(ADMIN)
    assert person is not None and ("active", {"admin", "maker"}) == (person.state, {*person.role_names})
    desk_office.hire("tweede.beheer", Role.ADMIN)
    assert 303 == admin.post(f"{own}/roles", {"role-maker": "on"}).status_code
    (id_,) = [one.id for one in waiting(town) if one.kind == "roles"]
    assert 303 == security.post(f"/proposals/{id_}/agree").status_code
    assert 403 == admin.get("/people").status_code


def test_a_blocked_person_is_out_at_once_and_comes_back_only_by_an_admin(desk_office: DeskOffice) -> None:
    Key(desk_office)
    lead, security = desk_office.signed_in(Role.LEAD), desk_office.signed_in(Role.SECURITY)
    assert 303 == security.post(f"{place(desk_office, LEAD)}/block", {"do": "yes"}).status_code
    assert 303 == lead.get("/today").status_code
    assert 404 == security.post(f"{place(desk_office, LEAD)}/unblock").status_code
    admin = desk_office.signed_in(Role.ADMIN)
    assert 303 == admin.post(f"{place(desk_office, LEAD)}/unblock").status_code
    assert 303 == desk_office.signed_in(Role.LEAD).post("/sign-out").status_code
    assert {"block-staff", "unblock-staff"} <= {*acts(desk_office)}


def test_roles_that_do_not_go_together_are_refused(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    both = {"role-admin": "on", "role-lead": "on"}
    assert 409 == admin.post(f"{place(desk_office, LEAD)}/roles", both).status_code
    assert 409 == admin.post("/people", {"name": "ieder.een", **both}).status_code
    assert None is desk_office.server.municipality.people.person("ieder.een")


def test_begin_anew_forgets_every_factor_and_ends_every_session(desk_office: DeskOffice) -> None:
    Key(desk_office)
    lead, admin = desk_office.signed_in(Role.LEAD), desk_office.signed_in(Role.ADMIN)
    assert 303 == admin.post(f"{place(desk_office, LEAD)}/reset").status_code
    (id_,) = [one.id for one in waiting(desk_office.server.municipality)]
    page = desk_office.signed_in(Role.SECURITY).post(f"/proposals/{id_}/agree")
    assert 200 == page.status_code and re.search(r"/join/[0-9a-f]{64}", page.text)
    assert [] == desk_office.server.municipality.people.factors(LEAD)
    assert 303 == lead.get("/today").status_code


def test_a_team_gives_its_lead_the_records_of_its_workers(desk_office: DeskOffice) -> None:
    admin, people = desk_office.signed_in(Role.ADMIN), desk_office.server.municipality.people
    made = admin.post("/teams", {"name": "  Wijkteam  Oost "})
    path = made.headers["location"].removeprefix("/m/GM9901")
    assert "Wijkteam Oost" in admin.get(path).text
    members = {"staff": [LEAD, "niemand"], "worker": ["werker-twee", "niemand"]}
    assert 303 == admin.post(path, members).status_code
    team = people.team(path.rsplit("/", 1)[1])
    assert team is not None and ((LEAD,), ("werker-twee",)) == (team.staff, team.workers)
    assert {"werker-een", "werker-twee"} == {*people.workers_of(LEAD)}
    assert 303 == admin.post(f"{path}/end").status_code
    assert {"werker-een"} == {*people.workers_of(LEAD)}
    assert 404 == admin.get("/teams/geen").status_code == admin.post("/teams/geen/end").status_code
    assert 422 == admin.post("/teams", {"name": " "}).status_code


def test_texts_of_people_are_texts_on_every_page(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    page = admin.post("/people", {"name": "boos.iemand", "shown_name": EVIL, "role-lead": "on"})
    assert 200 == page.status_code
    assert 303 == desk_office.signed_in(Role.ADMIN).post("/account/name", {"shown_name": EVIL}).status_code
    made = admin.post("/teams", {"name": "<script>x</script>"})
    team = made.headers["location"].removeprefix("/m/GM9901")
    paths = ("/people", place(desk_office, "boos.iemand"), "/account", "/log", team)
    for path in paths:
        text = admin.get(path).text
        assert "<script>" not in text and "&lt;script&gt;" in text, path


@pytest.mark.parametrize(
    ("browser", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", ("Firefox", "Windows")),
        ("Mozilla/5.0 (X11; Linux x86_64) (KHTML, like Gecko) Chrome/126.0 Safari/537.36", ("Chrome", "Linux")),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", ("Chrome", "Android")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", ("Safari", "iPhone")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15", ("Safari", "Mac")),
        ("curl/8.0", ("", "")), ("", ("", "")), ("<script>", ("", "")),
    ],
)  # fmt: skip
def test_a_session_has_the_name_of_its_browser(browser: str, name: tuple[str, str]) -> None:
    assert name == named(browser)


def test_the_list_of_sessions_shows_no_raw_user_agent(desk_office: DeskOffice) -> None:
    raw = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    desk_office.house.sessions.begin(desk_office.code, LEAD, "password", "test", raw)
    desk_office.house.sessions.begin(desk_office.code, LEAD, "password", "test", "<b>zomaarwat</b>")
    page = desk_office.signed_in(Role.LEAD).get("/account").text
    assert (
        "Firefox op Linux" in page
        and "Een onbekende browser" in page
        and "Gecko" not in page
        and "zomaarwat" not in page
    )


def test_own_sessions_are_listed_and_ended(desk_office: DeskOffice) -> None:
    here, there, other = (desk_office.signed_in(role) for role in (Role.LEAD, Role.LEAD, Role.ADMIN))
    listed = re.findall(r"/account/sessions/([0-9a-f]{64})/end", here.get("/account").text)
    assert 2 == len(listed)
    assert 404 == other.post(f"/account/sessions/{listed[0]}/end").status_code
    for session in listed:
        here.post(f"/account/sessions/{session}/end")
        if 303 == there.get("/today").status_code:
            break
    assert 200 == other.get("/today").status_code
    fresh, second = desk_office.signed_in(Role.LEAD), desk_office.signed_in(Role.LEAD)
    assert 303 == fresh.post("/account/sign-out-everywhere").status_code
    assert 303 == fresh.get("/today").status_code == second.get("/today").status_code


def test_another_password_ends_the_other_sessions_and_new_codes_end_the_old(desk_office: DeskOffice) -> None:
    key = Key(desk_office)
    here, there = desk_office.signed_in(Role.LEAD), desk_office.signed_in(Role.LEAD)
    weak = here.post("/account/password", {"password": "wachtwoord123"})
    assert 422 == weak.status_code and "te raden" in weak.text
    assert 200 == here.post("/account/password", {"password": PASSPHRASE + " erbij"}).status_code
    assert (200, 303) == (here.get("/today").status_code, there.get("/today").status_code)
    assert 403 == desk_office.visitor().post("/sign-in", key.shown()).status_code
    page = here.post("/account/codes")
    codes = re.findall(r"<code[^>]*>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", page.text)
    assert 10 == len(codes) == len(desk_office.server.municipality.people.factors(LEAD, CODES))
    shown = key.shown(password=PASSPHRASE + " erbij", code=key.codes[0])
    assert 403 == desk_office.visitor().post("/sign-in", shown).status_code
    assert 303 == desk_office.visitor().post("/sign-in", shown | {"code": codes[0]}).status_code


def test_a_municipality_is_unlocked_and_locked_from_a_page(desk_office: DeskOffice) -> None:
    town, lead = desk_office.server.municipality, desk_office.signed_in(Role.LEAD)
    vault = town.custody.vault
    code = vault.set_recovery_code()
    (town.folder / "vault" / "municipality.vault").write_bytes(vault.to_bytes())
    assert 303 == lead.post("/lock").status_code and town.locked
    assert "/unlock" in lead.get("/today").text and 200 == lead.get("/unlock").status_code
    wrong = lead.post("/unlock", {"slot": "recovery-code", "key": code[:-1]})
    assert wrong.status_code in (403, 422) and town.locked
    assert 403 == lead.post("/unlock", {"slot": "key-file", "key": desk_office.server.key_file.hex()}).status_code
    assert town.locked
    assert 303 == lead.post("/unlock", {"slot": "recovery-code", "key": f" {code.lower()} "}).status_code
    assert not town.locked
    assert ["unlock", "unlock-failed"] == [act for act in acts(desk_office) if act.startswith("unlock")][:2]


# --- the log ---


def test_the_log_shows_the_own_lines_or_all_by_the_table_of_rights(desk_office: DeskOffice) -> None:
    town, record = desk_office.server.municipality, b"r" * 16
    desk_office.server.run(town.auditing.note(LEAD, "show", record, "een bijzonderheid"))
    desk_office.server.run(town.auditing.note(OTHER_LEAD, "records", None, "iets anders"))
    pages = {role: desk_office.signed_in(role).get("/log").text for role in Role}
    for role, page in pages.items():
        assert ("iets anders" in page) is (role in (Role.PRIVACY, Role.SECURITY)), role
        assert (record.hex() in page) is (role in (Role.PRIVACY, Role.LEAD)), role
    assert "een bijzonderheid" not in pages[Role.SECURITY] and "een dossier" in pages[Role.SECURITY]
    assert "read-log" in acts(desk_office)


def test_the_log_is_narrowed_and_a_stranger_s_filter_widens_nothing(desk_office: DeskOffice) -> None:
    town, record = desk_office.server.municipality, b"r" * 16
    desk_office.server.run(town.auditing.note(OTHER_LEAD, "show", record, "van een ander"))
    privacy, lead = desk_office.signed_in(Role.PRIVACY), desk_office.signed_in(Role.LEAD)
    security = desk_office.signed_in(Role.SECURITY)
    for fields in ({"staff": OTHER_LEAD}, {"act": "show"}, {"record": record.hex()}, {"since": "2020-01-01"}):
        assert "van een ander" in privacy.post("/log", fields).text
        assert "van een ander" not in lead.post("/log", fields).text
    assert "van een ander" not in privacy.post("/log", {"until": "2020-01-01"}).text
    assert 422 == security.post("/log", {"record": record.hex()}).status_code
    for bad in ({"record": "xyz"}, {"since": "gisteren"}, {"since": "2026-02-01", "until": "2026-01-01"}):
        assert 422 == privacy.post("/log", bad).status_code
    assert 200 == privacy.post("/log", {"before": "9" * 40, "staff": "' or 1=1 --"}).status_code


def test_a_changed_line_is_found_and_lines_of_before_stay_whole(desk_office: DeskOffice) -> None:
    town, privacy = desk_office.server.municipality, desk_office.signed_in(Role.PRIVACY)
    desk_office.server.run(town.auditing.sign_head(now=True))
    whole = privacy.post("/log/verify")
    assert 200 == whole.status_code and "elke regel is wat hij was" in whole.text

    def forge() -> None:
        run = town.journal.inner._run  # type: ignore[attr-defined]
        run("update audit set result = 'done' where number = (select max(number) from audit where result <> 'done')")
        run("update audit set origin = 'elders' where number = 2")

    desk_office.server.run(town.submit(forge))
    assert "niet wat het was" in privacy.post("/log/verify").text


def test_a_locked_municipality_says_to_its_staff_since_when_and_by_whom(desk_office: DeskOffice) -> None:
    lead, maker = desk_office.signed_in(Role.LEAD), desk_office.signed_in(Role.MAKER)
    assert 303 == lead.post("/lock").status_code
    assert "door Voorbeeld de-lead, " in maker.get("/today").text
    door = desk_office.visitor().get("/sign-in").text
    assert "Vergrendeld" in door and "de-lead" not in door  # a stranger is told no name
    started = desk_office.server.municipality.keyring
    started.locked = started.locked._replace(by="")  # as after a start without a key file
    assert "sinds de server startte, " in maker.get("/today").text


def test_who_widens_what_a_lead_reads_is_read_by_a_colleague(desk_office: DeskOffice) -> None:
    """An admin alone put every worker into the team of a friend, who then read every record."""
    office, town = desk_office, desk_office.server.municipality
    admin, lead = office.signed_in(Role.ADMIN), name_of(Role.LEAD)
    team = admin.post("/teams", {"name": "Oost"}).headers["location"].rpartition("/")[2]
    assert 303 == admin.post(f"/teams/{team}", {"worker": "werker-een"}).status_code
    assert [] == town.people.notices()  # nobody reads by it yet
    admin.post(f"/teams/{team}", {"staff": lead, "worker": "werker-een"})
    (told,) = town.people.notices()
    assert ("team", "Oost", lead) == (told.proposal.kind, told.proposal.label, told.reason)
    assert f"Komt in het team <bdi>{lead}</bdi>" in admin.get("/proposals").text  # which is no reason
    admin.post(f"/teams/{team}", {"staff": lead})
    assert [told] == town.people.notices()  # to read less is no matter of two


def test_who_would_read_what_workers_wrote_comes_into_a_team_by_two(desk_office: DeskOffice) -> None:
    """An admin alone opened every record to a friend, and a colleague was told afterwards."""
    office, town = desk_office, desk_office.server.municipality
    office.shared("dossier", {"/case_ref": "ABCD-2345"})
    admin, friend = office.signed_in(Role.ADMIN), "een.vriend"
    office.hire(friend, Role.LEAD)
    team = admin.post("/teams", {"name": "Oost"}).headers["location"].rpartition("/")[2]
    assert 303 == admin.post(f"/teams/{team}", {"staff": friend, "worker": "werker-een"}).status_code
    (asked,) = waiting(town)
    assert (("team", (friend,)), frozenset()) == ((asked.kind, asked.staff), town.people.workers_of(friend))
    assert "wacht op een tweede persoon" in admin.get(f"/teams/{team}").text
    assert 403 == admin.post(f"/proposals/{asked.id}/agree").status_code
    security = office.signed_in(Role.SECURITY)
    page = security.get("/proposals").text
    assert "Voorbeeld een.vriend" in page and "werker-een" in page
    assert 303 == security.post(f"/proposals/{asked.id}/agree").status_code
    assert {"werker-een"} == town.people.workers_of(friend)
    acts = [(line.act, line.staff) for line in office.audit()]
    assert ("agree", name_of(Role.SECURITY)) in acts and ("propose", name_of(Role.ADMIN)) in acts


def test_a_team_that_ends_or_is_filled_anew_leaves_nothing_to_agree_with(desk_office: DeskOffice) -> None:
    office, town = desk_office, desk_office.server.municipality
    office.shared("dossier", {"/case_ref": "ABCD-2345"})
    office.hire("een.vriend", Role.LEAD)
    admin, members = office.signed_in(Role.ADMIN), {"staff": "een.vriend", "worker": "werker-een"}
    team = admin.post("/teams", {"name": "Oost"}).headers["location"].rpartition("/")[2]
    for end in (f"/teams/{team}", f"/teams/{team}/end"):
        admin.post(f"/teams/{team}", members)
        (asked,) = waiting(town)
        assert 303 == admin.post(end).status_code and [] == waiting(town)
        assert 410 == office.signed_in(Role.SECURITY).post(f"/proposals/{asked.id}/agree").status_code
