"""How a sale is paid."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Payment:
    """The shop's payment method and the reference of the payment at its provider ("" when there is none)."""

    method: str
    reference: str = ""


class TenderKind(StrEnum):
    """Means of payment that the shop itself keeps: a liability, not a discount."""

    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    REWARD_POINTS = "reward_points"


@dataclass(frozen=True, slots=True)
class Tender:
    """A part of the total that was paid with a liability of the shop."""

    kind: TenderKind
    amount: Decimal
