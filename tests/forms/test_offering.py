"""Choices that are offered and answers that are demanded by a condition (forms/SPEC.md 10.10): what a form may say."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from forms.definition.document import faults, load_form
from forms.findings import Finding
from forms.lint.check import lint
from forms.lint.findings import LintFinding
from forms.lint.frame import Publication
from forms.lists.judging import Asking, broken_by, for_two
from forms.lists.lists import Item, NamedList
from forms.lists.versions import Change, Revision
from forms.records.preview import preview
from forms.versions.differing import difference
from tests.forms.versions.forms_made import document, raw

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "logic" / "offers.json").read_text())
QUESTIONS = {
    "/soort": "choice boom struik", "/plant": "choice eik hulst", "/kleur": "text", "/naam": "text", "/stil": "boolean",
    "/kind/*/plant": "choice eik hulst", "/kind/*/waar": "text",
}  # fmt: skip
OFFER: dict[str, Any] = {
    "/plant offer_if": "groep == /soort",
    "/plant attributes": {"eik": {"groep": "boom"}, "hulst": {"groep": "struik"}},
}


def made(changes: dict[str, Any], questions: dict[str, str] = QUESTIONS, **members: Any) -> dict[str, Any]:
    """The form of this page; `{"/plant offer_if": "…"}` sets a member of a field."""
    whole = document(questions, **members)
    for place, value in changes.items():
        path, _, name = place.partition(" ")
        whole["fields"][path][name] = value
    return whole


def found(changes: dict[str, Any], **members: Any) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in faults(raw(made(changes, **members)))]


OFFER_AT, DEMAND_AT = "/fields/~1plant/offer_if", "/fields/~1naam/required_if"
FAULTS: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("a filter by an attribute and an answer", OFFER, []),
    ("a filter of the code alone", {"/plant offer_if": "code != 'eik'"}, []),
    ("a filter of no list", {"/naam offer_if": "code == 'x'"}, [("offer-misfit", "/naam")]),
    ("attributes of no list", {"/naam attributes": {}}, [("offer-misfit", "/naam")]),
    ("attributes of a code that is none", OFFER | {"/plant attributes": {"den": {"groep": "x"}}},
     [("attributes-no-choice", "/plant")]),
    ("names of attributes without a list", OFFER | {"/plant attributes": ["groep"]}, [("attributes-misfit", "/plant")]),
    ("an attribute that is called code", {"/plant attributes": {"eik": {"code": "x"}}}, [("attribute-name", "/plant")]),
    ("an attribute that is no name", {"/plant attributes": {"eik": {"Groep": "x"}}}, [("attribute-name", "/plant")]),
    ("an attribute that is a word of the language", {"/plant attributes": {"eik": {"not": "x"}}},
     [("attribute-name", "/plant")]),
    ("an attribute that is a list", {"/plant attributes": {"eik": {"groep": ["x"]}}},
     [("wrong-member", "/fields/~1plant/attributes")]),
    ("an attribute that no choice has", {"/plant offer_if": "hoogte == /soort"}, [("unknown-name", OFFER_AT)]),
    ("a filter that is no condition", {"/plant offer_if": "code"}, [("wrong-result", OFFER_AT)]),
    ("a number beside a text", OFFER | {"/plant offer_if": "groep > 3"}, [("unlike-kinds", OFFER_AT)]),
    ("a list of the municipality by an attribute", {"/naam from": "scholen", "/naam attributes": ["wijk"],
     "/naam offer_if": "wijk == kleur"}, []),
    ("a list of the municipality with attributes of its own", {"/naam from": "scholen",
     "/naam attributes": {"x": {"wijk": "a"}}}, [("attributes-misfit", "/naam")]),
    ("a demand", {"/naam required_if": "stil == true"}, []),
    ("a demand that is no condition", {"/naam required_if": "kleur"}, [("wrong-result", DEMAND_AT)]),
    ("a demand of what stays on the device", {"/naam required_if": "stil == true", "/naam local_only": True},
     [("local-required", "/naam")]),
    ("a demand that reads what stays on the device", {"/naam required_if": "kleur == 'x'", "/kleur local_only": True},
     [("local-read", DEMAND_AT)]),
    ("a filter that reads what stays on the device", OFFER | {"/soort local_only": True}, [("local-read", OFFER_AT)]),
    ("a demand that reads what may be hidden", {"/naam required_if": "kleur == 'x'", "/kleur show_if": "stil == true"},
     [("may-be-hidden", DEMAND_AT)]),
    ("a filter that reads what may be hidden", OFFER | {"/soort show_if": "stil == true"},
     [("may-be-hidden", OFFER_AT)]),
    ("an attribute of the name of a question that may be hidden", {"/plant attributes": {"eik": {"kleur": "x"}},
     "/plant offer_if": "kleur == null", "/kleur show_if": "stil == true"}, []),
    ("in an item the choice and then the item", {"/kind/*/plant offer_if": "groep == waar",
     "/kind/*/plant attributes": {"eik": {"groep": "x"}}}, []),
    ("a circle through a demand is none", {"/naam required_if": "kleur != null", "/kleur required_if": "naam != null"},
     []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "expected"), FAULTS, ids=[row[0] for row in FAULTS])
def test_what_a_form_says_of_offers_and_demands_is_judged(
    name: str, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert expected == found(changes)


def test_a_computed_field_offers_and_demands_nothing() -> None:
    whole = made({}, computed={"/som": "1 + 1"})
    whole["fields"]["/som"] = {"label": {"nl": "som"}, "sensitivity": "S0", "required_if": "true", "attributes": {}}
    assert [("member-misfit", "/som")] * 2 == [(one.code, one.path) for one in faults(raw(whole))]


def test_a_version_carries_the_trees_of_both() -> None:
    trees = load_form(raw(VECTORS["form"])).logic.trees
    assert trees == VECTORS["form"]["trees"]
    assert "/fields/~1plant/offer_if" in trees and "/fields/~1planten/required_if" in trees


def test_the_preview_and_the_changes_of_a_version_say_both() -> None:
    plain, other = load_form(raw(made({}))), load_form(raw(made(OFFER | {"/naam required_if": "stil == true"})))
    lines = [line.strip() for line in preview(other, "en")]
    assert "mandatory if stil == true" in [line.replace("/stil", "stil") for line in lines]
    assert "choices only if groep == /soort" in lines
    assert {("offer-added", "/plant"), ("demand-added", "/naam")} == {
        (c.code, c.path) for c in difference(plain, other)
    }
    assert {("offer-gone", "/plant"), ("demand-gone", "/naam")} == {(c.code, c.path) for c in difference(other, plain)}
    moved = load_form(raw(made(OFFER | {"/plant attributes": {"eik": {"groep": "struik"}}})))
    assert [("offer-changed", "/plant")] == [(c.code, c.path) for c in difference(load_form(raw(made(OFFER))), moved)]


# --- the lint: a maker who would bend both into what no form may ask ---


def rules(changes: dict[str, Any], questions: dict[str, str] = QUESTIONS) -> set[str]:
    return {
        one.code for one in lint(made(changes, questions), {}, Publication("Gemeente", "Team")) if one.level == "error"
    }


def test_origin_does_not_hide_in_the_attributes_of_a_choice() -> None:
    clean = rules(OFFER)
    named = {"/plant attributes": {"eik": {"etniciteit": "a"}, "hulst": {"etniciteit": "b"}}}
    lands = ("Marokkaans", "Turks", "Pools", "Syrisch")
    codes = " ".join(lands).lower()
    worded = {code: {"groep": land} for code, land in zip("abcd", lands, strict=True)}
    assert "P01" in rules(named | {"/plant offer_if": "etniciteit == /soort"}) - clean
    others = QUESTIONS | {"/plant": "choice a b c d"}
    assert "P02" not in rules({"/plant offer_if": "code == /soort"}, others)
    assert "P02" in rules({"/plant offer_if": "groep == /soort", "/plant attributes": worded}, others)
    among = ", ".join(f'"{code}"' for code in codes.split())
    assert "P02" in rules({"/plant offer_if": f"not (code in [{among}])"}, others)


def test_a_sensitive_answer_is_not_demanded_by_a_condition_that_always_holds() -> None:
    sensitive = {"/naam sensitivity": "S3"}
    assert "P11" not in rules(sensitive)
    assert "P11" in rules(sensitive | {"/naam required_if": "true"})
    assert "P11" in rules(sensitive | {"/naam required_if": "stil == true"})
    assert "P11" not in rules(sensitive | {"/naam required_if": "true", "/naam must_answer": "Jeugdwet artikel 2.3"})


def test_points_do_not_hide_in_a_filter_or_a_demand() -> None:
    points = "if(stil == true, 3, 0) + if(soort == 'boom', 2, 0) > 4"
    assert "P07" in rules({"/naam required_if": points})
    assert "P07" in rules({"/plant offer_if": f"code == 'eik' or {points}"})


def test_a_list_does_not_lose_the_attribute_that_a_published_form_filters_by() -> None:
    listed = {"/naam from": "scholen", "/naam attributes": ["wijk"], "/naam offer_if": "wijk == kleur"}
    asking = [Asking(made(listed), Publication("Gemeente", "Team"))]
    school = Item("eik", {"nl": "De Eik"}, {"wijk": "oost"})
    retired = msgspec.structs.replace(school, retired=True)
    bare = Item("linde", {"nl": "De Linde"})
    for items, codes in (
        ((school, bare), []),
        ((bare,), ["list-attribute-lacks"]),
        ((retired, bare), ["list-attribute-lacks"]),
    ):
        named = NamedList("scholen", {"nl": "Scholen"}, 2, items)
        assert codes == [one.code for one in broken_by(named, asking, {})]


def test_a_second_person_agrees_with_what_says_another_thing_of_a_choice_that_there_is() -> None:
    listed = {"/naam from": "scholen", "/naam attributes": ["wijk"], "/naam offer_if": "wijk == kleur"}
    asking = [Asking(made(listed), Publication("Gemeente", "Team"))]
    two = [
        Change("relabelled", "eik", {"nl": "De Eik"}, {"nl": "De Linde"}),
        Change("relabelled", "eik", {"nl": "De Eik"}, {"nl": "De Eik", "en": "The Lime"}),
        Change("changed", "eik", {"wijk": "oost"}, {"wijk": "west"}),
        Change("changed", "eik", {"wijk": "oost"}, {}),
    ]
    one = [
        Change("relabelled", "eik", {"nl": "De eik"}, {"nl": "De  Eik"}),
        Change("changed", "eik", {"wijk": "oost", "plein": "a"}, {"wijk": "oost", "plein": "b"}),
        *(Change(kind, "eik", {"nl": "De Eik"}, {"nl": "De Eik"}) for kind in ("added", "retired", "back")),
    ]
    lint_words = LintFinding("P22", "/items/0", "", "", level="warning", words=("szkoła",))
    brought = Revision(NamedList("scholen", {"nl": "Scholen"}, 2), (*two, *one), (lint_words, Finding("x", "", "", "")))
    assert (*two, lint_words) == for_two(brought, asking)
    assert () == for_two(brought, [])  # nobody is asked with it
    unfiltered = [Asking(made({"/naam from": "scholen"}), Publication("Gemeente", "Team"))]
    assert (*two[:2], lint_words) == for_two(brought, unfiltered)
