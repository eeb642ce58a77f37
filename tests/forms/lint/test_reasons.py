"""Warnings that a form answers for, and what the lint says of itself (SPEC.md sections 1 and 5)."""

import re
from pathlib import Path
from typing import Any

import pytest

from forms.lint.check import lint, lint_text
from forms.sentences import speech
from tests.forms.lint.snippets import ask, harmless, question

ROOM = Path(__file__).parents[3] / "forms" / "lint"
REASON = "A worker must be able to find the house at night."


def form(*reasons: dict[str, Any], form: str = "bezoek") -> dict[str, Any]:
    """A form that asks for an address, which is a warning."""
    asked = harmless() | {"form": form, "lint": list(reasons)}
    ask(asked, [question("woonadres", "text")])
    return asked


def found(document: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(one.code, one.path, one.stops) for one in lint(document)]


def reason(rule: str = "P09", at: str = "/woonadres", text: str = REASON) -> dict[str, str]:
    return {"rule": rule, "at": at, "reason": text}


def test_a_warning_stops_publication() -> None:
    assert [("P09", "/woonadres", True)] == found(form())


def test_a_warning_with_a_reason_does_not_stop_publication_and_keeps_its_reason() -> None:
    (one,) = lint(form(reason()))
    assert ("P09", "/woonadres", "warning", REASON, False) == (one.code, one.path, one.level, one.reason, one.stops)


def test_a_reason_of_three_words_is_none() -> None:
    assert [("P09", "/woonadres", True), ("lint-no-reason", "/lint/0", True)] == found(
        form(reason(text="Dat is nodig"))
    )


def test_no_reason_helps_an_error() -> None:
    expected = [("P09", "/woonadres", True), ("lint-not-acceptable", "/lint/0", True)]
    assert expected == found(form(reason(), form="signaal"))


@pytest.mark.parametrize("other", [reason(rule="P12"), reason(at="/elders"), reason(rule="roma")])
def test_a_reason_without_its_warning_is_refused(other: dict[str, str]) -> None:
    assert [("P09", "/woonadres", False), ("lint-unused", "/lint/1", True)] == found(form(reason(), other))


def test_a_second_reason_for_one_warning_is_refused() -> None:
    assert [("P09", "/woonadres", False), ("lint-unused", "/lint/1", True)] == found(form(reason(), reason()))


def test_a_reason_is_not_read_for_words() -> None:
    """Whoever defends a question may name what it is not about."""
    assert [("P09", "/woonadres", False)] == found(form(reason(text="No roma register: only for night visits.")))


def test_a_list_that_was_not_handed_in_is_asked_for() -> None:
    asked, one = harmless(), question("school", "choice")
    one["schema"], one["field"]["from"] = {"type": "string"}, "scholen"
    one["field"].pop("choices")
    ask(asked, [one])
    assert [("lint-list-missing", "/school", True)] == found(asked)


@pytest.mark.parametrize("code", speech("en").findings["lint"])
def test_what_the_lint_says_of_itself_is_in_both_languages_and_in_the_spec(code: str) -> None:
    dutch, english = (speech(language).findings["lint"][code] for language in ("nl", "en"))
    assert dutch.strip() and english.strip()
    assert f"`{code}`" in (ROOM / "SPEC.md").read_text()


def test_a_name_is_one_only_without_people_beside_it() -> None:
    """Section 2.6: a football club is a friend, the family beside it is none."""
    assert () == lint_text("Fan van AS Roma", "nl")
    assert ["P01"] == [one.code for one in lint_text("Een AS Roma gezin", "nl")]


def test_every_section_that_the_code_cites_is_there() -> None:
    sections = set(re.findall(r"^#+ ([0-9.]+?)\.? ", (ROOM / "SPEC.md").read_text(), re.MULTILINE))
    sections |= {f"2.{number}" for number in range(1, 10)}  # its numbered sentences
    for path in ROOM.glob("*.py"):
        text = path.read_text()
        cited = set(re.findall(r"SPEC\.md section ([0-9]+(?:\.[0-9]+)?)", text))
        assert cited <= sections, path.name
