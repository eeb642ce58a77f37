"""Terminals: what an attacker who has a code, a token, a file or many tries gets of it; and the way of a person."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.cli import tokens
from backend.cli.tokens import TokenFileOpen
from backend.desk import commands, terminals
from backend.desk.people import give_roles
from backend.desk.rights import Role
from backend.desk.server import DeskSocket
from backend.desk.sessions import csrf_of
from backend.desk.terminals import CODE_MS, OPEN_MAX, TOKEN_MS, TerminalOver
from backend.desk.wire import Ask, socket_path
from backend.errors import BackendError
from backend.settings import Settings
from backend.stores.rows import ACCOUNT
from tests.desk_pages.office import Browser, DeskOffice, Key, name_of

LEAD = name_of(Role.LEAD)
Rows = AsyncIterator[dict[str, Any]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("terminals")))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_tries(office: DeskOffice) -> None:
    """No wrong try of the test before counts: of two who confirm at once either may have been too late."""
    office.house.tries.forgive(f"{office.code}\0terminal\0{LEAD}", "203.0.113.9\0terminal")


def begun(office: DeskOffice, wanted: str = "") -> tuple[Rows, str]:
    """A terminal that waits, and its code."""

    async def first() -> tuple[Rows, str]:
        ACCOUNT.set("voorbeeld (1000)")
        ask = Ask("sign-in", office.code, {"machine": "een-machine", "wanted": wanted})
        rows = commands.run(office.desk, ask, lambda _done, _all: None)
        return rows, (await anext(rows))["code"]

    return office.server.run(first())


def collected(office: DeskOffice, rows: Rows) -> str:
    """The token that a terminal gets."""
    last: dict[str, Any] = office.server.run(asyncio.wait_for(anext(rows), 5))
    return str(last["token"])


def confirm(browser: Browser, code: str, do: str = "yes") -> Any:
    return browser.post("/terminal", {"code": code, "do": do})


def signed_in(office: DeskOffice, staff: str = LEAD) -> str:
    rows, code = begun(office)
    assert 200 == confirm(office.signed_in(staff=staff), code).status_code
    return collected(office, rows)


def refused(office: DeskOffice, token: str) -> str:
    """The code with which a token is refused; empty where it counts."""
    try:
        office.desk.terminals.standing(office.server.municipality, token)
    except BackendError as error:
        return error.code
    return ""


def newest(office: DeskOffice) -> tuple[str, str, str]:
    line = office.audit()[0]
    return line.staff, line.act, line.result


# --- the way of a person ---


def test_a_person_sees_who_asks_and_the_terminal_gets_a_token_for_eight_hours(office: DeskOffice) -> None:
    rows, code = begun(office)
    browser = office.signed_in(Role.LEAD)
    page = browser.post("/terminal", {"code": code.lower().replace("-", " ")}).text
    assert "voorbeeld (1000)" in page and "een-machine" in page and code in page
    confirm(browser, code)
    assert (LEAD, "terminal-sign-in", "done") == newest(office)
    token = collected(office, rows)
    standing, session = office.desk.terminals.standing(office.server.municipality, token)
    assert LEAD == standing.staff and TOKEN_MS == session.ends_ms - session.made_ms
    assert "een-machine" in browser.get("/account").text


def test_only_a_hash_of_a_token_is_kept(office: DeskOffice) -> None:
    token = signed_in(office)
    raw = b"".join(path.read_bytes() for path in Path(office.desk.municipalities.data).glob("control.db*"))
    assert bytes.fromhex(token) not in raw and token.encode() not in raw


def test_the_page_asks_for_the_factor_first(office: DeskOffice) -> None:
    browser = office.signed_in(Role.LEAD)
    office.server.clock.ms += 6 * 60_000
    rows, code = begun(office)
    assert 303 == browser.get("/terminal").status_code
    assert browser.get("/terminal").headers["location"].endswith(f"/confirm?next=/m/{office.code}/terminal")
    assert 403 == confirm(browser, code).status_code
    assert 200 == confirm(office.signed_in(Role.LEAD), code).status_code
    assert collected(office, rows)


def test_refusing_tells_the_terminal(office: DeskOffice) -> None:
    rows, code = begun(office)
    confirm(office.signed_in(Role.LEAD), code, "no")
    with pytest.raises(terminals.TerminalCodeOver):
        collected(office, rows)
    assert (LEAD, "terminal-sign-in", "refused") == newest(office)


# --- codes ---


def test_a_stolen_code_is_worth_nothing_to_who_has_no_session(office: DeskOffice) -> None:
    rows, code = begun(office)
    assert 303 == confirm(office.visitor(), code).status_code  # to the door
    other, _ = begun(office)  # another terminal, which knows the code, gets nothing by it
    confirm(office.signed_in(Role.LEAD), code)
    assert collected(office, rows)
    with pytest.raises(TimeoutError):
        office.server.run(asyncio.wait_for(anext(other), 0.05))


def test_a_code_works_once(office: DeskOffice) -> None:
    rows, code = begun(office)
    browser = office.signed_in(Role.LEAD)
    assert [200, 404, 404] == [confirm(browser, code, do).status_code for do in ("yes", "yes", "no")]
    assert collected(office, rows)


def test_a_code_of_two_who_confirm_at_once_gives_one_token(office: DeskOffice) -> None:
    rows, code = begun(office)
    both = [office.signed_in(Role.PRIVACY), office.signed_in(Role.REVIEWER)]  # one of them counts a wrong try

    async def at_once() -> list[int]:
        posts = [
            one.asking("POST", f"{one.home}/terminal", data={"csrf": csrf_of(one.id), "code": code, "do": "yes"})
            for one in both
        ]
        return sorted(answer.status_code for answer in await asyncio.gather(*posts))

    assert [200, 404] == office.server.run(at_once())
    assert collected(office, rows)


def test_a_code_of_another_municipality_is_not_there(office: DeskOffice) -> None:
    async def elsewhere() -> terminals.Begun:
        return office.desk.terminals.begin("GM9902", "x", "y", "")

    made = office.server.run(elsewhere())
    assert 404 == confirm(office.signed_in(Role.LEAD), made.code).status_code
    assert not made.outcome.done()
    office.desk.terminals.forget(made)


def test_a_code_that_is_over_is_not_there(office: DeskOffice) -> None:
    rows, code = begun(office)
    office.server.clock.ms += CODE_MS
    assert 404 == confirm(office.signed_in(Role.LEAD), code).status_code
    office.server.run(rows.aclose())  # type: ignore[attr-defined]


def test_a_terminal_that_went_away_leaves_no_code(office: DeskOffice) -> None:
    rows, code = begun(office)
    office.server.run(rows.aclose())  # type: ignore[attr-defined]
    assert 404 == confirm(office.signed_in(Role.LEAD), code).status_code


def test_a_terminal_that_is_closed_while_it_waits_leaves_no_code(office: DeskOffice, tmp_path: Path) -> None:
    """Whoever ends `veldpost sign-in` must not find themselves signed in by a code that somebody saw."""

    async def closed() -> None:
        async with DeskSocket(tmp_path, office.desk):
            reader, writer = await asyncio.open_unix_connection(str(socket_path(tmp_path)))
            writer.write(msgspec.json.encode(Ask("sign-in", office.code)) + b"\n")
            code = msgspec.json.decode(await reader.readline())["row"]["code"]
            begun = office.desk.terminals.found(office.code, code)
            writer.close()
            await asyncio.wait_for(asyncio.wait({begun.outcome}), 5)
            with pytest.raises(terminals.TerminalCodeUnknown):
                office.desk.terminals.found(office.code, code)

    office.server.run(closed())


def test_a_terminal_for_somebody_is_confirmed_by_nobody_else(office: DeskOffice) -> None:
    rows, code = begun(office, LEAD)
    assert 403 == confirm(office.signed_in(Role.ADMIN), code).status_code
    confirm(office.signed_in(Role.LEAD), code)
    assert collected(office, rows)


def test_guesses_are_few_also_many_at_once(office: DeskOffice) -> None:
    browser = office.signed_in(Role.MAKER)

    async def guess() -> list[int]:
        fields = {"csrf": csrf_of(browser.id), "code": "0000-0000", "do": "yes"}
        tries = [browser.asking("POST", f"{browser.home}/terminal", data=fields) for _ in range(20)]
        return [answer.status_code for answer in await asyncio.gather(*tries)]

    answers = office.server.run(guess())
    assert (5, 15) == (answers.count(404), answers.count(429))
    assert (name_of(Role.MAKER), "terminal-sign-in", "refused") == newest(office)
    rows, code = begun(office)
    assert 429 == confirm(browser, code).status_code  # not even the right one
    office.server.run(rows.aclose())  # type: ignore[attr-defined]


def test_codes_are_drawn_from_forty_bits_and_few_wait_at_once(office: DeskOffice) -> None:
    waiting = [begun(office) for _ in range(OPEN_MAX)]
    plain = {code.replace("-", "") for _, code in waiting}
    assert OPEN_MAX == len(plain) and {8} == {len(code) for code in plain}
    assert {*"".join(plain)} <= {*"0123456789ABCDEFGHJKMNPQRSTVWXYZ"}
    with pytest.raises(terminals.TooManyTerminals):
        begun(office)
    for rows, _ in waiting:
        office.server.run(rows.aclose())  # type: ignore[attr-defined]


# --- tokens ---


def ended(office: DeskOffice, end: Callable[[str], Any]) -> str:
    """The code with which a token of a person of its own is refused after something ended it."""
    staff = f"iemand-{len(office.server.municipality.people.all())}"
    office.hire(staff, Role.LEAD)
    token = signed_in(office, staff)
    assert "" == refused(office, token)
    made = end(staff)
    if isinstance(made, Coroutine):
        office.server.run(made)
    return refused(office, token)


def test_a_token_ends_with_a_block(office: DeskOffice) -> None:
    def block(staff: str) -> Any:
        office.hire(staff, Role.LEAD, state="blocked")  # even where nobody told control.db

    assert TerminalOver.code == ended(office, block)


def test_a_token_ends_with_other_roles_also_where_they_come_back(office: DeskOffice) -> None:
    town = office.server.municipality

    async def there_and_back(staff: str) -> None:
        await give_roles(town, "beheer", staff, [Role.REVIEWER], "voor deze proef")
        office.server.clock.ms += 1
        await give_roles(town, "beheer", staff, [Role.LEAD], "voor deze proef")

    assert TerminalOver.code == ended(office, there_and_back)


def test_a_token_ends_where_the_person_ends_it_and_everywhere(office: DeskOffice) -> None:
    def one(staff: str) -> None:
        browser = office.signed_in(staff=staff)
        (row,) = [row for row in office.desk.control.sessions(office.code, staff) if row.of_terminal]
        assert 303 == browser.post(f"/account/sessions/{row.hash.hex()}/end").status_code

    assert TerminalOver.code == ended(office, one)
    assert TerminalOver.code == ended(
        office, lambda staff: office.signed_in(staff=staff).post("/account/sign-out-everywhere")
    )


def test_a_token_ends_after_eight_hours_and_does_not_come_back_with_the_clock(office: DeskOffice) -> None:
    def wait(_staff: str) -> None:
        office.server.clock.ms += TOKEN_MS

    token = signed_in(office)
    assert TerminalOver.code == ended(office, wait)
    assert TerminalOver.code == refused(office, token)
    office.server.clock.ms -= TOKEN_MS
    assert TerminalOver.code == refused(office, token)


def test_a_token_is_void_after_a_sign_out(office: DeskOffice) -> None:
    token = signed_in(office)

    async def sign_out() -> None:
        async for _ in commands.run(office.desk, Ask("sign-out", office.code, token=token), lambda _d, _a: None):
            pass

    office.server.run(sign_out())
    assert (LEAD, "terminal-sign-out") == newest(office)[:2]
    for _ in range(2):
        assert TerminalOver.code == refused(office, token)
    with pytest.raises(TerminalOver):
        office.server.run(sign_out())


def test_a_token_is_of_one_municipality_and_no_session_of_a_browser(office: DeskOffice) -> None:
    token = signed_in(office)
    _, held = office.desk.terminals.standing(office.server.municipality, token)
    assert held.of_terminal
    assert "" == refused(office, token)
    office.desk.control.keep_session(held._replace(municipality="GM9902"), instead_of=held.hash)
    assert TerminalOver.code == refused(office, token)
    office.desk.control.keep_session(held, instead_of=held.hash)
    assert "" == refused(office, token)
    assert 303 == Browser(office.app, office.code, token).get("/today").status_code
    assert TerminalOver.code == refused(office, office.signed_in(Role.LEAD).id)
    for odd in ("zz", "00", "é" * 64, token.upper() + "00"):
        assert TerminalOver.code == refused(office, odd)
    assert terminals.TerminalNotSignedIn.code == refused(office, "")


# --- the file ---


def test_a_token_file_that_others_read_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELDPOST_TOKENS", str(tmp_path / "own" / "tokens"))
    settings = Settings(tmp_path, tmp_path, "127.0.0.1", 1, "info")
    assert "" == tokens.kept(settings, "GM9901")
    tokens.keep(settings, "GM9901", "ab" * 32)
    path = tokens.path_of(settings, "GM9901")
    assert (0o600, 0o700) == (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777)
    assert "ab" * 32 == tokens.kept(settings, "GM9901")
    assert "" == tokens.kept(settings, "GM9902")
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(TokenFileOpen):
            tokens.kept(settings, "GM9901")
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(OSError):
        tokens.kept(settings, "GM9901")
    path.unlink()
    path.parent.chmod(0o777)
    with pytest.raises(TokenFileOpen):
        tokens.keep(settings, "GM9901", "ab" * 32)
    tokens.forget(settings, "GM9901")


def test_confirming_by_password_and_app_leads_back_to_the_page(office: DeskOffice) -> None:
    key = Key(office)
    browser = office.signed_in(Role.LEAD)
    office.server.clock.ms += 6 * 60_000
    answer = browser.post("/confirm", {**key.shown(), "next": f"/m/{office.code}/terminal"})
    assert (303, f"/m/{office.code}/terminal") == (answer.status_code, answer.headers["location"])
