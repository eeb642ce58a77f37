"""The forms that ship pass the lint, and carry a reason at each warning (forms/lint/SPEC.md section 5)."""

import json
from typing import Any

import pytest

from forms.definition.document import faults
from forms.definition.library import SLUGS, shipped_raw
from forms.lint.check import lint
from forms.lint.frame import Publication

PUBLICATION = Publication(
    controller="College van burgemeester en wethouders", register="https://example.org/register/7"
)

LISTS = {
    "organisaties": {},
    "grondslagen": {},
    "scholen": {"linde": {"nl": "De Linde", "en": "De Linde"}, "eik": {"nl": "De Eik", "en": "De Eik"}},
}


def document(slug: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(shipped_raw(slug))
    return loaded


@pytest.mark.parametrize("slug", SLUGS)
def test_a_form_that_ships_can_be_published(slug: str) -> None:
    findings = lint(document(slug), LISTS, PUBLICATION)
    assert [] == [(one.code, one.path, one.place, one.words) for one in findings if one.stops]
    assert () == faults(shipped_raw(slug))


@pytest.mark.parametrize("slug", ["huisbezoek", "schoolcheck", "signaal"])
def test_without_its_reasons_it_cannot(slug: str) -> None:
    bare = {name: member for name, member in document(slug).items() if name != "lint"}
    assert any(one.stops for one in lint(bare, LISTS))
    assert all(one.level == "warning" for one in lint(bare, LISTS) if one.stops)


@pytest.mark.parametrize("slug", ["huisbezoek", "schoolcheck", "signaal"])
def test_without_the_duty_a_required_sensitive_question_is_an_error(slug: str) -> None:
    form = document(slug)
    for field in form["fields"].values():
        field.pop("must_answer", None)
    assert {"P11"} == {one.code for one in lint(form, LISTS) if one.stops}
