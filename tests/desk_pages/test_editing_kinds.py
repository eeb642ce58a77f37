"""Every kind of question is edited at the desk: what fits reaches the worker's device, what does not is told."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.desk_pages.office import DeskOffice
from tests.desk_pages.test_editing import fields
from tests.desk_pages.test_filters import FIRST, QUESTIONS, every_kind

TYPED: Final[dict[str, tuple[Any, Any]]] = {  # what is typed, and the answer that it becomes
    "keuze": ("blauw", "blauw"), "keuzes": (["fiets"], ["fiets"]), "klopt": ("no", False), "aantal": ("12", 12),
    "maat": ("2,25", 2.25), "dag": ("2026-05-04", "2026-05-04"), "maand": ("2026-05", "2026-05"),
    "tijd": ("17:05", "17:05"), "woord": ("Iets anders", "Iets anders"), "plek": ("52.2,5.2", "52.2,5.2"),
    "foto": ("remove", None),
}  # fmt: skip
MISFITS: Final = {
    "keuze": "groen", "keuzes": "trein", "aantal": "negen", "maat": "1,2,3", "dag": "morgen", "maand": "mei",
    "tijd": "half tien", "woord": "x" * 201,
}  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier")
    made.server.publish(every_kind())
    yield made
    made.close()


@pytest.fixture
def record(office: DeskOffice) -> bytes:
    """A record in which every question is answered."""
    made = office.one.create("allerlei", 1, {"/case_ref": "ABCD-2222", **FIRST})
    office.sync()
    office.dump()
    return made


def field_of(page: Any, name: str) -> str:
    """The name of the field of a question."""
    by_label = re.search(rf'<label for="(q\d+)">Vraag {name}</label>', page.text)
    if by_label is not None:
        return by_label[1]
    legend = re.search(rf'<legend>Vraag {name}</legend>.*?name="(q\d+)"', page.text, re.S)
    if legend is not None:
        return legend[1]
    label = re.search(rf'<span class="label">Vraag {name}</span>.*?name="(q\d+)"', page.text, re.S)
    assert label is not None, page.text
    return label[1]


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_reaches_the_device_and_nothing_else_is_changed(
    office: DeskOffice, record: bytes, name: str
) -> None:
    lead, at = office.signed_in(), f"/record/{record.hex()}/edit/0"
    page = lead.get(at)
    value, answer = TYPED[name]
    posted = lead.post(at, fields(page) | {field_of(page, name): value})
    assert 303 == posted.status_code, re.findall(r'class="fault"[^>]*>([^<]+)', posted.text)
    office.sync()
    now = office.one.view(record).answers
    assert answer == now.get(f"/{name}")
    others = {f"/{one}": FIRST[f"/{one}"] for one in QUESTIONS if one != name}
    assert others == {path: now.get(path) for path in others}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_told_and_nothing_is_written(office: DeskOffice, record: bytes, name: str) -> None:
    lead, at = office.signed_in(), f"/record/{record.hex()}/edit/0"
    page, before = lead.get(at), office.server.municipality.committed.position
    answer = lead.post(at, fields(page) | {field_of(page, name): MISFITS[name]})
    assert 422 == answer.status_code and 'class="fault"' in answer.text
    assert before == office.server.municipality.committed.position


def test_every_field_can_be_emptied(office: DeskOffice, record: bytes) -> None:
    lead, at = office.signed_in(), f"/record/{record.hex()}/edit/0"
    page = lead.get(at)
    posted = fields(page)
    for name in QUESTIONS:
        posted[field_of(page, name)] = ["remove"] if name == "foto" else []
    assert 303 == lead.post(at, posted).status_code
    office.sync()
    now = office.one.view(record).answers
    assert [] == [name for name in QUESTIONS if now.get(f"/{name}") is not None]
