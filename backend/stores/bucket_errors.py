"""Errors of a bucket of S3: away, missing, somebody else's, or not fit to keep what must be erased one day."""

from typing import ClassVar

from backend.errors import BackendError


class BucketAway(BackendError):
    """The bucket cannot be reached, or its server failed: whatever was asked is asked again."""

    code: ClassVar[str] = "bucket-away"


class BucketMissing(BackendError):
    """There is no bucket of that name."""

    code: ClassVar[str] = "bucket-missing"


class BucketRefused(BackendError):
    """The bucket is another account's, or the keys are not those of one that may use it."""

    code: ClassVar[str] = "bucket-refused"


class BucketLocked(BackendError):
    """A bucket with object lock keeps what an erasure must remove."""

    code: ClassVar[str] = "bucket-locked"


class BucketLacksRight(BackendError):
    """The keys lack a right without which nothing can be kept, or erased with all its versions."""

    code: ClassVar[str] = "bucket-lacks-right"


class BucketUnfit(BackendError):
    """Something else than a bucket of S3 answers, or one that cannot do what is needed."""

    code: ClassVar[str] = "bucket-unfit"


class BucketOfAnother(BackendError):
    """Another data folder keeps its attachments at this address."""

    code: ClassVar[str] = "bucket-of-another"


class BucketDriverMissing(BackendError):
    """The client of S3 is not installed."""

    code: ClassVar[str] = "bucket-driver-missing"


class AttachmentsElsewhere(BackendError):
    """A municipality's attachments are in a bucket, and no setting says where that is, or another one."""

    code: ClassVar[str] = "attachments-elsewhere"
