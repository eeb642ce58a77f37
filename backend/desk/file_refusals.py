"""The faults of a file that is brought at the desk, each with what to do about it."""

from typing import ClassVar

from backend.errors import BackendError


class FileTooLarge(BackendError):
    """A file, or all of one page together, is larger than an attachment can be."""

    code: ClassVar[str] = "desk-file-too-large"


class FileEmpty(BackendError):
    """A file without a byte was chosen."""

    code: ClassVar[str] = "desk-file-empty"


class FileKind(BackendError):
    """A file of no kind that is asked for; those that people bring most often have an error of their own."""

    code: ClassVar[str] = "desk-file-kind"


class FileIsHeic(FileKind):
    """A photo in the format of an iPhone, which few browsers show."""

    code: ClassVar[str] = "desk-file-heic"


class FileIsVideo(FileKind):
    """A film, where a photo or a sound is asked for."""

    code: ClassVar[str] = "desk-file-video"


class FileIsSound(FileKind):
    """A sound, where a photo is asked for."""

    code: ClassVar[str] = "desk-file-is-sound"


class FileIsPhoto(FileKind):
    """A photo, where a sound is asked for."""

    code: ClassVar[str] = "desk-file-is-photo"


class FileOtherSound(FileKind):
    """A sound of a kind that is not made anew here."""

    code: ClassVar[str] = "desk-file-other-sound"


class FileBroken(BackendError):
    """A file that begins as its kind does, and cannot be read to its end as one."""

    code: ClassVar[str] = "desk-file-broken"


class TooManyFiles(BackendError):
    """More than one file came for a question that takes one."""

    code: ClassVar[str] = "desk-files-many"
