"""Backups on the command line: made by the running server, looked at and put back without one."""

from pathlib import Path

import click

from backend.cli import local, output
from backend.cli.client import printed
from backend.cli.errors import ServerRunning
from backend.cli.options import AtLeast, Who, ask, keyed, usage
from backend.cli.output import tell
from backend.cli.setting_up import hosted
from backend.desk.wire import is_served
from backend.municipality.custody import opened_with
from backend.municipality.kept_backups import newest, proved
from backend.settings import Settings


@click.command()
@click.argument("municipality")
@click.argument("to", type=click.Path(path_type=Path))
@click.option("--dated", is_flag=True)
@click.option("--keep", type=AtLeast(min=1))
@click.option("--verify", "only_looked_at", is_flag=True)
@keyed
@click.pass_obj
def backup(
    settings: Settings, municipality: str, to: Path, keep: int | None, who: Who, *, dated: bool, only_looked_at: bool
) -> None:
    """Write a consistent copy to a folder, or look at one with --verify."""
    if keep is not None and not dated:
        raise usage("usage-keep")
    if only_looked_at:
        _look_at(settings, municipality, to, who)
        return
    args = {"to": str(to.absolute()), "dated": dated, "keep": keep}
    printed(ask(settings, "backup", municipality, who._replace(slot=None), **args), who.as_json, output.plain)


def _look_at(settings: Settings, municipality: str, to: Path, who: Who) -> None:
    """Open a backup without a server, and its vault where a keyslot is shown."""
    found = newest(to, municipality)
    about, vault = proved(found, municipality)
    assert who.slot is not None
    kind, key = who.slot.read(settings, municipality)
    if key:
        opened_with(vault, kind, key)
    row = {
        "backup": str(found), "municipality": about.municipality, "at_ms": about.at_ms, "entries": about.entries,
        "attachments": about.attachments, "missing_attachments": len(about.lost), "vault_opens": bool(key),
    }  # fmt: skip
    printed(iter([row]), who.as_json, output.plain)
    if not key and not who.as_json:
        tell("backup-vault-untried")


@click.command()
@click.argument("municipality")
@click.option("--to", required=True)
@click.pass_obj
def move(settings: Settings, municipality: str, to: str) -> None:
    """Carry journal and keys to PostgreSQL, at the address that VELDPOST_JOURNAL has, or back into files; or
    attachments into the bucket that VELDPOST_BLOBS names, or back into the folder."""
    if to.rstrip("/") not in ("files", "folder", settings.journal or "files", settings.blobs or "folder"):
        raise usage("usage-move")
    if is_served(settings.data):
        raise ServerRunning
    if to == "folder" or to.startswith("s3://"):
        count = local.move_attachments(settings, municipality, to_bucket=to != "folder")
        tell("move-attachments-done", municipality=municipality, count=count)
        return
    rows = local.move(settings, municipality, to_server=to != "files")
    tell("move-done", municipality=municipality, rows=rows)


@click.command()
@click.argument("municipality")
@click.argument("backup", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def restore(settings: Settings, municipality: str, backup: Path) -> None:
    """Put a backup back; always a new life. The server is stopped, unless it does not host that municipality yet."""
    if is_served(settings.data) and (settings.data / municipality).exists():
        raise ServerRunning
    aside = local.restore(settings, municipality, backup)
    tell("restore-done", municipality=municipality)
    tell("restore-awaits-list")
    if aside is not None:
        tell("restore-aside", folder=aside.name)
    hosted(settings, municipality)
