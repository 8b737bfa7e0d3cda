"""HMAC-SHA256 by any of a few keys: what senders of webhooks prove themselves with. Pure; compares in constant time."""

from __future__ import annotations

import hmac
from collections.abc import Iterable


class KeyedHashes:
    """One key, or the old and the new one while it is being changed.

    Keeps the keyed hash states, so that a request costs no key set-up. Raises ValueError for an empty key, with which
    everybody could sign; without any key nothing is accepted.
    """

    __slots__ = ("_keyed",)

    def __init__(self, keys: Iterable[str]) -> None:
        accepted = tuple(keys)
        if not all(key.strip() for key in accepted):
            raise ValueError("a verification token is empty")
        self._keyed = tuple(hmac.new(key.encode(), digestmod="sha256") for key in accepted)

    def made(self, digest: bytes, message: bytes | bytearray) -> bool:
        """Whether one of the keys makes this digest of the message."""
        valid = False
        for keyed in self._keyed:
            state = keyed.copy()
            state.update(message)
            valid |= hmac.compare_digest(state.digest(), digest)
        return valid

    def __len__(self) -> int:
        return len(self._keyed)
