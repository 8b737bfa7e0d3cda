"""Who has seen what would be corrected: nothing is before a person confirmed it, nor is what would empty too much."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog

from services.inventory.approvals import Approvals, Ground
from services.inventory.desk import OtherPreview
from services.inventory.preview import Preview, PreviewRow, preview_of, where
from shared import limits
from shared.log.signals import RetryLater
from shared.settings.loader import Loaded
from shared.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


class Guard:
    """Of one connection."""

    def __init__(self, approvals: Approvals, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._approvals = approvals
        self._metrics = metrics
        self._clock = clock
        self._shown: tuple[Preview, float] | None = None
        self._allowed = ""  # the preview that was confirmed last

    def check(self, loaded: Loaded, rows: Iterable[PreviewRow]) -> None:
        """Returns when corrections may be made. Raises RetryLater with what a person is to do."""
        preview = self._preview(loaded, rows)
        self._metrics.stock_held.labels(preview.connection).set(not preview.approved)
        if not preview.approved:
            held = "nothing is corrected before a person has seen what would be"
            if not preview.empties_little:
                held = (
                    f"QuickBooks would have nothing more of {preview.emptied} of {preview.stocked} items (and perhaps "
                    f"of {preview.unsure} more), more than {preview.guard_percent:f} %"
                )
            text = f"{held}: see bookbridge stock preview {preview.connection}, and confirm it"
            raise RetryLater(limits.ADJUST_TURN_SECONDS, text)

    def preview(self, loaded: Loaded, rows: Iterable[PreviewRow]) -> Preview:
        """For a person, who may confirm it from now on."""
        preview = self._preview(loaded, rows)
        self._shown = (preview, self._clock())
        return preview

    def was_shown(self, digest: str) -> bool:
        """Whether the preview of this digest was shown lately."""
        shown = self._shown
        return (
            shown is not None and shown[0].digest == digest and self._clock() - shown[1] <= limits.STOCK_PREVIEW_SECONDS
        )

    async def confirm(self, loaded: Loaded, digest: str) -> None:
        """Durable on return. Raises OtherPreview, LogUnavailable."""
        if self._shown is None or self._shown[0].digest != digest:
            raise OtherPreview("this is not the preview's digest of now: look at the preview again")
        await self._approvals.give(loaded.settings, Ground.CONFIRMED, self._shown[0])
        self._allowed = digest
        _log.info("a person confirmed the corrections", **where(loaded.settings), digest=digest)

    def _preview(self, loaded: Loaded, rows: Iterable[PreviewRow]) -> Preview:
        """Approved when a person has seen the first one, and this one, too, where it empties much."""
        preview = preview_of(loaded.settings, rows, self._approvals.given(loaded.settings))
        seen = preview.empties_little or preview.digest == self._allowed
        return preview if seen else replace(preview, approved="")
