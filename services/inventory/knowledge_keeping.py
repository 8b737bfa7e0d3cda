"""Orders that still matter are kept in the log: their snapshots are published again before it forgets them.

An order may stay open for longer than snapshots are kept (a pre-order, a backorder). Its pieces would be missing as
soon as the projections are built anew.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog

from services.inventory.knowledge_store import Shelf
from services.inventory.knowledge_working_set import WorkingSet
from services.process import Process
from services.rereading import read_again
from shared import limits
from shared.log.port import LogUnavailable, NotOwner
from shared.log.signals import StopService
from shared.settings.loader import Loaded
from shared.topics import ORDERS, TOPICS

_KEPT = next(topic.retention for topic in TOPICS if topic.name == ORDERS)
_log = structlog.get_logger(__name__)


class Keeping:
    """Looks at the working set from time to time."""

    def __init__(self, process: Process, shelf: Shelf, working: WorkingSet) -> None:
        self._process = process
        self._shelf = shelf
        self._set = working
        self._asked: dict[str, datetime] = {}

    async def run(self) -> None:
        """Until cancelled. What stopped a projection is raised by whoever asks what is known."""
        while True:
            for loaded in self._process.settings.all().values():
                try:
                    await self.turn(loaded, datetime.now(UTC))
                except LogUnavailable as error:
                    _log.warning("old orders wait for the log", error_class=type(error).__qualname__)
                except NotOwner:
                    continue
                except StopService:
                    return
            await asyncio.sleep(limits.STOCK_KEEP_SECONDS)

    async def turn(self, loaded: Loaded, now: datetime) -> None:
        """Asks for those of a connection whose snapshot is over two thirds of the log's memory old; for one that the
        shop doesn't show (it may have been deleted there) once a day. Raises LogUnavailable, NotOwner."""
        if not self._set.ready(loaded) or _KEPT is None:
            return
        connection, realm = loaded.settings.connection, loaded.settings.quickbooks.realm
        day = now.date().isoformat()
        count = 0
        for number, key in enumerate(self._set.keys(connection), 1):
            if number % limits.STOCK_ORDERS_AT_ONCE == 0:
                await asyncio.sleep(0)
            order = self._shelf.order(key)
            asked = self._asked.get(key)
            if order is None or now - order.fetched_at < _KEPT * 2 / 3 or (asked and asked.date() == now.date()):
                continue
            await read_again(self._process.log, key, realm, "bookbridge.keep", f"{key}@{day}")
            self._asked[key] = now
            count += 1
            if count == limits.STOCK_KEEP_ORDERS:
                break
        self._asked = {key: at for key, at in self._asked.items() if at.date() == now.date()}
        if count:
            _log.info("orders that still matter are read again", connection=connection, orders=count)
