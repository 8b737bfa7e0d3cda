"""What was published last of each entity: a projection of the three topics of snapshots, for the realms we own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from services.ingest.reading.fetched import Fetched, Kind
from services.ingest.reading.standing import Standing, fold, parse
from shared import limits
from shared.log.owned import Owned
from shared.log.partitions import partition_for
from shared.log.port import Log, NotOwner, Position
from shared.log.projection import Projection
from shared.magento.stock_rows import same_sku


class Published(Owned):
    """Complete for the partitions that are owned. Rows of orders outlive their snapshots in the log, which are kept for
    a time; rebuilt, it knows those only that the log still holds: the others would be published once more."""

    def __init__(self, log: Log, folder: Path) -> None:
        self._of = {kind: Projection(log, kind.topic, folder / f"published-{kind}s.sqlite", fold) for kind in Kind}
        super().__init__(self._of.values())

    def get(self, key: str) -> Standing | None:
        """Of `connection:kind:id`, kind being that of a snapshot. None: nothing published, as far as we know."""
        row = self._of[_kind_of(key)].get(key)
        return None if row is None else parse(row)

    def scan(self, kind: Kind, connection: str) -> Iterator[tuple[str, Standing]]:
        """(key, standing) of all of a connection's, by key."""
        for key, row in self._of[kind].scan(f"{connection}:{kind}:"):
            yield key, parse(row)

    async def product_of(self, connection: str, sku: str) -> int | None:
        """The id of the product that was published with this SKU last."""
        for row, (key, standing) in enumerate(self.scan(Kind.PRODUCT, connection)):
            if same_sku(standing.number) == same_sku(sku):
                return int(key.rpartition(":")[2])
            if row % limits.PUBLISHED_SCAN_ROWS == 0:
                await asyncio.sleep(0)
        return None

    def last(self, fetched: Fetched, connection: str, realm: str) -> Standing | None:
        """What is published of an entity. Raises NotOwner: what another process may publish we can't know."""
        projection = self._of[fetched.kind]
        if (partition := partition_for(realm, limits.PARTITIONS)) not in projection.ready:
            raise NotOwner(f"{fetched.kind.topic}-{partition} isn't ours")
        row = projection.get(fetched.key(connection))
        return None if row is None else parse(row)

    async def reach(self, kind: Kind, position: Position) -> None:
        """Returns when a record of ours is known. Raises LogUnavailable, NotOwner."""
        await self._of[kind].reach(position)


def _kind_of(key: str) -> Kind:
    return Kind(key.split(":")[1])
