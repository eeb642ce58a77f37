"""A new version of a named list that one person does not publish alone (forms/SPEC.md 11.3).

Other words for a choice change what was answered with it; so a second person agrees before any phone gets them
(`four_eyes`). The version waits until then as it was brought. What is harmless by that rule is published by one person,
and stays in sight until a colleague has read it: rows that go round the words of the lint would reach every phone with
nobody else reading.
"""

from backend.desk import four_eyes
from backend.municipality.lists import Publishing, agreed_revision, current, keep_version
from backend.municipality.service import Municipality
from forms.lists.lists import NamedList, read_list
from forms.lists.versions import Change, Revision, difference


def publishing(town: Municipality, name: str, staff: str, reason: str = "") -> Publishing:
    """The question that `lists.revise` asks in the writer's transaction: if a version is published now.

    Raises `four_eyes.SecondNeeded` where nobody could agree and no `reason` is given.
    """

    def may_now(revision: Revision, *, held: bool, told: bool) -> bool:
        if held:
            asked = four_eyes.new(town, four_eyes.LIST, staff, "", label=name)
            if not four_eyes.propose(town, asked, reason):
                assert revision.named is not None
                town.people.keep_held_list(asked.id, revision.named.raw)
                return False
        elif told:
            said = [next(iter(change.after.values()), "") for change in revision.changes]
            four_eyes.tell(town, four_eyes.LIST, staff, name, ", ".join(filter(None, said)) or name)
        return True

    return may_now


async def agree(town: Municipality, by: str, id_: str) -> None:
    """Agree, as a second person, with a version of a list that waits, which publishes it.

    Raises what `four_eyes.agreed` does, `lists.ListChanged` where it follows another version by now, and
    `lists.ListRefused` where a form that was published since would break with it; then it waits still.
    """

    def work() -> None:
        raw, found = town.people.held_list(id_), four_eyes.agreed(town, id_, by)
        if raw is None:
            raise four_eyes.ProposalOver
        keep_version(town, agreed_revision(town, _read(raw)), found.by, seconded_by=by)

    await town.submit(work)


def changes_of(town: Municipality, id_: str) -> list[Change]:
    """The changes that a version that waits makes of its list as it is now."""
    raw = town.people.held_list(id_)
    if raw is None:
        return []
    after = _read(raw)
    before = current(town, after.slug) or NamedList(after.slug, after.title)
    return [*difference(before, after)]


def _read(raw: bytes) -> NamedList:
    named = read_list(raw).named
    assert named is not None, "it was read when it was brought"
    return named
