"""Forms with files that are read in memory alone: the framework's reader puts what is larger than 1 MiB in a file."""

from typing import Any, Final

from litestar.datastructures import FormMultiDict
from litestar.exceptions import ClientException, HTTPException
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from backend.desk.cleaning_turns import in_turn
from backend.desk.file_refusals import FileTooLarge
from crypto.attachments import ATTACHMENT_BYTES_MAX

PARTS_MAX: Final = 1_000  # of one form
TOO_LARGE: Final = 413
READ: Final = "form-in-memory"
Pairs = list[tuple[str, str | bytes]]


async def form_of(request: Any) -> FormMultiDict:
    """The fields of a posted form; the files of an act that takes some are bytes, and never were in a file.

    Raises `FileTooLarge` where the body is more than a server holds.
    """
    kind, options = request.content_type
    if not request.route_handler.opt.get("files") or kind != "multipart/form-data":
        return await request.form()  # type: ignore[no-any-return]
    if READ not in request.scope["state"]:
        try:
            body = await request.body()
        except HTTPException as error:
            if error.status_code != TOO_LARGE:
                raise
            raise FileTooLarge(limit=ATTACHMENT_BYTES_MAX >> 20) from None
        request.scope["state"][READ] = await in_turn(_parsed, body, options.get("boundary", ""))
    return FormMultiDict(request.scope["state"][READ])


async def files_of(request: Any) -> dict[str, list[bytes]]:
    """The files that were posted, by the name of their field; what they are called is read by nobody."""
    found: dict[str, list[bytes]] = {}
    for name, value in (await form_of(request)).multi_items():
        if isinstance(value, bytes):
            found.setdefault(name, []).append(value)
    return found


def _parsed(body: bytes, boundary: str) -> Pairs:
    found: Pairs = []
    part, data = None, bytearray()
    try:
        with PushMultipartParser(boundary.encode(), max_segment_count=PARTS_MAX) as parser:
            for piece in (*parser.parse(body), *([] if parser.closed else parser.parse(b""))):
                if isinstance(piece, MultipartSegment):
                    part, data = piece, bytearray()
                elif piece:
                    data += piece
                elif part is not None and part.filename is None:
                    found.append((part.name, data.decode()))
                elif part is not None and (part.filename or data):  # a browser without a file sends an empty name
                    found.append((part.name, bytes(data)))
    except (MultipartError, ValueError) as error:
        raise ClientException from error
    return found
