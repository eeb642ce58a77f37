"""`veldpost passphrase` and `veldpost key-file`: other keyslots for the same keys."""

import click

from backend.cli import local, output
from backend.cli.client import answers, printed
from backend.cli.options import Who, ask, keyed, known
from backend.cli.setting_up import asked_passphrase
from backend.desk.wire import Ask
from backend.settings import Settings


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
