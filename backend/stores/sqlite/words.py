"""SQL in SQLite's own words; many rows are one value as JSON."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

_ASKED: Final = "from json_each(?1) w"  # record, after, until; cross joins keep it outermost
_BETWEEN: Final = "{0} > json_extract(w.value, '$[1]') and {0} < json_extract(w.value, '$[2]')"
_PLACES: Final = (
    f"select w.key, p.position {_ASKED} cross join record r cross join placed p on p.number = r.number"
    f" where r.record = unhex(json_extract(w.value, '$[0]')) and {_BETWEEN.format('p.position')} union"
    f" select w.key, f.position {_ASKED} cross join fact f"
    f" where f.record = unhex(json_extract(w.value, '$[0]')) and {_BETWEEN.format('f.position')} order by 1, 2"
)
_SAVE_RECORD: Final = (
    "insert into record(record, key, position, state, readers, creator) values(?, ?, ?, ?, ?, ?)"
    " on conflict(record) do update set key = excluded.key, position = excluded.position,"
    " state = excluded.state, readers = excluded.readers, creator = excluded.creator"
)


class SqliteWords:
    """`Words` of SQLite."""

    outermost = "cross join"
    last_seqs = "select value, (select max(seq) from entry where device = unhex(value)) from json_each(?)"
    places = _PLACES
    save_record = _SAVE_RECORD

    def listed(self, values: Iterable[bytes]) -> Any:
        """Bytes in hex."""
        return json.dumps([value.hex() for value in values])

    def among(self, column: str) -> str:
        """The condition that a column is one of the `listed` bytes."""
        return f"{column} in (select unhex(value) from json_each(?))"

    def numbers(self, values: Iterable[int]) -> Any:
        """Numbers."""
        return json.dumps([*values])

    def one_of(self, column: str) -> str:
        """The condition that a column is one of some `numbers`."""
        return f"{column} in (select value from json_each(?))"

    def texts(self, values: Iterable[str]) -> Any:
        """Texts."""
        return json.dumps([*values])

    def text_among(self, column: str) -> str:
        """The condition that a column is one of some `texts`."""
        return f"(select count(*) from json_each(?) where value = {column})"

    def spans(self, wanted: Sequence[tuple[bytes, int, int]]) -> Sequence[Any]:
        """Spans, each with its record in hex."""
        return (json.dumps([(record.hex(), after, until) for record, after, until in wanted]),)

    def named(self, column: str, values: Sequence[bytes]) -> tuple[str, Sequence[Any]]:
        """A mark for each: faster than JSON, and compiled again for each number of them."""
        return f"{column} in ({','.join('?' * len(values))})", values


WORDS: Final = SqliteWords()
