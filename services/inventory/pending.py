"""The SKUs of one connection that are to be looked at: those that changed first, then a walk over all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Sequence

from shared import limits


class Pending:
    """Each SKU (in same_sku form) stands here once, however often it changed, with the moment of its first change.

    Bounded: with too many of them all of the shop are walked over instead."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed: dict[str, float] = {}
        self._walk: Sequence[str] = ()
        self._walked = 0
        self._wanted = False
        self._news = asyncio.Event()

    def add(self, skus: Collection[str] | None) -> None:
        """They may need another quantity; None: all may."""
        if skus is not None and not skus:
            return
        if skus is None or len(self._changed) + len(skus) > limits.STOCK_PENDING:
            self._wanted = True
            if skus is not None:
                self._changed.clear()
        else:
            now = self._clock()
            for sku in skus:
                self._changed.setdefault(sku, now)
        self._news.set()

    def take(self, most: int) -> dict[str, float]:
        """The SKUs that changed first, with when they did. They are no longer here."""
        found = dict(list(self._changed.items())[:most])
        for sku in found:
            del self._changed[sku]
        return found

    def clear(self) -> None:
        """Nothing is to be done."""
        self._changed, self._walk, self._walked, self._wanted = {}, (), 0, False

    def put_back(self, taken: dict[str, float]) -> None:
        """They weren't done after all: they come first again."""
        self._changed = taken | {sku: at for sku, at in self._changed.items() if sku not in taken}
        self._news.set()

    def changed(self) -> Collection[str]:
        """The SKUs that changed and weren't taken since."""
        return self._changed.keys()

    # --- the walk over all

    @property
    def walk_wanted(self) -> bool:
        """Whether a walk is to begin. One that is under way ends first."""
        return self._wanted and self._walked >= len(self._walk)

    @property
    def walking(self) -> bool:
        return self._walked < len(self._walk)

    def begin_walk(self, skus: Iterable[str]) -> None:
        """Over these. What comes from now on is another walk's."""
        self._walk, self._walked, self._wanted = tuple(skus), 0, False

    def restart(self) -> None:
        """What the walk has done counts no longer."""
        self._walk, self._walked, self._wanted = (), 0, True
        self._news.set()

    def step(self, most: int) -> Sequence[str]:
        """The next SKUs of the walk; they stay until `stepped`."""
        return self._walk[self._walked : self._walked + most]

    def stepped(self, count: int) -> None:
        """So many were done."""
        self._walked += count
        if not self.walking:
            self._walk, self._walked = (), 0

    # --- waiting

    @property
    def count(self) -> int:
        """SKUs that wait."""
        return len(self._changed) + len(self._walk) - self._walked

    async def wait(self, seconds: float) -> bool:
        """Whether something is to be done; returns as soon as it is, or after so long."""
        if not (self._changed or self.walking or self._wanted):
            self._news.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return False
        return True
