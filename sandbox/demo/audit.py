"""What the books must hold for an order, worked out from its raw JSON alone.

This is the demo's second opinion: code of its own, sharing nothing with the product's reading and mapping, so that a
mistake there can't excuse itself here. It knows the setting of the demo: US books kept in USD, multicurrency on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import product
from typing import Any

from shared.wire import decode

BOOKS_CURRENCY = "USD"
_NO_CENTS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_MILLS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_TENDERS = ("gift_cards_amount", "customer_balance_amount", "reward_currency_amount")
_WRAPPING = ("gw_price", "gw_items_price", "gw_card_price")
# REST cuts two of the base names short, and those of gift wrapping have their "base" in the middle.
_BASE_NAMES = {
    "gw_price": "gw_base_price",
    "gw_items_price": "gw_items_base_price",
    "gw_card_price": "gw_card_base_price",
    "shipping_discount_tax_compensation_amount": "base_shipping_discount_tax_compensation_amnt",
    "weee_tax_applied_row_amount": "base_weee_tax_applied_row_amnt",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """Either a document of this total and tax, or, when `reasons` isn't empty, none: parked for one of them."""

    total: Decimal
    tax: Decimal
    currency: str
    reasons: frozenset[str] = frozenset()

    @property
    def posted(self) -> bool:
        return not self.reasons


class _Unreadable(Exception):
    pass


def expect(text: bytes, states: Collection[str]) -> Expected:
    """`text` is the order as REST serves it; `states` are those that the settings choose."""
    order = decode(text)
    try:
        return _expect(order, states)
    except _Unreadable:
        # Of a cancelled order nothing is booked, so that Bookbridge may do without figures that can't be read.
        reasons = {"unreadable", "cancelled"} if order.get("state") == "canceled" else {"unreadable"}
        return Expected(Decimal(0), Decimal(0), "", frozenset(reasons))


def _expect(order: dict[str, Any], states: Collection[str]) -> Expected:
    money = _Money(order)
    rows = _rows(order.get("items"))
    _instant(order.get("created_at"))
    reasons = set()
    state = order.get("state") or ""
    if state == "canceled":
        reasons.add("cancelled")
    else:
        if state not in states:
            reasons.add("state_not_chosen")
        if money.of("total_canceled") > 0 or any(_amount(row.get("qty_canceled")) for row in rows):
            reasons.add("partly_cancelled")
    tenders = sum((money.attribute(name) for name in _TENDERS), Decimal(0))
    if tenders:
        reasons.add("tender_not_mapped")
    readings = _readings(rows, money)
    if not readings or not (rows or money.of("shipping_amount") or _charges(order, money)):
        reasons.add("lines_differ")
    parts = (
        money.of("subtotal") + money.of("shipping_amount") + money.of("tax_amount") + money.of("discount_amount")
        + money.of("discount_tax_compensation_amount") + money.of("shipping_discount_tax_compensation_amount")
        + _charges(order, money)
    )  # fmt: skip
    whole = money.of("grand_total") + tenders
    if readings and not any(abs(parts + weee - whole) < money.unit / 2 for weee in readings):
        reasons.add("totals_differ")
    tax = money.rounded(money.of("tax_amount"))
    if tax < 0 or money.rounded(whole) < tax:  # more was taken off than sold: no document of the books is like that
        reasons.add("document_differs")
    return Expected(
        money.rounded(money.of("grand_total")),
        tax,
        money.currency,
        frozenset(reasons),
    )


class _Money:
    """The order's amounts in one currency: the books' own where the order has it, else what the customer saw."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        extra = order.get("extension_attributes")
        self._extra = extra if isinstance(extra, dict) else {}
        shown, base = (str(order.get(f"{name}_currency_code") or "").strip().upper() for name in ("order", "base"))
        self.currency = shown or base
        if not self.currency:
            raise _Unreadable
        complete = _has(order, "base_subtotal") and _has(order, "base_grand_total")
        self._base = base == BOOKS_CURRENCY and shown not in ("", BOOKS_CURRENCY) and complete
        if self._base:
            self.currency = BOOKS_CURRENCY
        elif not (_has(order, "subtotal") and _has(order, "grand_total")):
            raise _Unreadable
        decimals = 0 if self.currency in _NO_CENTS else 3 if self.currency in _MILLS else 2
        self.unit = Decimal(1).scaleb(-decimals)

    def of(self, name: str, row: dict[str, Any] | None = None) -> Decimal:
        """An amount of the order or of a row; 0 when absent."""
        return self.known(name, self._order if row is None else row) or Decimal(0)

    def known(self, name: str, row: dict[str, Any]) -> Decimal | None:
        """The same, None when absent."""
        return _amount(row.get(_BASE_NAMES.get(name, f"base_{name}") if self._base else name))

    def attribute(self, name: str) -> Decimal:
        """An extension attribute; 0 when absent."""
        return self.known(name, self._extra) or Decimal(0)

    def rounded(self, amount: Decimal) -> Decimal:
        return amount.quantize(self.unit, rounding=ROUND_HALF_UP)


def _charges(order: dict[str, Any], money: _Money) -> Decimal:
    """Gift wrapping and Adobe Commerce's custom fees: parts of the grand total with columns of their own."""
    extra = order.get("extension_attributes")
    fees = extra.get("custom_fees") or [] if isinstance(extra, dict) else []
    amounts = [money.attribute(name) for name in _WRAPPING]
    amounts += [money.known("custom_fee_amount", fee) or Decimal(0) for fee in fees if isinstance(fee, dict)]
    return sum(amounts, Decimal(0))


