"""What publishing says of a draft, and who answers for it (forms/SPEC.md section 12.1)."""

import json

import pytest

from forms.definition.library import SLUGS, shipped_raw
from forms.versions.publishing import LIBRARY, examined, who_answers
from tests.forms.versions.forms_made import document, raw

WARNED = document({"/geboren": "date"}) | {
    "lint": [{"rule": "P15", "at": "/geboren", "reason": "De proef rekent met hele datums."}]
}


def test_who_publishes_a_form_with_warnings_does_not_agree_with_them_too() -> None:
    assert who_answers(examined(raw(WARNED)), raw(WARNED), "anna") is None
    plain = raw(document({"/soort": "choice a"}))
    assert ("anna", "") == who_answers(examined(plain), plain, "anna")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_form_that_ships_was_put_forward_by_its_makers_only_as_it_ships(slug: str) -> None:
    shipped = shipped_raw(slug)
    verdict = examined(shipped)
    assert ((LIBRARY, "anna") if verdict.warnings else ("anna", "")) == who_answers(verdict, shipped, "anna")
    changed = raw(json.loads(shipped) | {"title": {"nl": "Anders", "en": "Other"}})
    assert (None if verdict.warnings else ("anna", "")) == who_answers(examined(changed), changed, "anna")


def test_a_version_gives_its_own_bytes_again() -> None:
    for slug in SLUGS:
        once = examined(shipped_raw(slug)).document
        assert once == examined(once).document
