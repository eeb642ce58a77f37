"""All words of a form in one table: saved in one go, one wrong cell holds up no other, two people do not meet."""

import json
import re
from html import unescape
from typing import Any

import pytest

from backend.desk.rights import Role
from backend.desk.texts import ROWS_PAGE, Typed, once, taken, texts
from tests.desk_pages.office import Browser, DeskOffice
from tests.desk_pages.test_forms import SCRIPT, SURVEY, draft_in, kept
from tests.forms.interchange.tables import made

DUTCH = re.sub(r"\| (First name|Did you get in\?|Seen|Area|Silent|Recording|Yes|No) +", "| ", SURVEY)
NAME, SEEN = "/fields/~1naam/label", "/fields/~1gezien/label"


def rows(page: str) -> dict[str, str]:
    """The fields of the table as a browser would post them."""
    found = dict(re.findall(r'<input type="hidden" name="(mark [^"]*)" value="([^"]*)"', page))
    found |= dict(re.findall(r'<input id="[a-z]+\d+" name="((?:nl|en) [^"]*)" value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea id="[a-z]+\d+" name="((?:nl|en) [^"]*)"[^>]*>([^<]*)<', page))
    return {unescape(name): unescape(value) for name, value in found.items()}


def table(browser: Browser, draft: str, query: str = "") -> str:
    answer = browser.get(f"/forms/drafts/{draft}/texts{query}")
    assert 200 == answer.status_code
    return str(answer.text)


def save(browser: Browser, draft: str, fields: dict[str, str]) -> Any:
    return browser.post(f"/forms/drafts/{draft}/texts", fields)


def label(office: DeskOffice, draft: str, path: str) -> dict[str, str]:
    words: dict[str, str] = kept(office, draft)["fields"][path]["label"]
    return words


def test_all_words_that_are_missing_stand_in_one_table_and_are_saved_in_one_go(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(DUTCH))
    fields = rows(table(admin, draft))
    lacking = [name for name, value in fields.items() if name.startswith("en ") and not value]
    assert len(lacking) > 5
    for name in fields:
        if name[:3] in ("nl ", "en ") and not fields[name]:
            fields[name] = f"Words {name[-9:]}"
    answer = save(admin, draft, fields)
    assert 303 == answer.status_code and "saved=" in answer.headers["location"]
    assert "Er ontbreken geen woorden." in table(admin, draft)
    assert not [text for text in texts(kept(desk_office, draft)) if text.lacks]
    page = admin.get(f"/forms/drafts/{draft}").text
    assert "De Engelse woorden ontbreken" not in page


def test_one_wrong_cell_stays_as_it_was_typed_and_all_others_are_saved(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(DUTCH))
    for wrong in ("x" * 4_001, "half\x07een"):
        fields = {**rows(table(admin, draft, "?show=all")), f"en {NAME}": wrong, f"en {SEEN}": f"Seen {len(wrong)}"}
        answer = save(admin, draft, fields)
        assert 422 == answer.status_code and "Wat u typte, staat er nog" in answer.text
        assert wrong[:40] in unescape(answer.text) and answer.text.count("aria-invalid") == 2
        assert "en" not in label(desk_office, draft, "/naam")
        assert f"Seen {len(wrong)}" == label(desk_office, draft, "/gezien")["en"]


def test_two_people_who_fill_in_different_rows_do_not_meet_and_two_in_one_are_both_heard(
    desk_office: DeskOffice,
) -> None:
    admin, maker = desk_office.signed_in(Role.ADMIN), desk_office.signed_in(Role.MAKER)
    draft = draft_in(admin, made(DUTCH))
    read = rows(table(maker, draft, "?show=all"))
    assert 303 == save(admin, draft, {**rows(table(admin, draft, "?show=all")), f"en {NAME}": "Given name"}).status_code
    late = save(maker, draft, read | {f"en {NAME}": "Nickname", f"en {SEEN}": "Was seen"})
    assert 422 == late.status_code and "Nickname" in late.text and "Given name" in late.text
    assert "Given name" == label(desk_office, draft, "/naam")["en"]
    assert "Was seen" == label(desk_office, draft, "/gezien")["en"]
    again = rows(late.text)
    assert 303 == save(maker, draft, again).status_code
    assert "Nickname" == label(desk_office, draft, "/naam")["en"]


