"""The newest token record of a realm that a process knows, and the protocol by which clients get their token."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol

from shared.quickbooks.faults import Reconnect
from shared.quickbooks.vault import TokenRecord


class TokenSource(Protocol):
    """Where a client gets its access token."""

    async def access_token(self) -> str:
        """A token that was good when last heard of. Raises Reconnect, or Unavailable when none can be had now."""
        ...

    async def refused(self, token: str) -> None:
        """QuickBooks refused this token: returns when a newer one is there. Raises as access_token does."""
        ...


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


class TokenShelf:
    """The newest record of a realm that this process has heard of, and the news of newer ones."""

    def __init__(self, realm: str, record: TokenRecord | None = None) -> None:
        self.realm = realm
        self.record = record
        self._news = asyncio.Event()

    def adopt(self, record: TokenRecord) -> bool:
        """Takes a record that is newer than ours; tells whether it was."""
        if record.version <= self.version:
            return False
        self.record = record
        news, self._news = self._news, asyncio.Event()
        news.set()
        return True

    @property
    def version(self) -> int:
        """Of the newest record; 0 before the first."""
        return self.record.version if self.record else 0

    def usable(self) -> TokenRecord | None:
        """The record if there is one. Raises Reconnect when it says that a person must act."""
        if self.record is not None and self.record.state != "active":
            raise Reconnect(self.record.state, f"realm {self.realm} must be connected to QuickBooks again")
        return self.record

    async def newer_than(self, version: int, seconds: float) -> bool:
        """Waits for a record after this version; False when none came in time."""
        try:
            async with asyncio.timeout(seconds):
                while self.version <= version:
                    await self._news.wait()
        except TimeoutError:
            return False
        return True


def lasts(record: TokenRecord, at: datetime, ahead_seconds: float = 0.0) -> bool:
    """Whether the access token is still good so long after `at`."""
    return at + timedelta(seconds=ahead_seconds) < record.pair.access_expires_at
