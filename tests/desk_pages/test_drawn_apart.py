"""Whatever draws a record does it in the threads of the pages, each part once, while devices are answered."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from backend.desk import course, history, record_view
from backend.web.desk import record as record_pages
from tests.desk_pages.office import Browser, DeskOffice


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("apart"), "dossier")
    yield made
    made.close()


@pytest.fixture(scope="module")
def record(office: DeskOffice) -> str:
    made = office.shared("dossier", {"/case_ref": "ABCD-2345", "/status": "open"})
    office.parallel(made, "dossier", {"/roepnaam": "een"}, {"/roepnaam": "twee"})
    office.dump()
    return made.hex()


class Seen:
    """The threads in which something was called, and with what."""

    def __init__(self, patch: pytest.MonkeyPatch, *places: tuple[Any, str]) -> None:
        self.calls: list[tuple[str, Any]] = []
        for room, name in places:
            patch.setattr(room, name, self._watched(getattr(room, name)))

    def _watched(self, work: Any) -> Any:
        def watched(*given: Any, **named: Any) -> Any:
            self.calls.append((threading.current_thread().name, given[0]))
            return work(*given, **named)

        return watched


def test_the_pages_of_a_conflict_and_of_a_review_draw_apart_and_nothing_twice(
    office: DeskOffice, record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = office.signed_in()
    (row,) = office.find("select id from _queue")
    for path in (f"/conflicts/{row['id']}", f"/review/{record}", as_known(lead, row["id"])):
        seen = Seen(monkeypatch, (history, "draw"))
        assert 200 == lead.get(path).status_code
        assert seen.calls and {"looks-"} == {thread[:6] for thread, _ in seen.calls}, path
        parts = [frozenset(one.arrival.hash for one in reading.opened) for _, reading in seen.calls]
        assert len(parts) <= len(set(parts)) + 1, path  # the whole record, and the same entries as a part of it
        monkeypatch.undo()


def as_known(browser: Browser, id_: str) -> str:
    """The address of the form as one of the authors had it."""
    found = re.search(rf"/conflicts/{id_}/as/[0-9a-f]+", browser.get(f"/conflicts/{id_}").text)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("end", ["", "/course", "/files", "/print"])
def test_the_pages_of_a_record_are_worded_apart(
    office: DeskOffice, record: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Seen(monkeypatch, (record_pages, "blocks"), (course, "course"), (record_view, "blocks"))
    assert 200 == office.signed_in().get(f"/record/{record}{end}").status_code
    assert seen.calls and {"looks-"} == {thread[:6] for thread, _ in seen.calls}
