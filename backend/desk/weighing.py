"""Weighing: of some questions the most protective answer is shown until a person has weighed it (`first-listed`).

**The rule.** From class S2 on, a less protective answer takes its place only for a reason. Of class S4 it takes two
people who may decide in the record: the first one's choice is kept as a remark that names decision and answer, and the
most protective answer goes on standing until a second one chooses the same. Where nobody else could, one is enough; the
log says so, and colleagues are told (`passing`). An answer of class S4 that stands is lowered, or taken away, by nobody
alone either: an ordinary edit included, and whether or not it ever was in conflict, since one word of one colleague
would take the worry of another away. Answering what nobody answered yet lowers nothing. A first choice counts for the
entry that stands: an answer that was given again since, the same one too, needs two anew.

Whoever writes asks here: page and command decide by `decisions.resolve`, every other page writes by
`writing.write_seen`, which refuses to answer such a question in passing.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, NamedTuple

from backend.desk.arguments import DESK_WORKER
from backend.desk.desk import Desk
from backend.desk.history import form_in
from backend.desk.passing import WEIGH, passed_alone
from backend.desk.rights import OF_SIGNALS
from backend.desk.sights import is_signal
from backend.desk.standing import Standing
from backend.desk.threads import proposal_of
from backend.desk.two_people import May, are_two, is_alone, others
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.people import Person
from backend.stores.queue_rows import CONFLICT, FIRST_LISTED, PROTECTED_FROM
from backend.stores.record_rows import shown_answers
from backend.stores.records import Records
from crypto.primitives import sha256
from forms.definition.document import Form
from forms.policies import standing
from forms.schema.question import Question

TWO_FROM: Final = "S4"  # the class of which nobody puts the protective answer aside alone
DECIDES: Final = "conflicts.decide"


class ReasonNeeded(BackendError):
    """A reason is needed to put another answer in the place of the most protective one."""

    code: ClassVar[str] = "reason-needed"


class SecondReaderNeeded(BackendError):
    """Nobody is their own second reader."""

    code: ClassVar[str] = "second-reader-needed"


class WeighFirst(BackendError):
    """An answer that waits to be weighed is not given in passing, on a page that shows less than that."""

    code: ClassVar[str] = "weigh-first"


class LowerForTwo(BackendError):
    """An answer of the gravest class is not lowered by one person in passing, where no reason is asked."""

    code: ClassVar[str] = "lower-for-two"


class Lowering(NamedTuple):
    """A less protective answer that would take the place of the most protective one: of which decision, of what; and
    the decision beside which its reason stands."""

    decision: str
    record: str
    form: str
    path: str
    value: Any
    level: str
    told_at: str

    @property
    def needs_two(self) -> bool:
        """True where a second reader has to choose the same."""
        return self.level >= TWO_FROM


def question_of(town: Municipality, slug: str, version: int, path: str) -> Question | None:
    """The question at a path of a form's version, with its choices in their order."""
    form = form_in(town, slug, version)
    return form.leaf(path) if form is not None else None


def is_lower(question: Question | None, shown: Iterable[Any], value: Any) -> bool:
    """True if an answer is less protective than each of those beside which it would be put."""
    if question is None or question.merge != FIRST_LISTED or question.sensitivity < PROTECTED_FROM:
        return False
    return standing(value, question.codes) > min(standing(one, question.codes) for one in shown)


def lowering(
    town: Municipality, decision: str, record: str, form: tuple[str, int], path: str, answers: Iterable[Any], value: Any
) -> Lowering | None:
    """The lowering that an answer to a decision would be; None where it is as protective as what stands."""
    question = question_of(town, *form, path)
    if question is None or not is_lower(question, answers, value):
        return None
    return Lowering(decision, record, form[0], path, value, question.sensitivity, decision)


async def agreed(desk: Desk, town: Municipality, staff: str, low: Lowering, reason: str) -> bool:
    """True if a less protective answer may be written now; False where this person is the first of two.

    Raises `ReasonNeeded` without a reason, and `SecondReaderNeeded` for who was the first already.
    """
    if not reason.strip():
        raise ReasonNeeded
    if not low.needs_two:
        return True

    def read(store: Records) -> tuple[set[str], set[str]]:
        threads, workers = store.asked_of([low.record]), store.workers_in(low.record)
        return proposers(threads, low.record, low.decision, low.value), workers

    first, workers = await desk.keeper(town.code).read(read)
    may = may_act(town, low.form, workers)
    if any(person.name in first for person in others(town, staff, may)):  # who may decide no more is no second person
        return True
    if is_alone(town, staff, may):
        await passed_alone(town, WEIGH, staff, bytes.fromhex(low.record), low.form, low.path)
        return True
    if staff in first:
        raise SecondReaderNeeded
    return False


