"""The routes for devices and what the API says of them; `backend/municipality/endpoints.py` answers."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from backend.municipality import endpoints
from backend.municipality.endpoints import MESSAGEPACK, Reply
from backend.web.described import SIGNED, described
from backend.web.house import house_of
from backend.web.problems import UnsupportedMediaType
from backend.web.signed import call_of

AnyRequest = Request[Any, Any, Any]


def _packs(request: AnyRequest) -> None:
    if request.headers.get("content-type", "") != MESSAGEPACK:
        raise UnsupportedMediaType


async def _answered(
    endpoint: Callable[..., Awaitable[Reply]], municipality: str, request: AnyRequest, *named: str
) -> Response[bytes]:
    """Let an endpoint answer; what it refuses is raised, and `problems.py` gives it its status."""
    house = house_of(request)
    town = house.municipalities.get(municipality)
    status, body, media = await endpoint(town, call_of(request.scope, house, request.body), *named)
    return Response(body, media_type=media, status_code=status)


@post(
    "/{municipality:str}/sync",
    status_code=HTTP_200_OK,
    media_type=MESSAGEPACK,
    tags=["devices"],
    operation_class=described(SIGNED, {}, MESSAGEPACK, (401, 403, 404, 409, 413, 415, 429, 503, 507)),
)
async def sync(municipality: FromPath[str], request: AnyRequest) -> Response[bytes]:
    """Take in what a device wrote, and give it what it lacks (sync/SPEC.md section 6). Safe to repeat.

    It is decided whole from what is held, saved once (keys first, then the journal), and answered when it is on disk.
    A grant that is not taken is named in the answer by itself (`refused_grants`), and the rest is taken. A revoked
    device is answered 403 `device-revoked` with its own revocations and nothing else, by this route and every other
    signed one. After a restore nothing is delivered until a person has confirmed the list outside the backups.

    Signed: `Veldpost-Device` is the device's id in 32 hexadecimal digits, `Veldpost-Time` Unix milliseconds (in an
    exchange the same as `sent`; at most ten minutes off), `Veldpost-Signature` its Ed25519 signature in 128 digits,
    purpose `request`, over the method, the path with its query, SHA-256 of the body, the time, and the headers
    `Upload-Offset`, `Upload-Length`, `Upload-Metadata` and `Content-Type`, empty where absent (sync/SPEC.md section 5).
    """
    _packs(request)
    return await _answered(endpoints.sync, municipality, request)


@post(
    "/{municipality:str}/enrolments",
    status_code=HTTP_201_CREATED,
    media_type=MESSAGEPACK,
    tags=["devices"],
    operation_class=described({}, {}, MESSAGEPACK, (403, 404, 413, 415, 429, 503)),
)
async def enrol(municipality: FromPath[str], request: AnyRequest) -> Response[bytes]:
    """Enrol a device that shows an open invitation; answers with the municipality's keys and its certificate.

    An invitation may name an old device of the same worker: the new one takes its place, and the old one is revoked in
    the same transaction (sync/SPEC.md section 7.4). There is no other way to a successor.
    """
    _packs(request)
    return await _answered(endpoints.enrolments, municipality, request)


@post(
    "/{municipality:str}/certificates",
    status_code=HTTP_204_NO_CONTENT,
    tags=["devices"],
    operation_class=described({}, {}, MESSAGEPACK, (403, 404, 415, 429)),
)
async def readmit(municipality: FromPath[str], request: AnyRequest) -> None:
    """Show a restored server the certificate it once gave; its own signature vouches for it."""
    _packs(request)
    await _answered(endpoints.certificates, municipality, request)


@post(
    "/{municipality:str}/hand-ins",
    status_code=HTTP_200_OK,
    media_type=MESSAGEPACK,
    tags=["devices"],
    operation_class=described({}, {}, MESSAGEPACK, (401, 404, 413, 415, 429, 507)),
)
async def hand_in(municipality: FromPath[str], request: AnyRequest) -> Response[bytes]:
    """Take in a device's sealed entries without a signed request: each proves itself (sync/SPEC.md section 6.8).

    For devices that are locked, forgotten, ended or revoked, and for whoever carries their rescue file, which has the
    bytes of such a request. Safe to repeat. The answer speaks of the entries in the request alone: `held`, `known`,
    `key-not-kept` (on disk, and nobody can read it: device and file stay), `forked`, `unproven` (below the end of a
    revoked device, until its chain proves it: send its newest entries first), or the code of an error. A receipt comes
    for the last one that is held without a gap, and with it the device's own revocations; never any changes.
    """
    _packs(request)
    return await _answered(endpoints.hand_ins, municipality, request)


@get(
    "/{municipality:str}/forms/{slug:str}/versions/{version:int}",
    tags=["devices"],
    media_type="application/json",
    operation_class=described(SIGNED, {}, None, (401, 403, 404)),
)
async def form(
    municipality: FromPath[str], slug: FromPath[str], version: FromPath[int], request: AnyRequest
) -> Response[bytes]:
    """A published form version, byte for byte as its digest was signed; for certified devices."""
    return await _answered(endpoints.form, municipality, request, slug, str(version))


@get(
    "/{municipality:str}/lists/{slug:str}/versions/{version:int}",
    tags=["devices"],
    media_type="application/json",
    operation_class=described(SIGNED, {}, None, (401, 403, 404)),
)
async def named_list(
    municipality: FromPath[str], slug: FromPath[str], version: FromPath[int], request: AnyRequest
) -> Response[bytes]:
    """A published version of a named list, which exchanges call `list/<slug>`; for certified devices."""
    return await _answered(endpoints.named_list, municipality, request, slug, str(version))


ROUTES: Final = (sync, enrol, readmit, hand_in, form, named_list)
