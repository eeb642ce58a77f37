"""In which order, and on which pages, a layout puts the properties of a schema: a list of names or of pages
(SPEC.md section 6.4).
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import msgspec

PLACES_MAX: Final = 2_000


class Arrangement(msgspec.Struct, frozen=True):
    """The arrangement of a layout: the place of each property and the title of its page; without any, the schema's."""

    places: Mapping[str, tuple[int, str]] = {}

    def place(self, source: str) -> tuple[int, str]:
        """The place and page of a property, or of the group around it; at the end if the layout does not name it."""
        while source:
            if source in self.places:
                return self.places[source]
            source = source.rpartition("/")[0]
        return len(self.places), ""


def is_read(layout: Any) -> bool:
    """True if a layout is of the kind that is read: the layouts of other systems are not."""
    return isinstance(layout, list)


def arrangement(layout: Any) -> Arrangement:
    """The arrangement in a layout; one of another kind says nothing."""
    places: dict[str, tuple[int, str]] = {}
    for source, page in islice(_listed(layout, "", 0), PLACES_MAX):
        places.setdefault(source, (len(places), page))
    return Arrangement(places)


def _listed(entries: Any, page: str, depth: int) -> Iterator[tuple[str, str]]:
    """A list of names or paths, or of pages {section, fields} with such a list each."""
    for one in entries if is_read(entries) and depth <= 1 else ():
        if isinstance(one, str):
            names = [name for name in one.removeprefix("#").split("/") if name not in ("", "properties")]
            yield "".join(f"/properties/{name}" for name in names), page
        elif isinstance(one, Mapping):
            title = one.get("section", one.get("title", ""))
            title = title.get("nl", "") if isinstance(title, Mapping) else title
            yield from _listed(one.get("fields"), title if isinstance(title, str) else "", depth + 1)
