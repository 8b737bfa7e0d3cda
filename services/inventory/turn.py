"""One turn: some SKUs are decided on, those that differ are written, and what became of each is told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from services.inventory.access import Access
from services.inventory.knowledge import Knowledge
from services.inventory.looking import Looked, look
from services.inventory.outcome import Status, StockOutcome, decided, wrote
from services.inventory.shelf import Shelf
from services.inventory.telling import Teller
from shared import limits
from shared.commerce.money import ZERO
from shared.commerce.stock import Seen
from shared.log.signals import RetryLater
from shared.magento.stock_rows import Result, Target, Written, same_sku
from shared.mapping.stock.decision import Outcome, StockDecision
from shared.settings.loader import Loaded
from shared.telemetry.metrics import Metrics


class Turns:
    """Of one connection, one after another."""

    def __init__(
        self,
        connection: str,
        knowledge: Knowledge,
        access: Access,
        teller: Teller,
        sure: Callable[[float], bool],
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sure`: whether the connection, which was ours at that moment, surely still is (pulse.py)."""
        self._knowledge = knowledge
        self._access = access
        self._teller = teller
        self._sure = sure
        self._seconds = metrics.stock_seconds.labels(connection)
        self._clock = clock
        self._waiting: dict[str, float] = {}  # for a look at the books, since when
        self._seen: Seen | None = None  # the look that wasn't enough for them
        self._tries: Counter[str] = Counter()  # writes in a row that were overtaken
        self._sent: dict[str, StockDecision] = {}  # what became of these writes isn't known

    async def do(
        self, loaded: Loaded, shelf: Shelf, since: Mapping[str, float], changed: Callable[[], Collection[str]]
    ) -> set[str]:
        """Those that come again at once. `since`: SKUs with the moment of their change; `changed`: those that have
        changed since the call. Raises MagentoError, NoSource, NotOwner, LogUnavailable; RetryLater when the settings
        have changed meanwhile."""
        began = self._clock()
        found = await look(self._knowledge, shelf, loaded, since, changed)
        results = await self._write(loaded, shelf, [one for one in found if one.writes], began)
        again: set[str] = set()
        for one in found:
            outcome = self._outcome(one, results.get(one.key), shelf)
            self._follow_up(one.key, outcome.status, again)
            self._teller.note(outcome)
            if outcome.status is Status.WRITTEN:
                self._seconds.observe(self._clock() - since[one.key])
        for key in since.keys() - {one.key for one in found}:
            self._forget(key)  # the shop has no such product any more
        await self._teller.tell()
        return again

    async def _write(
        self, loaded: Loaded, shelf: Shelf, wanted: Sequence[Looked], began: float
    ) -> Mapping[str, Result]:
        if not wanted:
            return {}
        if not self._access.unchanged(loaded):
            raise RetryLater(0, "the settings have changed")
        if not self._sure(began):
            raise RetryLater(limits.STOCK_LOOK_SECONDS, "the process stood still, or the log did")
        self._sent |= {one.key: one.decision for one in wanted}
        rows = {same_sku(one.decision.sku): one.row for one in wanted if one.row is not None}
        results = await shelf.write([_target(one, loaded) for one in wanted], rows)
        for one in wanted:
            del self._sent[one.key]
        return {one.key: result for one, result in zip(wanted, results, strict=True)}

    def _outcome(self, one: Looked, result: Result | None, shelf: Shelf) -> StockOutcome:
        if result is not None:
            return wrote(one.decision, result, shelf.source)
        sent = self._sent.pop(one.key, None)
        if sent is not None and one.decision.outcome is Outcome.UNCHANGED and sent.quantity == one.decision.quantity:
            result = Result(sent.sku, Written.WRITTEN, after=one.row, text="the shop's answer was lost")
            return wrote(sent, result, shelf.source)
        return decided(one.decision, shelf.source)

    def _follow_up(self, key: str, status: Status, again: set[str]) -> None:
        if status is Status.WAIT:
            self._waiting.setdefault(key, self._clock())
        else:
            self._waiting.pop(key, None)
        if status is not Status.OVERTAKEN:
            del self._tries[key]
        elif self._tries[key] < limits.STOCK_TRIES:
            self._tries[key] += 1
            again.add(key)

    def _forget(self, key: str) -> None:
        self._waiting.pop(key, None)
        self._sent.pop(key, None)
        del self._tries[key]

    # --- what waits for a look at the books

    def waited_enough(self, loaded: Loaded) -> Sequence[str]:
        """Those that waited, once the books were looked at again."""
        seen = self._knowledge.looked(loaded)
        if not self._waiting or seen == self._seen:
            return ()
        self._seen = seen
        return tuple(self._waiting)

    def waits_long(self) -> int:
        """SKUs that have waited for so long that a person should know."""
        now = self._clock()
        return sum(now - at > limits.STOCK_WAIT_SAY_SECONDS for at in self._waiting.values())


def _target(one: Looked, loaded: Loaded) -> Target:
    quantity = one.decision.quantity or ZERO  # a decision to write has one
    return Target(one.decision.sku, quantity, one.decision.in_stock, assign=loaded.settings.stock.assign)
