"""The wishes of a person on the page of exports: those of `veldpost export`, read from a posted form and checked.

The command reads them too (`export_command.wished`): one truth of what may be left out or written otherwise. Here is
decided besides, for the page and the command alike, what a person must say for it: a reason where it is much, of the
highest class or outside their own scope; and a second person where it is of the highest class or by a stated reason.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Final

import msgspec

from backend.desk.arguments import NoSuchRecord
from backend.desk.export_command import must_exist, wished, with_tables
from backend.desk.export_pipe import KINDS
from backend.desk.exporting import Asked, asked_about
from backend.desk.history import form_in
from backend.desk.naming import NAME_MAX, records_named
from backend.desk.rights import Scope
from backend.desk.seen import EXPORT
from backend.desk.sights import HIGHEST, is_signal
from backend.desk.standing import Standing
from backend.desk.threads import line
from backend.desk.wishes import moment_of
from backend.errors import BackendError
from backend.municipality.publishing import history
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.stores.listing import Listing, count
from backend.stores.people import ACTIVE
from backend.stores.records import Records
from forms.definition.document import Form
from forms.versions.showing import classes
from forms.wording import ZONE

LARGE: Final = 1_000  # records beyond which a reason is asked; a count of a page stops there too
REASON_MIN: Final = 12  # signs: a word is no reason
REASON_MAX: Final = 200
RECORDS_MAX: Final = 50  # that somebody names one by one
SUFFIX: Final = {"xlsx": ".xlsx", "jsonl": ".jsonl"}  # of others a ZIP, for they are several files
Posted = Mapping[str, Sequence[str]]


class ReasonNeeded(BackendError):
    """A reason is asked of whoever takes much along, or the most sensitive."""

    code: ClassVar[str] = "export-reason-needed"


class ExportRightsGone(BackendError):
    """An export whose asker has other roles or teams since, and may not have it any more."""

    code: ClassVar[str] = "export-rights-gone"


class RecordsNeeded(BackendError):
    """A record is named by whoever reads it for a stated reason."""

    code: ClassVar[str] = "export-records-needed"


class BadWish(BackendError):
    """A field of the page holds what cannot be wished for."""

    code: ClassVar[str] = "export-bad-wish"


class Typed(msgspec.Struct, frozen=True):
    """The fields of the page as they were typed."""

    kind: str = "xlsx"
    words: str = "words"
    since: str = ""
    until: str = ""
    version: str = ""
    columns: tuple[str, ...] = ()
    reader: str = ""
    pseudonyms: str = ""
    records: str = ""
    view: str = ""
    reason: str = ""


class Asking(msgspec.Struct, frozen=True):
    """An export that may be made: for whom is in its scope (`workers`; None: the municipality)."""

    asked: Asked
    kind: str
    language: str
    file: str
    workers: frozenset[str] | None
    listing: Listing | None
    detail: str  # the form and the wishes, as the log keeps them: no answer, no name of a case
    typed: Typed
    many: int
    second: bool
    named: bool

    @property
    def asks_a_factor(self) -> bool:
        """True if who asks shows anew who they are, on a page and at a terminal alike: it is much, or takes two."""
        return self.second or self.many > LARGE

    @property
    def said(self) -> str:
        """The detail with the reason that was given."""
        return f"{self.detail} {self.typed.reason}".strip()


def read_typed(posted: Posted) -> Typed:
    """The fields of a posted form."""
    one = {name: " ".join(posted.get(name, ("",))[0].split()) for name in Typed.__struct_fields__ if name != "columns"}
    return Typed(**one, columns=tuple(dict.fromkeys(posted.get("column", ()))))


class Scoped(msgspec.Struct, frozen=True):
    """The records of which somebody may ask: those of some workers (None: the municipality), and `named` where only
    records that are named, for a stated reason."""

    workers: frozenset[str] | None
    named: bool

    def holds(self, asking: Asking) -> bool:
        """True if an export that was asked for in some scope is still within this one."""
        if self.named != asking.named:
            return False
        return self.workers is None or (asking.workers is not None and asking.workers <= self.workers)


def scoped(who: Standing, form: Form) -> Scoped | None:
    """The records of a form of which somebody may ask now; nothing where there are none."""
    action = EXPORT[is_signal(form)]
    scope = who.scope(action)
    if scope is None:
        return None
    named = scope is Scope.REASON
    return Scoped(None if named else who.workers(action), named)


def may_have(town: Municipality, staff: str, asking: Asking) -> bool:
    """True if who asked for an export may still have it, by roles, teams and the class of the form as they are now."""
    person, slug = town.people.person(staff), asking.asked.slug
    form = form_in(town, slug, town.book.newest_form(slug))
    if person is None or person.state != ACTIVE or form is None:
        return False
    scope = scoped(Standing(town, person), form)
    return scope is not None and scope.holds(asking)


def args_of(typed: Typed, form: Form, language: str) -> dict[str, Any]:
    """The arguments of `veldpost export` for what was typed. Raises `BadWish`."""
    if typed.kind not in KINDS:
        raise BadWish(what="exports-kind")
    args: dict[str, Any] = {
        "since_ms": _day(typed.since, 0), "until_ms": _day(typed.until, 1), "version": _version(typed.version, form),
        "columns": typed.columns, "records": typed.records.replace(",", " ").split()[: RECORDS_MAX + 1],
    }  # fmt: skip
    if typed.reader:
        args["reader"] = typed.reader
    if typed.pseudonyms:
        args["pseudonyms"] = typed.pseudonyms
    if typed.words == "words":
        args["labels"] = language if language in form.title else "nl"
    return args


def _day(typed: str, later: int) -> int | None:
    try:
        return moment_of(typed, ZONE, later)
    except ValueError:
        raise BadWish(what="exports-period") from None


def _version(typed: str, form: Form) -> int | None:
    if not typed:
        return None
    if not typed.isdecimal() or not 1 <= int(typed[:6]) <= form.version:
        raise BadWish(what="exports-version")
    return int(typed)


async def asking_of(
    keeper: Keeper, form: Form, typed: Typed, scope: Scoped, language: str, listing: Listing | None
) -> Asking:
    """The export that was typed, checked and counted within the scope. Raises what is wrong with it.

    `listing` is the filter of the view that was named. Of it all are counted, whatever else narrows them.
    """
    line(typed.reason, REASON_MAX)
    town, args = keeper.town, args_of(typed, form, language)
    if scope.named and not args["records"]:
        raise RecordsNeeded
    if len(args["records"]) > RECORDS_MAX:
        raise BadWish(what="exports-records")
    args["records"] = await keeper.look(partial(_named, form=form, names=args["records"]), workers=scope.workers)
    typed = msgspec.structs.replace(typed, records=" ".join(args["records"]))  # no code of a case is kept with it
    asked, detail = wished(town, form.slug, args)
    if listing is not None:
        asked.wishes.chosen = asked.wishes.chosen._replace(among=True)
        detail += f" view={typed.view}"

    def work(store: Records) -> tuple[int, set[str]]:
        tables = with_tables(town, store, form.slug)
        must_exist(tables, asked)
        chosen = asked.wishes.chosen
        many = tables.count_in(form.slug, chosen) if listing is None else count(tables, listing)
        return many, asked_about(tables, asked)

    many, about = await keeper.look(work, workers=scope.workers)
    second = must_be_two(typed.reason, many, two=scope.named or is_highest(town, asked, about))
    today = datetime.fromtimestamp(town.clock.now_ms() / 1_000, ZONE).date().isoformat()
    return Asking(
        asked, typed.kind, args.get("labels", ""), f"{form.slug}-{today}{SUFFIX.get(typed.kind, '.zip')}",
        scope.workers, listing, f"{detail} {typed.kind}", typed, many, second, scope.named,
    )  # fmt: skip


def _named(store: Records, form: Form, names: Sequence[str]) -> list[str]:
    """The numbers of the records that were named. Raises `NoSuchRecord` for a name of none, `BadWish` for too many."""
    found = dict[str, None]()
    for name in names:
        records = records_named(store, [form], name, RECORDS_MAX)
        if not records:
            raise NoSuchRecord(record=name[:NAME_MAX])
        found |= dict.fromkeys(records)
    if len(found) > RECORDS_MAX:
        raise BadWish(what="exports-records")
    return [*found]


def must_be_two(reason: str, many: int, *, two: bool) -> bool:
    """True if a second person has to agree with an export, at the desk or at a terminal. Raises `ReasonNeeded`."""
    if (two or many > LARGE) and len(reason) < REASON_MIN:
        raise ReasonNeeded(least=REASON_MIN)
    return two


def shown_classes(town: Municipality, slug: str) -> Mapping[str, str]:
    """The highest class of what each question of a form may show, given in any version, by its template."""
    return classes(history(town, slug))


def is_highest(town: Municipality, asked: Asked, about: Collection[str]) -> bool:
    """True if an answer of the highest class may go along, given in any version of the form.

    `about` is what the columns show, by name: with it goes what is computed or begun from the highest class. Without
    columns all goes, and what stands beside the tables.
    """
    found = shown_classes(town, asked.slug)
    return any(
        given == HIGHEST and (not asked.wishes.columns or path.rpartition("/")[2] in about)
        for path, given in found.items()
    )
