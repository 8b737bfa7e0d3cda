"""What a plan has come to so far. Conflicts of one cause are one, however many products wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.commerce.product import Product
from shared.mapping.catalog.matching import Undecided
from shared.mapping.catalog.plan import (
    CatalogPlan,
    Conflict,
    ConflictKind,
    Drift,
    ItemOperation,
    Skipped,
    SkipReason,
)

_CLASH = "SKUs that differ by letter case, spaces or invisible marks only: rename all but one in the shop"


_Cause = tuple[ConflictKind, str, tuple[str, ...], str]


@dataclass(slots=True)
class Report:
    """Collects a plan."""

    operations: list[ItemOperation] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    unchanged: int = 0
    _skipped: list[Skipped] = field(default_factory=list)
    _conflicts: dict[_Cause, list[Product]] = field(default_factory=dict)
    _clashes: list[Conflict] = field(default_factory=list)

    def skip(self, product: Product, reason: SkipReason) -> None:
        self._skipped.append(Skipped(product.key.id, product.sku, reason))

    def conflict(
        self, kind: ConflictKind, text: str, product: Product, items: tuple[str, ...] = (), setting: str = ""
    ) -> None:
        self._conflicts.setdefault((kind, text, items, setting), []).append(product)

    def undecided(self, product: Product, undecided: Undecided) -> None:
        self.conflict(undecided.kind, undecided.text, product, undecided.items, undecided.setting)

    def clash(self, group: Sequence[Product]) -> None:
        """Products whose SKUs clash, those that have their items already included."""
        ids, skus = tuple(product.key.id for product in group), tuple(product.sku for product in group)
        self._clashes.append(Conflict(ConflictKind.SKU_CLASH, _CLASH, ids, skus))

    def plan(self) -> CatalogPlan:
        """What was collected."""
        conflicts = [
            Conflict(
                kind=kind,
                text=text,
                products=tuple(product.key.id for product in products),
                skus=tuple(product.sku for product in products),
                items=items,
                setting=setting,
            )
            for (kind, text, items, setting), products in self._conflicts.items()
        ]
        return CatalogPlan(
            operations=tuple(self.operations),
            conflicts=tuple(sorted((*self._clashes, *conflicts), key=lambda one: (one.kind, one.products))),
            drift=tuple(self.drift),
            skipped=tuple(self._skipped),
            unchanged=self.unchanged,
        )
