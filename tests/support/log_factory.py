"""Both logs for tests, opened by an address that a child process can be given, too."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared import limits
from shared.log.embedded import EmbeddedLog
from shared.log.kafka import KafkaLog
from shared.log.port import Log

TEST_SESSION_SECONDS = 3.0  # a dead member is replaced sooner than in production, but not by a stall of the machine


@dataclass
class LogFactory:
    """Opens handles on one log of a test: each call is another view on it, as another process has.

    `address` is "embedded:<file>" or "kafka:<bootstrap>:<namespace>"; the namespace is the test's own.
    """

    address: str
    opened: list[Log] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.address.split(":", 1)[0]

    async def __call__(
        self,
        *,
        call_seconds: float = limits.LOG_CALL_SECONDS,
        poll_seconds: float = limits.CONSUMER_POLL_SECONDS,
        topic_options: Mapping[str, str] | None = None,
    ) -> Log:
        """A started log; closed at the end of the test."""
        log = make_log(self.address, call_seconds=call_seconds, poll_seconds=poll_seconds, topic_options=topic_options)
        await log.start()
        self.opened.append(log)
        return log

    async def close(self) -> None:
        for log in reversed(self.opened):
            await log.close()


def make_log(
    address: str,
    *,
    call_seconds: float = limits.LOG_CALL_SECONDS,
    poll_seconds: float = limits.CONSUMER_POLL_SECONDS,
    topic_options: Mapping[str, str] | None = None,
) -> Log:
    """The log at an address, not started. `topic_options` are Kafka's; the embedded log has none."""
    kind, place = address.split(":", 1)
    if kind == "embedded":
        return EmbeddedLog(Path(place), call_seconds=call_seconds, poll_seconds=poll_seconds)
    bootstrap, namespace = place.rsplit(":", 1)
    return KafkaLog(
        bootstrap,
        client_id="test",
        namespace=namespace,
        session_timeout_seconds=TEST_SESSION_SECONDS,
        replication_factor=1,
        topic_options=topic_options,
        call_seconds=call_seconds,
        poll_seconds=poll_seconds,
    )


def new_address(kind: str, folder: Path, bootstrap: str) -> str:
    """An address that no other test has."""
    if kind == "embedded":
        return f"embedded:{folder / 'bookbridge.log'}"
    return f"kafka:{bootstrap}:{uuid.uuid4().hex[:12]}."
