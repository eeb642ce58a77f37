"""The wishes of `veldpost export`, read and checked before a row is read."""

from typing import Any, ClassVar, Final

from backend.desk.arguments import BadArgument, NoSuchRecord, record_id
from backend.desk.export_wishes import Wishes, Withholding
from backend.desk.exporting import Asked, all_columns, case_paths
from backend.desk.threads import line
from backend.errors import BackendError, FormNotPublished
from backend.municipality import custody as custodies
from backend.municipality.list_codes import names_and_words
from backend.municipality.publishing import history
from backend.municipality.service import Municipality
from backend.stores.records import Chosen, Records
from backend.stores.rows import LIST
from crypto.primitives import random_bytes
from crypto.pseudonyms import SECRET, Pseudonyms
from forms.definition.members import AUDIENCES


class PeriodBackwards(BackendError):
    """A period that ends before it begins chooses nothing, and looks like an export of nothing."""

    code: ClassVar[str] = "export-period-backwards"


Row = dict[str, Any]
PURPOSE_MAX: Final = 100  # characters: it stands in the audit


def wished(town: Municipality, slug: str, args: Row) -> tuple[Asked, str]:
    """Read the wishes of an export; returns them, and the detail that the audit keeps.

    `since_ms`, `until_ms`, `version`, `records` choose records and `columns` columns; `reader` is for whom it is made;
    `pseudonyms` is the purpose for which ids become names.
    """
    versions = history(town, slug)
    form = versions[-1] if versions else None
    records = tuple(record_id(one).hex() for one in args.get("records") or ())
    chosen = Chosen(args.get("since_ms"), args.get("until_ms"), args.get("version"), records)
    if chosen.since_ms is not None and chosen.until_ms is not None and chosen.since_ms >= chosen.until_ms:
        raise PeriodBackwards
    lists = names_and_words(town.published.newest())
    reader, purpose = str(args.get("reader") or ""), line(str(args.get("pseudonyms") or ""), PURPOSE_MAX)
    if reader and (reader not in AUDIENCES or form is None):
        raise BadArgument(what="the-reader", wanted="an-audience")
    if args.get("pseudonyms") is not None and not purpose:
        raise BadArgument(what="the-purpose", wanted="a-purpose")
    withholding = Withholding(form, reader, lists) if reader and form is not None else None
    if args.get("labels") and form is not None and args["labels"] not in form.title:
        raise BadArgument(
            what="the-labels", given=str(args["labels"])[:40], wanted="a-language", languages=", ".join(form.title)
        )
    names = _names(town, purpose) if purpose else None
    wishes = Wishes(
        chosen, args.get("columns") or (), withholding, names, _cases(town, slug) if purpose else frozenset()
    )
    return Asked(slug, form, lists, wishes), _detail(slug, args)


def with_tables(town: Municipality, store: Records, form: str) -> Records:
    """The tables of a form; empty ones where it was published and nobody filled it in yet."""
    if form in store.form_tables() and "__" not in form:
        return store
    versions = () if form.startswith(LIST) else history(town, form)
    if not versions:
        raise FormNotPublished(form=form)
    empty = Records.scratch()
    empty.shape(versions[-1])
    return empty


def must_exist(store: Records, asked: Asked) -> None:
    """Refuse a record or a column that is not here: whoever mistypes one would get less, and not know it."""
    wishes = asked.wishes
    there = store.there(bytes.fromhex(record) for record in wishes.chosen.records)
    for record in wishes.chosen.records:
        if bytes.fromhex(record) not in there:
            raise NoSuchRecord(record=record)
    unknown = sorted(wishes.columns - all_columns(store, asked))
    if unknown:
        raise BadArgument(what="the-column", given=unknown[0], wanted="a-column")


def _names(town: Municipality, purpose: str) -> Pseudonyms:
    vault = town.custody.vault
    if not vault.has(SECRET):
        with custodies.changing(town.folder, vault):
            vault.put(SECRET, random_bytes(32))
    return Pseudonyms(vault.secret(SECRET), purpose)


def _cases(town: Municipality, slug: str) -> frozenset[str]:
    slugs = {version.form for version in town.published.newest() if not version.form.startswith(LIST)}
    return case_paths({one: history(town, one) for one in slugs}, slug)


def _detail(slug: str, args: Row) -> str:
    """The form, and what was wished for besides, without a word of an answer."""
    named: dict[str, Any] = {
        name: args[name] for name in ("reader", "pseudonyms", "version", "since_ms", "until_ms") if args.get(name)
    }
    counted = {name: len(args[name]) for name in ("records", "columns") if args.get(name)}
    return " ".join([slug, *(f"{name}={value}" for name, value in (named | counted).items())])
