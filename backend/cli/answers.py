"""Prints records, conflicts and what a person should look at: in the words of their form, or with its codes."""

import json
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from backend.cli.output import flow, line, own_language, say, tell, when
from backend.cli.tables import table, wrapped
from backend.desk.log_words import actor

Row = dict[str, Any]
SEVERAL = 2  # texts, of a question that keeps all
OWN = ("_record", "changed_ms", "conflicts", "contested", "hidden", "waiting", "said")


def record_line(row: Row) -> None:
    """One record of a list, or how many more there are than were asked for."""
    if "more" in row:
        tell("records-more", count=row["more"])
        return
    named = ("conflicts", "contested", "hidden", "waiting")
    mark = "".join(f"  {line(f'records-{name}', count=row[name])}" for name in named if row[name])
    if "said" in row:
        answered = " · ".join(f"{asked(label)} {' '.join(words.split())}" for label, words in row["said"])
    else:
        answered = "  ".join(f"{name}={value}" for name, value in row.items() if value is not None and name not in OWN)
    flow(f"{row['_record']}  {when(row['changed_ms'])}{mark}")
    wrapped(answered, 4, 2)


def asked(label: str) -> str:
    """A question before its answer: one that ends with a mark needs no other."""
    return label if label.endswith(("?", "!", ":", ".")) else f"{label}:"


def record(row: Row) -> None:
    """A record: its answers, conflicts and what needs attention."""
    about = f"{row['form']} {row['version']}"
    title = f"{row['title']} ({about})" if "title" in row else about
    flow(f"{row['record']}  {title}  {line('record-entries', count=row['entries'])}")
    flow(line("record-written", first_ms=row["created_ms"], last_ms=row["changed_ms"]), 2)
    if row["deleted"] or row["contested"]:
        say(f"  {line('record-deleted' if row['deleted'] else 'record-contested')}")
    _answers({path: one for path, one in row["shown"].items() if one["in_form"]})
    earlier = {path: one for path, one in row["shown"].items() if not one["in_form"]}
    if earlier:
        say(f"  {line('record-earlier')}")
        _answers(earlier)
    _hidden(row["hidden_answers"])
    for one in row["open_conflicts"]:
        conflict({**one, "record": row["record"]})
    for one in row["waits"]:
        waiting(one)
    waits = {(one["kind"], one["name"]) for one in row["waits"]}
    notes = [one for one in row["attention"] if (one["kind"], one["name"]) not in waits]
    table(([f"! {_kind(one)}", one.get("label") or one["name"], one["detail"]] for one in notes), indent=2)


def _kind(row: Row) -> str:
    """The kind of something to look at: in words where its question is, as it is for programs where not."""
    return line(f"kind-{row['kind']}") if "title" in row else str(row["kind"])


def _answers(shown: dict[str, Row]) -> None:
    """Answers with who gave them, in the order of the form where it is known, otherwise by path."""
    is_said = all("said" in one for one in shown.values())
    rows = []
    for path, one in shown.items() if is_said else sorted(shown.items()):
        label = one["label"] if is_said else path
        if not one["in_form"]:
            label = f"{label} {line('record-asked-by', label=one['label'], version=one['version'])}"
        if len(one["texts"]) < SEVERAL:
            rows.append([label, _said(one), _author(one), when(one["at_ms"])])
            continue
        for part in one["texts"]:  # the answer is one of them
            text = part["text"] if isinstance(part["text"], str) else _value(part["text"])
            rows.append([label, text, _author(part), when(part["at_ms"])])
            label = ""
    table(rows, indent=2)


def _author(one: Row) -> str:
    """The name of who wrote: in words as whatever stands beside it."""
    return actor(str(one["author"]), own_language()) if "said" in one or "text" in one else str(one["author"])


