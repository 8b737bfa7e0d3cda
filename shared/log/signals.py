"""What a handler or a fold says to the machinery around it, named by what is to be done.

Anything else that a handler raises is taken for a fault of the record or of the code: a dead letter.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from shared import limits
from shared.log.port import Position

Jitter = Callable[[], float]
"""A number from [0, 1); tests give a fixed one."""


class RetryLater(Exception):
    """Handle this record again in `seconds`. Its entity waits, others go on."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(why)
        self.seconds = seconds


class PoisonRecord(Exception):
    """This record can never be handled: a dead letter, and on with the next."""


class StopService(Exception):
    """The service must stop and an operator must look; going on would lose something."""


class TooManyDeadLetters(StopService):
    """So many records in so short a time are not poison: our code or its surroundings are at fault."""


class CorruptRecord(StopService):
    """A record of a state topic makes no sense. Skipping it would give a state that nobody decided on."""

    def __init__(self, why: str, position: Position | None = None) -> None:
        where = f"{position.topic}-{position.partition} at offset {position.offset}: " if position else ""
        super().__init__(where + why)
        self.why = why
        self.position = position


def backoff(failures: int, jitter: Jitter = random.random) -> float:
    """Seconds to wait after that many failures in a row (1 or more): doubling, bounded, half of it random."""
    whole = min(limits.RETRY_MAX_SECONDS, limits.RETRY_FIRST_SECONDS * 2.0 ** min(failures - 1, 30))
    return whole * (0.5 + jitter() / 2)
