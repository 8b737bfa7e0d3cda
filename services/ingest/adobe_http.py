"""What the receiver asks of Adobe: published keys, kept for a while, and visits that validate a registration.

Hosts are ours to know, redirects of keys aren't followed and those of visits within Adobe only, answers are bounded:
a request can't send us anywhere else.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import aiohttp
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.ingest.adobe_visits import AdobeVisits
from services.ingest.senders import Shares
from services.ingest.sources.webhook import KeyMissing, KeyUnavailable
from shared import limits
from shared.magento.rsa_signatures import public_key

_log = structlog.get_logger(__name__)
_MISSING = KeyMissing()
_UNAVAILABLE = KeyUnavailable()
_NO_SUCH_KEY = (404, 410)  # other answers, 403 too, may be a gateway's

_Answer = RSAPublicKey | KeyMissing | KeyUnavailable


def new_session() -> aiohttp.ClientSession:
    """For AdobeHttp alone: what strangers can make us ask of Adobe takes no connection to shops and QuickBooks away."""
    connector = aiohttp.TCPConnector(limit=limits.ADOBE_CONNECTIONS)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


class AdobeHttp:
    """`key_host` is scheme and host of the published keys: https://static.adobeioevents.com."""

    def __init__(
        self, session: aiohttp.ClientSession, key_host: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._host = key_host.rstrip("/")
        self._clock = clock
        self._keys: OrderedDict[str, tuple[RSAPublicKey, float]] = OrderedDict()  # and when each was fetched
        self._failed: OrderedDict[str, tuple[_Answer, float]] = OrderedDict()  # and until when it isn't asked again
        self._shares = Shares(limits.ADOBE_KEY_FETCHES, limits.ADOBE_KEY_FETCHES_EACH)
        self._fetching: dict[str, asyncio.Task[_Answer]] = {}
        self._visits = AdobeVisits(session, clock)

    async def key(self, path: str, who: str) -> _Answer:
        """The key that Adobe publishes under `path`, which must have been checked. From memory for up to a day; one
        that gets old is fetched anew beside, so that neither its age nor an outage holds a webhook up.

        `who` sends the request: whoever makes up paths uses up a share of his own, and none of a key that is known.
        """
        now = self._clock()
        kept = self._keys.get(path)
        if kept is not None and now - kept[1] < limits.ADOBE_KEY_KEEP_SECONDS:
            if now - kept[1] >= limits.ADOBE_KEY_REFRESH_SECONDS and self._told(path, now) is None:
                self._fetch(path)
            return kept[0]
        told = self._told(path, now)
        if told is not None:
            return told
        if not (self._known(path) or self._shares.take(who, now)):
            return _UNAVAILABLE
        # Shielded: who asked first may give up while others wait for the same key.
        return await asyncio.shield(self._fetch(path))

    def visit(self, url: str, connection: str, who: str) -> bool:
        """Has the address visited that validates a registration: see AdobeVisits."""
        return self._visits.visit(url, connection, who)

    async def close(self) -> None:
        """Gives up what is under way."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(self._visits.close(), *tasks, return_exceptions=True)

    def _known(self, path: str) -> bool:
        """Whether there is, or may be, such a key: it was fetched once, or is being, or could only not be had."""
        return (
            path in self._keys
            or path in self._fetching
            or isinstance(self._failed.get(path, (None,))[0], KeyUnavailable)
        )

    def _told(self, path: str, now: float) -> _Answer | None:
        """What the last try came to, as long as that is to be believed."""
        answer, until = self._failed.get(path, (None, now))
        return answer if now < until else None

    def _fetch(self, path: str) -> asyncio.Task[_Answer]:
        task = self._fetching.get(path)
        if task is None:
            task = self._fetching[path] = asyncio.create_task(self._fetched(path))
            task.add_done_callback(lambda _: self._fetching.pop(path, None))
        return task

    async def _fetched(self, path: str) -> _Answer:
        answer = await self._get(path)
        now = self._clock()
        if isinstance(answer, RSAPublicKey):
            self._failed.pop(path, None)
            self._keys[path] = (answer, now)
            _drop_oldest(self._keys, path)
            return answer
        if isinstance(answer, KeyMissing):
            self._keys.pop(path, None)  # withdrawn
        wait = limits.ADOBE_KEY_MISSING_SECONDS if isinstance(answer, KeyMissing) else limits.ADOBE_KEY_AGAIN_SECONDS
        self._failed[path] = (answer, now + wait)
        _drop_oldest(self._failed, path)
        return answer

    async def _get(self, path: str) -> _Answer:
        timeout = aiohttp.ClientTimeout(total=limits.ADOBE_KEY_SECONDS)
        try:
            async with self._session.get(self._host + path, allow_redirects=False, timeout=timeout) as answer:
                if answer.status in _NO_SUCH_KEY:
                    return _MISSING
                if answer.status != 200:
                    return _unavailable(f"status {answer.status}")
                pem = bytearray()
                async for chunk in answer.content.iter_any():
                    pem += chunk
                    if len(pem) > limits.ADOBE_KEY_BYTES:
                        return _unavailable("not a key: too long")
            return public_key(bytes(pem))
        except (aiohttp.ClientError, TimeoutError) as error:
            return _unavailable(type(error).__name__)
        except ValueError as error:
            return _unavailable(str(error))


def _unavailable(why: str) -> KeyUnavailable:
    _log.warning("a public key of adobe can't be fetched", why=why)
    return _UNAVAILABLE


def _drop_oldest(kept: OrderedDict[str, Any], newest: str) -> None:
    kept.move_to_end(newest)
    while len(kept) > limits.ADOBE_KEYS_KEPT:
        kept.popitem(last=False)
