"""Named lists on a server: refusals, versions that keep codes, and what forms make of them (forms/SPEC.md 11.2)."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from backend.municipality import lists, publishing
from backend.municipality.lists import BadListName, ListChanged, ListRefused
from backend.municipality.publishing import Outcome
from forms.definition.library import first_raw
from forms.lists.judging import broken_by
from forms.lists.lists import list_to_csv
from forms.lists.versions import Revision
from tests.fleet.world import PUBLICATION, Server
from tests.forms.versions.forms_made import document, raw
from tests.projection.town import Town

SCHOOLS = "naam;wijk\nDe Vuurtoren;noord\nDe Molen;zuid\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.stop()


def revise(server: Server, table: str | bytes, name: str = "scholen", *, anyway: bool = False) -> Revision:
    content = table if isinstance(table, bytes) else table.encode()
    return server.run(lists.revise(server.municipality, name, content, "tabel.csv", "Scholen", "anna", anyway=anyway))


@pytest.mark.parametrize("table", [b"", b"PK\x03\x04 broken", "code;wijk\na;noord\n"])
def test_a_table_that_is_no_list_is_refused_and_nothing_is_published(server: Server, table: str | bytes) -> None:
    with pytest.raises(ListRefused) as caught:
        revise(server, table)
    assert caught.value.findings
    assert [] == server.municipality.shelf.newest()


def test_a_list_of_origins_is_refused(server: Server) -> None:
    with pytest.raises(ListRefused) as caught:
        revise(server, "naam\nMarokkaans\nTurks\nSurinaams\nPools\n", "groepen")
    assert {"P01", "P02"} & {one.code for one in caught.value.findings}


def test_a_list_has_a_name_that_forms_can_use(server: Server) -> None:
    for name in ("", "Scholen", "list/x", "a" * 64, "scholen\n"):
        with pytest.raises(BadListName):
            revise(server, SCHOOLS, name)


def test_codes_stay_when_labels_change_and_what_is_gone_is_retired(server: Server) -> None:
    town = server.municipality
    first = revise(server, SCHOOLS).named
    assert first is not None
    codes = [item.code for item in first.items]
    second = revise(server, f"code;naam\n{codes[0]};De Nieuwe Vuurtoren\n").named
    assert second is not None and second.version == 2
    assert {codes[0]: (False, "De Nieuwe Vuurtoren"), codes[1]: (True, "De Molen")} == {
        item.code: (item.retired, item.label["nl"]) for item in second.items
    }
    before = town.committed.position
    assert () == revise(server, list_to_csv(second)).changes
    assert before == town.committed.position
    assert [("list/scholen", 2)] == [(fact.form, fact.version) for fact in town.book.forms.values()]
    assert second == lists.current(town, "scholen")


def test_most_of_a_list_does_not_retire_by_mistake(server: Server) -> None:
    revise(server, "naam\n" + "".join(f"School {number}\n" for number in range(40)))
    with pytest.raises(ListRefused) as caught:
        revise(server, "naam\nSchool 1\n")
    assert "list-many-retired" in {one.code for one in caught.value.findings}
    named = revise(server, "naam\nSchool 1\n", anyway=True).named
    assert named is not None and 39 == sum(item.retired for item in named.items)


def test_an_answer_that_no_list_knows_is_listed_until_the_list_has_it(tmp_path: Path) -> None:
    town = Town(tmp_path, [first_raw("dossier")])
    item = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
    town.shared(
        "dossier", {"/case_ref": "ABCD-2345", item: {}, f"{item}/kind_ref": "EFGH-6789", f"{item}/school": "de_zee"}
    )
    unknown = "select name from _attention where kind = 'unknown-choice'"
    assert [] == town.find(unknown)  # without a list nobody can say
    revise(town.server, SCHOOLS)
    assert [{"name": f"{item}/school"}] == town.find(unknown)
    assert town.dump() == town.rebuilt(tmp_path)
    revise(town.server, SCHOOLS + "De Zee;west\n")
    assert [] == town.find(unknown)
    revise(town.server, SCHOOLS)
    assert [] == town.find(unknown)  # it is retired, and still understood
    assert town.dump() == town.rebuilt(tmp_path)
    town.close()


def test_a_form_that_names_a_list_that_is_not_there_is_refused(server: Server) -> None:
    form = document({"/soort": "choice a"})
    del form["schema"]["properties"]["soort"]["enum"], form["fields"]["/soort"]["choices"]
    form["fields"]["/soort"]["from"] = "wijken"
    with pytest.raises(Exception, match="lint-list-missing"):
        server.publish(raw(form))
    revise(server, "naam\nNoord\nZuid\n", "wijken")
    assert "published" == server.publish(raw(form)).state
    assert "wijken" in json.loads(server.municipality.shelf.versions("list/wijken")[0].document)["list"]


def asking(question: str) -> bytes:
    """A form whose one question takes its choices from the list `niveau`."""
    form = document({"/soort": "choice a"})
    del form["schema"]["properties"]["soort"]["enum"], form["fields"]["/soort"]["choices"]
    form["fields"]["/soort"] |= {"from": "niveau", "label": {"nl": question, "en": "Which?"}}
    return raw(form)


def test_a_list_that_turns_a_published_question_into_a_score_is_refused(server: Server) -> None:
    revise(server, "naam\nFietsles\nZwemles\n", "niveau")
    server.publish(asking("Hoe ernstig is het?"))
    grades = "naam\nLaag\nMidden\nHoog\n"
    with pytest.raises(ListRefused) as caught:
        revise(server, grades, "niveau", anyway=True)
    assert [("P07", "proef /soort")] == [(one.code, one.path) for one in caught.value.findings]
    assert 3 == len(revise(server, grades, "drempels", anyway=True).changes)  # nobody asks a risk with this one
    assert 1 == server.municipality.book.newest_form("list/niveau")


def test_of_two_who_revise_at_once_one_is_told_so(server: Server) -> None:
    town = server.municipality

    async def both() -> list[object]:
        tables = [
            lists.revise(town, "scholen", text.encode(), "t.csv", "", "anna") for text in ("naam\nA\n", "naam\nB\n")
        ]
        return list(await asyncio.gather(*tables, return_exceptions=True))

    done = server.run(both())
    assert 1 == sum(isinstance(one, ListChanged) for one in done)
    assert [1] == [version.version for version in town.shelf.versions("list/scholen")]


GRADES = "naam\nLaag\nMidden\nHoog\n"


def waits_for_agreement(server: Server) -> Outcome:
    """A form that waits, whose question is harmless with the list as it is and a score with `GRADES`."""
    revise(server, "naam\nFietsles\nZwemles\n", "niveau")
    form = asking("Hoe ernstig is het?")
    return server.run(publishing.publish(server.municipality, form, "anna", PUBLICATION, forward=True))


def test_a_form_is_not_published_with_another_list_than_it_was_judged_with(server: Server) -> None:
    town, waiting = server.municipality, waits_for_agreement(server)

    async def agreed() -> None:
        await lists.revise(town, "niveau", GRADES.encode(), "t.csv", "", "anna", anyway=True)

    with pytest.raises(publishing.DraftChanged):
        server.run(publishing.approve(town, waiting.form, "collega", waiting.digest, agreed))
    assert [] == town.shelf.versions(waiting.form)


def test_a_list_is_not_published_beside_a_form_that_it_was_not_judged_with(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form is on its way to the journal while the list is judged."""
    town, waiting, gate = server.municipality, waits_for_agreement(server), Event()

    def judged(*given: Any) -> Any:
        asyncio.get_running_loop().call_soon(gate.set)
        return broken_by(*given)

    monkeypatch.setattr(lists, "broken_by", judged)

    async def both() -> list[Any]:
        table = lists.revise(town, "niveau", GRADES.encode(), "t.csv", "", "anna", anyway=True)
        form = publishing.approve(town, waiting.form, "collega", waiting.digest)
        blocked = town.submit(lambda: gate.wait(60))
        return list(await asyncio.gather(blocked, form, table, return_exceptions=True))

    _, form, table = server.run(both())
    assert isinstance(form, Outcome) and isinstance(table, ListChanged)


def test_schools_of_a_whole_town_can_be_listed_beside_the_form_that_asks_them(server: Server) -> None:
    server.publish(first_raw("dossier"))
    table = "naam\n" + "".join(f"Basisschool De Regenboogvuurtoren {number}\n" for number in range(60))
    assert 60 == len(revise(server, table).changes)


@pytest.mark.parametrize("table", ["naam\nშკოლა\n", "naam\n\u2817\u2815\u280d\u2801\n", "naam;soort\nSchool 1;შკოლა\n"])
def test_words_that_the_lint_cannot_read_are_published_by_nobody_alone(server: Server, table: str) -> None:
    """A list has no second person who reads them: whoever changed it alone could name peoples in such letters."""
    with pytest.raises(ListRefused) as caught:
        revise(server, table, "andere", anyway=True)
    assert ["P22"] == sorted({one.code for one in caught.value.findings}) and not caught.value.doubted
