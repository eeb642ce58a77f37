"""A real app over a real municipality, asked over ASGI."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from backend.municipality.registry import Municipalities
from backend.web.app import create_app
from tests.fleet.world import Server


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Iterator[TestClient]:  # type: ignore[type-arg]
    towns = Municipalities(tmp_path / "data", tmp_path / "keys", server.clock)
    towns.add(server.municipality)
    with TestClient(create_app(towns, server.clock), raise_server_exceptions=False) as made:
        yield made
    asyncio.new_event_loop().run_until_complete(asyncio.sleep(0))
