"""Publishes snapshots: only what is news, and never an older reading after a newer one.

Everything that reads the shop publishes here: hints, sweeps, backfills. For one entity it is serial, in this process;
and the process that owns the realm is the only one that publishes for it. Steps, and what a crash after each means:
1. look at what was published last           -> nothing happened
2. append the snapshot                       -> durable; whoever reads the entity again finds it unchanged
3. wait until our projection has read it     -> same
A process that was frozen and lost the realm may come between 1 and 2. Each snapshot says which one it follows: where
two follow the same one, all readers take the first in the log, and the other's publisher reads the entity again.

Of what a list shows, "nothing changed" and "new" are believed. A change is read by itself before it is published: some
modules fill in their part of an entity only then (`orders.py`), and the two would be published in turns.

A reading from the future is of a clock that was set back, or of another machine's. It says nothing of the order
of readings: the next one is published as if it had begun just after, since our readers go by that instant as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from services.ingest.reading.fetched import Fetched
from services.ingest.reading.published import Published
from services.ingest.reading.standing import Standing
from services.locks import KeyLocks
from shared import limits
from shared.log.port import Log, NewRecord
from shared.log.signals import RetryLater
from shared.magento.faults import BadAnswer, NotFound
from shared.settings.loader import Loaded
from shared.snapshots import FOLLOWS
from shared.telemetry.metrics import Metrics
from shared.wire import encode

_NEXT = timedelta(microseconds=1)


class Verdict(StrEnum):
    """What became of a reading."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"  # the same content was published last
    OVERTAKEN = "overtaken"  # a reading that began later was first


class Publisher:
    """See the module."""

    def __init__(self, log: Log, published: Published, metrics: Metrics) -> None:
        self._log = log
        self._published = published
        self._metrics = metrics
        self._locks = KeyLocks()
        self._no_news: dict[str, datetime] = {}  # when the last reading began, where the log doesn't tell

    async def publish(
        self, loaded: Loaded, fetched: Fetched, headers: Mapping[str, str], *, force: bool = False
    ) -> Verdict:
        """Durable on return, when there was news. `headers` say what asked for the reading (cause, event-id, ...).

        With `force` it is published though unchanged: for a reader of the log that has lost it. Raises LogUnavailable,
        NotOwner (the realm is another process's by now), RecordTooLarge, RetryLater (read it again).
        """
        key = fetched.key(loaded.settings.connection)
        async with self._locks.hold(key):
            verdict = await self._publish(loaded, key, fetched, headers, force)
        if verdict is None:
            return await self.publish(loaded, await _by_itself(fetched), headers, force=force)
        labels = loaded.settings.connection, fetched.kind.value, headers.get("cause", "")
        if verdict is Verdict.PUBLISHED:
            self._metrics.snapshots.labels(*labels).inc()
        else:
            self._metrics.snapshots_unchanged.labels(*labels).inc()
        return verdict

    async def _publish(
        self, loaded: Loaded, key: str, fetched: Fetched, headers: Mapping[str, str], force: bool
    ) -> Verdict | None:
        """None: a list shows a change of what was published, and it should be read by itself."""
        connection, realm = loaded.settings.connection, loaded.settings.quickbooks.realm
        last = self._published.last(fetched, connection, realm)
        standing = Standing.of(fetched)
        same = last is not None and last.hash == standing.hash
        now = datetime.now(UTC)
        if last is not None and standing.fetched_at < last.fetched_at <= now:
            return Verdict.OVERTAKEN
        if (later := self._no_news.get(key)) is not None and standing.fetched_at < later <= now:
            if not force:
                return Verdict.OVERTAKEN
            if not same:
                raise RetryLater(0, "a later reading showed something else")
        if same and not force:
            self._remember(key, standing.fetched_at)
            return Verdict.UNCHANGED
        if last is not None and not same and fetched.alone is not None:
            return None
        if last is not None and (last.fetched_at > now or last.fetched_at == standing.fetched_at):
            self._remember(key, standing.fetched_at)
            fetched = replace(fetched, fetched_at=last.fetched_at + _NEXT)
            standing = replace(standing, fetched_at=fetched.fetched_at)
        value = encode(fetched.snapshot(connection))
        headers = {**headers, "schema": "1", "realm": realm, **standing.headers()}
        if last is not None:
            headers[FOLLOWS] = last.fetched_at.isoformat()
        position = await self._log.append(NewRecord(fetched.kind.topic, key, value, realm, headers))
        await self._published.reach(fetched.kind, position)
        stands = self._published.last(fetched, connection, realm)
        if stands is None or (stands.fetched_at, stands.hash) != (standing.fetched_at, standing.hash):
            raise RetryLater(0, "another process was first to publish it")
        return Verdict.PUBLISHED

    def _remember(self, key: str, fetched_at: datetime) -> None:
        """The log doesn't tell of readings without news, or not when they began. They matter while another reading may
        be under way only."""
        self._no_news.pop(key, None)
        self._no_news[key] = fetched_at
        if len(self._no_news) > limits.READINGS_REMEMBERED:
            del self._no_news[next(iter(self._no_news))]


async def _by_itself(fetched: Fetched) -> Fetched:
    """The same entity, read anew; what the list shows when it can't be read by itself."""
    try:
        return await fetched.alone() if fetched.alone else fetched
    except (NotFound, BadAnswer):
        return replace(fetched, alone=None)
