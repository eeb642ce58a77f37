"""A child's words that somebody hides without having seen them are shown, asked about, searched and exported."""

import contextlib
import csv
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from backend.cli import answers as shown
from backend.cli import exports
from backend.desk.decisions import ConflictFirst, DecisionChanged
from tests.desk.office import Office
from tests.desk.test_absurd_entries import printed
from tests.forms.versions.forms_made import document, raw

CHILD = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
WORDS = {CHILD: {}, f"{CHILD}/kind_stem": "Papa slaat mij", f"{CHILD}/kind_veilig_gevoel": "nee"}
FORM = "huisbezoek"


def hidden(office: Office) -> bytes:
    """Anna writes what the child said; Bert, who does not know, says that nobody was at home."""
    record = office.shared(FORM, {"/toegang": "binnen"})
    office.parallel(record, FORM, WORDS, {"/toegang": "niemand_thuis"})
    return record


def asked(office: Office) -> list[dict[str, Any]]:
    return [row for row in office.ask("attention") if row["kind"] == "hidden-parallel"]


def test_a_childs_words_vanished_without_a_conflict(office: Office, tmp_path: Path) -> None:
    record = hidden(office)
    waits = asked(office)
    assert {f"{CHILD}/kind_stem", f"{CHILD}/kind_veilig_gevoel"} == {row["name"] for row in waits}
    assert {"Papa slaat mij", "niemand_thuis"} <= {word["value"] for row in waits for word in row["words"]}
    assert "hidden by /toegang, changed by werker-twee" == waits[0]["detail"]
    text = printed(shown.record, office.ask("show", record=record.hex()))
    assert "Hidden by somebody who had not seen it" in text and "Papa slaat mij" in text
    listed = office.ask("records", form=FORM, search="slaat")
    assert [(2, 2)] == [(row["hidden"], row["waiting"]) for row in listed]
    assert office.dump() == office.rebuilt(tmp_path)


def test_ones_own_later_slip_is_listed_and_waits_for_nobody(office: Office) -> None:
    record = office.shared(FORM, {"/toegang": "binnen", **WORDS})
    office.one.save(office.one.open(record), FORM, 1, {"/toegang": "niemand_thuis"})
    office.sync()
    assert [] == asked(office)
    text = printed(shown.record, office.ask("show", record=record.hex()))
    assert "2 answers hidden by /toegang, changed by werker-een" in text and "Papa slaat mij" in text


@pytest.mark.parametrize(
    ("choice", "args", "toegang", "stem"),
    [
        ("confirm", {}, "niemand_thuis", None),
        ("change", {"value": "binnen"}, "binnen", "Papa slaat mij"),
        ("clear", {}, "niemand_thuis", None),
    ],
)
def test_a_person_decides_by_path(office: Office, choice: str, args: dict[str, Any], toegang: str, stem: str) -> None:
    record = hidden(office)
    first = next(row for row in asked(office) if row["name"].endswith("kind_stem"))
    assert [False] == [row["open"] for row in office.ask("decide", decision=first["decision"], choice=choice, **args)]
    left = {row["name"] for row in asked(office)}
    assert left == ({f"{CHILD}/kind_veilig_gevoel"} if choice == "clear" else set())
    shown = office.ask("show", record=record.hex())[0]
    assert toegang == shown["shown"]["/toegang"]["value"]
    assert stem == shown["shown"].get(f"{CHILD}/kind_stem", {}).get("value")
    kept = {row["path"]: row["answer"] for row in shown["hidden_answers"]}
    if choice == "confirm":
        assert "werker-een" == kept[f"{CHILD}/kind_stem"]["author"]
    if choice == "clear":  # a question that keeps every text lists it still
        assert kept[f"{CHILD}/kind_stem"]["value"] is None


def test_it_is_settled_as_soon_as_either_side_has_seen_the_other(office: Office) -> None:
    record = hidden(office)
    office.two.save(office.two.open(record), FORM, 1, {"/toegang": "geweigerd"})
    office.sync()
    assert [] == asked(office)


def test_a_hidden_answer_that_changed_is_not_decided(office: Office) -> None:
    record = hidden(office)
    first = next(row for row in asked(office) if row["name"].endswith("kind_stem"))
    editing = office.one.open(record)._replace(observed=())
    office.one.save(editing, FORM, 1, {f"{CHILD}/kind_stem": "Papa slaat mij en mijn broer"})
    office.sync()
    now: list[dict[str, Any]] = []
    with pytest.raises(DecisionChanged):
        office.ask("decide", into=now, decision=first["decision"], choice="clear")
    assert "Papa slaat mij en mijn broer" in [word["value"] for word in now[0]["words"]]


