"""One side of an entry, and the rule that the sides of an entry keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sandbox.quickbooks.money import ZERO


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry: debit above zero, credit below, in home currency and whole cents."""

    account: str
    amount: Decimal


class Unbalanced(AssertionError):
    """Debit and credit of one document differ: a mistake of the sandbox, never of its caller."""


def check_balanced(what: str, postings: Iterable[Posting]) -> None:
    """Raises Unbalanced unless debits equal credits."""
    difference = sum((posting.amount for posting in postings), ZERO)
    if difference:
        raise Unbalanced(f"{what}: debits and credits differ by {difference}")
