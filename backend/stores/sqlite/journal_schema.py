"""The tables of journal.db, numbered; a released step never changes (tests/stores/fixtures hold each)."""

from typing import Final

from sqlite_utils import Database

from backend.stores.database import Migration, run_script
from sync.audit import BEFORE_RESULTS, FIRST, AuditLine, line_hash
from sync.entry import decode_entry, parse_header, record_id
from sync.facts import Certificate, Grant, Revocation, SetAside, Withdrawal, decode_fact

_SCHEMA: Final = """
create table meta(name text primary key, value blob not null) without rowid;
create table life(number integer primary key, life blob not null, started_ms integer not null, why text not null);
create table entry(
  position integer primary key, hash blob not null, device blob not null, seq integer not null,
  record blob not null, received integer not null, prev blob not null, header blob not null,
  body blob, body_hash blob, sig blob not null);
create unique index entry_place on entry(device, seq);
create index entry_record on entry(record);
create table fact(
  position integer primary key, kind text not null, record blob, payload blob not null, received integer not null);
create index fact_kind on fact(kind);
create index fact_record on fact(record) where record is not null;
create index fact_global on fact(position) where record is null;
create table granted(record blob not null, device blob not null, primary key (record, device)) without rowid;
create table tail(device blob primary key, seq integer not null, hash blob not null) without rowid;
create table record(
  record blob primary key, key blob not null, position integer not null, state blob not null,
  readers blob not null) without rowid;
create table access(device blob not null, record blob not null, position integer not null,
  primary key (device, record)) without rowid;
create table held(
  hash blob primary key, record blob not null, device blob not null, seq integer not null,
  reason text not null, complete integer not null) without rowid;
create index held_record on held(record);
create table forked(
  hash blob primary key, device blob not null, seq integer not null, entry blob not null,
  received integer not null) without rowid;
create table feed(
  device blob not null, position integer not null, granted blob not null,
  primary key (device, position, granted)) without rowid;
create table wrap_wanted(record blob primary key) without rowid;
create table form(
  form text not null, version integer not null, digest blob not null, document blob not null,
  published_ms integer not null, retired_ms integer, primary key (form, version));
create table audit(
  number integer primary key, at_ms integer not null, staff text not null, act text not null, record blob,
  detail text not null);
create table attachment(
  name blob primary key, record blob not null, device blob not null, size integer not null,
  created_ms integer not null) without rowid;
create index attachment_record on attachment(record);
create table confirmed_erasure(
  record blob not null, device blob not null, at_ms integer not null, primary key (record, device)) without rowid;
"""


_DIRTY: Final = "create table dirty(record blob primary key) without rowid"
_NARROW: Final = """
alter table record rename to record_wide;
create table record(
  number integer primary key, record blob not null unique, key blob not null, position integer not null,
  state blob not null, readers blob not null);
insert into record(record, key, position, state, readers)
  select record, key, position, state, readers from record_wide order by position;
drop table record_wide
"""  # record ids are random: in their order only a narrow index is kept, states stand where they were made

_READERS: Final = "drop table access"  # who is sent a record stands in `record.readers`, once

_PLACED: Final = """
create table placed(number integer not null, position integer not null, primary key (number, position)) without rowid;
insert into placed select r.number, e.position from entry e join record r on r.record = e.record;
drop index entry_record
"""  # the entries of a record, by its number: those of new records stand at the end, whatever their ids

_SHELF: Final = """
alter table form add column published_by text not null default '';
alter table form add column seconded_by text not null default '';
alter table form add column controller text not null default '';
alter table form add column register text not null default '';
alter table form add column warnings text not null default '[]';
create table draft(
  form text primary key, version integer not null, document blob not null, proposed_ms integer not null,
  proposed_by text not null, controller text not null, register text not null) without rowid;
"""  # who published a version and who agreed stays with it; what waits for a second person

_UNFINISHED: Final = """
create table unfinished_erasure(record blob primary key, since_ms integer not null) without rowid
"""  # records that were erased and of which a file may still hold something
_STREAMS: Final = """
alter table attachment add column version integer not null default 0;
create index attachment_unreadable on attachment(name) where version = 0;
"""  # the version in a stream's head; what came before had no head and opens for nobody
_STAFF: Final = """
create table staff(
  name text primary key, role text not null, created_ms integer not null, confirmed_by text not null) without rowid
"""  # accounts belong to what a backup holds


def _forked_by_record(db: Database) -> None:
    """Name the record of each entry that parted, so that it is shown with its record."""
    db.conn.execute("alter table forked add column record blob")
    for hash_, raw in db.conn.execute("select hash, entry from forked").fetchall():
        record = parse_header(decode_entry(raw).header).record
        db.conn.execute("update forked set record = ? where hash = ?", (record, hash_))
    db.conn.execute("create index forked_record on forked(record)")


_CHAINED: Final = """
create table audit_chained(
  number integer primary key, at_ms integer not null, staff text not null, act text not null, record blob,
  detail text not null, account text not null, hash blob not null);
"""


def chain_lines(db: Database) -> None:
    """Migration: the lines that exist become the beginning of the chain, numbered anew from 1."""
    run_script(db, _CHAINED)
    before = FIRST
    rows = db.conn.execute("select at_ms, staff, act, record, detail from audit order by number").fetchall()
    for number, (at_ms, staff, act, record, detail) in enumerate(rows, 1):
        line = AuditLine(number, at_ms, staff, act, record, detail, "")
        before = line_hash(before, line)
        db.conn.execute("insert into audit_chained values(?, ?, ?, ?, ?, ?, ?, ?)", (*line[:BEFORE_RESULTS], before))
    db.conn.execute("drop table audit")
    db.conn.execute("alter table audit_chained rename to audit")


