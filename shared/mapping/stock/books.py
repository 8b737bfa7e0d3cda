"""What QuickBooks should have on hand of a SKU, where the shop is the master of quantities. Pure.

    on hand = what lies in the shop's counted sources
              - for each order: what the books had deducted by the look - what of it left the source

It is the formula of quantity.py solved for the other side, with the same terms: pieces that the books have deducted and
that still lie in the source don't count, and pieces that are gone and not deducted yet do. Nothing is offered or
reserved here, so reserves, backorders and flags play no part: a source's row counts with its quantity, in stock or not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from shared.commerce.money import ZERO
from shared.commerce.stock import SourceRow, StockCase
from shared.mapping.money import tidy
from shared.mapping.stock.decision import Note, Outcome, StockDecision, Term, TermKind
from shared.mapping.stock.orders import OrderPart, order_part
from shared.mapping.stock.refusals import refusal, tracked_items
from shared.mapping.stock.rules import StockRules


def correct(
    case: StockCase, rules: StockRules, *, below_zero: bool = False, also_in: Collection[str] = ()
) -> StockDecision:
    """What the books should have on hand, as of the look at the item. The terms always sum to it.

    The rows that count are `case.writable` and `case.others`. `also_in`: other connections of the company that sell the
    SKU. `below_zero`: whether the books may be told that they have less than nothing.
    """
    rows = [row for row in (case.writable, *case.others) if row is not None]
    held = tidy(sum((row.quantity for row in rows), ZERO)) if rows else None
    blank = StockDecision(case.product.sku, Outcome.WAIT, shop_now=held)
    if refused := refusal(case) or _unfit(rows, also_in):
        return replace(blank, outcome=refused[0], why=refused[1])
    item = tracked_items(case)[0]
    on_hand = tidy(item.quantity or ZERO)
    parts = [order_part(order, item.seen, rules) for order in case.orders]
    blank = replace(
        blank, open=sum((part.open for part in parts), ZERO), on_hand=on_hand, item_id=item.item_id, in_stock=True
    )
    if waits := (*case.waits, *(part.waits_for for part in parts if part.waits_for)):
        return replace(blank, waits_for=waits, why="it can't be said yet what QuickBooks has deducted")
    terms = (*(_source(row) for row in rows), *_opposite(parts))
    should = tidy(sum((term.units for term in terms), ZERO))
    found = replace(blank, quantity=should, terms=terms, notes=_notes(parts))
    if should == on_hand:
        return replace(found, outcome=Outcome.UNCHANGED)
    if should < 0 and not below_zero:
        why = f"QuickBooks would have {should:f} on hand, and stock.adjust_below_zero doesn't want that"
        return replace(found, outcome=Outcome.BELOW_ZERO, quantity=None, why=why)
    return replace(found, outcome=Outcome.WRITE)


def _unfit(rows: Collection[SourceRow], also_in: Collection[str]) -> tuple[Outcome, str] | None:
    if also_in:
        return Outcome.SHARED, f"sold by other connections of the company, too: {', '.join(sorted(also_in))}"
    if not rows:
        return Outcome.NOT_ASSIGNED, "no counted source of the shop has a row of this SKU, which isn't to have none"
    return None


def _source(row: SourceRow) -> Term:
    where = f"source {row.source}" if row.source else "the shop's stock"
    return Term(TermKind.SOURCE, tidy(row.quantity), f"lies in {where}")


def _opposite(parts: Collection[OrderPart]) -> list[Term]:
    return [replace(part.term, units=-part.term.units) for part in parts if part.term is not None]


def _notes(parts: Collection[OrderPart]) -> tuple[Note, ...]:
    return tuple(part.note for part in parts if part.note is not None)


def in_words(decision: StockDecision) -> str:
    """What would be adjusted, for people; "" when nothing would."""
    if not decision.difference:
        return ""
    return (
        f"QuickBooks has {decision.on_hand:f} on hand and should have {decision.quantity:f}: {decision.difference:+f}"
    )
