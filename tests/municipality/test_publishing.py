"""A form is published, agreed with and retired (forms/SPEC.md section 12.1): refusals first."""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backend.device.syncing import Sync
from backend.errors import FormIsRetired, FormNotPublished
from backend.municipality import publishing
from backend.municipality.publishing import DraftChanged, DraftUnknown, FormRefused, SamePerson
from forms.definition.document import load_form
from forms.definition.library import first_raw
from forms.lint.frame import Publication
from tests.fleet.world import PUBLICATION, LocalTransport, Server
from tests.forms.versions.forms_made import document, raw
from tests.looking import inside

QUESTIONS = {"/naam": "text", "/soort": "choice a b"}
REASON = {"rule": "P15", "at": "/geboren", "reason": "De proef rekent met hele datums."}
WARNED = {"/geboren": "date"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.stop()


def warned(version: int = 1, **members: Any) -> bytes:
    """A form with a warning of the privacy lint, and the reason for it."""
    return raw(document(WARNED, version, lint=[REASON], **members))


def refused(server: Server, draft: bytes, said: Publication | None = PUBLICATION) -> list[tuple[str, str]]:
    with pytest.raises(FormRefused) as caught:
        server.run(publishing.publish(server.municipality, draft, "anna", said))
    return [(one.code, one.path) for one in caught.value.findings]


def agree(server: Server, staff: str) -> publishing.Outcome:
    """Look at the draft that waits, and agree with it."""
    seen = sha256(publishing.waiting(server.municipality, "proef").document).digest()
    return server.run(publishing.approve(server.municipality, "proef", staff, seen))


def acts(server: Server) -> list[tuple[str, str, str]]:
    rows = inside(server.municipality.journal).execute("select staff, act, detail from audit order by number")
    return [row for row in rows if row[1].endswith("-form")]


def test_what_is_no_form_is_refused_with_every_finding(server: Server) -> None:
    assert [("not-json", "")] == refused(server, b"{")
    broken = document(QUESTIONS)
    del broken["fields"]["/naam"]["sensitivity"], broken["fields"]["/soort"]["label"]
    assert [("no-sensitivity", "/naam"), ("no-label", "/soort")] == refused(server, raw(broken))
    assert [] == acts(server)


def test_a_register_by_origin_cannot_be_published(server: Server) -> None:
    form = document({**QUESTIONS, "/herkomst": "text"})
    form["fields"]["/herkomst"]["label"] = {"nl": "Etnische afkomst", "en": "Ethnic origin"}
    form["lint"] = [{"rule": "P01", "at": "/herkomst", "reason": "Wij willen dit echt heel graag weten."}]
    assert {"P01", "lint-not-acceptable"} == {code for code, _ in refused(server, raw(form))}
    assert [] == server.municipality.shelf.newest()


def test_nobody_publishes_without_saying_who_is_responsible(server: Server) -> None:
    assert [("P10", "/controller"), ("P10", "/register")] == refused(server, raw(document(QUESTIONS)), None)


def test_a_warning_without_a_reason_is_refused(server: Server) -> None:
    assert [("P15", "/geboren")] == refused(server, raw(document(WARNED)))


def test_a_warning_with_a_reason_waits_for_a_second_person(server: Server) -> None:
    town = server.municipality
    outcome = server.run(publishing.publish(town, warned(), "anna", PUBLICATION))
    assert ("waiting", ["P15"]) == (outcome.state, [one.code for one in outcome.warnings])
    assert [] == town.shelf.newest()
    with pytest.raises(SamePerson):
        agree(server, "anna")
    assert "published" == agree(server, "bram").state
    kept = town.shelf.versions("proef")[0]
    assert ("anna", "bram", PUBLICATION.controller, PUBLICATION.register) == (
        kept.published_by, kept.seconded_by, kept.controller, kept.register,
    )  # fmt: skip
    assert [REASON["reason"]] == [one["reason"] for one in json.loads(kept.warnings)]
    assert [("anna", "propose-form", "proef 1"), ("bram", "publish-form", "proef 1")] == acts(server)
    with pytest.raises(DraftUnknown):
        agree(server, "bram")


def test_a_draft_that_no_longer_follows_is_not_approved(server: Server) -> None:
    town = server.municipality
    server.run(publishing.publish(town, warned(), "anna", PUBLICATION))
    agree(server, "bram")
    server.run(publishing.publish(town, warned(2, title={"nl": "Anders", "en": "Other"}), "anna"))
    other = document({"/naam": "text"}, 2, {"dropped": ["/geboren"]})
    assert "published" == server.run(publishing.publish(town, raw(other), "carla")).state
    with pytest.raises(DraftUnknown):  # the draft made way for what was published
        agree(server, "bram")


def test_nobody_agrees_with_another_draft_than_they_looked_at(server: Server) -> None:
    town = server.municipality
    seen = server.run(publishing.publish(town, warned(), "anna", PUBLICATION)).digest
    server.run(publishing.publish(town, warned(title={"nl": "Iets anders", "en": "Something else"}), "anna"))
    with pytest.raises(DraftChanged):
        server.run(publishing.approve(town, "proef", "bram", seen))
    assert [] == town.shelf.newest()


def test_a_draft_replaced_or_taken_away_while_it_is_approved_was_published_all_the_same(server: Server) -> None:
    town = server.municipality

    async def both(other: Coroutine[Any, Any, Any], digest: bytes) -> list[Any]:
        ways = (other, publishing.approve(town, "proef", "bram", digest))
        return list(await asyncio.gather(*ways, return_exceptions=True))

    digest = server.run(publishing.publish(town, warned(), "anna", PUBLICATION)).digest
    other = publishing.publish(town, warned(purpose="Heel iets anders doen"), "anna", PUBLICATION)
    replaced, approved = server.run(both(other, digest))
    assert DraftChanged is type(approved)
    assert DraftChanged is type(server.run(both(publishing.reject(town, "proef", "carla"), replaced.digest))[1])
    assert [] == town.shelf.newest()


def test_of_two_who_publish_at_once_the_second_met_an_error_of_the_database(server: Server) -> None:
    async def both() -> list[Any]:
        drafts = [raw(document(QUESTIONS, title={"nl": name, "en": name})) for name in ("Een", "Twee")]
        ways = [publishing.publish(server.municipality, one, "anna", PUBLICATION) for one in drafts]
        return list(await asyncio.gather(*ways, return_exceptions=True))

    first, second = server.run(both())
    assert "published" == first.state
    assert [("wrong-version", "/version")] == [(one.code, one.path) for one in second.findings]


def test_a_draft_can_be_taken_away(server: Server) -> None:
    town = server.municipality
    server.run(publishing.publish(town, warned(), "anna", PUBLICATION))
    server.run(publishing.reject(town, "proef", "bram"))
    assert ([], []) == (town.shelf.drafts(), town.shelf.newest())
    with pytest.raises(DraftUnknown):
        server.run(publishing.reject(town, "proef", "bram"))


def test_a_form_of_the_library_is_agreed_with_by_whoever_publishes_it_unchanged(server: Server) -> None:
    server.publish(first_raw("dossier"))  # to which a visit refers
    outcome = server.run(publishing.publish(server.municipality, first_raw("huisbezoek"), "anna", PUBLICATION))
    kept = server.municipality.shelf.versions("huisbezoek")[0]
    assert ("published", "veldpost", "anna") == (outcome.state, kept.published_by, kept.seconded_by)
    changed = json.loads(first_raw("huisbezoek")) | {"version": 2, "title": {"nl": "Bezoek", "en": "Visit"}}
    assert "waiting" == server.run(publishing.publish(server.municipality, raw(changed), "anna")).state


def test_publishing_the_same_again_changes_nothing(server: Server) -> None:
    town, draft = server.municipality, raw(document(QUESTIONS))
    first = server.run(publishing.publish(town, draft, "anna", PUBLICATION))
    before = town.committed.position
    again = server.run(publishing.publish(town, draft, "bram"))
    assert ("unchanged", first.digest, before) == (again.state, again.digest, town.committed.position)


def test_a_version_carries_the_trees_of_its_expressions_and_its_digest_is_signed(server: Server) -> None:
    check = {"if_not": 'soort != "a" or length(naam) > 2', "at": "/naam", "say": {"nl": "Kort.", "en": "Short."}}
    outcome = server.run(
        publishing.publish(server.municipality, raw(document(QUESTIONS, checks=[check])), "anna", PUBLICATION)
    )
    kept = server.municipality.shelf.versions("proef")[0]
    assert {"/checks/0/if_not"} == set(json.loads(kept.document)["trees"])
    assert kept.digest == outcome.digest == load_form(kept.document).digest
    assert kept.digest == server.municipality.book.forms["proef"].digest


def test_a_second_version_that_loses_sight_of_answers_is_refused(server: Server) -> None:
    server.publish(raw(document(QUESTIONS)))
    assert [("vanished", "/naam")] == refused(server, raw(document({"/soort": "choice a b"}, 2)), None)
    assert [("wrong-version", "/version")] == refused(server, raw(document(QUESTIONS, 3)), None)


def test_a_retired_form_begins_nothing_and_keeps_what_was_begun(server: Server, tmp_path: Path) -> None:
    town = server.municipality
    with pytest.raises(FormNotPublished):
        server.run(publishing.retire(town, "proef", "anna"))
    server.publish(raw(document(QUESTIONS)))
    device = server.enrol(tmp_path / "one.db", "werker-een")
    record = device.create("proef", 1, {"/naam": "Testgezin"})
    server.run(publishing.retire(town, "proef", "anna"))
    late = device.create("proef", 1, {"/naam": "Nog offline"})  # it does not know yet: nothing is lost
    Sync(device, LocalTransport(server)).run()
    assert not town.book.in_use("proef")
    assert all(town.journal.has_access(device.id, one) for one in (record, late))
    with pytest.raises(FormIsRetired):
        device.create("proef", 1, {"/naam": "Te laat"})
    device.save(device.open(record), "proef", 1, {"/naam": "Testgezin B"})
    Sync(device, LocalTransport(server)).run()
    assert {"/naam": "Testgezin B"} == device.view(record).answers
    server.publish(raw(document(QUESTIONS, 2)))
    assert town.book.in_use("proef")
    Sync(device, LocalTransport(server)).run()
    device.create("proef", 2, {"/naam": "Weer mogelijk"})
