"""The office at whose desk the tests of this folder sit."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.desk_pages.office import Browser, DeskOffice
from tests.openid.lying import Lying
from tests.openid.office import NOOR, bind_up, join_up


@pytest.fixture
def desk_office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path)
    yield made
    made.close()


@pytest.fixture
def signed_in(desk_office: DeskOffice) -> Callable[..., Browser]:
    """`signed_in(role)` gives a browser of the person of a role."""
    return desk_office.signed_in


@pytest.fixture(scope="module")
def _openid_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskOffice, Lying]]:
    office = DeskOffice(Path(tmp_path_factory.mktemp("openid")))
    lying = Lying(office.server.clock.now_ms)
    join_up(office, lying.issuer)
    bind_up(office, NOOR, lying.issuer, "s-noor")
    yield office, lying
    lying.close()
    office.close()


@pytest.fixture
def openid_office(_openid_office: tuple[DeskOffice, Lying]) -> tuple[DeskOffice, Lying]:
    """An office that is connected with a provider, which is honest again, and in which one person is known."""
    office, lying = _openid_office
    lying.reset()
    office.house.tries.forgive("GM9901\0openid\x00203.0.113.9", "GM9901 203.0.113.9")
    return office, lying
