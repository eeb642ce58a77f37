"""A real provider of OpenID Connect (npm `oidc-provider`) on this machine, and what a person does at its page."""

import json
import os
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest

from tests.field import twin
from tests.openid.lying import CLIENT, SECRET
from tests.processes import free_port

HERE: Final = Path(__file__).parent
PEOPLE: Final[Mapping[str, Any]] = {  # invented
    "noor": {"groups": ["leiding"], "acr": "twee"},
    "sam": {"groups": ["lezers"], "acr": "twee"},
    "zwak": {"groups": ["leiding"]},
    "weg": {"groups": [], "acr": "twee"},
}
STEPS_MAX: Final = 12


def program() -> str:
    """The Node that runs the provider; skips loudly where it, or the provider's package, is missing."""
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        said = "oidc-provider IS NOT INSTALLED (sh tests/openid/set-up.sh): NO REAL PROVIDER HOLDS THE SIGN-IN"
        warnings.warn(said, stacklevel=1)
        pytest.skip(said)
    return twin.node()


@contextmanager
def provider(redirect: str, people: Mapping[str, Any] = PEOPLE) -> Iterator[str]:
    """The provider, until left; gives its issuer. It ends with these tests, since its input closes."""
    env = {
        **os.environ, "PORT": str(free_port()), "CLIENT": CLIENT, "SECRET": SECRET, "REDIRECT": redirect,
        "PEOPLE": json.dumps(people),
    }  # fmt: skip
    started = subprocess.Popen(
        [program(), str(HERE / "provider.mjs")], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert started.stdin is not None and started.stdout is not None
    try:
        yield started.stdout.readline().strip()
    finally:
        started.stdin.close()
        started.wait(30)
        started.stdout.close()


def sent_back(location: str, login: str, browser: httpx.Client | None = None) -> dict[str, str]:
    """Sign somebody in at the provider's page: what their browser brings back to the desk."""
    with browser or httpx.Client(timeout=30) as there:
        answer = there.get(location)
        for _ in range(STEPS_MAX):
            target = urljoin(str(answer.url), answer.headers.get("location", ""))
            if answer.is_redirect and target.startswith("https://veldpost.test/"):
                return dict(parse_qsl(urlsplit(target).query))
            if answer.is_redirect:
                answer = there.get(target)
            elif answer.status_code == 200 and 'name="login"' in answer.text:
                answer = there.post(str(answer.url), data={"login": login})
            else:
                break
        raise AssertionError(f"the provider ended on {answer.status_code} {answer.url}: {answer.text[:400]}")
