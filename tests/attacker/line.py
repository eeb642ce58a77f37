"""A recorded line: everything that was ever sent comes again, soon and much later, as it was and changed."""

from base64 import b64encode

from tests.attacker.phone import TUS
from tests.attacker.stories import story
from tests.attacker.taken_away import NEW_WORDS, Visit, every_route
from tests.attacker.town import Recorded, Town
from tests.attacker.wire import MESSAGEPACK, old_request_headers, pack

LATER_MS = (11 * 60_000, 3_600_000, 300 * 24 * 3_600_000)


def signed(town: Town) -> list[Recorded]:
    """All that was recorded under a signature."""
    return [sent for sent in town.recorded if "Veldpost-Signature" in sent.headers]


@story
def what_was_recorded_is_worth_nothing_later(town: Town) -> None:
    visit = Visit(town)
    every_route(visit.bert, visit.record, visit.name)
    kept = signed(town)
    for later in LATER_MS:
        town.clock.ms += later
        for sent in kept:
            reply = town.resend(sent)
            if reply.status < 400:
                town.model.fault("signed-requests", f"{sent.method} {sent.target} worked {later} ms later")
            if reply.code == "clock" and not reply.problem.get("server_time"):
                town.model.fault("signed-requests", "a refused time without the server's")
        town.clock.ms -= later


@story
def what_was_recorded_comes_again_at_once_and_changes_nothing(town: Town) -> None:
    visit = Visit(town)
    visit.write_on()
    journal = town.product.journal
    before = journal.last_position()
    for sent in signed(town):
        if not sent.target.endswith("/attachments"):
            town.resend(sent)
    if journal.last_position() != before:
        town.model.fault("kept", "a repeated request was journaled twice")


@story
def a_line_plays_the_revoked_phone_back(town: Town) -> None:
    visit = Visit(town)
    kept = signed(town)
    town.revoke(visit.bert)
    visit.write_on()
    for sent in kept:
        town.resend(sent)
    for sent in town.recorded[:]:
        if "Veldpost-Signature" not in sent.headers:
            town.resend(sent)
    visit.nobody_reads_on(visit.bert)


@story
def headers_that_mean_something_are_under_the_signature(town: Town) -> None:
    visit = Visit(town)
    town.recorded.clear()
    where = visit.anna.begin(visit.record, bytes(32), 200).headers["location"]
    visit.anna.piece(where, 0, b"x" * 10)
    begun, piece = town.recorded
    other = ",".join(
        f"{name} {b64encode(value.hex().encode()).decode()}"
        for name, value in (("record", visit.record), ("name", b"\1" * 32))
    )
    changed = (
        (begun, "Upload-Length", "199"),
        (begun, "Upload-Metadata", other),
        (piece, "Upload-Offset", "10"),
        (piece, "Veldpost-Time", str(town.clock.ms + 1)),
        (piece, "Veldpost-Device", visit.eve.id.hex()),
    )
    for sent, name, value in changed:
        reply = town.resend(sent._replace(headers={**sent.headers, name: value}))
        if reply.status < 400:
            town.model.fault("signed-requests", f"{name} was changed on the way")


@story
def the_old_form_of_a_signature_is_refused(town: Town) -> None:
    visit = Visit(town)
    body = pack({"protocol": 1, "sent": town.clock.ms})
    target = visit.anna.target("sync")
    keys = visit.anna.keys
    asked = [
        ("POST", target, old_request_headers(keys, "POST", target, body, {"Content-Type": MESSAGEPACK}), body),
        ("GET", visit.anna.target("attachments", visit.name.hex()), {}, b""),
        ("GET", visit.anna.target("forms", "huisbezoek", "versions", "1"), {}, b""),
        ("POST", visit.anna.target("attachments"), {**TUS, "Upload-Length": "10"}, b""),
    ]
    for method, path, more, content in asked:
        for time in ({}, {"Veldpost-Time": str(town.clock.ms)}):
            headers = {**old_request_headers(keys, method, path, content, more), **time}
            reply = town.send(method, path, headers, content)
            if reply.status < 400:
                town.model.fault("signed-requests", f"{method} {path} under an old signature")


@story
def who_is_unknown_and_who_signs_badly_are_answered_alike(town: Town) -> None:
    visit = Visit(town)
    stranger = town.stranger("niemand")
    liar = town.stranger("anna")
    routes = every_route(stranger, visit.record, visit.name)
    real, liar.keys.id = liar.keys.id, visit.anna.id
    badly = every_route(liar, visit.record, visit.name)
    liar.keys.id = real
    seen = {(reply.status, reply.body) for reply in (*routes, *badly) if reply.body}
    if len(seen) != 1 or {status for status, _ in seen} != {401}:
        town.model.fault("alike", f"{sorted((status, body[:60]) for status, body in seen)}")
    visit.anna.write(visit.anna.records[visit.record], NEW_WORDS)
    visit.anna.sync()
