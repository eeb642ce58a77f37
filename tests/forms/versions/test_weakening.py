"""What a version protects less than the one before, and what it gives away (forms/SPEC.md section 12.6)."""

from typing import Any

import pytest

from forms.definition.document import Form, load_form
from forms.definition.library import SLUGS, shipped_form
from forms.versions.differing import difference
from forms.versions.publishing import examined, who_answers
from forms.versions.weakening import weaker
from tests.forms.versions.forms_made import document, raw, said

ASKED = {"/geheim": "text", "/wens": "text", "/soort": "choice a b", "/kind/*/zorg": "choice a b"}
S4 = {"sensitivity": "S4"}
ORDINARY = {"sensitivity": "S1"}
KEPT = {"sensitivity": "S2", "confidential_from": {"who": ["parents", "child"]}}
SOMETIMES = {"sensitivity": "S2", "confidential_from": {"who": ["parents"], "if": 'soort == "a"'}}
DOG = {"label": said("Is er een hond?")}
GRAVEST = {"merge": "first-listed"}


def made(
    version: int = 1,
    parts: dict[str, dict[str, Any]] | None = None,
    computed: dict[str, tuple[str, str]] | None = None,
    asked: dict[str, str] | None = None,
    **members: Any,
) -> dict[str, Any]:
    """A form: what more its fields say, and its computed fields with their classes."""
    form = document(asked or ASKED, version, **members)
    for path, more in (parts or {}).items():
        form["fields"][path] |= more
    if computed:
        form["computed"] = {path: text for path, (text, _) in computed.items()}
        for path, (_, own) in computed.items():
            form["fields"][path] = {"label": said("Uitkomst"), "sensitivity": own}
            form["layout"][0]["fields"].append(path)
    return form


def loaded(form: dict[str, Any]) -> Form:
    return load_form(raw(form))


def found(*versions: dict[str, Any]) -> list[tuple[str, str]]:
    history = [loaded(one) for one in versions]
    return [(one.code, one.path) for one in weaker(history[:-1], history[-1])]


def kept(who: list[str], **more: str) -> dict[str, Any]:
    return {"sensitivity": "S2", "confidential_from": {"who": who, **more}}