_GRANTS: Final = """
alter table record add column creator blob not null default x'';
create index granted_device on granted(device);
create table given(record blob not null, device blob not null, primary key (record, device)) without rowid;
create index given_device on given(device);
create table owed(record blob not null, device blob not null, unique (record, device));
create table to_sign(position integer primary key);
create table again(position integer primary key, entry integer not null);
create table recount(since integer primary key)
"""  # who made a record, which devices granted it, what the municipality owes or signs too, what is sent again


def _grants(db: Database) -> None:
    """Fill the new columns from entries and facts. What devices granted before their first withdrawal or revocation
    was taken by the rules of then: the municipality signs it too."""
    run_script(db, _GRANTS)
    run = db.conn.execute
    wrote = run(
        "select distinct r.number, r.record, r.key, e.device from record r join placed p on p.number = r.number"
        " join entry e on e.position = p.position"
    )
    made = [(device, number) for number, record, key, device in wrote if record_id(device, key) == record]
    db.conn.executemany("update record set creator = ? where number = ?", made)
    workers: dict[bytes, str] = {}
    ended: set[tuple[bytes, str] | bytes] = set()
    rows = run("select position, payload from fact where kind in ('certificate', 'grant', 'withdrawal', 'revocation')"
               " order by position").fetchall()  # fmt: skip
    for position, payload in rows:
        match decode_fact(payload):
            case Certificate(device=device, worker=worker):
                workers[device] = worker
            case Withdrawal(record=record, worker=worker):
                ended.add((record, worker))
            case Revocation(device=device):
                ended.add(device)
            case Grant(record=record, by=by) if by is not None:
                run("insert or ignore into given values(?, ?)", (record, by))
                if by not in ended and (record, workers.get(by, "")) not in ended:
                    run("insert into to_sign values(?)", (position,))
    run("insert into recount select coalesce(max(position), 0) from fact")


def _promises(db: Database) -> None:
    """Keep what was taken before its signer lost the record, and waits for an unlock."""
    run = db.conn.execute
    run("alter table to_sign add column promised integer not null default 0")
    workers: dict[bytes, str] = {}
    ended: set[tuple[bytes, str] | bytes] = set()
    waiting: list[tuple[int, bytes, bytes]] = []
    due = {row[0] for row in run("select position from to_sign")}
    rows = run("select position, payload from fact where kind in ('certificate', 'grant', 'set-aside', 'withdrawal',"
               " 'revocation') order by position").fetchall()  # fmt: skip
    for position, payload in rows:
        match decode_fact(payload):
            case Certificate(device=device, worker=worker):
                workers[device] = worker
            case Withdrawal(record=record, worker=worker):
                ended.add((record, worker))
            case Revocation(device=device):
                ended.add(device)
            case Grant(record=record, by=by) | SetAside(record=record, by=by) if by is not None and position in due:
                if by not in ended and (record, workers.get(by, "")) not in ended:
                    waiting.append((position, record, by))
    lost = [(at,) for at, record, by in waiting if by in ended or (record, workers.get(by, "")) in ended]
    db.conn.executemany("update to_sign set promised = 1 where position = ?", lost)


_DISPLACED: Final = """
create table displaced(
  position integer primary key, place blob not null, record blob not null, hash blob not null, told integer not null);
create index forked_place on forked(device, seq);
"""  # positions of entries that another displaced, and whether a fact says so

_KEPT: Final = """
create table kept(kind text not null, id text not null, raw blob not null, primary key (kind, id)) without rowid
"""  # people, teams and factors of the desk: what a backup holds beside the accounts
_RESULTS: Final = """
alter table audit add column result text not null default '';
alter table audit add column origin text not null default ''
"""  # how an act ended and from where it was asked


MIGRATIONS: Final = (
    Migration(1, "the journal of one municipality", lambda db: run_script(db, _SCHEMA)),
    Migration(2, "records that changed without taking a position", lambda db: run_script(db, _DIRTY)),
    Migration(3, "states in the order of their making", lambda db: run_script(db, _NARROW)),
    Migration(4, "readers kept in one place", lambda db: run_script(db, _READERS)),
    Migration(5, "a record's entries by its number", lambda db: run_script(db, _PLACED)),
    Migration(6, "who published a form and who agreed", lambda db: run_script(db, _SHELF)),
    Migration(7, "erasures that are not finished", lambda db: run_script(db, _UNFINISHED)),
    Migration(8, "attachments that name their record", lambda db: run_script(db, _STREAMS)),
    Migration(9, "an audit whose lines are chained", chain_lines),
    Migration(10, "accounts of staff", lambda db: run_script(db, _STAFF)),
    Migration(11, "entries that parted, by their record", _forked_by_record),
    Migration(12, "whose grants count, and what is sent again", _grants),
    Migration(13, "copies that are promised", _promises),
    Migration(14, "entries that were displaced", lambda db: run_script(db, _DISPLACED)),
    Migration(15, "people, teams and factors of the desk", lambda db: run_script(db, _KEPT)),
    Migration(16, "the result and the origin of an act", lambda db: run_script(db, _RESULTS)),
    Migration(17, "states that name their only entry", lambda _: None),  # no table changes; what is kept stays readable
)
