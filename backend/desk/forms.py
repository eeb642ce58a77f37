"""Acts of staff on forms of a running server: publish, agree, retire, compare, list, fetch."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

import msgspec

from backend.desk import list_holding
from backend.desk.arguments import digest_of
from backend.desk.desk import Desk, Row
from backend.desk.own_secrets import Proof
from backend.desk.standing import Standing
from backend.desk.two_people import is_second
from backend.errors import BackendError, FormNotPublished
from backend.municipality import lists, publishing
from backend.municipality.publishing import FormRefused, SamePerson
from backend.municipality.service import Municipality
from backend.stores.record_rows import shown_answers
from backend.stores.records import Records
from backend.stores.rows import LIST
from forms.definition.document import Form
from forms.findings import Finding
from forms.lint.frame import Publication
from forms.lists.lists import list_to_csv
from forms.versions.differing import Fit, difference
from forms.versions.judging import judged
from picture.reading import today_at

FEW: Final = 5  # a smaller number would say something about somebody


class BadDocument(BackendError):
    """The command line sends a document as base64."""

    code = "bad-document"


def finding_row(finding: Finding) -> Row:
    """A finding as commands print it."""
    row: Row = msgspec.to_builtins(finding)
    return row


def document_of(args: Row, name: str = "document") -> bytes:
    """The bytes of a file that was sent along, or `BadDocument`."""
    try:
        return base64.b64decode(str(args[name]), validate=True)
    except (KeyError, binascii.Error):
        raise BadDocument from None


def _publication(args: Row) -> Publication:
    return Publication(str(args.get("controller") or ""), str(args.get("register") or ""))


async def publish(
    _desk: Desk, town: Municipality, staff: str, args: Row, *, proof: Proof, who: Standing
) -> AsyncIterator[Row]:
    """Publish a draft, or put it forward, as who may not publish does; first every finding, then what came of it."""
    forward = not who.may("forms.publish")
    try:
        outcome = await publishing.publish(
            town, document_of(args), staff, _publication(args), proof.agreed, forward=forward
        )
    except FormRefused as refused:
        for finding in refused.findings:
            yield {"finding": finding_row(finding)}
        raise
    for row in _told(outcome):
        yield row


async def approve(_desk: Desk, town: Municipality, staff: str, args: Row, *, proof: Proof) -> AsyncIterator[Row]:
    """Agree with a draft as the second person, or take it away."""
    form = str(args["form"])
    if args.get("reject"):
        await publishing.reject(town, form, staff)
        yield {"state": "rejected", "form": form}
        return
    for row in _told(await agree(town, form, staff, digest_of(args.get("digest", "")), proof)):
        yield row


async def agree(
    town: Municipality, form: str, staff: str, digest: bytes, proof: Proof | None = None
) -> publishing.Outcome:  # fmt: skip
    """Agree with a draft that waits, which publishes it."""
    if not may_be_second(town, publishing.waiting(town, form).proposed_by, staff):
        raise SamePerson(staff=staff, form=publishing.form_named(town, form))
    return await publishing.approve(town, form, staff, digest, proof.agreed if proof is not None else None)


def may_be_second(town: Municipality, by: str, staff: str) -> bool:
    """True if an account may agree with a form that another one put forward (`two_people.is_second`)."""
    return is_second(town, by, staff, lambda person: Standing(town, person).may("forms.approve"))


def _told(outcome: publishing.Outcome) -> list[Row]:
    rows: list[Row] = [{"warning": finding_row(warning)} for warning in outcome.warnings]
    said = {"state": outcome.state, "form": outcome.form, "version": outcome.version, "digest": outcome.digest.hex()}
    return [*rows, said]


async def retire(_desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """Begin nothing new with a form."""
    fact = await publishing.retire(town, str(args["form"]), staff)
    yield {"state": "retired", "form": fact.form, "version": fact.version}


async def listing(_desk: Desk, town: Municipality, _staff: str, _args: Row) -> AsyncIterator[Row]:
    """Every published version with who published it and who agreed, and the drafts that wait."""
    for newest in town.published.newest():
        for one in town.published.versions(newest.form):
            current = one.version == newest.version
            yield {
                "form": one.form, "version": one.version, "digest": one.digest.hex(),
                "state": "retired" if one.retired_ms is not None else "published" if current else "superseded",
                "published_ms": one.published_ms, "published_by": one.published_by, "seconded_by": one.seconded_by,
                "controller": one.controller, "register": one.register, "warnings": json.loads(one.warnings),
            }  # fmt: skip
    for draft in town.published.drafts():
        verdict = publishing.examine(town, draft.document, Publication(draft.controller, draft.register))
        yield {
            "form": draft.form, "version": draft.version, "state": "waiting", "published_ms": draft.proposed_ms,
            "published_by": draft.proposed_by, "seconded_by": "", "digest": verdict.digest.hex(),
            "controller": draft.controller, "register": draft.register,
            "warnings": [finding_row(one) for one in verdict.warnings],
        }  # fmt: skip


async def draft(_desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """The draft that waits for a second person: its author, its warnings with their reasons, its bytes and digest.

    Who means to agree hears at once that it cannot be the same person.
    """
    form = str(args["form"])
    waiting = publishing.waiting(town, form)
    if args.get("agree") and not may_be_second(town, waiting.proposed_by, staff):
        raise SamePerson(staff=staff, form=publishing.form_named(town, form))
    verdict = publishing.examine(town, waiting.document, Publication(waiting.controller, waiting.register))
    for warning in verdict.warnings:
        yield {"warning": finding_row(warning)}
    yield {
        "form": form, "version": waiting.version, "digest": verdict.digest.hex(), "proposed_by": waiting.proposed_by,
        "weaker": msgspec.to_builtins(verdict.weaker), "document": base64.b64encode(waiting.document).decode(),
    }  # fmt: skip


async def fetch(_desk: Desk, town: Municipality, _staff: str, args: Row) -> AsyncIterator[Row]:
    """The bytes of a published version, the newest if none is named."""
    form, version = str(args["form"]), int(args.get("version") or 0)
    found = [one for one in town.published.versions(form) if version in (0, one.version)]
    if not found:
        raise FormNotPublished(form=f"{form} {version or ''}".strip())
    yield {"version": found[-1].version, "document": base64.b64encode(found[-1].document).decode()}


async def differ(_desk: Desk, town: Municipality, _staff: str, args: Row) -> AsyncIterator[Row]:
    """Compare a draft with the newest published version; no answers are read."""
    before, draft, faults = _pair(town, document_of(args))
    for row in _differences(before, draft, faults):
        yield row


async def counted(desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """The same, and of the real records how many have answers that would not fit any more."""
    before, draft, faults = _pair(town, document_of(args))
    for row in _differences(before, draft, faults):
        yield row
    await town.auditing.note(staff, "count-form", None, before.slug)
    records, counts = await touched(desk, town, before, draft)
    for (path, code), count in sorted(counts.items()):
        yield {"path": path, "code": code, "records": count, "of": records, "few": FEW}
    yield {"records": records, "affected_questions": len(counts)}


Counts = dict[tuple[str, str], int]


async def touched(desk: Desk, town: Municipality, before: Form, draft: Form) -> tuple[int, Counts]:
    """Count the records of a form, and those in which an answer would not fit its draft, by question and finding.

    Whoever makes forms reads no answers, and a draft is a question that they put to all of them: so a count is told in
    whole steps of `FEW`, and 0 says that there are fewer.
    """
    fit = Fit(before, draft, today_at(town.clock.now_ms()))

    def read(store: Records) -> tuple[int, Counter[tuple[str, str]]]:
        counts: Counter[tuple[str, str]] = Counter()
        records = 0
        for _, shown, _ in store.shown_in(before.slug):
            records += 1
            given = shown_answers(shown)
            counts.update(fit.misfits({path: one["value"] for path, one in given.items()}))
        return records, counts

    records, counts = await desk.keeper(town.code).read(read)
    return records, {of: count - count % FEW for of, count in counts.items()}


async def revise_list(_desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """Publish the next version of a named list from a table: findings, changes, and what came of it."""
    name, title = str(args["name"]), str(args.get("title") or "")
    try:
        revision = await lists.revise(
            town,
            name,
            document_of(args),
            str(args.get("filename") or ""),
            title,
            staff,
            anyway=bool(args.get("anyway")),
            publishing_now=list_holding.publishing(town, name, staff, str(args.get("reason") or "")),
        )
    except lists.ListRefused as refused:
        for finding in refused.findings:
            yield {"finding": finding_row(finding)}
        raise
    for finding in revision.findings:
        yield {"finding": finding_row(finding)}
    for change in revision.changes:
        yield {"change": msgspec.to_builtins(change)}
    assert revision.named is not None
    state = "waiting" if lists.waits(town, revision) else "published" if revision.changes else "unchanged"
    yield {"state": state, "list": name, "version": revision.named.version, "items": len(revision.named.items)}


async def show_list(_desk: Desk, town: Municipality, _staff: str, args: Row) -> AsyncIterator[Row]:
    """The items of a list, or without a name what lists there are."""
    name = str(args.get("name") or "")
    if not name:
        for version in town.published.newest():
            if version.form.startswith(LIST):
                document = json.loads(version.document)
                yield {"list": document["list"], "version": version.version, "items": len(document["items"])}
        return
    named = lists.current(town, name)
    if named is None:
        raise lists.ListUnknown(municipality=town.code, name=name)
    if args.get("csv"):
        yield {"csv": base64.b64encode(list_to_csv(named)).decode(), "version": named.version}
        return
    for item in named.items:
        yield item.document()


def _differences(before: Form, draft: Form, faults: Sequence[Finding]) -> Iterator[Row]:
    yield from ({"change": msgspec.to_builtins(change)} for change in difference(before, draft))
    yield from ({"finding": finding_row(fault)} for fault in faults)


def _pair(town: Municipality, raw: bytes) -> tuple[Form, Form, tuple[Finding, ...]]:
    """The newest published version, the draft that would follow it, and for which reasons it cannot."""
    verdict = publishing.examine(town, raw)
    if verdict.form is None:
        raise FormRefused(verdict.findings)
    published = publishing.history(town, verdict.form.slug)
    if not published:
        raise FormNotPublished(form=verdict.form.slug)
    return published[-1], verdict.form, judged(published, verdict.form)


COMMANDS: Final = {
    "form-publish": publish, "form-draft": draft, "form-approve": approve, "form-retire": retire,
    "form-list": listing, "form-fetch": fetch, "form-diff": differ, "form-counts": counted,
    "list-publish": revise_list, "list-show": show_list,
}  # fmt: skip