def _said(one: Row) -> str:
    return str(one["said"]) if "said" in one else _value(one["value"])


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def conflict(row: Row) -> None:
    """A conflict with every answer in it, numbered for `resolve --keep`."""
    if "label" in row:
        tell("conflict-asked", conflict=row["conflict"], record=row["record"], path=row["label"])
    else:
        tell("conflict", **{name: row[name] for name in ("conflict", "record", "policy", "path")})
    rows = []
    for place, one in enumerate(row["survivors"], 1):
        shown = line("conflict-shown") if one["shown"] else ""
        rows.append([f"{place}.", _said(one), _author(one), when(one["at_ms"]), shown])
    table(rows, indent=4)


def _hidden(rows: list[Row]) -> None:
    """Answers that are kept and not shown: those hidden by somebody who had not seen them come first."""
    parallel = [row for row in rows if row["parallel"]]
    if parallel:
        say(f"  {line('hidden-parallel')}")
        for row in parallel:
            flow(line("hidden-by", path=row.get("label") or row["path"], by=_by(row)), 4)
            _answers({row["path"]: row["answer"]})
    quiet: dict[str, list[Row]] = {}
    for row in rows:
        if not row["parallel"]:
            quiet.setdefault(_by(row), []).append(row)
    for by, hidden in quiet.items():
        flow(line("hidden-answers", count=len(hidden), by=by), 2)
        _answers({row["path"]: row["answer"] for row in hidden})


def _by(row: Row) -> str:
    if not row["hidden_by"]:
        return line("hidden-by-nobody")
    first = f"“{row['by_labels'][0]}”" if row.get("by_labels") else row["hidden_by"][0]
    return line("hidden-changed", path=first, author=row["changed_by"], at_ms=row["changed_ms"])


def waiting(row: Row) -> None:
    """Something that a person decides, with every answer to be seen first."""
    about = {name: row[name] for name in ("decision", "record", "detail")}
    tell("to-decide", **about, kind=_kind(row), name=row.get("label") or row["name"])
    words = row["words"]
    table(([one.get("label") or one["path"], _said(one), _author(one), when(one["at_ms"])] for one in words), indent=4)
    flow(line("to-decide-choices", choices=", ".join(row["choices"])), 4)


def attention(rows: Iterable[Row]) -> None:
    """Print how much there is of each kind, then what can be decided, then the rest by record."""
    found = list(rows)
    if not found:
        return
    counts = Counter((row["severity"], row["kind"]) for row in found)
    order = {name: place for place, name in enumerate(SEVERITIES)}
    heads = [line("head-severity"), "--kind", line("head-count"), line("head-meaning")]
    listed = sorted(counts.items(), key=lambda one: (order[one[0][0]], -one[1], one[0][1]))
    table(
        [[line(f"severity-{level}"), kind, str(count), line(f"kind-{kind}")] for (level, kind), count in listed], heads
    )
    say()
    for row in found:
        if "decision" in row:
            waiting(row)
    rest = sorted((row for row in found if "decision" not in row), key=lambda row: (row["form"], row["record"]))
    for (form, name), notes in groupby(rest, lambda row: (row["form"], row["record"])):
        say(f"{name}  {form}")
        listed_notes = sorted(notes, key=lambda row: (order[row["severity"]], row["kind"]))
        table(([_kind(one), one.get("label") or one["name"], one["detail"]] for one in listed_notes), indent=4)


SEVERITIES = ("decide", "error", "warning")


def decided(row: Row) -> None:
    """Print what a decision did, or what waits now in place of what was shown."""
    if "conflict" in row:
        conflict(row)
    elif "decision" in row:
        waiting(row)
    else:
        state = "decided-proposed" if row.get("proposed") else "decided-open" if row["open"] else "decided-done"
        _decided(row, line(state))


def _decided(row: Row, open_: str) -> None:
    if "said" in row:
        tell("decided-answer", record=row["record"], label=row["label"], said=row["said"], open=open_)
    elif "title" in row:
        did, name = line(f"choice-{row['did']}"), row.get("label") or row["name"]
        tell("decided-choice", record=row["record"], kind=_kind(row), name=name, did=did, open=open_)
    else:
        what = _value(row["value"]) if "value" in row else row["did"]
        tell("decided", record=row["record"], path=row.get("path", row.get("name", "")), what=what, open=open_)
