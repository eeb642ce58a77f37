"""control.db of one server: who is signed in, invitations of accounts, jobs. It is in no backup and can be made anew.

Of a session and of an invitation only the SHA-256 of its secret is kept: who reads the file can use neither. A file of
an earlier release, which kept accounts there, is taken over (`control.py` reads them).
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

from sqlite_utils import Database

from backend.errors import StoreFull
from backend.stores.control import CONTROL_FILE
from backend.stores.database import Migration, open_database, run_script, transaction, translated
from backend.stores.held_sessions import Held

_ACCOUNTS: Final = """
create table if not exists staff(
  municipality text not null, name text not null, role text not null, created_ms integer not null,
  primary key (municipality, name))
"""  # of earlier releases, read once
_SESSIONS: Final = """
create table session(
  hash blob primary key, municipality text not null, staff text not null, made_ms integer not null,
  seen_ms integer not null, ends_ms integer not null, factors text not null, elevated_ms integer not null,
  origin text not null, browser text not null) without rowid;
create index session_staff on session(municipality, staff);
create table invite(
  hash blob primary key, municipality text not null, staff text not null, by text not null, made_ms integer not null,
  ends_ms integer not null, used_ms integer not null) without rowid
"""
_JOBS: Final = """
create table job(
  id text primary key, municipality text not null, staff text not null, kind text not null, form text not null,
  state text not null, why text not null, done integer not null, total integer not null, file text not null,
  size integer not null, made_ms integer not null, ends_ms integer not null, second text not null) without rowid;
create index job_of on job(municipality, staff)
"""
MIGRATIONS: Final = (
    Migration(1, "accounts of earlier releases", lambda db: run_script(db, _ACCOUNTS)),
    Migration(2, "sessions and invitations of the desk", lambda db: run_script(db, _SESSIONS)),
    Migration(3, "jobs", lambda db: run_script(db, _JOBS)),
)
WAITING: Final = "waits"  # the state of a job that waits for a second person
OVER: Final = "ended"  # the state of a job of which nothing is left


TERMINAL: Final = "terminal"  # how the factors of a session begin that is a terminal's and no browser's


class Session(NamedTuple):
    """One browser or terminal that is signed in; `elevated_ms` is until when what cannot be taken back may be done."""

    hash: bytes
    municipality: str
    staff: str
    made_ms: int
    seen_ms: int
    ends_ms: int
    factors: str
    elevated_ms: int
    origin: str
    browser: str

    @property
    def of_terminal(self) -> bool:
        """True for a terminal's, which opens no page."""
        return self.factors.startswith(TERMINAL)


class Invite(NamedTuple):
    """An invitation of an account; `used_ms` is 0 while it is open."""

    hash: bytes
    municipality: str
    staff: str
    by: str
    made_ms: int
    ends_ms: int
    used_ms: int


class Job(NamedTuple):
    """Something that is made for a person: its kind and form, how far it is, the name of its file and until when it
    lies there, why it ended, and who agreed. Nothing of what it holds or of why it was asked for."""

    id: str
    municipality: str
    staff: str
    kind: str
    form: str
    state: str
    why: str
    done: int
    total: int
    file: str
    size: int
    made_ms: int
    ends_ms: int
    second: str = ""


