"""States behind what somebody fills in: files that are brought or refused, what is confirmed first, what a session that
ended leaves, and the pages on the way to the own sign-in of a municipality and back."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from unittest.mock import patch

from msgspec.structs import replace

from backend.desk import four_eyes
from backend.desk.people import handle_of
from backend.desk.rights import Role
from backend.desk.sessions import IDLE_MS
from backend.errors import StoreFull
from backend.municipality import uploading
from backend.stores.people import BLOCKED
from backend.web.desk.typed import NAME, PATH, VALUE
from backend.web.shell import FILES_BYTES_MAX
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice, Key, name_of
from tests.desk_pages.pictures import jpeg, large_jpeg, wav
from tests.desk_pages.test_conflicts import WEIGHED, torn
from tests.desk_pages.test_editing import fields
from tests.desk_pages.test_files import with_photos
from tests.desk_pages.test_weighing import edited, weigh
from tests.journeys.desk.states_found import REFUSED, States
from tests.journeys.desk.street import CHILD
from tests.openid.lying import Lying
from tests.openid.office import NOOR, back, bind_up, join_up, led, session_of, signed_in

FILES: Final = "fotos"
WAITS: Final = "nog.iemand"  # who is invited as a reviewer, which takes two
SOUND: Final = "/opname"
MIB: Final = 1024 * 1024
UPLOADS: Final[Mapping[str, bytes]] = {
    "empty": b"", "kind": b"<html>", "heic": b"\0\0\0\x18ftypheic" + bytes(16), "cut off": jpeg()[:-2],
    "too large": large_jpeg(25 * MIB),
}  # fmt: skip


def with_files() -> bytes:
    """A form that asks for two photos and a sound."""
    form = json.loads(with_photos())
    form["schema"]["properties"]["opname"] = {"type": "string", "maxLength": 64}
    form["fields"][SOUND] = {**form["fields"]["/brief"], "label": {"nl": "Geluid", "en": "Sound"}, "widget": "sound"}
    form["layout"][0]["fields"].append(SOUND)
    form["title"] = {"nl": "Foto's en geluid", "en": "Photos and sound"}
    return json.dumps(form).encode()


def with_a_record(office: DeskOffice) -> str:
    """The address of a record of that form."""
    office.server.publish(with_files())
    record = office.one.create(FILES, 1, {"/case_ref": "ABCD-5555"})
    office.sync()
    office.dump()
    return f"/record/{record.hex()}"


class Uploads:
    """Files at the page of a section, each as a browser sends it."""

    def __init__(self, browser: Browser, at: str) -> None:
        self.browser, self.edit = browser, f"{at}/edit/0"

    def names(self) -> list[str]:
        """The fields for files, in their order: two photos and a sound."""
        return re.findall(r'type="file" id="\w+" name="([^"]+)"', self.browser.get(self.edit).text)

    def plain(self) -> dict[str, list[str]]:
        """All that is posted beside the files."""
        found = fields(self.browser.get(self.edit))
        return {name: value for name, value in found.items() if not name.endswith(".file")}

    def send(self, *files: tuple[int, bytes], plain: Mapping[str, Any] | None = None) -> Any:
        """The answer to a page with files at some of its questions."""
        names = self.names()
        chosen = [(names[place], ("bestand", data, "")) for place, data in files]
        return self.browser.post(self.edit, self.plain() if plain is None else plain, files=chosen)


async def _no_room(*_args: Any) -> int:
    raise StoreFull(store="attachments")


def brought(office: DeskOffice, language: str, states: States) -> None:
    """Add the page that takes files, with none and with some; and each thing that is wrong with one."""
    at, home = with_a_record(office), f"/m/{office.code}"
    lead = office.signed_in(Role.LEAD)
    lead.headers["accept-language"] = language
    uploads = Uploads(lead, at)

    def add(name: str, answer: Any) -> None:
        states.add(f"{REFUSED} {name} {answer.status_code}", f"{home}{uploads.edit}", answer, home, each=True)

    states.add("no-file", f"{home}{uploads.edit}", lead.get(uploads.edit), home)
    for name, data in UPLOADS.items():
        add(f"file {name}", uploads.send((0, data)))
    add("sound kind", uploads.send((2, jpeg())))
    add("files of three kinds", uploads.send((0, b""), (1, b"GIF89a"), (2, wav()[:-2])))
    add("two files for one", uploads.send((0, jpeg()), (0, jpeg())))
    add("files beyond a page", uploads.send((0, bytes(FILES_BYTES_MAX))))
    plain = uploads.plain()
    with patch.object(uploading, "append", _no_room):
        add("no room", uploads.send((0, jpeg())))
    assert 303 == uploads.send((0, jpeg()), (2, wav())).status_code
    add("overtaken", uploads.send((0, jpeg()), plain=plain))
    for way in ("", "/files", "/edit/0", "/course", "/print"):
        states.add("files", f"{home}{at}{way}", lead.get(f"{at}{way}"), home)
    names, plain = uploads.names(), uploads.plain()
    office.server.clock.ms += IDLE_MS
    ended = lead.post(uploads.edit, plain, files=[(names[1], ("bestand", jpeg(), ""))])
    states.add("signed-out", f"{home}{uploads.edit}", ended, home)


def confirmed(office: DeskOffice, language: str, states: States) -> None:
    """Add what asks once more, each with what is shown before it and what is refused."""
    home, lead = f"/m/{office.code}", office.signed_in(Role.LEAD)
    lead.headers["accept-language"] = language
    inside = {"/case_ref": "ABCD-6666", "/toegang": "binnen", CHILD: {}, f"{CHILD}/kind_ref": "KIND-6666"}
    record = office.shared("huisbezoek", inside)
    office.dump()
    at = f"/record/{record.hex()}"
    page = lead.get(at)
    seen = {"read_at": fields(page)["read_at"][0]}
    item = {**seen, "do": "remove", "item": CHILD.rpartition("/")[2]}
    before = page.text.partition(f'value="{item["item"]}"')[0]
    repeat = re.findall(rf'action="{home}{at}(/items/[0-9]+)"', before)[-1]
    for way, posted in (
        ("/delete", seen), ("/delete", {**seen, "sure": "yes", "reason": ""}), (repeat, item),
        ("/withdraw", {"worker": "werker-twee"}),
    ):  # fmt: skip
        answer = lead.post(f"{at}{way}", posted)
        assert "<form" in answer.text, (way, answer.status_code)
        states.add("confirm", f"{home}{at}{way}", answer, home, each=True)
    _two_readers(office, lead, states)
    _for_a_reason(office, record.hex(), language, states)
    _invited(office, language, states)
    _codes(office, language, states)


def _two_readers(office: DeskOffice, lead: Browser, states: States) -> None:
    """An answer that was settled and is lowered by two, at its decision and at an edit."""
    home, dutch = lead.home, office.signed_in(Role.LEAD)  # who weighs reads the choices in Dutch
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    assert 303 == weigh(dutch, id_, "Nee")
    for browser in (lead, office.signed_in(staff=OTHER_LEAD)):
        browser.headers["accept-language"] = lead.headers["accept-language"]
        states.add("proposed", f"{home}/conflicts/{id_}", browser.get(f"/conflicts/{id_}"), home, each=True)
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    assert 303 == weigh(dutch, id_, "Twijfel", "")
    office.dump()
    for reason in (None, "Toch rustig."):
        answer = edited(lead, record, "geen", reason)
        states.add("lowered", f"{home}/record/{record.hex()}/edit/0", answer, home, each=True)


def _for_a_reason(office: DeskOffice, record: str, language: str, states: States) -> None:
    privacy = office.signed_in(Role.PRIVACY)
    privacy.headers["accept-language"] = language
    answer = privacy.post("/reason", {"record": record, "reason": "Verzoek om inzage van een ouder."})
    path = answer.headers["location"]
    states.add("reading", path, privacy.get(path.removeprefix(privacy.home)), privacy.home)


def _invited(office: DeskOffice, language: str, states: States) -> None:
    admin = office.signed_in(Role.ADMIN)
    admin.headers["accept-language"] = language
    answer = admin.post("/devices/invite", {"worker": "nieuwe.werker"})
    assert 200 == answer.status_code, answer.text
    states.add("invitation", f"{admin.home}/devices/invite", answer, admin.home)


def _codes(office: DeskOffice, language: str, states: States) -> None:
    """A new code for the safe, shown once to the second person; and what is confirmed with the factors again."""
    admin, other = office.signed_in(Role.ADMIN), office.signed_in(Role.PRIVACY)
    other.headers["accept-language"] = language
    admin.post("/keyslots/recovery", {"label": "kluis"})
    (found,) = [one for one in four_eyes.waiting(office.server.municipality) if one.kind == four_eyes.RECOVERY]
    way = f"/proposals/{found.id}/agree"
    states.add("code", f"{other.home}{way}", other.post(way), other.home)


def ready(office: DeskOffice, language: str, states: States) -> None:
    """Add the page of somebody whose only roles wait for a second person."""
    office.hire(WAITS)
    browser = office.signed_in(staff=WAITS)
    browser.headers["accept-language"] = language
    answer = browser.get("/today")
    states.add(f"ready {answer.status_code}", f"{browser.home}/today", answer, browser.home)


def given_back(office: DeskOffice, language: str, states: States) -> None:
    """Add the page that gives back what was typed when a factor was asked for."""
    key, lead = Key(office), office.signed_in(Role.LEAD)
    lead.headers["accept-language"] = language
    kept = {PATH: f"{lead.home}/tasks", NAME: "text", VALUE: "Een tekst van vroeger"}
    shown = {**key.shown(), "next": f"{lead.home}/today", **kept}
    for wrong in ("geheim woord", shown["password"]):
        answer = lead.post("/confirm", shown | {"password": wrong})
        states.add(f"confirm {answer.status_code}", f"{lead.home}/confirm", answer, lead.home, each=True)


def own_sign_in(office: DeskOffice, language: str, states: States) -> None:
    """Add the pages of an own sign-in: its door, the way back, what is refused, and the end."""
    home, lying = f"/m/{office.code}", Lying(office.server.clock.now_ms)
    visitor = office.visitor()
    visitor.headers["accept-language"] = language
    try:
        join_up(office, lying.issuer)
        bind_up(office, NOOR, lying.issuer, "s-noor")
        states.add("own", f"{home}/sign-in", visitor.get("/sign-in"), home)
        states.add("own", f"{home}/house/sign-in", _of(office, Role.ADMIN, language).get("/house/sign-in"), home)
        way = f"{home}/sign-in/openid/back"
        for name, claims in (("refused", {"aud": "een-ander"}), ("weak", {"acr": "een"}), ("on", {})):
            lying.claims = claims
            begun = led(visitor)
            answer = back(visitor, begun.cookie, lying.sent_back(begun.location, "s-noor"))
            states.add(f"own {name}", way, answer, home, each=True)
        lying.said = {"end_session_endpoint": f"{lying.issuer}/leave"}
        office.server.run(office.house.openid.providers.found(lying.issuer, anew=True))
        session_of(office, signed_in(office, lying)).post("/sign-out")
        states.add("own left", f"{home}/sign-in/openid/left", visitor.get("/sign-in/openid/left"), home)
        lying.raw["/token"] = (500, {}, b"")
        states.add("own away", way, signed_in(office, lying), home, each=True)
    finally:
        lying.close()


def emergency(office: DeskOffice, language: str, states: States) -> None:
    """Add the page on which somebody goes on with a reason, since nobody who could agree answered for a week."""
    town, security = office.server.municipality, name_of(Role.SECURITY)
    gone = town.people.person(name_of(Role.PRIVACY))
    assert gone is not None
    office.server.run(town.submit(lambda: town.people.keep(replace(gone, state=BLOCKED))))
    Key(office, security)
    way = f"/people/{handle_of(town.code, security)}/reset"
    for _ in range(2):
        admin = _of(office, Role.ADMIN, language)
        answer = admin.post(way)
        states.add(f"alone {answer.status_code}", f"{admin.home}{way}", answer, admin.home)
        office.server.clock.ms += four_eyes.SILENT_MS


def _of(office: DeskOffice, role: str, language: str) -> Browser:
    browser = office.signed_in(role)
    browser.headers["accept-language"] = language
    return browser
