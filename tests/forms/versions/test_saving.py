"""A form that cannot be saved when it is filled in at once is not published (forms/SPEC.md section 12.5)."""

from forms.library import SLUGS, shipped_form
from forms.versions import saving
from forms.versions.publishing import examined
from sync.entry import TOUCHES_MAX
from tests.forms.versions.forms_made import document, raw


def codes(made: dict[str, object]) -> list[str]:
    return [one.code for one in examined(raw(made)).findings if one.code == "save-too-large"]


def with_items(most: int | None) -> dict[str, object]:
    made = document({"/kind/*/dag": "choice a b", "/kind/*/uur": "choice c d"})
    if most is not None:
        made["schema"]["properties"]["kind"]["maxItems"] = most
    return made


def test_the_limit_is_that_of_a_save() -> None:
    assert TOUCHES_MAX == saving.TOUCHES_MAX


def test_a_form_of_more_questions_than_a_save_holds_is_refused() -> None:
    assert ["save-too-large"] == codes(document({f"/v{n}": "choice a b" for n in range(saving.TOUCHES_MAX + 1)}))
    assert [] == codes(document({f"/v{n}": "choice a b" for n in range(saving.TOUCHES_MAX)}))


def test_items_count_with_their_answers_and_themselves() -> None:
    assert ["save-too-large"] == codes(with_items(342))
    assert [] == codes(with_items(341)) + codes(with_items(None))


def test_every_form_that_ships_can_be_saved_at_once() -> None:
    assert [] == [one for slug in SLUGS for one in saving.faults(shipped_form(slug))]
