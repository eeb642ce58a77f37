"""The standing of a municipality for the status page: what waits, what it stands on, and the one thing to do next."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from backend.municipality.service import Municipality
from sync.facts import WORKER, Certificate

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
BACKUP_OLD_MS: Final = 26 * HOUR_MS  # a nightly one, and two hours in which it may be late
COPY_LATE_MS: Final = 600_000  # a copy that follows is seconds behind; so long no phone forgets what it sent
QUIET_MS: Final = 7 * DAY_MS  # so long may nothing come from a phone before somebody asks its worker
ENDING_MS: Final = 30 * DAY_MS  # so long before its end a device is renewed without haste, and after it still named
BACKUPS: Final = "/var/backups/veldpost"  # where docs/operators.md has them


class Step(NamedTuple):
    """The next thing to do: the code of a sentence, its facts, and the words of the command that does it."""

    code: str
    facts: Mapping[str, Any]
    command: tuple[str, ...] = ()


def standing(town: Municipality, counts: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """All that the page shows of one municipality, without personal data: counts, times, and the next step."""
    known = _known(town, now_ms)
    valid = [c for c in known if c.until_ms > now_ms]
    heard = [town.resting.heard().get(c.device, 0) for c in valid]
    row = {
        **counts,
        "backup_hours": max(0, now_ms - counts["backed_up_ms"]) // HOUR_MS,
        "backup_is_old": 0 < counts["backed_up_ms"] < now_ms - BACKUP_OLD_MS,
        "waits": None if town.locked else town.projected.waits,
        "phones": len(valid),
        "copy_is_late": 0 < counts["copy_since_ms"] < now_ms - COPY_LATE_MS,
        "silent": sum(0 < at_ms < now_ms - QUIET_MS for at_ms in heard),
        "unheard": sum(at_ms == 0 for at_ms in heard),
        "ends_ms": first_end(town, now_ms),
        "ending": sum(c.until_ms < now_ms + ENDING_MS for c in known),
    }
    return {**row, "step": next_step(row)}


def _known(town: Municipality, now_ms: int) -> list[Certificate]:
    """The certificates of workers' devices that are valid, or ended lately."""
    certificates, ended = town.book.certificates.values(), town.book.revocations
    return [
        one
        for one in certificates
        if one.role == WORKER and one.until_ms > now_ms - ENDING_MS and one.device not in ended
    ]


def first_end(town: Municipality, now_ms: int) -> int:
    """The time at which the first certificate of a worker's device ends, or ended lately; 0 if there is none."""
    return min((one.until_ms for one in _known(town, now_ms)), default=0)


def next_step(row: Mapping[str, Any]) -> Step:
    """The first thing that is to be done: what stops the work or endangers answers comes before what waits."""
    code = row["code"]
    conflicts, decisions, _ = row["waits"] or (0, 0, 0)
    steps = (
        (row["key_fault"], Step("step-key-fault", {}, ("status", code))),
        (row["fault"], Step("step-stands-still", {}, ("status", code))),
        (row["standby_since_ms"], Step("step-standby-away", {})),
        (row["awaiting_list"], Step("step-awaits-list", {}, ("status", code))),
        (row["locked"], Step("step-unlock", {}, ("unlock", code, "--passphrase"))),
        (not row["forms"], Step("step-publish", {}, ("form", "publish", code, "--library", "dossier"))),
        (not row["backed_up_ms"], Step("step-first-backup", {}, ("backup", code, BACKUPS, "--dated"))),
        (row["backup_is_old"], Step("step-old-backup", {}, ("backup", code, BACKUPS, "--dated"))),
        (row["copy_is_late"], Step("step-late-copy", {}, ("status", code))),
        (row["unconfirmed"], Step("step-confirm-account", {}, ("confirm-account", code))),
        (not row["phones"], Step("step-invite", {}, ("invite", code))),
        (row["ending"], Step("step-renew", {"count": row["ending"]}, ("devices", code))),
        (conflicts, Step("step-conflicts", {"count": conflicts}, ("conflicts", code))),
        (decisions, Step("step-decisions", {"count": decisions}, ("attention", code))),
        (row["silent"], Step("step-silent", {"count": row["silent"]}, ("devices", code))),
    )
    return next((step for due, step in steps if due), Step("step-nothing", {}))
