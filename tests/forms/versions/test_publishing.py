"""What publishing says of a draft that is not there yet (SPEC.md 12.1)."""

from typing import Any

from forms.versions.publishing import examined
from tests.forms.versions.forms_made import document, raw


def codes(draft: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in examined(raw(draft)).findings]


def test_a_draft_that_only_lacks_members_hears_at_once_what_cannot_stay() -> None:
    draft = document({"/nationaliteit": "boolean"})
    del draft["retention"]
    assert [("missing-member", ""), ("P02", "/nationaliteit")] == codes({**draft, "purpose": "TODO"})


def test_a_draft_of_another_shape_hears_of_that_alone() -> None:
    draft = {**document({"/nationaliteit": "text"}), "layout": 1}
    assert [("wrong-member", "/layout")] == codes(draft)


def test_a_draft_without_words_hears_only_what_it_lacks() -> None:
    draft = document({"/nationaliteit": "boolean"})
    del draft["title"]
    assert [("missing-member", "")] == codes(draft)
