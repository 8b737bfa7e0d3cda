"""Outcomes into the log, each at least once, and counted."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from services.inventory.outcome import QUIET, Status, StockOutcome
from shared import limits
from shared.magento.calls import at_once
from shared.magento.stock_rows import same_sku
from shared.telemetry.metrics import Metrics

Publish = Callable[[StockOutcome], Coroutine[Any, Any, None]]

_log = structlog.get_logger(__name__)


class Teller:
    """Of one connection. What went wrong with a SKU is told when it is new; what was written, every time."""

    def __init__(self, connection: str, publish: Publish, metrics: Metrics) -> None:
        self._connection = connection
        self._publish = publish
        self._metrics = metrics
        self._left: list[StockOutcome] = []  # not in the log yet; no turn begins before they are
        self._told: dict[str, tuple[Status, str]] = {}

    def note(self, outcome: StockOutcome) -> None:
        """Counts it, and keeps it for `tell` unless it is no news."""
        self._metrics.stock.labels(self._connection, outcome.status.value).inc()
        key = same_sku(outcome.sku)
        if outcome.status in QUIET or outcome.status in (Status.WRITTEN, Status.ADJUSTED):
            self._told.pop(key, None)
        elif self._told.get(key) == (outcome.status, outcome.text):
            return
        else:
            if len(self._told) >= limits.STOCK_TOLD:
                self._told.clear()
            self._told[key] = (outcome.status, outcome.text)
        if outcome.status not in QUIET:
            self._left.append(outcome)

    def over(self, sku: str) -> None:
        """What was wrong is over: should it come again, it is news."""
        self._told.pop(same_sku(sku), None)

    async def tell(self) -> None:
        """Durable on return. Raises LogUnavailable: what is left is told by the next call."""
        while self._left:
            some = self._left[: limits.STOCK_TELLS_AT_ONCE]
            await at_once(*(self._publish(outcome) for outcome in some))
            del self._left[: len(some)]
            for outcome in some:
                _log.info(
                    "stock",
                    connection=self._connection,
                    sku=outcome.sku,
                    source=outcome.source,
                    outcome=outcome.status.value,
                    before=None if outcome.before is None else format(outcome.before, "f"),
                    quantity=None if outcome.quantity is None else format(outcome.quantity, "f"),
                    why=outcome.text,
                )
