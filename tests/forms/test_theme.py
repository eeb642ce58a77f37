"""A municipality's theme: what it may be, and that the app's own style sheets keep to its table."""

import json
import re
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.theme.contrast import PART_MIN, SUNLIGHT_MIN, TEXT_MIN, contrast
from forms.theme.documents import BYTES_MAX
from forms.theme.theme import Theme, kept, pairs, read_theme, restored
from forms.theme.tokens import SCHEMES, table

ROOT = Path(__file__).parents[2]
SHEETS = [ROOT / "field" / name for name in ("app.css", "work.css")]
CSS = "\n".join(sheet.read_text() for sheet in SHEETS)
GREEN = {"basis-color-action-1-color-default": {"$value": "#1f5c2e"}}
SAFE = re.compile(r':root\{(--[a-z0-9-]+:(light-dark\(#[0-9a-f]{6},#[0-9a-f]{6}\)|[0-9.]+(px|rem)?|[\w ",-]+);?)+\}\n')


def rules() -> list[dict[str, str]]:
    """The declarations of each rule of the app, by property."""
    plain = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    bodies = re.findall(r"\{([^{}]*)\}", plain)
    return [dict(re.findall(r"([\w-]+):\s*([^;]+)", body)) for body in bodies]


def token(value: str) -> str | None:
    found = re.search(r"var\(--(basis-[\w-]+)\)", value)
    return found[1] if found else None


# --- the table and the app ---


def test_the_app_has_the_values_of_the_table() -> None:
    set_ = {name: " ".join(value.split()) for name, value in re.findall(r"--(basis-[\w-]+):\s*([^;]+);", CSS)}
    own = {name: f"light-dark({light}, {dark})" for name, (light, dark) in table().colours.items()}
    short = {name: value[0].removeprefix("0") if value[0].startswith("0.") else value[0]
             for name, value in (*table().lengths.items(), *table().numbers.items())}  # fmt: skip
    families = {name: value.replace(",", ", ") for name, value in table().families.items()}
    assert own | short | families == set_


def test_every_token_of_the_app_is_in_the_table_and_none_is_unused() -> None:
    drawn = CSS + (ROOT / "field" / "app" / "ui.js").read_text()
    assert table().known() == set(re.findall(r"var\(--(basis-[\w-]+)\)", drawn))


def test_dark_colours_stand_once() -> None:
    assert "prefers-color-scheme" not in CSS and 1 == CSS.count("#0f1620")


def test_whatever_the_app_puts_on_a_colour_is_a_pair_that_is_judged() -> None:
    judged = {(front, back) for _, front, back, _ in pairs()}
    fronts = {front for front, _ in judged}
    for rule in rules():
        front, back = token(rule.get("color", "")), token(rule.get("background", ""))
        assert front is None or front in fronts
        assert front is None or back is None or (front, back) in judged, rule
    backs = {token(rule["background"]) for rule in rules() if "background" in rule} - {None}
    assert backs <= {back for _, back in judged}


def test_our_own_colours_can_be_read_in_sunlight() -> None:
    for scheme, front, back, least in pairs():
        own = table().own(scheme)
        ratio = contrast(own[front], own[back])
        assert ratio >= (SUNLIGHT_MIN if least == TEXT_MIN else PART_MIN), (scheme, front, back, ratio)
    assert 2 * 17 < len(list(pairs()))


def test_the_vectors_carry_the_table_of_this_release() -> None:
    published = json.loads((ROOT / "tests" / "vectors" / "forms" / "theme.json").read_text())["table"]
    assert json.loads((ROOT / "forms" / "theme" / "tokens.json").read_text()) == published


# --- what is refused ---


def test_a_faint_pair_is_refused_with_its_ratio_in_a_plain_sentence() -> None:
    verdict = read_theme(msgspec.json.encode({"basis-color-action-1-color-default": {"$value": "#f0c040"}}))
    first = verdict.findings[0]
    assert verdict.theme is None and "basis-color-action-1-color-default" == first.path
    assert (
        "Op basis-color-default-bg-document heeft deze kleur in licht een contrast van 1,7; nodig is 4,5." == first.nl
    )
    assert "On basis-color-default-bg-document this colour has a contrast of 1.7 in light; it needs 4.5." == first.en


def test_a_document_that_is_too_large_is_not_read() -> None:
    verdict = read_theme(b" " * (BYTES_MAX + 1))
    assert (None, ["theme-too-large"]) == (verdict.theme, [one.code for one in verdict.findings])


@pytest.mark.parametrize("deep", ['{"a":' * 100_000, "[" * 100_000, '{"a":' * 1_000 + "1" + "}" * 1_000])
def test_brackets_without_end_are_a_finding(deep: str) -> None:
    assert read_theme(deep.encode()).theme is None


NAMES = st.sampled_from(sorted(table().known()))
NOISE = st.text("#0123456789abcdefrgb(),.;:{}/*\\\"'<>px em!url-@\n", max_size=24)
VALUES = st.one_of(
    NOISE,
    st.sampled_from(["#1f5c2e", "1rem", "Verdana", "rgb(1 2 3)", 600, 1.5]),
    st.tuples(st.sampled_from(["#1f5c2e", "1rem", "Verdana", "1.5", "600"]), NOISE).map("".join),
    st.lists(NOISE, max_size=3),
    st.fixed_dictionaries({"value": st.floats(allow_nan=False, allow_infinity=False), "unit": NOISE}),
)


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4), st.dictionaries(NAMES, VALUES, max_size=2))
def test_no_value_gets_out_of_its_place(light: dict[str, object], dark: dict[str, object]) -> None:
    """Whatever stands in a document: a theme is refused, or its sheet is one rule of tokens that are known."""
    documents = [msgspec.json.encode({n: {"$value": v} for n, v in one.items()}) for one in (light, dark)]
    verdict = read_theme(*documents)
    if verdict.theme is not None:
        css = verdict.theme.css()
        assert SAFE.fullmatch(css) and set(re.findall(r"--([a-z0-9-]+):", css)) <= table().known()
        assert verdict.theme == restored(kept(verdict.theme))


def test_every_colour_of_a_theme_is_weighed_against_every_other_of_its_pair() -> None:
    """A theme of one grey everywhere is refused for every pair, in both schemes."""
    grey = msgspec.json.encode({name: {"$value": "#777777"} for name in table().colours})
    findings = read_theme(grey, grey).findings
    assert len(list(pairs())) == len(findings)
    assert {f"theme-{scheme}" for scheme in SCHEMES} == {dict(one.facts)["scheme"][1] for one in findings}


# --- what a store holds ---


@pytest.mark.parametrize(
    "raw", [b"", b"\xff", b"[]", b'{"light": {"basis-color-default-bg-document": "#000000"}}',
            b'{"other": {"basis-border-radius-md": "2px}*{color:red"}}'],
)  # fmt: skip
def test_what_a_store_holds_and_these_rules_refuse_is_ours(raw: bytes) -> None:
    assert Theme() == restored(raw) and "" == restored(raw).css()


def test_what_is_not_set_is_ours_in_both_schemes() -> None:
    theme = read_theme(msgspec.json.encode(GREEN)).theme
    assert theme is not None
    for scheme, (front, _) in product(SCHEMES, table().colours.items()):
        changed = scheme == "light" and front in GREEN
        assert theme.colours(scheme)[front] == ("#1f5c2e" if changed else table().own(scheme)[front])
