"""Every form that ships is filled in to the end, offline, and the office reads exactly what was shown."""

import json

from forms.definition.library import shipped_raw
from tests.journeys.field.filler import Filler
from tests.journeys.field.tablet import STAFF, TOWN, Tablet
from tests.journeys.field.test_two_tablets import picture, synchronise, values
from tests.journeys.terminal import Terminal

# What to answer where the first choice would be looked at again; the case comes first, for others refer to it.
CHOSEN: dict[str, dict[str, str]] = {
    "dossier": {"Postcode (4 cijfers)": "1234", "Kindcode": "KKKK-2222"},
    "huisbezoek": {"Kindcode": "KKKK-2222"},
    "schoolcheck": {"Kindcode": "KKKK-2222", "Uren zonder geldige reden": "12,5"},
    "signaal": {"Afsluiting": "Overgedragen"},
    "traject": {"Leeftijd (ongeveer)": "18 tot en met 22 jaar", "Uren per week": "12"},
}


def test_every_form_that_ships_is_filled_in_to_the_end(terminal: Terminal, tablet: Tablet) -> None:
    tablet.enrol("werker-formulieren")
    tablet.offline()
    shown = {}
    for slug, chosen in CHOSEN.items():
        tablet.begin(json.loads(shipped_raw(slug))["title"]["nl"])
        filler = Filler(tablet, chosen)
        wanting = filler.to_the_end()
        tablet.press("Bewaren")
        tablet.sees("Bewaard op dit toestel")
        tablet.press("Bekijken")
        record = tablet.page.evaluate("() => location.hash.split('/')[2]")
        shown[record] = picture(tablet, record)
        assert ([], slug) == (wanting, slug)
        assert len(filler.answered) >= 10
        tablet.page.goto(f"{tablet.url}#/")
    tablet.offline(False)
    synchronise(tablet)
    for record, one in shown.items():
        office = terminal.rows("show", TOWN, record, *STAFF)[0]
        assert values(one["shown"]) == values(office["shown"])
        assert not office["attention"]
    visit = next(one for one in shown.values() if one["form"] == "huisbezoek")
    assert "/tolk_taal" not in visit["shown"]
