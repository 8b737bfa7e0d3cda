"""The signature of Mage-OS (and Aligent) asynchronous events. Pure.

`x-magento-signature` is the lower-case hex HMAC-SHA256 of the request's raw bytes; the key is the subscription's
verification token (mageos-async-events, Service/AsyncEvent/HttpNotifier.php; 3.x and 4.x alike). It carries no time,
so it doesn't stop a replay: what a webhook may do must be harmless when done twice.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Sequence

from shared.keyed_hashes import KeyedHashes

SIGNATURE_HEADER = "x-magento-signature"

# PHP's hash_hmac writes lower case only: anything else was not made by the sender that we know.
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def sign(body: bytes, token: str) -> str:
    """The signature that Mage-OS sends with `body`."""
    return hmac.new(token.encode(), body, "sha256").hexdigest()


class AcceptedTokens:
    """The tokens of one subscription: one, or the old and the new one while they are being changed.

    Raises ValueError for an empty token; without any token nothing is accepted.
    """

    __slots__ = ("_hashes",)

    def __init__(self, tokens: Iterable[str]) -> None:
        self._hashes = KeyedHashes(tokens)

    def verify(self, body: bytes | bytearray, presented: Sequence[str]) -> bool:
        """Whether `presented` (every value of the signature header) is one signature of `body` by an accepted token.

        Compares in constant time. No header, two of them, another length, upper case or other characters: False.
        """
        if len(presented) != 1 or _HEX_DIGEST.fullmatch(presented[0]) is None:
            return False
        return self._hashes.made(bytes.fromhex(presented[0]), body)

    def __len__(self) -> int:
        return len(self._hashes)

    def __repr__(self) -> str:
        return f"AcceptedTokens({len(self)})"
