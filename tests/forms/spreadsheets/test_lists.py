"""Lists from spreadsheets: codes stay, labels may change, nothing disappears (SPEC.md section 11.2)."""

import json
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.lists.lists import ITEMS_MAX, Item, NamedList, list_to_csv, read_list, spaced
from forms.lists.versions import Change, Revision, next_version
from forms.spreadsheets.reading import read_sheets
from tests.forms.spreadsheets.workbooks_made import xlsx
from tests.strength import tries
from tests.work import within

EMPTY = NamedList("scholen", {"nl": "Scholen", "en": "Schools"})
CALLS_MAX = 14_000_000  # a few seconds; 12,200,000 when every rule about parts and languages reads each item


def revised(before: NamedList, text: str) -> Revision:
    return next_version(before, read_sheets(text.encode(), "scholen.csv"))


def made(text: str, before: NamedList = EMPTY) -> NamedList:
    revision = revised(before, text)
    assert ((), True) == (revision.findings, revision.named is not None)
    return revision.named or before


FIRST = "code;label::nl;label::en;wijk\n12AB;De Brug;The Bridge;Noord\n34CD;Het Kompas;;Zuid\n"


def test_a_table_becomes_a_list() -> None:
    revision = revised(EMPTY, FIRST)
    items = (
        Item("12AB", {"nl": "De Brug", "en": "The Bridge"}, {"wijk": "Noord"}),
        Item("34CD", {"nl": "Het Kompas"}, {"wijk": "Zuid"}),
    )
    changes = tuple(Change("added", item.code, {}, item.label) for item in items)
    assert Revision(NamedList("scholen", EMPTY.title, 1, items), changes) == revision


HEADINGS = {
    "Dutch words": "Naam;Wijk\nDe Brug;Noord\n",
    "an XLSForm": "list_name;name;label::Nederlands (nl);Wijk\nscholen;de_brug;De Brug;Noord\n",
    "a title above": "Scholen 2026\n\nid;label;wijk;vervallen\nde_brug;De Brug;Noord;nee\n",
    "languages by name": "code;label::Dutch;wijk\nde_brug;De  Brug;Noord\n",
}


@pytest.mark.parametrize("what", HEADINGS)
def test_headings_are_understood_as_people_write_them(what: str) -> None:
    assert (Item("de_brug", {"nl": "De Brug"}, {"wijk": "Noord"}),) == made(HEADINGS[what]).items


def test_codes_are_made_once_from_labels_and_are_unique() -> None:
    named = made("naam\nDe Brug\nDe brug!\nÉcole 't Zand\n???\n")
    assert ["de_brug", "de_brug_2", "ecole_t_zand", "item"] == [item.code for item in named.items]


