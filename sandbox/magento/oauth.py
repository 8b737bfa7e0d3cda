"""OAuth 1.0a verification as Magento does it: HMAC-SHA256 only, a nonce used once, a time not too far ahead."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from sandbox.magento import limits
from sandbox.magento.config import Credentials, OAuthSort
from sandbox.magento.errors import InvalidInput, Unauthorized, required
from sandbox.storage import Shelf

_PAIR = re.compile(r'\s*([^=\s,]+)="([^"]*)"\s*')
_NEEDED = (
    "oauth_consumer_key",
    "oauth_token",
    "oauth_signature_method",
    "oauth_nonce",
    "oauth_timestamp",
    "oauth_signature",
)


@dataclass
class Verifier:
    """Checks signed requests; keeps the nonces it has seen. `clock` answers Unix seconds."""

    credentials: Credentials
    sort: OAuthSort
    clock: Callable[[], float]
    nonces: Shelf

    def verify(self, method: str, base_url: str, raw_query: str, header: str) -> None:
        """Raises InvalidInput (400, malformed) or Unauthorized (401). `base_url` is scheme://host[:port]/path.

        Message texts are recalled from Magento's Framework/Oauth, not read.
        """
        oauth = {name: unquote(value) for name, value in _PAIR.findall(header.partition(" ")[2])}
        for name in _NEEDED:
            if not oauth.get(name):
                raise required(name)
        if oauth.get("oauth_version", "1.0") != "1.0":
            raise InvalidInput("The %1 Oauth version isn't supported.", [oauth["oauth_version"]])
        if oauth["oauth_consumer_key"] != self.credentials.consumer_key:
            raise Unauthorized("A consumer having the specified key does not exist")
        self._use_nonce(oauth)
        if oauth["oauth_token"] != self.credentials.access_token:
            raise Unauthorized("Specified token does not exist")
        if oauth["oauth_signature_method"] != "HMAC-SHA256":  # HMAC-SHA1 is refused since 2.4.4
            raise InvalidInput("Signature method %1 is not supported", [oauth["oauth_signature_method"]])
        wanted = self._signature(method, base_url, raw_query, oauth)
        if not hmac.compare_digest(wanted.encode(), oauth["oauth_signature"].encode(errors="surrogateescape")):
            raise Unauthorized("The signature is invalid. Verify and try again.")

    def _use_nonce(self, oauth: dict[str, str]) -> None:
        stamp = oauth["oauth_timestamp"]
        ahead = self.clock() + limits.OAUTH_CLOCK_AHEAD_SECONDS
        if not (stamp.isascii() and stamp.isdigit() and 0 < int(stamp) <= ahead):
            raise InvalidInput("Incorrect timestamp value in the oauth_timestamp parameter")
        nonce = oauth["oauth_nonce"].encode(errors="surrogatepass").hex()  # a header may hold bytes that are no text
        if not self.nonces.add(nonce, at_most=limits.NONCES_KEPT):
            raise Unauthorized("The nonce is already being used by the consumer with ID %1", [1])

    def _signature(self, method: str, base_url: str, raw_query: str, oauth: dict[str, str]) -> str:
        signed = [(name, value) for name, value in oauth.items() if name not in ("oauth_signature", "realm")]
        text = base_string(method, base_url, signed + query_pairs(raw_query), self.sort)
        key = f"{_encode(self.credentials.consumer_secret)}&{_encode(self.credentials.access_token_secret)}"
        return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def query_pairs(raw_query: str) -> list[tuple[str, str]]:
    """Query parameters as the server's signature code reads them, which differs from how PHP fills the request:
    `+` stays a plus, what follows a second `=` is lost, a name without `=` is dropped (reference 2.2)."""
    pairs = []
    for part in raw_query.split("&"):
        name, *values = part.split("=")
        if values:
            pairs.append((unquote(name), unquote(values[0])))
    return pairs


def base_string(method: str, base_url: str, pairs: list[tuple[str, str]], sort: OAuthSort) -> str:
    encoded = [(name, _encode(name), _encode(value)) for name, value in pairs]
    if sort == "decoded":
        encoded.sort(key=lambda pair: (pair[0], pair[2]))
    else:
        encoded.sort(key=lambda pair: (pair[1], pair[2]))
    parameters = "&".join(f"{name}={value}" for _, name, value in encoded)
    return "&".join(_encode(part) for part in (method.upper(), base_url, parameters))


def _encode(text: str) -> str:
    return quote(text, safe="~", errors="surrogateescape")  # a header may hold bytes that are no text
