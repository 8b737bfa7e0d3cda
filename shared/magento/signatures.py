"""The signature of Mage-OS (and Aligent) asynchronous events. Pure.

`x-magento-signature` is the lower-case hex HMAC-SHA256 of the request's raw bytes; the key is the subscription's
verification token (mageos-async-events, Service/AsyncEvent/HttpNotifier.php; 3.x and 4.x alike). It carries no time,
so it doesn't stop a replay: what a webhook may do must be harmless when done twice.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Sequence

SIGNATURE_HEADER = "x-magento-signature"

# PHP's hash_hmac writes lower case only: anything else was not made by the sender that we know.
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def sign(body: bytes, token: str) -> str:
    """The signature that Mage-OS sends with `body`."""
    return hmac.new(token.encode(), body, "sha256").hexdigest()


class AcceptedTokens:
    """The tokens of one subscription: one, or the old and the new one while they are being changed.

    Keeps the keyed hash states, so that a request costs no key set-up. Raises ValueError for an empty token, with which
    everybody could sign; without any token nothing is accepted.
    """

    __slots__ = ("_keyed",)

    def __init__(self, tokens: Iterable[str]) -> None:
        accepted = tuple(tokens)
        if not all(token.strip() for token in accepted):
            raise ValueError("a verification token is empty")
        self._keyed = tuple(hmac.new(token.encode(), digestmod="sha256") for token in accepted)

    def verify(self, body: bytes | bytearray, presented: Sequence[str]) -> bool:
        """Whether `presented` (every value of the signature header) is one signature of `body` by an accepted token.

        Compares in constant time. No header, two of them, another length, upper case or other characters: False.
        """
        if len(presented) != 1 or _HEX_DIGEST.fullmatch(presented[0]) is None:
            return False
        digest = bytes.fromhex(presented[0])
        valid = False
        for keyed in self._keyed:
            state = keyed.copy()
            state.update(body)
            valid |= hmac.compare_digest(state.digest(), digest)
        return valid

    def __len__(self) -> int:
        return len(self._keyed)

    def __repr__(self) -> str:
        return f"AcceptedTokens({len(self._keyed)})"
