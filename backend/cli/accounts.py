"""`veldpost add-staff`, `own-secret`, `replace-secret`: the person of an account chooses a secret of their own."""

from typing import Any

import click
import msgspec

from backend.cli import output
from backend.cli.client import answers, printed
from backend.cli.options import Who, ask, keyed, known
from backend.cli.output import tell
from backend.cli.setting_up import asked_passphrase
from backend.desk.accounts import account_name, by_a_person
from backend.desk.wire import Ask
from backend.settings import Settings


@click.command("add-staff")
@click.argument("municipality")
@click.argument("name")
@keyed
@click.pass_obj
def add_staff(settings: Settings, municipality: str, name: str, who: Who) -> None:
    """Give a colleague an account, whose secret they choose themselves at this keyboard."""
    assert who.slot is not None
    account_name(name)  # before anybody types a secret
    known(settings, municipality, who)
    kind, key = who.slot.read(settings, municipality)
    tell("let-choose", name=name, err=True)
    secret = asked_passphrase("ask-chosen-secret")
    ask = Ask("add-staff", municipality, {"name": name, "secret": secret}, who.staff, kind, key)
    printed(answers(settings, ask), who.as_json, output.plain)


@click.command("own-secret")
@click.argument("municipality")
@keyed
@click.pass_obj
def own_secret(settings: Settings, municipality: str, who: Who) -> None:
    """Choose a secret for your account, or another one; the present one is asked for."""
    assert who.slot is not None
    known(settings, municipality, who)
    kind, key = who.slot.read(settings, municipality)
    by_a_person("own-secret", kind)
    new = asked_passphrase("ask-chosen-secret")
    ask = Ask("own-secret", municipality, {"new": new}, who.staff, kind, key)
    printed(answers(settings, ask), who.as_json, output.plain)


@click.command("replace-secret")
@click.argument("municipality")
@click.argument("name")
@click.option("--agree", is_flag=True)
@keyed
@click.pass_obj
def replace_secret(settings: Settings, municipality: str, name: str, who: Who, *, agree: bool) -> None:
    """Let a colleague who forgot their secret choose another one; a second colleague agrees with --agree."""
    assert who.slot is not None
    known(settings, municipality, who)
    kind, key = who.slot.read(settings, municipality)
    by_a_person("replace-secret", kind)
    args: dict[str, Any] = {"name": name, "agree": agree}
    if not agree:
        tell("let-choose-again", name=name, err=True)
        args["new"] = asked_passphrase("ask-chosen-secret")
    rows = answers(settings, Ask("replace-secret", municipality, args, who.staff, kind, key))
    printed(rows, who.as_json, output.plain)
    if not who.as_json:
        tell("secret-replaced" if agree else "secret-waits", name=name, code=municipality, err=True)


@click.command("invite-staff")
@click.argument("municipality")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True)
@click.option("--shown-name", default="")
@click.option("--reason", default="")
@click.option("--again", is_flag=True)
@keyed
@click.pass_obj
def invite_staff(
    settings: Settings, /, municipality: str, name: str, roles: tuple[str, ...], who: Who, **given: Any
) -> None:  # fmt: skip
    """Invite a person to the desk: a link that is shown once."""
    given |= {"name": name, "roles": [*roles]}
    for row in ask(settings, "invite-staff", municipality, who, **given):
        if who.as_json:
            linked = {"link": f"{settings.web}{row['path']}"} if "path" in row else {}
            output.say(msgspec.json.encode({**row, **linked}).decode())
            continue
        if "path" in row:
            tell("staff-invited", staff=row["staff"], hours=row["hours"])
            output.say(f"  {settings.web}{row['path']}")
        if row["waits"]:
            tell("staff-waits", staff=row["staff"], err=True)
