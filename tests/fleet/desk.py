"""The office of the fleet: the real projection, and people who decide and export in bad moments."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from backend.desk import answers, decisions
from backend.desk.decisions import ConflictUnknown, DecisionChanged, DecisionUnknown
from backend.desk.desk import Desk
from backend.desk.fitting import AnswerDoesNotFit
from backend.desk.own_secrets import Proof
from backend.desk.taking_in import NotReadable
from backend.desk.waiting import ConfirmNeeded
from backend.errors import MunicipalityLocked
from backend.municipality.exports import ExportOvertaken
from backend.municipality.registry import Municipalities
from backend.projection.keeper import Keeper
from forms.definition.library import first_raw
from sync.entry import SHORT_HASH, parse_header
from tests.fleet.sea import Sailor, Sea
from tests.standing import Everybody

Row = dict[str, Any]
STAFF: Final = "beheer"
FORMS: Final = ("dossier", "huisbezoek")
IN_WORDS: Final = ("/toegang", "/duiding")  # asked as text here: each answer is a word that is found again


class Office:
    """The acts of people at the desk of one municipality, whose server stops and starts beside them."""

    def __init__(self, sea: Sea, erase: Callable[[bytes], None]) -> None:
        self._sea = sea
        self._random = sea.random
        self._erase = erase
        for form in FORMS:
            sea.server.publish(_asked_in_words(first_raw(form)))
        sea.server.opened.append(self._open)
        self._open()

    def _open(self) -> None:
        """A desk for the server as it runs now, which looks at the journal when it is told to and never by itself."""
        server = self._sea.server
        towns = Municipalities(server.folder.parent, server.folder / "no-keys", server.clock)
        towns.add(server.municipality)
        server.desk = self._desk = Desk(towns)
        self._desk.keepers[server.municipality.code] = Keeper(server.municipality)
        self._desk.completion(server.municipality.code)

    @property
    def keeper(self) -> Keeper:
        """The projection as it runs now."""
        return self._desk.keeper(self._sea.town.code)

    def project(self, _sailor: Sailor) -> None:
        """The projection catches up."""
        self._sea.server.confirm_list()
        self._sea.server.run(self.keeper.catch_up())
        self._sea.seen["projection"] += 1

    def _asked(self, rows: Callable[..., AsyncIterator[Row]], **args: Any) -> list[Row]:
        async def all_of() -> list[Row]:
            who = Everybody(self._sea.town, STAFF)
            return [row async for row in rows(self._desk, self._sea.town, STAFF, args, who=who)]

        self._sea.server.confirm_list()
        return self._sea.server.run(all_of())

    # --- deciding ---

    def resolve(self, _sailor: Sailor) -> None:
        """Decide a conflict as it was shown, now and then while a worker answers the same question once more."""
        sea = self._sea
        self._disagree()
        shown = self._asked(answers.conflicts)
        if not shown:
            return
        conflict = self._random.choice(shown)
        record, path = bytes.fromhex(conflict["record"]), conflict["path"]
        word = self._late_answer(record, path) if self._random.random() < 0.5 else None
        survivors = [bytes.fromhex(one["entry"]) for one in conflict["survivors"]]
        own = path in IN_WORDS and self._random.random() < 0.5
        choice: Row = {"value": sea.word(record)} if own else {"keep": "1"}
        try:
            self._asked(decisions.resolve, conflict=conflict["conflict"], **choice)
        except (DecisionChanged, ConflictUnknown):
            sea.seen["desk decision refused, something came in"] += 1
            sea.words.pop(str(choice.get("value")), None)
            return
        self._wrote(choice)
        sea.seen["desk resolved"] += 1
        sea.seen["desk resolved beside an answer elsewhere"] += word is not None
        self._look_at_observed(record, survivors)

    def _disagree(self) -> None:
        """Two workers answer one question, and neither has seen the other's answer."""
        sea = self._sea
        for record in self._random.sample(sea.living(), len(sea.living())):
            workers = {one.worker: one for one in sea.sailors if record in sea.readable(one)}
            if len(workers) > 1:
                two = list(workers.values())[:2]
                for one, editing in [(one, one.device.open(record)) for one in two]:
                    one.device.save(editing, "huisbezoek", 1, {"/toegang": sea.word(record)})
                for one in two:
                    sea.sync(one, calm=True)
                return

    def decide(self, _sailor: Sailor) -> None:
        """Decide something else that waits, as it was shown."""
        sea = self._sea
        shown = [row for row in self._asked(answers.attention) if row.get("choices")]
        if not shown:
            return
        waits = self._random.choice(shown)
        record = bytes.fromhex(waits["record"])
        choice = self._random.choice(waits["choices"])
        value: Row = {"value": sea.word(record)} if choice == "change" else {}
        try:
            try:
                self._asked(decisions.decide, decision=waits["decision"], choice=choice, **value)
            except ConfirmNeeded as error:
                typed = error.facts["case"]
                self._asked(decisions.decide, decision=waits["decision"], choice=choice, confirm=typed, **value)
        except (DecisionChanged, DecisionUnknown, decisions.ConflictFirst, NotReadable, AnswerDoesNotFit) as error:
            sea.seen[f"desk cannot decide: {error.code}"] += 1
            sea.words.pop(str(value.get("value")), None)
            return
        self._wrote(value)
        sea.seen["desk decided"] += 1
        if choice == "take-in":
            self._counts_now(record)
            sea.back_up_server()

    def _wrote(self, said: Row) -> None:
        """Until the next backup, or until a phone has it, a word of the desk is in the server's folder alone."""
        if "value" in said:
            self._sea.desk_words[said["value"]] = self._sea.words[said["value"]]

    def _counts_now(self, record: bytes) -> None:
        """Words of an ended phone that somebody took in count like any other."""
        kept = self._sea.kept_words
        for word in [word for word, of in kept.items() if of == record]:
            self._sea.words[word] = kept.pop(word)
            self._sea.seen["desk took in the words of an ended phone"] += 1

    def _late_answer(self, record: bytes, path: str) -> str | None:
        """Somebody answers what is being decided, and syncs."""
        sea = self._sea
        others = [one for one in sea.sailors if record in sea.readable(one)]
        if not others:
            return None
        sailor, word = self._random.choice(others), sea.word(record)
        sailor.device.save(sailor.device.open(record), "huisbezoek", 1, {path: word})
        sea.sync(sailor, calm=True)
        return word

    def _look_at_observed(self, record: bytes, shown: list[bytes]) -> None:
        """The desk's last entry of a record observes what was shown and the desk's own entries, nothing else."""
        sea, held = self._sea, self._sea.town.journal.entries_of(record)
        desks = {c.device for c in sea.town.book.certificates.values() if c.worker == f"desk:{STAFF}"}
        own = [one for one in held if parse_header(one.entry.header).device in desks]
        allowed = {one.hash[:SHORT_HASH] for one in (*own, *held) if one.hash in shown or one in own}
        for seen in parse_header(own[-1].entry.header).observed:
            if seen.short not in allowed:
                sea.faults.append(f"the desk decided over seq {seen.seq}, which nobody had been shown")

    # --- exporting ---

    def export(self, _sailor: Sailor) -> None:
        """Export the form; now and then a record is erased half way, and nothing of it may be in a file."""
        sea, rows, living = self._sea, list[Row](), self._sea.living()
        if "huisbezoek" not in sea.server.run(self.keeper.read(lambda store: store.form_tables())):
            return
        sea.number += 1
        out = sea.folder / "exports" / f"{sea.number}.jsonl"
        work = out.parent / f".veldpost-{sea.number}"
        work.mkdir(parents=True)
        file = work / out.name
        erased = self._random.choice(living) if len(living) > 3 and self._random.random() < 0.7 else None

        asked = {"form": "huisbezoek", "work": str(work), "reason": "Voor de proef op zee, verzonnen."}
        who = Everybody(sea.town, STAFF)
        proof = Proof(self._desk, sea.town, STAFF, "export", "", fresh=True)
        source = answers.export(
            self._desk, sea.town, STAFF, asked, progress=lambda _done, _all: None, who=who, proof=proof
        )
        rows += sea.server.run(_some(source, self._random.randrange(1, 40)))
        file.write_text(str(rows))
        if erased is not None:
            self._erase(erased)
        try:
            rows += sea.server.run(_some(source, 1_000_000))
            sea.server.run(answers.publish_export(self._desk, sea.town, STAFF, {"work": str(work)}))
        except (ExportOvertaken, MunicipalityLocked):  # the second when the server died in the middle of the erasure
            sea.seen["export overtaken by an erasure"] += 1
            if erased is None:
                sea.faults.append("an export was ended although nothing was erased meanwhile")
            if file.exists() and not sea.town.erasing.unfinished:
                sea.faults.append("an erasure was finished and left what an export had written")
            if self._random.random() < 0.5:  # otherwise the command was killed
                shutil.rmtree(work, ignore_errors=True)
            return
        sea.seen["export"] += 1
        if erased is not None:
            sea.faults.append("an export was published although a record was erased meanwhile")
        file.replace(out)
        work.rmdir()


async def _some(source: AsyncIterator[Row], count: int) -> list[Row]:
    found: list[Row] = []
    async for row in source:
        found.append(row)
        if len(found) == count:
            break
    return found


def left_behind(folder: Path) -> list[Path]:
    """Whatever exports were writing and did not publish."""
    return [path for path in folder.rglob(".veldpost-*") if path.is_dir() and any(path.iterdir())]


def _asked_in_words(raw: bytes) -> bytes:
    """The form, in which `/toegang` takes any text, so that the desk may answer it with a word too."""
    document = msgspec.json.decode(raw)
    if "toegang" in document["schema"]["properties"]:
        asked = document["fields"]["/toegang"]
        document["schema"]["properties"]["toegang"] = {"type": "string", "maxLength": 100}
        del asked["choices"]
        asked |= {"hint": document["fields"]["/duiding"]["hint"], "sensitivity": "S1"}
    return msgspec.json.encode(document)
