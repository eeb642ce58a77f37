"""A backup is put back: what was taken since stays taken, and nothing is given before a person confirms the list."""

from tests.attacker.stories import story
from tests.attacker.taken_away import NEW_WORDS, Visit
from tests.attacker.town import Town


def delivered(phone_answer: dict[str, object]) -> bool:
    """Whether an answer carries an entry or the key of a record."""
    changes = phone_answer.get("changes", ())
    assert isinstance(changes, list | tuple)
    return any(change.get("entry") is not None or change.get("sealed") is not None for change in changes)


@story
def a_restore_gives_back_nothing_that_was_taken(town: Town) -> None:
    visit = Visit(town)
    town.assign(visit.record, "eve")
    visit.eve.sync()
    other = visit.anna.create({"/duiding": "woord-gewist"})
    visit.anna.sync()
    town.back_up()
    town.revoke(visit.bert)
    town.withdraw(visit.record, "eve")
    town.erase(other)
    town.put_back()
    visit.write_on()
    for phone in (visit.bert, visit.eve):
        phone.recertify()
        phone.exchange(cursor=b"", lacking=[visit.record, other], limit=2_000)
        phone.pull()
        if phone.download(visit.name).status < 400:
            town.model.fault("restored-forgets-nothing", f"{phone.worker} is given a photo")
    visit.anna.exchange(cursor=b"", limit=2_000)
    visit.nobody_reads_on(visit.bert, visit.eve)
    if town.opens(other):
        town.model.fault("restored-forgets-nothing", "the key of an erased record is back")


@story
def before_a_person_confirms_the_list_a_restored_town_gives_nothing(town: Town) -> None:
    visit = Visit(town)
    town.assign(visit.record, "eve")
    visit.eve.sync()
    town.back_up()
    town.withdraw(visit.record, "eve")
    town.put_back(confirmed=False)
    visit.anna.write(visit.anna.records[visit.record], NEW_WORDS)
    if visit.anna.push().get("refused"):
        town.model.fault("restored-waits", "a restored town takes nothing in")
    for phone in (visit.anna, visit.bert, visit.eve):
        _, answer = phone.exchange(cursor=b"", lacking=[visit.record], limit=2_000)
        if delivered(answer) or phone.download(visit.name).status < 400:
            town.model.fault("restored-waits", f"{phone.worker} was given something")
    town.confirm_list()
    visit.bert.exchange(cursor=b"", limit=2_000)
    if "woord-na" not in visit.bert.texts():
        town.model.fault("restored-waits", "who has the record is not given it afterwards")
    visit.nobody_reads_on(visit.eve)