REFUSED = {
    "no label column": ("wat;waar\nDe Brug;Noord\n", ["list-no-label-column"], None),
    "an empty label": ("code;label\n12AB;\nx;Het Kompas\n", ["list-empty-label"], ["x"]),
    "a bad code": ("code;label\n1 2;De Brug\nx;Het Kompas\n", ["list-bad-code"], ["x"]),
    "a code twice": ("code;label\nx;De Brug\nX;Het Kompas\n", ["list-code-twice"], ["x"]),
    "a long label": ("label\n" + "x" * 201 + "\nDe Brug\n", ["list-label-too-long"], ["de_brug"]),
    "a column twice": ("label;wijk;wijk\nDe Brug;a;b\n", ["list-bad-column"], ["de_brug"]),
    "an unclear retirement": ("label;vervallen\nDe Brug;misschien\n", ["list-retired-unclear"], ["de_brug"]),
    "too many": ("label\n" + "\n".join(f"s{n}" for n in range(ITEMS_MAX + 1)), ["list-too-many"], None),
    "a file that was not read to its end": ("label\n" + "x\n" * 20_001, ["sheet-too-long", "list-incomplete"], None),
    "an empty file": ("", ["sheet-empty-file"], None),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_with_a_row_is_said_and_the_other_rows_are_taken(what: str) -> None:
    text, codes, taken = REFUSED[what]
    revision = revised(EMPTY, text)
    shown = None if revision.named is None else [item.code for item in revision.named.items]
    assert (codes, taken) == ([one.code for one in revision.findings], shown)
    assert (taken is None) == revision.stops


def test_a_list_of_people_by_their_origin_is_stopped() -> None:
    revision = revised(EMPTY, "label\nRoma\nSinti\n")
    assert revision.stops
    assert "P01" in {one.code for one in revision.findings}


def test_a_column_said_where_people_come_from_and_was_published() -> None:
    assert {"P01"} == {one.code for one in revised(EMPTY, "label;herkomst\nDe Molen;elders\n").findings}


def test_a_code_stays_when_a_label_changes_and_the_old_label_is_still_known() -> None:
    first = made(FIRST)
    second = revised(first, FIRST.replace("De Brug", "De Nieuwe Brug"))
    label = {"nl": "De Nieuwe Brug", "en": "The Bridge"}
    assert (Change("relabelled", "12AB", first.items[0].label, label),) == second.changes
    assert second.named is not None
    assert Item("12AB", label, {"wijk": "Noord"}, formerly=("De Brug",)) == second.named.items[0]
    third = made("label;wijk\nDe Brug;Noord\nHet Kompas;Zuid\n", second.named)
    assert ["12AB", "34CD"] == [item.code for item in third.items]


def test_without_codes_the_label_says_which_item_is_meant() -> None:
    first = made("label;wijk\nDe Brug;Noord\nDe Brug;Zuid\n")
    again = made("label;wijk\nDe Brug;Zuid\nDe Brug;Noord\n", first)
    assert [("de_brug_2", "Zuid"), ("de_brug", "Noord")] == [(i.code, i.attributes["wijk"]) for i in again.items]


def test_what_vanishes_is_retired_and_can_come_back() -> None:
    first = made(FIRST)
    second = revised(first, "code;label::nl;label::en;wijk\n12AB;De Brug;The Bridge;Noord\n")
    assert second.named is not None
    assert (Change("retired", "34CD", {"nl": "Het Kompas"}, {"nl": "Het Kompas"}),) == second.changes
    assert ({"12AB"}, {"12AB", "34CD"}) == (set(second.named.choices()), set(second.named.choices(retired=True)))
    third = revised(second.named, FIRST)
    assert (Change("back", "34CD", {"nl": "Het Kompas"}, {"nl": "Het Kompas"}),) == third.changes


def test_a_retired_code_never_comes_back_for_something_else() -> None:
    second = made("code;label\n12AB;De Brug\n", made("code;label\n12AB;De Brug\n34CD;Het Kompas\n"))
    third = revised(second, "code;label\n12AB;De Brug\n34CD;De Sprong\n")
    assert (["list-code-reused"], ()) == ([one.code for one in third.findings], third.changes)
    assert second == third.named


def test_a_code_that_comes_later_does_not_replace_the_one_that_answers_use() -> None:
    first = made("naam\nDe Brug\n")
    second = revised(first, "code;naam\n12AB;De Brug\n")
    assert (["list-code-kept"], first) == ([one.code for one in second.findings], second.named)


def test_a_row_that_cannot_be_used_retires_nothing() -> None:
    first = made(FIRST)
    second = revised(first, FIRST.replace("Het Kompas", ""))
    assert (["list-empty-label"], first) == ([one.code for one in second.findings], second.named)


def test_a_table_of_something_else_is_noticed() -> None:
    first = made("label\n" + "\n".join(f"school {n}" for n in range(30)))
    assert ["list-many-retired"] == [one.code for one in revised(first, "label\nDe Brug\n").findings]


def test_words_in_a_language_that_the_table_lacks_stay_as_long_as_the_dutch_ones_do() -> None:
    first = made(FIRST)
    assert (
        first.items[0].label
        == made("code;label;wijk\n12AB;De Brug;Noord\n34CD;Het Kompas;Zuid\n", first).items[0].label
    )
    changed = made("code;label;wijk\n12AB;De Stuw;Noord\n34CD;Het Kompas;Zuid\n", first)
    assert {"nl": "De Stuw"} == changed.items[0].label


def test_ten_thousand_items_take_a_second() -> None:
    rows = [
        ["label", "label::en", "wijk"],
        *[[f"School {n}", f"Pupils {n}", f"wijk {n % 20}"] for n in range(ITEMS_MAX)],
    ]
    raw = xlsx({"scholen": rows})
    revision = within(CALLS_MAX, lambda: next_version(EMPTY, read_sheets(raw, "scholen.xlsx")))
    assert revision.named is not None
    assert ITEMS_MAX == len(revision.named.items)


def test_no_spreadsheet_program_works_out_what_stands_in_a_list() -> None:
    named = made("label;wijk\n'=1+1;'@A1\n-3;+31 6\n")
    assert b"\xef\xbb\xbfcode;label::nl;wijk;retired\r\n1_1;'=1+1;'@A1;\r\n3;-3;+31 6;\r\n" == list_to_csv(named)
    assert "=1+1" == named.items[0].label["nl"]


def test_a_list_is_read_back_from_its_bytes_and_has_one_spelling() -> None:
    named = made(FIRST, made("code;label\n99ZZ;Oud\n12AB;Brug\n34CD;Kompas\n"))
    assert named == read_list(named.raw).named
    assert named.digest == (read_list(json.dumps(json.loads(named.raw), indent=1).encode()).named or EMPTY).digest


BAD_LISTS = {
    "no JSON": (b"{", ["list-misshapen"]),
    "too large": (b" " * 4_200_000, ["list-too-large"]),
    "half a character": (b'{"list":"\\ud800"}', ["list-misshapen"]),
    "another shape": (
        b'{"list":"x","version":1,"title":{"nl":"x"},"items":[{"code":"a b","label":{}}]}',
        ["list-misshapen"] * 2,
    ),
    "a code twice": (
        b'{"list":"x","version":1,"title":{"nl":"x"},"items":[{"code":"a","label":{"nl":"x"}},{"code":"A","label":{"nl":"y"}}]}',
        ["list-code-twice"],
    ),
    "untidy": (
        b'{"list":"x","version":1,"title":{"nl":"x"},"items":[{"code":"a","label":{"nl":"x "}}]}',
        ["list-untidy"],
    ),
}


@pytest.mark.parametrize("what", BAD_LISTS)
def test_what_is_no_list_is_refused(what: str) -> None:
    raw, codes = BAD_LISTS[what]
    assert (None, codes) == (read_list(raw).named, [one.code for one in read_list(raw).findings])


WORD = st.text("abAB é'=+-@;\"1_", min_size=1, max_size=6).map(spaced).filter(lambda text: any(map(str.isalpha, text)))


@dataclass
class Line:
    code: str
    label: str
    english: str
    district: str


LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from(["", "a", "b", "c", "d", "De"]),
        WORD,
        st.one_of(st.just(""), WORD),
        st.sampled_from(["", "n"]),
    ),
    max_size=6,
)


