"""Commands whose modules need most of the server: each is imported when it is asked for.

Every other command starts in a third of the time without them.
"""

from collections.abc import Callable
from typing import Final

import click


def _form() -> click.Command:
    from backend.cli.forms import form

    return form


def _list() -> click.Command:
    from backend.cli.lists import named_list

    return named_list


def _init() -> click.Command:
    from backend.cli.setting_up import init

    return init


def _backup() -> click.Command:
    from backend.cli.backups import backup

    return backup


def _restore() -> click.Command:
    from backend.cli.backups import restore

    return restore


def _move() -> click.Command:
    from backend.cli.backups import move

    return move


def _export() -> click.Command:
    from backend.cli.exporting import export

    return export


def _theme() -> click.Command:
    from backend.cli.looks import theme

    return theme


def _check_vectors() -> click.Command:
    from backend.cli.checking import check_vectors

    return check_vectors


def _passphrase() -> click.Command:
    from backend.cli.keyslots import passphrase

    return passphrase


def _key_file() -> click.Command:
    from backend.cli.keyslots import make_key_file

    return make_key_file


def _keyslots() -> click.Command:
    from backend.cli.keyslots import keyslots

    return keyslots


def _add_staff() -> click.Command:
    from backend.cli.accounts import add_staff

    return add_staff


def _own_secret() -> click.Command:
    from backend.cli.accounts import own_secret

    return own_secret


def _sign_in() -> click.Command:
    from backend.cli.signing_in import sign_in

    return sign_in


def _sign_out() -> click.Command:
    from backend.cli.signing_in import sign_out

    return sign_out


def _replace_secret() -> click.Command:
    from backend.cli.accounts import replace_secret

    return replace_secret


def _invite_staff() -> click.Command:
    from backend.cli.accounts import invite_staff

    return invite_staff


LATER: Final[dict[str, Callable[[], click.Command]]] = {
    "form": _form,
    "list": _list,
    "init": _init,
    "backup": _backup,
    "restore": _restore,
    "move": _move,
    "export": _export,
    "theme": _theme,
    "check-vectors": _check_vectors,
    "passphrase": _passphrase,
    "key-file": _key_file,
    "keyslots": _keyslots,
    "add-staff": _add_staff,
    "own-secret": _own_secret,
    "invite-staff": _invite_staff,
    "replace-secret": _replace_secret,
    "sign-in": _sign_in,
    "sign-out": _sign_out,
}
