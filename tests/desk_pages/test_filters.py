"""A filter for every kind of question, with each of its operators; what does not fit one is told and not run."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from forms.definition.library import first_raw
from tests.desk_pages.office import DeskOffice

HASH: Final = "ab" * 32
QUESTIONS: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {  # schema and members of each question
    "keuze": (
        {"type": "string", "enum": ["rood", "blauw"]},
        {"choices": {c: {"nl": c, "en": c} for c in ("rood", "blauw")}},
    ),
    "keuzes": (
        {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": ["fiets", "bus"]}},
        {"choices": {c: {"nl": c, "en": c} for c in ("fiets", "bus")}},
    ),
    "klopt": ({"type": "boolean"}, {}),
    "aantal": ({"type": "integer", "minimum": 0, "maximum": 500}, {}),
    "maat": ({"type": "number", "minimum": -100, "maximum": 100}, {}),
    "dag": ({"type": "string", "format": "date"}, {}),
    "maand": ({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}, {"widget": "month"}),
    "tijd": ({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"}, {"widget": "time"}),
    "woord": ({"type": "string", "maxLength": 200}, {}),
    "plek": ({"type": "string", "maxLength": 64}, {"widget": "position"}),
    "foto": ({"type": "string", "maxLength": 64}, {"widget": "photo", "subject": "object"}),
}  # fmt: skip
FIRST: Final = {
    "/keuze": "rood", "/keuzes": ["fiets", "bus"], "/klopt": True, "/aantal": 9, "/maat": 1.5, "/dag": "2026-02-03",
    "/maand": "2026-02", "/tijd": "09:30", "/woord": "Vijftig_procent 100% zeker", "/plek": "52.1,5.1", "/foto": HASH,
}  # fmt: skip
SECOND: Final = {
    "/keuze": "blauw", "/keuzes": ["bus"], "/klopt": False, "/aantal": 10, "/maat": -2, "/dag": "2026-11-20",
    "/maand": "2026-11", "/tijd": "17:05", "/woord": "Anders",
}  # fmt: skip
A, B, EMPTY = "ABCD-2222", "ABCD-3333", "ABCD-4444"
FITS: Final = [  # what is asked for, and which of the three records are found
    ("keuze", {"any": "rood"}, [A]), ("keuze", {"any": ["rood", "blauw"]}, [A, B]), ("keuze", {"has": "no"}, [EMPTY]),
    ("keuzes", {"any": "fiets"}, [A]), ("keuzes", {"any": "bus"}, [A, B]), ("keuzes", {"has": "yes"}, [A, B]),
    ("klopt", {"any": "yes"}, [A]), ("klopt", {"any": "no"}, [B]), ("klopt", {"has": "no"}, [EMPTY]),
    ("aantal", {"least": "10"}, [B]), ("aantal", {"most": "9"}, [A]), ("aantal", {"least": "9", "most": "10"}, [A, B]),
    ("maat", {"least": "1,5"}, [A]), ("maat", {"most": "0"}, [B]), ("maat", {"has": "yes"}, [A, B]),
    ("dag", {"least": "2026-02-04"}, [B]), ("dag", {"most": "2026-02-03"}, [A]), ("dag", {"has": "no"}, [EMPTY]),
    ("maand", {"least": "2026-03"}, [B]), ("maand", {"most": "2026-02"}, [A]), ("maand", {"has": "yes"}, [A, B]),
    ("tijd", {"least": "09:31"}, [B]), ("tijd", {"most": "09:30"}, [A]), ("tijd", {"has": "no"}, [EMPTY]),
    ("woord", {"contains": "procent 100%"}, [A]), ("woord", {"contains": "_"}, [A]), ("woord", {"contains": "%"}, [A]),
    ("woord", {"contains": "anders"}, [B]), ("woord", {"has": "no"}, [EMPTY]),
    ("plek", {"has": "yes"}, [A]), ("plek", {"has": "no"}, [B, EMPTY]),
    ("foto", {"has": "yes"}, [A]), ("foto", {"has": "no"}, [B, EMPTY]),
]  # fmt: skip
MISFITS: Final = [
    ("keuze", "least", "a"), ("keuzes", "contains", "bus"), ("klopt", "any", "1"), ("aantal", "least", "negen"),
    ("aantal", "any", "9"), ("maat", "most", "1.2.3"), ("dag", "least", "morgen"), ("dag", "contains", "2026"),
    ("maand", "least", "2026"), ("maand", "most", "2026-13"), ("tijd", "least", "25:00"), ("tijd", "most", "half tien"),
    ("woord", "any", "Anders"), ("woord", "least", "A"), ("plek", "contains", "52"), ("foto", "contains", "ab"),
]  # fmt: skip


def every_kind() -> bytes:
    """A form that asks one question of every kind and widget that has a column."""
    form = json.loads(first_raw("dossier"))
    for name, (schema, more) in QUESTIONS.items():
        form["schema"]["properties"][name] = schema
        label, hint = {"nl": f"Vraag {name}", "en": f"Question {name}"}, {"nl": "Eén ding.", "en": "One thing."}
        form["fields"][f"/{name}"] = {"label": label, "hint": hint, "merge": "ask", "sensitivity": "S0", **more}
        form["layout"][0]["fields"].append(f"/{name}")
    form["fields"]["/keuzes"]["merge"] = "union"
    reason = "Een voorwerp en een plek zeggen het sneller dan woorden."
    lint = [{"rule": rule, "at": f"/{name}", "reason": reason} for rule, name in (("P08", "foto"), ("P09", "plek"))]
    return json.dumps(form | {"form": "allerlei", "lint": lint}).encode()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier")
    made.server.publish(every_kind())
    for code, answers in ((A, FIRST), (B, SECOND), (EMPTY, {})):
        made.one.create("allerlei", 1, {"/case_ref": code, **answers})
    made.sync()
    made.dump()
    yield made
    made.close()


def test_every_question_is_offered(office: DeskOffice) -> None:
    page = office.signed_in().get("/records/allerlei").text
    for name in QUESTIONS:
        assert f'<option value="{name}">' in page and f'name="column" value="{name}"' in page


@pytest.mark.parametrize(("name", "asked", "codes"), FITS, ids=str)
def test_each_operator_finds_what_it_says(office: DeskOffice, name: str, asked: Any, codes: list[str]) -> None:
    browser = office.signed_in()
    fields = {f"{name}.{how}": value for how, value in asked.items()}
    answer = browser.post("/records/allerlei", {"column": ["case_ref", name], "filter": name, **fields})
    assert 303 == answer.status_code, re.findall(r'class="fault"[^>]*>([^<]+)', answer.text)
    page = browser.ask("GET", answer.headers["location"])
    assert sorted(codes) == sorted(re.findall(r"<bdi>([A-Z]{4}-\d{4})</bdi></a><span class=.apart.>", page.text))
    assert f">{len(codes)}</span>" in page.text


@pytest.mark.parametrize(("name", "how", "value"), MISFITS, ids=str)
def test_an_operator_that_does_not_fit_is_told_at_its_question(
    office: DeskOffice, name: str, how: str, value: str
) -> None:
    answer = office.signed_in().post("/records/allerlei", {"filter": name, f"{name}.{how}": value})
    assert 422 == answer.status_code and f'id="{name}-fault"' in answer.text
    assert "<tbody" not in answer.text


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_table_is_sorted_by_every_question_in_both_directions(office: DeskOffice, name: str) -> None:
    browser = office.signed_in()
    found = []
    for sort, down in (("_changed", "yes"), (name, "no")):
        answer = browser.post("/records/allerlei", {"column": ["case_ref"], "by": name, "sort": sort, "down": down})
        page = browser.ask("GET", answer.headers["location"]).text
        found.append(re.findall(r"<bdi>([A-Z]{4}-\d{4})</bdi></a><span class=.apart.>", page))
    up, down_ = found
    assert sorted(up) == sorted(down_) == [A, B, EMPTY]
    assert EMPTY in up[1:] and EMPTY in down_[1:]  # what has an answer comes first, in either direction
    if name not in ("plek", "foto"):
        assert EMPTY == up[-1] == down_[-1] and up[:2] == down_[:2][::-1]


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_field_of_a_filter_is_one_of_its_kind(office: DeskOffice, name: str) -> None:
    browser = office.signed_in()
    answer = browser.post("/records/allerlei", {"do": "add", "add": name})
    page = browser.ask("GET", answer.headers["location"]).text
    offered = {how for how in ("any", "least", "contains") if f'name="{name}.{how}"' in page}
    wanted: dict[str, set[str]] = {"woord": {"contains"}, "plek": set(), "foto": set()}
    wanted |= {choice: {"any"} for choice in ("keuze", "keuzes", "klopt")}
    assert wanted.get(name, {"least"}) == offered and f'name="{name}.has"' in page
