"""How answers look in a terminal, and the three kinds of export file."""

import csv
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from backend.stores.database import open_database, transaction

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs what begins so; a quote before it keeps it text


def when(ms: int) -> str:
    """A time as people read it, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def status(row: dict[str, Any]) -> None:
    """One municipality."""
    if "broken" in row:
        click.echo(f"{row['code']}  set apart [{row['broken']}]: {row['what']}\n  {row['remedy']}")
        return
    lock = "locked" if row["locked"] else "unlocked"
    click.echo(f"{row['code']}  {lock}")
    for name in ("records", "entries", "devices", "held", "forked", "position", "projected"):
        click.echo(f"  {name:<10} {row[name]:>8}")
    if row["fault"]:
        click.echo(f"  projection stands still: {row['fault']}")


def record_line(row: dict[str, Any]) -> None:
    """One record of a list."""
    mark = f"  {row['conflicts']} conflict(s)" if row["conflicts"] else ""
    mark += "  contested" if row["contested"] else ""
    answered = [f"{k}={v}" for k, v in row.items() if v is not None and k not in _OWN]
    click.echo(f"{row['_record']}  {when(row['changed_ms'])}{mark}")
    click.echo(f"    {'  '.join(answered)[:200]}")


_OWN = ("_record", "changed_ms", "conflicts", "contested")


def record(row: dict[str, Any]) -> None:
    """A record with its answers, who wrote them and when."""
    click.echo(f"{row['record']}  {row['form']} {row['version']}  {row['entries']} entries")
    click.echo(f"  first written {when(row['created_ms'])}, last {when(row['changed_ms'])} (UTC)")
    if row["deleted"] or row["contested"]:
        click.echo("  DELETED" if row["deleted"] else "  CONTESTED: edited while deleted")
    _answers({path: one for path, one in row["shown"].items() if one["in_form"]})
    earlier = {path: one for path, one in row["shown"].items() if not one["in_form"]}
    if earlier:
        click.echo("  Earlier answers, which the newest version of the form does not ask:")
        _answers(earlier)
    for one in row["open_conflicts"]:
        conflict(one)
    for note in row["attention"]:
        click.echo(f"  ! {note['kind']} {note['name']} {note['detail']}")


def _answers(shown: dict[str, Any]) -> None:
    for path, one in sorted(shown.items()):
        asked = "" if one["in_form"] else f"  ({one['label']}; version {one['version']})"
        click.echo(f"  {path} = {_value(one['value'])}    {one['author']}, {when(one['at_ms'])}{asked}")
        for part in one["texts"] if len(one["texts"]) > 1 else ():
            click.echo(f"      {when(part['at_ms'])} {part['author']}: {part['text']}")


def conflict(row: dict[str, Any]) -> None:
    """A conflict with every answer in it, numbered for `resolve --keep`."""
    click.echo(f"conflict {row['conflict']}  record {row['record']}  {row['path']} ({row['policy']})")
    for number, one in enumerate(row["survivors"], 1):
        shown = "  (shown now)" if number == 1 else ""
        click.echo(f"    {number}. {_value(one['value'])}    {one['author']}, {when(one['at_ms'])}{shown}")


def audit_line(row: dict[str, Any]) -> None:
    """What somebody did, and when."""
    record = f"  record {row['record']}" if row["record"] else ""
    click.echo(f"{when(row['at_ms'])}  {row['staff']:<16}  {row['act']:<14}{record}  {row['detail']}".rstrip())


def plain(row: dict[str, Any]) -> None:
    """Whatever has no picture of its own."""
    click.echo("  ".join(f"{name}: {_plain(value)}" for name, value in row.items()))


def _plain(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_csv(rows: Iterable[dict[str, Any]], folder: Path) -> list[Path]:
    """One file a table, UTF-8 with a mark that spreadsheets know."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: list[Path] = []
    file, writer = None, None
    for row in rows:
        if "columns" in row:
            if file is not None:
                file.close()
            made.append(folder / f"{row['table']}.csv")
            file = made[-1].open("w", encoding="utf-8-sig", newline="")
            made[-1].chmod(0o600)
            writer = csv.writer(file)
            writer.writerow(row["columns"])
        elif writer is not None:
            writer.writerow([_safe(value) for value in row["values"]])
    if file is not None:
        file.close()
    return made


def _safe(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value


def write_jsonl(rows: Iterable[dict[str, Any]], file: Path) -> int:
    """One object a row; `_table` names its table."""
    columns: list[str] = []
    count = 0
    with file.open("w", encoding="utf-8") as out:
        file.chmod(0o600)
        for row in rows:
            if "columns" in row:
                columns = row["columns"]
            else:
                named = dict(zip(columns, row["values"], strict=True))
                out.write(json.dumps({"_table": row["table"], **named}, ensure_ascii=False) + "\n")
                count += 1
    return count


def write_sqlite(rows: Iterable[dict[str, Any]], file: Path) -> int:
    """A plain SQLite file with the same tables. It holds answers in clear: whoever made it keeps it safe."""
    count = 0
    db = open_database(file)
    file.chmod(0o600)
    try:
        with transaction(db):
            for row in rows:
                if "columns" in row:
                    listed = ",".join(f"[{name}]" for name in row["columns"])
                    db.conn.execute(f"create table [{row['table']}]({listed})")
                else:
                    marks = ",".join("?" * len(row["values"]))
                    db.conn.execute(f"insert into [{row['table']}] values({marks})", row["values"])
                    count += 1
        db.conn.execute("pragma journal_mode = delete").fetchall()
    finally:
        db.close()
    return count
