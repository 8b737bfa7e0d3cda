"""What a Magento order means: snapshot -> Sale. Pure: no input, no clock.

The totals identity (reference, verified on recorded orders; every term in one currency):

    grand_total + tenders = subtotal + fixed product taxes (where the subtotal leaves them out) + shipping
                            - discount + hidden tax + shipping's hidden tax + tax + fees

An order that breaks it is not booked: `Unreadable` names the difference and what would explain it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from shared.commerce.money import ZERO, quantise, spread, unit
from shared.commerce.payment import Payment, Tender, TenderKind
from shared.commerce.sale import Sale, Source, Stage, TaxShare
from shared.magento.figures import OrderFigures, order_figures
from shared.magento.lines import (
    as_amount,
    fee_lines,
    fixed_tax_lines,
    product_lines,
    share_discount,
    shipping_lines,
    with_signs_in_place,
)
from shared.magento.models import Order, Snapshot
from shared.magento.parties import read_party
from shared.magento.rows import NoReadingFits, Reading, absorb, read_rows


class Unreadable(ValueError):
    """The order can't become a sale. `reason` is a code for counting, the text is for people, `setting` would help."""

    def __init__(self, reason: str, text: str, setting: str = "") -> None:
        super().__init__(text)
        self.reason = reason
        self.setting = setting


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What the reading depends on: the books' currency, the zone of the book date ("shop" = the store's), and the
    extension attributes that hold charges (attribute -> what to call it)."""

    home_currency: str
    time_zone: str = "shop"
    fees: Mapping[str, str] = field(default_factory=dict)


def parse_snapshot(document: Any) -> Snapshot:
    """The snapshot's model. Raises Unreadable, naming the field, when the shop sent something we can't take."""
    try:
        return Snapshot.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unreadable("unreadable", f"the order's field {where} can't be read: {first['msg']}") from error


def read_sale(snapshot: Snapshot, options: ReadingOptions) -> Sale:
    """The order as a Sale whose identity holds to the smallest unit. Raises Unreadable.

    Of a cancelled order nothing remains to be booked, so it needs no figures that add up: where they don't, the sale
    has no lines and a total of 0.
    """
    if snapshot.order.state != "canceled":
        return _read(snapshot, options, Stage.LIVE)
    try:
        return _read(snapshot, options, Stage.CANCELLED)
    except Unreadable as why:
        return _nothing_left(snapshot, options, str(why))


def _read(snapshot: Snapshot, options: ReadingOptions, stage: Stage) -> Sale:
    order = snapshot.order
    figures, currency, base = _columns(order, options.home_currency)
    if stage is Stage.LIVE and (part := _cancelled_part(order, figures, currency)):
        raise Unreadable(
            "partly_cancelled", f"a part of the order ({part}) was cancelled; such orders aren't posted yet"
        )
    reading = _reading(order, figures, base, currency)
    fees = fee_lines(order, options.fees, currency, base)
    _check_identity(order, figures, reading, sum((fee.amount for fee in fees), ZERO), currency)

    total, tax = quantise(figures.grand_total + figures.tenders, currency), quantise(figures.tax, currency)
    discount = quantise(_net_discount(figures), currency)
    charges = (*fixed_tax_lines(reading, currency), *shipping_lines(order, figures, currency), *fees)
    goods = sum((row.amount for row in reading.rows), ZERO)
    if left := total - (goods + sum((charge.amount for charge in charges), ZERO) - discount + tax):
        reading = absorb(reading, left, currency)
    sale = Sale(
        source=_source(snapshot),
        stage=stage,
        placed_at=placed_at(order.created_at, snapshot.time_zone, options.time_zone),
        currency=currency,
        lines=(*product_lines(reading, currency), *charges),
        discount=discount,
        discount_label=order.coupon_code or order.discount_description or "",
        tax=tax,
        taxes=_taxes(order, tax, currency, base),
        total=total,
        buyer=read_party(order),
        payment=_payment(order),
        tenders=_tenders(figures, currency),
        notes=_notes(snapshot, figures, reading, currency),
    )
    sale = _settle_rounding(with_signs_in_place(sale))
    return replace(sale, lines=share_discount(sale.lines, sale.discount, currency))


def _notes(snapshot: Snapshot, figures: OrderFigures, reading: Reading, currency: str) -> tuple[str, ...]:
    """What a reader of the document should know and can't see on it."""
    notes = [f"lines rounded by {reading.off:f} {currency} to the subtotal"] if reading.off else []
    if figures.refunded or snapshot.creditmemos:
        amount = f"{quantise(figures.refunded, currency)} {currency}" if figures.refunded else "a part"
        notes.append(f"{amount} was refunded, which is not booked yet")
    return tuple(notes)


def _reading(order: Order, figures: OrderFigures, base: bool, currency: str) -> Reading:
    try:
        return read_rows(order.items, figures.subtotal, base, currency)
    except NoReadingFits as error:
        raise Unreadable(
            "lines_differ",
            f"the order's lines don't add up to its subtotal {error.subtotal} {currency}; "
            f"the nearest way to read them is off by {error.nearest}",
        ) from error


def _check_identity(order: Order, figures: OrderFigures, reading: Reading, fees: Decimal, currency: str) -> None:
    """Raises Unreadable when the order's own figures, as exact as they are, miss its total by half a unit or more."""
    subtotal = reading.exact - reading.off  # without fixed product taxes: what the rows were settled to
    exact = subtotal + reading.fixed_taxes + figures.shipping - _net_discount(figures) + figures.tax + fees
    difference = figures.grand_total + figures.tenders - exact
    if abs(difference) >= unit(currency) / 2:
        raise _totals_differ(order, exact, difference, currency)


