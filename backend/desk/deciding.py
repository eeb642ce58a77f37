"""Deciding on a page: what was chosen there becomes one entry, by the same functions as the commands `resolve` and
`decide`. What is asked for besides (a reason, a code that is typed over) is looked at before anything is written."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

from backend.desk import decisions, weighing
from backend.desk.asking import NotAnAnswer, answer_in, union_of
from backend.desk.decisions import NotAChoice
from backend.desk.outcome import REMOVE, Settled
from backend.desk.threads import question_about, reason_of, whole
from backend.desk.waiting import Matter, must_be_typed_over
from backend.desk.wording import Speaker
from backend.desk.writing import WRITE, Hand, form_of, write_seen
from backend.errors import BackendError
from backend.remarks import again_of
from backend.stores.queue_rows import CONFLICT, FAULT
from picture.choices import HIDDEN

KEEP: Final = "keep"
COMBINE: Final = "combine"
OTHER: Final = "other"
ASK: Final = "ask"
DELETE: Final = "delete"
CHANGE: Final = "change"
UNDO: Final = "undo"
VALUE: Final = "value:"  # and a question's path, where its answer may be changed; "value" where there is one question


class NothingChosen(BackendError):
    """Nothing was chosen on the page."""

    code: ClassVar[str] = "nothing-chosen"


class QuestionEmpty(BackendError):
    """A question to a worker without words: nothing is asked."""

    code: ClassVar[str] = "question-empty"


class Chosen(NamedTuple):
    """The choice of a person on the page of a decision, with all that they filled in."""

    act: str = ""
    entry: str = ""
    parts: Sequence[str] = ()
    text: str = ""
    path: str = ""
    values: Sequence[str] = ()
    reason: str = ""
    who: str = ""
    question: str = ""
    confirm: str = ""
    read_at: str = ""
    written: Sequence[
        tuple[str, Sequence[str]]
    ] = ()  # where nothing was chosen: the fields that say something, by path


def chosen_in(form: Any) -> Chosen:
    """The choice in a posted form: `pick` is an answer's entry, one of the acts, or `change:` and a question, whose new
    answer stands in `value:` and that question."""
    pick, _, path = str(form.get("pick", "")).partition(":")
    is_act = pick in (COMBINE, OTHER, ASK, CHANGE) or not _is_entry(pick)
    written = () if pick else tuple((name[len(VALUE) :], own) for name, own in _values(form) if any(own))
    return Chosen(
        pick if is_act else KEEP, "" if is_act else pick, tuple(map(str, form.getall("part", []))),
        str(form.get("joined", "")), path, tuple(map(str, form.getall(f"value:{path}" if path else "value", []))),
        str(form.get("reason", "")).strip(), str(form.get("who", "")), str(form.get("question", "")).strip(),
        str(form.get("confirm", "")).strip(), str(form.get("read_at", "")),
        written,
    )  # fmt: skip


def _values(form: Any) -> list[tuple[str, tuple[str, ...]]]:
    names = dict.fromkeys(name for name, _ in form.multi_items() if name == VALUE[:-1] or name.startswith(VALUE))
    return [(name, tuple(str(one) for one in form.getall(name, []) if str(one).strip())) for name in names]


def meant(chosen: Chosen, matter: Matter) -> Chosen:
    """The choice of somebody who made none and filled in one thing: another answer, one that is changed, or a
    question. Where several are filled in nobody knows which."""
    if chosen.act or len(chosen.written) + bool(chosen.question) != 1:
        return chosen
    if chosen.question:
        return chosen._replace(act=ASK)
    ((path, values),) = chosen.written
    if path:
        return chosen._replace(act=CHANGE, path=path, values=values)
    act = OTHER if matter.kind == CONFLICT else CHANGE if CHANGE in matter.choices else ""
    return chosen._replace(act=act, values=values)


def _is_entry(text: str) -> bool:
    return len(text) == 64 and all(sign in "0123456789abcdef" for sign in text)


async def settle(hand: Hand, matter: Matter, chosen: Chosen, speaker: Speaker) -> None:
    """Write what was decided.

    Raises `DecisionChanged` or `PageChanged` where something came in that the page did not show, `ReasonNeeded` and
    `SecondReaderNeeded` (`weighing.py`), `ConfirmNeeded`, `NothingChosen`, `NotAnAnswer`, and `AnswerDoesNotFit`.
    """
    whole(chosen.reason)
    if not chosen.act:
        raise NothingChosen
    if matter.kind == CONFLICT:
        await _resolve(hand, matter, chosen, speaker)
    elif matter.kind == FAULT:
        await _mend(hand, matter, chosen, speaker)
    else:
        await _decide(hand, matter, chosen, speaker)


async def _resolve(hand: Hand, matter: Matter, chosen: Chosen, speaker: Speaker) -> None:
    args: dict[str, Any] = {"conflict": matter.id, "reason": chosen.reason}
    if chosen.act == KEEP:
        entries = sorted(card.entry for card in matter.cards)
        if chosen.entry not in entries:
            raise NothingChosen
        args["keep"] = str(entries.index(chosen.entry) + 1)
    else:
        args["value"] = _value(matter, chosen, speaker)
    async for _ in decisions.resolve(hand.desk, hand.town, hand.staff, args, who=hand.standing):
        pass


def _value(matter: Matter, chosen: Chosen, speaker: Speaker) -> Any:
    if chosen.act == OTHER:
        return answer_in(speaker, matter.form, matter.name, chosen.values)
    if chosen.act != COMBINE:
        raise NothingChosen
    if chosen.parts:
        return union_of(speaker, matter.form, matter.name, chosen.parts)
    if not chosen.text.strip():
        raise NotAnAnswer
    return chosen.text.strip()


async def _mend(hand: Hand, matter: Matter, chosen: Chosen, speaker: Speaker) -> None:
    """Change one of the answers that a failing check reads."""
    paths = {path for card in matter.cards for path in card.paths}
    if chosen.act != CHANGE or chosen.path not in paths:
        raise NothingChosen
    value = answer_in(speaker, matter.form, chosen.path, chosen.values)
    reason = {reason_of(matter.id): chosen.reason} if chosen.reason else {}
    record = bytes.fromhex(matter.record)
    await hand.town.auditing.note(hand.staff, "decide", record, f"{matter.kind} {chosen.path}"[:200])
    await write_seen(hand, record, chosen.read_at, {chosen.path: value, **reason}, reason=chosen.reason)


async def _decide(hand: Hand, matter: Matter, chosen: Chosen, speaker: Speaker) -> None:
    if chosen.act not in matter.choices:
        raise NotAChoice(choice=chosen.act, choices=", ".join(matter.choices))
    args: dict[str, Any] = {
        "decision": matter.id, "choice": chosen.act, "reason": chosen.reason, "confirm": chosen.confirm
    }  # fmt: skip
    if matter.kind == HIDDEN and chosen.act == CHANGE:
        args["value"] = answer_in(speaker, matter.form, matter.hidden_by[0], chosen.values)
    async for _ in decisions.decide(hand.desk, hand.town, hand.staff, args, who=hand.standing):
        pass


async def ask_about(hand: Hand, matter: Matter, chosen: Chosen) -> None:
    """Ask the workers about something that waits: it stays open, and is known to wait for their answer."""
    text = whole(chosen.question)
    if not text:
        raise QuestionEmpty
    said = f"{chosen.who}: {text}" if chosen.who else text
    record = bytes.fromhex(matter.record)
    await hand.town.auditing.note(hand.staff, "question", record, matter.kind)
    await write_seen(hand, record, chosen.read_at, {question_about(matter.id): said})


async def amend(hand: Hand, settled: Settled, chosen: Chosen) -> None:
    """Undo a decision, put another answer in its place, or make another choice after all; each is a new entry.

    Raises `PageChanged` where more was written since, `NothingChosen`, `ConfirmNeeded`, `ReasonNeeded` and
    `SecondReaderNeeded`.
    """
    whole(chosen.reason)
    record, said = bytes.fromhex(settled.record), {}
    if chosen.reason:
        said = {reason_of(settled.id): chosen.reason}
    if chosen.act == KEEP:
        await _put(hand, settled, chosen, said)
    elif chosen.act in settled.instead:
        await _after_all(hand, settled, chosen, said)
    elif chosen.act == UNDO and settled.can_undo:
        await hand.town.auditing.note(hand.staff, "undo", record, settled.name)
        back = settled.back if settled.act else {**settled.back, **said}
        act, behind = settled.act or WRITE, said if settled.act else {}
        await write_seen(hand, record, chosen.read_at, back, act=act, behind=behind, fits=False, reason=chosen.reason)
    else:
        raise NothingChosen


async def _put(hand: Hand, settled: Settled, chosen: Chosen, said: Mapping[str, Any]) -> None:
    """Put an answer that was beside the one that stands in its place; a less protective one has a reason, and of the
    gravest class it is lowered by two as in any other write (`write_seen`)."""
    values = {card.entry: card.value for card in settled.others}
    if chosen.entry not in values:
        raise NothingChosen
    value, town = values[chosen.entry], hand.town
    form = await hand.desk.keeper(town.code).read(lambda store: form_of(store, town, settled.record))
    low = weighing.lowering(town, settled.id, settled.record, form, settled.name, values.values(), value)
    if low is not None and not chosen.reason:
        raise weighing.ReasonNeeded
    changes = {settled.name: value, again_of(settled.id): None, **said}
    await town.auditing.note(hand.staff, "undo", bytes.fromhex(settled.record), settled.name)
    await write_seen(hand, bytes.fromhex(settled.record), chosen.read_at, changes, fits=False, reason=chosen.reason)


async def _after_all(hand: Hand, settled: Settled, chosen: Chosen, said: Mapping[str, Any]) -> None:
    """Make another choice than the one that was made."""
    record = bytes.fromhex(settled.record)
    if chosen.act == DELETE:
        must_be_typed_over(settled.case, chosen.confirm, weighty=settled.weighty)
    await hand.town.auditing.note(hand.staff, "undo", record, f"{settled.kind} {chosen.act}")
    if chosen.act == DELETE:
        await write_seen(hand, record, chosen.read_at, {}, act=chosen.act, behind=said)
    elif chosen.act == REMOVE:
        gone = dict.fromkeys((settled.name, *settled.inside))
        await write_seen(hand, record, chosen.read_at, {**gone, **said}, fits=False, reason=chosen.reason)
    else:
        await decisions.taken_in(hand.desk, hand.town, hand.staff, record, settled.name, said)
