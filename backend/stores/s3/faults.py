"""The refusals of S3 in the house's words. Of what a server says only its code is kept: its sentences, addresses and
headers may hold a key or a signature."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError

from backend.errors import BackendError
from backend.stores.bucket_errors import BucketAway, BucketLacksRight, BucketMissing, BucketRefused, BucketUnfit
from backend.stores.s3.where import Where

GONE: Final = frozenset(("NoSuchKey", "NoSuchVersion"))
THERE: Final = frozenset(("PreconditionFailed", "ConditionalRequestConflict"))
NO_LOCK: Final = frozenset(("ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound"))
UNKNOWN: Final = frozenset(("NotImplemented", "MethodNotAllowed"))  # said by servers that have no object lock at all
_DENIED: Final = frozenset(("AccessDenied", "Forbidden"))
_STRANGER: Final = frozenset((
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AllAccessDisabled",
    "AccountProblem", "RequestTimeTooSkewed", "NotSignedUp",
))  # fmt: skip
_PASSES: Final = frozenset(("SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "Throttling"))
_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def named(error: BaseException, where: Where, right: str = "") -> BackendError:
    """An error of the client or of the network in the house's words; `right` is the action of S3 that was tried."""
    about = {"bucket": where.address}
    if isinstance(error, S3Error):
        code, status = error.code or "", error.response.status
        if code == "NoSuchBucket":
            return BucketMissing(**about)
        if code in _PASSES or status >= 500:
            return BucketAway(**about, endpoint=where.endpoint, why=_word(code))
        if code in _STRANGER:
            return BucketRefused(**about, why=_word(code))
        if code in _DENIED:
            return BucketLacksRight(**about, right=right) if right else BucketRefused(**about, why=_word(code))
        return BucketUnfit(**about, endpoint=where.endpoint, why=_word(code))
    status = getattr(error, "_code", getattr(error, "status_code", 0))
    if isinstance(error, InvalidResponseError | ServerError) and status < 500:
        return BucketUnfit(**about, endpoint=where.endpoint, why=f"http-{status}")
    return BucketAway(**about, endpoint=where.endpoint, why=_word(type(error).__name__))


def _word(code: str) -> str:
    return code if _WORD.fullmatch(code) else "unknown"


@contextmanager
def translated(where: Where, right: str = "") -> Iterator[None]:
    """Raise the errors of the client in the house's words; what is not there as `FileNotFoundError`."""
    try:
        yield
    except S3Error as error:
        if error.code in GONE:
            raise FileNotFoundError from None
        raise named(error, where, right) from None
    except FileNotFoundError:
        raise
    except (MinioException, HTTPError, OSError) as error:
        raise named(error, where, right) from None
    except (SyntaxError, ValueError):  # of an answer that is no XML, or none of S3
        raise BucketUnfit(bucket=where.address, endpoint=where.endpoint, why="no-answer-of-s3") from None
