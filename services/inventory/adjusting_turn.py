"""Corrections that are due: each item is asked for once more, decided on anew, and corrected when it says the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.inventory.adjusting_books import Corrected, Fresh, Result, StockBooks
from services.inventory.adjusting_documents import Correction
from services.inventory.adjusting_sources import CountedSources
from services.inventory.adjusting_survey import Survey
from services.inventory.outcome import Status, StockOutcome
from services.inventory.telling import Teller
from shared import limits
from shared.log.signals import RetryLater
from shared.mapping import text
from shared.mapping.stock.books import in_words
from shared.mapping.stock.decision import StockDecision
from shared.settings.loader import Loaded
from shared.settings.model import Settings
from shared.settings.stock import AdjustBy

_OF_ALL = {
    Corrected.NOT_IN_PLAN: "the company's plan has no inventory adjustments: choose a plan that has (Plus or Advanced, "
    'United States), or stock.adjust_by = "item", or stock.direction = "books_to_shop"',
    Corrected.BOOKS_CLOSED: "today lies in a closed period of the books: open it in QuickBooks",
}

# A new quantity overwrites what was sold since the look, so that fewer are written after one.
_TOGETHER = {AdjustBy.ADJUSTMENT: limits.ADJUST_ITEMS, AdjustBy.ITEM: limits.ADJUST_ITEMS_SET}


class Corrections:
    """Of one connection."""

    def __init__(
        self,
        survey: Survey,
        teller: Teller,
        account: Callable[[Loaded], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._survey = survey
        self._teller = teller
        self._account = account
        self._clock = clock
        self._refused: dict[str, tuple[Decimal, float]] = {}  # by SKU: what was refused, and until when it is left
        self._in_a_row = 0

    def settings_changed(self) -> None:
        """What was refused may be taken now."""
        self._refused.clear()
        self._in_a_row = 0

    async def make(self, loaded: Loaded, sources: CountedSources, books: StockBooks) -> bool:
        """Some of those that are due; whether there are more.

        Raises the errors of `faults` after which one stands, MagentoError, Unreadable, RetryLater, LogUnavailable,
        NotOwner."""
        stock = loaded.settings.stock
        ripe = self._survey.steady.ripe(timedelta(minutes=stock.adjust_after_minutes))
        due = {
            self._survey.differing[sku].decision.item_id: sku
            for sku, difference in ripe.items()
            if sku in self._survey.differing and not self._was_refused(sku, difference)
        }
        if not due:
            return False
        account = self._account(loaded) if stock.adjust_by is AdjustBy.ADJUSTMENT else ""
        items = sorted(due)[: _TOGETHER[stock.adjust_by]]
        fresh = await books.look(items)
        decisions = await self._survey.again(loaded, sources, fresh)
        for item in items:
            sku = due[item]
            decision = decisions.get(sku)
            if decision is None or decision.difference != ripe[sku]:
                self._survey.corrected(sku)  # it moved meanwhile: it begins anew
            else:
                await self._correct(sku, decision, loaded, books, account, fresh)
        return len(due) > len(items)

    async def _correct(
        self, sku: str, decision: StockDecision, loaded: Loaded, books: StockBooks, account: str, fresh: Fresh
    ) -> None:
        settings = loaded.settings
        said = text.plain(f"{settings.stock.adjust_note}: {decision.sku}, {in_words(decision)}", 1_000)
        correction = Correction(
            decision.item_id,
            decision.difference,
            day_of(settings, fresh.at),
            said.replace("[", "(").replace("]", ")"),
        )
        self._survey.corrected(sku)  # also when its outcome stays open: then it is settled first
        result = await books.correct(correction, settings.stock.adjust_by, account, fresh)
        self._teller.note(outcome_of(decision, result))
        if result.outcome in _OF_ALL:
            raise RetryLater(limits.ADJUST_REFUSED_SECONDS, _OF_ALL[result.outcome])
        if result.outcome is Corrected.ADJUSTED:
            self._in_a_row = 0
        else:
            self._in_a_row += 1
            if len(self._refused) >= limits.ADJUST_REMEMBERED:
                self._refused.clear()
            self._refused[sku] = (decision.difference, self._clock() + limits.ADJUST_REFUSED_SECONDS)
            if self._in_a_row >= limits.ADJUST_REFUSED_IN_A_ROW:
                self._in_a_row = 0
                why = f"QuickBooks refuses one correction after another; see stock.adjust_account: {result.text}"
                raise RetryLater(limits.ADJUST_REFUSED_SECONDS, why)

    def _was_refused(self, sku: str, difference: Decimal) -> bool:
        refused, until = self._refused.get(sku, (None, 0.0))
        return refused == difference and self._clock() < until


def day_of(settings: Settings, at: datetime) -> date:
    """The date of a correction that is made now: today in the zone that the settings name, else as QuickBooks itself
    writes the time."""
    return at.date() if settings.time_zone == "shop" else at.astimezone(ZoneInfo(settings.time_zone)).date()


def outcome_of(decision: StockDecision, result: Result) -> StockOutcome:
    """For people and for proof: what QuickBooks had, and what it has or was to have."""
    return StockOutcome(
        Status(result.outcome.value),
        decision.sku,
        "",
        decision.on_hand,
        decision.quantity,
        None,
        "; ".join(part for part in (result.document, result.text) if part),
        decision.terms,
        tuple(f"{note.remark.value}: {note.text}" for note in decision.notes),
    )
