"""The office at whose desk the tests of this folder sit."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.desk_pages.office import Browser, DeskOffice


@pytest.fixture
def desk_office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path)
    yield made
    made.close()


@pytest.fixture
def signed_in(desk_office: DeskOffice) -> Callable[..., Browser]:
    """`signed_in(role)` gives a browser of the person of a role."""
    return desk_office.signed_in
