"""The visit by which a registration at Adobe is validated when its challenge failed.

Adobe sends the address to us, unsigned, wants 200, and a GET of the address within five minutes (AdobeDocs
adobe-io-events, guides: "Asynchronous validation"; its `curl -L` follows redirects). Anybody can send such an address,
with a query of his own: what strangers ask for must not keep the real one from being visited, nor be answered as if it
would be.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import aiohttp
import structlog
from yarl import URL

from services.ingest.refusal_log import RefusalLog
from services.ingest.senders import Shares
from shared import limits

_log = structlog.get_logger(__name__)
_REDIRECTS = (301, 302, 303, 307, 308)
_DOMAINS = ("adobe.io", "adobe.com")


class AdobeVisits:
    """Visits that are under way."""

    def __init__(self, session: aiohttp.ClientSession, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._under_way: dict[str, asyncio.Task[None]] = {}  # by address, the oldest first
        self._shares = Shares(limits.ADOBE_VISITS_PER_MINUTE, limits.ADOBE_VISITS_EACH)
        self._failed = RefusalLog(time.monotonic, "adobe registration not validated")

    def visit(self, url: str, connection: str, who: str) -> bool:
        """Has the address visited, beside, since Adobe expects that after our answer. False: too many ask for it.

        When more are under way than there may be, the oldest is given up: it began more than a minute ago, and was
        tried at least three times.
        """
        if url in self._under_way:
            return True
        if not self._shares.take(who, self._clock()):
            return False
        while len(self._under_way) >= limits.ADOBE_VISITS:
            self._under_way.pop(next(iter(self._under_way))).cancel()
        task = asyncio.create_task(self._visit(url, connection))
        self._under_way[url] = task
        task.add_done_callback(lambda _: self._ended(url, task))
        return True

    async def close(self) -> None:
        """Gives up what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, url: str, task: asyncio.Task[None]) -> None:
        if self._under_way.get(url) is task:
            del self._under_way[url]

    async def _visit(self, url: str, connection: str) -> None:
        status, outcome = 0, ""
        for pause in limits.ADOBE_VISIT_PAUSES_SECONDS:
            await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(limits.ADOBE_VISIT_SECONDS):
                    status = await self._get(URL(url, encoded=True))
                outcome = f"status {status}"
                if 200 <= status < 300:
                    _log.info("adobe registration validated", connection=connection, outcome=outcome)
                    return
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                outcome = type(error).__name__
        self._failed.note(connection, status, outcome)

    async def _get(self, address: URL) -> int:
        """The status in the end. A redirect is followed to where it began, or within Adobe; another one is the end."""
        start = address.origin()
        for _ in range(limits.ADOBE_REDIRECTS):
            async with self._session.get(address, allow_redirects=False) as answer:
                status, location = answer.status, answer.headers.get("Location", "")
            if status not in _REDIRECTS or not location:
                return status
            address = address.join(URL(location))
            if address.origin() != start and not _at_adobe(address):
                return status
        return status


def _at_adobe(address: URL) -> bool:
    host = address.host or ""
    return address.scheme == "https" and address.port == 443 and host.endswith(tuple(f".{one}" for one in _DOMAINS))
