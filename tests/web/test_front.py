"""The front of a server of several processes: which process a path belongs to, and what is said while one is away."""

import asyncio
import json
from typing import Any

import pytest

from backend.clock import WallClock
from backend.municipality.shares import ProcessAway, Shares
from backend.web.front import Front
from backend.web.shell import TooMuch

SHARES = Shares(3, {"GM9901": 1, "GM9902": 2, "GM9903": 3})


class Answer:
    def __init__(self) -> None:
        self.status, self.headers, self.body = 0, dict[bytes, bytes](), b""

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message["body"]


def asked(path: str, fault: Exception | None = None, **headers: str) -> tuple[list[str], Answer]:
    """Who got a request for a path, and what was answered."""
    got: list[str] = []

    def who(name: str) -> Any:
        async def road(_scope: Any, _receive: Any, _send: Any) -> None:
            got.append(name)
            if fault is not None:
                raise fault

        return road

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {"type": "http", "method": "GET", "path": path, "headers": named}
    answer, front = Answer(), Front(who("own"), SHARES, [who("1"), who("2"), who("3")], WallClock())

    async def receive() -> Any:
        raise AssertionError("the roads here read nothing")

    asyncio.run(front(scope, receive, answer.send))
    return got, answer


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/GM9901/sync", "1"), ("/api/v1/GM9902/attachments/ab", "2"), ("/m/GM9903", "3"), ("/m/GM9902/", "2"),
        ("/m/GM9903/record/GM9901/edit/0", "3"), ("/field/theme/GM9902.css", "2"), ("/m/GM9902/a\nb", "2"),
        ("/", "own"), ("/metrics", "own"), ("/health/ready", "own"), ("/process/tally", "own"), ("/process/", "own"),
        ("/field/", "1"), ("/nothing", "1"),
    ],
)  # fmt: skip
def test_a_path_belongs_to_the_process_of_its_municipality(path: str, name: str) -> None:
    assert [name] == asked(path)[0]


def test_a_process_that_is_away_is_said_to_a_device_with_when_to_come_again() -> None:
    _, answer = asked("/api/v1/GM9901/sync", ProcessAway(), accept_language="nl")
    said = json.loads(answer.body)
    assert (503, "process-away") == (answer.status, said["code"]) and "opnieuw gestart" in said["detail"]
    assert b"5" == answer.headers[b"retry-after"], "sooner than after any other 503"


@pytest.mark.parametrize(("language", "words"), [("nl", "opnieuw gestart"), ("en", "started again")])
def test_a_browser_at_the_desk_gets_a_page_of_it(language: str, words: str) -> None:
    _, answer = asked("/m/GM9901/today", ProcessAway(), accept="text/html", accept_language=language)
    assert (503, b"text/html;charset=utf-8") == (answer.status, answer.headers[b"content-type"])
    assert answer.body.startswith(b"<!doctype html>") and words in answer.body.decode()


def test_a_body_that_is_too_long_is_refused_as_by_one_process() -> None:
    _, answer = asked("/api/v1/GM9901/sync", TooMuch())
    assert (413, "too-large") == (answer.status, json.loads(answer.body)["code"])
