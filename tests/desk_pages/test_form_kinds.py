"""Findings of a draft by kind and in words: each once, linked to where it is mended, and many by one act."""

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest

from backend.desk import mending
from backend.desk.rights import Role
from backend.sentences import library
from forms.definition.library import first_raw
from tests.desk_pages.office import Browser, DeskOffice
from tests.desk_pages.test_form_texts import many
from tests.desk_pages.test_forms import PURPOSE, WARNED, draft_in, edition, kept, mend, own_draft
from tests.forms.versions.forms_made import document

BORN = ("/geboren_a", "/geboren_b", "/geboren_c")


def dated(browser: Browser) -> str:
    """A draft that asks three whole dates, each of which P15 warns of."""
    return draft_in(browser, json.dumps(document({"/naam": "text"} | dict.fromkeys(BORN, "date"))).encode(), "p.json")


def page_of(browser: Browser, draft: str) -> str:
    return str(browser.get(f"/forms/drafts/{draft}").text)


def stops(page: str) -> str:
    """The part of the page that says what stops it."""
    return page[page.index('<h2 id="stops">') : page.index('<h2 id="questions">')] if 'id="stops"' in page else ""


def together(browser: Browser, draft: str, **fields: Any) -> Any:
    return browser.post(f"/forms/drafts/{draft}/together", {"edition": edition(browser, draft), **fields})


