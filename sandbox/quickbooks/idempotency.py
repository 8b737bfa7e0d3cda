"""The memory of requestid: a write that was seen is answered with the answer it got, and not done again."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.settings import ServerSettings
from sandbox.storage import Shelf

_AGE_CHECK_EVERY = 100  # finished requests; the number of answers is checked at each


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out."""

    status: int
    body: bytes
    content_type: str


class RequestMemory:
    """Answers by requestid of one realm, bounded in number and age, on a shelf of the store."""

    def __init__(self, clock: Clock, settings: ServerSettings, answers: Shelf) -> None:
        self._clock = clock
        self._settings = settings
        self._answers = answers
        self._running: dict[str, tuple[str, asyncio.Event]] = {}  # requestid -> hash of the body, when it is done
        self._finished = 0
        self._closed = False
        self.replayed = 0
        self.other_body = 0

    async def begin(self, requestid: str, body: bytes) -> Answer | None:
        """The stored answer of the same requestid; None means: go on, and call finish or abandon.

        Raises Refused 600 while the first request runs (in the mode `600`).
        """
        digest = hashlib.sha256(body).hexdigest()
        while (running := self._running.get(requestid)) is not None:
            if self._settings.repeat_while_running == "600":
                raise errors.duplicate_requestid(requestid)
            await _wait(requestid, running[1])
        stored = self._answers.get(_name(requestid))
        if stored is not None and not self._is_old(stored):
            return self._replay(stored, digest)
        self._running[requestid] = digest, asyncio.Event()
        return None

    def _replay(self, stored: dict[str, Any], digest: str) -> Answer:
        self.replayed += 1
        if digest != stored["hash"]:
            self.other_body += 1  # what Intuit does with another body is not documented: the old answer comes
        return Answer(stored["status"], stored["body"].encode(), stored["type"])

    def finish(self, requestid: str, answer: Answer) -> None:
        """Keep the answer, if the settings say so, and let repeats that wait have it.

        Called in the transaction of the change: a process that is killed has neither of them or both.
        """
        running = self._running.pop(requestid, None)
        if running is None:
            return
        digest, done = running
        name = _name(requestid)
        if not self._closed and (answer.status < 400 or self._settings.remember_refusals):
            value = {
                "hash": digest,
                "since": Decimal(self._clock.seconds()),
                "status": answer.status,
                "type": answer.content_type,
                "body": answer.body.decode(),
            }
            self._answers.pop(name)  # an old answer's place among the others is not the new one's
            self._answers.put(name, value, at_most=self._settings.requestid_memory)
        self._forget_old()
        done.set()

    def abandon(self, requestid: str) -> None:
        """The request came to nothing: as if it had never been seen."""
        running = self._running.pop(requestid, None)
        if running is not None:
            running[1].set()

    def close(self) -> None:
        """Forget all answers; what still runs is not remembered either."""
        self._answers.clear()
        self._closed = True

    def _is_old(self, stored: dict[str, Any]) -> bool:
        return bool(stored["since"] <= self._clock.seconds() - self._settings.requestid_seconds)

    def _forget_old(self) -> None:
        """Drop answers past their age, oldest first."""
        self._finished += 1
        if self._finished % _AGE_CHECK_EVERY:
            return
        for name, stored in self._answers.oldest():
            if not self._is_old(stored):
                return
            self._answers.pop(name)


async def _wait(requestid: str, done: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(limits.QB_WAIT_SECONDS):
            await done.wait()
    except TimeoutError as error:
        raise errors.duplicate_requestid(requestid) from error


def _name(requestid: str) -> str:
    """Any text as a name of the shelf: a caller may send half of a surrogate pair."""
    return requestid.encode(errors="surrogatepass").hex()


def check_requestid(requestid: str) -> None:
    """Raises Refused 2050 for a requestid that is too long."""
    if len(requestid) > limits.QB_REQUESTID_LENGTH:
        problem = errors.bad_length("requestid", low=1, high=limits.QB_REQUESTID_LENGTH, supplied=len(requestid))
        raise Refused(problem)
