"""What MySQL takes for the same text: the collation utf8mb4_general_ci of Magento's tables. Pure.

Source: the MySQL manual, "Unicode Character Sets" and "The Effect of Collation on String Comparisons": letter by
letter, without case and accents (ß is s); characters beyond the Basic Multilingual Plane, such as emoji, have one
weight, so they are all alike; spaces at the end don't count (PAD SPACE), those at the beginning do.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from sandbox.magento import limits

_SAME = "\ufffd"
_PLANE = 0xFFFF


def fold(text: str) -> str:
    """The same for texts that are one to the database."""
    text = text.rstrip(" ")
    return text.lower() if text.isascii() else _fold_letters(text)


@lru_cache(maxsize=limits.COLLATED_TEXTS)
def _fold_letters(text: str) -> str:
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    if ord(letter) > _PLANE:
        return _SAME
    if letter == "ß":
        return "s"
    base = unicodedata.normalize("NFD", letter)[0]
    low = base.lower()
    return low if len(low) == 1 else base
