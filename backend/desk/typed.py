"""Texts that a person typed and could not save, because their session had ended or who they are was asked once more:
kept in desk.db, for them alone.

Nothing is done with them by themselves: the person looks at them after signing in, and sends them on or throws them
away. They observe what their page had shown, as they would have then.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from backend.desk.notes import new_id, with_notes
from backend.municipality.service import Municipality
from backend.stores.desk_notes import TYPED_MS, Typed

BYTES_MAX: Final = 65_536  # of the fields of one page: more is no page that was typed
Pairs = tuple[tuple[str, str], ...]
_RECORD: Final = re.compile(r"/(?:record|review)/([0-9a-f]{32})(?:/|$)")
_HIDDEN: Final = re.compile(r"csrf|read_at|do|pick|typed\.do|at\..*|.*\.(?:was|of)")  # of the page: nobody typed it
ENDED, ASKED = "", "asked"  # why it was not saved: the session was over, or who they are was asked once more
EXPORT: Final = "export "  # and the id of a job: an export waits for a second person, and a restart would lose it


class Page(msgspec.Struct, frozen=True):
    """The fields of a page, and why it was not saved."""

    fields: Pairs
    why: str


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Pairs | Page).decode  # what an earlier release kept is its fields alone


_CHOSEN: Final = re.compile(r"kind|words|view|version|reader|column")  # codes of what an export is to be


class Text(NamedTuple):
    """One thing that was typed or chosen, and of which form and question the page asked it (empty: it did not say)."""

    value: str
    of: str = ""


def words_in(fields: Iterable[tuple[str, str]]) -> list[Text]:
    """The texts to show to who typed them. A choice's code says nothing to a person, and nobody typed what a field held
    when its page was read; both are sent on all the same."""
    given = tuple(fields)
    left = {(name.removesuffix(".was"), value) for name, value in given if name.endswith(".was")}
    return texts_in((name, value) for name, value in given if not _CHOSEN.fullmatch(name) and (name, value) not in left)


def texts_in(fields: Iterable[tuple[str, str]]) -> list[Text]:
    """The texts among posted fields that a person may have typed, as they stand."""
    given = tuple(fields)
    asked = {name.removesuffix(".of"): value for name, value in given if name.endswith(".of")}
    return [Text(value, asked.get(name, "")) for name, value in given if value.strip() and not _HIDDEN.fullmatch(name)]


async def keep(town: Municipality, staff: str, path: str, query: str, fields: Pairs, why: str = ENDED) -> str:
    """Keep what somebody typed on a page; returns its id, or "" where there is nothing, or more than a page.

    Raises `MunicipalityLocked`.
    """
    raw = _encode(Page(fields, why) if why else fields)
    if len(raw) > BYTES_MAX or not texts_in(fields):
        return ""
    found = _RECORD.search(path)
    here = path + (f"?{query}" if query else "")
    own = Typed(new_id(), staff, here, found[1] if found else "", raw, town.clock.now_ms())
    await with_notes(town, lambda store: store.keep_typed(own))
    return own.id


async def kept(town: Municipality, staff: str) -> Sequence[Typed]:
    """Everything that is kept for a person, the newest first."""
    since_ms = town.clock.now_ms() - TYPED_MS
    return await with_notes(town, lambda store: store.typed_by(staff, since_ms))


def unsaved(every: Iterable[Typed]) -> list[Typed]:
    """The rows without those of exports, which are offered on their own page where a restart lost them."""
    return [own for own in every if not job_of(own)]


def job_of(own: Typed) -> str:
    """The export that this asked for; empty where it is another page."""
    return why_of(own).removeprefix(EXPORT) if why_of(own).startswith(EXPORT) else ""


def fields_of(own: Typed) -> Pairs:
    """The fields as they were posted, in their order."""
    return _page(own).fields


def why_of(own: Typed) -> str:
    """Why a page was not saved: `ENDED`, `ASKED`, or `EXPORT` and a job."""
    return _page(own).why


def _page(own: Typed) -> Page:
    found = _decode(own.fields)
    return found if isinstance(found, Page) else Page(found, ENDED)
