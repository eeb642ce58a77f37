"""Words that somebody typed, given back where their form was not taken: nothing that opens anything, and no file."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final, NamedTuple

import msgspec

from backend.desk.server_key import ServerKey
from backend.desk.sessions import mark_of
from backend.desk.typed import Text, texts_in

SEALED: Final = "kept-sealed"
SECRETS: Final = frozenset(
    {"csrf", "password", "code", "key", "new", "again", "answer", "secret"}
)  # typed anew, if at all
NAME, VALUE, PATH, WHY = "kept-name", "kept-value", "kept-path", "kept-reason"
_OF_THE_PAGE: Final = re.compile(r"on|yes|[0-9a-f]{16,}|[\w=-]{48,}")
SIGNS_MAX: Final = 200_000  # of all that is given back: a page is no store


class Typed(NamedTuple):
    """The fields of a form, in their order, the path that it was posted to, and the mark of who typed them."""

    path: str
    fields: tuple[tuple[str, str], ...]
    mark: str = ""

    @property
    def texts(self) -> list[Text]:
        """The values that a person may have typed, and no mark, seal or tick of the page."""
        return [text for text in texts_in(self.fields) if not _OF_THE_PAGE.fullmatch(text.value)]


NOTHING: Final = Typed("", ())


def typed_of(path: str, form: Any) -> Typed:
    """The fields of a form, but for its secrets, its files and what was kept before."""
    found, signs = [], 0
    for name, value in form.multi_items():
        if isinstance(value, str) and name not in SECRETS and name not in (NAME, VALUE, PATH, SEALED):
            signs += len(name) + len(value)
            if signs <= SIGNS_MAX:
                found.append((name, value))
    return Typed(path, tuple(found))


def kept_in(form: Any) -> Typed:
    """The fields that a form carries of another one that was posted before it."""
    names, values = (form.getall(name, []) for name in (NAME, VALUE))
    pairs = [(str(name), str(value)) for name, value in zip(names, values, strict=False)]
    return Typed(str(form.get(PATH, "")), tuple(pair for pair in pairs if pair[0] not in SECRETS))


# --- at the door: whoever signs in next may be somebody else ---

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Typed).decode


def sealed(key: ServerKey, code: str, typed: Typed) -> str:
    """The form in which the door's page carries what was typed: nobody reads it there, and one account gets it back.

    Nothing where it is not known who typed it.
    """
    if not typed.path or not typed.mark:
        return ""
    return urlsafe_b64encode(key.seal(_encode(typed), _about(code))).decode()


def opened(key: ServerKey, code: str, given: str, staff: str) -> Typed:
    """The fields that the door's page carried, for the account that typed them; for any other there are none."""
    try:
        raw = key.open(urlsafe_b64decode(given.encode()), _about(code))
        typed = _decode(raw) if raw is not None else NOTHING
    except (ValueError, msgspec.MsgspecError):
        return NOTHING
    return typed if typed.mark == mark_of(key, code, staff) else NOTHING


def _about(code: str) -> bytes:
    return f"veldpost/1/typed\0{code}".encode()
