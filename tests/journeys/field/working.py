"""A walk past the screens of the work itself, in either language: for what looks at each of them."""

import json
from collections.abc import Iterator
from typing import Any, Final

from forms.definition.library import shipped_raw
from tests.journeys.field.walk import Walk

CASE: Final = json.loads(shipped_raw("dossier"))
VISIT: Final = json.loads(shipped_raw("huisbezoek"))


class Work:
    """Goes on from the first screen of a new device; each step yields the name of the screen that is shown."""

    def __init__(self, walk: Walk, language: str) -> None:
        self._walk = walk
        self._language = language

    @property
    def _page(self) -> Any:
        return self._walk.page

    def _label(self, form: dict[str, Any], path: str) -> str:
        return str(form["fields"][path]["label"][self._language])

    def title(self, form: dict[str, Any]) -> str:
        """Return the title of a form in the language of the walk."""
        return str(form["title"][self._language])

    def fill(self, form: dict[str, Any], path: str, text: str) -> None:
        """Type into the field of this path, the last one where there are several."""
        self._page.get_by_label(self._label(form, path), exact=True).last.fill(text)

    def _choose(self, form: dict[str, Any], path: str, code: str) -> None:
        group = self._page.get_by_role("group", name=self._label(form, path)).last
        group.get_by_text(form["fields"][path]["choices"][code][self._language], exact=True).click()

    def _begin(self, form: dict[str, Any]) -> None:
        self._walk.press("today.new")
        self._walk.at("new.title")
        self._page.get_by_role("button", name=form["title"][self._language]).click()
        self._page.get_by_label(self._label(form, "/case_ref"), exact=True).wait_for()

    def _section(self, form: dict[str, Any], number: int) -> None:
        self._walk.press("form.overview")
        self._page.get_by_role("button", name=form["layout"][number]["section"][self._language]).first.click()

    def _item(self, form: dict[str, Any], number: int) -> None:
        self._section(form, number)
        self._page.locator("button.add").click()

    def screens(self) -> Iterator[str]:
        """Write a case, begin a visit to it, look at both, and search."""
        yield "today-empty"
        self._walk.press("today.new")
        self._walk.at("new.title")
        yield "new"
        self._walk.press("form.back")
        self._begin(CASE)
        self.fill(CASE, "/case_ref", "ABCD-2345")
        self.fill(CASE, "/roepnaam", "Gezin bij de molen")
        self.fill(CASE, "/postcode4", "12")
        self._choose(CASE, "/status", "open")
        self._page.locator(".fault").first.wait_for()
        yield "form-fault"
        self.fill(CASE, "/postcode4", "1234")
        self._item(CASE, 1)
        self.fill(CASE, "/kind/*/kind_ref", "KKKK-2222")
        self._page.locator(".options .option").first.click()
        yield "form-list"
        self._walk.press("form.overview")
        self._walk.press("form.finish")
        self._walk.press("finish.save")
        self._walk.at("finish.saved")
        yield "saved"
        self._walk.press("finish.see")
        self._page.get_by_role("button", name=self._walk.said("record.edit")).wait_for()  # read, and drawn
        yield "record"
        yield from self._visit()

    def _visit(self) -> Iterator[str]:
        self._page.locator("header .name").click()
        self._walk.at("today.title")
        self._begin(VISIT)
        self._page.get_by_role("button", name=CASE["title"][self._language]).click()
        yield "form-reference"
        self._page.get_by_role("button", name="ABCD-2345").click()
        self._choose(VISIT, "/toegang", "binnen")
        self._item(VISIT, 2)
        self.fill(VISIT, "/kind/*/kind_stem", "123456782")
        self._page.locator(".mind").first.wait_for()
        yield "form-hint"
        self._choose(VISIT, "/kind/*/kind_veilig_gevoel", "nee")
        self._page.locator(".banner").wait_for()
        self._page.evaluate("() => scrollTo(0, 0)")
        yield "form-banner"
        self._walk.press("form.overview")
        yield "form-overview"
        self._walk.press("form.finish")
        self._walk.at("finish.title")
        yield "form-finish"
        self._page.locator("header .name").click()
        self._walk.at("today.title")
        yield "today"
        self._page.get_by_role("button", name="(1)").click()
        self._page.get_by_role("searchbox").fill("molen")
        self._page.locator("mark").first.wait_for()
        yield "find"
        self._page.locator("header .name").click()
        self._walk.at("today.title")