SECRET = made(parts={"/geheim": S4})
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = {
    "a lower class": (SECRET, made(2, {"/geheim": {"sensitivity": "S2"}}), [("weaker-class", "/geheim")]),
    "a lower class under another name": (
        made(asked={"/geheim": "text", "/wens": "text"}, parts={"/geheim": S4}),
        made(2, asked={"/roepnaam": "text", "/wens": "text"}, moves={"renamed": {"/geheim": "/roepnaam"}}),
        [("weaker-class", "/roepnaam")],
    ),
    "kept from nobody": (
        made(parts={"/geheim": KEPT}), made(2, {"/geheim": {"sensitivity": "S2"}}),
        [("weaker-kept-child", "/geheim"), ("weaker-kept-parents", "/geheim")],
    ),
    "kept from fewer": (
        made(parts={"/geheim": KEPT}), made(2, {"/geheim": kept(["parents"])}), [("weaker-kept-child", "/geheim")],
    ),
    "kept now and then": (
        made(parts={"/geheim": kept(["parents"])}), made(2, {"/geheim": SOMETIMES}),
        [("weaker-kept-if-parents", "/geheim")],
    ),
    "kept in other cases": (
        made(parts={"/geheim": SOMETIMES}), made(2, {"/geheim": kept(["parents"], **{"if": 'soort == "b"'})}),
        [("weaker-kept-if-parents", "/geheim")],
    ),
    "kept by a condition on what is computed otherwise": (
        made(parts={"/geheim": kept(["parents"], **{"if": "telt"})}, computed={"/telt": ('soort == "a"', "S2")}),
        made(2, {"/geheim": kept(["parents"], **{"if": "telt"})}, {"/telt": ('soort == "b"', "S2")}),
        [("weaker-kept-if-parents", "/geheim")],
    ),
    "kept by a condition on codes that became others": (
        made(parts={"/geheim": SOMETIMES}, asked={**ASKED, "/soort": "choice a b c"}),
        made(2, {"/geheim": SOMETIMES}, moves={"mapped": {"/soort": {"c": "b"}}}),
        [("weaker-kept-if-parents", "/geheim"), ("weaker-asked", "/soort"), ("weaker-words", "/soort")],
    ),
    "a computed field of a lower class": (
        made(parts={"/geheim": S4}, computed={"/deel": ("geheim", "S4")}),
        made(2, {"/geheim": S4}, {"/deel": ("geheim", "S0")}),
        [("weaker-class", "/deel"), ("weaker-told", "/deel")],
    ),
    "a computed copy": (SECRET, made(2, {"/geheim": S4}, {"/deel": ("geheim", "S0")}), [("weaker-told", "/deel")]),
    "a copy of a computed copy": (
        SECRET, made(2, {"/geheim": S4}, {"/deel": ("geheim", "S4"), "/los": ("deel", "S0")}),
        [("weaker-told", "/los")],
    ),
    "a computed field that says more than it did": (
        made(parts={"/geheim": S4}, computed={"/deel": ("length(coalesce(geheim, \"\"))", "S0")}),
        made(2, {"/geheim": S4}, {"/deel": ("geheim", "S0")}), [("weaker-told", "/deel")],
    ),
    "a computed field whose source says more than it did": (
        made(parts={"/geheim": S4}, computed={"/via": ('"x"', "S4"), "/deel": ("via", "S0")}),
        made(2, {"/geheim": S4}, {"/via": ("geheim", "S4"), "/deel": ("via", "S0")}),
        [("weaker-told", "/deel"), ("weaker-told", "/deel")],
    ),
    "a first answer": (
        SECRET, made(2, {"/geheim": S4, "/wens": {"first": "geheim"}}), [("weaker-told", "/wens")],
    ),
    "a first answer of what is kept from parents": (
        made(parts={"/geheim": kept(["parents"]) | ORDINARY}),
        made(2, {"/geheim": kept(["parents"]) | ORDINARY, "/wens": {**ORDINARY, "first": "geheim"}}),
        [("weaker-told-parents", "/wens")],
    ),
    "a mention of what is kept from parents": (
        made(parts={"/geheim": kept(["parents"])}),
        made(2, {"/geheim": kept(["parents"]), "/wens": {"sensitivity": "S2", "label": said("Wens bij ${geheim}")}}),
        [("weaker-told-parents", "/wens")],
    ),
    "a filter of choices": (
        SECRET, made(2, {"/geheim": S4, "/soort": {"offer_if": "code == geheim"}}), [("weaker-told", "/soort")],
    ),
    "an attribute of a choice": (
        made(parts={"/geheim": S4, "/soort": {"offer_if": "naam == geheim", "attributes": {"a": {"naam": "x"}}}}),
        made(2, {"/geheim": S4, "/soort": {"offer_if": "naam == geheim", "attributes": {"a": {"naam": "y"}}}}),
        [("weaker-told", "/soort")],
    ),
    "a check": (
        SECRET, made(2, {"/geheim": S4}, checks=[{"if_not": 'geheim != "x"', "at": "/wens", "say": said("Kijk")}]),
        [("weaker-told", "/wens")],
    ),
    "items": (
        made(parts={"/kind/*/zorg": S4}), made(2, {"/kind/*/zorg": S4}, {"/zorgen": ('any(kind, zorg == "a")', "S0")}),
        [("weaker-told", "/zorgen")],
    ),
    "the gravest answer weighed otherwise": (
        made(parts={"/soort": GRAVEST}), made(2), [("weaker-order", "/soort")],
    ),
    "other words for a choice": (
        made(), made(2, {"/soort": {"choices": {"a": said("b"), "b": said("a")}}}),
        [("weaker-words", "/soort"), ("weaker-words", "/soort")],
    ),
    "two questions that change places": (
        made(), made(2, {"/wens": {"label": said("choice a b")}, "/soort": {"label": said("Welke afspraak")}}),
        [("weaker-asked", "/soort"), ("weaker-asked", "/wens")],
    ),
    "two questions that change names": (
        made(parts={"/wens": DOG}),
        made(2, {"/wens": DOG}, moves={"renamed": {"/wens": "/geheim", "/geheim": "/wens"}}),
        [("weaker-asked", "/geheim"), ("weaker-asked", "/wens")],
    ),
    "a choice that is read as another": (
        made(), made(2, asked=ASKED | {"/soort": "choice b"}, moves={"mapped": {"/soort": {"a": "b"}}}),
        [("weaker-words", "/soort")],
    ),
    "kept longer": (
        made(), made(2, retention={"keep": "P30M", "from": "closed"}), [("weaker-retention", "/retention")],
    ),
}  # fmt: skip


