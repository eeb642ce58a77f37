"""A record and an item that are begun at the desk have their first answers, once, and only where nobody answered."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from forms.definition.library import first_raw
from tests.desk_pages.office import DeskOffice
from tests.desk_pages.test_answers_in_texts import said
from tests.desk_pages.test_editing import fields
from tests.desk_pages.test_editing_kinds import field_of

QUESTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "dag": ({"type": "string", "format": "date"}, {"first": '"2026-03-05"'}),
    "uren": ({"type": "integer", "maximum": 10}, {"first": "3"}),
    "veel": ({"type": "integer", "maximum": 10}, {"first": "30"}),
    "later": ({"type": "integer"}, {"first": "coalesce(uren, 0) * 2"}),
}  # fmt: skip


def beginning_form() -> bytes:
    """A form with first answers on its first page, on a later one, and in the items of a group."""
    form = json.loads(first_raw("dossier"))
    for name, (schema, more) in QUESTIONS.items():
        form["schema"]["properties"][name] = schema
        words = {"label": said(f"Vraag {name}", f"Question {name}"), "hint": said("Eén ding.", "One thing.")}
        form["fields"][f"/{name}"] = {"merge": "ask", "sensitivity": "S0", **words, **more}
        if name != "later":
            form["layout"][0]["fields"].append(f"/{name}")
    form["layout"].append({"section": said("Later", "Later"), "fields": ["/later"]})
    form["schema"]["properties"]["kind"]["items"]["properties"]["beurt"] = {"type": "integer"}
    form["fields"]["/kind/*/beurt"] = form["fields"]["/uren"] | {"first": "count(kind)", "label": said("Beurt", "Turn")}
    next(page for page in form["layout"] if page.get("repeat"))["fields"].append("beurt")
    return json.dumps(form | {"form": "begint"}).encode()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier")
    made.server.publish(beginning_form())
    yield made
    made.close()


def begun(office: DeskOffice, code: str, **typed: str) -> bytes:
    """A record that is begun at the desk, with what is typed over what its page holds."""
    lead = office.signed_in()
    page = lead.get("/records/begint/new")
    over = {field_of(page, name): value for name, value in typed.items()}
    case = re.search(r'<label for="(q\d+)">Code van het dossier', page.text) or re.search(r'name="(q0)"', page.text)
    assert case is not None
    worker = re.findall(r'<option value="([^"]+)"', page.text.partition('name="worker"')[2])[0]
    posted = lead.post("/records/begint/new", fields(page) | over | {case[1]: code, "worker": worker, "sure": "yes"})
    assert 303 == posted.status_code, re.findall(r'class="fault"[^>]*>([^<]+)', posted.text)
    return bytes.fromhex(posted.headers["location"].rpartition("/")[2])


def answers(office: DeskOffice, record: bytes) -> dict[str, Any]:
    office.sync()
    return dict(office.one.view(record).answers)


def test_the_page_begins_with_first_answers_and_says_so(office: DeskOffice) -> None:
    text = office.signed_in().get("/records/begint/new").text
    assert 'value="2026-03-05"' in text and 'value="3"' in text
    assert "Vooraf ingevuld" in text


def test_what_is_left_as_it_was_is_answered_and_later_pages_follow(office: DeskOffice) -> None:
    found = answers(office, begun(office, "ABCD-2222", veel=""))
    assert ("2026-03-05", 3, 6) == (found["/dag"], found["/uren"], found["/later"])
    assert found.get("/veel") is None


def test_what_a_person_changed_or_emptied_stays_so(office: DeskOffice) -> None:
    found = answers(office, begun(office, "ABCD-3333", dag="", uren="5", veel=""))
    assert (None, 5, 10) == (found.get("/dag"), found["/uren"], found["/later"])


def test_a_first_answer_that_does_not_fit_is_told_like_any_other(office: DeskOffice) -> None:
    lead = office.signed_in()
    page = lead.get("/records/begint/new")
    posted = lead.post("/records/begint/new", fields(page) | {"q0": "ABCD-4444"})
    assert 422 == posted.status_code and 'class="fault"' in posted.text


def test_an_item_that_is_added_has_its_own_and_nothing_else_is_begun_again(office: DeskOffice) -> None:
    record = begun(office, "ABCD-5555", dag="", veel="")
    lead, at = office.signed_in(), f"/record/{record.hex()}"
    page = lead.get(at)
    form = json.loads(beginning_form())
    section = next(number for number, one in enumerate(form["layout"]) if one.get("repeat"))
    read_at = re.search(r'name="read_at" value="([^"]*)"', page.text)
    assert read_at is not None
    added = lead.post(f"{at}/items/{section}", {"do": "add", "read_at": read_at[1], "item": ""})
    assert 303 == added.status_code
    found = answers(office, record)
    assert [1] == [value for path, value in found.items() if path.endswith("/beurt")]
    assert found.get("/dag") is None
