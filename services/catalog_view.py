"""What `bookbridge catalog plan` shows of a plan: as words and rows, or as a document for machines. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from shared.mapping.catalog.plan import CatalogPlan, Conflict, Drift, ItemOperation, OperationKind, SkipReason
from shared.settings.products import Workflow
from shared.wire import encode

_DONE = {
    OperationKind.CREATE: "items to make",
    OperationKind.ADOPT: "items to take over",
    OperationKind.UPDATE: "items to change",
    OperationKind.REACTIVATE: "items to make active again",
    OperationKind.DEACTIVATE: "items to make inactive",
}
_SKIPPED = {
    SkipReason.PARENT: "configurable: their variants are items",
    SkipReason.PARTS: "sold as their parts",
    SkipReason.TYPE_NOT_CHOSEN: "of a type that products.types doesn't choose",
    SkipReason.NOT_SOLD: "not sold yet",
    SkipReason.FILTERED: "left out by products.filter",
    SkipReason.DISABLED: "disabled",
    SkipReason.DELETED: "deleted",
    SkipReason.ANOTHER_SHOPS: "their items are another shop's of the company",
    SkipReason.LEFT_INACTIVE: "their items were made inactive and stay so",
}
_SHOWN = 6  # SKUs of one conflict


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan with what is told about it: `workflow` is the one that was planned, `assumed` when it isn't in force."""

    connection: str
    workflow: Workflow
    assumed: bool
    products: int
    plan: CatalogPlan


def counts(plan: CatalogPlan) -> list[tuple[str, int]]:
    """What is to be done and what isn't: words and numbers, without what there is none of."""
    kinds = Counter(one.kind for one in plan.operations)
    skipped = Counter(one.reason for one in plan.skipped)
    rows = [("categories to make, or to make active again", len(plan.categories))]
    rows += [(words, kinds[kind]) for kind, words in _DONE.items()]
    rows.append(("items as they should be", plan.unchanged))
    rows.append(("products that wait for a decision", len(waiting(plan))))
    rows += [(f"products left out: {words}", skipped[reason]) for reason, words in _SKIPPED.items()]
    return [(words, number) for words, number in rows if number]


def waiting(plan: CatalogPlan) -> set[int]:
    """The products that conflicts hold: of those that clash, some may have their items."""
    settled = {one.product_id for one in plan.operations}
    return {number for conflict in plan.conflicts for number in conflict.products} - settled


def conflict_row(conflict: Conflict) -> tuple[str, str, str]:
    """What it is, whom it concerns, what would help."""
    skus = ", ".join(map(visible, conflict.skus[:_SHOWN]))
    more = len(conflict.skus) - _SHOWN
    items = f" (items {', '.join(conflict.items)})" if conflict.items else ""
    help_ = f"; setting {conflict.setting}" if conflict.setting else ""
    return conflict.kind.value, skus + (f" and {more:,} more" if more > 0 else ""), conflict.text + items + help_


def operation_row(operation: ItemOperation) -> tuple[str, str, str, str]:
    """What is done, for which SKU, to which item, why."""
    return operation.kind.value, visible(operation.sku), operation.item_id or "", operation.reason


def drift_rows(drift: tuple[Drift, ...]) -> Iterator[tuple[str, str, str, str]]:
    """By field: how many are restored, how many are left, one of them."""
    restored = Counter(one.field for one in drift if one.restored)
    left = Counter(one.field for one in drift if not one.restored)
    first = {one.field: one for one in reversed(drift)}
    for name, one in sorted(first.items()):
        example = f"{visible(one.sku)}: shop {_cut(one.shop)!r}, QuickBooks {_cut(one.books)!r}"
        yield name, f"{restored[name]:,}", f"{left[name]:,}", example


def visible(sku: str) -> str:
    """A SKU as people can tell it from another: in quotes when spaces at its ends or in a row would be overlooked."""
    return repr(sku) if sku != " ".join(sku.split()) or not sku.isprintable() else sku


def pieces(shown: Shown) -> Iterator[bytes]:
    """The whole plan for machines, as one JSON document, in pieces: it may be larger than all else."""
    plan = shown.plan
    kinds = Counter(one.kind.value for one in plan.operations)
    head = {
        "connection": shown.connection,
        "workflow": shown.workflow.value,
        "in_force": not shown.assumed,
        "products": shown.products,
        "counts": {
            **kinds,
            "unchanged": plan.unchanged,
            "waiting": len(waiting(plan)),
            "skipped": len(plan.skipped),
        },
    }
    yield encode(head).removesuffix(b"}")
    yield from _rows("categories", ({"name": one.full_name, "body": one.body} for one in plan.categories))
    yield from _rows("operations", map(_operation, plan.operations))
    yield from _rows("conflicts", map(asdict, plan.conflicts))
    yield from _rows("drift", map(asdict, plan.drift))
    yield from _rows("skipped", map(asdict, plan.skipped))
    yield b"}\n"


def _rows(name: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    yield b',"' + name.encode() + b'":['
    for number, row in enumerate(rows):
        yield (b"," if number else b"") + encode(row)
    yield b"]"


def _operation(one: ItemOperation) -> Mapping[str, Any]:
    return {
        "kind": one.kind.value,
        "product": one.product.id,
        "sku": one.sku,
        "item": one.item_id,
        "reason": one.reason,
        "body": one.body,
    }


def _cut(text: str, limit: int = 24) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
