"""schemathesis over the API's description: no request makes the server fail, as any role or as a device that signs.

The description names the addresses; what their forms ask is found on the pages. Half of what is sent is right: an id,
a field and a value that a page of this desk has; the other half is whatever else fits the description, or does not.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from backend.desk.rights import Role
from backend.desk.sessions import csrf_of
from backend.device.syncing import Sync
from backend.device.transport import signed_headers
from backend.web.desk.asked import BROUGHT
from tests.desk_pages.office import DeskOffice, name_of
from tests.desk_pages.pictures import jpeg, m4a, png, wav, webp
from tests.desk_pages.test_files import with_photos
from tests.desk_pages.test_forms import SURVEY, draft_in
from tests.desk_pages.walker import Page, pattern_of, reached
from tests.fleet.world import LocalTransport
from tests.forms.interchange.tables import made

FORM: Final = "application/x-www-form-urlencoded"
EXAMPLES: Final = 3  # of each operation; `make soak-desk` tries many
SOAK_EXAMPLES: Final = 100
CONTROLS: Final = dict.fromkeys((*range(32), 127), ".")  # no client sends them in a header
WAYS: Final = (GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
VALUES_MAX: Final = 12  # of what pages offer for one field


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made_ = DeskOffice(Path(tmp_path_factory.mktemp("fuzzed")), "dossier", "huisbezoek", "traject", "signaal")
    for number in range(3):
        record = made_.shared("huisbezoek", {"/case_ref": f"ABCD-234{number}", "/toegang": "binnen"})
        made_.parallel(record, "huisbezoek", {"/zorg": "geen"}, {"/zorg": "ja", "/toegang": "aan_de_deur"})
    made_.one.create("signaal", 1, {"/acuut": "nee"})
    made_.server.publish(with_photos())
    made_.one.create("fotos", 1, {"/case_ref": "ABCD-2347"})
    made_.sync()
    made_.dump()
    draft_in(made_.signed_in(Role.ADMIN), made(SURVEY))
    yield made_
    made_.close()


@pytest.fixture(scope="module")
def described(office: DeskOffice) -> dict[str, Any]:
    """The description, with the ids and fields that the pages of this desk have."""
    document: dict[str, Any] = office.visitor().ask("GET", "/api/v1/openapi.json").json()
    for name in ("application/msgpack", "application/offset+octet-stream"):
        schemathesis.serializer(name)(lambda _context, value: value)
    addresses, forms, queries = reached(office)
    forms |= with_files(office)
    known = {path for found in addresses.values() for path in found} | forms.keys()
    for path, operations in document["paths"].items():
        here = [found for one in known if (found := pattern_of(path).match(one))]
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                name = parameter["name"]
                values = {found[name] for found in here if name in found.groupdict()} | queries.get(name, set())
                if name in ("code", "municipality"):
                    values = {office.code}
                parameter["schema"] = _one_of(values)
            if method == "get" and operation.get("tags") == ["desk"]:
                named = {one["name"] for one in operation.get("parameters", [])}
                operation["parameters"] = operation.get("parameters", []) + [
                    {"name": name, "in": "query", "schema": _one_of(values), "required": False}
                    for name, values in queries.items() if name not in named
                ]  # fmt: skip
            elif operation.get("tags") == ["desk"]:
                fields: dict[str, set[str]] = {}
                for found in here:
                    for name, values in forms.get(found.string, {}).items():
                        fields.setdefault(name, set()).update(values)
                properties = {name: _one_of(values) for name, values in fields.items() if name != "csrf"}
                body = {"type": "object", "properties": properties, "additionalProperties": False}
                operation["requestBody"] = {"content": {FORM: {"schema": body}}, "required": True}
    return document


def with_files(office: DeskOffice) -> dict[str, dict[str, set[str]]]:
    """The form of a page that takes files, to which the walk of a few alike does not come."""
    (row,) = office.find("select record from _record where form = 'fotos'")
    edit = f"/m/{office.code}/record/{row['record']}/edit/0"
    (form,) = [one for one in Page(office.signed_in().ask("GET", edit).text).forms if one.action == edit]
    assert any(name.endswith(BROUGHT) for name in form.fields)
    return {edit: form.fields}


def _one_of(values: set[str]) -> dict[str, Any]:
    some = sorted(values)[:VALUES_MAX]
    return {"type": "string", "enum": some} if some else {"type": "string"}


def operations(document: dict[str, Any], tag: str) -> list[Any]:
    """The operations of a tag."""
    found: list[Any] = [*schemathesis.openapi.from_dict(document).get_all_operations()]
    return [one.ok() for one in found if (one.ok().tags or []) == [tag]]


def text(value: Any) -> str:
    """What a field carries, as a browser can send it."""
    return str(value).encode("utf-8", "replace").decode()


def file_of(value: str) -> bytes:
    """A file in place of a text: whole, cut off, or of the bytes of the text itself."""
    made = (jpeg(), png(), webp(), wav(), m4a(), jpeg()[:-9], m4a()[:-9], value.encode())
    return made[crc32(value.encode()) % len(made)]


class Desk:
    """Asks as somebody of a role, or as a device that signs; keeps each request at which the server failed."""

    def __init__(self, office: DeskOffice) -> None:
        self.office = office
        self.vault = office.server.municipality.custody.vault
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []

    def as_role(self, case: Any, role: str) -> None:
        """Ask in a session of its own; what locks is undone after it."""
        case.path_parameters["code"] = self.office.code
        browser = self.office.signed_in(role) if role else self.office.visitor()
        query = {name: text(value) for name, value in (case.query or {}).items()}
        fields = {name: text(value) for name, value in case.body.items()} if isinstance(case.body, dict) else {}
        if case.method == "POST" and role:
            fields["csrf"] = csrf_of(browser.id)
        files = {name: ("bestand", file_of(fields.pop(name)), "") for name in [*fields] if name.endswith(BROUGHT)}
        more: dict[str, Any] = {"data": fields} | ({"files": files} if files else {}) if case.method == "POST" else {}
        answer = browser.ask(case.method, case.formatted_path, params=query, **more)
        self._told(answer.status_code, f"{role or 'nobody'}: {case.method} {case.formatted_path} {query} {fields}")
        if self.office.server.municipality.locked:
            self.office.server.municipality.keyring.unlock(self.vault)

    def as_device(self, case: Any, body: bytes) -> None:
        """Ask with the signature of a device over all that is sent."""
        case.path_parameters["municipality"] = self.office.code
        device, target = self.office.one, case.formatted_path
        signs = {"veldpost-device", "veldpost-time", "veldpost-signature"}
        plain = {
            name: text(value).encode("ascii", "replace").decode().translate(CONTROLS)
            for name, value in (case.headers or {}).items() if name.lower() not in signs
        }  # fmt: skip
        sent = body if case.method in ("POST", "PATCH") else b""
        if case.operation.body:
            plain["content-type"] = case.operation.body[0].media_type
        signed = signed_headers(
            device.id, device.signing, self.office.server.clock.now_ms(), case.method, target, sent, plain
        )
        answer = self.office.visitor().ask(case.method, target, content=sent, headers=signed)
        self._told(answer.status_code, f"device: {case.method} {target} {plain} {sent[:200]!r}")

    def _told(self, status: int, what: str) -> None:
        self.statuses[status] += 1
        if status >= 500:
            self.faults.append(f"{status} for {what}")

    def restore(self) -> None:
        """Give back what was taken from somebody before."""
        for role in Role:
            self.office.hire(name_of(role), role)


def tried(operation: Any, examples: int, beside: st.SearchStrategy[Any], work: Callable[[Any, Any], None]) -> None:
    """Do something with examples of an operation, as described and otherwise."""
    ways = [operation.as_strategy(generation_mode=way) for way in WAYS]

    @settings(max_examples=examples, phases=[Phase.generate], database=None, suppress_health_check=[*HealthCheck])
    @given(case=st.one_of(*ways), more=beside)
    def each(case: Any, more: Any) -> None:
        work(case, more)

    each()


def fuzz_desk(office: DeskOffice, document: dict[str, Any], examples: int) -> Desk:
    """Try every route of the desk as every role."""
    desk = Desk(office)
    for operation in operations(document, "desk"):
        desk.restore()
        tried(operation, examples, st.sampled_from(["", *Role]), desk.as_role)
    return desk


def fuzz_devices(office: DeskOffice, document: dict[str, Any], examples: int) -> Desk:
    """Try every route of devices, signed."""
    desk = Desk(office)
    message = request_of(office)
    bodies = st.binary(max_size=200) | st.integers(0, len(message)).map(lambda at: message[:at]) | st.builds(
        lambda at, byte: message[:at] + bytes([byte]) + message[at + 1 :],
        st.integers(0, len(message) - 1), st.integers(0, 255),
    )  # fmt: skip
    for operation in operations(document, "devices"):
        tried(operation, examples, bodies, desk.as_device)
    return desk


def request_of(office: DeskOffice) -> bytes:
    """A push as a device makes it, with an entry in it."""
    office.one.create("dossier", 1, {"/roepnaam": "Zandkasteel"})
    sent: list[bytes] = []

    class Listening(LocalTransport):
        def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
            sent.append(body)
            return super().post(path, body, headers)

    Sync(office.one, Listening(office.server)).run()
    return max(sent, key=len)


def test_no_request_of_the_desk_makes_the_server_fail(office: DeskOffice, described: dict[str, Any]) -> None:
    found = fuzz_desk(office, described, EXAMPLES)
    assert [] == found.faults
    assert {200, 303, 404, 422} <= found.statuses.keys(), found.statuses


def test_files_are_among_what_is_sent(office: DeskOffice, described: dict[str, Any]) -> None:
    path = "/m/{code}/record/{record}/edit/{section}"
    body = described["paths"][path]["post"]["requestBody"]["content"][FORM]["schema"]["properties"]
    assert [name for name in body if name.endswith(BROUGHT)]
    only = {**described, "paths": {path: {"post": described["paths"][path]["post"]}}}
    found = fuzz_desk(office, only, 60)
    assert [] == found.faults and 303 in found.statuses


def test_no_signed_request_of_a_device_makes_the_server_fail(office: DeskOffice, described: dict[str, Any]) -> None:
    found = fuzz_devices(office, described, EXAMPLES)
    assert [] == found.faults
    assert len(found.statuses) > 2, found.statuses


@pytest.mark.soak
def test_no_request_at_all_makes_the_server_fail(office: DeskOffice, described: dict[str, Any]) -> None:
    for found in (fuzz_desk(office, described, SOAK_EXAMPLES), fuzz_devices(office, described, SOAK_EXAMPLES)):
        assert [] == found.faults


def test_a_fault_that_is_planted_is_found(
    office: DeskOffice, described: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.web.desk.today.KINDS", None)
    only = {**described, "paths": {"/m/{code}/today": described["paths"]["/m/{code}/today"]}}
    assert fuzz_desk(office, only, 20).faults
