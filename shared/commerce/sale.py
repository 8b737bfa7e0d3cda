"""A sale in neutral words: what was sold, taxed, discounted and how it is paid. It knows no shop and no books.

The identity that every Sale keeps, to the smallest unit of its currency:

    sum(line.amount) - discount + tax == total
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared.commerce.money import ZERO, quantise
from shared.commerce.party import Party
from shared.commerce.payment import Payment, Tender


class LineKind(StrEnum):
    """What a line is for: it decides which item of the books stands for it."""

    GOODS = "goods"
    SERVICE = "service"  # nothing is shipped: virtual, downloadable
    SHIPPING = "shipping"
    FEE = "fee"  # surcharges, gift wrapping, fixed product taxes


class Stage(StrEnum):
    """How far the sale has come, as far as the books care."""

    LIVE = "live"
    CANCELLED = "cancelled"


class IdentityBroken(ValueError):
    """The parts of a sale don't add up to its total."""

    def __init__(self, parts: Decimal, total: Decimal) -> None:
        super().__init__(f"the parts come to {parts}, the total is {total}")
        self.difference = total - parts


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Amounts are in the sale's currency and in whole smallest units.

    `amount` is without tax and before discount, for the whole quantity. `discount` is what was taken off it, without
    tax. `unit_price` is what the shop shows for one, without tax, and may not multiply up to `amount`.
    """

    kind: LineKind
    sku: str
    name: str
    quantity: Decimal
    amount: Decimal
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    unit_price: Decimal | None = None

    def __hash__(self) -> int:
        """Lines are keys on the way to their items; texts keep their hash, amounts would be hashed each time."""
        return hash((self.sku, self.name))


@dataclass(frozen=True, slots=True)
class TaxShare:
    """The part of the tax that one rate brought; `code` is the rate's name in the shop."""

    code: str
    percent: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Source:
    """Where the sale comes from. `key` identifies it for ever; `number` is what people call it."""

    connection: str
    entity_id: int
    number: str
    store_id: int
    state: str

    @property
    def key(self) -> str:
        return f"{self.connection}:order:{self.entity_id}"


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as it stands now. `placed_at` has a time zone: the shop's own, whose date is the book date."""

    source: Source
    stage: Stage
    placed_at: datetime
    currency: str
    lines: tuple[Line, ...]
    discount: Decimal
    discount_label: str
    tax: Decimal
    taxes: tuple[TaxShare, ...]
    total: Decimal
    buyer: Party
    payment: Payment
    tenders: tuple[Tender, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def parts(self) -> Decimal:
        """What the parts come to."""
        return sum((line.amount for line in self.lines), ZERO) - self.discount + self.tax

    def check(self) -> None:
        """Raises IdentityBroken unless the parts make the total exactly and every amount is in whole units."""
        if self.parts() != self.total:
            raise IdentityBroken(self.parts(), self.total)
        for amount in (self.total, self.tax, self.discount, *(line.amount for line in self.lines)):
            if quantise(amount, self.currency) != amount:
                raise IdentityBroken(amount, quantise(amount, self.currency))
