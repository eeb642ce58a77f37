"""The routes of the desk, gathered: each page's file gives its own in `ROUTES`, and is named here once."""

from typing import Any, Final

from litestar import Router
from litestar.di import Provide

from backend.web.desk import (
    access,
    account,
    attention,
    beginning,
    bulk,
    conflict,
    conflict_more,
    conflicts,
    devices,
    editing,
    exports,
    form_drafts,
    form_effect,
    form_mending,
    form_preview,
    form_purpose,
    form_texts,
    form_waiting,
    forms,
    house,
    house_look,
    items,
    joining,
    keys,
    keyslots,
    lists,
    log,
    openid,
    people,
    proposals,
    reason,
    reassigning,
    record,
    records,
    rescue,
    review,
    settled,
    signing_in,
    tasks,
    teams,
    terminal,
    today,
    unsaved,
)
from backend.web.desk.guarding import CODE, guard, must_have_an_action
from backend.web.desk.seat import seat_of, visitor_of

ROUTES: Final[tuple[Any, ...]] = (
    *signing_in.ROUTES,
    *openid.ROUTES,
    *today.ROUTES,
    *records.ROUTES,
    *beginning.ROUTES,
    *bulk.ROUTES,
    *reassigning.ROUTES,
    *reason.ROUTES,
    *tasks.ROUTES,
    *unsaved.ROUTES,
    *record.ROUTES,
    *editing.ROUTES,
    *items.ROUTES,
    *access.ROUTES,
    *conflicts.ROUTES,
    *conflict.ROUTES,
    *conflict_more.ROUTES,
    *settled.ROUTES,
    *attention.ROUTES,
    *review.ROUTES,
    *devices.ROUTES,
    *rescue.ROUTES,
    *exports.ROUTES,
    *forms.ROUTES,
    *form_drafts.ROUTES,
    *form_mending.ROUTES,
    *form_purpose.ROUTES,
    *form_texts.ROUTES,
    *form_effect.ROUTES,
    *form_preview.ROUTES,
    *form_waiting.ROUTES,
    *lists.ROUTES,
    *joining.ROUTES,
    *keys.ROUTES,
    *keyslots.ROUTES,
    *account.ROUTES,
    *terminal.ROUTES,
    *people.ROUTES,
    *proposals.ROUTES,
    *teams.ROUTES,
    *log.ROUTES,
    *house.ROUTES,
    *house_look.ROUTES,
)


def router() -> Router:
    """All routes of the desk behind the guard; one that names no action does not start."""
    for handler in ROUTES:
        must_have_an_action(handler)
    return Router(
        "/m",
        route_handlers=[*ROUTES],
        guards=[guard],
        dependencies={
            "seat": Provide(seat_of, sync_to_thread=False),
            "visitor": Provide(visitor_of, sync_to_thread=False),
        },
    )


def paths() -> frozenset[str]:
    """The addresses of the pages, below a municipality's."""
    return frozenset(path.removeprefix(CODE) for handler in ROUTES for path in handler.paths)
