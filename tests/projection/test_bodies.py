"""An entry whose body has not come waits for it; nothing is set aside for want of a body."""

from tests.looking import inside
from tests.projection.town import Town


def test_a_missing_body_is_waited_for_and_never_set_aside(town: Town) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    draft = town.one.open(record)
    town.one.save(draft, "dossier", 1, {"/roepnaam": "Later"})
    town.sync(town.one)
    db = inside(town.server.municipality.journal)
    (position, body) = db.execute("select position, body from entry order by position desc limit 1").fetchone()
    db.execute("update entry set body_hash = ?, body = null where position = ?", (bytes(32), position))
    rows = town.find("select kind, name from _attention")
    assert ["no-body"] == [row["kind"] for row in rows]
    assert [] == list(town.server.municipality.journal.facts(kind="set-aside"))
    assert [{"case_ref": "ABCD-2345", "roepnaam": None}] == town.find("select case_ref, roepnaam from dossier")
    db.execute("update entry set body_hash = null, body = ? where position = ?", (body, position))
    town.server.run(town.server.municipality.submit(lambda: town.server.municipality.journal.mark_dirty([record])))
    assert [{"case_ref": "ABCD-2345", "roepnaam": "Later"}] == town.find("select case_ref, roepnaam from dossier")
