"""Everything that a person can reach at a desk that is full: addresses by the links of its pages, forms with the names
and values of their fields. For tests that walk all of it."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from backend.desk.rights import Role
from backend.web.desk.guarding import CODE
from backend.web.desk.router import ROUTES
from tests.desk_pages.office import DeskOffice

ALIKE_MAX: Final = 8  # addresses of one route: filters, next pages, a hundred records look alike


class Form:
    """A form of a page: where it posts to, and the values that each of its fields offers."""

    def __init__(self, action: str, method: str) -> None:
        self.action, self.method = action, method
        self.fields: dict[str, set[str]] = {}


class Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what leads on and what is asked."""
        has = {name: value or "" for name, value in attrs}
        if tag == "a" and has.get("href", "").startswith("/m/"):
            self.links.append(has["href"])
        elif tag == "iframe":
            self.links.append(has.get("src", ""))
        elif tag == "form":
            self.forms.append(Form(has.get("action", ""), has.get("method", "get")))
        elif tag == "select":
            self._select = has.get("name", "")
        if self.forms and tag in ("input", "textarea", "select", "button") and has.get("name"):
            self.forms[-1].fields.setdefault(has["name"], set()).add(has.get("value", ""))
        elif self.forms and tag == "option" and self._select:
            self.forms[-1].fields.setdefault(self._select, set()).add(has.get("value", ""))


@cache
def route_of(path: str) -> str:
    """The route of an address below a municipality's, as the table of routes has it; else the address."""
    found = {one.removeprefix(CODE) for handler in ROUTES for one in handler.paths}
    for pattern in sorted(found, key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\{\w+:\w+\}", "[^/]+", pattern), path):
            return pattern
    return path


def links_of(
    office: DeskOffice, role: str, language: str = "nl", *, staff: str = ""
) -> Iterator[tuple[str, Any, Page]]:
    """Every page that somebody finds, a few addresses of each route: the address, the answer, what stands on it."""
    browser, seen, alike = office.signed_in(role, staff=staff), set[str](), Counter[str]()
    browser.headers["accept-language"] = language
    waiting = [browser.home + "/today"]
    while waiting:
        address = waiting.pop(0)
        pattern = route_of(address.partition("?")[0].removeprefix(browser.home))
        if address in seen or alike[pattern] == ALIKE_MAX:
            continue
        seen.add(address)
        alike[pattern] += 1
        answer = browser.ask("GET", address)
        html = answer.headers.get("content-type", "").startswith("text/html")
        page = Page(answer.text if html else "")
        yield address, answer, page
        waiting += [link for link in page.links if link.startswith(browser.home)]


def reached(office: DeskOffice) -> tuple[dict[str, set[str]], dict[str, dict[str, set[str]]], dict[str, set[str]]]:
    """Everything that can be reached by all roles: addresses without their query by what names them, the fields of
    forms by where they post to, and the values in queries by their names."""
    addresses: dict[str, set[str]] = {}
    forms: dict[str, dict[str, set[str]]] = {}
    queries: dict[str, set[str]] = {}
    for role in Role:
        for address, _, page in links_of(office, role):
            split = urlsplit(address)
            addresses.setdefault(role, set()).add(split.path)
            for name, value in parse_qsl(split.query, keep_blank_values=True):
                queries.setdefault(name, set()).add(value)
            for form in page.forms:
                here = forms if form.method == "post" else {}
                kept = here.setdefault(form.action.partition("?")[0], {})
                for name, values in form.fields.items():
                    kept.setdefault(name, set()).update(values)
                    if form.method != "post":
                        queries.setdefault(name, set()).update(values)
    return addresses, forms, queries


def pattern_of(path: str) -> re.Pattern[str]:
    """What an address of a route looks like, by its path of the API's description."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + r"\Z")
