"""The two key pairs that sign deliveries of Adobe I/O Events, served as PEM files; they rotate, and may be stale."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.magento import limits

SLOTS = (1, 2)


@dataclass(frozen=True)
class KeyPair:
    """An RSA key of 2048 bits and the path under which its public half is served."""

    private: rsa.RSAPrivateKey
    path: str

    @property
    def pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, message: bytes) -> str:
        """Base64 of RSASSA-PKCS1-v1_5 with SHA-256."""
        return base64.b64encode(self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def new_pair() -> KeyPair:
    return KeyPair(rsa.generate_private_key(65537, 2048), f"/prod/keys/pub-key-{uuid.uuid4()}.pem")


@dataclass
class Keys:
    """Made when they are first needed: that takes a moment. `stale`: slots whose signatures are still made with the key
    before the last rotation, so that they don't fit the public key they name."""

    stale: set[int] = field(default_factory=set)
    _pairs: dict[int, KeyPair] = field(default_factory=dict)
    _former: dict[int, KeyPair] = field(default_factory=dict)
    _served: dict[str, bytes] = field(default_factory=dict)

    def headers(self, body: bytes) -> dict[str, str]:
        """Two signatures over the raw body, and where their public keys are."""
        sent = {}
        for slot in SLOTS:
            pair = self._pair(slot)
            signer = self._former.get(slot, pair) if slot in self.stale else pair
            sent[f"x-adobe-digital-signature-{slot}"] = signer.sign(body)
            sent[f"x-adobe-public-key{slot}-path"] = pair.path
        return sent

    def rotate(self, slots: Collection[int]) -> None:
        """New keys; the former public keys are served on, for receivers that are slow to notice."""
        for slot in slots:
            self._former[slot] = self._pair(slot)
            del self._pairs[slot]
            self._pair(slot)

    def served(self, path: str) -> bytes | None:
        """The public key there."""
        return self._served.get(path)

    def shown(self) -> dict[str, object]:
        pairs = {str(slot): {"path": self._pair(slot).path, "pem": self._pair(slot).pem.decode()} for slot in SLOTS}
        return {"keys": pairs, "stale": sorted(self.stale), "served": list(self._served)}

    def _pair(self, slot: int) -> KeyPair:
        if slot not in self._pairs:
            self._pairs[slot] = pair = new_pair()
            self._served[pair.path] = pair.pem
            while len(self._served) > limits.IO_KEYS_SERVED:
                del self._served[next(iter(self._served))]
        return self._pairs[slot]
