"""Items of a repeating group at the desk: one more, and one taken away with its answers, as the page showed them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from backend.desk.firsts import first_answers
from backend.desk.writing import Hand, write_seen
from backend.errors import BackendError
from backend.remarks import ulid_of
from crypto.primitives import random_bytes
from forms.definition.document import Form
from forms.schema.resolving import node_at

ULID_BYTES: Final = 16


class TooManyItems(BackendError):
    """A group has as many items as its form allows."""

    code: ClassVar[str] = "too-many-items"


def most_of(form: Form, repeat: str) -> int | None:
    """The number of items that a group may have; nothing where its form says none."""
    most = node_at(form.schema, repeat).get("maxItems")
    return most if isinstance(most, int) else None


async def add_item(
    hand: Hand, record: bytes, field: str, form: Form, repeat: str, held: Sequence[str], shown: Mapping[str, Any]
) -> str:
    """Add an item to a group that holds some, with its first answers; returns its id.

    Raises `TooManyItems`, and what `write_seen` raises.
    """
    most = most_of(form, repeat)
    if most is not None and len(held) >= most:
        raise TooManyItems(limit=most)
    id_ = ulid_of(random_bytes(ULID_BYTES))
    item, answers = f"{repeat}/{id_}", {path: row["value"] for path, row in shown.items() if row["in_form"]}
    first = first_answers(hand.town, form, {**answers, item: {}}, {item})
    await write_seen(hand, record, field, {item: {}, **first})
    return id_


async def remove_item(hand: Hand, record: bytes, field: str, path: str, shown: Mapping[str, Any]) -> None:
    """Take an item away with every answer of it that its page showed: what a colleague adds meanwhile is asked about.

    Raises what `write_seen` raises.
    """
    inside = [one for one in shown if one.startswith(f"{path}/")]
    await write_seen(hand, record, field, {path: None, **dict.fromkeys(inside)})
