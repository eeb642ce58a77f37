"""Records as their worker sees them: words from right to left, and words that a disk damaged."""

from typing import Final

from tests.journeys.field.looking import OURS, WAYS, faults
from tests.journeys.field.tablet import Tablet

PEACE: Final = "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645"  # a greeting in Arabic
DIRECTION: Final = "(one) => getComputedStyle(one).direction"
SPOIL: Final = f"""async () => {{
  {OURS}
  const {{ own }} = await ours('holder.js'), {{ store, id }} = own().device, {{ head }} = await store.pen();
  const row = await store.db.get('journal', [id, head.seq]);
  await store.db.put('journal', {{ ...row, entry: {{ ...row.entry, sig: row.entry.sig.slice(1) }} }});
  const {{ touch }} = await ours('../device/store.js');
  await store.change(['pages'], (tx) => touch(tx, row.record)); // as when anything of it changes
}}"""


def home(tablet: Tablet) -> None:
    tablet.page.locator("header .name").click()


def test_words_from_right_to_left_stand_so_in_their_field_on_their_card_and_in_the_record(tablet: Tablet) -> None:
    page = tablet.page
    tablet.enrol("werker-rechts")
    tablet.begin("Dossier")
    name = page.get_by_label("Hoe het gezin wordt genoemd")
    tablet.fill("Dossiercode", "ABCD-2345")
    assert "ltr" == page.get_by_label("Dossiercode").evaluate(DIRECTION)
    name.fill(PEACE)
    assert "rtl" == name.evaluate(DIRECTION)
    tablet.sees("concept bewaard")
    tablet.finish()
    tablet.press("Bekijken")
    answer = page.locator("dd p").filter(has_text=PEACE).first
    answer.wait_for()
    assert "rtl" == answer.evaluate(DIRECTION)
    assert "ltr" == page.get_by_role("heading", level=1).evaluate(DIRECTION)
    home(tablet)
    card = page.locator(".cards strong").filter(has_text=PEACE)
    card.wait_for()
    assert card.get_attribute("dir") == "auto"


def test_a_record_that_the_disk_damaged_is_not_lost_from_sight(tablet: Tablet) -> None:
    """It was missing among the records, and nothing but a line below Verzenden told of it."""
    page = tablet.page
    tablet.enrol("werker-schade")
    tablet.offline()
    tablet.begin("Dossier")
    tablet.fill("Dossiercode", "ABCD-2345")
    tablet.finish()
    home(tablet)
    page.get_by_role("button", name="ABCD-2345").first.wait_for()
    page.evaluate(SPOIL)
    page.reload()
    tablet.unlock()
    tablet.offline(False)
    tablet.sees("de server neemt ze niet aan")
    tablet.begin("Dossier")  # the next one waits with it, and is shown
    tablet.fill("Dossiercode", "BCDF-3456")
    tablet.finish()
    home(tablet)
    page.get_by_role("button", name="BCDF-3456").first.wait_for()
    page.locator(".marks").filter(has_text="beschadigd op dit toestel").first.wait_for()
    page.locator(".cards button").filter(has_text="beschadigd op dit toestel").first.click()
    page.get_by_role("heading", name="Dit stuk is beschadigd", level=1).wait_for()
    assert [] == faults(tablet, WAYS["nl"])
    page.locator("main").get_by_role("button", name="Verzenden").click()
    tablet.sees("Dit stuk neemt de server niet aan")
