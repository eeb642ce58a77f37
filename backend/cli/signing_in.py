"""`veldpost sign-in` and `sign-out`: a terminal is signed in by a person who confirms its code at the desk."""

import socket

import click
import msgspec

from backend.cli import tokens
from backend.cli.client import answers
from backend.cli.options import Who, ask, staffed
from backend.cli.output import say, tell
from backend.desk.wire import Ask
from backend.settings import Settings


@click.command("sign-in")
@click.argument("municipality")
@staffed
@click.pass_obj
def sign_in(settings: Settings, municipality: str, who: Who) -> None:
    """Sign this terminal in, for eight hours: a code is confirmed on a page of the desk."""
    asked = {"machine": socket.gethostname(), "wanted": who.staff}
    for row in answers(settings, Ask("sign-in", municipality, asked)):
        token = row.pop("token", "")
        if token:
            tokens.keep(settings, municipality, token)
        if who.as_json:
            said = row if token else {**row, "address": f"{settings.web}{row['path']}"}
            say(msgspec.json.encode(said).decode())
        elif token:
            tell("terminal-signed-in", **row)
        else:
            tell("terminal-asks-code", address=f"{settings.web}{row['path']}", **row)
            tell("terminal-waits")


@click.command("sign-out")
@click.argument("municipality")
@staffed
@click.pass_obj
def sign_out(settings: Settings, municipality: str, who: Who) -> None:
    """Sign this terminal out: its token is void from now on."""
    try:
        for row in ask(settings, "sign-out", municipality, who):
            if who.as_json:
                say(msgspec.json.encode(row).decode())
            else:
                tell("terminal-signed-out", **row)
    finally:
        tokens.forget(settings, municipality)
