"""Orders that were parked because the books lacked something are planned again once the books have it.

What an order waits for is in its link, and an index finds those who wait for one thing. So a change of the lists costs
a look-up for each thing that is waited for, whatever the number of orders, and a restart forgets nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from services.lacks import WATCHED, is_here
from services.orders.again import plan_again
from services.process import Process
from shared import limits
from shared.links.store import LinkStore
from shared.log.port import LogUnavailable, NotOwner
from shared.log.signals import backoff
from shared.quickbooks.lists import Told

_log = structlog.get_logger(__name__)


class Lacking:
    """Of the companies that this process owns."""

    def __init__(self, process: Process, links: LinkStore, owns: Callable[[str], bool]) -> None:
        """`owns` tells whether a realm is this process's."""
        self._process = process
        self._links = links
        self._owns = owns
        self._realms: set[str] = set()
        self._look = asyncio.Event()
        self._given: set[str] = set()  # orders that were asked to be planned, of which no plan has begun since
        process.lists.subscribe(self._told)

    def look(self, realm: str) -> None:
        """What its orders wait for may have come while nobody looked."""
        self._realms.add(realm)
        self._look.set()

    def planning(self, key: str) -> None:
        """A plan of the order begins: what changes from now on is worth another one."""
        self._given.discard(key)

    def forget(self) -> None:
        """Partitions come or go: of whom a plan was asked is known no more."""
        self._given.clear()

    async def watch(self) -> None:
        """Until cancelled. Raises StopService when going on would lose something."""
        failures = 0
        while True:
            await self._look.wait()
            await asyncio.sleep(max(limits.LACKING_PAUSE_SECONDS, backoff(failures) if failures else 0.0))
            self._look.clear()
            for realm in sorted(self._realms):
                try:
                    done = await self._plan(realm)
                    failures = 0
                except NotOwner:
                    done = True  # its next owner looks
                except LogUnavailable as error:
                    failures += 1
                    _log.warning("waiting orders can't be planned yet", error_class=type(error).__qualname__)
                    done = False
                if not done:
                    self._look.set()

    async def _told(self, told: Told) -> None:
        if told.entity in WATCHED and not told.refused and self._owns(told.realm):
            self.look(told.realm)

    async def _plan(self, realm: str) -> bool:
        """False when the lists aren't restored yet."""
        self._realms.discard(realm)
        if not self._owns(realm):
            return True
        if not self._process.lists.ready(realm):
            self._realms.add(realm)
            return False
        try:
            for loaded in self._process.settings.all().values():
                if loaded.settings.quickbooks.realm == realm:
                    await self._plan_connection(realm, loaded.settings.connection)
        except LogUnavailable:
            self._realms.add(realm)
            raise
        return True

    async def _plan_connection(self, realm: str, connection: str) -> None:
        """Every order that waits for what is there now, unless a plan of it is asked for already."""
        lists = self._process.lists.of(realm)
        count = 0
        for row, lack in enumerate(self._links.lacks(connection)):
            if row % limits.HELD_SCAN_ROWS == 0:
                await asyncio.sleep(0)
            if not is_here(lack, lists):
                continue
            for key in self._links.lacking(connection, lack):
                if key not in self._given:
                    self._given.add(key)  # before: the plan may have begun when the command is durable
                    try:
                        await plan_again(self._process.log, key, realm, "books")
                    except LogUnavailable:
                        self._given.discard(key)
                        raise
                    count += 1
        if count:
            _log.info("orders that lacked something in the books are planned again", realm=realm, orders=count)
