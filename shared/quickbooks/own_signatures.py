"""What processes of one deployment prove themselves to one another with: HMAC-SHA256 by keys that are derived from the
keys for tokens at rest. All of them have those, so no other secret is needed."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence

from shared import limits
from shared.quickbooks.vault import derived_keys


class OwnSignatures:
    """Signs with the first key, accepts all."""

    def __init__(
        self,
        token_keys: Sequence[str],
        purpose: str,
        keys_now: Callable[[], Sequence[str]] = list,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """What is signed for one `purpose` is refused for another. Raises BadKey. `keys_now` is asked when none of the
        keys has made a signature, at most every CONNECT_KEYS_SECONDS: anybody can send what nobody signed."""
        self._keys = derived_keys(token_keys, purpose)
        self._purpose = purpose
        self._keys_now = keys_now
        self._clock = clock
        self._asked = -limits.CONNECT_KEYS_SECONDS

    def sign(self, content: bytes) -> bytes:
        """The signature of the content."""
        return _mac(self._keys[0], content)

    def made(self, content: bytes, signature: bytes) -> bool:
        """Whether one of the keys made it."""
        return self._known(content, signature) or (self._learnt() and self._known(content, signature))

    def _known(self, content: bytes, signature: bytes) -> bool:
        good = [hmac.compare_digest(_mac(key, content), signature) for key in self._keys]
        return any(good)

    def _learnt(self) -> bool:
        """Whether there are keys that we didn't know."""
        now = self._clock()
        if now - self._asked < limits.CONNECT_KEYS_SECONDS:
            return False
        self._asked = now
        new = [key for key in derived_keys(self._keys_now(), self._purpose) if key not in self._keys]
        self._keys += new
        return bool(new)


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, "sha256")
