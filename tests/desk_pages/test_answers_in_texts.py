"""A label says answers where one record is read, edited or printed, as text; elsewhere it has a blank (SPEC 13)."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from forms.definition.library import first_raw
from tests.desk_pages.office import DeskOffice

EVIL = "<script>alert(1)</script>${/case_ref}"
SHOWN = "&lt;script&gt;alert(1)&lt;/script&gt;${/case_ref}"


def said(dutch: str, english: str = "") -> dict[str, str]:
    """Words in both languages."""
    return {"nl": dutch, "en": english or dutch}


QUESTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "voorwerp": ({"type": "string", "maxLength": 90}, {"label": said("Voorwerp", "Object")}),
    "dag": ({"type": "string", "format": "date"}, {"label": said("Dag", "Day")}),
    "wens": ({"type": "string", "maxLength": 90}, {
        "label": said("Waar ligt ${voorwerp} sinds ${dag}?", "Where is ${voorwerp} since ${dag}?"),
        "hint": said("Zoek ${voorwerp} eerst.", "Find ${voorwerp} first."),
    }),
    "keuze": ({"type": "string", "enum": ["hier", "daar"]}, {
        "label": said("Keuze", "Choice"),
        "choices": {"hier": said("Bij ${voorwerp}", "At ${voorwerp}"), "daar": said("Daar", "There")},
    }),
}  # fmt: skip


def speaking_form() -> bytes:
    """A form whose words mention answers."""
    form = json.loads(first_raw("dossier"))
    for name, (schema, more) in QUESTIONS.items():
        form["schema"]["properties"][name] = schema
        form["fields"][f"/{name}"] = {
            "hint": said("Eén ding.", "One thing."),
            "merge": "ask",
            "sensitivity": "S1",
            **more,
        }
        form["layout"][0]["fields"].append(f"/{name}")
    form["layout"][0]["section"] = said("Over ${voorwerp}", "About ${voorwerp}")
    return json.dumps(form | {"form": "spreekt"}).encode()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier")
    made.server.publish(speaking_form())
    yield made
    made.close()


@pytest.fixture(scope="module")
def record(office: DeskOffice) -> str:
    answers = {"/voorwerp": EVIL, "/dag": "2026-03-05", "/wens": "in de schuur", "/keuze": "hier"}
    made = office.one.create("spreekt", 1, {"/case_ref": "ABCD-2222", **answers})
    office.sync()
    office.dump()
    return made.hex()


@pytest.mark.parametrize("page", ["", "/print", "/edit/0"])
def test_a_label_says_what_the_record_answers_and_an_answer_stays_text(
    office: DeskOffice, record: str, page: str
) -> None:
    text = office.signed_in().get(f"/record/{record}{page}").text
    assert f"Waar ligt {SHOWN} sinds 5 maart 2026?" in text
    assert f"Over {SHOWN}" in text
    assert "<script>alert" not in text


def test_hints_and_choices_say_it_where_it_is_edited(office: DeskOffice, record: str) -> None:
    text = office.signed_in().get(f"/record/{record}/edit/0").text
    assert f"Zoek {SHOWN} eerst." in text and f"Bij {SHOWN}" in text


def test_a_record_that_is_begun_has_blanks(office: DeskOffice) -> None:
    text = office.signed_in().get("/records/spreekt/new").text
    assert "Waar ligt … sinds …?" in text


@pytest.mark.parametrize("page", ["/record/{record}/course", "/records/spreekt"])
def test_elsewhere_stands_the_bare_wording(office: DeskOffice, record: str, page: str) -> None:
    text = office.signed_in().get(page.format(record=record)).text
    assert "Waar ligt … sinds …?" in text
    assert not re.search(r"Waar ligt [^…]", text)
