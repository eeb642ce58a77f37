"""The municipality that the tests of the projection look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forms.definition.library import SLUGS, first_raw
from tests.projection.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, map(first_raw, SLUGS))
    yield made
    made.close()
