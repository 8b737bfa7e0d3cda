"""Which postcodes a tax rate covers. Pure; as the query of Magento's ResourceModel/Calculation asks the database."""

from __future__ import annotations

PREFIX_LENGTH = 10  # Tax helper: getPostCodeSubStringLength
_EXTENDED = {"US": 4, "PT": 3}  # digits behind the hyphen that make one postcode, not a range: 49628-7978, 1000-205


def covers(pattern: str, postcode: str, country: str) -> bool:
    """`pattern` is a rate's: "*" or "" for all, "797*", "10000-19999" or exact. A postcode "*" asks for every rate."""
    number, is_range = _read(postcode, country)
    low, dash, high = pattern.partition("-")
    if dash and low.isdigit() and high.isdigit() and len(high) != _EXTENDED.get(country):
        return _in_range(int(low), int(high), number, is_range)
    if postcode == "*" or pattern in ("", "*"):
        return True
    if is_range:
        return pattern == postcode
    return pattern in _templates(number, postcode)


def _read(postcode: str, country: str) -> tuple[str, bool]:
    """The part that is compared with ranges, and whether the postcode is itself a range ("from-to" of a quote)."""
    low, dash, high = postcode.rpartition("-")
    if not (dash and low and high):
        return postcode, False
    if high.isdigit() and len(high) == _EXTENDED.get(country):
        return low, False
    return postcode, True


def _in_range(low: int, high: int, postcode: str, is_range: bool) -> bool:
    if not is_range:
        return postcode.isdigit() and low <= int(postcode) <= high
    first, _, last = postcode.rpartition("-")
    return first.isdigit() and last.isdigit() and low >= int(first) and high <= int(last)


def _templates(postcode: str, exact: str) -> set[str]:
    """What a rate may say to fit: the postcode, and each of its beginnings with a star behind it."""
    short, exact = postcode[:PREFIX_LENGTH], exact[:PREFIX_LENGTH]
    return {short, f"{short}*", exact, *(f"{exact[:length]}*" for length in range(1, len(exact)))}
