"""Counting again, once, what a store of an earlier release took by other rules."""

from backend.municipality.auditing import Auditing
from backend.municipality.intake import Intake
from backend.municipality.state import State
from backend.sentences import words
from backend.stores.ledger import Journal


def recount(journal: Journal, state: State, intake: Intake, auditing: Auditing) -> None:
    """Count gifts and the access of ended devices again, and name heirs of before in the audit; in a unit of work."""
    if not journal.recount_wanted():
        return
    for record in journal.records_with_gifts():
        intake.recount(record, state.position)
    for device in state.book.revocations:
        for record in journal.held_by(device):
            intake.redeliver(record, state.position)
    for certificate in state.book.certificates.values():
        if certificate.succeeds is not None:
            heirs = {"device": certificate.device.hex(), "old": certificate.succeeds.hex()}
            auditing.write("operator", "heir-of-before", None, words("audit-heir", **heirs).kept)
    journal.recounted()
