"""The tokens of a realm that another process refreshes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from shared import limits
from shared.quickbooks.faults import Unavailable
from shared.quickbooks.token_shelf import TokenShelf, lasts, utc_now
from shared.quickbooks.vault import TokenRecord

Ask = Callable[[str, int], Awaitable[None]]


class TokenFollower:
    """The TokenSource of a process that doesn't own the realm: it never refreshes, it asks."""

    def __init__(
        self,
        realm: str,
        ask: Ask,
        *,
        record: TokenRecord | None = None,
        now: Callable[[], datetime] = utc_now,
        wait_seconds: float = limits.TOKEN_WAIT_SECONDS,
    ) -> None:
        """`ask(realm, version)` asks the keeper for a record newer than this version; it need not wait for it."""
        self._shelf = TokenShelf(realm, record)
        self._ask = ask
        self._now = now
        self._wait_seconds = wait_seconds
        self._asked_for = -1

    def adopt(self, record: TokenRecord) -> None:
        """Takes a record that the keeper published; older ones are ignored."""
        self._shelf.adopt(record)

    async def access_token(self) -> str:
        """The newest token; when it has ended, or none is known yet, waits bounded for one."""
        record = self._shelf.usable()
        if record is None or not lasts(record, self._now()):
            record = await self._newer(self._shelf.version)
        return record.pair.access_token

    async def refused(self, token: str) -> None:
        """Asks for a newer token, unless one has come since."""
        record = self._shelf.usable()
        if record is None or record.pair.access_token == token:
            await self._newer(self._shelf.version)

    async def _newer(self, version: int) -> TokenRecord:
        if self._asked_for < version:  # many callers, one question
            self._asked_for = version
            try:
                await self._ask(self._shelf.realm, version)
            except BaseException:
                self._asked_for = -1
                raise
        if not await self._shelf.newer_than(version, self._wait_seconds):
            self._asked_for = -1  # the question may be lost: the next caller asks again
            raise Unavailable("no-token", f"no newer token for realm {self._shelf.realm} came in time")
        record = self._shelf.usable()
        if record is None or not lasts(record, self._now()):
            raise Unavailable("no-token", f"the newest token of realm {self._shelf.realm} has ended")
        return record