def test_what_hides_an_answer_is_not_confirmed_while_it_is_a_conflict_itself(office: Office) -> None:
    record = office.shared(FORM, {"/toegang": "binnen"})
    office.parallel(record, FORM, {**WORDS, "/toegang": "alleen_bij_deur"}, {"/toegang": "niemand_thuis"})
    waits = asked(office)
    with pytest.raises(ConflictFirst):
        office.ask("decide", decision=waits[0]["decision"], choice="confirm")


def test_the_most_protective_class_is_asked_about_first(office: Office) -> None:
    for answers in ({"/gezin_leest_mee": "akkoord"}, {"/krachten_tekst": "zegt iets"}, {"/delen_met": ["school"]}):
        record = office.shared(FORM, {"/toegang": "binnen"})
        office.parallel(record, FORM, answers, {"/toegang": "niemand_thuis"})
    assert ["/krachten_tekst", "/delen_met", "/gezin_leest_mee"] == [row["name"] for row in asked(office)]


# --- exports ---


def exported(office: Office, form: str, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The tables of an export, which must be the same in each kind of file."""
    rows = office.ask("export", form=form)
    folder.mkdir()
    tables: dict[str, list[dict[str, Any]]] = {}
    for path in exports.write_csv(rows, folder / "c"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            tables[path.stem] = list(csv.DictReader(file))
    count = sum(map(len, tables.values()))
    assert count == exports.write_jsonl(rows, folder / "e.jsonl") == exports.write_sqlite(rows, folder / "e.db")
    with contextlib.closing(sqlite3.connect(folder / "e.db")) as db:
        names = {row[0] for row in db.execute("select name from sqlite_master where type = 'table'")}
    names = {name for name in names if "_fts" not in name}  # what is searched lies beside the tables
    assert names == set(tables)
    return tables


def test_hidden_answers_are_in_every_export_and_marked(office: Office, tmp_path: Path) -> None:
    hidden(office)
    tables = exported(office, FORM, tmp_path / "x")
    stem = next(row for row in tables["huisbezoek___hidden"] if row["path"].endswith("kind_stem"))
    assert ("Papa slaat mij", "werker-een", "1", "/toegang", "werker-twee") == (
        stem["value"], stem["author"], stem["parallel"], stem["hidden_by"], stem["changed_by"],
    )  # fmt: skip
    assert ["2"] == [row["_undecided"] for row in tables["huisbezoek"]]
    assert {"hidden-parallel"} == {row["kind"] for row in tables["huisbezoek___undecided"]}


def test_open_conflicts_and_contested_deletes_are_marked(office: Office, tmp_path: Path) -> None:
    record = office.shared("dossier", {"/case_ref": "ABCD-2345"})
    office.parallel(record, "dossier", {"/roepnaam": "De vuurtoren"}, {"/roepnaam": "De molen"})
    other = office.shared("dossier", {"/case_ref": "ABCD-2346"})
    first, second = office.one.open(other), office.two.open(other)
    office.one.delete(first)
    office.two.save(second, "dossier", 1, {"/roepnaam": "De molen"})
    office.sync()
    tables = exported(office, "dossier", tmp_path / "x")
    assert {("conflict", record.hex()), ("contested", other.hex())} == {
        (row["kind"], row["_record"]) for row in tables["dossier___undecided"]
    }
    assert "De vuurtoren" in tables["dossier___undecided"][0]["answers"] + tables["dossier___undecided"][1]["answers"]
    assert {"1"} == {row["_undecided"] for row in tables["dossier"]}


def test_every_text_of_a_question_that_keeps_all_is_exported(office: Office, tmp_path: Path) -> None:
    record = office.shared(FORM, {"/duiding": "eerste woord"})
    office.parallel(record, FORM, {"/duiding": "tweede woord"}, {"/duiding": "derde woord"})
    texts = exported(office, FORM, tmp_path / "x")["huisbezoek___texts"]
    assert {("eerste woord", "werker-een"), ("tweede woord", "werker-een"), ("derde woord", "werker-twee")} == {
        (row["text"], row["author"]) for row in texts
    }


def test_earlier_answers_are_exported_with_their_version(tmp_path: Path) -> None:
    office = Office(tmp_path, (raw(document({"/naam": "text", "/oud": "text"})),))
    office.one.create("proef", 1, {"/naam": "Een", "/oud": "vroeger antwoord"})
    office.sync(office.one)
    office.server.publish(raw(document({"/naam": "text"}, version=2, moves={"dropped": ["/oud"]})))
    late = office.one.create("proef", 1, {"/naam": "Twee", "/oud": "offline geschreven"})
    office.one.save(office.one.open(late), "proef", 1, {"/_review": "in_review"})  # no answer of any version
    office.sync(office.one)
    earlier = exported(office, "proef", tmp_path / "x")["proef___earlier"]
    assert {("vroeger antwoord", "1"), ("offline geschreven", "1")} == {
        (row["value"], row["version"]) for row in earlier
    }
    assert late.hex() in {row["_record"] for row in earlier}
    office.close()
