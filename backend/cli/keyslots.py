"""`veldpost keyslots`, `passphrase` and `key-file`: other keyslots for the same keys."""

import click

from backend.cli import local, output
from backend.cli.client import answers, printed
from backend.cli.options import HELP, Who, ask, keyed, known, usage
from backend.cli.output import KEYSLOTS
from backend.cli.setting_up import asked_passphrase, typed_back
from backend.cli.tables import facts_table
from backend.desk.wire import Ask
from backend.settings import Settings
from crypto.keyslots import PASSPHRASE, RECOVERY


@click.command()
@click.argument("municipality")
@keyed
@click.pass_obj
def passphrase(settings: Settings, municipality: str, who: Who) -> None:
    """Change the passphrase; no data is touched. It is asked for: never an argument that others see."""
    assert who.slot is not None
    known(settings, municipality, who)
    kind, key = who.slot.read(settings, municipality)
    new = asked_passphrase("ask-other-passphrase")
    ask = Ask("passphrase", municipality, {"new": new}, who.staff, kind, key)
    printed(answers(settings, ask), who.as_json, output.plain)


@click.command("key-file")
@click.argument("municipality")
@keyed
@click.pass_obj
def make_key_file(settings: Settings, municipality: str, who: Who) -> None:
    """Make a key file, in place of the one before, so that the server restarts without a person."""
    local.may_write_keys(settings)
    for row in ask(settings, "key-file", municipality, who):
        written = local.keep_key_file(settings, municipality, bytes.fromhex(row["key"]))
        printed(iter([{"key_file": str(written)}]), who.as_json, output.plain)


@click.group(context_settings={"help_option_names": HELP})
def keyslots() -> None:
    """Show, add and take away the ways in which a municipality is unlocked."""


@keyslots.command("list")
@click.argument("municipality")
@keyed
@click.pass_obj
def listing(settings: Settings, municipality: str, who: Who) -> None:
    """List every keyslot: whose, what for, since when, used when."""
    rows = ask(settings, "keyslots-list", municipality, who)
    if who.as_json:
        printed(rows, who.as_json, output.plain)
    else:
        facts_table(list(rows), KEYSLOTS)


@keyslots.command()
@click.argument("municipality")
@click.argument("kind", type=click.Choice([PASSPHRASE, RECOVERY]))
@click.option("--label", default="")
@click.option("--reason", default="")
@keyed
@click.pass_obj
def add(settings: Settings, /, municipality: str, kind: str, label: str, who: Who, *, reason: str) -> None:
    """Add a passphrase of your own, or one more recovery code, which is shown once and typed back."""
    assert who.slot is not None
    known(settings, municipality, who)
    shown, key = who.slot.read(settings, municipality)
    args = {"kind": kind, "label": label, "reason": reason}
    if kind == PASSPHRASE:
        args["new"] = asked_passphrase("ask-other-passphrase")
    rows = list(answers(settings, Ask("keyslots-add", municipality, args, who.staff, shown, key)))
    for row in rows if not who.as_json else ():
        if code := row.pop("code", ""):
            typed_back(code)
    printed(iter(rows), who.as_json, output.plain)


@keyslots.command()
@click.argument("municipality")
@click.argument("keyslot", default="")
@click.option("--owner", default="")
@click.option("--reason", default="")
@keyed
@click.pass_obj
def remove(settings: Settings, /, municipality: str, keyslot: str, owner: str, who: Who, *, reason: str) -> None:
    """Take a keyslot away, or all of a person who leaves; two remain, one of them a recovery code."""
    if bool(keyslot) == bool(owner):
        raise usage("usage-keyslots-remove")
    wanted = {"keyslot": keyslot, "owner": owner, "reason": reason}
    rows = ask(settings, "keyslots-remove", municipality, who, **wanted)
    printed(rows, who.as_json, output.plain)