def test_the_dutch_is_copied_where_somebody_says_so_and_nowhere_else(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(DUTCH))
    assert 303 == save(admin, draft, {**rows(table(admin, draft)), f"same {NAME}": "on"}).status_code
    assert {"nl": "Roepnaam", "en": "Roepnaam"} == label(desk_office, draft, "/naam")
    assert {"nl": "Gezien"} == label(desk_office, draft, "/gezien")


def many(questions: int) -> bytes:
    """A workbook with so many questions of yes and no."""
    lines = [f"| | select_one jn | v{n} | Vraag nummer {n} | |" for n in range(questions)]
    book = ["| survey |", "| | type | name | label::Nederlands (nl) | label::English (en) |", *lines, "| choices |",
            "| | list_name | name | label::Nederlands (nl) | label::English (en) |", "| | jn | ja | Ja | |",
            "| | jn | nee | Nee | |", "| settings |", "| | form_title | form_id |", "| | Proef | proef |"]  # fmt: skip
    return made("\n".join(book))


def test_a_large_form_comes_in_pages_and_a_choice_that_comes_back_is_filled_in_once(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, many(120))
    first = table(admin, draft)
    assert ROWS_PAGE == len([name for name in rows(first) if name.startswith("nl ")])
    assert "120 keer; u vult het één keer in" in first and 'rel="next"' in first
    (yes,) = [name for name, value in rows(first).items() if value == "Ja"]
    assert 303 == save(admin, draft, {yes: "Ja", f"en {yes[3:]}": "Yes"}).status_code
    fields = kept(desk_office, draft)["fields"].values()
    assert {"Yes"} == {field["choices"]["ja"]["en"] for field in fields}
    assert {None} == {field["choices"]["nee"].get("en") for field in fields}
    last = table(admin, draft, "?show=missing&at=999")
    assert "Bladzijde 3 van 3" in last or "Bladzijde 2 van 2" in last
    for nonsense in ("at=0", "at=-5", "show=<b>", "of=/zomaar", f"of={SCRIPT}"):
        assert SCRIPT not in table(admin, draft, f"?{nonsense}")


def test_equal_choices_are_one_row_only_while_they_lack_english() -> None:
    words = {"nl": "Ja"}
    field = {"label": {"nl": "a", "en": "a"}, "choices": {"ja": words}}
    lacking = texts({"fields": {"/a": field, "/b": field}, "title": {"nl": "t", "en": "t"}})
    assert [1, 1, 2, 1] == [often for _, often in once(lacking)]
    words["en"] = "Yes"
    assert [1] * 5 == [often for _, often in once(texts({"fields": {"/a": field, "/b": field}}))]


@pytest.mark.parametrize("junk", [None, 7, "x", [7], {"label": 7, "section": 7, "say": 7}])
def test_what_has_another_shape_holds_up_no_other_row(junk: Any) -> None:
    label = {"nl": "Naam", "en": "Name"}
    document = {
        "title": junk, "fields": {"/a": {"label": label}, "/b": junk}, "checks": [junk, {"say": label, "at": "/a"}],
        "layout": [junk, {"section": label, "fields": ["/a", 7]}],
    }  # fmt: skip
    row = Typed({"nl": "Naam", "en": "New"})
    found = {text.place: row for text in texts(document)}
    assert {"/layout/1/section", "/fields/~1a/label", "/checks/1/say"} <= found.keys()
    made_anew = taken(document, found).document
    assert ["New"] * 2 == [made_anew["layout"][1]["section"]["en"], made_anew["checks"][1]["say"]["en"]]


def test_nothing_of_a_document_but_its_words_is_touched(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY))
    before = kept(desk_office, draft)
    nonsense = {
        "nl /schema/type": "x",
        "nl /fields/~1nergens/label": "x",
        "nl ": "x",
        "en /version": "9",
        "mark x": "y",
    }
    assert 303 == save(admin, draft, nonsense).status_code
    assert before == kept(desk_office, draft)
    assert json.dumps(before) == json.dumps(kept(desk_office, draft))
