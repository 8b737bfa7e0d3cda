"""A small compacted topic that is followed whole: every partition, whoever owns it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from shared import limits
from shared.log.projection import Projection


class WholeTopic:
    """What a projection of all partitions stands behind, for as long as the block runs; complete when it begins."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection

    async def __aenter__(self) -> Self:
        await self._projection.start()
        await self._projection.add(range(limits.PARTITIONS))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._projection.close()