def table(lines: list[Line], *, codes: bool = True) -> bytes:
    rows = [["code", "label::nl", "label::en", "wijk"]]
    rows += [[line.code if codes else "", line.label, line.english, line.district] for line in lines]
    return xlsx({"lijst": [[f"'{cell}" if cell.startswith("=") else cell for cell in row] for row in rows]})


def history(tables: list[list[Line]]) -> list[NamedList]:
    found = [EMPTY]
    for lines in tables:
        found.append(next_version(found[-1], read_sheets(table(lines), "lijst.xlsx")).named or found[-1])
    return found


@settings(deadline=None, max_examples=tries(120))
@given(st.lists(LINES, min_size=1, max_size=4))
def test_reading_in_what_was_written_out_changes_nothing(tables: list[list[Line]]) -> None:
    named = history(tables)[-1]
    again = next_version(named, read_sheets(list_to_csv(named), "lijst.csv"))
    assert (named, ()) == (again.named, again.changes)
    if named.items:
        assert named == read_list(named.raw).named


@settings(deadline=None, max_examples=tries(120))
@given(st.lists(LINES, min_size=2, max_size=4))
def test_nothing_ever_disappears_and_no_code_is_there_twice(tables: list[list[Line]]) -> None:
    versions = history(tables)
    for before, after in pairwise(versions):
        codes = [item.code for item in after.items]
        assert {item.code for item in before.items} <= set(codes)
        assert len(codes) == len({code.casefold() for code in codes})


@settings(deadline=None, max_examples=tries(120))
@given(st.lists(LINES, min_size=1, max_size=3), st.data())
def test_a_relabelled_list_keeps_all_codes(tables: list[list[Line]], data: st.DataObject) -> None:
    named = history(tables)[-1]
    lines = [Line(item.code, data.draw(WORD), "", "") for item in named.items if not item.retired]
    after = next_version(named, read_sheets(table(lines), "lijst.xlsx")).named or named
    assert {item.code: item.retired for item in named.items} == {item.code: item.retired for item in after.items}


@settings(deadline=None, max_examples=tries(120))
@given(LINES)
def test_the_same_table_without_codes_means_the_same_items(lines: list[Line]) -> None:
    once = next_version(EMPTY, read_sheets(table(lines, codes=False), "lijst.xlsx")).named or EMPTY
    assert once == (next_version(once, read_sheets(table(lines, codes=False), "lijst.xlsx")).named or EMPTY)
