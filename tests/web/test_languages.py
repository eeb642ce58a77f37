"""A refusal speaks the language that the request accepts, on every way that a refusal can take."""

from typing import Any

import pytest
from litestar.testing import TestClient

Client = TestClient[Any]
WAYS = {
    "the quick way of an exchange": ("POST", "/api/v1/GM9901/sync", {"content-type": "application/msgpack"}),
    "a route": ("GET", "/api/v1/GM9901/forms/dossier/versions/1", {}),
    "an attachment's": ("HEAD", "/api/v1/GM9901/attachments/x", {"Tus-Resumable": "1.0.0"}),
    "the framework's": ("GET", "/nowhere", {}),
    "beside the API's description": ("GET", "/api/v1/nowhere", {}),
    "above it": ("GET", "/api/v1", {}),
    "the shell's": ("GET", "/api/v1/GM9901/", {}),
}
TITLES = {
    "en": {401: "Unauthorized", 404: "Not Found"},
    "nl": {401: "Niet ondertekend", 404: "Niet gevonden"},
}


@pytest.mark.parametrize("accepted", ["nl", "nl-NL,nl;q=0.9,en;q=0.5", "en", "", "fr", "\xff\xfe", "nl;q=x"])
@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_in_the_language_that_was_asked_for(client: Client, way: str, accepted: str) -> None:
    method, path, headers = WAYS[way]
    asked: Any = {**headers, "Accept-Language": accepted.encode("latin-1")}
    answer = client.request(method, path, headers=asked, content=b"x" if method == "POST" else None)
    language = "nl" if accepted.startswith("nl") and "=x" not in accepted else "en"
    assert language == answer.headers["content-language"]
    assert "Accept-Language" == answer.headers["vary"]
    if method != "HEAD":
        body = answer.json()
        assert TITLES[language][answer.status_code] == body["title"]
        assert body["code"] in ("device-unknown", "not-found")
        assert ("apparaat" in body["detail"] or "Hier is niets." == body["detail"]) == (language == "nl")
        assert body["remedy"]
