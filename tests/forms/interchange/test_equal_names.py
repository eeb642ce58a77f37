"""One name in many groups: a survey with the same questions in each costs what its rows cost, and no square of them."""

from pathlib import Path

from forms.interchange import naming
from forms.interchange.naming import Names
from forms.interchange.xlsform_import.xlsform import import_xlsform
from tests.forms.interchange.tables import alike
from tests.work import calls_in, within

ROOM = str(Path(naming.__file__).parent)
NAMES = 2_000
CALLS_A_NAME = 40


def test_twice_as_many_groups_of_the_same_names_are_twice_the_work() -> None:
    """Each condition looked at every question of the names that it has: with forty groups that was most of the work."""
    surveys = [alike(groups) for groups in (20, 40)]
    one, few = calls_in(ROOM, lambda: import_xlsform(surveys[0], "gelijk.xlsx"))
    two, many = calls_in(ROOM, lambda: import_xlsform(surveys[1], "gelijk.xlsx"))
    assert (100, 100) == (one.share_carried(), two.share_carried())
    assert 2.1 * few > many, (few, many)


def test_each_condition_means_what_stands_beside_it() -> None:
    found = import_xlsform(alike(3), "gelijk.xlsx").document
    assert found is not None
    shown = [field["show_if"] for path, field in found["fields"].items() if "show_if" in field]
    assert 45 == len(shown) == len({*shown}) and "v_0 > 1" == shown[0].strip()


def test_a_name_that_stands_in_every_group_is_given_at_once() -> None:
    """The next free number was looked for from 2 on, for each of them."""

    def all_of_them() -> list[str]:
        names = Names()
        return [names.give("vraag", None) for _ in range(NAMES)]

    assert ["vraag", *(f"vraag_{number}" for number in range(2, NAMES + 1))] == within(
        NAMES * CALLS_A_NAME, all_of_them
    )
