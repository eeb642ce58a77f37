"""Uploads and downloads of sealed attachments: tus 1.0 (creation, termination), each request signed by the device.

What differs from tus, so that a lost answer costs nothing, is written in sync/SPEC.md 11: beginning the same upload
twice gives the same one with its offset, and a piece that is held already is answered as taken.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any, ClassVar, Final

from litestar import Request, Response, Router, delete, get, head, patch, post, route
from litestar.params import FromPath
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from backend.errors import BackendError
from backend.municipality import endpoints, uploading
from backend.municipality.attachments import PIECE_BYTES_MAX
from backend.municipality.service import Municipality
from backend.municipality.upload import Upload
from backend.web.described import SIGNED, described
from backend.web.house import House, house_of
from backend.web.problems import UnsupportedMediaType, language_of, refusal, refusal_headers
from backend.web.signed import call_of
from crypto.attachments import STREAM_BYTES_MAX

TUS: Final = "1.0.0"
OCTETS: Final = "application/offset+octet-stream"
AnyRequest = Request[Any, Any, Any]
_TUS_HEADERS: Final = {"Tus-Resumable": TUS}
_VERSION: Final = {"Tus-Resumable": "1.0.0"}
_ASKS: Final = {**SIGNED, **_VERSION}
_LENGTH: Final = {"Upload-Length": "Bytes of the sealed stream, 65 to 26,220,849."}
_OFFSET: Final = {"Upload-Offset": "How many bytes are held: all of them when it is finished."}
_AT: Final = {"Upload-Offset": "Where the piece begins; its media type is signed too."}
_METADATA: Final = {"Upload-Metadata": "`record …,name …`, each base64 of lower-case hexadecimal text."}
_WHERE: Final = {"Location": "Where the pieces go; the same for the same device, record, name and length."}
_REFUSED: Final = (400, 401, 403, 404, 410, 412, 413)
_CAN: Final = dict.fromkeys(("Tus-Version", "Tus-Extension", "Tus-Max-Size"), "As tus 1.0.0 has it.")


class TusVersion(BackendError):
    """Both sides speak one version of tus."""

    code: ClassVar[str] = "tus-version"


class BadUpload(BackendError):
    """An upload is taken in by its length and what its metadata name."""

    code: ClassVar[str] = "bad-upload"


async def _asked(
    request: AnyRequest, municipality: str, *, finishes: bool = False
) -> tuple[House, Municipality, bytes, bytes]:
    """The device that signed a request, and its body, which is read after the time was judged.

    `finishes`: also a device that has ended, for photos of what it wrote before.
    """
    house = house_of(request)
    town = house.municipalities.get(municipality)
    asks = await endpoints.signed(town, call_of(request.scope, house, request.body), finishes=finishes)
    return house, town, asks.device, asks.body


def _speaks(request: AnyRequest) -> bool:
    return request.headers.get("tus-resumable") == TUS


def _speaks_tus(request: AnyRequest) -> None:
    if not _speaks(request):
        raise TusVersion


def _number(request: AnyRequest, header: str) -> int:
    value = request.headers.get(header.lower(), "")
    if not (value.isascii() and value.isdecimal()) or len(value) > 15:
        raise BadUpload(header=header)
    return int(value)


def metadata_of(text: str) -> dict[str, bytes]:
    """`Upload-Metadata`: names with base64 values, as tus has them; ours are in hexadecimal below that."""
    try:
        pairs = [part.split() for part in text.split(",")]
        named = {name: bytes.fromhex(b64decode(value, validate=True).decode()) for name, value in pairs}
    except (ValueError, Base64Error, UnicodeDecodeError):
        raise BadUpload(header="Upload-Metadata") from None
    if (len(named.get("record", b"")), len(named.get("name", b""))) != (16, 32):
        raise BadUpload(header="Upload-Metadata")
    return named


@route(
    "/{municipality:str}/attachments",
    http_method=["OPTIONS"],
    tags=["devices"],
    status_code=HTTP_204_NO_CONTENT,
    operation_class=described({}, _VERSION | _CAN),
)
async def options(municipality: FromPath[str], request: AnyRequest) -> Response[None]:
    """Describe what this server can do with uploads; the one request that is not signed."""
    house_of(request).municipalities.get(municipality)
    more = {"Tus-Version": TUS, "Tus-Extension": "creation,termination", "Tus-Max-Size": str(STREAM_BYTES_MAX)}
    return Response(None, headers=_TUS_HEADERS | more, status_code=204)


@post(
    "/{municipality:str}/attachments",
    status_code=HTTP_201_CREATED,
    tags=["devices"],
    operation_class=described(
        _ASKS | _LENGTH | _METADATA, _VERSION | _WHERE | _OFFSET, more=(*_REFUSED, 422, 503, 507)
    ),
)
async def create(municipality: FromPath[str], request: AnyRequest) -> Response[None]:
    """Begin an upload, or find it again: `Upload-Length` of the sealed stream, `Upload-Metadata` with `record` and
    `name` in hexadecimal below base64. The same device, record, name and length give the same `Location`, and
    `Upload-Offset` says how many bytes are held: all of them when it is finished.

    A revoked device, and one whose certificate has ended, brings the photos of records in which an entry of it counts;
    every other request of it is refused (sync/SPEC.md section 11.7).
    """
    house, town, device, _ = await _asked(request, municipality, finishes=_speaks(request))
    _speaks_tus(request)
    length, said = _number(request, "Upload-Length"), metadata_of(request.headers.get("upload-metadata", ""))
    upload = Upload(device, said["record"], said["name"], length, house.clock.now_ms())
    held = await uploading.begin(town, upload)
    where = f"/api/v1/{town.code}/attachments/uploads/{upload.address}"
    return Response(None, headers=_TUS_HEADERS | {"Location": where, "Upload-Offset": str(held)}, status_code=201)


@head(
    "/{municipality:str}/attachments/uploads/{upload:str}",
    tags=["devices"],
    operation_class=described(_ASKS, _VERSION | _LENGTH | _OFFSET, more=(*_REFUSED, 503)),
)
async def offset(municipality: FromPath[str], upload: FromPath[str], request: AnyRequest) -> Response[None]:
    """Report how many bytes of an upload are held: `Upload-Offset`; equal to `Upload-Length` when it is finished."""
    _, town, device, _ = await _asked(request, municipality, finishes=_speaks(request))
    _speaks_tus(request)
    known, held = await uploading.held(town, device, upload)
    about = {"Upload-Offset": str(held), "Upload-Length": str(known.length)}
    return Response(None, headers=_TUS_HEADERS | about, status_code=200)


@patch(
    "/{municipality:str}/attachments/uploads/{upload:str}",
    status_code=HTTP_204_NO_CONTENT,
    tags=["devices"],
    operation_class=described(_ASKS | _AT, _VERSION | _OFFSET, OCTETS, (*_REFUSED, 409, 415, 422, 503, 507)),
    request_max_body_size=PIECE_BYTES_MAX,
)
async def append(municipality: FromPath[str], upload: FromPath[str], request: AnyRequest) -> Response[None]:
    """Add a piece of at most 4 MiB at `Upload-Offset`; answered when it is on disk, or was there already. The last one
    is answered when the whole stream is where it stays; while a bucket cannot be reached, 503 with `Retry-After`.

    The first 17 bytes must name the record of the upload; after the last piece the hash must be its name.
    """
    if request.headers.get("content-type", "") != OCTETS:
        raise UnsupportedMediaType
    _, town, device, piece = await _asked(request, municipality, finishes=_speaks(request))
    _speaks_tus(request)
    held = await uploading.append(town, device, upload, _number(request, "Upload-Offset"), piece)
    return Response(None, headers=_TUS_HEADERS | {"Upload-Offset": str(held)}, status_code=204)


@delete(
    "/{municipality:str}/attachments/uploads/{upload:str}",
    status_code=HTTP_204_NO_CONTENT,
    tags=["devices"],
    operation_class=described(_ASKS, _VERSION, more=_REFUSED),
)
async def terminate(municipality: FromPath[str], upload: FromPath[str], request: AnyRequest) -> Response[None]:
    """Throw an upload away that is under way; a finished one stays until its record is erased."""
    _, town, device, _ = await _asked(request, municipality)
    _speaks_tus(request)
    await uploading.end(town, device, upload)
    return Response(None, headers=_TUS_HEADERS, status_code=204)


@get(
    "/{municipality:str}/attachments/{name:str}",
    status_code=HTTP_200_OK,
    tags=["devices"],
    operation_class=described(SIGNED, _VERSION, more=(401, 403, 404, 503)),
)
async def download(municipality: FromPath[str], name: FromPath[str], request: AnyRequest) -> Stream:
    """A sealed attachment, for a device that created or was granted its record. Where what is kept is not what was
    brought, the answer breaks off before its end.
    """
    _, town, device, _ = await _asked(request, municipality)
    blob = await uploading.opened(town, device, name)
    about = {"Content-Length": str(blob.size), "Content-Disposition": f'attachment; filename="{name}.bin"'}
    return Stream(blob.pieces, media_type="application/octet-stream", headers=_TUS_HEADERS | about)


def _refused(request: AnyRequest, error: Exception) -> Response[bytes]:
    language = language_of(request.scope)
    status, body = refusal(error, house_of(request).clock.now_ms(), language)
    more = {"Tus-Version": TUS} if isinstance(error, TusVersion) else {}
    return Response(body, status_code=status, headers=refusal_headers(status, language, error) | _TUS_HEADERS | more)


def router() -> Router:
    """The routes of attachments; their refusals name the version of tus too."""
    return Router(
        "/",
        route_handlers=[options, create, offset, append, terminate, download],
        exception_handlers={Exception: _refused},
        request_max_body_size=1,  # only a piece has a body; the framework takes 0 for no limit
    )
