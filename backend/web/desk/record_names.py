"""The names by which a person knows records, on pages that list acts: the code of its case where they read it, and the
first digits of its number where they do not."""

from collections.abc import Iterable, Mapping
from typing import Final

from backend.desk.naming import BEGINNING
from backend.desk.record_view import ID_DIGITS, case_question
from backend.desk.telling import told
from backend.desk.wishes import tabled
from backend.stores.listing import chosen, numbered
from backend.stores.records import Records
from backend.web.desk.reading import READS, Readable, readable, speaker
from backend.web.desk.seat import Seat

_LEFT: Final = 32 - ID_DIGITS  # digits of a number that are not shown


async def names_of(seat: Seat, forms: Mapping[str, str], actions: tuple[str, str] = READS) -> dict[str, str]:
    """The names of the records, by number, that are there for this person; `forms` has the form of each."""
    names: dict[str, str] = {}
    for slug, one in readable(seat, actions).items():
        ids = [record for record, form in forms.items() if form == slug]
        if ids:
            names |= await _named(seat, one, ids)
    return names


async def _named(seat: Seat, one: Readable, ids: list[str]) -> dict[str, str]:
    question = case_question(one.form)
    named = question.name if question is not None and question.name in tabled(one.form) else ""

    def work(store: Records) -> dict[str, str]:
        rows, apart = chosen(store, one.form.slug, ids, named), told(store, ids, speaker(seat), seat.named)
        named_as = {row["record"]: row["name"] or row["record"][:ID_DIGITS] for row in rows}
        return {record: f"{name}, {apart[record]['apart']}" for record, name in named_as.items()}

    return await seat.keeper.look(work, workers=one.workers)


async def names_of_beginnings(seat: Seat, beginnings: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The names of records of which the form and the first digits of the number are kept; of one that this person does
    not read, or that others begin like, there is none."""
    found: dict[tuple[str, str], str] = {}
    forms = readable(seat) if not seat.town.locked else {}
    for slug, digits in dict.fromkeys(beginnings):
        one = forms.get(slug)
        if one is None or not BEGINNING.fullmatch(digits):
            continue
        low, high = digits + "0" * _LEFT, digits + "f" * _LEFT
        ids = await seat.keeper.look(
            lambda store, form=one.form, low=low, high=high: numbered(store, {form.slug: form}, low, high, 2),  # type: ignore[misc]
            workers=one.workers,
        )
        if len(ids) == 1 and (named := await _named(seat, one, ids)):
            found[slug, digits] = named[ids[0]]
    return found
