"""What an observer learns of each call, for metrics: no names, no numbers, no ids."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Kind = Literal["read", "write", "batch", "oauth"]


@dataclass(slots=True)
class Call:
    """One HTTP call, when it has ended."""

    kind: Kind
    entity: str  # in lower case; for OAuth "code", "refresh" or "revoke"
    status: int = 0  # 0: no answer came
    outcome: str = "ok"  # or the name of the class of the error: Throttled, CancelledError, ...
    seconds: float = 0.0  # from sending to the end of the answer, without the wait for the quota

    @property
    def status_class(self) -> str:
        """ "2xx" to "5xx", or "none" when no answer came."""
        return f"{self.status // 100}xx" if self.status else "none"

    @property
    def metered(self) -> bool:
        """Whether it counts against the monthly allowance: reads and batches do, and only those that succeeded."""
        return self.kind in ("read", "batch") and 200 <= self.status < 300


Observer = Callable[[Call], None]


def unobserved(call: Call) -> None:
    """The observer of those who measure nothing."""


@contextmanager
def observed(observer: Observer, call: Call, started: float) -> Iterator[Call]:
    """Tells the observer when the call has ended, however it ended. `started` is of time.monotonic."""
    try:
        yield call
    except BaseException as error:
        call.outcome = type(error).__name__
        raise
    finally:
        call.seconds = time.monotonic() - started
        observer(call)
