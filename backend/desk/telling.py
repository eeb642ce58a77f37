"""The words that tell records of one form and case apart in a list: several visits of one family look alike."""

from collections.abc import Callable, Sequence

from backend.desk.wording import Speaker
from backend.sentences import library
from backend.stores.records import Records
from backend.stores.telling import Traits, traits_of
from forms.wording import moment


def told(
    store: Records, records: Sequence[str], speaker: Speaker, named: Callable[[str], str]
) -> dict[str, dict[str, str]]:
    """Some records, each with its `case` (or the beginning of its id), and what tells it `apart` from others of it:
    day, worker, number. `named` gives the name of who began it."""
    rows = {row["record"]: row["form"] for row in store.formed(records)}
    found = traits_of(store, records, {slug: speaker.form(slug) for slug in {*rows.values()} if slug})
    return {record: {"case": one.case, "apart": apart(one, speaker, named)} for record, one in found.items()}


def apart(one: Traits, speaker: Speaker, named: Callable[[str], str], *, dated: bool = True) -> str:
    """The words for what tells a record apart; without its day where that stands beside them already."""
    said, form = library().phrase, speaker.form(one.form)
    words = []
    if dated and one.day is not None and form is not None and form.own_day:
        words.append(f"{speaker.label(one.form, form.own_day)}: {speaker.answer(one.form, form.own_day, one.day)}")
    elif dated:
        words.append(said("told-begun", speaker.language, at=moment(one.created_ms, speaker.language)))
    if one.begun_by:
        words.append(named(one.begun_by))
    if one.of:
        words.append(said("told-number", speaker.language, number=one.number, of=one.of))
    return ", ".join(words)
