"""The matters that the office settled, the last first: who, when, what was chosen and why, and what became of it since.

Each row leads to its page (`conflict.py`), where it is undone or decided anew. It shows what a person may decide about
themselves, within the same scope; an address says no more than "mine" and a form.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from litestar import Request, Response

from backend.desk.arguments import DESK_WORKER
from backend.desk.sights import Sight
from backend.desk.telling import told
from backend.desk.wording import Speaker
from backend.sentences import library
from backend.stores.queue_rows import CONFLICT, FAULT
from backend.stores.records import Records, SettledWish
from backend.web.desk.conflicts import DECIDE, PAGE_ROWS, sights
from backend.web.desk.guarding import page
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seated
from backend.web.desk.table_facts import counted

Row = dict[str, Any]
KEY: Final = re.compile(r"([0-9]{1,15})-([0-9a-f]{32})")  # a time and an id, behind which a page begins


class Wished(NamedTuple):
    """The part that an address asks for: one's own, of one form."""

    mine: bool = False
    form: str = ""


@page("/conflicts/settled", action=DECIDE)
async def settled(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """List what was settled."""
    wished = Wished(bool(request.query_params.get("mine")), str(request.query_params.get("form", ""))[:200])
    after, total = _key(str(request.query_params.get("after", ""))), 0
    rows: list[Row] = []
    speaker = Speaker(seat.town, seat.language)
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> None:
            nonlocal total
            wish = SettledWish(sight.forms, wished.form, f"{DESK_WORKER}{seat.staff}" if wished.mine else "")
            found = store.settled(wish, after, PAGE_ROWS + 1)
            apart = told(store, [row["record"] for row in found], speaker, seat.named)
            rows.extend({**in_words(row, speaker), **apart[row["record"]]} for row in found)
            total += store.settled_count(wish)

        await seat.keeper.look(read, workers=sight.workers)
    rows.sort(key=lambda row: (-row["at_ms"], row["id"]))
    await seat.note("conflicts", None, f"settled-{min(len(rows), PAGE_ROWS)}")
    last = rows[PAGE_ROWS - 1] if len(rows) > PAGE_ROWS else None
    forms = sorted({(slug, speaker.title(slug)) for sight in sights(seat) for slug in sight.forms if slug})
    return render(
        seat, "conflicts/settled_list.html", here="conflicts", rows=rows[:PAGE_ROWS], forms=forms, wished=wished,
        total=counted(total, seat.language), next=f"{last['at_ms']}-{last['id']}" if last else "",
    )  # fmt: skip


def _key(text: str) -> tuple[int, str] | None:
    found = KEY.fullmatch(text)
    return (int(found[1]), found[2]) if found else None


def in_words(row: Mapping[str, Any], speaker: Speaker) -> Row:
    """Something that was settled, in words: what it was about, what was chosen."""
    slug, name, kind = row["form"], str(row["name"]), row["kind"]
    label = speaker.label(slug, name) if name.startswith("/") else speaker.title(slug)
    return {
        **row, "label": label, "title": speaker.title(slug), "kind_code": f"conflicts-kind-{kind}",
        "chosen": _chosen(row, speaker), "turns": [_turn(row, one, speaker) for one in json.loads(row["turns"])],
    }  # fmt: skip


def _turn(row: Mapping[str, Any], turn: Row, speaker: Speaker) -> Row:
    """One turn of a matter before the decision that stands, or between it and what came of it."""
    whole = {**row, **turn, "value": json.dumps(turn["value"])}
    return {**turn, "code": f"conflicts-turn-{turn['state']}", "chosen": _chosen(whole, speaker)}


def _chosen(row: Mapping[str, Any], speaker: Speaker) -> str:
    language, slug, path = speaker.language, row["form"], str(row["path"])
    if row["did"]:
        return library().phrase(f"conflicts-did-{row['kind']}-{row['did']}", language)
    value = json.loads(row["value"])
    said = library().phrase("conflicts-empty", language) if value is None else speaker.answer(slug, path, value)
    whole = row["kind"] == FAULT or (row["kind"] != CONFLICT and path != row["name"])
    return f"{speaker.label(slug, path)}: {said}" if whole and path else said


ROUTES: Final = (settled,)
