"""Moving the answers of an item that was entered twice to another item of its group: shown question by question first,
then written as two entries, the answers at their new place and the item without them."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from backend.desk.decisions import ConflictFirst
from backend.desk.history import History
from backend.desk.threads import reason_of, whole
from backend.desk.waiting import items_of, numbers_of
from backend.desk.weighing import ReasonNeeded, nothing_lower
from backend.desk.wording import Speaker, question_named
from backend.desk.writing import Hand, form_of, nothing_beyond, observed_in
from backend.device.device import Device
from backend.device.reading import Editing
from backend.stores.records import Records
from picture.parts import Picture

MOVE: Final = "item-moved"


class Leaf(NamedTuple):
    """One question of both items: what stands in each, in words; `clash` where both have different answers."""

    path: str
    target: str
    label: str
    value: Any
    said: str
    there: Any
    said_there: str

    @property
    def clash(self) -> bool:
        """True where moving would take the place of another answer."""
        return self.there is not None and self.there != self.value


class Move(NamedTuple):
    """A move as a page shows it before it is written."""

    record: str
    form: str
    source: str
    target: str
    label: str
    label_there: str
    leaves: tuple[Leaf, ...]
    open: tuple[str, ...]


def siblings(picture: Picture, name: str, speaker: Speaker) -> list[tuple[str, str]]:
    """The other items of the group of an item: their ids, and what they are called."""
    group = name.rpartition("/")[0]
    items, found = numbers_of(picture, speaker), dict[str, str]()
    for path in items_of(picture):
        around, _, id_ = path.rpartition("/")
        if around == group and path != name:
            found[id_] = speaker.label(picture.form, path, None, items)
    return sorted(found.items(), key=lambda one: items[one[0]])


def compared(picture: Picture, name: str, speaker: Speaker) -> list[tuple[str, list[str]]]:
    """The answers of an item beside those of the other items of its group: each question, with one answer for each."""
    slug, group = picture.form, name.rpartition("/")[0]
    items = [name, *(f"{group}/{id_}" for id_, _ in siblings(picture, name, speaker))]
    leaves = {path.removeprefix(f"{item}/") for item in items for path in picture.shown if path.startswith(f"{item}/")}
    found = []
    for leaf in sorted(leaves, key=lambda leaf: speaker.place(slug, f"{name}/{leaf}")):
        shown = [picture.shown.get(f"{item}/{leaf}") for item in items]
        if any(one is not None and one.value is not None for one in shown):
            said = ["" if one is None or one.value is None else speaker.answer(slug, f"{name}/{leaf}", one.value)
                    for one in shown]  # fmt: skip
            found.append((speaker.label(slug, f"{name}/{leaf}"), said))
    return found


def move_of(history: History, speaker: Speaker, name: str, item: str) -> Move | None:
    """A move to another item; None where that is not there."""
    picture = history.picture()
    target = f"{name.rpartition('/')[0]}/{item}"
    names = dict(siblings(picture, name, speaker))
    if item not in names:
        return None
    slug, items = picture.form, numbers_of(picture, speaker)
    leaves = []
    for path in sorted(picture.shown, key=lambda path: speaker.place(slug, path)):
        shown = picture.shown[path]
        if path.startswith(f"{name}/") and shown.value is not None and shown.in_form:
            there = f"{target}/{path.removeprefix(f'{name}/')}"
            other = picture.shown[there].value if there in picture.shown else None
            leaves.append(
                Leaf(
                    path, there, speaker.label(slug, path), shown.value, speaker.answer(slug, path, shown.value),
                    other, "" if other is None else speaker.answer(slug, there, other),
                )
            )  # fmt: skip
    waits = tuple(one.path for one in picture.conflicts if one.path.startswith((f"{name}/", f"{target}/")))
    return Move(picture.record, slug, name, target, speaker.label(slug, name, None, items), names[item],
                tuple(leaves), waits)  # fmt: skip


async def move(hand: Hand, decision: str, moved: Move, taken: Collection[str], reason: str, field: str) -> None:
    """Write the answers that were chosen at the other item, and the item away, as somebody who saw this page.

    Raises `ReasonNeeded`, `ConflictFirst` where an answer of either item waits itself, and `PageChanged`.
    """
    if not reason:
        raise ReasonNeeded
    if moved.open:
        raise ConflictFirst(path=question_named(hand.town, moved.form, moved.open[0]))
    town, record = hand.town, bytes.fromhex(moved.record)
    observed = observed_in(hand, record, field)
    there: dict[str, Any] = {one.target: one.value for one in moved.leaves if one.path in taken}
    gone: dict[str, Any] = {moved.source: None, **{one.path: None for one in moved.leaves}}

    def read(store: Records) -> tuple[str, int]:
        form = form_of(store, town, moved.record)
        stay = {one.path: None for one in moved.leaves if one.path not in taken}  # what moves is not taken away
        nothing_lower(store, town, moved.record, form, {**stay, **there})
        return form

    form, version = await hand.desk.keeper(town.code).read(read)
    said: Mapping[str, Any] = {reason_of(decision): whole(reason)}

    def write(device: Device) -> None:
        nothing_beyond(device, record, {**there, **gone}, observed)
        if there:
            device.save(Editing(record, observed), form, version, {**there, **said})
        device.save(Editing(record, observed), form, version, {**gone, **said})

    await town.auditing.note(hand.staff, "decide", record, f"{MOVE} {moved.target}"[:200])
    await hand.desk.write_as(town, hand.staff, record, write)
