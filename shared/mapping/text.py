"""Text as QuickBooks takes it."""

from __future__ import annotations

import re
import unicodedata

# Control characters of both sets, line and paragraph separators, halves of surrogate pairs.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")


def plain(text: str, limit: int) -> str:
    """One line of at most `limit` characters, composed (NFC), without control characters or outer spaces."""
    if text.isascii() and text.isprintable():
        return text.strip()[:limit].strip()
    return _CONTROL.sub(" ", unicodedata.normalize("NFC", text)).strip()[:limit].strip()


def name(text: str, limit: int = 100) -> str:
    """Text for a name field: names must not hold a colon, tab or new line (QuickBooks reference, section 8)."""
    return plain(text.replace(":", "-"), limit)


def same_name(text: str) -> str:
    """What doesn't tell two names apart is gone: letter case (QuickBooks reference, section 8), also that of letters
    which have none of their own, such as the German sharp s."""
    return text.casefold().strip()


def without_marks(text: str) -> str:
    """The text without marks that nobody sees: those of width zero, for direction and the like, which come along when
    text is pasted."""
    return text if text.isascii() else "".join(one for one in text if unicodedata.category(one) != "Cf")


def email(text: str) -> str | None:
    """The address when QuickBooks would take it (it refuses odd ones with 2210), else None: a sale is worth more."""
    text = text.strip()
    return text if len(text) <= 100 and _EMAIL.fullmatch(text) else None
