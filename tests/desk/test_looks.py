"""The theme of a municipality as staff put it on: refused whole or kept, with a line in the audit, served to all."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from backend.clock import WallClock
from backend.municipality import themes
from backend.municipality.registry import Municipalities
from backend.municipality.themes import ThemeRefused
from backend.web import field
from backend.web.app import create_app
from tests.desk.office import Office
from tests.fleet.world import Server
from tests.web.test_field import FILES

GREEN = {"huis": {"groen": {"$value": "#1f5c2e"}}, "basis-color-action-1-color-default": {"$value": "{huis.groen}"}}
SHEET = ":root{--basis-color-action-1-color-default:light-dark(#1f5c2e,#9ed2f0)}\n"
FAINT = {"basis-color-action-1-color-default": {"$value": "#f0c040"}}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


def sent(document: Any) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def acts(office: Office) -> list[tuple[str, str]]:
    lines = office.server.municipality.journal.audit_lines(None, -1)
    return [(line.act, line.detail) for line in lines if line.act.endswith("-theme")]


def test_a_theme_is_kept_with_a_line_in_the_audit(office: Office) -> None:
    rows = office.ask("theme-set", light=sent(GREEN))
    assert [{"set": 1, "left_out": 1}] == [row for row in rows if "warning" not in row]
    assert (SHEET, [("set-theme", "1")]) == (office.server.municipality.theme.css(), acts(office))


def test_it_is_there_again_when_the_server_starts(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.run(themes.put_on(server.municipality, json.dumps(GREEN).encode(), None, "anna"))
    server.stop()
    server.start()
    assert SHEET == server.municipality.theme.css()
    server.stop()


def test_a_theme_that_cannot_be_read_is_refused_whole_and_the_one_before_stays(office: Office) -> None:
    office.ask("theme-set", light=sent(GREEN))
    rows: list[dict[str, Any]] = []
    with pytest.raises(ThemeRefused) as refused:
        office.ask("theme-set", rows, light=sent({**GREEN, **FAINT}))
    found = [row["finding"]["en"] for row in rows]
    assert "On basis-color-default-bg-document this colour has a contrast of 1.7 in light; it needs 4.5." == found[0]
    assert refused.value.facts["count"] == len(found)
    assert (SHEET, 1) == (office.server.municipality.theme.css(), len(acts(office)))


def test_dark_is_a_second_document(office: Office) -> None:
    office.ask("theme-set", light=sent(GREEN), dark=sent({"basis-color-action-1-color-default": {"$value": "#a7d8b4"}}))
    assert "light-dark(#1f5c2e,#a7d8b4)" in office.server.municipality.theme.css()
    with pytest.raises(ThemeRefused):
        office.ask("theme-set", light=sent(GREEN), dark=sent(GREEN))


def test_what_is_shown_says_which_tokens_are_the_municipalitys_own(office: Office) -> None:
    office.ask("theme-set", light=sent(GREEN))
    shown = {row.pop("token"): row for row in office.ask("theme-show")}
    assert {"light": "#1f5c2e", "dark": "#9ed2f0", "own": True} == shown["basis-color-action-1-color-default"]
    assert {"value": "0.625rem", "own": False} == shown["basis-border-radius-md"]
    assert ["basis-color-action-1-color-default"] == [name for name, row in shown.items() if row["own"]]


def test_taking_it_off_leaves_ours_and_a_line(office: Office) -> None:
    office.ask("theme-set", light=sent(GREEN))
    office.ask("theme-reset")
    assert ("", [("reset-theme", ""), ("set-theme", "1")]) == (office.server.municipality.theme.css(), acts(office))


def test_it_is_served_to_anybody_and_asked_for_again(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in FILES.items():
        (tmp_path / "served" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "served" / name).write_text(text)
    monkeypatch.setattr(field.FieldApp.__init__, "__defaults__", (tmp_path / "served",))
    town = office.server.municipality
    towns = Municipalities(tmp_path / "data", tmp_path / "keys", WallClock())
    towns.add(town)
    with TestClient(create_app(towns, WallClock())) as client:
        ours = client.get(f"/field/theme/{town.code}.css")
        assert (200, "", "text/css; charset=utf-8") == (ours.status_code, ours.text, ours.headers["content-type"])
        office.ask("theme-set", light=sent(GREEN))
        theirs = client.get(f"/field/theme/{town.code}.css")
        assert (SHEET, "no-cache") == (theirs.text, theirs.headers["cache-control"])
        assert "set-cookie" not in theirs.headers and theirs.headers["etag"] != ours.headers["etag"]
        held = client.get(f"/field/theme/{town.code}.css", headers={"if-none-match": theirs.headers["etag"]})
        assert 304 == held.status_code
        for other in ("GM9999.css", "../app.css", f"{town.code}.json", f"{town.code}/x.css", ".css"):
            assert 404 == client.get(f"/field/theme/{other}").status_code
        assert 405 == client.post(f"/field/theme/{town.code}.css").status_code
