"""The published merge vectors: made by independent code from the protocol, passed by every implementation."""

import json
from pathlib import Path
from typing import Any

import pytest

from sync.check_vectors import merge_difference

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "merge.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"seed{v['seed']}")
def test_a_published_history_merges_into_its_published_state(vector: dict[str, Any]) -> None:
    assert merge_difference(vector) is None
