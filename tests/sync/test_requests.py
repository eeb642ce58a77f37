"""Every row of tests/vectors/sync/requests.json: the bytes that a request signs, and what is refused."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backend.errors import BackendError
from backend.municipality.requests import Asked, claim_of, verified
from crypto.keys import VerifyKey, signed_bytes
from sync.errors import SyncError
from sync.messages import request_fields

TABLE = json.loads((Path(__file__).parents[1] / "vectors" / "sync" / "requests.json").read_text())


@pytest.mark.parametrize("row", TABLE["requests"], ids=lambda row: row["name"])
def test_a_request_is_read_or_refused_as_the_table_says(row: dict[str, Any]) -> None:
    asked, body = Asked(row["method"], row["target"], row["headers"]), bytes.fromhex(row["body"])
    try:
        claim = claim_of(asked, TABLE["now"])
        verified(claim, VerifyKey(bytes.fromhex(TABLE["public"])), body)
        code = None
        fields = request_fields(asked.method, asked.target, sha256(body).digest(), claim.time_ms, asked.headers)
        assert bytes.fromhex(row["bytes"]) == signed_bytes("request", *fields)
    except (BackendError, SyncError) as error:
        code = error.code
    assert row["error"] == code
