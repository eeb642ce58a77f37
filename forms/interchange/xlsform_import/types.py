"""Maps every type of question that XLSForm knows, under all the names that it had (SPEC.md section 4)."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from forms.interchange.xlsform_import import aliases
from forms.interchange.xlsform_import.values import Why
from forms.sentences import phrase

TIME: Final = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


class Plain(msgspec.Struct, frozen=True):
    """A type that becomes one question: its schema, and how it is asked. `why` says what is different here."""

    kind: str
    schema: Mapping[str, Any]
    widget: str = ""
    why: Why | None = None


class Type(msgspec.Struct, frozen=True):
    """The meaning of a cell in the column `type`.

    `use` is `plain`, `select`, `begin`, `end`, `note`, `calculate`, `moment` (a date with a time), `left`,
    `title` or `unknown`; `what` the plain type, `one`/`many`/`rank`, or `group`/`repeat`/`loop`.
    """

    use: str
    what: str = ""
    list_name: str = ""
    other: bool = False
    elsewhere: bool = False
    why: Why | None = None


_TEXT: Final = {"type": "string"}
_DAYS: Final = phrase("import-number-days")

PLAIN: Final[dict[str, Plain]] = {
    "text": Plain("text", _TEXT),
    "integer": Plain("integer", {"type": "integer"}),
    "decimal": Plain("decimal", {"type": "number"}),
    "date": Plain("date", {"type": "string", "format": "date"}),
    "time": Plain("text", {"type": "string", "pattern": TIME}, "time"),
    "acknowledge": Plain("boolean", {"type": "boolean"}),
    "phone number": Plain("text", {"type": "string", "pattern": "^[0-9]*$"}),
    "percentage": Plain("integer", {"type": "integer", "minimum": 0, "maximum": 100}),
    "number of days in last month": Plain("integer", {"type": "integer", "minimum": 0, "maximum": 31}),
    "number of days in last six months": Plain("integer", {"type": "integer", "minimum": 0, "maximum": 183}),
    "number of days in last year": Plain("integer", {"type": "integer", "minimum": 0, "maximum": 365}),
    "geopoint": Plain("text", _TEXT, "position"),
    "image": Plain("text", _TEXT, "photo"),
    "audio": Plain("text", _TEXT, "sound"),
    "barcode": Plain("text", _TEXT, "", phrase("import-code-typed-not-scanned")),
    "range": Plain("integer", {"type": "integer"}, "slider"),
}
_MOMENT: Final = "datetime"
_CALCULATED: Final = frozenset({"calculate", "hidden", "calculate here"})

_WHEN: Final = phrase("import-every-entry-carries-time-already")
_WHO: Final = phrase("import-every-entry-says-already-which")
_WHERE: Final = phrase("import-recording-unseen-where-somebody-tracks")
_HEARD: Final = phrase("import-recording-unseen-not-possible")
_FILM: Final = phrase("import-film-conversation-not-kept")
_FILE: Final = phrase("import-loose-file-cannot-belong-question")
_LINES: Final = phrase("import-lines-areas-on-map-not")
_BESIDE: Final = phrase("import-files-beside-form-not-read-2")
_SURVEYCTO: Final = phrase("import-of-surveycto")
_CHT: Final = phrase("import-of-cht")
_SCORE: Final = phrase("import-hidden-value-not-computed-means")

LEFT: Final[dict[str, Why]] = {
    **dict.fromkeys(("start", "end", "today", "audit"), _WHEN),
    **dict.fromkeys(("deviceid", "simserial", "subscriberid", "phonenumber"), _WHO),
    **dict.fromkeys(("username", "email", "uri:username", "uri:email"), _WHO),
    **dict.fromkeys(("uri:deviceid", "uri:simserial", "uri:subscriberid", "uri:phonenumber"), _WHO),
    **dict.fromkeys(("start-geopoint", "background-geopoint", "start geopoint", "background geopoint"), _WHERE),
    **dict.fromkeys(("background-audio", "background audio"), _HEARD),
    "video": _FILM,
    "file": _FILE,
    **dict.fromkeys(("geotrace", "geoshape", "osm"), _LINES),
    **dict.fromkeys(("xml-external", "csv-external", "xml external", "csv external"), _BESIDE),
    "hidden": _SCORE,
    "caseid": _WHO,
    **dict.fromkeys(("text audit", "comments", "enumerator", "sensor stream", "sensor statistic"), _SURVEYCTO),
    **dict.fromkeys(("audio audit",), _HEARD),
    **dict.fromkeys(("speed violations count", "speed violations list", "speed violations audit"), _SURVEYCTO),
    "db:": _CHT,
}
TODAY: Final = frozenset({"today"})
METADATA: Final = frozenset(name for name, why in LEFT.items() if why in (_WHEN, _WHO))
"""Types that ask nothing: an entry carries what they note."""

_BLOCKS: Final = aliases.blocks()
_BLOCK: Final = re.compile(rf"(begin|end)[\s_]+({aliases.anyone(_BLOCKS)})(?:\s+over\s+(\S+))?", re.IGNORECASE)
_SELECTS: Final = aliases.selects()
_SELECT: Final = re.compile(
    rf"(?P<how>{aliases.anyone(_SELECTS)})\s+(?P<list>\S+)(?P<other>\s+or[\s_]+(?:specify[\s_]+)?other)?",
    re.IGNORECASE,
)
_ELSEWHERE: Final = ("external", "file")  # words at the end: the choices are in a file beside the form
_SAME: Final = aliases.types(("note", "calculate", _MOMENT, *PLAIN, *LEFT))
_BEGIN: Final = ("osm ", "sensor stream ", "sensor statistic ", "db:")  # what follows names something of theirs
_DYNAMIC: Final = phrase("import-choices-made-earlier-answers-do")


def read_type(text: str) -> Type:
    """Read the type in a cell, however it is spelled."""
    text = " ".join(text.split())
    block = _BLOCK.fullmatch(text)
    if block:
        return Type(block[1].lower(), _BLOCKS[aliases.spaced(block[2])], list_name=block[3] or "")
    select = _SELECT.fullmatch(text)
    if select:
        how = aliases.spaced(select["how"])
        if "${" in select["list"]:
            return Type("left", text, why=_DYNAMIC)
        return Type("select", _SELECTS[how], select["list"], bool(select["other"]), how.endswith(_ELSEWHERE))
    plain = _plain(text)
    if plain in PLAIN:
        return Type("plain", plain, why=PLAIN[plain].why)
    if plain == "note":
        return Type("note", plain)
    if plain in _CALCULATED:
        return Type("calculate", plain, why=LEFT.get(plain))
    if plain == _MOMENT:
        return Type("moment", plain)
    if plain in {"set form title", "set form id"}:
        return Type("title", plain)
    if plain in LEFT:
        return Type("left", plain, why=LEFT[plain])
    return Type("unknown", text)


def _plain(text: str) -> str:
    """The proper name of a type; of one that nobody knows, what was written."""
    written = aliases.spaced(text)
    if written in LEFT or written in PLAIN:
        return written
    begun = next((kind.strip() for kind in _BEGIN if written.startswith(kind)), written)
    bare = re.sub(r"^(q|add|get) | prompt$", "", begun)
    return _SAME.get(begun, _SAME.get(bare, bare))


KNOWN: Final = (*PLAIN, *LEFT, "note", "calculate", _MOMENT, "select_one", "select_multiple", "rank")
"""What an unknown type may have been meant as."""
