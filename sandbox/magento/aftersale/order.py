"""What the collectors work on: an order with its lines and earlier documents, and a document in the making.

Figures go by Magento's column names; one that isn't there is 0. Where Magento's schema cuts a name off
(base_shipping_discount_tax_compensation_amnt), the full name stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from sandbox.magento.aftersale.rounding import ZERO, Carry

Figures = dict[str, Decimal]
Kind = Literal["invoice", "creditmemo"]
ToShip = Literal["larger", "sum"]


def of(figures: Figures, name: str) -> Decimal:
    return figures.get(name, ZERO)


def add(figures: Figures, name: str, amount: Decimal) -> None:
    figures[name] = of(figures, name) + amount


@dataclass(frozen=True)
class Currency:
    """One of the two sets of columns, which Magento computes independently. `series` and `including` name the
    remainders that roundings in it share."""

    prefix: str
    series: str
    including: str

    def column(self, name: str) -> str:
        return self.prefix + name


IN_ORDER_CURRENCY = Currency("", "regular", "including")
IN_BASE_CURRENCY = Currency("base_", "base", "including_base")
CURRENCIES = (IN_ORDER_CURRENCY, IN_BASE_CURRENCY)


@dataclass
class Fee:
    """One fixed product tax of a line: its title and the row amounts of the whole line."""

    title: str
    figures: Figures


@dataclass(eq=False)
class Line:
    """A row of the order. `children_calculated`: the children carry the money (dynamic bundles); `ship_separately`:
    they are shipped each by itself. Both are said of the parent."""

    code: str
    figures: Figures
    product_type: str = "simple"
    parent: Line | None = None
    children: list[Line] = field(default_factory=list)
    children_calculated: bool = False
    ship_separately: bool = False
    is_virtual: bool = False
    whole_pieces: bool = True
    locked_do_invoice: bool = False
    locked_do_ship: bool = False
    name: str = ""
    sku: str = ""
    fees: list[Fee] = field(default_factory=list)
    per_parent: Decimal | None = None  # pieces in one bundle, for the selections of a bundle

    def amount(self, name: str) -> Decimal:
        return of(self.figures, name)


@dataclass
class Rules:
    """Settings of the shop that decide about figures.

    weee_in_subtotal: tax/weee/include_in_subtotal. shipping_display_incl_tax: tax/sales_display/shipping is "including
    tax". to_ship: whether a line's shipped and refunded pieces count against what is open as the larger of both, as in
    2.3 up to 2.4.8-p1, or as their sum, as before and after.
    """

    weee_in_subtotal: bool = False
    shipping_display_incl_tax: bool = False
    tax_after_discount: bool = True
    to_ship: ToShip = "larger"


@dataclass
class Issued:
    """An earlier document. `invoice` names the invoice that a credit memo was made from."""

    kind: Kind
    figures: Figures
    canceled: bool = False
    key: str | None = None
    invoice: str | None = None
    quantities: dict[str, Decimal] = field(default_factory=dict)  # by line code


@dataclass
class Order:
    figures: Figures
    lines: list[Line]
    rules: Rules = field(default_factory=Rules)
    documents: list[Issued] = field(default_factory=list)

    def amount(self, name: str) -> Decimal:
        return of(self.figures, name)

    def line(self, code: str) -> Line:
        return next(line for line in self.lines if line.code == code)

    def live_invoices(self) -> list[Issued]:
        return [one for one in self.documents if one.kind == "invoice" and not one.canceled]

    def memos_of(self, invoice: Issued) -> list[Issued]:
        return [
            one
            for one in self.documents
            if one.kind == "creditmemo" and not one.canceled and one.invoice is not None and one.invoice == invoice.key
        ]


@dataclass(eq=False)
class DraftLine:
    """A line of a document in the making. `last` is whether it takes all that is open of its order line."""

    line: Line
    quantity: Decimal
    last: bool
    figures: Figures = field(default_factory=dict)
    fees: list[Fee] = field(default_factory=list)

    def amount(self, name: str) -> Decimal:
        return of(self.figures, name)


@dataclass
class Draft:
    """A document in the making. `asked_shipping` is what the request wants back of the shipping, in base currency; None
    when it says nothing. `invoice` is the invoice a credit memo is made from."""

    kind: Kind
    order: Order
    lines: list[DraftLine]
    last: bool
    totals: Figures = field(default_factory=dict)
    carry: Carry = field(default_factory=Carry)
    invoice: Issued | None = None
    asked_shipping: Decimal | None = None

    def amount(self, name: str) -> Decimal:
        return of(self.totals, name)

    def quantities(self) -> dict[str, Decimal]:
        return {one.line.code: one.quantity for one in self.lines}

    def issued(self, key: str | None = None) -> Issued:
        return Issued(
            self.kind,
            dict(self.totals),
            key=key,
            invoice=None if self.invoice is None else self.invoice.key,
            quantities=self.quantities(),
        )


def figures(document: dict[str, Any], *names: str) -> Figures:
    """The named columns of a document that have a value."""
    return {name: Decimal(document[name]) for name in names if document.get(name) is not None}
