"""How the shop does what it is asked while others listen, some of whom it waits for.

A transaction of the shop can't wait: nothing is awaited in it. So where somebody must be asked, the operation is
rehearsed and rolled back; those it would tell are told one after the other, while REST shows the rows as they were, as
it does in Magento before the commit; then the operation is done for good, with what they changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

from sandbox.magento import limits
from sandbox.magento.changes import Change
from sandbox.magento.errors import ControlError, MagentoError, masked_failure
from sandbox.magento.shop import Body, Document, Shop
from sandbox.magento.tables import ID_FIELD, Kind
from sandbox.magento.webhooks.moments import Moment

T = TypeVar("T")


class Listeners(Protocol):
    """Who is told, and who is asked."""

    @property
    def any(self) -> bool:
        """Whether anybody hears of moments at all."""

    @property
    def waiting(self) -> bool:
        """Whether the shop waits for anybody."""

    def tell(self, moment: Moment) -> None:
        """Those that hear of it later."""

    async def ask(self, moment: Moment) -> Body | None:
        """Those it waits for; the body that they make of it, None: as it is. Raises MagentoError: it is refused."""


@dataclass(slots=True)
class _Run:
    """One pass through an operation: the moments it came to; what became of the bodies of some by their number."""

    edits: dict[int, Body] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)


class _RolledBack(Exception):
    pass


class Performer:
    """Does operations one by one while somebody is waited for; else at once. It is the shop's Watcher."""

    def __init__(self, shop: Shop, listeners: Listeners) -> None:
        self._shop = shop
        self._listeners = listeners
        self._run: _Run | None = None
        self._lock = asyncio.Lock()
        shop.watch(self)

    async def perform(self, operation: Callable[[], T]) -> T:
        """The operation in a transaction, with all who must be told or asked. It may be called more than once, so it
        must change nothing but the shop. Raises what it raises, and MagentoError: it was refused."""
        if not self._listeners.waiting:
            return self._done(operation, _Run())
        async with self._turn():
            run = _Run(await self._asked(operation))
            result = self._done(operation, run)
            for moment in run.moments:
                for committed in _after_commit(moment):
                    await self._listeners.ask(committed)
            return result

    @property
    def active(self) -> bool:
        return self._listeners.any

    def placing(self, document: Document) -> None:
        self._edited(Moment("placing", Kind.ORDER, dict(document.body)), document)

    def placed(self, document: Document) -> None:
        self._reached(Moment("placed", Kind.ORDER, dict(document.body)))

    def saving(self, document: Document) -> None:
        self._edited(Moment("saving", document.kind, dict(document.body)), document)

    def saved(self, change: Change) -> None:
        self._reached(Moment("deleted" if change.deleted else "saved", change.kind, change.body, change.before))

    def _edited(self, moment: Moment, document: Document) -> None:
        number = len(self._run.moments) if self._run is not None else 0
        self._reached(moment)
        if self._run is not None and number in self._run.edits:
            identity = ID_FIELD[document.kind]  # which no hook can change
            document.body = {**self._run.edits[number], identity: document.body[identity]}
            document.recorded = None

    def _reached(self, moment: Moment) -> None:
        if self._run is not None:
            self._run.moments.append(moment)
            return
        self._listeners.tell(moment)  # a change that no perform() stands around: nobody is waited for
        for committed in _after_commit(moment):
            self._shop.database.after_commit(partial(self._listeners.tell, committed))

    async def _asked(self, operation: Callable[[], T]) -> dict[int, Body]:
        """Rehearse and ask, until no answer changes anything more."""
        edits: dict[int, Body] = {}
        asked = 0
        while True:
            moments = self._rehearsed(operation, edits)
            while asked < len(moments):
                body = await self._listeners.ask(moments[asked])
                asked += 1
                if body is not None:
                    edits[asked - 1] = body
                    break
            else:
                return edits

    def _rehearsed(self, operation: Callable[[], T], edits: dict[int, Body]) -> list[Moment]:
        self._run = run = _Run(dict(edits))
        try:
            with self._shop.atomic():
                operation()
                raise _RolledBack
        except (_RolledBack, MagentoError, ControlError):  # what it raises it raises again when it is done for good
            return run.moments
        finally:
            self._run = None

    def _done(self, operation: Callable[[], T], run: _Run) -> T:
        """Events of a save go out before the commit: they tell of it even when it is rolled back."""
        self._run, kept = run, False
        try:
            with self._shop.atomic():
                result = operation()
            kept = True
        finally:
            self._run = None
            for moment in run.moments:
                self._listeners.tell(moment)
            for moment in run.moments if kept else ():
                for committed in _after_commit(moment):
                    self._listeners.tell(committed)
        return result

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Rows that a transaction has written are locked until it ends: another's write waits, then fails as MySQL
        makes it fail (innodb_lock_wait_timeout)."""
        try:
            async with asyncio.timeout(limits.LOCK_WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError as error:
            raise masked_failure() from error
        try:
            yield
        finally:
            self._lock.release()


def _after_commit(moment: Moment) -> list[Moment]:
    if moment.name == "saved":
        return [Moment("committed", moment.kind, moment.body, moment.before)]
    if moment.name == "deleted":
        return [Moment("delete_committed", moment.kind, moment.body, moment.before)]
    return []
