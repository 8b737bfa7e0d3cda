"""The guard: a connection's stock is written once its first run was found harmless, or a person confirmed it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from services.inventory.approvals import Approvals, Ground
from services.inventory.desk import OtherPreview, Tell, silent
from services.inventory.knowledge import Knowledge
from services.inventory.looking import look
from services.inventory.preview import Preview, PreviewRow, preview_of, where
from services.inventory.shelf import Shelf
from shared import limits
from shared.log.signals import RetryLater
from shared.settings.loader import Loaded
from shared.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


class Held(RetryLater):
    """A person must look at the first run."""


class FirstRun:
    """Of one connection."""

    def __init__(
        self,
        knowledge: Knowledge,
        approvals: Approvals,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._knowledge = knowledge
        self._approvals = approvals
        self._metrics = metrics
        self._clock = clock
        self._one = asyncio.Lock()
        self._shown: tuple[Preview, float] | None = None

    def given(self, loaded: Loaded) -> bool:
        """Whether the stock may be written."""
        given = bool(self._approvals.given(loaded.settings))
        self._metrics.stock_held.labels(loaded.settings.connection).set(not given)
        return given

    async def run(self, loaded: Loaded, shelf: Shelf) -> None:
        """Returns when it was harmless. Raises Held, MagentoError, NoSource, LogUnavailable, NotOwner."""
        started = self._clock()
        preview = await self.preview(loaded, shelf)
        if not preview.harmless:
            rest = max(limits.STOCK_PREVIEW_REST * (self._clock() - started), limits.STOCK_PREVIEW_REST_SECONDS)
            raise Held(rest, in_words(preview))
        await self._approvals.give(loaded.settings, Ground.HARMLESS, preview)
        _log.info("the first run is harmless", connection=preview.connection, stocked=preview.stocked)

    async def preview(self, loaded: Loaded, shelf: Shelf, tell: Tell = silent) -> Preview:
        """What would be written now. Raises MagentoError, NoSource, NotOwner."""
        async with self._one:
            rows: list[PreviewRow] = []
            groups, done = await all_skus(self._knowledge, loaded, shelf.step), 0
            for skus in groups:
                tell(done, sum(map(len, groups)))
                rows += [one.line for one in await look(self._knowledge, shelf, loaded, skus)]
                done += len(skus)
            preview = preview_of(loaded.settings, rows, self._approvals.given(loaded.settings))
            self._shown = (preview, self._clock())
            return preview

    async def confirm(self, loaded: Loaded, shelf: Shelf, digest: str) -> None:
        """Raises OtherPreview, LogUnavailable, and as `preview`."""
        shown = self._shown
        if shown is None or shown[0].digest != digest or self._clock() - shown[1] > limits.STOCK_PREVIEW_SECONDS:
            preview = await self.preview(loaded, shelf)
        else:
            preview = shown[0]
        if preview.digest != digest:
            given = self._approvals.given(loaded.settings)
            why = f"nothing waits for it, since {given}" if given else in_words(preview)
            raise OtherPreview(f"this is not the preview's digest of now: {why}")
        await self._approvals.give(loaded.settings, Ground.CONFIRMED, preview)
        _log.info("a person confirmed the first run", **where(loaded.settings), digest=digest)


async def all_skus(knowledge: Knowledge, loaded: Loaded, together: int) -> list[list[str]]:
    """Every SKU that the shop has a product of, in groups; others get a turn meanwhile."""
    groups: list[list[str]] = []
    for number, sku in enumerate(knowledge.skus(loaded)):
        if number % together == 0:
            groups.append([])
            await asyncio.sleep(0)
        groups[-1].append(sku)
    return groups


def in_words(preview: Preview) -> str:
    """Why it waits, and what helps; that it doesn't, once it is harmless."""
    if preview.harmless:
        return "the first run is harmless by now, and needs nobody's word"
    unsure = f" (and {preview.unsure} more, of which nobody can say yet)" if preview.unsure else ""
    return (
        f"the first run would empty {preview.emptied} of {preview.stocked} stocked SKUs{unsure}, more than "
        f"{preview.guard_percent:f} %: see bookbridge stock preview {preview.connection}, and confirm it"
    )
