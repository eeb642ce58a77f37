"""Wrapped prose has the same words; what means something by its lines stays."""

from pathlib import Path

import pytest

from upkeep.wrap import WIDTH, rewrapped

ROOT = Path(__file__).parents[2]
SPECS = sorted(path for path in ROOT.rglob("SPEC.md") if not {".venv", "node_modules"} & set(path.parts))
ROW_MAX = 140  # of a table: what does not fit stands below it, so that a difference can be read
LONG = " ".join(["word"] * 40)


def test_long_prose_is_wrapped_and_a_list_keeps_its_items() -> None:
    assert (
        rewrapped(f"- {LONG}\n- b\n") == "- " + " ".join(["word"] * 23) + "\n  " + " ".join(["word"] * 17) + "\n- b\n"
    )


def test_no_line_begins_with_what_would_make_it_a_list_or_a_table() -> None:
    for sign in ("||", "-", "+", "3."):
        lines = rewrapped(f"{'x' * 119} {sign} b").split("\n")
        assert [f"{'x' * 119} {sign}", "b"] == lines or 1 == len(lines)


def test_tables_code_headings_and_short_lines_stay() -> None:
    text = f"# {LONG}\n\n| {LONG} |\n\n```\n{LONG}\n```\nshort\nlines\n"
    assert text == rewrapped(text)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_spec_can_be_wrapped_and_is_then_at_rest(path: Path) -> None:
    once = rewrapped(path.read_text())
    assert once == rewrapped(once)
    long = [line for line in once.split("\n") if len(line) > WIDTH + 10 and not line.lstrip().startswith(("|", "#"))]
    assert [] == long


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_row_of_a_spec_can_be_read_in_a_difference(path: Path) -> None:
    assert [] == [line for line in path.read_text().split("\n") if len(line) > ROW_MAX]
