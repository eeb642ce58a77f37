"""An edit that comes in at whichever step of a decision, of each kind, survives and is asked about."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from backend.desk.deciding import Chosen, amend, settle
from backend.desk.decisions import DecisionChanged, DecisionUnknown
from backend.desk.history import History
from backend.desk.moving import move, move_of
from backend.desk.outcome import settled_of
from backend.desk.waiting import matter_of
from backend.desk.wording import Speaker
from backend.desk.writing import PageChanged
from backend.device.device import Device
from backend.device.syncing import Sync
from tests.desk.office import Office
from tests.desk.test_what_a_page_showed import inject, lead, page
from tests.fleet.world import LocalTransport

FORM, AT, DAY = "huisbezoek", "/toegang", "/bezoek_datum"
CHILD, OTHER = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1", "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ2"
REF: Final = f"{OTHER}/kind_ref"
STEPS_MAX: Final = 9  # before the desk's device does anything, and before each of its exchanges


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(Path(tmp_path_factory.mktemp("office")))
    made.three = made.server.enrol(made.server.folder / "three.db", "werker-drie")  # type: ignore[attr-defined]
    yield made
    made.close()


def third(office: Office, record: bytes) -> Device:
    device: Device = office.three  # type: ignore[attr-defined]
    office.server.run(office.server.municipality.opening.grant(record, "werker-drie", "beheer"))
    Sync(device, LocalTransport(office.server)).run()
    return device


def waiting(office: Office, record: bytes, kind: str) -> dict[str, Any]:
    office.dump()
    named = office.find("select id, form from _queue where record = ? and kind = ?", record.hex(), kind)[0]
    found = office.server.run(office.keeper.read(lambda store: store.queued(named["id"], [named["form"]])))
    assert found is not None
    return found


class Scene:
    """A matter that waits, how it is decided, and the question in which the late edit comes."""

    def __init__(self, office: Office, record: bytes, kind: str, path: str, chosen: Chosen, late: Any) -> None:
        self.office, self.record, self.path, self.late_value = office, record, path, late
        row = waiting(office, record, kind)
        self.id, self.kind, self.name = row["id"], kind, row["name"]
        self.history = History(office.server.municipality, record)
        self.speaker = Speaker(office.server.municipality, "nl")
        self.matter = matter_of(row, self.history, self.speaker)
        self.chosen = chosen._replace(read_at=page(office, record))

    def decide(self) -> None:
        self.office.server.run(settle(lead(self.office), self.matter, self.chosen, self.speaker))


class Amended(Scene):
    """A matter that was decided, and is worked over on the page of its outcome."""

    def __init__(self, *args: Any, then: Callable[[Any], Chosen]) -> None:
        super().__init__(*args)
        super().decide()
        self.office.dump()
        self.history = History(self.office.server.municipality, self.record)
        was = {"id": self.id, "record": self.record.hex(), "kind": self.kind, "name": self.name}
        self.settled = settled_of(was, self.history, self.speaker)
        self.chosen = then(self.settled)._replace(read_at=page(self.office, self.record))

    def decide(self) -> None:
        self.office.server.run(amend(lead(self.office), self.settled, self.chosen))


class Moved(Scene):
    """An item whose answers are moved to another."""

    def decide(self) -> None:
        moved = move_of(self.history, self.speaker, self.name, CHILD.rpartition("/")[2])
        assert moved is not None
        taken = {leaf.path for leaf in moved.leaves}
        self.office.server.run(move(lead(self.office), self.id, moved, taken, "Stond er dubbel.", self.chosen.read_at))


def torn(office: Office) -> bytes:
    record = office.shared(FORM, {AT: "binnen"})
    office.parallel(record, FORM, {DAY: "2026-02-01"}, {DAY: "2026-02-02"})
    return record


def item(office: Office) -> bytes:
    record = office.shared(FORM, {AT: "binnen", CHILD: {}, OTHER: {}, REF: "KIND-2222"})
    office.parallel(record, FORM, {OTHER: None, REF: None}, {f"{OTHER}/kind_dag": "school"})
    return record


def hidden(office: Office) -> bytes:
    record = office.shared(FORM, {AT: "binnen"})
    office.parallel(record, FORM, {AT: "geweigerd"}, {"/tolk": "niet_nodig"})
    return record


def deleted(office: Office) -> bytes:
    record = office.shared(FORM, {AT: "binnen"})
    first, second = office.one.open(record), office.two.open(record)
    office.one.delete(first)
    office.two.save(second, FORM, 1, {DAY: "2026-02-02"})
    office.sync()
    return record


def parted(office: Office) -> bytes:
    record = office.shared(FORM, {AT: "binnen"})
    worker = f"werker-{record.hex()[:6]}"
    phone = office.server.enrol(office.server.folder / f"{worker}.db", worker)
    office.server.run(office.server.municipality.opening.grant(record, worker, "beheer"))
    office.sync(phone)
    last = phone.pen.head.seq
    phone.save(phone.open(record), FORM, 1, {DAY: "2026-03-04"})
    office.sync(phone)
    office.server.run(office.server.municipality.acts.revoke(phone.id, "beheer", last_seq=last))
    return record


def failing(office: Office) -> bytes:
    record = office.shared("traject", {"/leeftijd": "16_17"})
    office.parallel(record, "traject", {"/leeftijd": "14_15"}, {"/soort": "betaald_werk"})
    return record


OTHER_DAY: Final = Chosen("other", values=("2026-02-03",))
LATE: Final = "2026-02-09"
SCENES: Final[dict[str, Callable[[Office], Scene]]] = {
    "another answer": lambda o: Scene(o, torn(o), "conflict", DAY, OTHER_DAY, LATE),
    "undone": lambda o: Amended(o, torn(o), "conflict", DAY, OTHER_DAY, LATE, then=lambda _: Chosen("undo")),
    "put in its place": lambda o: Amended(
        o, torn(o), "conflict", DAY, OTHER_DAY, LATE, then=lambda settled: Chosen("keep", settled.others[1].entry)
    ),
    "item kept": lambda o: Scene(o, item(o), "item-contested", REF, Chosen("keep"), "KIND-9999"),
    "item removed": lambda o: Scene(o, item(o), "item-contested", REF, Chosen("remove"), "KIND-9999"),
    "item put back": lambda o: Amended(
        o, item(o), "item-contested", REF, Chosen("remove"), "KIND-9999", then=lambda _: Chosen("undo")
    ),
    "item moved from": lambda o: Moved(o, item(o), "item-contested", REF, Chosen(), "KIND-9999"),
    "item moved to": lambda o: Moved(o, item(o), "item-contested", f"{CHILD}/kind_ref", Chosen(), "KIND-9999"),
    "hidden cleared": lambda o: Scene(o, hidden(o), "hidden-parallel", "/tolk", Chosen("clear"), "telefonisch"),
    "hidden confirmed": lambda o: Scene(o, hidden(o), "hidden-parallel", AT, Chosen("confirm"), "aan_de_deur"),
    "hidden shown": lambda o: Scene(
        o, hidden(o), "hidden-parallel", AT, Chosen("change", values=("binnen",)), "aan_de_deur"
    ),
    "deleted": lambda o: Scene(o, deleted(o), "contested", DAY, Chosen("delete"), LATE),
    "restored": lambda o: Scene(o, deleted(o), "contested", DAY, Chosen("restore"), LATE),
    "taken in": lambda o: Scene(o, parted(o), "held-revoked", DAY, Chosen("take-in"), LATE),
    "mended": lambda o: Scene(
        o, failing(o), "check-parallel", "/soort", Chosen("change", path="/soort", values=("stage",)), "dagbesteding"
    ),
}  # fmt: skip


def said(office: Office, record: bytes, path: str) -> set[Any]:
    """All that a person is shown or asked about at a question: survivors, a hidden answer, the one that stands."""
    office.dump()
    row = office.ask("show", record=record.hex())[0]
    found = {one["value"] for conflict in row["open_conflicts"] if conflict["path"] == path
             for one in conflict["survivors"]}  # fmt: skip
    found |= {word["value"] for waits in row["waits"] for word in waits["words"] if word["path"] == path}
    found |= {one["answer"]["value"] for one in row["hidden_answers"] if one["path"] == path}
    return found | ({row["shown"][path]["value"]} if path in row["shown"] else set())


@pytest.mark.parametrize("name", SCENES)
def test_a_late_edit_survives_each_step_of_a_decision(
    office: Office, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for step in range(STEPS_MAX):
        scene = SCENES[name](office)
        device = third(office, scene.record)
        editing = device.open(scene.record)

        def late(road: Any, device: Device = device, editing: Any = editing, scene: Scene = scene) -> None:
            device.save(editing, "traject" if scene.kind == "check-parallel" else FORM, 1,
                        {scene.path: scene.late_value})  # fmt: skip
            Sync(device, road).run()

        seen = inject(office, step, late, monkeypatch)
        written = True
        try:
            scene.decide()
        except (DecisionChanged, DecisionUnknown, PageChanged):
            written = False
        happened = step == 0 or seen[0] >= step
        monkeypatch.undo()
        if not happened:
            assert written and step > 1
            return
        assert scene.late_value in said(office, scene.record, scene.path), (name, step, written)
        (row,) = office.find("select deleted, contested from _record where record = ?", scene.record.hex())
        assert not row["deleted"] or row["contested"], (name, step)
    raise AssertionError("more steps than were looked at")
