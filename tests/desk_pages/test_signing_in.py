"""Signing in with a password and a code: what strangers and thieves try is refused, slowly, and told alike."""

import asyncio
import re
from typing import Any

import pyotp
import pytest

from backend.desk.factors import kept_code, new_totp, step_of, weakness
from backend.desk.four_eyes import waiting
from backend.desk.joining import INVITED_MS
from backend.desk.people import handle_of
from backend.desk.rights import Role
from backend.stores.people import ACTIVE, BLOCKED, CODES, INVITED, PASSWORD, TOTP, Factor
from tests.desk_pages.office import ORIGIN, PASSPHRASE, Browser, DeskOffice, Key, name_of

LEAD, ADMIN = name_of(Role.LEAD), name_of(Role.ADMIN)


@pytest.fixture
def key(desk_office: DeskOffice) -> Key:
    return Key(desk_office)


def at_once(office: DeskOffice, shown: dict[str, str], times: int) -> list[int]:
    """The statuses of the same form, posted many times at once."""

    async def ask() -> list[int]:
        asked = [office.visitor().asking("POST", "/m/GM9901/sign-in", data=shown) for _ in range(times)]
        return [answer.status_code for answer in await asyncio.gather(*asked)]

    return office.server.run(ask())


def test_a_password_and_a_code_sign_in_and_neither_alone_does(desk_office: DeskOffice, key: Key) -> None:
    for other in ({"code": ""}, {"code": "000000"}, {"password": "anders dan het was"}, {"password": ""}):
        assert 403 == desk_office.visitor().post("/sign-in", key.shown(**other)).status_code
    assert 303 == desk_office.visitor().post("/sign-in", key.shown()).status_code
    person = desk_office.server.municipality.people.person(LEAD)
    assert person is not None and person.last_ms == desk_office.server.clock.now_ms()
    whys = [(line.detail, line.result) for line in desk_office.audit() if line.act == "sign-in"]
    assert [("password totp", "done"), ("password", "refused")] == whys[:2] and ("code", "refused") in whys


