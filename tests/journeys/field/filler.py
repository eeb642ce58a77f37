"""Fills in any form on a tablet, page by page, as a worker does: every question that is asked, by what stands at it."""

from collections.abc import Mapping
from typing import Any, Final

from tests.journeys.field.tablet import Tablet

SENTENCE: Final = "Rustig gesprek aan de keukentafel."
DRAWN_MS: Final = 450  # what follows from typing is drawn a moment later
QUESTIONS_MAX: Final = 200  # of one page, however often answers bring more
IS_DRAWN: Final = "(before) => ![undefined, before].includes(document.querySelector('main h1')?.innerText)"


class Filler:
    """One form that is open on a tablet; `chosen` says by label what to answer where the first would not fit."""

    def __init__(self, tablet: Tablet, chosen: Mapping[str, str]) -> None:
        self._tablet = tablet
        self._chosen = chosen
        self.answered: list[str] = []

    @property
    def page(self) -> Any:
        return self._tablet.page

    def to_the_end(self) -> list[str]:
        """Fill in page after page; return what the last screen still wants to be looked at."""
        page = "Welk formulier?"
        while not self._is_last(page):
            page = self.page.locator("main h1").inner_text()
            adds = self.page.get_by_role("button", name="Toevoegen", exact=False)
            if adds.count() == 1:
                adds.click()
                self.page.locator(".question").first.wait_for()
            self._page()
            self._tablet.press("Verder")
        wanting: list[str] = self.page.locator(".links li").all_inner_texts()
        return wanting

    def _is_last(self, before: str) -> bool:
        """Whether the page after this one is the last, once it is drawn."""
        self.page.wait_for_function(IS_DRAWN, arg=before)
        return bool(self.page.get_by_role("button", name="Bewaren", exact=True).count())

    def _page(self) -> None:
        for number in range(QUESTIONS_MAX):
            questions = self.page.locator(".question:not(.computed)")
            if number >= questions.count():
                return
            self._answer(questions.nth(number))
        raise AssertionError("the page has no end")

    def _answer(self, question: Any) -> None:
        label = question.locator("legend, label").first.inner_text().strip()
        self.answered.append(label)
        wanted = self._chosen.get(label)
        if question.get_by_role("button", name="Vandaag invullen").count() and wanted is None:
            question.get_by_role("button", name="Vandaag invullen").click()
        elif question.locator("label.part").count():
            parts = (wanted or "2013-09").split("-")
            for name, part in zip(("jaar", "maand", "dag"), parts, strict=False):
                question.get_by_label(name).fill(part)
        elif question.locator("input[type=radio], input[type=checkbox]").count():
            options = question.locator("label.option")
            (options.get_by_text(wanted, exact=True) if wanted else options.first).click()
        else:
            field = question.locator("input:not([type=search]), textarea").first
            field.fill(wanted or (SENTENCE if field.evaluate("(one) => one.tagName") == "TEXTAREA" else "ABCD-2345"))
            field.blur()
            self.page.wait_for_timeout(DRAWN_MS)
