"""Document numbers: what people look for first, so the shop's own number wherever it fits.

QuickBooks takes 21 characters, and refuses a number twice (6140). A shop's number is unique per store view only
(magento/magento2#40259), so there is an order of candidates: a later one is used when an earlier one is another's.
"""

from __future__ import annotations

import base64
import hashlib

from shared.commerce.sale import Source
from shared.mapping import text

NUMBER_MAX = 21
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def document_numbers(prefix: str, source: Source) -> tuple[str, ...]:
    """The candidates, each at most 21 characters: the plain number if it fits; with the order's entity id, which is
    unique within a shop; with a hash over shop and order, which is unique everywhere."""
    plain = text.plain(prefix + (text.plain(source.number, 200) or str(source.entity_id)), 200)
    digest = hashlib.sha256(source.key.encode()).digest()
    hashed = base64.b32encode(digest)[:10].decode().lower()
    candidates = (plain, _ending(plain, _base36(source.entity_id)), _ending(plain, hashed))
    return tuple(dict.fromkeys(candidate for candidate in candidates if len(candidate) <= NUMBER_MAX))


def _ending(plain: str, tail: str) -> str:
    ending = f"~{tail}"
    return plain[: NUMBER_MAX - len(ending)] + ending


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