def test_a_code_that_was_used_is_worth_nothing(desk_office: DeskOffice, key: Key) -> None:
    """A code that somebody saw over a shoulder, in the same half minute; nor is one of a step before it."""
    shown = key.shown()
    assert 303 == desk_office.visitor().post("/sign-in", shown).status_code
    assert 403 == desk_office.visitor().post("/sign-in", shown).status_code
    before = pyotp.TOTP(key.secret).at(desk_office.server.clock.now_ms() // 1000 - 30)
    assert 403 == desk_office.visitor().post("/sign-in", key.shown(code=before)).status_code
    desk_office.server.clock.ms += 30_000
    assert 303 == desk_office.visitor().post("/sign-in", key.shown()).status_code


def test_a_code_that_comes_twice_at_once_signs_in_once(desk_office: DeskOffice, key: Key) -> None:
    shown = key.shown()
    answers = at_once(desk_office, shown, 4)
    assert [303, 403, 403, 403] == sorted(answers)


def test_a_recovery_code_works_once(desk_office: DeskOffice, key: Key) -> None:
    typed = key.codes[3].lower().replace("-", " ")
    assert 303 == desk_office.visitor().post("/sign-in", key.shown(code=typed)).status_code
    assert 403 == desk_office.visitor().post("/sign-in", key.shown(code=typed)).status_code
    assert 9 == len(desk_office.server.municipality.people.factors(LEAD, CODES))


def test_the_code_of_another_person_opens_nothing(desk_office: DeskOffice, key: Key) -> None:
    other = Key(desk_office, ADMIN)
    for code in (other.code, other.codes[0]):
        assert 403 == desk_office.visitor().post("/sign-in", key.shown(code=code)).status_code


def test_a_secret_of_an_app_opens_on_this_server_for_its_person_alone(desk_office: DeskOffice, key: Key) -> None:
    (factor,) = desk_office.server.municipality.people.factors(LEAD, TOTP)
    assert key.secret.encode() not in factor.secret
    moved = Factor("totp", ADMIN, TOTP, factor.secret, 1)
    town = desk_office.server.municipality
    Key(desk_office, ADMIN)
    desk_office.server.run(town.submit(lambda: town.people.keep_factor(moved)))
    shown = key.shown(name=ADMIN)
    assert 403 == desk_office.visitor().post("/sign-in", shown).status_code


def test_what_was_wrong_is_told_to_nobody(desk_office: DeskOffice, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown, blocked, invited, wrong password, wrong code: equal bytes, statements, hashes, codes that are compared,
    and lines of the log."""
    codes = [0]

    def compared(*given: Any) -> Any:
        codes[0] += 1
        return step_of(*given)

    monkeypatch.setattr("backend.desk.coming_in.factors.step_of", compared)
    desk_office.hire("geblokkeerd", Role.LEAD, state=BLOCKED)
    desk_office.hire("uitgenodigd", Role.LEAD, state=INVITED)
    journal = desk_office.server.municipality.journal.inner  # type: ignore[attr-defined]
    run, asked = journal._run, [0]

    def counted(*given: object) -> object:
        asked[0] += 1
        return run(*given)

    journal._run = counted
    answers = []
    names = (LEAD, "geblokkeerd", "uitgenodigd", "niemand-hier")
    for name, password in (*((name, "verkeerd wachtwoord") for name in names), (LEAD, PASSPHRASE)):
        hashes, lines, asked[0] = desk_office.house.passwords.compared, len(desk_office.audit()), 0
        shown = {"name": name, "password": password, "code": "000000"}
        answer = Browser(desk_office.app, desk_office.code).post("/sign-in", shown)
        statements = asked[0]
        work = desk_office.house.passwords.compared - hashes, len(desk_office.audit()) - lines, statements, codes[0]
        codes[0] = 0
        headers = {k: v for k, v in answer.headers.items() if k != "content-length"}
        body = re.sub(r'data-options="[^"]*"', "", answer.text.replace(name, "NAME"))  # a challenge is new each time
        answers.append((answer.status_code, body, headers, work))
    journal._run = run
    assert (403, 1, 1, 1) == (answers[0][0], *answers[0][3][:2], answers[0][3][3])
    assert all(answer == answers[0] for answer in answers)


OWN_CODE, TOWN_CODE = "ze72-cybt-a8y7-86pa", "5BQZ-42ZX-VFQM-T5QR-ZEEA-VVJY-MSWG-0XEV-W43G"


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"password": OWN_CODE}, "lijkt op een herstelcode"), ({"password": "123 456"}, "zes cijfers uit uw app. Die"),
     ({"password": TOWN_CODE}, "herstelcode van de gemeente"), ({"code": TOWN_CODE}, "herstelcode van de gemeente"),
     ({"code": OWN_CODE}, ""), ({"password": "acht beer vier dier"}, "")],
)  # fmt: skip
def test_a_code_in_the_wrong_field_is_told_where_it_belongs(desk_office: DeskOffice, typed: Any, said: str) -> None:
    """By its shape alone: the same for who is here and who is not; and it stands in no line of the log."""
    Key(desk_office)
    pages = []
    for name in (LEAD, "niemand-hier"):
        shown = {"name": name, "password": "verkeerd wachtwoord", "code": "000000"} | typed
        answer = desk_office.visitor().post("/sign-in", shown)
        assert 403 == answer.status_code
        pages.append(re.sub(r'data-options="[^"]*"', "", answer.text.replace(name, "NAME")))
        assert not any(secret in answer.text for secret in typed.values())
    assert pages[0] == pages[1] and ("lijkt op" in pages[0]) == bool(said) and said in pages[0]
    assert not any(secret in str(line) for line in desk_office.audit() for secret in typed.values())


@pytest.mark.parametrize(
    ("slot", "typed", "said"),
    [("passphrase", TOWN_CODE, "herstelcode van de gemeente. Die hoort"), ("recovery-code", TOWN_CODE, ""),
     ("passphrase", OWN_CODE, "uw eigen herstelcodes"), ("recovery-code", "123456", "zes cijfers"),
     ("passphrase", "niet de wachtzin", "")],
)  # fmt: skip
def test_a_code_that_does_not_unlock_is_told_where_it_belongs(
    desk_office: DeskOffice, slot: str, typed: str, said: str
) -> None:
    lead = desk_office.signed_in(Role.LEAD)
    answer = lead.post("/unlock", {"slot": slot, "key": typed})
    assert answer.status_code in (403, 422) and ("lijkt op" in answer.text) == bool(said) and said in answer.text
    chosen = "recovery-code" if typed == TOWN_CODE else slot
    assert re.search(rf'value="{chosen}" checked', answer.text) and typed not in answer.text
    assert not any(typed in str(line) for line in desk_office.audit())


def test_tries_are_slowed_and_nobody_is_locked_out(desk_office: DeskOffice, key: Key) -> None:
    clock, hashes = desk_office.server.clock, desk_office.house.passwords
    for _ in range(5):
        assert 403 == desk_office.visitor().post("/sign-in", key.shown(password="geraden")).status_code
    before = hashes.compared
    slowed = desk_office.visitor().post("/sign-in", key.shown())
    assert (429, before) == (slowed.status_code, hashes.compared)
    waits = []
    for _ in range(8):
        asked = desk_office.visitor().post("/sign-in", key.shown(password="geraden"))
        waits.append(int(re.findall(r"Wacht (\d+)", asked.text)[0]))
        clock.ms += waits[-1] * 1000
        assert 403 == desk_office.visitor().post("/sign-in", key.shown(password="geraden")).status_code
    assert [1, 2, 4, 8, 16, 32, 60, 60] == waits
    clock.ms += 60_000
    assert 303 == desk_office.visitor().post("/sign-in", key.shown()).status_code
    assert 303 == desk_office.visitor().post("/sign-in", key.shown(code=key.codes[0])).status_code


def test_a_stranger_who_guesses_does_not_slow_the_browser_that_the_person_used_before(
    desk_office: DeskOffice, key: Key
) -> None:
    own = desk_office.visitor().post("/sign-in", key.shown())
    known = next(one for one in own.headers.get_list("set-cookie") if one.startswith("__Host-known"))
    for _ in range(6):
        desk_office.visitor().post("/sign-in", key.shown(password="geraden"))
    desk_office.server.clock.ms += 30_000
    for _ in range(6):
        desk_office.visitor().post("/sign-in", key.shown(password="geraden"))
    headers = {"cookie": known.split(";")[0]}
    assert 429 == desk_office.visitor().post("/sign-in", key.shown()).status_code
    forged = {"cookie": f"__Host-known-GM9901={'0' * 32}.{'0' * 64}"}
    assert 429 == desk_office.visitor().post("/sign-in", key.shown(), headers=forged).status_code
    assert 303 == desk_office.visitor().post("/sign-in", key.shown(), headers=headers).status_code


def test_tries_in_parallel_gain_nothing(desk_office: DeskOffice, key: Key) -> None:
    shown = key.shown(password="geraden")
    answers = at_once(desk_office, shown, 12)
    assert 5 == answers.count(403) and 7 == answers.count(429) and 5 == desk_office.house.passwords.compared


def test_an_address_that_tries_many_names_is_slowed_too(desk_office: DeskOffice, key: Key) -> None:
    shown = {"password": "geraden", "code": "000000"}
    answers = [desk_office.visitor().post("/sign-in", {"name": f"n{at}", **shown}).status_code for at in range(32)]
    assert 30 == answers.count(403) and [429, 429] == answers[30:]


# --- invitations ---


def invited(office: DeskOffice, name: str = "nieuw.iemand", *roles: str) -> tuple[Browser, str]:
    """An admin invites somebody; returns the new person's browser and the path of the link."""
    admin = office.signed_in(Role.ADMIN)
    fields = {"name": name, "shown_name": "Nieuw Voorbeeld"} | {f"role-{role}": "on" for role in roles or ("lead",)}
    known = office.server.municipality.people.person(name) is not None
    page = admin.post(f"/people/{handle_of(office.code, name)}/invite" if known else "/people", fields)
    assert 200 == page.status_code, page.text
    found = re.search(rf"{ORIGIN}/m/GM9901(/join/[0-9a-f]{{64}})", page.text)
    assert found is not None
    return office.visitor(), found[1]


def joined(office: DeskOffice, browser: Browser, path: str, password: str = PASSPHRASE, code: str = "") -> str:
    """Walk the way of an invitation to its end; returns the id of the session."""
    assert 303 == browser.post(path, {"password": password, "code": code}).status_code
    secret = re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", browser.get(path).text)[0]
    code = pyotp.TOTP(secret).at(office.server.clock.now_ms() // 1000)
    assert 422 == browser.post(path, {"code": "12345"}).status_code
    assert 303 == browser.post(path, {"code": code}).status_code
    page = browser.get(path).text
    codes = re.findall(r"<code[^>]*>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", page)
    assert 10 == len(codes)
    asked = [int(at) for at in re.findall(r'name="code-(\d+)"', page)]
    assert 422 == browser.post(path, {f"code-{at}": codes[0] for at in asked}).status_code
    done = browser.post(path, {f"code-{at}": codes[at] for at in asked})
    assert 303 == done.status_code and done.headers["location"].endswith("/today")
    return str(done.headers["set-cookie"].split(";")[0].split("=")[1])


def test_an_invitation_leads_to_a_person_who_can_sign_in(desk_office: DeskOffice) -> None:
    browser, path = invited(desk_office)
    people = desk_office.server.municipality.people
    assert [] == people.factors("nieuw.iemand")
    browser.id = joined(desk_office, browser, path)
    assert 403 == browser.get("/today").status_code  # the role waits for a second person
    (id_,) = [one.id for one in waiting(desk_office.server.municipality)]
    assert 303 == desk_office.signed_in(Role.SECURITY).post(f"/proposals/{id_}/agree").status_code
    assert 200 == browser.get("/today").status_code
    person = people.person("nieuw.iemand")
    assert person is not None and (ACTIVE, {"lead"}) == (person.state, {*person.role_names})
    assert 410 == desk_office.visitor().get(path).status_code
    assert {"invite-staff", "join"} <= {line.act for line in desk_office.audit()}


def test_nothing_is_kept_before_the_codes_were_typed_back(desk_office: DeskOffice) -> None:
    browser, path = invited(desk_office)
    assert 303 == browser.post(path, {"password": PASSPHRASE}).status_code
    assert [] == desk_office.server.municipality.people.factors("nieuw.iemand")
    assert 403 == desk_office.visitor().post(
        "/sign-in", {"name": "nieuw.iemand", "password": PASSPHRASE, "code": "000000"}
    ).status_code  # fmt: skip


def test_an_invitation_that_is_over_replaced_or_of_nobody_opens_nothing(desk_office: DeskOffice) -> None:
    browser, first = invited(desk_office)
    _, second = invited(desk_office)
    assert 410 == browser.get(first).status_code and 200 == browser.get(second).status_code
    assert (
        410 == browser.get(f"/join/{'ab' * 32}").status_code == browser.post("/join/x", {"password": "y"}).status_code
    )
    desk_office.server.clock.ms += INVITED_MS
    assert 410 == browser.get(second).status_code


def test_a_link_alone_does_not_take_over_an_account_that_has_a_password(desk_office: DeskOffice) -> None:
    """After a restore elsewhere the app is set up anew; who finds the link still needs the password."""
    key = Key(desk_office)
    before = desk_office.server.municipality.people.factors(LEAD, PASSWORD)
    browser, path = invited(desk_office, LEAD)
    assert 422 == browser.post(path, {"password": "een heel ander wachtwoord hier"}).status_code
    assert 422 == browser.post(path, {"code": "123456"}).status_code
    browser.id = joined(desk_office, browser, path, code=key.codes[0])
    assert 200 == browser.get("/today").status_code
    assert before == desk_office.server.municipality.people.factors(LEAD, PASSWORD)


def test_an_account_of_a_moved_server_signs_in_after_its_app_was_set_up_anew(desk_office: DeskOffice) -> None:
    key = Key(desk_office)
    desk_office.house.key._key = b"another server's own key, 32 byte"[:32]
    assert 403 == desk_office.visitor().post("/sign-in", key.shown()).status_code
    desk_office.house.tries._of.clear()
    browser, path = invited(desk_office, LEAD)
    browser.id = joined(desk_office, browser, path)
    assert 200 == browser.get("/today").status_code


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("kort", "password-short"), ("wachtwoord1234", "password-words"),
        ("aaaaaaaaaaaaaaa", "password-repeats"), ("voorbeeldstad", "password-own"),
        ("abcdefghijklmn", "password-sequence"),
    ],
)  # fmt: skip
def test_a_password_that_can_be_guessed_is_refused_with_the_reason(password: str, why: str) -> None:
    found = weakness(password, ["voorbeeldstad", "GM9901"])
    assert found is not None and why == found.code
    assert weakness(PASSPHRASE, ["voorbeeldstad"]) is None


def test_a_code_is_of_its_step_and_letters_that_look_alike_are_forgiven() -> None:
    secret, now_ms = new_totp(), 1_772_600_000_000
    step = now_ms // 30_000
    code = pyotp.TOTP(secret).at(now_ms // 1000)
    assert step == step_of(secret, f" {code[:3]} {code[3:]} ", now_ms, 0)
    assert None is step_of(secret, code, now_ms, step) is step_of(secret, "١٢٣٤٥٦", now_ms, 0)
    assert kept_code("a", "OOOO-1111-AAAA-BBBB") == kept_code("a", "0000 iiLL aaaa bbbb") != kept_code("b", "0" * 16)


# --- what cannot be taken back ---


def test_what_cannot_be_taken_back_asks_for_the_factor_again(desk_office: DeskOffice) -> None:
    key = Key(desk_office, ADMIN)
    admin = desk_office.signed_in(Role.ADMIN)
    desk_office.server.clock.ms += 6 * 60_000
    fields = {"name": "nog.iemand", "shown_name": "", "role-lead": "on"}
    refused = admin.post("/people", fields)
    assert 403 == refused.status_code and "/confirm" in refused.text
    assert None is desk_office.server.municipality.people.person("nog.iemand")
    wrong = {"password": PASSPHRASE, "code": "000000", "next": "/m/GM9901/people"}
    wrong |= dict(re.findall(r'name="(kept-path)" value="([^"]*)"', refused.text))
    kept = re.findall(
        r'name="kept-name" value="([^"]*)"><input type="hidden" name="kept-value" value="([^"]*)"', refused.text
    )
    carried: dict[str, Any] = wrong | {"kept-name": [one for one, _ in kept], "kept-value": [one for _, one in kept]}
    failed = admin.post("/confirm", carried)
    assert 403 == failed.status_code and 'name="kept-value" value="nog.iemand"' in failed.text
    before = admin.id
    back = admin.post("/confirm", carried | {"code": key.codes[0]})
    assert 200 == back.status_code and None is desk_office.server.municipality.people.person("nog.iemand")
    admin.id = back.headers["set-cookie"].split(";")[0].split("=")[1]
    again = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', back.text.split("<main")[1]))
    assert fields | {"csrf": admin.csrf, "typed.do": "go"} == again  # it waits under Today as well
    waits = admin.get("/typed").text
    assert "bevestigen dat u het bent" in waits and "sessie was voorbij" not in waits
    (target,) = re.findall(r'<form method="post" action="([^"]*)">', back.text.split("<main")[1].split("</main")[0])
    sent = admin.ask("POST", target, data=again)
    assert 307 == sent.status_code and sent.headers["location"] == "/m/GM9901/people"
    assert 200 == admin.ask("POST", sent.headers["location"], data=again).status_code
    assert None is not desk_office.server.municipality.people.person("nog.iemand")
    evil = carried | {"code": key.codes[1], "kept-path": "//evil.test/m/GM9901/people"}
    answer = admin.post("/confirm", evil)
    assert 303 == answer.status_code and "evil" not in answer.headers["location"] + answer.text
    admin.id = answer.headers["set-cookie"].split(";")[0].split("=")[1]
    before = admin.id
    answer = admin.post("/confirm", wrong | {"code": key.code, "kept-path": ""})
    assert "/m/GM9901/people" == answer.headers["location"]
    admin.id = answer.headers["set-cookie"].split(";")[0].split("=")[1]
    assert 200 == admin.post("/people", fields | {"name": "nog.een"}).status_code
    admin.id = before
    assert 303 == admin.get("/people").status_code
    assert "confirm" in {line.act for line in desk_office.audit()}
