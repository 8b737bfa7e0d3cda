"""Tells of changes in the books: each state of an object once, durably, and the lists hear of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from services.ingest.cdc.told import AT, MARK, TOKEN, ToldStore
from shared import limits
from shared.log.port import Log, NewRecord, Position
from shared.quickbooks.cdc import NAME_LISTS, Change, key, news
from shared.telemetry.metrics import Metrics
from shared.topics import CHANGES
from shared.wire import encode

_log = structlog.get_logger(__name__)

Take = Callable[[str, str, Sequence[Mapping[str, Any]], datetime], Awaitable[int]]
"""(realm, entity, objects, the server's time): see lists.Lists.take."""


class Teller:
    """One process owns a company and asks one question about it at a time: nobody tells beside it."""

    def __init__(self, log: Log, told: ToldStore, take: Take, metrics: Metrics) -> None:
        self._log = log
        self._told = told
        self._take = take
        self._metrics = metrics

    def living(self, realm: str, entity: str) -> Iterator[str]:
        """The Ids of the objects that were told of, but for those told to be deleted."""
        return self._told.living(realm, entity)

    async def tell(
        self, realm: str, changes: Sequence[Change], at: datetime, cause: str, *, queried: bool = False
    ) -> int:
        """How many were news; durable on return. `at` is the server's time of the answer, `queried` says that they are
        rows of a query. Raises LogUnavailable."""
        names = {key(one) for one in changes}
        told = {name: last for name in names if (last := self._told.get(f"{realm}:{name}")) is not None}
        fresh = list(news(changes, told, queried=queried))
        await self._lists(realm, fresh if queried else changes, at)
        for start in range(0, len(fresh), limits.CDC_APPENDS_AT_ONCE):
            await self._append(realm, fresh[start : start + limits.CDC_APPENDS_AT_ONCE], at, cause)
        for one in fresh:
            self._metrics.changes.labels(realm, one.entity, "deleted" if one.deleted else "changed").inc()
            if not queried:
                self._metrics.cdc_delay_seconds.labels(realm).observe(max(0.0, (at - one.at).total_seconds()))
        return len(fresh)

    async def _append(self, realm: str, some: Sequence[Change], at: datetime, cause: str) -> None:
        """What got through counts as told, also when another append beside it failed."""
        appends = [self._log.append(_record(realm, one, at, cause)) for one in some]
        results = await asyncio.gather(*appends, return_exceptions=True)
        positions = [result for result in results if isinstance(result, Position)]
        if positions:
            await self._told.reach(max(positions))
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _lists(self, realm: str, changes: Sequence[Change], at: datetime) -> None:
        """Before the changes are durable: a change that was told is news never again.

        Lists hear of it each time an answer shows it, so as to get over a query whose index lagged behind: a sale moves
        an item's quantity but not its SyncToken, so of two states within a second the one that was read later stands.
        """
        for entity in sorted({one.entity for one in changes} & NAME_LISTS):
            await self._take(realm, entity, [one.document for one in changes if one.entity == entity], at)


def _record(realm: str, one: Change, at: datetime, cause: str) -> NewRecord:
    headers = {
        "schema": "1",
        "realm": realm,
        "entity": one.entity,
        "cause": cause,
        "server-time": at.isoformat(),
        AT: one.at.isoformat(),
        TOKEN: "" if one.deleted else one.token.replace(" ", ""),
        "status": "deleted" if one.deleted else "live",
        MARK: one.mark,
    }
    whole = NewRecord(CHANGES, f"{realm}:{key(one)}", encode(one.document), realm, headers)
    if whole.size_bytes <= limits.RECORD_MAX_BYTES:
        return whole
    _log.warning("a change is told without its lists: it is over the log's limit", realm=realm, entity=one.entity)
    brief = {name: value for name, value in one.document.items() if not isinstance(value, list)}
    return NewRecord(CHANGES, whole.key, encode(brief), realm, {**headers, "brief": "yes"})
