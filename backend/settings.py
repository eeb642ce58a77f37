"""Settings of an operator: read from the environment once, checked, with defaults that are safe on one machine."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from backend.errors import BackendError

NODE: Final = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
HERE: Final = ("127.0.0.1", "localhost", "[::1]")
_BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)+")
_ENDPOINT: Final = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
_REGION: Final = re.compile(r"[a-z0-9-]{1,40}")
PROCESSES_MAX: Final = 64  # cores of one machine; each process takes 110 MB


def is_node(address: str) -> bool:
    """True for the address of a server, as other servers reach it."""
    return NODE.fullmatch(address) is not None and 0 < int(address.rpartition(":")[2]) < 65_536


class SettingsError(BackendError):
    """A setting that cannot be used stops the start; guessing would be worse."""

    code: ClassVar[str] = "settings"


class Settings(msgspec.Struct, frozen=True):
    """Settings: where the data lies and where the server listens."""

    data: Path
    keys: Path
    host: str
    port: int
    log: str
    address: str = ""
    processes: int = 1
    journal: str = ""  # of the PostgreSQL that holds journals; empty where they are files
    key_store: str = ""  # of the one that holds keys, in a cluster of its own
    alone: bool = False  # PostgreSQL without a standby that it waits for
    copy: Path | None = None
    node: str = ""  # the address at which other servers over the same PostgreSQL reach this one
    blobs: str = ""  # the address of the bucket for attachments; empty where they are files
    blobs_endpoint: str = ""
    blobs_region: str = ""

    @property
    def web(self) -> str:
        """The address at which a browser finds this server, without a slash at its end."""
        here = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return self.address or f"http://{f'[{here}]' if ':' in here else here}:{self.port}"

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """The settings that the operator gave; raises `SettingsError` for the first that cannot be used."""
        port = env.get("VELDPOST_PORT", "8321")
        if not port.isdecimal() or not 0 < int(port) < 65_536:
            raise SettingsError(name="VELDPOST_PORT", value=port, wanted="a-port")
        log = env.get("VELDPOST_LOG", "info")
        if log not in ("debug", "info", "warning", "error"):
            raise SettingsError(name="VELDPOST_LOG", value=log, wanted="a-level")
        address = env.get("VELDPOST_ADDRESS", "").rstrip("/")
        if address and not address.startswith(("https://", "http://")):
            raise SettingsError(name="VELDPOST_ADDRESS", value=address, wanted="an-address")
        processes = env.get("VELDPOST_PROCESSES", "1")
        if not processes.isdecimal() or not 0 < int(processes) <= PROCESSES_MAX:
            raise SettingsError(name="VELDPOST_PROCESSES", value=processes, wanted="a-number-of-processes")
        journal, key_store = env.get("VELDPOST_JOURNAL", ""), env.get("VELDPOST_KEY_STORE", "")
        for name, value in (("VELDPOST_JOURNAL", journal), ("VELDPOST_KEY_STORE", key_store)):
            if value and not value.startswith(("postgresql://", "postgres://")):
                raise SettingsError(name=name, value="…", wanted="a-postgres-address")  # it may hold a password
        if journal and not key_store:
            raise SettingsError(name="VELDPOST_KEY_STORE", value=key_store, wanted="a-postgres-address")
        node = env.get("VELDPOST_NODE", "").rstrip("/")
        if node and not is_node(node):
            raise SettingsError(name="VELDPOST_NODE", value="…" if "@" in node else node, wanted="a-node")
        standby = env.get("VELDPOST_STANDBY", "required")
        if standby not in ("required", "none"):
            raise SettingsError(name="VELDPOST_STANDBY", value=standby, wanted="a-standby")
        return cls(
            Path(env.get("VELDPOST_DATA", "var/data")),
            Path(env.get("VELDPOST_KEYS", "var/keys")),
            env.get("VELDPOST_HOST", "127.0.0.1"),
            int(port),
            log,
            address,
            int(processes),
            journal,
            key_store,
            standby == "none",
            Path(env["VELDPOST_COPY"]) if env.get("VELDPOST_COPY") else None,
            node,
            *bucket_of(env),
        )


def bucket_of(env: Mapping[str, str]) -> tuple[str, str, str]:
    """The address of the bucket for attachments, its server and its region; what is wrong with them is raised, and no
    value is named that could hold a key."""
    address = env.get("VELDPOST_BLOBS", "").rstrip("/")
    endpoint = env.get("VELDPOST_BLOBS_ENDPOINT") or env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL", "")
    region = env.get("VELDPOST_BLOBS_REGION") or env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION", "")
    if not address:
        return "", "", ""
    if not _BUCKET.fullmatch(address):
        raise SettingsError(name="VELDPOST_BLOBS", value="…", wanted="a-bucket-address")
    endpoint = endpoint.rstrip("/")
    parts = _ENDPOINT.fullmatch(endpoint)
    if endpoint and parts is None:
        raise SettingsError(name="VELDPOST_BLOBS_ENDPOINT", value="…", wanted="a-bucket-server")
    if parts and parts["scheme"] == "http" and parts["host"] not in HERE:
        raise SettingsError(name="VELDPOST_BLOBS_ENDPOINT", value=endpoint, wanted="a-bucket-by-tls")
    if region and not _REGION.fullmatch(region):
        raise SettingsError(name="VELDPOST_BLOBS_REGION", value="…", wanted="a-bucket-region")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not env.get(name):
            raise SettingsError(name=name, value="", wanted="a-bucket-key")
    return address, endpoint, region