def proposers(threads: Mapping[tuple[str, str], Any], record: str, decision: str, value: Any) -> set[str]:
    """The accounts that chose a less protective answer already, and wait for a second reader."""
    thread = threads.get((record, proposal_of(decision, value)))
    texts = thread["texts"] if thread is not None else ()
    return {
        str(text["author"]).removeprefix(DESK_WORKER) for text in texts
        if str(text["author"]).startswith(DESK_WORKER) and text["text"] is not None
    }  # fmt: skip


def is_first(town: Municipality, staff: str, chose: Iterable[str]) -> bool:
    """True if a choice waits for another person than this one: of who chose already nobody is one."""
    return any(chose) and not any(are_two(town, staff, name) for name in chose)


def may_act(town: Municipality, slug: str, workers: Iterable[str], action: str = DECIDES) -> May:
    """Tells of a person if they may do something, such as decide, in a record of these workers now."""
    form: Form | None = form_in(town, slug, town.book.newest_form(slug))
    action = OF_SIGNALS[action] if form is None or is_signal(form) else action
    own = frozenset(workers)

    def may(person: Person) -> bool:
        who = Standing(town, person)
        scope = who.workers(action)
        return who.may(action) and (scope is None or bool(own & scope))

    return may


def lower_by_two(
    store: Records, town: Municipality, record: str, form: tuple[str, int], changes: Mapping[str, Any]
) -> list[Lowering]:
    """The answers that would put a more protective one aside of the gravest class, each with the decision that it is,
    named by the entry that stands; its reason stands beside the matter in which the office settled on it, if it did."""
    asked = {path: question for path in changes if (question := question_of(town, *form, path)) is not None
             and question.merge == FIRST_LISTED and question.sensitivity >= TWO_FROM}  # fmt: skip
    if not asked:
        return []
    once, shown = _settled(store, record), _shown(store, record, form[0])
    found = []
    for path, question in asked.items():
        stands = shown.get(path, {}).get("value")
        if (path in once or stands is not None) and is_lower(question, [stands], changes[path]):
            decision = _of_answer(record, path, shown[path]["entry"] if path in shown else _last(once[path]))
            told_at = once[path]["id"] if path in once else decision
            found.append(Lowering(decision, record, form[0], path, changes[path], question.sensitivity, told_at))
    return found


class First(NamedTuple):
    """The choice of a first person for a less protective answer, which waits for a second one."""

    path: str
    value: Any
    author: str
    at_ms: int
    reason: str


def chosen_lower(store: Records, town: Municipality, record: str, form: tuple[str, int]) -> list[First]:
    """The less protective answers of the gravest class that somebody chose for what stands now, none written yet."""
    threads, found = store.asked_of([record]), list[First]()
    for path, one in _shown(store, record, form[0]).items():
        question = question_of(town, *form, path)
        if question is None or question.merge != FIRST_LISTED or question.sensitivity < TWO_FROM:
            continue
        decision = _of_answer(record, path, one["entry"])
        for value in (*question.codes, None):
            thread = threads.get((record, proposal_of(decision, value)))
            if thread is not None and is_lower(question, [one["value"]], value):
                found += [
                    First(path, value, str(text["author"]), text["at_ms"], str(text["text"]))
                    for text in thread["texts"] if str(text["author"]).startswith(DESK_WORKER) and text["text"]
                ]  # fmt: skip
    return found


def _settled(store: Records, record: str) -> dict[str, Mapping[str, Any]]:
    """The last decision of each question on which the office settled."""
    return {row["name"]: row for row in reversed(store.settled_in(record)) if row["kind"] == CONFLICT}


def _last(row: Mapping[str, Any]) -> str:
    """The last entry of a matter that the office settled."""
    return str(row["then_entry"] or row["entry"])


def _shown(store: Records, record: str, slug: str) -> Mapping[str, Any]:
    row = store.in_form(record, [slug])
    return shown_answers(row["shown"]) if row is not None else {}


def _of_answer(record: str, path: str, entry: str) -> str:
    """The decision about an answer that stands: another answer in its place makes it another one."""
    return sha256(b"veldpost/1/lower" + bytes.fromhex(record) + bytes.fromhex(entry) + path.encode())[:16].hex()


def nothing_to_weigh(
    store: Records, town: Municipality, record: str, form: tuple[str, int], changes: Mapping[str, Any]
) -> None:
    """Refuse answers that would put the most protective one aside in passing, while it waits to be weighed."""
    for row in store.conflicts(record=record):
        if row["path"] in changes and row["policy"] == FIRST_LISTED:
            answers = [one["value"] for one in json.loads(row["survivors"])]
            if is_lower(question_of(town, *form, row["path"]), answers, changes[row["path"]]):
                raise WeighFirst


def nothing_lower(
    store: Records, town: Municipality, record: str, form: tuple[str, int], changes: Mapping[str, Any]
) -> None:
    """Refuse answers that are weighed, or that two people lower, where nobody is asked for a reason."""
    nothing_to_weigh(store, town, record, form, changes)
    if lower_by_two(store, town, record, form, changes):
        raise LowerForTwo
