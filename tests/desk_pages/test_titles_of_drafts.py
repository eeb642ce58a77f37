"""The title of a draft that steers or turns what is read is shown written out, and not sent."""

from types import SimpleNamespace
from typing import Any

from backend.web.desk.form_drafts import title_of


def test_signs_that_steer_are_shown_in_a_title_and_not_sent() -> None:
    seat: Any = SimpleNamespace(language="nl")
    seen: Any = SimpleNamespace(document={"title": {"nl": "Wonen\x1b[2J\u202egroz\u200b\x9b"}})
    assert title_of(seat, seen) == r"Wonen\u001b[2J\u202egroz\u200b\u009b"
    seen.document["title"]["nl"] = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert title_of(seat, seen) == seen.document["title"]["nl"]
