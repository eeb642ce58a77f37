"""Tables with many records, made by copying one: no journal stands behind them; and the pieces of an export."""

from collections.abc import Sequence
from typing import Any

from backend.stores.records import Records

OF_A_RECORD = {
    "_record": "record",
    "_people": "record",
    "_hidden": "record",
    "_attention": "record",
    "_conflict": "record",
}


def piece(table: str, *rows: Sequence[Any]) -> dict[str, Any]:
    """A piece of an export with these rows."""
    return {"table": table, "count": len(rows), "cells": [*zip(*rows, strict=True)]}


def copied(store: Records, form: str, count: int) -> None:
    """Let so many records of a form stand there, copies of the one whose id is the last."""
    tables = {table: "_record" for table in store.form_tables() if table.partition("__")[0] == form}
    *others, first = store.chosen_in(form)
    with store.transaction():
        for table, owner in (OF_A_RECORD | tables).items():
            columns = [column.name for column in store.db.table(table).columns]
            made = ",".join(_column(table, name, owner) for name in columns)
            store.db.execute(
                f"insert into [{table}]"
                " with recursive n(i) as (select ? union all select i + 1 from n where i < ?)"
                f" select {made} from [{table}], n where [{owner}] = ?",
                (len(others) + 1, count - 1, first),
            )


def _column(table: str, name: str, owner: str) -> str:
    if name == owner or (table, name) == ("_conflict", "conflict"):
        return f"printf('%08x', i) || substr([{table}].[{name}], 9)"
    return f"[{table}].[{name}]"
