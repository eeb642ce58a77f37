"""A page that tries to run, load or tell what is not ours: its policy and Trusted Types refuse."""

from tests.journeys.field.tablet import Tablet


def test_nothing_that_is_not_ours_runs_in_the_page(tablet: Tablet) -> None:
    tablet.allowed = ("Content Security", "Trusted", "unsafe-eval", "requires")
    refused = tablet.page.evaluate(
        """async () => {
            await new Promise((resolve) => setTimeout(resolve)); // what drives the page may evaluate until then
            const tries = {
                text: () => { document.body.innerHTML = '<b>x</b>'; }, code: () => { new Function('return 1')(); },
                script: () => { document.createElement('script').src = 'https://example.org/x.js'; },
                policy: () => { trustedTypes.createPolicy('other', {}); },
                worker: () => { new Worker('/field/none.js'); },
            };
            return Object.keys(tries).filter((name) => { try { tries[name](); return false; } catch { return true; } });
        }"""
    )
    assert ["text", "code", "script", "policy", "worker"] == refused
    answered = tablet.page.evaluate("() => fetch('https://example.org/').then(() => 'sent', () => 'refused')")
    assert "refused" == answered
