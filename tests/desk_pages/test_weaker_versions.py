"""A version that protects answers less is not published by one admin alone (forms/SPEC.md section 12.6)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk.rights import Role
from tests.desk_pages.office import Browser, DeskOffice
from tests.desk_pages.test_forms import SAID, draft_in, mend
from tests.forms.versions.forms_made import raw
from tests.forms.versions.test_weakening import SECRET, kept, made

S4 = {"sensitivity": "S4"}
PARENTS = kept(["parents"])
COPY = {"/deel": ("geheim", "S0")}
WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "confidential": (made(parts={"/geheim": PARENTS}), made(2, {"/geheim": {"sensitivity": "S2"}})),
    "withif": (
        made(parts={"/geheim": PARENTS}), made(2, {"/geheim": kept(["parents"], **{"if": 'soort == "a"'})}),
    ),
    "computedclass": (
        made(parts={"/geheim": S4}, computed={"/deel": ("geheim", "S4")}), made(2, {"/geheim": S4}, COPY),
    ),
    "computed-copy": (SECRET, made(2, {"/geheim": S4}, COPY)),
}  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    desk = DeskOffice(tmp_path, "dossier")
    yield desk
    desk.close()


def offered(browser: Browser, form: dict[str, Any]) -> tuple[str, str]:
    """Where publishing leads, and what the draft said before it."""
    draft = draft_in(browser, json.dumps(form).encode(), "proef.json")
    page = browser.get(f"/forms/drafts/{draft}").text
    return str(mend(browser, draft, "publish", **SAID).headers.get("location")), page


@pytest.mark.parametrize("way", WAYS)
def test_an_admin_alone_publishes_no_version_that_protects_less(office: DeskOffice, way: str) -> None:
    before, after = WAYS[way]
    office.server.publish(raw(before))
    admin = office.signed_in(Role.ADMIN)
    location, page = offered(admin, after)
    assert location.endswith("/forms/waiting/proef")
    assert 1 == len(office.server.municipality.published.versions("proef"))
    waiting = admin.get("/forms/waiting/proef").text
    assert "Minder beschermd: " in page and "Minder beschermd: " in waiting


def test_what_is_kept_from_parents_stays_out_of_their_export_until_a_second_person_agrees(office: DeskOffice) -> None:
    office.server.publish(raw(made(parts={"/geheim": PARENTS})))
    office.shared("proef", {"/geheim": "NIETVOOROUDERS", "/wens": "x"})
    office.dump()

    def seen() -> str:
        office.dump()
        rows = office.ask("export", form="proef", reader="parents", reason="om te zien wat er staat")
        return json.dumps(rows, default=str)

    assert "NIETVOOROUDERS" not in seen()
    offered(office.signed_in(Role.ADMIN), made(2, {"/geheim": {"sensitivity": "S2"}}))
    assert "NIETVOOROUDERS" not in seen()
