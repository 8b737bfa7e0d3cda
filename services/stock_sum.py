"""What `bookbridge stock explain` shows: a quantity as a sum that adds up, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from services.inventory.preview import NotKnown
from services.stock_words import HELP, number, plain, signed, visible
from shared.commerce.money import ZERO
from shared.mapping.stock.decision import Outcome, StockDecision, Term, TermKind

_NUMBER_WIDTH = 24
_OF_ORDERS = (TermKind.AWAITING_SHIPMENT, TermKind.AWAITING_BOOKS)


@dataclass(frozen=True, slots=True)
class Line:
    """`number` is part of a sum, or "" below the line that it belongs to."""

    number: str
    text: str
    style: str = ""


def head(decision: StockDecision, connection: str) -> str:
    """What the SKU gets."""
    name = f"{visible(decision.sku)} of {connection}"
    if decision.quantity is None:
        return f"{name}: nothing is written ({decision.outcome.value})"
    now, then = number(decision.shop_now), number(decision.quantity)
    if decision.on_hand is not None:
        has = f"{number(decision.on_hand)} on hand in QuickBooks"
        return f"{name}: {has}, {f'should be {then}' if decision.difference else 'as it should be'}"
    if decision.outcome is Outcome.UNCHANGED:
        return f"{name}: {then} in the shop's source, as it should be"
    if decision.shop_now is None:
        return f"{name}: no row in the shop's source, which should hold {then}"
    if decision.shop_now == decision.quantity:
        flag = "in stock" if decision.in_stock else "out of stock"
        return f"{name}: {then} in the shop's source, as it should be, but the flag should say {flag}"
    return f"{name}: {now} in the shop's source, should be {then}"


def sum_lines(decision: StockDecision, most: int) -> Iterator[Line]:
    """The terms, `most` of orders at most and the others as one, and what they come to; then what can be sold of it."""
    if decision.quantity is None:
        return
    terms, others = _shortened(decision.terms, most)
    for place, term in enumerate(terms):
        yield Line(signed(term.units) if place else number(term.units), plain(term.because))
        if below := _below(term):
            yield Line("", below, "dim")
    if others:
        units = sum((term.units for term in others), ZERO)
        yield Line(signed(units), f"{len(others):,} more orders; all of them: --all")
    where = "in the shop's source" if decision.on_hand is None else "on hand in QuickBooks"
    yield Line(f"= {number(decision.quantity)}", f"should be {where}", "bold")
    if decision.on_hand is None:
        yield from _to_sell(decision)


def _shortened(terms: Sequence[Term], most: int) -> tuple[list[Term], list[Term]]:
    """Those that are shown, and those of orders that are shown as one: the smallest."""
    orders = sorted((term for term in terms if term.kind in _OF_ORDERS), key=lambda term: -abs(term.units))
    hidden = {id(term) for term in orders[most:]}
    return [term for term in terms if id(term) not in hidden], orders[most:]


def _below(term: Term) -> str:
    """How a term comes about, and the documents behind it."""
    records = plain(", ".join(term.records))
    if term.kind not in _OF_ORDERS:
        return records
    parts = [f"deducted {number(term.booked)}", f"left the source {number(term.taken)}"]
    difference = " - ".join(parts if term.units == term.booked - term.taken else reversed(parts))
    return f"{difference}: {records}" if records else difference


def _to_sell(decision: StockDecision) -> Iterator[Line]:
    """How much of the quantity is left for new orders, as a sum that goes on from it."""
    threshold, left = decision.threshold, (decision.quantity or ZERO) - decision.open - decision.threshold
    if decision.open:
        yield Line(signed(-decision.open), "reserved by open orders")
    if threshold:
        because = "out-of-stock threshold of the product" if threshold > 0 else "backorders that the product takes"
        yield Line(signed(-threshold), because)
    if decision.open or threshold:
        yield Line(f"= {number(left)}", "can be sold" if left >= 0 else "more is sold than there is", "bold")
    if not decision.in_stock:
        yield Line("", "the flag beside it says out of stock: nothing can be sold", "yellow")


def table_of(lines: Sequence[Line]) -> Table:
    """Numbers below one another, so that they can be added up."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False, expand=True)
    table.add_column(justify="right", overflow="fold", max_width=_NUMBER_WIDTH)
    table.add_column(overflow="fold", ratio=1)
    for line in lines:
        table.add_row(Text(line.number, style=line.style), Text(line.text, style=line.style))
    return table


def remarks(decision: StockDecision, most: int) -> Iterator[str]:
    """Why nothing is written, what it waits for, what helps, and what a person should know beside the number."""
    if decision.why:
        yield plain(decision.why)
    for text in decision.waits_for[:most]:
        yield f"waits for {plain(text)}"
    if (more := len(decision.waits_for) - most) > 0:
        yield f"and for {more:,} more; all of them: --all"
    if decision.quantity is None and decision.shop_now is not None:
        yield f"the shop's source keeps its {number(decision.shop_now)}"
    if decision.outcome in HELP:
        yield f"what helps: {HELP[decision.outcome]}"
    said = {term.because for term in decision.terms}
    notes = [note for note in decision.notes if note.text not in said]
    for note in notes[:most]:
        yield f"{note.remark.value} {number(note.units)}: {plain(note.text)}"
    if (more := len(notes) - most) > 0:
        yield f"and {more:,} more remarks; all of them: --all"


def not_known(found: NotKnown) -> Iterator[str]:
    """What can be said of a SKU that nothing is known of."""
    yield f"{visible(found.sku)}: {plain(found.why)}"
    if found.similar:
        yield f"similar ones: {',  '.join(map(visible, found.similar))}"
