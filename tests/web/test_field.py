"""The field app's files: what is served, under which headers, and what is not."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from backend.clock import WallClock
from backend.municipality.registry import Municipalities
from backend.web import field
from backend.web.app import create_app

FILES = {
    "index.html": '<link href="/field/v/{version}/vendor/preact.js"><script src="/field/v/{version}/app/main.js">',
    "sw.js.txt": 'const VERSION = "{version}"; const FILES = {files};',
    "manifest.webmanifest": "{}",
    "icon.svg": "<svg/>",
    "icon-180.png": "a picture",
    "app.css": "main { margin: 0 }",
    "worker.js": "onmessage = null;",
    "app/main.js": "export const words = 'een twee drie';",
    "vendor/preact.js": "export const h = 1;",
}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Litestar]]:
    for name, text in {**FILES, "vendor/preact.js.br": "packed by the build"}.items():
        (tmp_path / "served" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "served" / name).write_text(text)
    monkeypatch.setattr(field.FieldApp.__init__, "__defaults__", (tmp_path / "served",))
    towns = Municipalities(tmp_path / "data", tmp_path / "keys", WallClock())
    with TestClient(create_app(towns, WallClock())) as client:
        yield client


def test_the_page_names_its_version_and_everything_stands_below_it(client: TestClient[Litestar]) -> None:
    page = client.get("/field/")
    version = re.findall(r"/field/v/([0-9a-f]{16})/app/main.js", page.text)[0]
    script = client.get(f"/field/v/{version}/app/main.js")
    assert (200, FILES["app/main.js"]) == (script.status_code, script.text)
    assert ["public, max-age=31536000, immutable"] == script.headers.get_list("cache-control")
    assert "content-security-policy" not in script.headers and "nosniff" == script.headers["x-content-type-options"]
    assert "immutable" in script.headers["cache-control"] and "no-cache" == page.headers["cache-control"]
    assert f"/field/v/{version}/vendor/preact.js" in page.text
    worker = client.get("/field/sw.js").text
    listed = json.loads(worker.partition("const FILES = ")[2].rstrip(";"))
    assert f'"{version}"' in worker and {"/field/", f"/field/v/{version}/app.css"} <= set(listed)
    assert all(200 == client.get(path).status_code for path in listed)


def test_the_icons_stand_where_a_home_screen_looks_for_them(client: TestClient[Litestar]) -> None:
    for name, kind in (("icon.svg", "image/svg+xml"), ("icon-180.png", "image/png")):
        icon = client.get(f"/field/{name}")
        assert (200, FILES[name], kind) == (icon.status_code, icon.text, icon.headers["content-type"])


def test_its_policy_lets_nothing_in_but_its_own_files(client: TestClient[Litestar]) -> None:
    page = client.get("/field/")
    policy = page.headers["content-security-policy"]
    assert 1 == len(page.headers.get_list("content-security-policy"))
    assert "default-src 'none'" in policy and "require-trusted-types-for 'script'" in policy
    assert "unsafe-inline" not in policy and "unsafe-eval'" not in policy.replace("wasm-unsafe-eval'", "")
    assert "sha256-" not in policy and "worker-src 'self'" in policy
    assert "style-src 'self'" in client.get("/").headers["content-security-policy"]  # other pages keep their own


def test_the_worker_that_is_given_keys_reaches_no_server(client: TestClient[Litestar]) -> None:
    """Its policy is its own: a worker does not run under that of the page that starts it."""
    path = next(path for path in re.findall(r"/field/v/[0-9a-f]{16}/worker.js", client.get("/field/sw.js").text))
    said = dict(
        part.strip().partition(" ")[::2] for part in client.get(path).headers["content-security-policy"].split(";")
    )
    assert {
        "default-src": "'none'",
        "script-src": "'self' 'wasm-unsafe-eval'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    } == said  # connect-src is what default-src says


def test_what_is_held_already_is_not_sent_again_and_what_is_sent_is_short(client: TestClient[Litestar]) -> None:
    page = client.get("/field/", headers={"accept-encoding": "gzip"})
    assert "gzip" == page.headers["content-encoding"]
    assert 304 == client.get("/field/", headers={"if-none-match": page.headers["etag"]}).status_code
    plain = client.get("/field/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.text == page.text


def test_brotli_goes_to_who_accepts_it_where_the_build_made_it(client: TestClient[Litestar]) -> None:
    listed = client.get("/field/sw.js").text
    path = re.findall(r"/field/v/[0-9a-f]{16}/vendor/preact.js", listed)[0]
    for accepted, encoding in {"gzip, deflate, br": "br", "gzip": "gzip", "deflate": None}.items():
        with client.stream("GET", path, headers={"accept-encoding": accepted}) as answer:
            assert encoding == answer.headers.get("content-encoding")
            if encoding == "br":
                assert b"packed by the build" == b"".join(answer.iter_raw())
    assert ".br" not in listed and 404 == client.get(f"{path}.br").status_code


@pytest.mark.parametrize(
    "path", ["/field/none.js", "/field/../pyproject.toml", "/field/v/x/app/main.js", "/field/sw.js.txt"]
)
def test_nothing_else_is_served(client: TestClient[Litestar], path: str) -> None:
    answer = client.get(path)
    assert (404, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_missing_slash_is_added_and_other_methods_are_refused(client: TestClient[Litestar]) -> None:
    assert (308, "/field/") == (
        (answer := client.get("/field", follow_redirects=False)).status_code,
        answer.headers["location"],
    )
    assert 405 == client.post("/field/").status_code
    assert b"" == client.head("/field/").content


def test_without_its_files_there_is_no_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(field.FieldApp.__init__, "__defaults__", (tmp_path / "served",))
    towns = Municipalities(tmp_path / "data", tmp_path / "keys", WallClock())
    with TestClient(create_app(towns, WallClock())) as client:
        assert [404] * 2 == [client.get(path).status_code for path in ("/field/", "/field")]
