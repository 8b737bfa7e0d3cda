"""Projections of partitions that go from one process to another, followed together."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from shared.log.projection import Projection


class Owned:
    """What stands behind these projections, for as long as the block runs, of the partitions that are owned."""

    def __init__(self, projections: Iterable[Projection]) -> None:
        self._every = tuple(projections)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for projection in self._every:
                await projection.start()
                stack.push_async_callback(projection.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def own(self, partitions: Iterable[int]) -> None:
        """Returns when all that the log has of these partitions is known. Raises LogUnavailable, NotOwner."""
        partitions = set(partitions)
        for projection in self._every:
            await projection.add(partitions)

    async def release(self, partitions: Iterable[int]) -> None:
        """Forgets partitions that are another process's now."""
        partitions = set(partitions)
        for projection in self._every:
            await projection.remove(partitions)
