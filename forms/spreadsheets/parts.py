"""The XML parts of a workbook, read in one pass and never past their limits (forms/SPEC.md section 11.1).

A part is streamed: what stops early never unpacks the rest, however much the file claims to hold. A workbook needs no
document type, so one that declares entities is refused before any is expanded.
"""

import zlib
from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

CHUNK_BYTES: Final = 64 * 1024
ELEMENTS_MAX: Final = 400_000  # of all parts together: three or four for a cell with text, and read in 0.8 s
TEXT_BYTES_MAX: Final = 48 * 1024 * 1024  # of all parts together: expat reads 100 MB in a second

Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class Stop(Exception):
    """Enough was read of this part."""


class Unreadable(Exception):
    """This part cannot be read; `code` is the finding that says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Allowance:
    """The amount of a file that may still be looked at, over all its parts."""

    def __init__(self) -> None:
        self.elements = ELEMENTS_MAX
        self.bytes = TEXT_BYTES_MAX


class Parts:
    """The parts of one workbook, by their names in the archive."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._names = {name.lstrip("/").lower(): name for name in archive.namelist()}
        self._allowance = Allowance()

    def has(self, name: str) -> bool:
        """True if the workbook has this part."""
        return name.lower() in self._names

    def read(self, name: str, start: Start, end: End, text: Text) -> bool:
        """Read a part; what is handed in hears of its elements by their local names. False: a limit ended it."""
        if not self.has(name):
            raise Unreadable("sheet-damaged")
        parser = self._parser(start, end, text)
        try:
            with self._archive.open(self._names[name.lower()]) as part:
                while chunk := part.read(CHUNK_BYTES):
                    self._allowance.bytes -= len(chunk)
                    if self._allowance.bytes < 0:
                        return False
                    parser.Parse(chunk, False)
                parser.Parse(b"", True)
        except Stop:
            return self._allowance.elements >= 0
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise Unreadable("sheet-damaged") from error
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise Unreadable("sheet-damaged") from error
        return True

    def _parser(self, start: Start, end: End, text: Text) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        local: dict[str, str] = {}
        allowance = self._allowance

        def started(name: str, attributes: Mapping[str, str]) -> None:
            allowance.elements -= 1
            if allowance.elements < 0:
                raise Stop
            start(local.get(name) or local.setdefault(name, name.rpartition(":")[2]), attributes)

        def ended(name: str) -> None:
            end(local[name])

        def declared(*_: object) -> None:
            raise Unreadable("sheet-entities")

        parser.StartElementHandler = started
        parser.EndElementHandler = ended
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = declared
        return parser
