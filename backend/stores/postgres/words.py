"""SQL in PostgreSQL's own words; many rows are one array."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from psycopg.types.numeric import Int8

_SPANS: Final = "unnest(?1::bytea[], ?2::bigint[], ?3::bigint[]) with ordinality as w(record, after, until, number)"
_PLACES: Final = (
    f"select w.number - 1, p.position from {_SPANS} join record r on r.record = w.record"
    " join placed p on p.number = r.number and p.position > w.after and p.position < w.until union"
    f" select w.number - 1, f.position from {_SPANS} join fact f on f.record = w.record"
    " and f.position > w.after and f.position < w.until order by 1, 2"
)
_SAVE_RECORD: Final = (
    "insert into record(number, record, key, position, state, readers, creator)"
    " select (select coalesce(max(number), 0) from record) + n, record, key, position, state, readers, creator"
    " from unnest(?::bytea[], ?::bytea[], ?::bigint[], ?::bytea[], ?::bytea[], ?::bytea[])"
    " with ordinality as known(record, key, position, state, readers, creator, n)"
    " on conflict(record) do update set key = excluded.key, position = excluded.position,"
    " state = excluded.state, readers = excluded.readers, creator = excluded.creator"
)  # the columns are arrays


class PostgresWords:
    """`Words` of PostgreSQL."""

    outermost = "join"
    last_seqs = (
        "select encode(d, 'hex'), (select max(seq) from entry where device = d) from unnest(?::bytea[]) as asked(d)"
    )
    places = _PLACES
    save_record = _SAVE_RECORD

    def listed(self, values: Iterable[bytes]) -> Any:
        """Bytes."""
        return [*values]

    def among(self, column: str) -> str:
        """The condition that a column is one of the `listed` bytes."""
        return f"{column} = any(?::bytea[])"

    def numbers(self, values: Iterable[int]) -> Any:
        """Numbers."""
        return [Int8(value) for value in values]  # or the size of the first would be that of all

    def one_of(self, column: str) -> str:
        """The condition that a column is one of some `numbers`."""
        return f"{column} = any(?::bigint[])"

    def texts(self, values: Iterable[str]) -> Any:
        """Texts."""
        return [*values]

    def text_among(self, column: str) -> str:
        """The condition that a column is one of some `texts`."""
        return f"{column} = any(?::text[])"

    def spans(self, wanted: Sequence[tuple[bytes, int, int]]) -> Sequence[Any]:
        """Spans, column by column."""
        records, after, until = zip(*wanted, strict=True) if wanted else ((), (), ())
        return [*records], self.numbers(after), self.numbers(until)

    def named(self, column: str, values: Sequence[bytes]) -> tuple[str, Sequence[Any]]:
        """As `among`."""
        return self.among(column), ([*values],)


WORDS: Final = PostgresWords()