class Control:
    """The rows of control.db. It is opened when first needed: a damaged one stops no device."""

    def __init__(self, data: Path) -> None:
        self._path = data / CONTROL_FILE
        self._opening = Lock()
        self._db: Database | None = None
        self._held: Held[Session] = Held()
        self.signed_out: list[Callable[[str, str], None]] = []  # told of each account whose sessions end all at once

    def _run(self, sql: str, values: Any = ()) -> Any:
        with self._opening:  # one statement at a time: requests come from several threads
            if self._db is None:
                self._path.touch(0o600)  # its log beside it gets the same mode
                self._path.chmod(0o600)
                self._db = open_database(self._path, migrations=MIGRATIONS)
            with translated(CONTROL_FILE):
                return self._db.conn.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._opening:
            db, self._db = self._db, None
            if db is not None:
                db.close()

    def session(self, hash_: bytes) -> Session | None:
        """A session by the hash of its id."""
        if hash_ in self._held or hash_ in self._held.ended:
            return self._held.get(hash_)
        rows = self._run("select * from session where hash = ?", (hash_,))
        return Session(*rows[0]) if rows else None

    def sessions(self, municipality: str, staff: str) -> list[Session]:
        """The sessions of an account, the newest first."""
        asked = "select * from session where municipality = ? and staff = ? order by made_ms desc"
        rows = {row[0]: Session(*row) for row in self._run(asked, (municipality, staff))}
        rows |= {one.hash: one for one in self._held.values() if (one.municipality, one.staff) == (municipality, staff)}
        alive = [one for one in rows.values() if one.hash not in self._held.ended]
        return sorted(alive, key=lambda one: -one.made_ms)

    def keep_session(self, session: Session, instead_of: bytes | None = None) -> None:
        """Keep a session; the one that it takes the place of ends with it. On a full disk it is held in memory."""
        try:
            self._kept(session, instead_of)
        except StoreFull:
            if self._held.is_full:
                raise
            self._held[session.hash] = session
            if instead_of is not None:
                self._held.ended.add(instead_of)
        if instead_of is not None:
            self._held.pop(instead_of, None)

    def _kept(self, session: Session, instead_of: bytes | None) -> None:
        """Write a session, and delete the one before in the same transaction."""
        self._run("select 1")
        with self._opening:
            assert self._db is not None
            with translated(CONTROL_FILE), transaction(self._db):
                self._db.conn.execute("delete from session where hash = ?", (instead_of or b"",))
                marks = ",".join("?" * len(session))
                self._db.conn.execute(f"insert or replace into session values({marks})", session)

    def saw_session(self, hash_: bytes, seen_ms: int) -> None:
        """Note that a session was used; one that is held is written as soon as there is room."""
        found = self.session(hash_)
        if found is None:
            return
        found = found._replace(seen_ms=seen_ms)
        try:
            self._kept(found, None)
            self._held.pop(hash_, None)
        except StoreFull:
            self._held[hash_] = found

    def end_session(self, hash_: bytes) -> None:
        """End a session."""
        self._end("delete from session where hash = ?", (hash_,), {hash_})

    def end_sessions(self, municipality: str, staff: str, but: bytes = b"") -> None:
        """End all sessions of an account, or all but one."""
        hashes = {one.hash for one in self.sessions(municipality, staff)} - {but}
        self._end(
            "delete from session where municipality = ? and staff = ? and hash <> ?", (municipality, staff, but), hashes
        )
        for tell in self.signed_out:
            tell(municipality, staff)

    def end_all(self, municipality: str) -> None:
        """End all sessions and invitations of a municipality: another server had it, and what ended there did not end
        here."""
        hashes = {hash_ for (hash_,) in self._run("select hash from session where municipality = ?", (municipality,))}
        hashes |= {one.hash for one in self._held.values() if one.municipality == municipality}
        self._end("delete from session where municipality = ?", (municipality,), hashes)
        self._run("delete from invite where municipality = ?", (municipality,))

    def _end(self, sql: str, values: Any, hashes: set[bytes]) -> None:
        """Delete sessions; what cannot be deleted on a full disk is ended all the same."""
        for hash_ in hashes:
            self._held.pop(hash_, None)
        try:
            self._run(sql, values)
        except StoreFull:
            self._held.ended |= hashes

    def sweep(self, now_ms: int) -> None:
        """Forget sessions and invitations whose time is over; on a full disk at another time."""
        self._held.sweep(now_ms)
        with suppress(StoreFull):
            self._run("delete from session where ends_ms < ?", (now_ms,))
            self._run("delete from invite where ends_ms < ?", (now_ms,))
            for hash_ in [*self._held.ended]:
                self._run("delete from session where hash = ?", (hash_,))
                self._held.ended.discard(hash_)

    def keep_invite(self, invite: Invite) -> None:
        """Keep an invitation in the place of every earlier one of the account."""
        self._run("delete from invite where municipality = ? and staff = ?", (invite.municipality, invite.staff))
        self._run("insert into invite values(?, ?, ?, ?, ?, ?, ?)", invite)

    def invite(self, hash_: bytes) -> Invite | None:
        """An invitation by the hash of its secret."""
        rows = self._run("select * from invite where hash = ?", (hash_,))
        return Invite(*rows[0]) if rows else None

    def free_invite(self, hash_: bytes) -> None:
        """Open an invitation again that was used for nothing, since what came of it could not be kept."""
        self._run("update invite set used_ms = 0 where hash = ?", (hash_,))

    def use_invite(self, hash_: bytes, now_ms: int) -> bool:
        """Note that an invitation is used; False if it was used before, so that of two only one uses it."""
        used = "update invite set used_ms = ? where hash = ? and used_ms = 0 returning hash"
        return bool(self._run(used, (now_ms, hash_)))

    def keep_job(self, job: Job) -> None:
        """Keep a job, in place of what was known of it."""
        self._run("insert or replace into job values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", job)

    def job(self, municipality: str, id_: str) -> Job | None:
        """A job of a municipality."""
        rows = self._run("select * from job where municipality = ? and id = ?", (municipality, id_))
        return Job(*rows[0]) if rows else None

    def jobs(self, municipality: str) -> list[Job]:
        """The jobs of a municipality, the newest first."""
        rows = self._run("select * from job where municipality = ? order by made_ms desc, id", (municipality,))
        return [Job(*row) for row in rows]

    def end_jobs(self, why: str, before_ms: int, mine: Callable[[str], bool]) -> None:
        """End what a process that is no more left under way in its municipalities; forget jobs of before a time."""
        for [code] in self._run("select distinct municipality from job"):
            if not mine(code):
                continue  # it may be under way in a process beside this one
            self._run(
                "update job set state = ?, why = iif(state = ?, ?, ?), size = 0 where state <> ? and municipality = ?",
                (OVER, WAITING, f"{why}-waits", why, OVER, code),
            )
        self._run("delete from job where ends_ms < ?", (before_ms,))