REFUSED = {"a first answer": "first-class", "a first answer of what is kept from parents": "first-withheld"}


@pytest.mark.parametrize("name", CASES)
def test_what_is_protected_less_is_said_and_waits_for_a_second_person(name: str) -> None:
    before, after, expected = CASES[name]
    assert expected == found(before, after)
    verdict = examined(raw(after), [loaded(before)])
    if name in REFUSED:  # nobody can agree with it either
        assert REFUSED[name] in {one.code for one in verdict.findings}
        return
    assert not verdict.findings and who_answers(verdict, raw(after), "anna") is None
    assert set(verdict.weaker) <= set(difference(loaded(before), loaded(after)))
    assert all(one.weakens for one in verdict.weaker)


def test_a_banner_says_whose_answer_it_gives_away() -> None:
    after = made(2, {"/geheim": S4})
    after["layout"][1]["banner"] = {"show_if": 'geheim == "x"', "say": said("Kijk uit")}
    assert [("weaker-told", "/layout/1")] == found(SECRET, after)
    (one,) = weaker([loaded(SECRET)], loaded(after))
    assert "Welke afspraak (nl)" in one.nl and "S4" in one.nl and "S3" in one.nl


def test_a_text_that_mentions_what_is_computed_of_an_answer_gives_it_away() -> None:
    copied = {"/deel": ("geheim", "S0")}
    before = made(parts={"/geheim": S4}, computed=copied)
    for at in ("label", "hint"):
        after = made(2, {"/geheim": S4, "/wens": {at: said("Wat bij ${deel}?")}}, copied)
        assert [("weaker-told", "/wens")] == found(before, after)
    after = made(2, {"/geheim": S4, "/soort": {"choices": {"a": said("Geen ${deel}"), "b": said("b")}}}, copied)
    assert [("weaker-told", "/soort"), ("weaker-words", "/soort")] == found(before, after)


def test_a_question_that_comes_back_is_protected_as_when_it_was_asked() -> None:
    rest = {path: kind for path, kind in ASKED.items() if path != "/geheim"}
    gone = made(2, asked=rest, moves={"dropped": ["/geheim"]})
    whole = made(parts={"/geheim": kept(["parents"])})
    assert [] == found(whole, gone)
    assert [("weaker-class", "/geheim"), ("weaker-kept-parents", "/geheim")] == found(whole, gone, made(3))


def test_what_stayed_on_the_device_stays_there_in_a_group_of_another_name() -> None:
    before = made(asked={**ASKED, "/kind/*/notitie": "text"}, parts={"/kind/*/notitie": {"local_only": True}})
    asked = {path.replace("/kind/", "/jongere/"): kind for path, kind in ASKED.items()} | {"/jongere/*/notitie": "text"}
    after = made(2, asked=asked, moves={"renamed": {"/kind": "/jongere"}})
    assert ("weaker-local", "/jongere/*/notitie") in found(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (made(parts={"/geheim": kept(["parents"])}), made(2, {"/geheim": {**KEPT, "sensitivity": "S4"}})),
        (made(parts={"/geheim": SOMETIMES}), made(2, {"/geheim": kept(["parents"])})),
        (made(parts={"/geheim": SOMETIMES}), made(2, {"/geheim": SOMETIMES, "/wens": {"hint": said("anders")}})),
        (made(parts={"/geheim": S4}, computed={"/deel": ("geheim", "S0")}),
         made(2, {"/geheim": S4}, {"/deel": ("geheim", "S1")})),
        (made(computed={"/deel": ("geheim", "S0")}), made(2, {"/geheim": S4}, {"/deel": ("geheim", "S0")})),
        (SECRET, made(2, {"/geheim": S4, "/wens": {**S4, "first": "geheim"}})),
        (made(parts={"/geheim": KEPT}), made(2, {"/geheim": KEPT, "/wens": {**KEPT, "first": "geheim"}})),
        (made(parts={"/geheim": KEPT}), made(2, {"/geheim": KEPT}, {"/deel": ("geheim", "S2")})),
        (made(), made(2, {"/wens": S4}, {"/deel": ("soort", "S0")}, retention={"keep": "P12M", "from": "closed"})),
    ],
)  # fmt: skip
def test_what_protects_as_much_or_more_waits_for_nobody(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert [] == found(before, after)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_form_that_ships_protects_as_much_as_itself(slug: str) -> None:
    form = shipped_form(slug)
    assert () == weaker([form], form)
