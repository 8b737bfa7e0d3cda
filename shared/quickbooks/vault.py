"""Token records at rest: sealed with AES-256-GCM, bound to their realm.

Envelope: format (1 byte), key id (8 bytes), nonce (12 bytes), ciphertext and tag. Format, key id and realm are
authenticated with it, so a record moved to another realm's key does not open. Several keys can be held at once: the
first seals, all open; that is how a key is replaced without a moment in which records can't be read. A process that
meets a record sealed with a key it doesn't know looks once more where the keys come from: processes may be restarted
with a new key one after another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.log.signals import StopService
from shared.quickbooks.oauth2 import TokenPair
from shared.wire import NotJson, decode, encode

State = Literal["active", "reconnect", "disconnected"]
"""active; reconnect: the grant is dead and a person must give another; disconnected: a person withdrew it here."""

_FORMAT = b"\x01"
_KEY_BYTES = 32
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_HEAD_BYTES = len(_FORMAT) + _KEY_ID_BYTES + _NONCE_BYTES


class VaultError(StopService):
    """A sealed record can't be opened. The service stops and an operator must look: tokens are not guessed, and going
    on would make dead letters of orders that nothing is wrong with."""


class UnknownKey(VaultError):
    """Sealed with a key that is not among ours: add the old key to the setting, or connect again."""


class Tampered(VaultError):
    """The record is damaged, was changed, or belongs to another realm."""


class BadKey(ValueError):
    """The text is no key: it must be 32 random bytes in base64."""


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """What is known of a realm's grant. `version` grows by one with each record."""

    version: int
    pair: TokenPair
    obtained_at: datetime
    state: State = "active"
    since: datetime | None = None  # of the state
    reason: str = ""  # what QuickBooks said when the grant died
    granted_at: datetime | None = None  # when a person gave the grant, or when it was taken from the secrets file
    attempt: str = ""  # the connect by which a person gave this grant; empty for one of the secrets file
    # The refresh token before the one in `pair`, kept until that one has been used with success.
    previous_refresh_token: str | None = field(default=None, repr=False)

    @property
    def grant(self) -> str:
        """Names the grant through all its refreshes."""
        return f"{self.attempt}@{self.granted_at.isoformat() if self.granted_at else ''}"


class Vault:
    """Seals and opens token records."""

    def __init__(self, keys: Sequence[str], keys_now: Callable[[], Sequence[str]] = list) -> None:
        """`keys`: base64 texts of 32 bytes each, the current one first. Raises BadKey; its text shows no key.

        `keys_now` is asked when a record was sealed with none of them; what it adds opens, and does not seal.
        """
        if not keys:
            raise BadKey("no key: give 32 random bytes in base64")
        parsed = _parsed(keys)
        self._ciphers = {_key_id(key): AESGCM(key) for key in parsed}
        self._current = _key_id(parsed[0])
        self._keys_now = keys_now

    def is_current(self, sealed: bytes) -> bool:
        """Whether this was sealed with the key that seals now: others' keys must be kept to read it."""
        return sealed[len(_FORMAT) : len(_FORMAT) + _KEY_ID_BYTES] == self._current

    def seal(self, realm: str, record: TokenRecord) -> bytes:
        """The record as bytes that only a holder of the key can read, for this realm."""
        nonce = os.urandom(_NONCE_BYTES)  # random: far below the 2^32 records after which one could repeat
        head = _FORMAT + self._current
        sealed = self._ciphers[self._current].encrypt(nonce, encode(_plain(record)), head + realm.encode())
        return head + nonce + sealed

    def open(self, realm: str, sealed: bytes) -> TokenRecord:
        """The record. Raises UnknownKey or Tampered."""
        if len(sealed) <= _HEAD_BYTES or sealed[:1] != _FORMAT:
            raise Tampered("this is no sealed token record")
        head_end = _HEAD_BYTES - _NONCE_BYTES
        head, nonce, ciphertext = sealed[:head_end], sealed[head_end:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        cipher = self._ciphers.get(head[1:]) or self._learnt(head[1:])
        if cipher is None:
            raise UnknownKey(
                f"sealed with key {head[1:].hex()}, which is not among token_keys of this process's secrets file: "
                "put it there, too"
            )
        try:
            return _record(decode(cipher.decrypt(nonce, ciphertext, head + realm.encode())))
        except InvalidTag as error:
            raise Tampered("the record was changed, or belongs to another realm") from error
        except (NotJson, KeyError, TypeError, ValueError) as error:
            raise Tampered("the record opens, but does not hold what a token record holds") from error

    def _learnt(self, key_id: bytes) -> AESGCM | None:
        for key in _parsed(self._keys_now()):
            self._ciphers.setdefault(_key_id(key), AESGCM(key))
        return self._ciphers.get(key_id)


def new_key() -> str:
    """A fresh key as base64 text."""
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode()


def derived_keys(keys: Sequence[str], purpose: str) -> list[bytes]:
    """A key for another purpose from each of the keys (HKDF, RFC 5869), in their order. Raises BadKey."""
    return [
        HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode()).derive(_key(text, position))
        for position, text in enumerate(keys, start=1)
    ]


def _key(text: str, position: int) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKey(f"key {position} is not base64") from error
    if len(key) != _KEY_BYTES:
        raise BadKey(f"key {position} has {len(key)} bytes, but must have {_KEY_BYTES}")
    return key


def _parsed(keys: Sequence[str]) -> list[bytes]:
    return [_key(text, position) for position, text in enumerate(keys, start=1)]


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"bookbridge key id" + key).digest()[:_KEY_ID_BYTES]


def _plain(record: TokenRecord) -> dict[str, Any]:
    return {
        "version": record.version,
        "access_token": record.pair.access_token,
        "refresh_token": record.pair.refresh_token,
        "access_expires_at": record.pair.access_expires_at.isoformat(),
        "refresh_expires_at": record.pair.refresh_expires_at.isoformat(),
        "obtained_at": record.obtained_at.isoformat(),
        "hard_expires_at": _text(record.pair.hard_expires_at),
        "state": record.state,
        "since": _text(record.since),
        "reason": record.reason,
        "granted_at": _text(record.granted_at),
        "attempt": record.attempt,
        "previous_refresh_token": record.previous_refresh_token,
    }


def _record(plain: Any) -> TokenRecord:
    if plain["state"] not in get_args(State):
        raise ValueError("no known state")
    return TokenRecord(
        version=plain["version"],
        pair=TokenPair(
            access_token=plain["access_token"],
            refresh_token=plain["refresh_token"],
            access_expires_at=datetime.fromisoformat(plain["access_expires_at"]),
            refresh_expires_at=datetime.fromisoformat(plain["refresh_expires_at"]),
            hard_expires_at=_instant(plain.get("hard_expires_at")),
        ),
        obtained_at=datetime.fromisoformat(plain["obtained_at"]),
        state=plain["state"],
        since=_instant(plain.get("since")),
        reason=plain.get("reason", ""),
        granted_at=_instant(plain.get("granted_at")),
        attempt=plain.get("attempt", ""),
        previous_refresh_token=plain["previous_refresh_token"],
    )


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
