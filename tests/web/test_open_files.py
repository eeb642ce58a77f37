"""A server asks for as many open files as it may have: hundreds of municipalities need more than 1,024."""

import resource
from collections.abc import Iterator

import pytest

from backend.serve import FILES_MAX, raise_open_files


@pytest.fixture
def hard() -> Iterator[int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_soft_limit_is_raised_to_the_hard_one_and_never_lowered(hard: int) -> None:
    wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    assert wanted == raise_open_files() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if hard == resource.RLIM_INFINITY or hard > FILES_MAX:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_MAX + 1, hard))
        assert FILES_MAX + 1 == raise_open_files()
