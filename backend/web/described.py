"""Headers in the API's description: the routes that read and write them themselves say so here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from litestar.openapi.spec import OpenAPIHeader, OpenAPIMediaType, OpenAPIResponse, Operation, Parameter, RequestBody
from litestar.openapi.spec.schema import Schema

SIGNED: Final = {
    "Veldpost-Device": "The device's id, 32 hexadecimal digits.",
    "Veldpost-Time": "The time of the request in milliseconds, at most 600,000 off the server's.",
    "Veldpost-Signature": "Its signature, 128 hexadecimal digits (sync/SPEC.md 5, `request`).",
}
_TEXT: Final = Schema(type="string")  # type: ignore[arg-type]


def described(
    asks: Mapping[str, str], answers: Mapping[str, str], body: str | None = None, more: Sequence[int] = ()
) -> type[Operation]:
    """An operation with the headers that it asks for and answers with, its body's media type, and its refusals."""

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            headers = [
                Parameter(name=name, param_in="header", schema=_TEXT, required=True, description=text)
                for name, text in asks.items()
            ]
            self.parameters = [*(self.parameters or []), *headers]
            if body is not None:
                binary = Schema(content_media_type=body)
                self.request_body = RequestBody(content={body: OpenAPIMediaType(schema=binary)}, required=True)
            responses = dict(self.responses or {})
            for status, response in responses.items():
                if status.startswith("2") and isinstance(response, OpenAPIResponse):
                    given = {name: OpenAPIHeader(schema=_TEXT, description=text) for name, text in answers.items()}
                    response.headers = {**(response.headers or {}), **given}
            for number in more:
                responses[str(number)] = OpenAPIResponse(description="A refusal (RFC 9457), see docs/errors.md.")
            self.responses = responses

    return Described
