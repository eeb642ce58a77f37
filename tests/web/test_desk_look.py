"""The desk's sheet and scripts: how large they are, how they are served, and what pages have without them."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from backend.clock import WallClock
from backend.municipality.registry import Municipalities
from backend.web.app import create_app
from backend.web.desk import look as desk_look
from backend.web.desk.look import FOLDER, HTMX, Look, look, made

ROOT = Path(__file__).parents[2]
SHEET_BYTES_MAX = 20 * 1024  # compressed as by a server that knows gzip alone
ALL_BYTES_MAX = 40 * 1024
TOKENS = (ROOT / "backend/web/desk/assets/tokens.css").read_text()
built = pytest.mark.skipif(not (FOLDER / "desk.css").is_file(), reason="field/set-up.sh had no Node")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    towns = Municipalities(tmp_path / "data", tmp_path / "keys", WallClock())
    with TestClient(create_app(towns, WallClock())) as client:
        yield client


@built
def test_sheet_and_scripts_are_small() -> None:
    sizes = {address: len(gzip.compress(file.plain, 9)) for address, file in look().files.items()}
    assert 3 == len(sizes) and sizes[look().sheet] <= SHEET_BYTES_MAX
    assert sum(sizes.values()) <= ALL_BYTES_MAX


def test_the_sheet_fetches_nothing_and_has_nothing_of_elsewhere() -> None:
    sheet = look().files[look().sheet].plain.decode()
    assert [] == re.findall(r"url\(|@import|https?:|expression\(", sheet)


def test_a_file_is_kept_for_good_and_named_by_what_is_in_it(client: TestClient[Litestar], tmp_path: Path) -> None:
    found = client.get(look().sheet, headers={"Accept-Encoding": "identity"})
    assert (200, "text/css; charset=utf-8") == (found.status_code, found.headers["content-type"])
    assert ["public, max-age=31536000, immutable"] == found.headers.get_list("cache-control")
    assert "set-cookie" not in found.headers and "nosniff" == found.headers["x-content-type-options"]
    assert look().files[look().sheet].plain == found.content
    (tmp_path / "desk.css").write_text("p { margin: 0 }")
    first = made(tmp_path)
    (tmp_path / "desk.css").write_text("p { margin: 1px }")
    assert first.sheet != made(tmp_path).sheet


@pytest.mark.parametrize("accepted", ["br", "gzip", "identity"])
def test_each_form_is_the_same_file(client: TestClient[Litestar], accepted: str) -> None:
    known = client.get(look().sheet).headers["etag"]
    found = client.get(look().sheet, headers={"Accept-Encoding": accepted})
    assert found.headers["etag"] == known and "accept-encoding" == found.headers["vary"]
    if accepted != "br":  # which the client here may not know
        assert look().files[look().sheet].plain == found.content


def test_one_that_is_known_is_not_sent_again(client: TestClient[Litestar]) -> None:
    known = client.get(look().sheet).headers["etag"]
    again = client.get(look().sheet, headers={"If-None-Match": known})
    assert (304, b"") == (again.status_code, again.content)
    assert b"" == client.head(look().sheet).content


@pytest.mark.parametrize("path", ["/desk/", "/desk/desk.css", "/desk/desk.0123456789abcdef.css", "/desk/../desk.js"])
def test_nothing_else_stands_there(client: TestClient[Litestar], path: str) -> None:
    assert 404 == client.get(path).status_code
    assert client.post(look().sheet).status_code in (404, 405)


def test_without_the_build_pages_wear_our_own_sheet(tmp_path: Path) -> None:
    bare: Look = made(tmp_path / "nothing")
    (file,) = bare.files.values()
    assert () == bare.scripts and bare.sheet in bare.files
    assert TOKENS.encode() in file.plain and b"@media print" in file.plain


def test_colours_and_lengths_are_those_of_the_field_app() -> None:
    """A municipality's theme is checked against them once (forms/theme): what it leaves alone must be the same here."""
    tokens = json.loads((ROOT / "forms/theme/tokens.json").read_text())
    declared = dict(re.findall(r"--(basis-[a-z0-9-]+):\s*([^;]+);", TOKENS))
    expected = {name: f"light-dark({light}, {dark})" for name, (light, dark) in tokens["colours"].items()}
    expected |= {name: value for name, (value, *_) in (tokens["lengths"] | tokens["numbers"]).items()}
    expected |= tokens["families"]
    assert declared == {name: value for name, value in expected.items() if name in declared}
    assert set(tokens["colours"]) <= set(declared)


def test_htmx_runs_no_text_and_keeps_nothing() -> None:
    set_to = json.loads(HTMX)
    assert (False, False, True, 0) == (
        set_to["allowEval"], set_to["includeIndicatorStyles"], set_to["selfRequestsOnly"], set_to["historyCacheSize"]
    )  # fmt: skip


def test_what_set_up_makes_is_not_ours_to_keep() -> None:
    assert desk_look.FOLDER.relative_to(ROOT).as_posix() + "/" in (ROOT / ".gitignore").read_text().splitlines()
