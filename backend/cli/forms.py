"""`veldpost form …`: look at forms in files, bring them in, publish and retire them (docs/forms.md)."""

import base64
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from backend.cli.client import listed
from backend.cli.files import FILE, content, json_object, sent, unwritten
from backend.cli.findings import json_option, language_option, said, sentence
from backend.cli.importing import export_form, import_form
from backend.cli.judged_files import loaded, shown
from backend.cli.judged_sets import measured
from backend.cli.options import Who, ask, staffed, usage
from backend.cli.output import flow, line, own_language, say, state, tell, when
from backend.cli.tables import wrapped
from backend.clock import WallClock
from backend.sentences import ENGLISH
from backend.settings import Settings
from forms.answers import ITEM_ID
from forms.definition.document import Form
from forms.definition.library import SLUGS, shipped_versions
from forms.records.preview import preview
from forms.records.relevance import Examiner
from forms.versions.differing import difference
from forms.versions.judging import judged
from forms.versions.publishing import examined
from picture.reading import today_of_draft


@click.group()
def form() -> None:
    """Forms: look at them, bring them in, publish and retire them."""


form.add_command(import_form)
form.add_command(export_form)

# --- what needs no server ---


@form.command()
@click.argument("file", type=FILE, required=False)
@click.option("--before", type=FILE)
@click.option("--corpus", type=FILE)
@language_option
@json_option
def lint(file: Path | None, before: Path | None, corpus: Path | None, language: str, as_json: bool) -> None:
    """Everything that stops FILE from being published: faults of the form, and the privacy lint."""
    if (file is None) == (corpus is None):
        raise usage("usage-lint")
    if corpus is not None:
        measured(corpus, language, as_json)
        return
    verdict = examined(content(file) if file is not None else b"", [loaded(before)] if before is not None else None)
    shown(verdict, language, as_json)
    if verdict.stops:
        sys.exit(1)


@form.command("preview")
@click.argument("file", type=FILE)
@click.option("--language", default="nl", show_default=True)
@click.option("--answers", type=FILE)
@json_option
def preview_command(file: Path, language: str, answers: Path | None, as_json: bool) -> None:
    """FILE page by page, as a worker meets it."""
    asked = loaded(file)
    if language not in asked.title:
        raise usage("usage-preview", language=language, languages=", ".join(asked.title))
    seen = None
    if answers is not None:
        document = _numbered(json_object(answers), asked)
        seen = Examiner(asked).examine(document, today_of_draft(WallClock().now_ms(), 0))
    if as_json:
        row = {"form": asked.slug, "version": asked.version, "lines": list(preview(asked, language, seen))}
        say(json.dumps(row | ({"seen": msgspec.to_builtins(seen)} if seen else {}), ensure_ascii=False))
        return
    for shown_line in preview(asked, language, seen):
        for part in shown_line.split("\n"):
            say(part)
    for finding in seen.findings if seen is not None else ():
        say()
        say(f"! {finding.path} [{finding.code}] {sentence(finding, language)}")


@form.command()
@click.argument("file", type=FILE)
@click.option("--before", type=FILE)
@click.option("--municipality", default="")
@click.option("--count", is_flag=True)
@language_option
@staffed
@click.pass_obj
def diff(
    settings: Settings, file: Path, before: Path | None, municipality: str, count: bool, language: str, who: Who
) -> None:
    """Compare FILE with the version before it, and say whether it can follow it (status 1 if not)."""
    if (before is None) == (not municipality) or (count and not municipality):
        raise usage("usage-diff")
    if before is not None:
        old, new = loaded(before), loaded(file)
        rows: Iterable[Mapping[str, Any]] = [
            *({"change": msgspec.to_builtins(change)} for change in difference(old, new)),
            *({"finding": msgspec.to_builtins(finding)} for finding in judged([old], new)),
        ]
    else:
        command = "form-counts" if count else "form-diff"
        rows = ask(settings, command, municipality, who, document=sent(file))
    refused = False
    for row in rows:
        refused |= "finding" in row
        _difference(row, language, who.as_json)
    if refused:
        sys.exit(1)


def _difference(row: Mapping[str, Any], language: str, as_json: bool) -> None:
    if as_json:
        say(json.dumps(row, ensure_ascii=False))
    elif "change" in row:
        change = row["change"]
        mark = f"  {line('diff-narrows')}" if change.get("narrows") else ""
        say(f"{change['path']}  [{change['code']}]{mark}")
        say(f"    {change.get(language) or change[ENGLISH]}")
    elif "finding" in row:
        said(row["finding"], language)
    elif "path" in row:
        tell("diff-records" if row["records"] else "diff-few", **{**row, "count": row["records"]})
    else:
        tell("diff-looked-at", count=row["records"])


# --- on a running server ---


@form.command()
@click.argument("municipality")
@click.argument("file", type=FILE, required=False)
@click.option("--library", type=click.Choice(SLUGS))
@click.option("--controller", default="")
@click.option("--register", default="")
@language_option
@staffed
@click.pass_obj
def publish(
    settings: Settings,
    municipality: str,
    file: Path | None,
    library: str | None,
    controller: str,
    register: str,
    language: str,
    who: Who,
) -> None:
    """Publish FILE for good. With warnings of the privacy lint it waits until a colleague approves it."""
    if (file is None) == (library is None):
        raise usage("usage-publish")
    for raw in [content(file)] if file is not None else _lacking(settings, municipality, library or "", who):
        document = base64.b64encode(raw).decode()
        said_of = {"controller": controller, "register": register}
        _outcome(ask(settings, "form-publish", municipality, who, document=document, **said_of), language, who.as_json)


