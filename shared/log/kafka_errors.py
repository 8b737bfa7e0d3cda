"""Time limits round calls to Kafka, and its errors as the port's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import errors as kafka

from shared.log.port import LogError, LogUnavailable

# A retry doesn't help: someone must grant a right or correct a setting.
_OPERATORS = (
    kafka.TopicAuthorizationFailedError,
    kafka.GroupAuthorizationFailedError,
    kafka.ClusterAuthorizationFailedError,
    kafka.SaslAuthenticationFailed,
    kafka.AuthenticationFailedError,
    kafka.UnsupportedSaslMechanismError,
)


@asynccontextmanager
async def bounded(what: str, seconds: float) -> AsyncIterator[None]:
    """Ends the calls inside after `seconds`. Raises LogUnavailable, or LogError where an operator must act."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise LogUnavailable(f"{what}: no answer from Kafka within {seconds:g} s") from None
    except kafka.KafkaError as error:
        raise translated(what, error) from error


def translated(what: str, error: kafka.KafkaError) -> LogError:
    kind = LogError if isinstance(error, _OPERATORS) else LogUnavailable
    return kind(f"{what}: {error!r}")
