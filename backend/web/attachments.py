"""Uploads and downloads of sealed attachments: tus 1.0 (creation, termination), each request signed by the device."""

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any, ClassVar, Final

from litestar import Request, Response, delete, get, head, patch, post, route
from litestar.params import FromPath
from litestar.response import File
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from backend.errors import BackendError
from backend.municipality.attachments import SEALED_BYTES_MAX, Upload
from backend.municipality.service import Municipality
from backend.web.house import House, house_of
from backend.web.problems import UnsupportedMediaType
from backend.web.signed import authenticated, signed_of

TUS: Final = "1.0.0"
OCTETS: Final = "application/offset+octet-stream"
AnyRequest = Request[Any, Any, Any]
_TUS_HEADERS: Final = {"Tus-Resumable": TUS}


class TusVersion(BackendError):
    """Both sides speak one version of tus."""

    code: ClassVar[str] = "tus-version"
    message: ClassVar[str] = "The request does not speak tus 1.0.0."
    remedy: ClassVar[str] = "Send the header Tus-Resumable: 1.0.0."


class BadUpload(BackendError):
    """What an upload says about itself is needed to take it in."""

    code: ClassVar[str] = "bad-upload"
    message: ClassVar[str] = "The header {header} is missing or malformed."
    remedy: ClassVar[str] = "See docs/makers.md, attachments."


def _asked(request: AnyRequest, municipality: str, body: bytes) -> tuple[House, Municipality, bytes]:
    house = house_of(request)
    town = house.municipalities.get(municipality)
    device = authenticated(signed_of(request.scope), house, town, body)
    house.limits.exchange(device, house.clock.now_ms())
    return house, town, device


def _speaks_tus(request: AnyRequest) -> None:
    if request.headers.get("tus-resumable") != TUS:
        raise TusVersion


def _number(request: AnyRequest, header: str) -> int:
    value = request.headers.get(header.lower(), "")
    if not value.isdecimal() or len(value) > 15:
        raise BadUpload(header=header)
    return int(value)


def _metadata(request: AnyRequest) -> dict[str, bytes]:
    """`Upload-Metadata`: names with base64 values, as tus has them; ours are in hexadecimal below that."""
    try:
        pairs = [part.split() for part in request.headers.get("upload-metadata", "").split(",")]
        found = {name: bytes.fromhex(b64decode(value, validate=True).decode()) for name, value in pairs}
    except (ValueError, Base64Error, UnicodeDecodeError):
        raise BadUpload(header="Upload-Metadata") from None
    if (len(found.get("record", b"")), len(found.get("name", b""))) != (16, 32):
        raise BadUpload(header="Upload-Metadata")
    return found


@route("/{municipality:str}/attachments", http_method=["OPTIONS"], tags=["devices"], status_code=HTTP_204_NO_CONTENT)
async def options(municipality: FromPath[str], request: AnyRequest) -> Response[None]:
    """What this server can do with uploads."""
    house_of(request).municipalities.get(municipality)
    more = {"Tus-Version": TUS, "Tus-Extension": "creation,termination", "Tus-Max-Size": str(SEALED_BYTES_MAX)}
    return Response(None, headers=_TUS_HEADERS | more, status_code=204)


@post("/{municipality:str}/attachments", status_code=HTTP_201_CREATED, tags=["devices"])
async def create(municipality: FromPath[str], request: AnyRequest) -> Response[None]:
    """Begin an upload: `Upload-Length` sealed bytes, `Upload-Metadata` with `record` and `name`, both hexadecimal."""
    house, town, device = _asked(request, municipality, await request.body())
    _speaks_tus(request)
    length, said = _number(request, "Upload-Length"), _metadata(request)
    upload = Upload("", device, said["record"], said["name"], length, house.clock.now_ms())
    made = await town.submit(lambda: town.attachments.begin(upload, town.may_write))
    where = f"/api/v1/{town.code}/attachments/uploads/{made.id}"
    return Response(None, headers=_TUS_HEADERS | {"Location": where}, status_code=201)


@head("/{municipality:str}/attachments/uploads/{upload:str}", tags=["devices"])
async def offset(municipality: FromPath[str], upload: FromPath[str], request: AnyRequest) -> Response[None]:
    """How many bytes of an upload are on disk."""
    _, town, device = _asked(request, municipality, b"")
    found, held = town.attachments.find(upload, device)
    return Response(
        None, headers=_TUS_HEADERS | {"Upload-Offset": str(held), "Upload-Length": str(found.length)}, status_code=200
    )


@patch("/{municipality:str}/attachments/uploads/{upload:str}", status_code=HTTP_204_NO_CONTENT, tags=["devices"])
async def append(municipality: FromPath[str], upload: FromPath[str], request: AnyRequest) -> Response[None]:
    """Add a piece at `Upload-Offset`; the answer comes when it is on disk. After the last one the hash is checked."""
    if request.headers.get("content-type", "") != OCTETS:
        raise UnsupportedMediaType
    piece = await request.body()
    house, town, device = _asked(request, municipality, piece)
    _speaks_tus(request)
    at = _number(request, "Upload-Offset")

    def work() -> int:
        found, held = town.attachments.append(upload, device, at, piece)
        if held == found.length:
            town.attachments.check(found)
            town.attachments.finish(found, house.clock.now_ms())
        return held

    held = await town.submit(work)
    return Response(None, headers=_TUS_HEADERS | {"Upload-Offset": str(held)}, status_code=204)


@delete("/{municipality:str}/attachments/uploads/{upload:str}", status_code=HTTP_204_NO_CONTENT, tags=["devices"])
async def terminate(municipality: FromPath[str], upload: FromPath[str], request: AnyRequest) -> None:
    """Throw an upload away."""
    _, town, device = _asked(request, municipality, b"")
    await town.submit(lambda: town.attachments.end(upload, device))


@get("/{municipality:str}/attachments/{name:str}", status_code=HTTP_200_OK, tags=["devices"])
async def download(municipality: FromPath[str], name: FromPath[str], request: AnyRequest) -> File:
    """A sealed attachment, for a device that created or was granted its record."""
    _, town, device = _asked(request, municipality, b"")
    return File(
        town.attachments.read(name, device, town.may_read),
        media_type="application/octet-stream",
        filename=f"{name}.bin",
    )


ROUTES: Final = (options, create, offset, append, terminate, download)
