"""The validator as installed passes the official JSON Schema 2020-12 suite, but for what is named here with its reason.

`make test` fetches the suite (`schema_suite.py`). A named case that passes fails here, as does another one that fails:
both mean that the validator changed, and that this page must be read again.
"""

import json
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.forms.schema_suite import FOLDER, LOCK

COUNTED = {"required": 1_257, "optional": 158, "optional/format": 491}  # cases, so that none gets lost on the way
NAMED: dict[str, dict[str, str]] = {  # how the validator is asked: what does not hold, and why that is no harm
    "plainly": {
        "cross-draft: refs to historic drafts are processed as historic drafts: first item not a string is valid": (
            "it reads a schema of 2019-09 as one of 2020-12; a form has no other schemas (remote-ref, schema-invalid)"
        ),
    },
    "formats count": {},
    "as forms are": {
        f"format: {kind} format: invalid {kind} string is only an annotation by default": (
            "formats count in a form: a date must exist (SPEC.md 6.2)"
        )
        for kind in (
            "email", "idn-email", "regex", "ipv4", "ipv6", "idn-hostname", "hostname", "date", "date-time", "time",
            "json-pointer", "relative-json-pointer", "iri", "iri-reference", "uri", "uri-reference", "uri-template",
            "uuid", "duration",
        )
    },
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "plainly": {},
    "formats count": {"validate_formats": True},
    "as forms are": {"validate_formats": True, "pattern_options": jsonschema_rs.RegexOptions(), "offline": True},
}


@pytest.fixture(autouse=True)
def suite() -> None:
    """Without the suite nothing is held, and that is said where nobody can miss it."""
    here = FOLDER.joinpath("lock.txt")
    if not here.is_file() or here.read_text() != LOCK.read_text():
        said = "THE JSON SCHEMA SUITE IS NOT HERE: run tests/forms/schema_suite.py, which says why it cannot be fetched"
        warnings.warn(said, stacklevel=1)
        pytest.skip(said)


def files(part: str) -> list[Path]:
    return sorted((FOLDER / "tests" / "draft2020-12" / part.removeprefix("required")).glob("*.json"))


@cache
def elsewhere() -> jsonschema_rs.Registry:
    """The schemas that the suite expects at an address of its own; nothing is fetched."""
    found = sorted((FOLDER / "remotes").rglob("*.json"))
    named = [(f"http://localhost:1234/{one.relative_to(FOLDER / 'remotes').as_posix()}", one) for one in found]
    resources = [(address, json.loads(one.read_text())) for address, one in named]
    return jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)


def cases(part: str) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    for file in files(part):
        for group in json.loads(file.read_text()):
            for case in group["tests"]:
                yield f"{file.stem}: {group['description']}: {case['description']}", group["schema"], case


def failing(part: str, options: dict[str, Any]) -> set[str]:
    found = set()
    for name, schema, case in cases(part):
        validator = jsonschema_rs.Draft202012Validator(schema, registry=elsewhere(), **options)
        if validator.is_valid(case["data"]) != case["valid"]:
            found.add(name)
    return found


@pytest.mark.parametrize("part", COUNTED)
def test_the_whole_suite_is_here(part: str) -> None:
    assert COUNTED[part] == sum(1 for _ in cases(part))


def test_the_validator_fails_where_it_is_named_and_nowhere_else() -> None:
    assert set(NAMED["plainly"]) == failing("required", OPTIONS["plainly"]) | failing("optional", OPTIONS["plainly"])


def test_every_format_is_judged_as_the_suite_says_when_formats_count() -> None:
    assert set(NAMED["formats count"]) == failing("optional/format", OPTIONS["formats count"])


def test_asked_as_forms_ask_it_only_formats_count_besides() -> None:
    assert set(NAMED["as forms are"]) == failing("required", OPTIONS["as forms are"])


def test_every_exception_has_its_reason() -> None:
    assert all(reason for named in NAMED.values() for reason in named.values())
