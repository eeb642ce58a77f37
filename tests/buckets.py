"""S3 for tests: moto's server, and a front before it that refuses, breaks off or stands still as a test says.

moto is in an environment of its own (tests/s3/set-up.sh). Where it is not, tests that need it are skipped, and say so.
"""

import atexit
import http.client
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from minio import Minio
from minio.versioningconfig import VersioningConfig

from tests.processes import PATIENCE_S, free_port

HOME: Final = Path(__file__).parents[1] / ".venv-s3"
KEY, SECRET = "AKIATESTTESTTEST", "secret-of-tests-that-nothing-may-show"
Rule = Callable[[str, str], tuple[int, str] | None]  # method and target: a status and a code of S3, 0 to break off


@cache
def moto() -> int:
    """The port of moto's server, started once for a process; it ends with it."""
    server = HOME / "bin" / "moto_server"
    if not (HOME / ".ready").exists():
        pytest.skip("NO S3 FOR TESTS: `sh tests/s3/set-up.sh` installs moto by its lock")
    port = free_port()
    quiet = subprocess.DEVNULL
    running = subprocess.Popen([server, "-H", "127.0.0.1", "-p", str(port)], stdout=quiet, stderr=quiet)
    atexit.register(running.wait)
    atexit.register(running.kill)
    ends = time.monotonic() + PATIENCE_S
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/moto-api/")
            return port
        except httpx.TransportError:
            assert running.poll() is None and time.monotonic() < ends, "moto does not start"
            time.sleep(0.05)


@dataclass
class Front:
    """A front of moto on a port of its own, with what it refuses and what was asked of it."""

    port: int = field(default_factory=free_port)
    rule: Rule = lambda _method, _target: None
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Take connections from now on."""
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler(moto()))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Take none any more: the bucket is away."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def denies(self, method: str, part: str, status: int = 403, code: str = "AccessDenied") -> None:
        """Refuse requests of a method whose target has a part in it."""
        self.rule = lambda asked, target: (status, code) if asked == method and part in target else None

    def _handler(self, behind: int) -> type[BaseHTTPRequestHandler]:
        front = self

        class Handler(BaseHTTPRequestHandler):
            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                front.asked.append((self.command, self.path, dict(self.headers)))
                said = front.rule(self.command, self.path)
                if said is None:
                    self._from_moto(body)
                elif said[0]:
                    self._refused(*said)
                self.close_connection = True

            def _from_moto(self, body: bytes) -> None:
                moto = http.client.HTTPConnection("127.0.0.1", behind)
                moto.request(self.command, self.path, body, dict(self.headers))
                answer = moto.getresponse()
                self._answer(answer.status, answer.getheaders(), answer.read())

            def _refused(self, status: int, code: str) -> None:
                page = not code
                body = b"<html>" if page else f"<Error><Code>{code}</Code></Error>".encode()
                kind = "text/html" if page else "application/xml"
                self._answer(status, [("Content-Type", kind), ("Content-Length", str(len(body)))], body)

            def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        for method in ("GET", "PUT", "HEAD", "DELETE", "POST"):
            setattr(Handler, f"do_{method}", Handler.pass_on)
        return Handler


class OwnBucket:
    """A bucket of a test's own, the front that its server sees, and the settings that name it."""

    def __init__(self, folder: Path, name: str, *, versions: bool = True, lock: bool = False) -> None:
        self.name = name
        self.data = folder
        self.front = Front()
        self.client = Minio(f"127.0.0.1:{moto()}", "x", "y", secure=False, region="us-east-1")
        self.client.make_bucket(name, object_lock=lock)
        if versions:
            self.client.set_bucket_versioning(name, VersioningConfig("Enabled"))
        self.front.open()

    @property
    def address(self) -> str:
        return f"s3://{self.name}/veldpost"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "VELDPOST_BLOBS": self.address, "VELDPOST_BLOBS_ENDPOINT": self.front.endpoint,
            "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "VELDPOST_DATA": str(self.data),
        }  # fmt: skip

    def versions(self, part: str = "") -> list[str]:
        """The keys of all versions and delete markers whose key has a part in it, without the marker of the owner."""
        found = self.client.list_objects(self.name, recursive=True, include_version=True)
        keys = [one.object_name or "" for one in found]
        return sorted(key for key in keys if part in key and not key.endswith("veldpost.json"))

    def key_of(self, name: str) -> str:
        """The key of an attachment."""
        return next(key for key in self.versions(name))
