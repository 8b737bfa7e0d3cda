"""Metered questions to one company, each counted and timed by the server's clock."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from services.ingest.cdc.meter import Meter
from shared import limits
from shared.quickbooks.cdc import Change, instant, parse, sent_at
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.faults import QuickBooksError

_T = TypeVar("_T")
Spend = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Changes, the server's time of the answer, and when by that clock the question was sent, at the latest."""

    changes: Sequence[Change]
    time: datetime
    sent_at: datetime

    @property
    def whole(self) -> bool:
        """Nothing was cut off at the limit of objects."""
        return len(self.changes) < limits.CDC_OBJECTS


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a query, with the same times."""

    rows: Sequence[Any]
    time: datetime
    sent_at: datetime


class Books:
    """The methods raise the errors of `faults`, cdc.Unreadable, and what saving the count raises (LogUnavailable)."""

    def __init__(self, client: QuickBooksClient, meter: Meter, spend: Spend) -> None:
        """`spend` returns when the month's budget lets a call be made."""
        self._client = client
        self._meter = meter
        self._spend = spend

    async def changes(self, entities: Sequence[str], since: datetime) -> Asked:
        """One answer of change data capture."""
        document, took = await self._timed(lambda: self._client.changes(entities, since))
        answer = parse(document)
        return Asked(answer.changes, answer.time, sent_at(answer.time, took))

    async def query(self, statement: str) -> Rows:
        """One page of a query; a count has no rows."""
        (rows, told), took = await self._timed(lambda: self._client.timed_query(statement))
        at = instant(told)
        return Rows(rows, at, sent_at(at, took))

    async def _timed(self, call: Callable[[], Awaitable[_T]]) -> tuple[_T, float]:
        await self._spend()
        begin = time.monotonic()
        try:
            return await call(), time.monotonic() - begin
        except QuickBooksError as error:
            self._meter.not_billed(error)
            raise
