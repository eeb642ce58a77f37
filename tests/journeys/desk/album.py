"""Pages to which no walk by links comes: steps of an invitation, what is shown once, asked again, refused or locked.

Each is kept as the bytes that a browser got, by the name of its picture; `screens` shows them again and takes them.
"""

import re
from contextlib import suppress
from html import unescape
from typing import Any, Final

import pyotp

from backend.desk.erasing import EraseForTwo
from backend.desk.people import handle_of
from backend.desk.rights import Role
from forms.definition.library import LISTS, shipped_list, shipped_raw
from tests.desk_pages.office import OTHER_LEAD, PASSPHRASE, Browser, DeskOffice
from tests.desk_pages.test_bulk import preview
from tests.desk_pages.test_deleting_for_two import delete
from tests.desk_pages.test_editing import fields
from tests.desk_pages.test_erasing_for_two import erase
from tests.desk_pages.test_forms import SAID, draft_in
from tests.journeys.desk import states_asked as asked
from tests.journeys.desk.states import filled
from tests.journeys.desk.states_found import State, States, page_templates, rendered
from tests.journeys.desk.street import Street, visit
from tests.journeys.desk.walk import name_of as picture_of
from tests.journeys.desk.walk import patterns

BY_TEMPLATE: Final = {  # what is answered to a form that was sent, and no address leads to
    "conflicts/settled.html": "conflicts-settled-one",
    "devices/invitation.html": "devices-invitation",
    "log/verified.html": "log-verified",
    "parts/emergency.html": "for-two-nobody-answers",
    "parts/locked.html": "locked",
    "parts/ready.html": "ready",
    "parts/refused.html": "refused",
    "people/invited.html": "people-invited",
    "people/keep_out.html": "people-keep-out",
    "proposals/code.html": "proposals-code",
    "record/remove_item.html": "record-remove-item",
    "record/waits.html": "record-waits",
    "record/withdraw.html": "record-withdraw",
    "records/bulk.html": "records-bulk",
    "signing_in/again.html": "sign-in-again",
    "signing_in/left.html": "sign-in-own-left",
    "signing_in/on.html": "sign-in-own-on",
    "signing_in/openid_refused.html": "sign-in-own-refused",
}
KEPT: Final = (  # pages of a route in another state, or of a route that the walk finds with less in it
    "join-one-token", "join-app", "join-codes", "join-over", "sign-in-own", "devices-invitation",
    "conflicts-one-decision-move-one-item", "forms-drafts-one-draft-effect", "forms-waiting-one-form",
    "forms-one-form-versions-difference", "lists-one-name", "record-delete", "record-delete-two",
    "record-delete-second", "record-deleted", "records-one-form-deleted",
)  # fmt: skip
TAKEN: Final = (  # by who sits at the desk, in `screens`
    "files-brought", "files-shown", "files-refused", "forms-drafts-one-draft", "forms-drafts-one-draft-purpose",
    "forms-drafts-one-draft-texts", "forms-drafts-one-draft-question", "reason-one-reading",
)  # fmt: skip
NO_PICTURE: Final = {"/devices/invitations/{name:str}": "a part of the page `devices-invitation`, asked anew by itself"}
LIST_TITLES: Final = {"grondslagen": "Grondslagen om te delen", "organisaties": "Organisaties in de stad"}


def pictures() -> set[str]:
    """The names of all pictures of the desk."""
    walked = {picture_of(pattern) for pattern in patterns() if pattern not in NO_PICTURE}
    return walked | {*BY_TEMPLATE.values(), *KEPT, *TAKEN}


class Album(States):
    """Keeps the first page of each template, and those that are named."""

    def __init__(self) -> None:
        super().__init__(whole=True)
        self.rendered: dict[str, None] = {}
        self.named: dict[str, State] = {}

    def add(self, name: str, address: str, answer: Any, home: str, *, each: bool = False) -> None:
        """Keep a page by the template that it was made of last."""
        if name == "own" and "sign-in-own" not in self.named:
            self._kept("sign-in-own", name, address, answer)
        pages = page_templates()
        last = next((one for one in reversed(self.rendered) if one in pages), "")
        if last in BY_TEMPLATE and BY_TEMPLATE[last] not in self.named:
            self._kept(BY_TEMPLATE[last], name, address, answer)

    def keep(self, picture: str, browser: Browser, path: str, answer: Any = None) -> Any:
        """Keep a page by the name of its picture: of an address, or the answer to what was sent there."""
        answer = browser.get(path) if answer is None else answer
        self._kept(picture, picture, f"{browser.home}{path}", answer)
        return answer

    def _kept(self, picture: str, name: str, address: str, answer: Any) -> None:
        assert "<main" in answer.text, (picture, answer.status_code)
        self.named[picture] = State("", name, address, answer.text, answer.headers["content-security-policy"])


def gathered(street: Street, empty: DeskOffice, language: str) -> dict[str, State]:
    """Every page of this kind, by the name of its picture."""
    album = Album()
    with rendered() as album.rendered:
        link = filled(street).removeprefix(f"/m/{street.code}")
        _joined(street, link, album)
        asked.confirmed(street, language, album)
        _of_forms(street, album)
        _deleted(street, album)
        _decided(street, album)
        _of_people(street, language, album)
        asked.own_sign_in(empty, language, album)
        asked.emergency(empty, language, album)
        asked.given_back(street, language, album)
        _locked(street, album)
    assert {*BY_TEMPLATE.values(), *KEPT} == album.named.keys(), {*BY_TEMPLATE.values(), *KEPT} ^ album.named.keys()
    return album.named


