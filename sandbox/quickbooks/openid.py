"""OpenID Connect on top of the grants: id tokens, the key that proves them, and who the user is."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from sandbox.quickbooks.grants import Grant
from shared.wire import encode

KEY_ID = "sandbox-key-1"
_KEY_BITS = 2048  # RS256 wants no less
_ID_TOKEN_SECONDS = 3600  # as an access token
_USER: dict[str, dict[str, Any]] = {
    "profile": {"givenName": "Sandbox", "familyName": "Owner"},
    "email": {"email": "owner@sandbox.example", "emailVerified": True},
    "phone": {"phoneNumber": "+1 5105550100", "phoneNumberVerified": False},
    "address": {
        "address": {
            "streetAddress": "123 Sierra Way",
            "locality": "San Pablo",
            "region": "CA",
            "postalCode": "87999",
            "country": "US",
        }
    },
}


class Signer:
    """The sandbox's signing key: made at its first use, and gone with the process."""

    def __init__(self) -> None:
        self._made: rsa.RSAPrivateKey | None = None

    def id_token(self, grant: Grant, *, issuer: str, client_id: str, now: float) -> str:
        """A signed statement of who consented, good for an hour. aud is a list, as Intuit's own client expects."""
        claims = {
            "sub": subject(grant),
            "aud": [client_id],
            "iss": issuer,
            "iat": int(now),
            "auth_time": int(grant.granted),
            "exp": int(now) + _ID_TOKEN_SECONDS,
            "realmid": grant.realm,
        }
        signed = f"{_part({'kid': KEY_ID, 'alg': 'RS256'})}.{_part(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{_base64url(signature)}"

    def key_set(self) -> dict[str, Any]:
        """The public key, as jwks_uri serves it."""
        public = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": _number(public.n),
            "e": _number(public.e),
        }
        return {"keys": [key]}

    @property
    def _key(self) -> rsa.RSAPrivateKey:
        if self._made is None:
            self._made = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        return self._made


def subject(grant: Grant) -> str:
    """The user's id: one user per company here."""
    digest = hashlib.sha256(f"user of {grant.realm}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def user_info(grant: Grant) -> dict[str, Any]:
    """What the scopes of the grant show of the user."""
    shown: dict[str, Any] = {"sub": subject(grant)}
    for scope in sorted(grant.scopes & _USER.keys()):
        shown |= _USER[scope]
    return shown


def _part(claims: dict[str, Any]) -> str:
    return _base64url(encode(claims))


def _number(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
