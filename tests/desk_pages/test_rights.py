"""The rights walk: every route of the desk, every role, and who has no seat; driven by the routes themselves.

`EXPECTED` is written out by hand and compared with the table in the code: `A` the municipality, `T` the own team, `R`
one record for a reason, `O` own things, `.` nothing. A page of tomorrow is walked as soon as it has a route.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from litestar import get

from backend.desk import rights
from backend.desk.rights import ACTIONS, Role, Scope, counted, may_hold, scope_of
from backend.desk.sessions import ELEVATED_MS
from backend.stores.one_record import held_record
from backend.stores.records import Records
from backend.web.desk.guarding import DOOR, NoAction, must_have_an_action, page
from backend.web.desk.router import ROUTES
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice, name_of
from tests.work import Statements

EXPECTED: Final = """
action                 admin lead reviewer maker signals privacy security operator
records.read           .     T    T        .     .       R       .        .
attachments.read       .     T    T        .     .       R       .        .
signals.read           .     .    .        .     A       R       .        .
signals.decide         .     .    .        .     A       .       .        .
conflicts.decide       .     T    .        .     .       .       .        .
records.edit           .     T    .        .     .       .       .        .
records.delete         .     T    .        .     .       .       .        .
records.restore        .     T    .        .     .       .       .        .
records.join           .     T    .        .     .       .       .        .
review.set             .     T    T        .     .       .       .        .
question.ask           .     T    T        .     .       .       .        .
comment.write          .     T    T        .     .       .       .        .
grants.change          .     T    .        .     .       .       .        .
reassign               .     T    .        .     .       .       .        .
tasks.keep             .     T    T        .     .       .       .        .
reason.read            .     .    .        .     .       R       .        .
reason.see             .     T    .        .     .       A       .        .
attention.decide       .     T    .        .     .       .       .        .
conflicts.count        A     T    T        .     A       A       A        .
overview.read          A     T    T        .     A       A       A        .
export.read            .     T    .        .     .       R       .        .
export.second          .     A    .        .     A       A       .        .
devices.read           A     T    .        .     .       .       A        .
devices.invite         A     T    .        .     .       .       .        .
devices.second         A     .    .        .     A       A       A        .
devices.revoke         A     T    .        .     .       .       A        .
forms.read             A     A    A        A     A       A       .        .
forms.draft            A     .    .        A     .       .       .        .
lists.change           A     .    .        A     .       .       .        .
forms.propose          A     .    .        A     .       .       .        .
forms.publish          A     .    .        .     .       .       .        .
forms.approve          A     .    .        .     .       A       .        .
forms.retire           A     .    .        .     .       .       .        .
people.read            A     .    .        .     .       .       A        .
accounts.invite        A     .    .        .     .       .       .        .
accounts.block         A     .    .        .     .       .       A        .
accounts.reset-factor  A     .    .        .     .       .       .        .
people.agree           A     .    .        .     .       A       A        .
teams.change           A     .    .        .     .       .       .        .
roles.give             A     .    .        .     .       .       .        .
keyslots.use           A     A    .        .     A       A       .        .
keyslots.change        A     .    .        .     .       .       .        .
keyslots.lock          A     A    .        .     A       A       A        A
log.read               O     O    O        O     O       A       A        O
log.records            .     .    .        .     .       A       .        .
log.verify             O     O    O        O     O       A       A        O
log.export             .     .    .        .     .       A       A        .
retention.confirm      .     .    .        .     .       A       .        .
retention.second       A     A    .        .     .       .       .        .
house.change           A     .    .        .     .       .       .        .
erase                  .     .    .        .     .       A       .        .
server.status          .     .    .        .     .       .       .        A
server.backup          .     .    .        .     .       .       .        A
server.restore         .     .    .        .     .       .       .        A
server.verify          .     .    .        .     .       .       .        A
server.host            .     .    .        .     .       .       .        A
account.own            O     O    O        O     O       O       O        O
terminal.use           O     O    O        O     O       O       O        O
today.read             O     O    O        O     O       O       O        O
"""
_LETTER: Final = {Scope.MUNICIPALITY: "A", Scope.TEAM: "T", Scope.REASON: "R", Scope.OWN: "O"}
NOWHERE: Final = {"version": "7", "form": "nergens"}  # values of a path that name nothing, where no hexadecimal fits
FEED: Final = "00" * 16
OTHER_ROLE: Final = "hoort bij een andere rol"  # as the page of a refusal says it
ENDS: Final = ("/sign-out", "/account/sign-out-everywhere", "/lock", "/account/sessions/{session:str}/end")


def expected() -> dict[str, dict[str, str]]:
    """The table that was written by hand: the letter of each role by action."""
    head, *lines = [line.split() for line in EXPECTED.strip().splitlines()]
    return {line[0]: dict(zip(head[1:], line[1:], strict=True)) for line in lines}


def coded() -> dict[str, dict[str, str]]:
    """The table of the code in the same form."""
    return {
        action: {role: _LETTER[scope] if (scope := scope_of([role], action)) else "." for role in Role}
        for action in ACTIONS
    }


def routes() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every route: method, path below the municipality's, actions."""
    for handler in ROUTES:
        for path in handler.paths:
            yield min(handler.http_methods), path.removeprefix("/{code:str}"), handler.opt["action"]


