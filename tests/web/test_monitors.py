"""Monitors ask with HEAD, and a proxy adds no header that the server sends already."""

import re
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from backend import demo
from backend.settings import Settings
from backend.web import pages
from tests.fleet.world import Server

ROOT = Path(__file__).parents[2]
Client = TestClient[Any]


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready", "/metrics"])
def test_a_monitor_was_answered_405(client: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "LOOPBACK", ("testclient",))
    asked, told = client.get(path), client.head(path)
    assert (200, b"") == (told.status_code, told.content)
    assert asked.headers["content-type"] == told.headers["content-type"]


def test_strangers_read_no_metrics(client: Client) -> None:
    """SECURITY.md promises them a name and a health word; how many families a town has is neither."""
    for answer in (client.get("/metrics"), client.head("/metrics")):
        assert 404 == answer.status_code and "GM9901" not in answer.text


def test_only_pages_are_asked_so(client: Client) -> None:
    assert 405 == client.post("/").status_code
    assert 404 == client.head("/nergens").status_code


def test_the_proxy_of_the_example_sends_no_header_twice(client: Client) -> None:
    proxy = (ROOT / "docs" / "nginx.conf").read_text()
    added = [name.lower() for name in re.findall(r"add_header (\S+)", proxy)]
    hidden = [name.lower().rstrip(";") for name in re.findall(r"proxy_hide_header (\S+)", proxy)]
    assert added and {name for name in added if name in client.get("/").headers} <= set(hidden)


def test_cleaning_up_takes_no_answers_and_no_keys() -> None:
    """`make clean` removed var, where a server on the defaults keeps both."""
    recipes = re.split(r"\n(?=\S)", (ROOT / "Makefile").read_text())
    [clean] = [recipe for recipe in recipes if recipe.startswith("clean:")]
    assert "rm -rf" in clean and not re.search(r"\bvar\b", clean)
    [forget] = [recipe for recipe in recipes if recipe.startswith("forget-demo:")]
    assert all("GM990" in word or "demo" in word for word in forget.split() if word.startswith("var/"))


def test_the_age_of_the_last_whole_backup_is_shown(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOPBACK", ("testclient",))
    town, clock = server.municipality, server.clock
    assert 'veldpost_backup_age_seconds{municipality="GM9901"} +Inf' in client.get("/metrics").text
    assert "Er is nog nooit een hele back-up gemaakt." in client.get("/?lang=nl").text
    server.run(town.health.note_backup(clock.now_ms() - 3 * 3_600_000))
    assert 'veldpost_backup_age_seconds{municipality="GM9901"} 10800.0' in client.get("/metrics").text
    page = client.get("/?lang=en").text
    assert "3 hours ago" in page and "more than a day" not in page
    server.run(town.health.note_backup(clock.now_ms() - 27 * 3_600_000))
    assert "more than a day" in client.get("/?lang=en").text
    assert town.health.counts()["backed_up_ms"] == int(town.journal.meta("backed-up") or 0)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_a_demonstration_is_not_shown_to_strangers_by_mistake(tmp_path: Path, host: str) -> None:
    """How to sign in stands on its screen: it listened to a whole network and said nothing."""
    settings = Settings(tmp_path / "data", tmp_path / "keys", host, 1, "error")
    with pytest.raises(demo.DemoReachable):
        demo.start(settings, lambda *_: None, lambda: 0)
    assert not (tmp_path / "data").exists()
