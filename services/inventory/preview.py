"""What would be written to a shop's stock, and whether it may be without a person's word. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.commerce.money import ZERO
from shared.mapping.stock.decision import Outcome, StockDecision, Term, TermKind
from shared.settings.model import Settings
from shared.settings.stock import Stock, StockDirection
from shared.wire import encode_canonical

_HUNDRED = Decimal(100)
_IN_SHORT = {
    TermKind.ON_HAND: "on hand",
    TermKind.AWAITING_SHIPMENT: "posted, not shipped",
    TermKind.AWAITING_BOOKS: "shipped, not posted",
    TermKind.OTHER_SOURCES: "at other sources",
    TermKind.RESERVE: "reserve",
    TermKind.FRACTION: "part of a piece",
    TermKind.PROMISED: "for open orders",
    TermKind.LIMIT: "over the shop's limit",
    TermKind.SOURCE: "in the shop's sources",
}


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One SKU: what the source holds now, what it would hold, and why. `shop_now` is None where it has no row there,
    `would_be` where nothing would be written. `notes` are the decision's remarks in words."""

    sku: str
    outcome: Outcome
    shop_now: Decimal | None
    would_be: Decimal | None
    in_stock: bool
    why: str
    notes: tuple[str, ...] = ()
    stocked: bool = False
    emptied: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """Of one connection. `rows`: all SKUs that the shop has a product of, by SKU.

    `stocked` of them can be sold from the source today, `emptied` of those couldn't be any more, and of `unsure` nobody
    can say yet. `digest` names what a person confirms: where it is written, and which SKUs it empties. `approved` says
    in words why it is written, "" while it waits for a person; `paused`: settings say that nothing is written for now.
    Where QuickBooks is what is corrected, `stocked` counts the SKUs that it has on hand, `emptied` those of which it
    would have none.
    """

    connection: str
    source: str
    rows: tuple[PreviewRow, ...]
    stocked: int
    emptied: int
    unsure: int
    guard_percent: Decimal
    digest: str
    approved: str = ""
    paused: bool = False
    direction: StockDirection = StockDirection.BOOKS_TO_SHOP

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many SKUs have each outcome."""
        return Counter(row.outcome for row in self.rows)

    @property
    def emptied_percent(self) -> Decimal:
        """Of the stocked SKUs, those that are emptied or may be; 0 to 100."""
        return _HUNDRED * (self.emptied + self.unsure) / self.stocked if self.stocked else ZERO

    @property
    def to_books(self) -> bool:
        """Whether QuickBooks is what is corrected."""
        return self.direction is StockDirection.SHOP_TO_BOOKS

    @property
    def empties_little(self) -> bool:
        """Whether the guard lets it pass."""
        return self.emptied_percent <= self.guard_percent

    @property
    def harmless(self) -> bool:
        """Whether it needs no person. What goes into the books always does."""
        return self.empties_little and not self.to_books


@dataclass(frozen=True, slots=True)
class NotKnown:
    """Why nothing can be said of a SKU, in words. `similar`: SKUs that may have been meant."""

    sku: str
    why: str
    similar: tuple[str, ...] = ()


def row_of(decision: StockDecision, was_in_stock: bool) -> PreviewRow:
    """A decision as a line. `was_in_stock` is the row's flag today."""
    writes = decision.outcome is Outcome.WRITE
    said = {term.because for term in decision.terms}
    stocked = was_in_stock and _sellable(decision.shop_now, decision) > 0
    emptied = stocked and writes and not (decision.in_stock and _sellable(decision.quantity, decision) > 0)
    return PreviewRow(
        decision.sku,
        decision.outcome,
        decision.shop_now,
        decision.quantity,
        decision.in_stock,
        decision.why or sum_in_words(decision.terms),
        tuple(note.text for note in decision.notes if note.text not in said),
        stocked,
        emptied,
    )


def sum_in_words(terms: Sequence[Term]) -> str:
    """The terms by kind, in a line however many there are: `7 on hand + 3 posted, not shipped (1 order)`."""
    units: dict[TermKind, Decimal] = {}
    orders = Counter(term.kind for term in terms if term.order)
    for term in terms:
        units[term.kind] = units.get(term.kind, ZERO) + term.units
    parts = [_part(kind, number, orders[kind]) for kind, number in units.items()]
    return " ".join(parts).removeprefix("+ ")


def _part(kind: TermKind, units: Decimal, orders: int) -> str:
    text = f"{units.copy_abs():f}"
    number = text.rstrip("0").rstrip(".") if "." in text else text
    named = f" ({orders} {'order' if orders == 1 else 'orders'})" if orders else ""
    return f"{'-' if units < 0 else '+'} {number} {_IN_SHORT[kind]}{named}"


def _sellable(quantity: Decimal | None, decision: StockDecision) -> Decimal:
    return (quantity or ZERO) - decision.open - max(decision.threshold, ZERO)


def preview_of(settings: Settings, rows: Iterable[PreviewRow], approved: str = "") -> Preview:
    """The rows with what they come to."""
    found = tuple(sorted(rows, key=lambda row: row.sku))
    stocked = [row for row in found if row.stocked]
    emptied = [row.sku for row in stocked if row.emptied]
    return Preview(
        connection=settings.connection,
        source=_where(settings.stock),
        rows=found,
        stocked=len(stocked),
        emptied=len(emptied),
        unsure=sum(row.outcome is Outcome.WAIT for row in stocked),
        guard_percent=settings.stock.guard_percent,
        digest=_digest(settings, emptied),
        approved=approved,
        paused=settings.stock.preview,
        direction=settings.stock.direction,
    )


def where(settings: Settings) -> dict[str, str]:
    """What an approval holds for: another direction, shop or source needs another."""
    stock = settings.stock
    return {"direction": stock.direction.value, "shop": settings.magento.url, "source": _where(stock)}


def _where(stock: Stock) -> str:
    """The source that is written, or those that count."""
    if stock.direction is not StockDirection.SHOP_TO_BOOKS:
        return stock.source
    return ", ".join(sorted(stock.counted_sources)) or "all enabled sources"


def _digest(settings: Settings, emptied: Collection[str]) -> str:
    """Quantities aren't part of it: on a busy shop they are others before a person has read them."""
    content = {"where": where(settings), "emptied": sorted(emptied)}
    return hashlib.sha256(encode_canonical(content)).hexdigest()[:16]
