"""A page or its worker that tries to run, load or tell what is not ours: policies and Trusted Types refuse."""

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


def test_the_worker_that_is_given_keys_tells_nobody_and_ends_with_the_lock(tablet: Tablet) -> None:
    tablet.allowed = ("Content Security", "unsafe-eval")
    begun: list[str] = []
    tablet.page.on("worker", lambda worker: begun.append(worker.url))
    tablet.enrol("werker-maat")
    assert 2 == len(begun), "one for the passphrase, which ended with its answer, and one for the open device"
    [worker] = tablet.page.workers
    assert worker.url.endswith("/worker.js")
    refused = worker.evaluate(
        """async () => {
            await new Promise((resolve) => setTimeout(resolve)); // what drives it may evaluate until then
            const tries = {
                tell: () => fetch('/api/v1/'), far: () => fetch('https://example.org/'),
                load: () => import('https://example.org/x.js'),
                code: async () => new Function('return 1')(),
                policy: async () => trustedTypes.createPolicy('veldpost', {}),
            };
            const refused = await Promise.all(Object.values(tries).map((act) => act().then(() => false, () => true)));
            return Object.keys(tries).filter((_, n) => refused[n]);
        }"""
    )
    assert ["tell", "far", "load", "code", "policy"] == refused
    tablet.lock()
    assert [] == tablet.page.workers
    tablet.unlock()
    tablet.is_synced()
    assert 4 == len(begun) and 1 == len(tablet.page.workers)
