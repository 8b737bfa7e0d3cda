"""The links of the realms that this process owns: read from a projection, changed by records that may lose.

Steps of `put`, and what a crash after each means:
1. append the new state (one revision up)        -> it is in the log; whoever owns the realm next reads it
2. wait until our projection has read it         -> same
3. compare: is the row the one we appended?      -> no: another record of that revision stood before ours
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

from shared import limits
from shared.links.state import LinkState, fold, lacking_words, parse
from shared.log.owned import Owned
from shared.log.partitions import partition_for
from shared.log.port import Log, NewRecord, NotOwner, Position, Record, TopicPartition
from shared.log.projection import Index, Projection
from shared.topics import LINKS

_INDEX = Index("what is waited for 1", lacking_words)


class LinkLost(Exception):
    """Another record of the same revision stood first: read the state again and decide anew."""


class LinkStore(Owned):
    """Links of the partitions that are owned."""

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        self._projection = Projection(log, LINKS, path, fold, on_change=self._repair, index=_INDEX)
        super().__init__((self._projection,))

    def of(self, realm: str) -> RealmLinks:
        """The links of one realm."""
        return RealmLinks(self, realm)

    def get(self, key: str, partition: int) -> LinkState:
        """The state now; the empty one for an entity never seen. Raises NotOwner: nothing is not "nothing known"."""
        if partition not in self._projection.ready:
            raise NotOwner(f"{LINKS}-{partition} isn't ours")
        return parse(self._projection.get(key))

    def scan(self, prefix: str) -> Iterator[tuple[str, LinkState]]:
        """All links of owned partitions whose key starts so."""
        for key, value in self._projection.scan(prefix):
            yield key, parse(value)

    def lacks(self, connection: str) -> list[str]:
        """All that entities of a connection wait for in the books (state.Held), each once."""
        begin = f"{connection}:"
        return [word.removeprefix(begin) for word in self._projection.words(begin)]

    def lacking(self, connection: str, lack: str) -> list[str]:
        """The keys of those that wait for this."""
        return self._projection.keys(f"{connection}:{lack}")

    async def append(self, key: str, realm: str, state: LinkState) -> None:
        """Steps 1 and 2 of `put`. Raises LogUnavailable, NotOwner."""
        position = await self._log.append(_record(key, realm, state))
        await self._projection.reach(position)

    async def catch_up(self, partition: int) -> None:
        """Returns when all that is in the log now has been read. Raises LogUnavailable, NotOwner."""
        source = TopicPartition(LINKS, partition)
        end = (await self._log.end_offsets([source]))[source]
        if end > 0:
            await self._projection.reach(Position(LINKS, partition, end - 1))

    async def _repair(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        """A record that lost is the last of its key in the log, and compaction would keep just that one: the owner
        states the winner again. Compaction leaves younger records alone (limits.COMPACTION_LAG), so this is in time.

        Nothing to do when a later record counted meanwhile, or when the loser says the same as the winner: for a moment
        two processes can take themselves for the owner, and would answer each other's repairs for ever."""
        if before is None or before != after or self._projection.get(record.key) != before:
            return
        realm = record.headers.get("realm", "")
        winner = parse(before)
        if parse(record.value).model_copy(update={"stamp": winner.stamp}) == winner:
            return
        again = winner.model_copy(update={"revision": winner.revision + 1, "stamp": uuid.uuid4().hex})
        await self._log.append(_record(record.key, realm, again))


class RealmLinks:
    """The links of one realm: what writers work with."""

    def __init__(self, store: LinkStore, realm: str) -> None:
        self._store = store
        self.realm = realm
        self._partition = partition_for(realm, limits.PARTITIONS)

    def get(self, key: str) -> LinkState:
        """The state now; the empty one for an entity never seen. Raises NotOwner."""
        return self._store.get(key, self._partition)

    def scan(self, prefix: str) -> Iterator[tuple[str, LinkState]]:
        """All links whose key starts so."""
        return self._store.scan(prefix)

    async def put(self, key: str, state: LinkState, **changes: object) -> LinkState:
        """The state with these fields changed, durable and won. Raises LinkLost, LogUnavailable, NotOwner."""
        stamp = uuid.uuid4().hex
        new = state.model_copy(update={**changes, "revision": state.revision + 1, "stamp": stamp})
        await self._store.append(key, self.realm, new)
        if self.get(key).stamp != stamp:
            raise LinkLost(key)
        return new

    async def still(self, key: str, state: LinkState) -> None:
        """Raises LinkLost unless this state stands, by all that is in the log now."""
        await self._store.catch_up(self._partition)
        if self.get(key).stamp != state.stamp:
            raise LinkLost(key)


def _record(key: str, realm: str, state: LinkState) -> NewRecord:
    value = state.model_dump_json(exclude_none=True).encode()
    return NewRecord(LINKS, key, value, realm, {"realm": realm, "schema": "1"})
