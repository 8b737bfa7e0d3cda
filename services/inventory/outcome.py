"""What became of a SKU's stock, for people and for proof: a record of `bookbridge.outcomes`, `connection:stock:sku`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from shared.magento.stock_rows import Result, Written
from shared.mapping.stock.decision import Outcome, StockDecision, Term


class Status(StrEnum):
    """The first two are as it should be, the next two come again by themselves, the others are a person's."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    WAIT = "wait"  # for the next look at the books
    OVERTAKEN = "overtaken"  # the shop's quantity moved while it was written
    COMPOSITE = "composite"
    NOT_MANAGED = "not_managed"
    NOT_ASSIGNED = "not_assigned"
    NO_ITEM = "no_item"
    ITEM_INACTIVE = "item_inactive"
    NOT_TRACKED = "not_tracked"
    NO_QUANTITY = "no_quantity"
    AMBIGUOUS = "ambiguous"
    SHARED = "shared"
    BELOW_ZERO = "below_zero"
    NO_PRODUCT = "no_product"
    REFUSED = "refused"  # the shop refuses this row, or QuickBooks this correction
    CLASH = "clash"  # the shop may take it and another SKU for one
    UNWRITABLE = "unwritable"  # no shop takes such a SKU or quantity
    ADJUSTED = "adjusted"  # QuickBooks was corrected by the shop
    NOT_IN_PLAN = "not_in_plan"  # the company's plan has no inventory adjustments
    BOOKS_CLOSED = "books_closed"
    BEFORE_START = "before_start"  # the item's start date lies later than today
    NO_SOURCE = "no_source"  # of the connection: the shop has no such source any more, or it is disabled


QUIET = frozenset({Status.UNCHANGED, Status.WAIT, Status.COMPOSITE, Status.NOT_MANAGED})
"""Counted, and no record: nothing happened, or nothing is to happen."""

_OF_WRITE = {
    Written.WRITTEN: Status.WRITTEN,
    Written.UNCHANGED: Status.UNCHANGED,
    Written.MOVED: Status.OVERTAKEN,
    Written.OVERTAKEN: Status.OVERTAKEN,
    Written.NOT_ASSIGNED: Status.NOT_ASSIGNED,
    Written.NO_PRODUCT: Status.NO_PRODUCT,
    Written.REFUSED: Status.REFUSED,
    Written.UNWRITABLE: Status.UNWRITABLE,
    Written.CLASH: Status.CLASH,
}


@dataclass(frozen=True, slots=True)
class StockOutcome:
    """`before` is what the source held, `quantity` what it was to hold. `reasons` is the sum, term by term."""

    status: Status
    sku: str
    source: str
    before: Decimal | None = None
    quantity: Decimal | None = None
    in_stock: bool | None = None
    text: str = ""
    reasons: tuple[Term, ...] = ()
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """For the record's value: without what is empty."""
        fields = {
            "status": self.status.value,
            "sku": self.sku,
            "source": self.source,
            "before": self.before,
            "quantity": self.quantity,
            "in_stock": self.in_stock,
            "text": self.text,
            "sum": [_term(term) for term in self.reasons],
            "notes": list(self.notes),
        }
        return {name: value for name, value in fields.items() if value not in (None, "", [])}


def decided(decision: StockDecision, source: str) -> StockOutcome:
    """Of a decision that writes nothing."""
    status = Status(decision.outcome.value)
    text = "; ".join((decision.why, *decision.waits_for)) if decision.why else ""
    return StockOutcome(status, decision.sku, source, decision.shop_now, decision.quantity, text=text)


def wrote(decision: StockDecision, result: Result, source: str) -> StockOutcome:
    """Of one that was to be written."""
    return StockOutcome(
        _OF_WRITE[result.outcome],
        decision.sku,
        source,
        decision.shop_now,
        decision.quantity,
        decision.in_stock,
        result.text,
        decision.terms,
        tuple(f"{note.remark.value}: {note.text}" for note in decision.notes),
    )


def is_write(decision: StockDecision) -> bool:
    """Whether something is to be written."""
    return decision.outcome is Outcome.WRITE


def _term(term: Term) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": term.kind.value, "units": term.units, "because": term.because}
    if term.records:
        shown["records"] = list(term.records)
    return shown
