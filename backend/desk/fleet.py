"""The devices of workers as the office sees them: last heard, waiting words, keys that end; and what a lost one held.

Everything a row says is a fact, a stamp or the device's own words (`municipality.fleet`); what a device did not say is
`None`, and shown as unknown. A desk device is no phone and is never listed.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from backend.municipality.fleet import Heard
from backend.municipality.service import Municipality
from sync.facts import WORKER, Certificate

SILENT_MS: Final = 7 * 86_400_000  # so long unheard with words unsent: somebody should call
OFF_MS: Final = 5 * 60_000  # a clock that is more wrong than this is worth a word
ENDS_MS: Final = 30 * 86_400_000  # a certificate that ends within a month should be renewed

WORKING: Final = "working"
SILENT: Final = "silent"
NEVER: Final = "never"  # enrolled, and not heard since this server notes it
ENDED: Final = "ended"  # its certificate's time is over
REVOKED: Final = "revoked"
STOLEN: Final = "stolen"
REPLACED: Final = "replaced"


class Phone(NamedTuple):
    """One device of a worker. Times are in milliseconds; `None` is unknown."""

    device: bytes
    worker: str
    state: str
    from_ms: int
    until_ms: int
    received: int
    seen_ms: int | None
    app: str
    unsent: int | None
    storage: bool | None
    off_ms: int | None
    forms_held: int | None
    forms_all: int
    succeeds: bytes | None

    @property
    def lives(self) -> bool:
        """True for a device that may still sync."""
        return self.state in (WORKING, SILENT, NEVER)


def phones(town: Municipality, workers: frozenset[str] | None) -> list[Phone]:
    """The devices of these workers (`None`: of all), the living first, then by worker and time of enrolment."""
    heard, now_ms = town.fleet.all(), town.clock.now_ms()
    rows = [
        _phone(town, certificate, heard.get(certificate.device), now_ms) for certificate in _certified(town, workers)
    ]
    return sorted(rows, key=lambda phone: (not phone.lives, phone.worker.casefold(), -phone.from_ms))


def phone(town: Municipality, device: bytes, workers: frozenset[str] | None) -> Phone | None:
    """One device, or nothing where it is none, or of somebody else's team."""
    return next((one for one in phones(town, workers) if one.device == device), None)


def _certified(town: Municipality, workers: frozenset[str] | None) -> Iterator[Certificate]:
    for certificate in town.book.certificates.values():
        if certificate.role == WORKER and (workers is None or certificate.worker in workers):
            yield certificate


def _phone(town: Municipality, certificate: Certificate, heard: Heard | None, now_ms: int) -> Phone:
    device, book = certificate.device, town.book
    tail = town.committed.tails.get(device)
    received = tail.seq if tail is not None else 0
    unsent = None if heard is None else max(0, heard.head - received)
    told = heard or Heard(0)
    held = sum(told.forms.get(form) == fact.digest for form, fact in book.forms.items())
    return Phone(
        device=device,
        worker=certificate.worker,
        state=_state(town, certificate, heard, unsent, now_ms),
        from_ms=certificate.from_ms,
        until_ms=certificate.until_ms,
        received=received,
        seen_ms=told.at_ms if heard is not None else None,
        app=told.app,
        unsent=unsent,
        storage=told.storage,
        off_ms=told.off_ms,
        forms_held=held if told.forms or told.app else None,  # one that tells nothing of itself may hold them all
        forms_all=len(book.forms),
        succeeds=certificate.succeeds,
    )


def _state(town: Municipality, certificate: Certificate, heard: Heard | None, unsent: int | None, now_ms: int) -> str:
    book = town.book
    ended = book.revocations.get(certificate.device)
    if ended is not None:
        if book.heirs(certificate.device):
            return REPLACED
        return STOLEN if ended.stolen else REVOKED
    if certificate.until_ms <= now_ms:
        return ENDED
    if heard is None:
        return NEVER
    return SILENT if unsent and now_ms - heard.at_ms > SILENT_MS else WORKING


class Lost(NamedTuple):
    """The records of a device that is gone, for whoever must report it within 72 hours: no answers, and no titles."""

    phone: Phone
    records: list[tuple[bytes, str, int]]  # record, form (empty where the tables do not know it), known since, ms


def lost(town: Municipality, one: Phone, forms: dict[bytes, str]) -> Lost:
    """The records that a device held, those that it got first at the beginning; `forms` names the form of each."""
    since = town.access.held_since(one.device)
    rows = [(record, forms.get(record, ""), at_ms) for record, at_ms in since.items() if not town.book.erased(record)]
    return Lost(one, sorted(rows, key=lambda row: (row[2], row[0])))
