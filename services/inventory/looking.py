"""From SKUs to decisions: what is known of them, what the shop holds of them, and the formula."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from services.inventory.knowledge import Knowledge
from services.inventory.preview import PreviewRow, row_of
from services.inventory.shelf import Shelf
from shared.commerce.stock import SourceRow
from shared.magento.stock_rows import StockRow, same_sku
from shared.mapping.stock.decision import Outcome, StockDecision
from shared.mapping.stock.quantity import decide
from shared.mapping.stock.rules import OtherSources
from shared.settings.loader import Loaded
from shared.settings.stock import stock_rules


@dataclass(frozen=True, slots=True)
class Looked:
    """A decision with the row that it was made over, None where the source has none; `key` is the SKU as it was asked
    for."""

    key: str
    decision: StockDecision
    row: StockRow | None

    @property
    def line(self) -> PreviewRow:
        """For a preview."""
        return row_of(self.decision, self.row is not None and self.row.in_stock)

    @property
    def writes(self) -> bool:
        return self.decision.outcome is Outcome.WRITE


async def look(
    knowledge: Knowledge,
    shelf: Shelf,
    loaded: Loaded,
    skus: Collection[str],
    changed: Callable[[], Collection[str]] = tuple,
) -> Sequence[Looked]:
    """Of those SKUs that the shop has a product of. `changed`: SKUs of which something else is known now than at the
    call: what is known is never older than the row. Raises MagentoError, NoSource, NotOwner, LogUnavailable,
    RetryLater."""
    known = await knowledge.of(loaded, skus)
    if not known:
        return []
    rules = stock_rules(loaded.settings.stock, shelf.deducts)
    asked = [one.product.sku for one in known.values()]
    rows = await shelf.read(asked)
    others = await shelf.others(asked) if rules.other_sources is OtherSources.SUBTRACT else {}
    if stale := known.keys() & set(changed()):
        known = {key: one for key, one in known.items() if key not in stale} | await knowledge.of(loaded, stale)
    found = []
    for key, stocked in known.items():
        held = same_sku(stocked.product.sku)
        row = rows.get(held)
        writable = None if row is None else SourceRow(shelf.source, row.quantity, row.in_stock)
        found.append(Looked(key, decide(stocked.case(writable, others.get(held, ())), rules), row))
    return found
