"""A worker's day with the field app, in a real browser against the real server, part of it without a connection."""

from tests.journeys.field.tablet import PHRASE, STAFF, TOWN, Tablet
from tests.journeys.terminal import Terminal


def test_a_visit_is_written_offline_and_reaches_the_office(terminal: Terminal, tablet: Tablet) -> None:
    tablet.enrol("werker-dag")
    tablet.offline()
    tablet.page.reload()
    tablet.unlock()
    tablet.begin("Huisbezoek")
    tablet.fill("Dossiercode", "ABCD-2345")
    tablet.page.get_by_label("Vervolgbezoek").click()
    tablet.sees("concept bewaard")
    tablet.page.reload()
    tablet.unlock()
    assert "ABCD-2345" == tablet.page.get_by_label("Dossiercode").input_value()
    tablet.finish()
    assert "form-not-published" in terminal.type("records", TOWN, "huisbezoek", *STAFF).stderr
    tablet.offline(False)
    tablet.is_synced()
    row = terminal.rows("records", TOWN, "huisbezoek", *STAFF)[0]
    assert ("ABCD-2345", "vervolg") == (row["case_ref"], row["bezoek_soort"])
    assert 0 == terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]


def test_a_wrong_passphrase_opens_nothing_and_what_is_no_invitation_is_said(tablet: Tablet) -> None:
    tablet.press("Ik heb een link of code")
    tablet.fill("Link of code", "geen uitnodiging")
    tablet.press("Verder")
    tablet.sees("Dit is geen uitnodiging")
    tablet.page.reload()
    tablet.enrol("werker-slot")
    tablet.page.reload()
    tablet.unlock("een andere wachtzin")
    tablet.sees("Dat was niet de wachtzin")
    assert 0 == tablet.page.get_by_role("button", name="Nieuw", exact=True).count()


def test_nothing_that_was_typed_stands_readable_in_the_profile(tablet: Tablet) -> None:
    tablet.enrol("werker-stil")
    tablet.begin("Huisbezoek")
    tablet.fill("Dossiercode", "QXZW-2345")
    tablet.sees("concept bewaard")
    tablet.page.evaluate("localStorage.setItem('control', 'VWXQ-5432')")
    tablet.close()
    whole = b"".join(path.read_bytes() for path in tablet.profile.rglob("*") if path.is_file())
    for typed in ("QXZW-2345", PHRASE):
        assert typed.encode() not in whole and typed.encode("utf-16-le") not in whole
    assert b"VWXQ-5432" in whole or "VWXQ-5432".encode("utf-16-le") in whole