BEHIND: Final = [route for route in routes() if route[2] != (DOOR,)]


def filled(path: str, **known: str) -> str:
    """A path with its places filled: with what is known, or with what names nothing."""
    return re.sub(r"\{(\w+):\w+\}", lambda place: known.get(place[1]) or NOWHERE.get(place[1], FEED), path)


def ask(browser: Browser, method: str, path: str) -> Any:
    return browser.get(path) if method == "GET" else browser.post(path)


@pytest.fixture(scope="module")
def statements() -> Iterator[Statements]:
    with Statements().counted() as made:
        yield made


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, statements: Statements) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("rights")), "dossier", "signaal")
    yield made
    made.close()


# --- the table ---


def test_the_table_of_the_code_is_the_one_that_was_written_by_hand() -> None:
    assert expected() == coded()


def test_a_right_too_many_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIONS, "records.read", {**ACTIONS["records.read"], Role.ADMIN: Scope.MUNICIPALITY})
    assert expected() != coded()


def test_who_keeps_house_reads_no_answers() -> None:
    reading = {action for action in ACTIONS if action.startswith(("records.", "attachments.", "signals.", "export."))}
    for keeper in (Role.ADMIN, Role.OPERATOR):
        for reader in rights.READS_ANSWERS:
            assert not may_hold([keeper, reader])
            assert all(scope_of([keeper, reader], action) is None for action in reading)
            assert scope_of([keeper, reader], "records.read", few=True) is scope_of([reader], "records.read")
    assert {Role.LEAD, Role.REVIEWER, Role.SIGNALS, Role.PRIVACY} == rights.READS_ANSWERS
    assert frozenset({Role.LEAD}) == counted(["lead", "no-such-role"])


def test_several_roles_have_the_widest_scope() -> None:
    assert Scope.TEAM is scope_of([Role.LEAD, Role.PRIVACY], "records.read")
    assert Scope.MUNICIPALITY is scope_of([Role.LEAD, Role.PRIVACY], "log.read")


def test_a_route_without_an_action_does_not_start() -> None:
    @get("/{code:str}/open")
    async def open_to_all() -> None:
        """Nothing."""

    with pytest.raises(NoAction):
        must_have_an_action(open_to_all)
    with pytest.raises(NoAction):
        page("/x", action="no.such-action")
    with pytest.raises(NoAction):
        page("/x", action=())


ELEVATED: Final = """
/people /people/{handle:str}/roles /people/{handle:str}/unblock /people/{handle:str}/reset /people/{handle:str}/invite
/proposals/{proposal:str}/agree
/account/password /account/codes /account/passkeys /account/passkeys/{factor:str}/remove
/keyslots/passphrase /keyslots/recovery /keyslots/{slot:str}/remove
/forms/drafts/{draft:str}/publish /forms/waiting/{form:str}/approve /forms/{form:str}/retire
/devices/{device:str}/revoke /devices/{device:str}/stolen /terminal /exports/{job:str}/agree
/house/sign-in /house/sign-in/remove
"""


def test_what_cannot_be_taken_back_asks_for_the_factor_again(office: DeskOffice) -> None:
    """Each such act, and no other, with a session that was elevated too long ago; what was typed comes back."""
    asking = {
        path.removeprefix("/{code:str}"): handler.opt["action"]
        for handler in ROUTES
        for path in handler.paths
        if handler.opt.get("elevated")
    }
    assert {*ELEVATED.split()} == {*asking}
    old = {role: office.signed_in(role) for role in Role}
    office.server.clock.ms += ELEVATED_MS
    lines = len(office.audit())
    for path, actions in asking.items():
        role = next(role for role in Role if role in ACTIONS[actions[0]])
        typed = {"label": 'zo "getypt"', "password": "geheim", "new": "geheim"}
        answer = old[role].post(filled(path), typed)
        assert 403 == answer.status_code and f'action="{old[role].home}/confirm"' in answer.text, path
        assert 'value="zo &#34;getypt&#34;"' in answer.text and "geheim" not in answer.text, path
    assert lines == len(office.audit())


# --- the walk ---


def test_the_walk_meets_many_routes() -> None:
    assert len(BEHIND) > 60 and {action for _, _, actions in routes() for action in actions} - {DOOR} <= {*ACTIONS}


