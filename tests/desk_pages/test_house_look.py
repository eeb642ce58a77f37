"""The municipality's look on a page of the desk: what is brought, what is left out, and what a logo may never do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.desk.rights import Role
from forms.theme.logos import restored_logo
from tests.desk_pages.office import DeskOffice
from tests.forms.test_theme_sheets import ACT, INK, SVG, sheet


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("look")))
    yield made
    made.close()


def brought(office: DeskOffice, path: str, raw: bytes, **fields: str) -> tuple[int, str]:
    answer = office.signed_in(Role.ADMIN).post(path, fields, files={"file": ("bestand", raw)})
    return answer.status_code, answer.text


def test_a_theme_is_worn_by_the_pages_and_what_was_left_out_is_named(office: DeskOffice) -> None:
    status, page = brought(office, "/house/look", sheet(f"--{ACT}: #7a1c4a", f"--{INK}: #aaa", "--x: url(y)"))
    assert 200 == status and "1 token is overgenomen" in page
    assert all(words in page for words in ("weggelaten", "contrast van", INK))
    assert '<link rel="stylesheet" href="/field/theme/GM9901.css">' in office.visitor().get("/sign-in").text
    worn = office.visitor().ask("GET", "/field/theme/GM9901.css").text
    assert "#7a1c4a" in worn and "url" not in worn and "#aaaaaa" not in worn
    assert ("set-theme", "1") == (office.audit()[0].act, office.audit()[0].detail)
    before = office.server.municipality.theme
    status, page = brought(office, "/house/look", sheet("--x: url(y)"))
    assert 422 == status and before == office.server.municipality.theme
    assert 303 == office.signed_in(Role.ADMIN).post("/house/look/reset").status_code
    assert "/field/theme/" not in office.visitor().get("/sign-in").text


def test_a_logo_heads_the_pages_and_runs_nothing(office: DeskOffice) -> None:
    assert 404 == office.visitor().get("/logo").status_code
    drawing = SVG.format('<path d="M0 0h9v9z"/>').encode()
    assert 303 == brought(office, "/house/logo", drawing, alt='"><script>alert(1)</script>')[0]
    page = office.visitor().get("/sign-in").text
    assert '<img class="logo" src="/m/GM9901/logo" alt="&#34;&gt;&lt;script&gt;' in page
    found = office.visitor().get("/logo")
    assert (200, "image/svg+xml", drawing) == (found.status_code, found.headers["content-type"], found.content)
    policy = found.headers["content-security-policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "script" not in policy
    assert "nosniff" == found.headers["x-content-type-options"]
    status, page = brought(office, "/house/logo", SVG.format("<script>alert(1)</script>").encode())
    assert 422 == status and "script" in page and drawing == office.visitor().get("/logo").content
    assert 303 == office.signed_in(Role.ADMIN).post("/house/logo/remove").status_code
    assert 404 == office.visitor().get("/logo").status_code
    assert ["reset-logo", "set-logo"] == [line.act for line in office.audit() if line.act.endswith("-logo")]


def test_a_look_stays_over_a_restart_and_one_that_is_unsafe_does_not(office: DeskOffice) -> None:
    drawing = SVG.format("").encode()
    brought(office, "/house/logo", drawing, alt="Wapen")
    journal = office.server.municipality.journal
    kept = journal.meta("logo")
    assert kept is not None
    again = restored_logo(kept)
    assert again is not None and (drawing, "Wapen") == (again.raw, again.alt)
    assert restored_logo(kept.replace(b"viewBox", b"onclick")) is None
