"""RSA signatures of Adobe's webhooks: RSASSA-PKCS1-v1_5 with SHA-256, in base64. Pure.

Adobe I/O Events signs the raw body, Adobe Commerce the base64 text of it (AdobeDocs: adobe-io-events, guides;
commerce-extensibility, webhooks/signature-verification, whose samples show what its words "HMAC SHA256" do not).
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

_MIN_BITS = 2_048
_MAX_BITS = 8_192  # a longer key would only make us compute


def public_key(pem: bytes) -> RSAPublicKey:
    """Raises ValueError: not a PEM of an RSA public key of 2,048 to 8,192 bits."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("not a public key in PEM") from error
    if not isinstance(key, RSAPublicKey) or not _MIN_BITS <= key.key_size <= _MAX_BITS:
        raise ValueError(f"not an RSA key of {_MIN_BITS} to {_MAX_BITS} bits")
    return key


def verifies(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether `signature` (base64) is one of `message` by the owner of `key`. Never raises."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
