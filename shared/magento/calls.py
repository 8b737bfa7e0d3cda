"""Several calls to a shop at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def at_once(*calls: Coroutine[Any, Any, Any]) -> list[Any]:
    """The answers, in order. When one fails the others are ended first, so that none goes on unseen, and its error is
    raised."""
    tasks = [asyncio.create_task(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
