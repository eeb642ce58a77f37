"""What Lighthouse says of the field app's first page, by its phone preset, and of five pages of the desk, by its preset
for desktops: performance, accessibility, best practices.

    .venv/bin/python bench/lighthouse.py [--runs 3] [--only field|desk]

Lighthouse comes by its lock (`bench/node/`), with the Node that builds the field app, and drives the system's Chromium
against a municipality that is served for it. The score in the middle of the runs counts, and the best one stands beside
it: performance is a simulation of a slow phone that is fed with the time that passed here, so whatever else has the
processor lowers it. The load of the machine is printed with it. Without Node, npm's registry or Chromium nothing is
measured, and it says so.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.desk.rights import Role
from backend.web.desk.guarding import cookie_name
from bench.goals import above
from tests.journeys.desk.street import Street, served
from tests.journeys.field.municipality import set_up
from tests.journeys.terminal import Terminal
from tests.processes import end_all

PACKAGES: Final = Path(__file__).parent / "node"
SCRIPT: Final = PACKAGES / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES: Final = ("performance", "accessibility", "best-practices")
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = "--headless=new --no-sandbox --disable-dev-shm-usage"
NODE_MIN: Final = 18
PATIENCE_S: Final = 300
PASSED: Final = 1
WEIGHTLESS: Final = ("notApplicable", "informative", "manual", "error")


def programs() -> dict[str, str]:
    """The environment with a Node that is new enough first, and the browser; a sentence where one is lacking."""
    own = str(Path(sys.executable).parent)
    for path in (os.environ["PATH"], own + os.pathsep + os.environ["PATH"]):
        node = shutil.which("node", path=path)
        said = "0" if node is None else subprocess.check_output([node, "-p", "process.versions.node"], text=True)
        browser = next(filter(None, map(shutil.which, BROWSERS)), None)
        if int(said.partition(".")[0]) >= NODE_MIN and browser is not None and shutil.which("npm", path=path):
            return {**os.environ, "PATH": path, "CHROME_PATH": browser}
    raise SystemExit(f"NOT MEASURED: Lighthouse needs Node {NODE_MIN} with npm, and Chromium")


def install(env: dict[str, str]) -> None:
    """Lighthouse by its lock, unless it is there."""
    if SCRIPT.is_file():
        return
    npm = ["npm", "ci", "--prefix", str(PACKAGES), "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]
    if subprocess.run(npm, env=env, check=False).returncode != 0:
        raise SystemExit("NOT MEASURED: npm could not install Lighthouse; let it reach its registry")


def looked_at(url: str, env: dict[str, str], *more: str) -> dict[str, Any]:
    """One report."""
    done = subprocess.run(
        [
            "node", str(SCRIPT), url, "--output=json", "--quiet", f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags={FLAGS}", *more,
        ],
        env=env, check=False, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"NOT MEASURED: {done.stderr[-2_000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def score(report: dict[str, Any], category: str) -> float:
    return 100 * float(report["categories"][category]["score"] or 0)


def lacking(report: dict[str, Any], category: str) -> list[str]:
    """What costs a category points, in Lighthouse's words."""
    weighed = [one["id"] for one in report["categories"][category]["auditRefs"] if one["weight"] > 0]
    audits = [report["audits"][name] for name in weighed]
    short = [one for one in audits if one["scoreDisplayMode"] not in WEIGHTLESS and (one["score"] or 0) < PASSED]
    return [f"{one['title']} ({one.get('displayValue') or one['score']})" for one in short]


def of_field(runs: int, env: dict[str, str]) -> None:
    """The first page of the field app."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(set_up(Path(folder)))
        terminal.start("serve")
        url = f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}/field/"
        reports = [looked_at(url, env) for _ in range(runs)]
        terminal.stop()
    end_all()
    said("lighthouse", reports)


def of_desk(runs: int, env: dict[str, str]) -> None:
    """The door, Today, a table, a record and a conflict; each page has its own line, and all together their goals."""
    with tempfile.TemporaryDirectory() as folder:
        street = Street(Path(folder))
        (row,) = street.find("select id, record from _queue order by id limit 1")
        lead = street.signed_in(Role.LEAD)
        paths = ("/sign-in", "/today", "/records/huisbezoek", f"/record/{row['record']}", f"/conflicts/{row['id']}")
        shown = json.dumps({"Cookie": f"{cookie_name(street.code)}={lead.id}"})
        reports: list[dict[str, Any]] = []
        with served(street) as address:
            for path in paths * runs:
                more = ("--preset=desktop", *([] if path == "/sign-in" else [f"--extra-headers={shown}"]))
                report = looked_at(f"{address}{lead.home}{path}", env, *more)
                assert path.split("/")[1] in str(report["finalDisplayedUrl"]), report["finalDisplayedUrl"]
                reports.append(report)
        street.close()
    for at, path in enumerate(paths):
        some = [[score(one, category) for one in reports[at :: len(paths)]] for category in CATEGORIES]
        print(
            f"  {path.split('/')[1]:10}",
            *(f"{name} {median(one):g}" for name, one in zip(CATEGORIES, some, strict=True)),
        )
    said("lighthouse desk", reports)


def said(name: str, reports: list[dict[str, Any]]) -> None:
    """Print the scores beside their goals, and what costs points."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"Lighthouse {reports[0]['lighthouseVersion']}, {len(reports)} looks, {load:.1f} waiting for each processor")
    scores = {f"{name}: {one}": [score(report, one) for report in reports] for one in CATEGORIES}
    above(
        {row: median(found) for row, found in scores.items()},
        {row: f"best {max(found):g}, worst {min(found):g}" for row, found in scores.items()},
    )
    for category in CATEGORIES:
        for lack in sorted({one for report in reports for one in lacking(report, category)}):
            print(f"  {category}: {lack}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=("field", "desk"))
    given = parser.parse_args()
    env = programs()
    install(env)
    if given.only != "desk":
        of_field(given.runs, env)
    if given.only != "field":
        of_desk(given.runs, env)


if __name__ == "__main__":
    main()