def lists_of_the_town(office: DeskOffice) -> None:
    """Fill the lists from which the forms that ship take choices."""
    admin = office.signed_in(Role.ADMIN)
    for name, title in LIST_TITLES.items():
        admin.post("/lists", {"name": name, "title": title}, files={"file": ("lijst.csv", shipped_list(name))})


def erase_asked(office: DeskOffice) -> None:
    """Let the erasing of a record wait for a second person."""
    record = office.shared("huisbezoek", visit(205, "2026-03-23"))
    office.dump()
    with suppress(EraseForTwo):
        erase(office, record)


def _joined(street: Street, at: str, album: Album) -> None:
    """All steps of an invitation, and its end."""
    visitor = street.visitor()
    album.keep("join-one-token", visitor, at)
    visitor.post(at, {"password": PASSPHRASE})
    page = album.keep("join-app", visitor, at).text
    secret = re.findall(r"<code>([A-Z2-7]+)</code>", page)[0]
    visitor.post(at, {"code": pyotp.TOTP(secret).at(street.server.clock.now_ms() // 1000)})
    page = album.keep("join-codes", visitor, at).text
    codes = re.findall(r"<li><code>([^<]+)</code>", page)
    places = [int(place) for place in re.findall(r'name="code-(\d+)"', page)]
    assert 303 == visitor.post(at, {f"code-{place}": codes[place] for place in places}).status_code
    album.keep("join-over", street.visitor(), at)


def _of_forms(street: Street, album: Album) -> None:
    """A new version of a form that is in use: what it touches, what the second person reads, and what differs."""
    admin, maker = street.signed_in(Role.ADMIN), street.signed_in(Role.MAKER)
    lists_of_the_town(street)
    album.keep("lists-one-name", admin, f"/lists/{LISTS[1]}")
    draft = draft_in(maker, shipped_raw("huisbezoek"), "huisbezoek.json")
    album.keep("forms-drafts-one-draft-effect", maker, f"/forms/drafts/{draft}/effect")
    sent = maker.post(f"/forms/drafts/{draft}/publish", {"edition": "1", **SAID})
    assert 303 == sent.status_code, sent.text
    album.keep("forms-waiting-one-form", street.signed_in(Role.PRIVACY), "/forms/waiting/huisbezoek")
    street.server.publish(shipped_raw("dossier"))
    album.keep("forms-one-form-versions-difference", maker, "/forms/dossier/versions/2")


def _deleted(street: Street, album: Album) -> None:
    """A record that goes with two: asked, asked of a second lead, and gone."""
    record = street.shared("huisbezoek", visit(200, "2026-03-22") | {"/zorg": "twijfel"})
    street.dump()
    at, lead, other = f"/record/{record.hex()}", street.signed_in(Role.LEAD), street.signed_in(staff=OTHER_LEAD)
    seen = {"read_at": fields(lead.get(at))["read_at"][0]}
    album.keep("record-delete", lead, f"{at}/delete", lead.post(f"{at}/delete", seen))
    asked_for = delete(lead, record.hex(), "Dit bezoek staat er twee keer in.")
    album.keep("record-delete-two", lead, f"{at}/delete", asked_for)
    album.keep("record-delete-second", other, at)
    assert 303 == delete(other, record.hex(), "Zelf ook gelezen.").status_code
    street.dump()
    album.keep("record-deleted", lead, at)
    way = lead.post("/records/huisbezoek", {"state": "deleted"}).headers["location"].removeprefix(lead.home)
    album.keep("records-one-form-deleted", lead, way)


def _decided(street: Street, album: Album) -> None:
    """A conflict that was settled, an item whose answers move, and the same act for several records."""
    lead = street.signed_in(Role.LEAD)
    settled = links_to(lead, "/conflicts/settled", r"/conflicts/[0-9a-f]{32}")[-1]
    album.add("settled", f"{lead.home}{settled}", lead.get(settled), lead.home)
    moves = (links_to(lead, one, r"/conflicts/[0-9a-f]+/move/\w+") for one in links_to(
        lead, "/conflicts", r"/conflicts/[0-9a-f]{32}"
    ))  # fmt: skip
    album.keep("conflicts-one-decision-move-one-item", lead, next(found[0] for found in moves if found))
    records = [row["record"] for row in street.find("select record from _record where form = 'huisbezoek' limit 3")]
    album.add("bulk", f"{lead.home}/records/huisbezoek/bulk", preview(lead, "approved", records), lead.home)


def links_to(browser: Browser, path: str, pattern: str) -> list[str]:
    """The addresses of a page that fit a pattern, below those of the desk."""
    return list(dict.fromkeys(re.findall(rf'href="{browser.home}({pattern})', unescape(browser.get(path).text))))


def _of_people(street: Street, language: str, album: Album) -> None:
    """Somebody is invited, waits for a role, and is kept out; the log is looked through."""
    admin = street.signed_in(Role.ADMIN)
    sent = {"name": "voorbeeld.maker", "shown_name": "Voorbeeld Maker", "role-maker": "on"}
    album.add("invited", f"{admin.home}/people", admin.post("/people", sent), admin.home)
    way = f"/people/{handle_of(street.code, OTHER_LEAD)}/left"
    album.add("kept out", f"{admin.home}{way}", admin.post(way), admin.home)
    asked.ready(street, language, album)
    security = street.signed_in(Role.SECURITY)
    album.add("verified", f"{security.home}/log/verify", security.post("/log/verify"), security.home)
    album.add("refused", f"{admin.home}/records", admin.get("/records"), admin.home)


def _locked(street: Street, album: Album) -> None:
    """A municipality that is locked."""
    street.server.run(street.keeper.lock())
    lead = street.signed_in(Role.LEAD)
    album.add("locked", f"{lead.home}/records", lead.get("/records"), lead.home)
