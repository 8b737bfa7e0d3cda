"""The time that the following of the books goes by; a test lets a day pass in a moment."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime


class Clock:
    """Real time."""

    def now(self) -> datetime:
        """With a time zone."""
        return datetime.now(UTC)

    async def wait(self, seconds: float, event: asyncio.Event | None = None) -> None:
        """So long, or until the event is set."""
        if event is None:
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
