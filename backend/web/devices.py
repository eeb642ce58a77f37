"""The routes for devices: the exchange, enrolment, forms. Bytes through; what they mean is decided elsewhere."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from backend.errors import FormUnknown
from backend.municipality import handin
from backend.stores.shelf import LIST
from backend.web.address import address_of
from backend.web.described import SIGNED, described
from backend.web.house import house_of
from backend.web.problems import UnsupportedMediaType
from backend.web.signed import authenticated, exchanged, signed_of

MESSAGEPACK: Final = "application/msgpack"
AnyRequest = Request[Any, Any, Any]


def _packs(request: AnyRequest) -> None:
    if request.headers.get("content-type", "") != MESSAGEPACK:
        raise UnsupportedMediaType


async def packed(request: AnyRequest) -> bytes:
    """A MessagePack body, or 415."""
    _packs(request)
    return await request.body()


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
    house = house_of(request)
    town = house.municipalities.get(municipality)
    _packs(request)
    signed = signed_of(request.scope, house)
    return Response(await exchanged(signed, house, town, await request.body()), media_type=MESSAGEPACK)


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
    house = house_of(request)
    house.limits.enrolment(address_of(request.scope))
    body = await packed(request)
    return Response(await house.municipalities.get(municipality).enrol(body), media_type=MESSAGEPACK, status_code=201)


@post(
    "/{municipality:str}/certificates",
    status_code=HTTP_204_NO_CONTENT,
    tags=["devices"],
    operation_class=described({}, {}, MESSAGEPACK, (403, 404, 415, 429)),
)
async def readmit(municipality: FromPath[str], request: AnyRequest) -> None:
    """Show a restored server the certificate it once gave; its own signature vouches for it."""
    house = house_of(request)
    house.limits.enrolment(address_of(request.scope))
    body = await packed(request)
    await house.municipalities.get(municipality).readmit(body)


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
    `key-not-kept` (on disk, and nobody can read it: device and file stay), `forked`, or the code of an error. A receipt
    comes for the last one that is held without a gap, and with it the device's own revocations; never any changes.
    """
    house, address = house_of(request), address_of(request.scope)
    house.limits.hand_in(address)
    town = house.municipalities.get(municipality)
    body = await packed(request)
    answer = await handin.hand_in(town, body, lambda: house.limits.failed(address))
    return Response(answer, media_type=MESSAGEPACK)


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
    return _published(municipality, slug, version, request)


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
    return _published(municipality, LIST + slug, version, request)


def _published(municipality: str, name: str, version: int, request: AnyRequest) -> Response[bytes]:
    house = house_of(request)
    town = house.municipalities.get(municipality)
    authenticated(signed_of(request.scope, house), house, town, b"")
    document = town.shelf.document(name, version)
    if document is None:
        raise FormUnknown(form=name, version=version)
    return Response(document, media_type="application/json")


ROUTES: Final = (sync, enrol, readmit, hand_in, form, named_list)
