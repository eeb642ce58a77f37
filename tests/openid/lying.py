"""A provider of OpenID Connect that says whatever a test wants: wrong issuers, keys, times, and codes of its own.

It serves its description, its keys and its answers for codes on this machine. What a person does at its page a test
does by `sent_back`: it reads the address to which the desk led, and gives what the browser would bring back.
"""

import hmac
import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT: Final = "veldpost-voorbeeld"
SECRET: Final = "een geheim: dat/niemand+kent"
CODE_S: Final = 60


def new_key(kid: str) -> RSAKey:
    """A key pair with a name."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


class Lying:
    """The provider; `said` and `claims` change what it says, and `signed` how it signs."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self.key = new_key("een")
        self.keys = [self.key]
        self._codes: dict[str, dict[str, Any]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self.reset()
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def reset(self) -> None:
        """Be honest again."""
        self.said: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.without: set[str] = set()
        self.signed: Callable[[dict[str, Any]], str] = self.honestly
        self.raw: dict[str, tuple[int, dict[str, str], bytes]] = {}  # by path: status, headers, body
        self.asked: list[str] = []

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # --- what it says ---

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        } | self.said  # fmt: skip

    def honestly(self, claims: dict[str, Any]) -> str:
        """A token as it should be signed."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def by(self, key: RSAKey, **header: Any) -> Callable[[dict[str, Any]], str]:
        """A way to sign: with another key, or under another header."""
        return lambda claims: jwt.encode({"alg": "RS256", "kid": key.kid} | header, claims, key)

    def unsigned(self, claims: dict[str, Any]) -> str:
        """A token of the algorithm `none`."""
        return _compact({"alg": "none"}, claims, lambda _text: b"")

    def by_public_key(self, claims: dict[str, Any]) -> str:
        """A token of HS256, whose secret is the public key that everybody has; the library refuses to make one."""
        secret = self.key.as_pem(private=False)
        header = {"alg": "HS256", "kid": self.key.kid}
        return _compact(header, claims, lambda text: hmac.digest(secret, text, "sha256"))

    # --- what a person does at its page ---

    def sent_back(self, location: str, sub: str = "s-noor", **claims: Any) -> dict[str, str]:
        """Sign somebody in at the address to which a browser was led: what it brings back to the desk."""
        asked = dict(parse_qsl(urlsplit(location).query))
        now = self._now_ms() // 1000
        code = f"code-{len(self._codes)}-{asked['state'][:8]}"
        self._codes[code] = {
            "asked": asked,
            "claims": {
                "iss": self.issuer, "sub": sub, "aud": asked["client_id"], "exp": now + 300, "iat": now,
                "nonce": asked["nonce"], "acr": "twee", "groups": ["leiding"], "auth_time": now,
            } | claims | self.claims,
        }  # fmt: skip
        return {"code": code, "state": asked["state"]}

    def _token(self, form: Mapping[str, str], shown: str) -> tuple[int, Any]:
        kept = self._codes.pop(form.get("code", ""), None)
        client, _, secret = b64decode(shown.removeprefix("Basic ")).decode().partition(":")
        if kept is None or (unquote(client), unquote(secret)) != (CLIENT, SECRET):
            return 400, {"error": "invalid_grant"}
        asked = kept["asked"]
        challenge = sha256(form.get("code_verifier", "").encode()).digest()
        if asked["code_challenge"].rstrip("=") != _b64(challenge) or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        claims = {name: value for name, value in kept["claims"].items() if name not in self.without}
        return 200, {"token_type": "Bearer", "access_token": "x", "id_token": self.signed(claims)}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *given: Any) -> None: ...

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                provider.asked.append(path)
                if path == "/keys":
                    self._say(200, KeySet(list(provider.keys)).as_dict(private=False))
                elif path == "/.well-known/openid-configuration":
                    self._say(200, provider.description())
                else:
                    self._say(404, {})

            def do_POST(self) -> None:
                provider.asked.append(self.path)
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self._say(*provider._token(dict(parse_qsl(body)), self.headers.get("authorization", "")))

            def _say(self, status: int, said: Any) -> None:
                headers, body = {"content-type": "application/json"}, json.dumps(said).encode()
                status, headers, body = provider.raw.get(urlsplit(self.path).path, (status, headers, body))
                self.send_response(status)
                for name, value in ({"content-length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        return Handler


def _compact(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    text = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{_b64(sign(text.encode()))}"


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
