"""Choices that other answers filter, at the desk: what fits comes first, and a record says what fits no more."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from forms.definition.library import first_raw
from tests.desk_pages.office import DeskOffice
from tests.desk_pages.test_editing import fields
from tests.desk_pages.test_editing_kinds import field_of

PLANTS = {"eik": "boom", "hulst": "struik", "linde": "boom"}
WORD = "(past nu niet)"


def garden() -> bytes:
    """A form in which the plant follows from its sort, beside the code of the case."""
    made: dict[str, Any] = json.loads(first_raw("dossier"))
    ref = made["schema"]["properties"]["case_ref"], made["fields"]["/case_ref"]
    for name in ("computed", "checks", "moves", "tables", "lint", "trees"):
        made.pop(name, None)
    sorts, plants = ["boom", "struik"], list(PLANTS)
    made |= {
        "form": "perken", "title": {"nl": "Perken", "en": "Beds"},
        "schema": {"type": "object", "additionalProperties": False, "properties": {
            "case_ref": ref[0], "soort": {"type": "string", "enum": sorts}, "plant": {"type": "string", "enum": plants},
        }},
        "layout": [{"section": {"nl": "Perk", "en": "Bed"}, "fields": ["/case_ref", "/soort", "/plant"]}],
        "fields": {"/case_ref": ref[1]} | {
            f"/{name}": {
                "label": {"nl": f"Vraag {name}", "en": f"Question {name}"}, "sensitivity": "S0",
                "choices": {code: {"nl": code, "en": code} for code in codes},
            } for name, codes in (("soort", sorts), ("plant", plants))
        },
    }  # fmt: skip
    made["fields"]["/plant"] |= {
        "offer_if": "soort == /soort", "attributes": {code: {"soort": sort} for code, sort in PLANTS.items()},
    }  # fmt: skip
    return json.dumps(made).encode()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier")
    made.server.publish(garden())
    yield made
    made.close()


def options(page: Any) -> list[str]:
    """The choices of the plant as the page shows them, in their order."""
    block = re.search(r"Vraag plant(.*)", page.text, re.S)
    assert block is not None
    found = re.findall(r'<option value="(?:eik|hulst|linde)"[^>]*>([^<]+)<', block[1])
    return found or re.findall(r'value="(?:eik|hulst|linde)"[^>]*>\s*(?:<span>)?([^<]+)<', block[1])


def test_what_fits_comes_first_and_what_does_not_is_marked_and_can_still_be_chosen(office: DeskOffice) -> None:
    record = office.one.create("perken", 1, {"/case_ref": "ABCD-2222", "/soort": "struik", "/plant": "hulst"})
    office.sync()
    office.dump()
    lead, at = office.signed_in(), f"/record/{record.hex()}/edit/0"
    page = lead.get(at)
    assert ["hulst", f"eik {WORD}", f"linde {WORD}"] == [text.strip() for text in options(page)]
    assert 303 == lead.post(at, fields(page) | {field_of(page, "plant"): "eik"}).status_code
    office.sync()
    assert "eik" == office.one.view(record).answers["/plant"]
    office.dump()
    shown = lead.get(f"/record/{record.hex()}").text
    assert "past niet meer bij de andere antwoorden" in shown and "hulst" not in shown


def test_where_nothing_fits_yet_nothing_is_marked(office: DeskOffice) -> None:
    record = office.one.create("perken", 1, {"/case_ref": "ABCD-3333"})
    office.sync()
    office.dump()
    page = office.signed_in().get(f"/record/{record.hex()}/edit/0")
    assert ["eik", "hulst", "linde"] == [text.strip() for text in options(page)]
