"""An office that is connected with a provider, and browsers that sign in there."""

from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from httpx import Response
from msgspec.structs import replace

from backend.desk import four_eyes
from backend.desk.openid.connecting import Given, connect
from backend.desk.openid.tokens import subject_of
from backend.desk.rights import Role
from backend.stores.openid import Mapped
from backend.stores.people import OPENID, Factor
from backend.web.desk.guarding import cookie_name
from tests.desk_pages.office import ORIGIN, TEAM, Browser, DeskOffice, Key, name_of
from tests.openid.lying import CLIENT, SECRET, Lying

NOOR: Final = "noor.voorbeeld"  # the account of the person whom the provider calls `s-noor`
EMERGENCY: Final = name_of(Role.ADMIN)
FLOW: Final = "__Host-flow-GM9901"
BACK: Final = "/sign-in/openid/back"


class Led(NamedTuple):
    """A browser that was led to the provider: where to, and the cookie that ties what it began to it."""

    location: str
    cookie: str


def given(issuer: str, **other: Any) -> Given:
    """A connection that is right."""
    mapped = (Mapped("leiding", Role.LEAD, TEAM), Mapped("beheerders", Role.ADMIN), Mapped("lezers", Role.REVIEWER))
    right = Given(
        issuer, CLIENT, SECRET, f"{ORIGIN}/m/GM9901{BACK}", mapped, "groups", ("twee",), (), EMERGENCY
    )  # fmt: skip
    return right._replace(**other)


def join_up(office: DeskOffice, issuer: str, **other: Any) -> None:
    """Connect an office with a provider, as two people do by its pages."""
    if not office.server.municipality.people.factors(EMERGENCY):
        Key(office, EMERGENCY)
    house, town = office.house, office.server.municipality
    if office.server.run(
        connect(town, house.openid.providers, house.key, EMERGENCY, given(issuer, **other))
    ) is None:  # fmt: skip
        agreed(office)


def agreed(office: DeskOffice) -> None:
    """Agree, as a second person, with the connection that waits."""
    (found,) = [one for one in four_eyes.waiting(office.server.municipality) if one.kind == four_eyes.CONNECT]
    assert 303 == office.signed_in(Role.SECURITY).post(f"/proposals/{found.id}/agree").status_code


def bind_up(office: DeskOffice, name: str, issuer: str, sub: str, *roles: Role) -> None:
    """Give somebody an account that two people know, and that is bound to a person at the provider."""
    person = replace(office.hire(name, *roles), vouched=(EMERGENCY, name_of(Role.SECURITY)))
    town = office.server.municipality
    factor = Factor(OPENID, name, OPENID, subject_of(issuer, sub), 1)

    def work() -> None:
        town.people.keep(person)
        town.people.keep_factor(factor)

    office.server.run(town.submit(work))


def led(browser: Browser, path: str = "/sign-in/openid", cookie: str = "", **more: Any) -> Led:
    """Follow the link that leads to the provider."""
    headers = {"cookie": cookie} if cookie else {}
    answer = browser.get(path, headers=headers, **more)
    assert 303 == answer.status_code and answer.headers["location"].startswith("http"), answer.text
    return Led(answer.headers["location"], set_cookie(answer, FLOW))


def set_cookie(answer: Response, name: str) -> str:
    """The cookie of an answer, as a browser sends it back; nothing if it is taken away or not there."""
    found = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{name}=")]
    pair = found[-1].partition(";")[0] if found else ""
    return "" if pair.endswith(("=", '=""')) else pair


def back(browser: Browser, cookie: str, answer: dict[str, str], code: str = "GM9901") -> Response:
    """Come back from the provider: from another site, so with no cookie of a session."""
    headers = {"sec-fetch-site": "cross-site"} | ({"cookie": cookie} if cookie else {})
    return browser.ask("GET", f"/m/{code}{BACK}?{urlencode(answer)}", headers=headers)


def signed_in(office: DeskOffice, lying: Lying, sub: str = "s-noor", **claims: Any) -> Response:
    """Sign somebody in by the provider: the answer on which the browser ends."""
    office.house.tries.forgive("GM9901\0openid\x00203.0.113.9", "GM9901 203.0.113.9")
    begun = led(office.visitor())
    return back(office.visitor(), begun.cookie, lying.sent_back(begun.location, sub, **claims))


def session_of(office: DeskOffice, answer: Response) -> Browser:
    """The browser that has the session of an answer."""
    return Browser(office.app, office.code, set_cookie(answer, cookie_name(office.code)).partition("=")[2])


def why(office: DeskOffice) -> str:
    """The reason of the newest refusal, as the log has it."""
    line = office.audit()[0]
    assert (line.act in ("sign-in", "join", "confirm"), line.result) == (True, "refused"), line
    return str(line.detail.split()[1])
