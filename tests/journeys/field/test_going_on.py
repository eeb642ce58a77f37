"""What a worker goes on from: widgets of every kind, a draft whose form was published anew, the last visit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.journeys.field import made
from tests.journeys.field.looking import in_both_languages
from tests.journeys.field.tablet import STAFF, TOWN, Tablet
from tests.journeys.field.test_two_tablets import picture, synchronise, values
from tests.journeys.terminal import Terminal

NAME = "Naam van de afspraak"
MIND = "Slachtoffer? Verdacht van iets. Nummer 123 456 782."


def home(tablet: Tablet) -> None:
    tablet.page.locator("header .name").click()
    tablet.page.get_by_role("heading", name="Vandaag", level=1).wait_for()


def group(tablet: Tablet, name: str) -> Any:
    return tablet.page.get_by_role("group", name=name)


def saved(tablet: Tablet) -> str:
    """Finish the open form; return the record."""
    tablet.finish()
    tablet.press("Bekijken")
    return str(tablet.page.evaluate("() => location.hash.split('/')[2]"))


def fill_every_widget(tablet: Tablet) -> None:
    """One question after another, none of which was answered before; wrong first where that can be."""
    assert 0 == tablet.page.locator("input:checked").count()
    slider, hours = tablet.page.get_by_role("slider"), tablet.page.get_by_label("Hoe druk was het").first
    assert ("niet ingevuld", "") == (slider.get_attribute("aria-valuetext"), hours.input_value())
    tablet.fill(NAME, "Aan tafel")
    group(tablet, "Het gesprek hielp").get_by_text("Eens", exact=True).click()
    slider.click(position={"x": 9, "y": 9})  # where its handle stands while nothing is answered
    tablet.page.locator("input[type=range][aria-valuetext='0']").wait_for()
    assert "0" == hours.input_value()
    hours.fill("11")
    tablet.sees("Niet hoger dan 10")
    slider.fill("7")
    tablet.page.locator("input.short").first.wait_for()
    assert "7" == hours.input_value()
    leaving = tablet.page.get_by_label("Hoe laat ging u weg")
    leaving.fill("25")
    leaving.blur()
    tablet.sees("Dit is niet in de vorm die gevraagd wordt")
    leaving.fill("9.05")
    leaving.blur()
    assert ["kantoor", "buiten"] == [
        one.get_attribute("value") for one in tablet.page.get_by_label("Waar was het").locator("option").all()[1:]
    ]
    tablet.page.get_by_label("Waar was het").select_option("buiten")


def search_the_list(tablet: Tablet) -> None:
    """Forty schools in two places: by words, by place, and another one after the first."""
    school = group(tablet, "School")
    assert "40 in de lijst" in school.inner_text()
    school.get_by_role("searchbox").fill("school 1")
    school.get_by_text("13 in de lijst").wait_for()
    school.get_by_label("plaats").select_option("Proefdam")
    school.get_by_text("8 in de lijst").wait_for()
    school.get_by_text("School 13", exact=True).click()
    school.get_by_role("button", name="Antwoord wissen").click()
    assert 0 == school.locator("input:checked").count()
    school.get_by_text("School 17", exact=True).click()
    assert "School 17" == school.locator("label.option", has=tablet.page.locator(":checked")).inner_text().strip()


def test_every_widget_and_a_draft_whose_form_was_published_anew(tablet: Tablet, terminal: Terminal) -> None:
    made.publish(terminal, 1)
    tablet.enrol("werker-verder")
    tablet.begin(made.TITLE)
    fill_every_widget(tablet)
    search_the_list(tablet)
    asked: list[str] = []
    tablet.page.on("request", lambda request: asked.append(request.url))
    tablet.fill("Welke afspraak is gemaakt", MIND)
    tablet.sees("Dit getal kan een BSN zijn")
    tablet.sees("“Verdacht van” kan over strafbare feiten gaan")
    tablet.sees("concept bewaard")
    assert [] == asked  # hints and drafts go nowhere
    first = saved(tablet)
    for name in ("houden", "overzetten"):
        home(tablet)
        tablet.begin(made.TITLE)
        tablet.fill(NAME, name)
        tablet.page.get_by_label("Waar was het").select_option("kantoor")
        tablet.sees("concept bewaard")
    home(tablet)
    made.publish(terminal, 2)
    synchronise(tablet)
    kept, moved = (goes_on(tablet, *one) for one in (("houden", "Deze versie"), ("overzetten", "Verder in de nieuwe")))
    synchronise(tablet)
    office = {record: terminal.rows("show", TOWN, record, *STAFF)[0] for record in (first, kept, moved)}
    assert [
        {"/titel": "Aan tafel", "/oordeel": "eens", "/cijfer": 7, "/vertrek": "09:05", "/school": "s17",
         "/afspraak": MIND, "/soort": "buiten"},
        {"/titel": "houden", "/soort": "kantoor"},
        {"/titel": "overzetten"},
    ] == [values(one["shown"]) for one in office.values()]  # fmt: skip
    assert [1, 1, 2] == [one["version"] for one in office.values()]
    assert values(office[first]["shown"]) == values(picture(tablet, first)["shown"])


def goes_on(tablet: Tablet, name: str, choice: str) -> str:
    """Open a draft of the version before, look at the newer one, choose, and save; return the record."""
    home(tablet)
    tablet.page.get_by_role("button", name=f"{made.TITLE}, {name}").first.click()
    tablet.sees("Van dit formulier is een nieuwe versie")
    tablet.press("Bekijk")
    tablet.sees("Deze antwoorden hebben daar geen plaats")
    assert "Waar was het" in tablet.page.locator("dl").inner_text()
    assert name == "houden" or [] == in_both_languages(tablet)
    tablet.press(choice, exact=False)
    label = NAME if name == "houden" else "Naam van de afspraak"
    assert name == tablet.page.get_by_label(label).input_value()
    assert int(name == "houden") == tablet.page.get_by_label("Waar was het").count()
    return saved(tablet)


def test_of_the_last_visit_goes_along_what_the_worker_chooses(tablet: Tablet, terminal: Terminal) -> None:
    tablet.enrol("werker-vorige")
    tablet.begin("Huisbezoek")
    tablet.fill("Dossiercode", "ABCD-2345")
    for question, answer in (("Mocht u binnenkomen?", "Ja, ik was binnen"), ("Soort bezoek", "Vervolgbezoek")):
        group(tablet, question).get_by_text(answer).click()
    tablet.finish()
    tablet.press("Nog een formulier")
    tablet.press("Huisbezoek", exact=False)
    tablet.fill("Dossiercode", "ABCD-2345")
    tablet.sees("Bij dit dossier was er een eerder bezoek")
    assert 0 == tablet.page.locator("input:checked").count()
    tablet.press("Antwoorden overnemen")
    offered = tablet.page.locator("label.option")
    offered.first.wait_for()
    assert (2, 0) == (offered.count(), tablet.page.locator("input:checked").count())
    assert tablet.page.get_by_role("button", name="0 overnemen").is_disabled()
    offered.filter(has_text="Soort bezoek").click()
    tablet.press("1 overnemen")
    group(tablet, "Mocht u binnenkomen?").wait_for()
    assert 1 == tablet.page.locator("input:checked").count()
    record = saved(tablet)
    synchronise(tablet)
    office = values(terminal.rows("show", TOWN, record, *STAFF)[0]["shown"])
    assert {"/case_ref": "ABCD-2345", "/bezoek_soort": "vervolg"} == office


def write(tablet: Tablet, code: str) -> None:
    """Write a visit to a case and save it."""
    home(tablet)
    tablet.begin("Huisbezoek")
    tablet.fill("Dossiercode", code)
    tablet.finish()


def test_a_server_restored_from_an_older_backup_is_sent_what_it_lost(
    tablets: Callable[..., Tablet], terminal: Terminal, tmp_path: Path
) -> None:
    """A tablet that the backup knows, and one that was enrolled after it; both went on since."""
    before, after = tablets("before"), tablets("after")
    before.enrol("werker-voor")
    write(before, "BBBB-2345")
    before.is_synced()
    assert terminal.rows("backup", TOWN, str(tmp_path / "b"), *STAFF)
    after.enrol("werker-na")
    for tablet, code in ((before, "BBBB-3456"), (after, "CCCC-3456")):
        write(tablet, code)
        tablet.is_synced()
    terminal.stop()
    assert 0 == terminal.type("restore", TOWN, str(tmp_path / "b")).returncode
    write(before, "BBBB-4567")
    before.sees("1 nog hier")
    terminal.start("serve")
    for tablet in (before, after):
        synchronise(tablet)
        assert 0 == tablet.page.locator("header").get_by_text("nog hier").count()
    held = {row["case_ref"] for row in terminal.rows("records", TOWN, "huisbezoek", *STAFF)}
    assert {"BBBB-2345", "BBBB-3456", "BBBB-4567", "CCCC-3456"} <= held
    assert 0 == terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]