def _lacking(settings: Settings, municipality: str, slug: str, who: Who) -> tuple[bytes, ...]:
    """The versions of a form that ships and that a municipality lacks, in order; the newest where it lacks none."""
    there = [row["version"] for row in ask(settings, "form-list", municipality, who) if row["form"] == slug]
    versions = shipped_versions(slug)
    return versions[max(there, default=0) :] or versions[-1:]


@form.command()
@click.argument("municipality")
@click.argument("name")
@click.option("--reject", is_flag=True)
@click.option("--look", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--digest", default="")
@language_option
@staffed
@click.pass_obj
def approve(
    settings: Settings,
    municipality: str,
    name: str,
    reject: bool,
    look: Path | None,
    digest: str,
    language: str,
    who: Who,
) -> None:
    """Agree, as a second person, with the draft of the form NAME and its reasons; it is published then."""
    if not reject and not digest:
        unwritten(look)
        digest = _looked_at(
            ask(settings, "form-draft", municipality, who, form=name, agree=look is None), look, language, who.as_json
        )
        if not digest:
            return
        click.confirm(line("ask-agree"), abort=True, err=True)
    rows = ask(settings, "form-approve", municipality, who, form=name, reject=reject, digest=digest)
    _outcome(rows, language, who.as_json)


def _looked_at(rows: Iterable[Mapping[str, Any]], look: Path | None, language: str, as_json: bool) -> str:
    """Show a draft that waits; gives the digest of what was shown, or nothing if it was only to be looked at."""
    for row in rows:
        if "warning" in row and not as_json:
            said(row["warning"], language)
        elif "document" in row and look is not None:
            look.write_bytes(base64.b64decode(row["document"]))
            tell("draft-written", file=look.name, draft=name_of(row), digest=row["digest"])
        elif "document" in row:
            for signed in _signed(json.loads(base64.b64decode(row["document"]))):
                say(signed, err=as_json)
            if row["weaker"]:
                paths = dict.fromkeys(one["path"] for one in row["weaker"])
                tell("draft-weaker", paths=", ".join(paths), err=as_json)
            for one in row["weaker"]:
                say(f"{one['path']}: {one.get(language) or one[ENGLISH]}", err=as_json)
            tell("draft-shown", draft=name_of(row), digest=row["digest"], err=as_json)
            return str(row["digest"])
    return ""


def _signed(document: Mapping[str, Any]) -> Iterator[str]:
    """Print what a second person agrees with besides the reasons: purpose, legal basis, how long answers are kept."""
    yield line("draft-purpose", purpose=document["purpose"])
    yield line("draft-basis", basis=document["legal_basis"])
    yield line("draft-kept", keep=document["retention"]["keep"], since=document["retention"]["from"])
    yield line("draft-questions", count=len(document["fields"]))


def name_of(row: Mapping[str, Any]) -> str:
    """A draft, and who put it forward."""
    return line("draft-named", form=row["form"], version=row["version"], staff=row["proposed_by"])


@form.command()
@click.argument("municipality")
@click.argument("name")
@staffed
@click.pass_obj
def retire(settings: Settings, municipality: str, name: str, who: Who) -> None:
    """Begin nothing new with the form NAME; its records stay, and are edited as before."""
    _outcome(ask(settings, "form-retire", municipality, who, form=name), own_language(), who.as_json)


@form.command("list")
@click.argument("municipality")
@staffed
@click.pass_obj
def list_command(settings: Settings, municipality: str, who: Who) -> None:
    """List what is published, what waits for a second person, and who published what."""
    listed(ask(settings, "form-list", municipality, who), who.as_json, _published, "forms-none")


def _published(row: Mapping[str, Any]) -> None:
    by = line("form-agreed" if row["seconded_by"] else "form-by", by=row["published_by"], second=row["seconded_by"])
    flow(f"{row['form']} {row['version']}  {state(row)}  {when(row['published_ms'])}  {by}")
    if row.get("register"):
        flow(line("form-register", controller=row["controller"], register=row["register"]), 4)
    for why in dict.fromkeys(f"{one['code']} {one['path']}: {one['reason']}" for one in row["warnings"]):
        wrapped(why, 4)


def _outcome(rows: Iterable[Mapping[str, Any]], language: str, as_json: bool) -> None:
    for row in rows:
        if as_json:
            say(json.dumps(row, ensure_ascii=False))
        elif "finding" in row:
            said(row["finding"], language)
        elif "warning" in row:
            said(row["warning"], language)
        elif row["state"] == "waiting":
            tell("form-waits", form=row["form"], version=row["version"])
        else:
            say(f"{row['form']} {row.get('version', '')}".strip() + f": {state(row)}")


def _numbered(document: Mapping[str, Any], asked: Form) -> dict[str, Any]:
    """The document with an id for every item that has none: a person writes lists without."""
    found = dict(document)
    for repeat in asked.repeats:
        name = repeat[1:]
        if isinstance(found.get(name), list):
            items = [item for item in found[name] if isinstance(item, Mapping)]
            found[name] = [{ITEM_ID: f"{place:026}", **item} for place, item in enumerate(items)]
    return found
