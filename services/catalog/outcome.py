"""What became of a product, for people and for proof: a record of `bookbridge.outcomes` under the product's key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from shared.mapping.catalog.plan import Conflict, ItemOperation, OperationKind


class Status(StrEnum):
    """`conflict`: a person must decide; `refused`: QuickBooks didn't take it."""

    CREATED = "created"
    ADOPTED = "adopted"
    UPDATED = "updated"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    CONFLICT = "conflict"
    REFUSED = "refused"


_DONE = {
    OperationKind.CREATE: Status.CREATED,
    OperationKind.ADOPT: Status.ADOPTED,
    OperationKind.UPDATE: Status.UPDATED,
    OperationKind.DEACTIVATE: Status.DEACTIVATED,
    OperationKind.REACTIVATE: Status.REACTIVATED,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is a code for counting, `text` says in plain words what was done or why not."""

    status: Status
    product: int
    sku: str
    item: str = ""
    name: str = ""
    reason: str = ""
    text: str = ""
    setting: str = ""

    def document(self) -> dict[str, Any]:
        """For the record's value: without what is empty."""
        return {name: value for name, value in asdict(self).items() if value != ""}


def done(operation: ItemOperation, item: str, name: str) -> Outcome:
    """The operation is in the books."""
    return Outcome(_DONE[operation.kind], operation.product_id, operation.sku, item, name, text=operation.reason)


def refused(operation: ItemOperation, reason: str, text: str) -> Outcome:
    """QuickBooks refuses it, or lacks what it refers to."""
    return Outcome(
        Status.REFUSED, operation.product_id, operation.sku, operation.item_id or "", reason=reason, text=text
    )


def conflicts(conflict: Conflict) -> list[Outcome]:
    """One for each product that waits for a person."""
    return [
        Outcome(Status.CONFLICT, product, sku, reason=conflict.kind.value, text=conflict.text, setting=conflict.setting)
        for product, sku in zip(conflict.products, conflict.skus, strict=False)
    ]