def test_equal_findings_are_said_once_with_their_number_and_each_place_is_a_link(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = dated(admin)
    found = stops(page_of(admin, draft))
    assert 1 == found.count("<h3") and "3 plaatsen" in found and 1 == found.count('<div class="said"')
    links = [unescape(link) for link in re.findall(r'<a href="([^"]*)"><bdi>', found)]
    assert [f"{admin.home}/forms/drafts/{draft}/question?of={path}" for path in BORN] == links
    for link in links:
        assert 200 == admin.get(link.removeprefix(admin.home)).status_code


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_code_heads_a_finding_and_no_finding_is_said_twice(desk_office: DeskOffice, language: str) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    admin.headers["accept-language"] = language
    draft = draft_in(admin, many(12))
    found = stops(page_of(admin, draft))
    words = re.sub(r"<[^>]*>", " ", found)
    assert not re.search(r"\bP\d\d\b|/v\d|missing-member|[a-z]+-[a-z]+-[a-z]+", words), words
    sentences = re.findall(r"<p><strong>([^<]*)</strong>", found)
    assert sentences and len(sentences) == len(set(sentences))


def test_one_reason_serves_every_place_that_is_ticked(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = dated(admin)
    answer = together(admin, draft, act="reason", rule="P15", reason=WARNED, at=list(BORN[:2]))
    assert 303 == answer.status_code
    assert {(BORN[0], WARNED), (BORN[1], WARNED)} == {
        (one["at"], one["reason"]) for one in kept(desk_office, draft)["lint"]
    }
    page = page_of(admin, draft)
    assert "1 plaats" in stops(page) and 1 == page.count(f">{WARNED}</textarea>")


def test_a_reason_that_is_too_short_or_holds_for_nothing_is_told_and_kept_in_the_page(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = dated(admin)
    for fields in ({"reason": "kort, en er"}, {"reason": WARNED, "at": []}):
        answer = together(admin, draft, **{"act": "reason", "rule": "P15", "said": "k1-1", "at": BORN[0], **fields})
        assert 422 == answer.status_code and f">{fields['reason']}</textarea>" in answer.text
    assert "lint" not in kept(desk_office, draft)


def with_texts(browser: Browser) -> str:
    """A draft of which two answers in words have no bound."""
    form = document({"/een": "text", "/twee": "text"})
    for name in ("een", "twee"):
        form["schema"]["properties"][name].pop("maxLength", None)
    return draft_in(browser, json.dumps(form).encode(), "p.json")


def test_a_length_is_set_for_many_questions_at_once_and_a_wrong_one_for_none(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = with_texts(admin)
    assert 1 == stops(page_of(admin, draft)).count('value="longest"')
    for wrong in ("", "nul", "0", "2001", "-4", "1e3", "9" * 300):
        answer = together(admin, draft, act="longest", longest=wrong, at=["/een", "/twee"])
        assert 422 == answer.status_code and "van 1 tot 2.000" in answer.text
    assert 303 == together(admin, draft, act="longest", longest="300", at=["/een", "/twee"]).status_code
    form = kept(desk_office, draft)["schema"]["properties"]
    assert [300, 300] == [form[name]["maxLength"] for name in ("een", "twee")]
    assert 'value="longest"' not in page_of(admin, draft)


def test_a_class_is_chosen_for_many_at_once_and_in_the_list_of_all_questions(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    form = document({"/een": "text", "/twee": "text"})
    for field in form["fields"].values():
        field.pop("sensitivity")
    draft = draft_in(admin, json.dumps(form).encode(), "p.json")
    assert 422 == together(admin, draft, act="class", sensitivity="S9", at=["/een"]).status_code
    assert 303 == together(admin, draft, act="class", sensitivity="S2", at=["/een", "/twee"]).status_code
    assert {"S2"} == {field["sensitivity"] for field in kept(desk_office, draft)["fields"].values()}
    chosen = {"class /een": "S3", "class /twee": "S9", "class /drie": "S1"}
    assert 303 == mend(admin, draft, "classes", **chosen).status_code
    assert ["S3", "S2"] == [field["sensitivity"] for field in kept(desk_office, draft)["fields"].values()]


def test_what_a_new_version_no_longer_asks_is_dropped_on_the_page(desk_office: DeskOffice) -> None:
    """It had to be written into `moves`, in JSON."""
    admin = desk_office.signed_in(Role.ADMIN)
    form = json.loads(first_raw("dossier"))
    form["version"] = 2
    path = next(path for path, field in form["fields"].items() if path.count("/") == 1 and "choices" not in field)
    draft = draft_in(admin, json.dumps(form).encode(), "dossier.json")
    mend(admin, draft, "without", path=path)
    found = stops(page_of(admin, draft))
    assert "en dit concept niet meer" in found and "moves" not in found
    assert form["fields"][path]["label"]["nl"] in unescape(found)
    assert 303 == together(admin, draft, act="dropped", at=path).status_code
    assert [path] == kept(desk_office, draft)["moves"]["dropped"]
    assert "en dit concept niet meer" not in page_of(admin, draft)


def test_a_colleague_who_was_quicker_is_heard(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = dated(admin)
    before = edition(admin, draft)
    together(admin, draft, act="reason", rule="P15", reason=WARNED, at=BORN[0])
    for part, fields in (("together", {"act": "free", "at": BORN[1]}), ("classes", {f"class {BORN[0]}": "S4"})):
        answer = admin.post(f"/forms/drafts/{draft}/{part}", {"edition": before, **fields})
        assert 409 == answer.status_code and "intussen veranderd" in answer.text


ACTS: Mapping[str, Mapping[str, str]] = {
    "reason": {"rule": "P12", "reason": WARNED}, "longest": {"longest": "40"}, "most": {"most": "4"},
    "class": {"sensitivity": "S3"}, "free": {}, "without": {}, "dropped": {}, "unmapped": {},
}  # fmt: skip


@pytest.mark.parametrize("act", mending.ACTS)
@pytest.mark.parametrize("at", ["", "/", "/nergens", "#", "/naam#x", "/naam/*/b", "~2", "/" * 600, "/schema"])
def test_no_place_makes_an_act_raise_or_a_document_another_shape(act: str, at: str) -> None:
    for form in (document({"/naam": "text"}), {}, {"fields": [], "schema": 3, "layout": 4}, {"moves": 3},
                 {"moves": {"dropped": 3, "mapped": []}}):  # fmt: skip
        made = mending.together(dict(form), act, [at], ACTS[act])
        assert made.get("schema") == form.get("schema") or at == "/naam"
    assert set(ACTS) == set(mending.ACTS)


def test_every_act_and_every_sentence_of_a_page_has_its_words() -> None:
    for language in library().languages:
        phrases = library().said(language).phrases
        assert {f"together-{act}" for act in ("none", "reason", "longest", "most", "class")} <= phrases.keys()
        assert {f"kinds-{act}-do" for act in mending.ACTS} <= phrases.keys()


def test_a_question_has_a_page_of_its_own_with_its_neighbours(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = own_draft(admin)
    page = admin.get(f"/forms/drafts/{draft}/question?of=/geboren").text
    assert "vraag 2 van 2" in page and 'rel="prev"' in page and 'rel="next"' not in page
    assert 'name="reason"' in page
    for nonsense in ("", "/nergens", "/schema", "<b>"):
        assert 404 == admin.get(f"/forms/drafts/{draft}/question?of={nonsense}").status_code
    answer = mend(admin, draft, "question", path="/geboren", **{"label-nl": "Wanneer geboren"})
    assert answer.headers["location"].endswith("/question?of=/geboren")
    mend(admin, draft, "purpose", **PURPOSE)
    assert "Wanneer geboren" in page_of(admin, draft)


def test_what_a_name_and_its_label_break_alike_is_one_place(desk_office: DeskOffice) -> None:
    """The same finding stood there twice: for the name of a question, and for its words."""
    admin = desk_office.signed_in(Role.ADMIN)
    form = document({"/adres": "text"})
    form["fields"]["/adres"]["label"] = {"nl": "Adres", "en": "Where"}
    draft = draft_in(admin, json.dumps(form).encode(), "p.json")
    found = stops(page_of(admin, draft))
    assert 1 == found.count("Gelezen: adres") == found.count('value="/adres"')
