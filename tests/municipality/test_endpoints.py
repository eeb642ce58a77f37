"""What a device asks has one table: HTTP has a route for each row and no other, and gives the same bytes."""

import json
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from backend.device.device import Device
from backend.device.transport import signed_headers
from backend.errors import DeviceUnknown, FormUnknown
from backend.municipality.endpoints import ENDPOINTS, JSON, dispatch
from backend.municipality.registry import Municipalities
from backend.municipality.requests import Asked
from backend.web import devices
from backend.web.app import create_app
from forms.definition.library import first_raw
from tests.fleet.world import Server

FORM = "/api/v1/GM9901/forms/dossier/versions/1"


def asked(device: Device, target: str, method: str = "GET") -> Asked:
    signed = signed_headers(device.id, device.signing, device.clock.now_ms(), method, target, b"", {})
    return Asked(method, target, {name.lower(): value for name, value in signed.items()})


@pytest.fixture
def server(tmp_path: Path) -> Server:
    made = Server(tmp_path / "data")
    made.publish(first_raw("dossier"))
    return made


def test_http_has_a_route_for_each_endpoint_and_no_other() -> None:
    routes = set()
    for handler in devices.ROUTES:
        (path,) = handler.paths
        below = path.removeprefix("/{municipality:str}/").replace(":str", "").replace(":int", "")
        routes |= {(str(method), below) for method in handler.http_methods if method != "HEAD"}
    assert routes == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


def test_a_form_is_the_same_over_http_and_within_the_process(server: Server, tmp_path: Path) -> None:
    device = server.enrol(tmp_path / "a.db", "anna")
    request = asked(device, FORM)
    within = server.run(dispatch(server.municipality, request, b""))
    assert (200, JSON, "dossier") == (within.status, within.media, json.loads(within.body)["form"])
    towns = Municipalities(tmp_path / "data", tmp_path / "keys", server.clock)
    towns.add(server.municipality)
    client: TestClient[Any]
    with TestClient(create_app(towns, server.clock)) as client:
        answer = client.get(FORM, headers=dict(request.headers))
    assert (within.status, within.body, within.media) == (
        answer.status_code, answer.content, answer.headers["content-type"],
    )  # fmt: skip


def test_nobody_in_the_same_process_is_answered_unsigned(server: Server, tmp_path: Path) -> None:
    device = server.enrol(tmp_path / "a.db", "anna")
    with pytest.raises(DeviceUnknown):
        server.run(dispatch(server.municipality, Asked("GET", FORM, {}), b""))
    other = asked(device, FORM.replace("dossier", "signaal"))
    with pytest.raises(DeviceUnknown):
        server.run(dispatch(server.municipality, Asked("GET", FORM, other.headers), b""))
    with pytest.raises(FormUnknown):
        server.run(dispatch(server.municipality, other, b""))


def test_what_is_no_endpoint_is_a_mistake_of_ours(server: Server) -> None:
    for method, path in (("GET", "sync"), ("POST", "syncs"), ("POST", "sync?x=1"), ("POST", "forms/a/versions/1")):
        with pytest.raises(LookupError):
            server.run(dispatch(server.municipality, Asked(method, f"/api/v1/GM9901/{path}", {}), b""))
