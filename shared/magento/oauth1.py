"""OAuth 1.0a as Magento verifies it: HMAC-SHA256 in the Authorization header (framework/Oauth). Pure.

Magento refuses HMAC-SHA1, keeps every nonce of a consumer, and takes a time at most 600 s ahead of its clock: each
request, and each repeat of one, needs a nonce of its own. A JSON body is not signed.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared.magento.search import Parameters, percent_encode

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Credentials:
    """The four values of an integration (System > Extensions > Integrations)."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)


def authorization(
    credentials: Credentials, method: str, url: str, query: Parameters, *, timestamp: int, nonce: str
) -> str:
    """The Authorization header.

    `url` is the address without query, its path encoded as it is sent; `query` the parameters, not encoded. `timestamp`
    is seconds since 1970, `nonce` letters and digits never used before.
    """
    oauth = {
        "oauth_consumer_key": credentials.consumer_key,
        "oauth_token": credentials.access_token,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(timestamp),
        "oauth_nonce": nonce,
        "oauth_version": "1.0",
    }
    text = base_string(method, url, [*oauth.items(), *query])
    key = f"{percent_encode(credentials.consumer_secret)}&{percent_encode(credentials.access_token_secret)}"
    digest = hmac.digest(key.encode(), text.encode(), "sha256")
    oauth["oauth_signature"] = base64.b64encode(digest).decode()
    return "OAuth " + ",".join(f'{name}="{percent_encode(value)}"' for name, value in oauth.items())


def base_string(method: str, url: str, parameters: Parameters) -> str:
    """What is signed (RFC 5849, 3.4.1): method, address and sorted parameters.

    Sorted by the encoded names, as the RFC says. Magento 2.4.8 sorts by the decoded ones; the two differ only where an
    index has two digits, which `search.Criteria` doesn't allow.
    """
    encoded = sorted((percent_encode(name), percent_encode(value)) for name, value in parameters)
    pairs = "&".join(f"{name}={value}" for name, value in encoded)
    return "&".join(percent_encode(part) for part in (method.upper(), base_address(url), pairs))


def base_address(url: str) -> str:
    """Scheme and host in lower case, without the scheme's own port, and the path as it is sent (RFC 5849, 3.4.1.2)."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme.lower())) else f":{parts.port}"
    return f"{parts.scheme.lower()}://{host}{port}{parts.path or '/'}"