def _rows(items: Any) -> list[dict[str, Any]]:
    """The order's rows; PHP writes a list with gaps in its keys as an object."""
    rows = [] if items is None else list(items.values()) if isinstance(items, dict) else items
    if not isinstance(rows, list) or any(not isinstance(row, dict) for row in rows):
        raise _Unreadable
    return rows


def _readings(rows: list[dict[str, Any]], money: _Money) -> set[Decimal]:
    """For each way to read the rows that adds up to the subtotal: the fixed product taxes that the subtotal leaves out.
    Empty when there is none."""
    found = set()
    for lines, read in product(_lines(rows), (_derived, _net, _raw, _gross, _priced)):
        amounts = [read(row, money) for row in lines]
        total = sum((amount for amount in amounts if amount is not None), Decimal(0))
        weee = sum((money.of("weee_tax_applied_row_amount", row) for row in lines), Decimal(0))
        room = money.unit / 2 * max(1, len(lines))
        for left_out, subtotal in ((weee, money.of("subtotal")), (Decimal(0), money.of("subtotal") - weee)):
            off = total - subtotal
            if None not in amounts and (not off or abs(off) < room):
                found.add(left_out)
    return found


def _derived(row: dict[str, Any], money: _Money) -> Decimal | None:
    whole = money.known("row_total_incl_tax", row)
    if whole is None:
        return None
    inside = ("tax_amount", "discount_tax_compensation_amount", "weee_tax_applied_row_amount")
    return whole - sum((money.of(name, row) for name in inside), Decimal(0)) + money.of("discount_amount", row)


def _net(row: dict[str, Any], money: _Money) -> Decimal | None:
    amount = money.known("row_total", row)
    return None if amount is None else amount + money.of("discount_amount", row)


def _raw(row: dict[str, Any], money: _Money) -> Decimal | None:
    return money.known("row_total", row)


def _gross(row: dict[str, Any], money: _Money) -> Decimal | None:
    whole = money.known("row_total_incl_tax", row)
    taxes = money.of("tax_amount", row) + money.of("weee_tax_applied_row_amount", row)
    return None if whole is None else whole - taxes


def _priced(row: dict[str, Any], money: _Money) -> Decimal | None:
    price, quantity = money.known("price", row), _amount(row.get("qty_ordered"))
    return None if price is None or quantity is None else price * quantity


def _lines(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Which rows may carry the money: bundles by their children where these have any, all parents, or all children but
    a configurable's."""
    ids = {row.get("item_id") for row in rows} - {None}
    tops = [row for row in rows if row.get("parent_item_id") not in ids]

    def below(top: dict[str, Any]) -> list[dict[str, Any]]:
        return [row for row in rows if row not in tops and row.get("parent_item_id") == top.get("item_id")]

    def spread(choose: Iterable[bool]) -> list[dict[str, Any]]:
        return [row for top, apart in zip(tops, choose, strict=True) for row in (below(top) if apart else [top])]

    kinds = [str(top.get("product_type")) for top in tops]
    parents = [bool(below(top)) for top in tops]
    dynamic = [
        kind == "bundle" and any(_has_money(row) for row in below(top)) for kind, top in zip(kinds, tops, strict=True)
    ]
    apart = [kind != "configurable" and parent for kind, parent in zip(kinds, parents, strict=True)]
    return [spread(dynamic), tops, spread(apart)]


def _has_money(row: dict[str, Any]) -> bool:
    return any(_amount(row.get(name)) for name in ("row_total_incl_tax", "discount_amount", "tax_amount", "price"))


def _has(order: dict[str, Any], name: str) -> bool:
    return _amount(order.get(name)) is not None


def _amount(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise _Unreadable from error
    if not amount.is_finite():
        raise _Unreadable
    return amount


def _instant(value: Any) -> None:
    try:
        datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise _Unreadable from error
