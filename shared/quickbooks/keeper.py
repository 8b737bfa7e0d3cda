"""The one refresher of a realm's tokens.

A refresh in steps, and what a crash after each one means:

0. The log takes a record, and all that others have written is known. Without that no refresh begins: its answer would
   be kept in memory alone, and an owner that was frozen would use a token that the next owner has replaced.
1. The refresh token is sent. Crash: it may have been replaced over there. On restart the same token is tried again;
   QuickBooks replaces it about once a day, so mostly it still works. If not, a person must connect again.
2. The answer is here. Crash: as after 1.
3. The new record is durable (`save` returned). Crash: on restart the new record is read. Nothing is lost.
4. The new access token is used, here and by the followers.

So no token is used before it is durable, and a `save` that fails is repeated before anything else is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from shared import limits
from shared.log.port import LogUnavailable
from shared.quickbooks.faults import OutcomeUnknown, QuickBooksError, Reconnect, Unavailable
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.token_shelf import TokenShelf, lasts, utc_now
from shared.quickbooks.vault import TokenRecord

Refresh = Callable[[str], Awaitable[TokenPair]]
Save = Callable[[str, TokenRecord], Awaitable[None]]
Ready = Callable[[str], Awaitable[None]]
Failure = QuickBooksError | LogUnavailable

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_log = structlog.get_logger(__name__)


async def _at_once(realm: str) -> None:
    """Nothing has to be made ready."""


class TokenKeeper:
    """The TokenSource of the process that owns the realm. Many callers at once make one refresh."""

    def __init__(
        self,
        realm: str,
        refresh: Refresh,
        save: Save,
        *,
        ready: Ready = _at_once,
        record: TokenRecord | None = None,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        settle_seconds: float = limits.TOKEN_SETTLE_SECONDS,
    ) -> None:
        """`refresh` is OAuth2Client.refresh; `save(realm, record)` returns when the record is durable;
        `ready(realm)` returns when the log has just taken a record, and what was written before it has been adopted.

        `settle_seconds`: how long a newer record, of an owner before us, may take to reach us through `adopt`.
        """
        self._shelf = TokenShelf(realm, record)
        self._refresh = refresh
        self._save = save
        self._ready = ready
        self._now = now
        self._sleep = sleep
        self._settle_seconds = settle_seconds
        self._task: asyncio.Task[None] | None = None
        self._unsaved: TokenRecord | None = None
        self._failed: tuple[datetime, Failure] | None = None

    @property
    def record(self) -> TokenRecord | None:
        """The newest durable record."""
        return self._shelf.record

    def adopt(self, record: TokenRecord) -> None:
        """Takes a record from outside, if newer: after a person connected again, or read from the log.

        One that is not newer and not ours comes from an owner before us that was frozen: the log's last record, which
        the next start reads, is not the newest any more. The better of the two is written after it.
        """
        ours = self._shelf.record
        if self._shelf.adopt(record):
            self._failed = None
            if self._unsaved is not None:
                self._unsaved = _after(record, self._unsaved)
        elif ours is not None and record != ours and self._unsaved is None:
            self._unsaved = replace(record if _better(record, ours) else ours, version=ours.version + 1)
            self._start()

    async def settled(self) -> TokenRecord | None:
        """The newest record, once no refresh is under way and nothing waits to be saved. Raises LogUnavailable."""
        while (task := self._running()) is not None or self._unsaved is not None:
            if task is not None:
                await asyncio.wait([task])
            else:
                await asyncio.shield(self._start())
        return self.record

    async def save_again(self) -> None:
        """Writes the newest record once more: sealed with the key that seals now. Raises LogUnavailable."""
        record = await self.settled()
        if record is not None:
            await self.take(record)

    async def take(self, record: TokenRecord) -> None:
        """Puts a person's act in force, durably: a new grant, or its withdrawal. A refresh under way ends first, so
        that its answer can't come after. Raises LogUnavailable; call again then."""
        while (task := self._running()) is not None:
            await asyncio.wait([task])
        perhaps_saved = self._unsaved.version if self._unsaved is not None else 0  # its append may have got through
        self._unsaved = replace(record, version=max(self._shelf.version, perhaps_saved) + 1)
        await asyncio.shield(self._start())

    async def access_token(self) -> str:
        """A token that lasts. Shortly before its end a refresh runs beside; after it, callers wait for the refresh.

        Raises Reconnect, Unavailable, Throttled, Refused (bad app keys), LogUnavailable (the new token can't be saved).
        """
        record = self._usable()
        if not lasts(record, self._now()):
            await self._refreshed()
        elif self._due(record) and not self._pausing():
            self._start()
        return self._usable().pair.access_token

    async def refused(self, token: str) -> None:
        """Refreshes, unless the refused token is not the newest any more. Raises as access_token does."""
        if self._usable().pair.access_token == token:
            await self._refreshed()

    async def close(self) -> None:
        """Lets a refresh under way finish and saves what is not saved yet, within a limit: memory holds the only copy
        of the new token."""
        try:
            async with asyncio.timeout(limits.TOKEN_CLOSE_SECONDS):
                while self._running() is not None or self._unsaved is not None:
                    await asyncio.wait([self._start()])
                    if self._unsaved is not None:
                        await self._sleep(limits.TOKEN_SAVE_PAUSE_SECONDS)
        except TimeoutError:
            _log.error("a token could not be saved in time", realm=self._shelf.realm)
        if (task := self._running()) is not None:
            task.cancel()
            await asyncio.wait([task])

    def _usable(self) -> TokenRecord:
        record = self._shelf.usable()
        if record is None:
            raise Unavailable("no-token", f"no token of realm {self._shelf.realm} is known yet")
        return record

    async def _refreshed(self) -> None:
        if self._failed is not None and self._pausing():
            raise self._failed[1]
        await asyncio.shield(self._start())  # a caller that is cancelled doesn't cancel the others' refresh
        record = self._usable()  # raises Reconnect to all who waited
        if not record.pair.access_token:
            failure = Unavailable("no-token", f"the last answer for realm {self._shelf.realm} had no access token")
            self._failed = (self._now(), failure)
            raise failure

    def _due(self, record: TokenRecord) -> bool:
        """Whether something is to be done beside, while the token still lasts."""
        return self._unsaved is not None or not lasts(record, self._now(), limits.TOKEN_REFRESH_AHEAD_SECONDS)

    def _running(self) -> asyncio.Task[None] | None:
        return None if self._task is None or self._task.done() else self._task

    def _start(self) -> asyncio.Task[None]:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=f"token-refresh-{self._shelf.realm}")
            self._task.add_done_callback(_retrieve)
        return self._task

    def _pausing(self) -> bool:
        if self._failed is None:
            return False
        return self._now() < self._failed[0] + timedelta(seconds=limits.TOKEN_FAILED_PAUSE_SECONDS)

    async def _run(self) -> None:
        try:
            await self._renew()
            self._failed = None
        except (QuickBooksError, LogUnavailable) as error:
            self._failed = (self._now(), error)
            raise

    async def _renew(self) -> None:
        if self._unsaved is None:
            known = self._shelf.version
            await self._ready(self._shelf.realm)
            if self._unsaved is None and self._shelf.version == known:  # else somebody has renewed it meanwhile
                fresh = await self._next(self._usable())
                newest = self._shelf.record
                self._unsaved = _after(newest, fresh) if fresh is not None and newest is not None else self._unsaved
        while (saving := self._unsaved) is not None:
            await self._save(self._shelf.realm, saving)
            if self._unsaved is saving:  # else `adopt` has put another in its place meanwhile
                self._unsaved = None
                self._shelf.adopt(saving)

    async def _next(self, record: TokenRecord) -> TokenRecord | None:
        """The record to save after `record`; None when a newer one came from outside meanwhile."""
        current, previous = record.pair.refresh_token, record.previous_refresh_token
        try:
            pair = await self._try(current)
        except Reconnect as error:
            if await self._shelf.newer_than(record.version, self._settle_seconds):
                return None
            return await self._last_try(record, previous, error)
        # The current token has just worked; it is kept only if this answer brought another one, still unproven.
        return self._record_after(record, pair, current if pair.refresh_token != current else None)

    async def _last_try(self, record: TokenRecord, previous: str | None, dead: Reconnect) -> TokenRecord:
        if previous is not None:
            try:
                return self._record_after(record, await self._try(previous), previous)
            except Reconnect:
                pass  # both are dead
        return replace(record, version=record.version + 1, state="reconnect", since=self._now(), reason=str(dead))

    async def _try(self, refresh_token: str) -> TokenPair:
        """After a lost reply the same token is tried again: it may not have been replaced. An outage is no dead grant:
        while nothing answers, the last error goes to the callers and the next call tries again."""
        for pause in limits.TOKEN_RETRY_PAUSES_SECONDS:
            try:
                return await self._refresh(refresh_token)
            except OutcomeUnknown:
                await self._sleep(pause)
        return await self._refresh(refresh_token)

    def _record_after(self, record: TokenRecord, pair: TokenPair, previous: str | None) -> TokenRecord:
        if pair.hard_expires_at is None:  # not told this time; the end of the five years doesn't move
            pair = replace(pair, hard_expires_at=record.pair.hard_expires_at)
        version = record.version + 1
        return replace(
            record, version=version, pair=pair, obtained_at=self._now(), previous_refresh_token=previous, reason=""
        )


def _after(record: TokenRecord, unsaved: TokenRecord) -> TokenRecord | None:
    """What of `unsaved` is to be saved once `record` is known. Two records for one version: an owner before us was
    still at work. The grant last given is the living one, and of it the tokens last obtained."""
    if unsaved.version > record.version:
        return unsaved
    return replace(unsaved, version=record.version + 1) if _better(unsaved, record) else None


def _better(one: TokenRecord, other: TokenRecord) -> bool:
    return one.state != "reconnect" and _age(one) > _age(other)


def _age(record: TokenRecord) -> tuple[datetime, datetime]:
    return record.granted_at or _LONG_AGO, record.obtained_at


def _retrieve(task: asyncio.Task[None]) -> None:
    """Marks the error as seen where no caller waits: it is kept in `_failed` and shown to the next one."""
    if not task.cancelled():
        task.exception()
