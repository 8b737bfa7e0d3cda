"""From SKUs to what QuickBooks should have on hand of each, for one connection: read, decided, kept for a preview."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.inventory.adjusting_books import Fresh
from services.inventory.adjusting_sources import CountedSources, Rows
from services.inventory.adjusting_steady import Reading, Steady
from services.inventory.adjusting_sweeps import Sweeps
from services.inventory.knowledge import Knowledge, Stocked
from services.inventory.preview import PreviewRow
from shared.commerce.money import ZERO
from shared.commerce.stock import OnHand, SourceRow
from shared.magento.stock_rows import same_sku
from shared.mapping.stock.books import correct, in_words
from shared.mapping.stock.decision import Outcome, StockDecision
from shared.settings.loader import Loaded
from shared.settings.stock import stock_rules

Every = Callable[[], Iterable[Loaded]]
"""The settings of all connections."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A SKU that differs, with the rows on which that was decided."""

    decision: StockDecision
    rows: tuple[SourceRow, ...]


class Survey:
    """Of one connection. What it keeps is bounded by the shop's SKUs."""

    def __init__(
        self,
        knowledge: Knowledge,
        sweeps: Sweeps,
        every: Every,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._knowledge = knowledge
        self._sweeps = sweeps
        self._every = every
        self._now = now
        self.steady = Steady()
        self.lines: dict[str, PreviewRow] = {}
        self.differing: dict[str, Difference] = {}

    def clear(self) -> None:
        """Under new settings nothing holds that was read under the old ones."""
        self.steady.clear()
        self.lines.clear()
        self.differing.clear()

    async def read(self, loaded: Loaded, sources: CountedSources, skus: Collection[str]) -> list[StockDecision]:
        """What is decided on them now. Raises MagentoError, NoSource, RetryLater, LogUnavailable, NotOwner."""
        swept = self._sweeps.passed(loaded.settings.connection)
        known = await self._knowledge.of(loaded, skus)
        rows = await sources.read([one.product.sku for one in known.values()])
        ended = self._now()
        await self._knowledge.reach(loaded)
        known = await self._knowledge.of(loaded, skus)  # what came while the shop was asked counts, too
        decisions = await self._decide(loaded, sources, known, rows)
        for sku in {same_sku(sku) for sku in skus} - decisions.keys():
            self._forget(sku)
        for sku, decision in decisions.items():
            self._keep(sku, decision, Reading(decision.difference, rows.get(sku, ()), ended, swept))
        return list(decisions.values())

    async def again(self, loaded: Loaded, sources: CountedSources, fresh: Fresh) -> Mapping[str, StockDecision]:
        """Of those that differ and whose items were asked for just now."""
        wanted = {sku: one for sku, one in self.differing.items() if one.decision.item_id in fresh.asked}
        await self._knowledge.reach(loaded)
        known = {
            sku: replace(one, items=tuple(_as_of(one.items, fresh)), waits=())
            for sku, one in (await self._knowledge.of(loaded, wanted)).items()
        }
        return await self._decide(loaded, sources, known, {sku: one.rows for sku, one in wanted.items()})

    def corrected(self, sku: str) -> None:
        """The books have changed: it begins anew."""
        self.steady.forget(sku)
        self.differing.pop(sku, None)

    async def _decide(
        self, loaded: Loaded, sources: CountedSources, known: Mapping[str, Stocked], rows: Rows
    ) -> dict[str, StockDecision]:
        stock = loaded.settings.stock
        rules = stock_rules(stock, sources.deducts)
        also_in = await self._also_in(loaded, known)
        return {
            sku: correct(
                one.case(None, rows.get(sku, ())),
                rules,
                below_zero=stock.adjust_below_zero,
                also_in=also_in.get(sku, ()),
            )
            for sku, one in known.items()
        }

    async def _also_in(self, loaded: Loaded, skus: Collection[str]) -> dict[str, set[str]]:
        """Other connections of the company that have a product of the SKU."""
        found: dict[str, set[str]] = {}
        for other in self._every():
            same = other.settings.quickbooks.realm == loaded.settings.quickbooks.realm
            if same and other.settings.connection != loaded.settings.connection:
                for sku in await self._knowledge.of(other, skus):
                    found.setdefault(sku, set()).add(other.settings.connection)
        return found

    def _forget(self, sku: str) -> None:
        self.corrected(sku)
        self.lines.pop(sku, None)

    def _keep(self, sku: str, decision: StockDecision, reading: Reading) -> None:
        self.steady.note(sku, reading)
        self.lines[sku] = row_of(decision)
        if decision.difference:
            self.differing[sku] = Difference(decision, reading.rows)
        else:
            self.differing.pop(sku, None)


def row_of(decision: StockDecision) -> PreviewRow:
    """A decision as a line of the preview: what the shop holds now, and what QuickBooks would have."""
    stocked = (decision.on_hand or ZERO) > 0
    emptied = stocked and bool(decision.difference) and (decision.quantity or ZERO) <= 0
    return PreviewRow(
        decision.sku,
        decision.outcome,
        decision.shop_now,
        decision.quantity if decision.outcome in (Outcome.WRITE, Outcome.UNCHANGED) else None,
        True,
        in_words(decision) or decision.why or "QuickBooks has it on hand",
        tuple(note.text for note in decision.notes),
        stocked,
        emptied,
    )


def _as_of(items: Iterable[OnHand], fresh: Fresh) -> Iterator[OnHand]:
    """Items as QuickBooks showed them just now, without those that are there no more."""
    for item in items:
        if item.item_id not in fresh.asked:
            yield item
        elif item.item_id in fresh.rows:
            yield replace(item, quantity=fresh.quantity(item.item_id), seen=fresh.seen)
