"""The address of a bucket and the keys that open it, as settings and the environment have them."""

import os
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from backend.settings import Settings

REGION: Final = "us-east-1"  # what servers of S3 that have no regions call theirs


class Where(msgspec.Struct, frozen=True):
    """A place for attachments in a bucket. It is never shown with its keys, in no log and no error."""

    endpoint: str  # with http:// or https://, without a path
    bucket: str
    prefix: str  # of every key, without slashes at its ends; may be empty
    region: str
    key: str
    secret: str
    token: str = ""

    @property
    def address(self) -> str:
        """The address for people and for the file that names it in a folder."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def is_secure(self) -> bool:
        """True if it is spoken to by TLS."""
        return self.endpoint.startswith("https://")

    @property
    def host(self) -> str:
        """The host, with its port."""
        return urlsplit(self.endpoint).netloc

    def __repr__(self) -> str:
        return f"Where({self.address!r}, {self.endpoint!r})"


def where_of(settings: Settings, env: Mapping[str, str] = os.environ) -> Where:
    """The place that the settings name, with the keys by the names that every tool for S3 reads."""
    address = urlsplit(settings.blobs)
    return Where(
        settings.blobs_endpoint or f"https://s3.{settings.blobs_region or REGION}.amazonaws.com",
        address.netloc,
        address.path.strip("/"),
        settings.blobs_region or REGION,
        env.get("AWS_ACCESS_KEY_ID", ""),
        env.get("AWS_SECRET_ACCESS_KEY", ""),
        env.get("AWS_SESSION_TOKEN", ""),
    )
