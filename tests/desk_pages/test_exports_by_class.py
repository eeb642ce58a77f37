"""An export has the highest class of all that its columns show, by whatever name: two people take the gravest."""

from collections.abc import Iterator

import pytest

from backend.desk.export_asking import ReasonNeeded
from backend.desk.rights import Role
from tests.desk_pages.office import DeskOffice
from tests.desk_pages.taking import FIELDS, REASON, asked, ended, job_of
from tests.forms.versions.forms_made import document, raw

ITEM = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
QUESTIONS = {
    "/geheim": "text", "/soorten": "choices aa bb", "/wens": "text", "/wensen": "choices aa bb",
    "/kind/*/letsels": "choices cc dd",
}  # fmt: skip
GRAVE = ["geheim", "soorten", "soorten__aa", "letsels", "letsels__cc", "deel", "verder"]
OTHERS = ["wens", "wensen", "wensen__aa", "_last_written", "_review"]


def proef() -> bytes:
    """A form with three grave questions; `/verder` is computed from what is computed from one of them."""
    made = document(QUESTIONS, computed={"/deel": "geheim", "/verder": "deel"})
    for path in ("/geheim", "/soorten", "/kind/*/letsels"):
        made["fields"][path]["sensitivity"] = "S4"
    for path in ("/soorten", "/wensen"):
        made["schema"]["properties"][path[1:]]["maxItems"] = 2
    for path in ("/deel", "/verder"):
        made["fields"][path] = {"label": {"nl": "Uitkomst", "en": "Outcome"}, "sensitivity": "S0"}
        made["layout"][0]["fields"].append(path)
    return raw(made)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("classes"), "dossier", "signaal")
    made.server.publish(proef())
    answers = {"/geheim": "WOORD", "/soorten": ["aa"], "/wens": "WENS", "/wensen": ["aa"]}
    made.one.create("proef", 1, answers | {f"/kind/{ITEM}": {}, f"/kind/{ITEM}/letsels": ["cc"]})
    made.one.create("signaal", 1, {"/acuut": "ja"})
    made.sync()
    made.dump()
    yield made
    ended(made)
    made.close()


def alone(office: DeskOffice, form: str, *columns: str) -> bool:
    """True if one person takes these columns along at a terminal, and need not even say why."""
    try:
        return bool(office.ask("export", form=form, columns=[*columns], reason=""))
    except ReasonNeeded:
        return False


@pytest.mark.parametrize("column", GRAVE)
def test_a_column_of_the_gravest_class_is_no_export_of_one_person(office: DeskOffice, column: str) -> None:
    assert not alone(office, "proef", column) and not alone(office, "proef", "wens", column)


@pytest.mark.parametrize("column", OTHERS)
def test_a_column_of_another_class_is(office: DeskOffice, column: str) -> None:
    assert alone(office, "proef", column)


def test_all_columns_are_no_export_of_one_person(office: DeskOffice) -> None:
    assert not alone(office, "proef") and alone(office, "proef", *OTHERS)


@pytest.mark.parametrize("column", ["acuut", "bewaren", "waarneming__uitputting_of_letsel"])
def test_no_column_of_a_signal_is_taken_along_by_one_person(office: DeskOffice, column: str) -> None:
    browser = office.signed_in(Role.SIGNALS)
    assert not alone(office, "signaal", "acuut") and not alone(office, "signaal", column)
    assert 422 == browser.post("/exports/new/signaal", FIELDS | {"column": [column]}).status_code
    path = asked(browser, "signaal", column=[column], reason=REASON)
    assert "waits" == job_of(office, path).state
    ended(office)