def wrong(office: DeskOffice, role: str) -> dict[str, Any]:
    """The routes at which a role is answered otherwise than the table written by hand has it."""
    table, found, browser = expected(), {}, office.signed_in(role)
    gone = browser.get("/no/such/page").content
    for method, path, actions in BEHIND:
        if path in ENDS and any(table[action][role] != "." for action in actions):
            continue  # it would end the session that walks
        answer, place = ask(browser, method, filled(path)), f"{method} {path}"
        allowed = any(table[action][role] != "." for action in actions)
        refused = answer.status_code == 403 and OTHER_ROLE in answer.text
        if answer.status_code >= 500 and answer.status_code != 503:
            right = False
        elif not allowed and "{" in path:
            right = (404, gone) == (answer.status_code, answer.content)
        elif not allowed:
            right = refused
        else:
            right = not refused and ("{" in path or method == "POST" or answer.status_code != 404)
        if not right:
            found[place] = answer.status_code
    return found


@pytest.mark.parametrize("role", Role)
def test_each_route_is_there_for_the_roles_of_its_action_and_for_no_other(office: DeskOffice, role: Role) -> None:
    assert {} == wrong(office, role)


def test_the_walk_finds_a_right_too_many(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIONS, "devices.read", {**ACTIONS["devices.read"], Role.MAKER: Scope.MUNICIPALITY})
    assert {"GET /devices"} <= {*wrong(office, Role.MAKER)}


def test_without_a_session_of_this_municipality_every_route_leads_to_the_door(office: DeskOffice) -> None:
    elsewhere = office.house.sessions.begin("GM9902", name_of(Role.LEAD), "password totp", "test", "test")
    for id_ in ("", elsewhere, "ab" * 32):
        browser = Browser(office.app, office.code, id_)
        for method, path, _ in BEHIND:
            answer = ask(browser, method, filled(path))
            assert 303 == answer.status_code and "/m/GM9901/sign-in" in answer.headers["location"], (method, path)
            assert b"" == answer.content or b"<main" not in answer.content
    other = Browser(office.app, "GM9902", elsewhere)
    assert {404} == {ask(other, method, filled(path)).status_code for method, path, _ in routes()}


def test_nothing_is_done_without_the_token_of_the_session(office: DeskOffice) -> None:
    lines = len(office.audit())
    for role in (Role.ADMIN, Role.LEAD):
        browser, table = office.signed_in(role), expected()
        for method, path, actions in BEHIND:
            if method == "POST" and any(table[action][role] != "." for action in actions):
                answer = browser.ask("POST", f"{browser.home}{filled(path)}", data={"csrf": "0" * 64})
                assert 403 == answer.status_code, path
    assert lines == len(office.audit())


def test_a_record_of_another_team_is_not_there(office: DeskOffice, statements: Statements) -> None:
    """The same bytes, headers and number of statements, of every store, as for a record that never was."""
    secret = office.one.create("dossier", 1, {"/roepnaam": "Zandkasteel"})
    office.sync(office.one)
    office.server.run(office.keeper.catch_up())
    own, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    named = [(method, path) for method, path, _ in BEHIND if "{record:str}" in path]
    assert len(named) > 5
    other.get("/records/dossier")  # their scope is laid over the connections that read
    assert 200 == own.get(f"/record/{secret.hex()}").status_code
    for method, path in named:
        answers, work = [], []
        for name in (secret.hex(), FEED):
            answer, asked = statements.of(partial(ask, other, method, filled(path, record=name)))
            answers.append(answer)
            work.append(asked)
        there, never = answers
        assert work[0] == work[1], path
        assert (404, there.content, there.headers) == (never.status_code, never.content, never.headers), path
        assert there.status_code == 404, path
        assert "Zandkasteel" not in there.text
    for role in (Role.ADMIN, Role.OPERATOR, Role.MAKER, Role.SECURITY, Role.SIGNALS):
        for path in (f"/record/{secret.hex()}", "/records/dossier", "/conflicts", "/review"):
            assert "Zandkasteel" not in office.signed_in(role).get(path).text, (role, path)


def test_a_statement_too_many_in_the_tables_is_found(
    office: DeskOffice, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: a page that looks past the scope, and on where there is something, asks once more."""
    secret = office.one.create("dossier", 1, {"/roepnaam": "Zandkasteel"})
    office.sync(office.one)
    office.server.run(office.keeper.catch_up())

    def telling(store: Records, record: str, forms: Any) -> Any:
        if store.find("select 1 from main._record where record = ?", (record,)):
            store.find("select 1")
        return held_record(store, record, forms)

    monkeypatch.setattr("backend.web.desk.record.held_record", telling)
    other = office.signed_in(staff=OTHER_LEAD)
    other.get("/records/dossier")
    there, never = (statements.of(partial(other.get, f"/record/{name}"))[1] for name in (secret.hex(), FEED))
    assert there == never + 1


def test_every_refused_try_is_a_line_of_the_log(office: DeskOffice) -> None:
    lines = len(office.audit())
    office.signed_in(Role.MAKER).get("/people")
    line = office.audit()[0]
    assert (lines + 1, "de-maker", "refused", "people.read", "refused") == (
        len(office.audit()), line.staff, line.act, line.detail, line.result,
    )  # fmt: skip
    assert line.origin.startswith("203.0.113.9 ")
