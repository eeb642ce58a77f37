"""`veldpost init`: a person sets a municipality up, is asked again where they slip, and finds it hosted at the end."""

from typing import Any

import click

from backend.cli import local
from backend.cli.client import answers
from backend.cli.options import usage
from backend.cli.output import line, own_language, say, tell
from backend.desk.wire import Ask, is_served
from backend.sentences import library
from backend.settings import Settings
from crypto.errors import WeakPassphrase
from crypto.keyslots import must_be_long
from forms.lint.frame import Publication


@click.command()
@click.argument("municipality")
@click.option("--admin", default="")
@click.option("--key-file", is_flag=True)
@click.option("--controller", default="")
@click.option("--register", default="")
@click.pass_obj
def init(settings: Settings, municipality: str, admin: str, key_file: bool, controller: str, register: str) -> None:
    """Set a municipality up: keys, the first account, and a recovery code that is shown once.

    With --controller and --register the forms that ship are published too.
    """
    if bool(controller) != bool(register):
        raise usage("usage-init")
    publication = Publication(controller, register) if register else None
    local.may_be_one(settings, municipality)
    admin = admin or click.prompt(line("ask-account"))
    local.may_set_up(settings, municipality, admin, publication, key_file=key_file)
    tell("init-where", municipality=municipality, data=str(settings.data.absolute()))
    phrase = asked_passphrase("ask-new-passphrase")
    local.set_up(settings, municipality, admin.strip(), phrase, key_file, typed_back, publication)
    tell("init-done", municipality=municipality)
    if publication is None:
        tell("init-no-form", municipality=municipality)
    hosted(settings, municipality)


def asked_passphrase(question: str) -> str:
    """A new passphrase, typed twice; one that is too short is asked for again."""
    answer: str = click.prompt(line(question), hide_input=True, confirmation_prompt=True, err=True, value_proc=_long)
    return answer


def _long(typed: Any) -> str:
    try:
        must_be_long(str(typed))
    except WeakPassphrase as error:
        raise click.UsageError(library().told(error, own_language()).message) from None
    return str(typed)


def typed_back(code: str) -> bool:
    """Show the recovery code and have it typed back; a slip is named by its group and asked again."""
    for part in ("", line("init-recovery-code"), "", f"    {code}", ""):
        say(part)
    wanted = code.split("-")
    while True:
        typed = "".join(click.prompt(line("ask-type-code")).upper().split()).replace("-", "")
        if typed == code.replace("-", ""):
            return True
        size = len(wanted[0])
        groups = [typed[start : start + size] for start in range(0, len(typed), size)]
        wrong = [place + 1 for place, group in enumerate(wanted) if groups[place : place + 1] != [group]]
        tell("code-differs", group=wrong[0] if wrong else len(wanted))


def hosted(settings: Settings, code: str) -> None:
    """Let a running server host a municipality that was just made; otherwise say what starts one."""
    if not is_served(settings.data):
        tell("init-start", municipality=code)
        return
    for row in answers(settings, Ask("host", code)):
        tell("init-hosted-locked" if row["locked"] else "init-hosted", municipality=code)
