"""Decides whether an item of a repeating group is shown (SPEC.md section 4).

Taking an item away must never take away what somebody else wrote in it at the same time.
"""

from collections.abc import Iterable, Sequence

import msgspec

from forms.policies import Edit, survivors


class ItemStanding(msgspec.Struct, frozen=True):
    """The result of the edits of an item: hidden or shown, and whether a person must look."""

    hidden: bool
    contested: bool


SHOWN = ItemStanding(hidden=False, contested=False)
HIDDEN = ItemStanding(hidden=True, contested=False)
CONTESTED = ItemStanding(hidden=False, contested=True)


def standing(item: Sequence[Edit], leaves: Iterable[Sequence[Edit]]) -> ItemStanding:
    """Decide whether an item is shown, from every admitted edit of its own path and of each path inside it.

    Hidden only if a removal (`null` at the item's path) survives, nobody put the item back in parallel, and
    every survivor of every answer in it was seen by a surviving removal or written by one. If a removal
    survives and the rest does not hold, the item stays on screen and is listed. An item without an entry of
    its own (the one that added it is not admitted) is shown with the answers that it has.
    """
    if all(edit.value is not None for edit in item):
        return SHOWN
    alive = survivors(item)
    removals = [edit for edit in alive if edit.value is None]
    if not removals:
        return SHOWN
    seen = frozenset[bytes]().union(*(removal.knows | {removal.hash} for removal in removals))
    unseen = any(edit.hash not in seen for leaf in leaves if leaf for edit in survivors(leaf))
    return CONTESTED if unseen or len(removals) < len(alive) else HIDDEN