def _nothing_left(snapshot: Snapshot, options: ReadingOptions, why: str) -> Sale:
    order = snapshot.order
    return Sale(
        source=_source(snapshot),
        stage=Stage.CANCELLED,
        placed_at=placed_at(order.created_at, snapshot.time_zone, options.time_zone),
        currency=options.home_currency,
        lines=(),
        discount=ZERO,
        discount_label="",
        tax=ZERO,
        taxes=(),
        total=ZERO,
        buyer=read_party(order),
        payment=_payment(order),
        notes=(f"cancelled; {why}",),
    )


def _source(snapshot: Snapshot) -> Source:
    order = snapshot.order
    return Source(snapshot.connection, order.entity_id, order.increment_id, order.store_id or 0, order.state or "")


def _cancelled_part(order: Order, figures: OrderFigures, currency: str) -> str:
    """What of a live order was cancelled, "" for nothing. Some orders keep it on their rows only."""
    if figures.cancelled > 0:
        return f"{figures.cancelled} {currency}"
    return next((f"{item.qty_canceled:f} x {item.sku}" for item in order.items if item.qty_canceled), "")


def _columns(order: Order, home: str) -> tuple[OrderFigures, str, bool]:
    """The base amounts when the books are kept in the base currency, else what the customer saw."""
    shown = (order.order_currency_code or order.base_currency_code or "").upper()
    if not shown:
        raise Unreadable("unreadable", "the order names no currency (order_currency_code)")
    if (order.base_currency_code or "").upper() == home and shown != home:
        figures = order_figures(order, base=True)
        if figures is not None:
            return figures, home, True
    figures = order_figures(order, base=False)
    if figures is None:
        raise Unreadable("unreadable", "the order has no subtotal or grand_total")
    return figures, shown, False


def _net_discount(figures: OrderFigures) -> Decimal:
    """The discount without the tax inside it."""
    return figures.discount - figures.hidden_tax - figures.shipping_hidden_tax


def _settle_rounding(sale: Sale) -> Sale:
    """The order adds up exactly, so what our rounding of its sub-cent parts left goes to the discount, else to the
    largest line, and is named. Some releases keep a discount on shipping of 2.275 and a total of 18.545."""
    left = sale.total - sale.parts()
    if not left or not sale.lines:
        return sale
    notes = (*sale.notes, f"rounded by {left} {sale.currency}: the order keeps parts of a cent")
    if sale.discount and sale.discount > left:
        return replace(sale, discount=sale.discount - left, notes=notes)
    largest = max(range(len(sale.lines)), key=lambda i: sale.lines[i].amount)
    lines = list(sale.lines)
    lines[largest] = replace(lines[largest], amount=lines[largest].amount + left)
    return replace(sale, lines=tuple(lines), notes=notes)


def _tenders(figures: OrderFigures, currency: str) -> tuple[Tender, ...]:
    amounts = (
        (TenderKind.GIFT_CARD, figures.gift_cards),
        (TenderKind.STORE_CREDIT, figures.store_credit),
        (TenderKind.REWARD_POINTS, figures.reward_points),
    )
    return tuple(Tender(kind, quantise(amount, currency)) for kind, amount in amounts if amount)


def _taxes(order: Order, tax: Decimal, currency: str, base: bool) -> tuple[TaxShare, ...]:
    """The tax by rate, in whole units that sum to the tax; one nameless share where an importer wrote no rates."""
    rates = [rate for rate in order.extension_attributes.applied_taxes if rate.code]
    amounts = [(rate.base_amount if base else rate.amount) or ZERO for rate in rates]
    if not rates or abs(sum(amounts, ZERO) - tax) > unit(currency) * len(rates):
        return (TaxShare("", ZERO, tax),) if tax else ()
    exact = spread(amounts, tax, currency)
    return tuple(
        TaxShare(rate.code or "", rate.percent or ZERO, amount) for rate, amount in zip(rates, exact, strict=True)
    )


def _payment(order: Order) -> Payment:
    payment = order.payment
    if payment is None:
        return Payment("")
    return Payment(payment.method or "", payment.last_trans_id or payment.po_number or "")


def placed_at(created_at: datetime, shop_zone: str, chosen: str) -> datetime:
    """When an order was placed, in the zone whose date is the book date: the store's own, unless settings choose
    another than "shop". Raises Unreadable."""
    name = shop_zone if chosen == "shop" else chosen
    try:
        return created_at.astimezone(ZoneInfo(name))
    except (KeyError, ValueError, OSError) as error:
        raise Unreadable("unreadable", f"the store's time zone {name!r} is unknown", "time_zone") from error


def _totals_differ(order: Order, exact: Decimal, difference: Decimal, currency: str) -> Unreadable:
    """Names the difference, and the extension attribute that would explain it: a charge can be set as a fee."""
    suspects = sorted(
        (amount != difference, name) for name, amount in _amounts(order) if abs(amount) == abs(difference)
    )
    hint = f"; the extension attribute {suspects[0][1]} holds just that" if suspects else ""
    return Unreadable(
        "totals_differ",
        f"the order's parts come to {_shown(exact, currency)} {currency}, its total is "
        f"{_shown(exact + difference, currency)}: {_shown(difference, currency)} is unexplained{hint}",
        "fees" if suspects and not suspects[0][0] else "",
    )


def _shown(amount: Decimal, currency: str) -> str:
    whole = quantise(amount, currency)
    return f"{whole if whole == amount else amount:f}"


def _amounts(order: Order) -> Iterator[tuple[str, Decimal]]:
    for name, value in (order.extension_attributes.model_extra or {}).items():
        if amount := as_amount(value):
            yield name, amount
