"""The page "What this form is for": asked at import, nothing prefilled or lost, and no publishing before."""

import re
from typing import Any

import pytest

from backend.desk import purposes
from backend.desk.rights import Role
from backend.web.desk.form_purpose import _said
from forms.lint.frame import undecided
from tests.desk_pages.office import Browser, DeskOffice
from tests.desk_pages.test_forms import PURPOSE, SURVEY, brought, draft_in, kept, mend, own_draft
from tests.forms.interchange.tables import made

NEEDED = ("purpose-nl", "basis", "keep", "since")


def faults(page: str) -> set[str]:
    return set(re.findall(r'<a href="#([a-z-]+)">', page))


def purpose(browser: Browser, draft: str, told: str = "") -> str:
    return str(browser.get(f"/forms/drafts/{draft}/purpose{told}").text)


def test_a_workbook_is_asked_at_once_what_it_is_for_and_nothing_is_filled_in_for_it(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    answer = brought(admin, made(SURVEY))
    assert answer.headers["location"].endswith("/purpose")
    page = admin.get(answer.headers["location"].removeprefix(admin.home)).text
    assert "TODO" not in page and 'name="since" value="closed" checked' not in page
    assert set() == faults(page) and page.count("nog nodig</span>") == len(NEEDED)


def test_a_draft_says_what_it_lacks_with_a_link_to_it_and_is_not_published(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY))
    page = admin.get(f"/forms/drafts/{draft}").text
    for name in NEEDED:
        assert f'href="{admin.home}/forms/drafts/{draft}/purpose#{name}"' in page, name
        assert f'id="{name}"' in purpose(admin, draft), name
    assert 'action="' + f"{admin.home}/forms/drafts/{draft}/publish" not in page
    assert 422 == mend(admin, draft, "publish", controller="College", register="https://example.org/1").status_code
    assert not desk_office.server.municipality.published.versions("proefbezoek")


@pytest.mark.parametrize("name", NEEDED)
def test_each_thing_that_is_left_empty_is_named_beside_its_field_and_the_rest_is_kept(
    desk_office: DeskOffice, name: str
) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY))
    field = {"basis": "basis-nl"}.get(name, name)
    answer = mend(admin, draft, "purpose", **PURPOSE | {field: ""})
    assert answer.headers["location"].endswith("/purpose?told=true")
    page = purpose(admin, draft, "?told=true")
    assert {name} == faults(page) and PURPOSE["title-en"] in page


WRONG = {"keep": ("vijf", "0", "-1", "1000", "2,5", "9" * 400), "form": ("Huis bezoek", "1e", "a" * 64, "É")}


@pytest.mark.parametrize(("field", "typed"), [(field, typed) for field, every in WRONG.items() for typed in every])
def test_what_is_wrong_stays_in_the_page_with_all_else_that_was_typed(
    desk_office: DeskOffice, field: str, typed: str
) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY))
    before = desk_office.server.municipality.drafts.one(draft)
    answer = mend(admin, draft, "purpose", **PURPOSE | {field: typed}, basis="work")
    assert 422 == answer.status_code and {field} == faults(answer.text)
    assert f'value="{typed}"' in answer.text and PURPOSE["purpose-nl"] in answer.text
    assert 'value="work" checked' in answer.text and 'value="closed" checked' in answer.text
    assert before == desk_office.server.municipality.drafts.one(draft)


def test_what_is_typed_is_kept_as_a_form_holds_it_and_comes_back_as_it_was_typed(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY))
    typed = PURPOSE | {"purpose-en": "Support families in the trial", "keep": "18", "unit": "M", "since": "birth_month"}
    answer = mend(admin, draft, "purpose", **typed, basis=["school", "work"])
    assert answer.headers["location"].endswith(f"/drafts/{draft}")
    form = kept(desk_office, draft)
    assert "Families in de proef ondersteunen / Support families in the trial" == form["purpose"]
    assert {"keep": "P18M", "from": "birth_month"} == form["retention"]
    assert form["legal_basis"].startswith("Leerplichtwet artikel 16") and "Wmo 2015" in form["legal_basis"]
    shown = purposes.shown(form, _said())
    assert typed == shown.texts and ("school", "work") == shown.bases
    assert "18 maanden, vanaf de geboortemaand" not in purpose(admin, draft)


def test_each_basis_that_is_offered_is_one_that_the_lint_takes() -> None:
    for dutch, english in _said().values():
        for basis in (dutch, english):
            document: dict[str, Any] = {"purpose": "gezinnen in de proef steunen", "legal_basis": basis}
            assert ["/retention"] == [one.path for one in undecided(document)], basis


def test_who_reads_is_told_by_the_table_of_rights_and_chosen_here(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY))
    page = purpose(admin, draft)
    assert "teamleider (van het eigen team)" in page and "aandachtsfunctionaris (van de hele gemeente)" in page
    mend(admin, draft, "purpose", **PURPOSE | {"readers": "signals"})
    assert {"S4"} == {field["sensitivity"] for field in kept(desk_office, draft)["fields"].values()}
    assert 'value="signals" checked' in purpose(admin, draft)
    mend(admin, draft, "purpose", **PURPOSE | {"readers": "team"})
    assert {"S3"} == {field["sensitivity"] for field in kept(desk_office, draft)["fields"].values()}


def test_a_workbook_with_the_name_of_a_published_form_becomes_its_next_version(desk_office: DeskOffice) -> None:
    """The number was only in the raw document."""
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY.replace("| proefbezoek |", "| dossier     |")))
    newest = max(one.version for one in desk_office.server.municipality.published.versions("dossier"))
    assert newest + 1 == kept(desk_office, draft)["version"]
    assert f"Dit wordt versie {newest + 1} van" in purpose(admin, draft)
    mend(admin, draft, "purpose", **PURPOSE)
    assert 1 == kept(desk_office, draft)["version"]


def test_a_draft_that_was_made_by_hand_keeps_what_it_says(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = own_draft(admin)
    before = kept(desk_office, draft)
    shown = purposes.shown(before, _said())
    mend(admin, draft, "purpose", **shown.texts)
    assert before == kept(desk_office, draft)
