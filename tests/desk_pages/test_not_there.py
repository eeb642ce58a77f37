"""What is of another team is not there: every address that one lead finds and another does not, asked for by the other.

Driven by the links of the pages, so a page of tomorrow is asked for as soon as a link leads to it.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from backend.desk.rights import Role
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice
from tests.desk_pages.walker import links_of, route_of
from tests.work import Statements

ROUTES_MIN: Final = 9  # of which one lead has something that the other has not
ID: Final = re.compile(r"[0-9a-f]{16,64}")


@pytest.fixture(scope="module")
def statements() -> Iterator[Statements]:
    with Statements().counted() as made:
        yield made


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, statements: Statements) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("apart")), "dossier", "huisbezoek")
    child = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
    made.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2345", "/toegang": "binnen", child: {}})
    made.sync(made.one)
    made.sync()
    made.dump()
    lead = made.signed_in(Role.LEAD)
    lead.post("/exports/new/huisbezoek", {"kind": "csv"})
    yield made
    made.close()


def found_by_one(office: DeskOffice) -> dict[str, str]:
    """An address of each route that names something, which the lead of one team finds and that of another does not."""
    home = f"/m/{office.code}"
    theirs = {address for address, _, _ in links_of(office, "", staff=OTHER_LEAD)}
    some: dict[str, str] = {}
    for address, answer, page in links_of(office, Role.LEAD):
        posts = [form.action for form in page.forms if form.method == "post"]
        for path, method in [(address, "GET")] * (answer.status_code == 200) + [(one, "POST") for one in posts]:
            below = path.partition("?")[0].removeprefix(home)
            if ID.search(below) and path not in theirs:
                some.setdefault(f"{method} {route_of(below)}", below)
    return some


def asked(browser: Browser, method: str, path: str) -> Any:
    return browser.post(path) if method == "POST" else browser.get(path)


def test_what_is_of_another_team_is_answered_as_what_never_was(office: DeskOffice, statements: Statements) -> None:
    """The same bytes, the same headers, and as many statements of every store: also of the tables, where it stands."""
    some, other = found_by_one(office), office.signed_in(staff=OTHER_LEAD)
    assert any("_record" in one for one in statements.run), "the tables are counted too"
    other.get("/records/huisbezoek")  # their scope is laid over the connections that read
    walked = []
    for route, path in some.items():
        if "/account/" in path or "/people/" in path or "/teams/" in path:
            continue  # of the person who signed in, or of nobody's team
        method, answers, work = route.partition(" ")[0], [], []
        for one in (path, ID.sub(lambda found: "00" * (len(found[0]) // 2), path)):
            answer, asked_for = statements.of(partial(asked, other, method, one))
            answers.append(answer)
            work.append(asked_for)
        there, never = answers
        assert (404, there.content, there.headers) == (never.status_code, never.content, never.headers), route
        assert 404 == there.status_code and work[0] == work[1], route
        walked.append(route)
    assert len(walked) >= ROUTES_MIN, walked
