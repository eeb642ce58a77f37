"""The power goes while a tablet saves and syncs, and two tabs write at once: what was shown as saved is there, once."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

import pytest

from tests.journeys.field.looking import OURS
from tests.journeys.field.tablet import STAFF, TOWN, Tablet
from tests.journeys.field.test_two_tablets import synchronise
from tests.journeys.terminal import Terminal

SIGNS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
WRITE: Final = f"""async ([first, count]) => {{
  {OURS}
  const work = await ours('work.js'), [form] = work.shelf.value.offered().filter((one) => one.slug === 'traject');
  const signs = '{SIGNS}';
  for (let n = first; n < first + count; n += 1) {{
    const code = [...String(n).padStart(4, '0')].map((digit) => signs[Number(digit)]).join('');
    const draft = await work.begin(form);
    draft.answers['/case_ref'] = `${{code}}-2345`;
    draft.touched.push('/case_ref');
    await work.keep(draft);
    await work.save(draft);
    await globalThis.shownAsSaved?.(draft.answers['/case_ref']);
  }}
}}"""
HELD: Final = f"""async () => {{
  {OURS}
  const {{ own }} = await ours('holder.js'), work = await ours('work.js'), {{ device }} = own();
  await work.refresh();
  const rows = await device.store.ownAfter(device.id, 0);
  const drafts = work.drafts.value.map((one) => one.answers['/case_ref']);
  return {{ seqs: rows.map((row) => row.seq), names: work.records.value.map((one) => one.name[0]), drafts }};
}}"""


def codes(terminal: Terminal) -> list[str]:
    """The case codes of all tracks that the office holds."""
    rows = terminal.rows("records", TOWN, "traject", "--limit", "5000", *STAFF)
    return [row["case_ref"] for row in rows if "case_ref" in row]


def test_two_tabs_write_at_once(terminal: Terminal, tablet: Tablet) -> None:
    tablet.enrol("werker-tweevensters")
    tab = tablet.tab()
    tab.get_by_label("Wachtzin", exact=True).fill("een lange wachtzin")
    tab.get_by_role("button", name="Openen").click()
    tab.get_by_role("button", name="Nieuw", exact=True).wait_for()
    for page, first in ((tablet.page, 1_000), (tab, 2_000)):
        page.evaluate(f"(told) => {{ globalThis.done = ({WRITE})(told); }}", [first, 8])
    for page in (tablet.page, tab):
        page.evaluate("() => globalThis.done")
    held: dict[str, Any] = tablet.page.evaluate(HELD)
    assert (list(range(1, 17)), 16, []) == (held["seqs"], len(set(held["names"])), held["drafts"])
    synchronise(tablet)
    assert sorted(held["names"]) == sorted(code for code in codes(terminal) if code in held["names"])


def typed_so_far(tablet: Tablet, text: str) -> str:
    """What the store holds of a text that is being typed."""
    return max((one for one in tablet.page.evaluate(HELD)["drafts"] if text.startswith(one)), key=len, default="")


def typed_until_a_kill(tablet: Tablet) -> None:
    """Kill the browser between two keys; what the store held of the text is there, kept while somebody still typed."""
    text, kept = SIGNS * 4, ""
    tablet.begin("Huisbezoek")
    for place, sign in enumerate(text):
        tablet.page.get_by_label("Dossiercode").press(sign)
        tablet.page.wait_for_timeout(40)
        if place % 16 == 15 and (kept := typed_so_far(tablet, text)):
            break
    assert kept, "nothing is kept before somebody stops typing"
    tablet.kill()
    tablet.start()
    tablet.unlock()
    tablet.page.get_by_role("button", name="Nieuw", exact=True).wait_for()
    assert typed_so_far(tablet, text).startswith(kept)


def killed(terminal: Terminal, tablets: Callable[..., Tablet], times: int, seed: int) -> None:
    """Kill the browser at random moments of saving and syncing; what was shown as saved stays and arrives."""
    random = Random(seed)
    tablet = tablets("stroom", own=True)
    tablet.enrol(f"werker-stroom-{seed}")
    shown: list[str] = []
    for number in range(times):
        tablet.page.expose_binding("shownAsSaved", lambda _source, code: shown.append(code))
        tablet.page.evaluate(f"(told) => {{ globalThis.done = ({WRITE})(told); }}", [number * 100, 100])
        tablet.page.wait_for_timeout(random.randint(50, 2_000))
        tablet.kill()
        tablet.start()
        tablet.unlock()
        tablet.page.get_by_role("button", name="Nieuw", exact=True).wait_for()
        held: dict[str, Any] = tablet.page.evaluate(HELD)
        assert list(range(1, len(held["seqs"]) + 1)) == held["seqs"]
        assert [] == [code for code in shown if held["names"].count(code) != 1]
        assert not set(held["drafts"]) & set(held["names"])  # a draft goes with its entry or stays without it
    synchronise(tablet)
    held = tablet.page.evaluate(HELD)
    office = codes(terminal)
    assert sorted(held["names"]) == sorted(code for code in office if code in held["names"])
    assert shown, "something was saved before a kill"
    typed_until_a_kill(tablet)
    assert 0 == terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]


def test_nothing_shown_as_saved_is_lost_when_the_power_goes(terminal: Terminal, tablets: Callable[..., Tablet]) -> None:
    killed(terminal, tablets, 2, 1)


@pytest.mark.soak
def test_nothing_is_lost_at_fifty_moments(terminal: Terminal, tablets: Callable[..., Tablet]) -> None:
    killed(terminal, tablets, 50, 2)
