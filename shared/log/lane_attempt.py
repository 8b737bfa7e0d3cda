"""One attempt to handle a lane's next records, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared import limits
from shared.log.port import LogUnavailable, NotOwner, Record
from shared.log.signals import Jitter, RetryLater, StopService, backoff

Handle = Callable[[Sequence[Record]], Awaitable[None]]
Bury = Callable[[Record, Exception], Awaitable[None]]


class Done:
    """All records of the batch are finished."""


class Alone:
    """Handle the batch again, record by record."""


class Lost:
    """The partition isn't ours any more."""


@dataclass(frozen=True, slots=True)
class Again:
    """Handle the batch again in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing may go on after this."""

    error: StopService


Outcome = Done | Alone | Lost | Again | Failed


async def attempt(handle: Handle, bury: Bury, batch: tuple[Record, ...], number: int, jitter: Jitter) -> Outcome:
    """The `number`th try in a row. Whatever the handler raises is an outcome; cancellation alone goes through."""
    try:
        try:
            await handle(batch)
        except (RetryLater, StopService, LogUnavailable, NotOwner):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it doesn't go unseen: a dead letter, or a stop
            if len(batch) > 1:
                return Alone()
            await bury(batch[0], error)
    except RetryLater as later:
        return Again(_bounded(later.seconds))
    except LogUnavailable:
        return Again(backoff(number, jitter))
    except NotOwner:
        return Lost()
    except StopService as stop:
        return Failed(stop)
    return Done()


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), limits.HANDLER_WAIT_MAX_SECONDS)
