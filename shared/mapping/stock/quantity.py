"""What a source of the shop should hold of a SKU, so that what can be sold is what the books can still give. Pure.

    quantity = on hand in the books, as of the look
               + for each order: what the books had deducted by then - what of it left the source
               - what other sources hold (by setting) - reserve

raised to what open orders need, since the shop refuses to ship what its source doesn't hold (reference magento 7.3).
Nothing is estimated: when a write can't be ordered against the look, the SKU waits for the next one.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal

from shared.commerce.money import ZERO
from shared.commerce.stock import OnHand, Product, SourceRow, StockCase
from shared.mapping.stock.decision import Note, Outcome, Remark, StockDecision, Term, TermKind
from shared.mapping.stock.orders import OrderPart, order_part
from shared.mapping.stock.refusals import refusal, tracked_items
from shared.mapping.stock.rules import Flag, OtherSources, StockRules

# The shop's column is decimal(12,4) (reference magento 7.3).
_PLACES = Decimal("0.0001")
_MOST = Decimal("99999999.9999")
_SHORT = {
    Remark.OVERSOLD: "{:f} more sold than there is",
    Remark.OTHERS_HOLD_MORE: "the other sources hold {:f} more than there is",
}


def decide(case: StockCase, rules: StockRules) -> StockDecision:
    """The decision on one SKU. Its terms always sum to its quantity."""
    product, row = case.product, case.writable
    shop_now = None if row is None else row.quantity
    blank = StockDecision(product.sku, Outcome.WAIT, shop_now=shop_now, threshold=_threshold(product))
    if refused := refusal(case):
        return replace(blank, outcome=refused[0], why=refused[1])
    if row is None and not rules.assign:
        return replace(blank, outcome=Outcome.NOT_ASSIGNED, why="the SKU isn't assigned to the source that is written")
    item = tracked_items(case)[0]
    parts = [order_part(order, item.seen, rules) for order in case.orders]
    open_ = sum((part.open for part in parts), ZERO)
    if waits := (*case.waits, *(part.waits_for for part in parts if part.waits_for)):
        return replace(blank, open=open_, waits_for=waits, why="it can't be said yet what QuickBooks has deducted")
    terms, notes = _sum(case, item, parts, open_, rules)
    quantity = sum((term.units for term in terms), ZERO)
    in_stock = _flag(row, product, quantity, open_, rules.flag)
    same = row is not None and (row.quantity, row.in_stock) == (quantity, in_stock)
    outcome = Outcome.UNCHANGED if same else Outcome.WRITE
    return replace(blank, outcome=outcome, quantity=quantity, in_stock=in_stock, open=open_, terms=terms, notes=notes)


def _sum(
    case: StockCase, item: OnHand, parts: list[OrderPart], open_: Decimal, rules: StockRules
) -> tuple[tuple[Term, ...], tuple[Note, ...]]:
    seen_at = f"as of {item.seen.end.isoformat(timespec='milliseconds')}"
    on_hand = item.quantity or ZERO
    terms = [
        Term(TermKind.ON_HAND, on_hand, f"QuickBooks has {item.name} on hand, {seen_at}", (f"Item {item.item_id}",))
    ]
    terms += [part.term for part in parts if part.term is not None]
    notes = [part.note for part in parts if part.note is not None]
    others = ZERO
    if rules.other_sources is OtherSources.SUBTRACT:
        counted = [row for row in case.others if row.in_stock and row.quantity]
        terms += [Term(TermKind.OTHER_SOURCES, -row.quantity, f"held by source {row.source}") for row in counted]
        others = sum((row.quantity for row in counted), ZERO)
    sums = _Sum(terms, notes)
    if reserve := rules.reserve(case.product.sku):
        sums.take(
            TermKind.RESERVE, reserve.of(sums.total + others - open_), f"reserve of {reserve.sku}", Remark.HELD_BACK
        )
    sums.whole(case.product.fractions)
    sums.promise(max(open_ - others, ZERO), case.product, others)
    sums.limit()
    return tuple(sums.terms), tuple(sums.notes)


class _Sum:
    """Terms as they are added up, each step a term of its own, so that the sum stays the quantity."""

    def __init__(self, terms: list[Term], notes: list[Note]) -> None:
        self.terms = terms
        self.notes = notes

    @property
    def total(self) -> Decimal:
        return sum((term.units for term in self.terms), ZERO)

    def take(self, kind: TermKind, units: Decimal, because: str, remark: Remark) -> None:
        """Subtracts so many; nothing for 0."""
        if units:
            self.terms.append(Term(kind, -units, because))
            self.notes.append(Note(remark, units, because))

    def whole(self, fractions: bool) -> None:
        """Rounds down: what isn't a whole piece can't be sold."""
        total = self.total
        rounded = total.quantize(_PLACES if fractions else Decimal(1), rounding=ROUND_FLOOR)
        because = "beyond four decimals" if fractions else "less than a piece"
        self.take(TermKind.FRACTION, total - rounded, because, Remark.FRACTION_LEFT)

    def promise(self, needed: Decimal, product: Product, others: Decimal) -> None:
        """Raises to what open orders need. Backorders with a cap count how far the quantity is below that, so there it
        stays; without a cap, what can be sold is the same either way."""
        short = needed - self.total
        if short <= 0:
            return
        if product.backorder_cap:
            text = f"{short:f} less than open orders need: backorders go down to {product.threshold:f}"
            self.notes.append(Note(Remark.BACKORDERS_BELOW_ZERO, short, text))
            return
        remark = Remark.OTHERS_HOLD_MORE if others > 0 and not needed else Remark.OVERSOLD
        self.terms.append(Term(TermKind.PROMISED, short, f"open orders need {needed:f}"))
        self.notes.append(Note(remark, short, _SHORT[remark].format(short)))

    def limit(self) -> None:
        """The most the shop's column holds."""
        over = max(self.total - _MOST, ZERO)
        self.take(TermKind.LIMIT, over, f"the shop holds {_MOST:f} at most", Remark.TOO_MANY)


def _threshold(product: Product) -> Decimal:
    """Below zero it counts only with backorders."""
    return product.threshold if product.backorders else max(product.threshold, ZERO)


def _flag(row: SourceRow | None, product: Product, quantity: Decimal, open_: Decimal, policy: Flag) -> bool:
    """A row out of stock counts as 0, and virtual goods of open orders couldn't leave it: so it stays in stock as long
    as something is above the threshold, reserved, or sold on backorder."""
    now = row is None or row.in_stock
    if policy is Flag.KEEP:
        return now
    something = quantity > _threshold(product) or open_ > 0 or product.backorders
    return something if policy is Flag.FOLLOW else now or something
