"""A secret that the sender shows with each request, where it signs nothing. Pure; compares in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from services.ingest.sources.webhook import Webhook

HEADER = "x-bookbridge-secret"


class SharedSecrets:
    """What is accepted: Basic authentication as `username` with one of `passwords`, or one of `header_secrets` in
    x-bookbridge-secret. Several of a kind while one is being replaced; without any nothing is accepted."""

    __slots__ = ("_basic", "_header")

    def __init__(self, username: str, passwords: Iterable[str], header_secrets: Iterable[str]) -> None:
        self._basic = tuple(_digest(f"{username}:{password}".encode()) for password in passwords)
        self._header = tuple(_digest(secret.encode()) for secret in header_secrets)

    def accept(self, webhook: Webhook) -> bool:
        """Whether the request shows one of the secrets; a header that comes twice shows none."""
        valid = False
        authorizations, secrets = webhook.all("authorization"), webhook.all(HEADER)
        if len(authorizations) == 1 and (pair := _basic_pair(authorizations[0])) is not None:
            valid |= _among(pair, self._basic)
        if len(secrets) == 1:
            # A header with bytes beyond ASCII arrives as surrogates.
            valid |= _among(secrets[0].encode("utf-8", "surrogateescape"), self._header)
        return valid

    def __repr__(self) -> str:
        return f"SharedSecrets({len(self._basic)} passwords, {len(self._header)} header secrets)"


def _basic_pair(authorization: str) -> bytes | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None


def _among(shown: bytes, digests: tuple[bytes, ...]) -> bool:
    digest, found = _digest(shown), False
    for one in digests:
        found |= hmac.compare_digest(one, digest)
    return found


def _digest(secret: bytes) -> bytes:
    """Of one length for all secrets, so that the comparison tells nothing of theirs."""
    return hashlib.sha256(secret).digest()
