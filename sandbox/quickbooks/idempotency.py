"""The memory of requestid: a write that was seen is answered with the answer it got, and not done again."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import islice

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out."""

    status: int
    body: bytes
    content_type: str


@dataclass(slots=True)
class _Entry:
    body_hash: bytes
    since: float
    answer: Answer | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)


class RequestMemory:
    """Answers by requestid of one realm, bounded in number and age."""

    def __init__(self, clock: Clock, settings: ServerSettings) -> None:
        self._clock = clock
        self._settings = settings
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self.replayed = 0
        self.other_body = 0

    async def begin(self, requestid: str, body: bytes) -> Answer | None:
        """The stored answer of the same requestid; None means: go on, and call finish or abandon.

        Raises Refused 600 while the first request runs (in the mode `600`).
        """
        while True:
            self._forget_old()
            entry = self._entries.get(requestid)
            if entry is None or (entry.answer is not None and self._is_old(entry)):
                digest = hashlib.sha256(body).digest()
                self._entries[requestid] = _Entry(digest, self._clock.seconds())
                return None
            if entry.answer is not None:
                return self._replay(entry, body)
            if self._settings.repeat_while_running == "600":
                raise errors.duplicate_requestid(requestid)
            await self._wait(requestid, entry)

    async def _wait(self, requestid: str, entry: _Entry) -> None:
        try:
            async with asyncio.timeout(limits.QB_WAIT_SECONDS):
                await entry.done.wait()
        except TimeoutError as error:
            raise errors.duplicate_requestid(requestid) from error

    def _replay(self, entry: _Entry, body: bytes) -> Answer:
        assert entry.answer is not None  # noqa: S101  # the caller looked
        self.replayed += 1
        if hashlib.sha256(body).digest() != entry.body_hash:
            self.other_body += 1  # what Intuit does with another body is not documented: the old answer comes
        return entry.answer

    def finish(self, requestid: str, answer: Answer) -> None:
        """Keep the answer, if the settings say so, and let repeats that wait have it."""
        entry = self._entries.get(requestid)
        if entry is None:
            return
        if answer.status < 400 or self._settings.remember_refusals:
            entry.answer = answer
            entry.done.set()
        else:
            self.abandon(requestid)
        self._forget_old()

    def abandon(self, requestid: str) -> None:
        """The request came to nothing: as if it had never been seen."""
        entry = self._entries.pop(requestid, None)
        if entry is not None:
            entry.done.set()

    def _is_old(self, entry: _Entry) -> bool:
        return entry.since <= self._clock.seconds() - self._settings.requestid_seconds

    def _forget_old(self) -> None:
        """Drop finished entries past their age or number, oldest first; what still runs stays."""
        surplus = len(self._entries) - self._settings.requestid_memory
        for requestid, entry in list(islice(self._entries.items(), max(surplus, 1))):
            if entry.answer is not None and (surplus > 0 or self._is_old(entry)):
                del self._entries[requestid]
                surplus -= 1


def check_requestid(requestid: str) -> None:
    """Raises Refused 2050 for a requestid that is too long."""
    if len(requestid) > limits.QB_REQUESTID_LENGTH:
        problem = errors.bad_length("requestid", low=1, high=limits.QB_REQUESTID_LENGTH, supplied=len(requestid))
        raise Refused(problem)
