"""Every option of the Kafka clients that we depend on, with its reason. Nothing is left to a library's default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from shared import limits

_REQUEST_BYTES = limits.RECORD_MAX_BYTES + limits.KAFKA_REQUEST_OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class Options:
    """What differs between deployments; `security` goes to every client (security_protocol, ssl_context, sasl_*)."""

    bootstrap: str
    client_id: str
    session_timeout_seconds: float
    call_seconds: float
    poll_seconds: float
    security: Mapping[str, Any] = field(default_factory=dict)

    def producer(self) -> dict[str, Any]:
        return self._common() | {
            "acks": "all",
            "enable_idempotence": True,  # the client's own retries neither double nor reorder a record
            "linger_ms": 0,  # the next batch fills while a request is under way: waiting would only add latency
            "max_batch_size": limits.KAFKA_BATCH_BYTES,
            "max_request_size": _REQUEST_BYTES,
            "compression_type": None,  # bodies are small JSON; CPU is scarcer here than the broker's disk
            "request_timeout_ms": _ms(self.call_seconds),  # a caller has given up by then
        }

    def reader(self) -> dict[str, Any]:
        return self._consumer() | {"group_id": None, "request_timeout_ms": _ms(self.call_seconds)}

    def member(self, group: str) -> dict[str, Any]:
        return self._consumer() | {
            "group_id": group,
            # Range, not the library's round robin: the same numbers of every topic, so a realm, have one owner.
            "partition_assignment_strategy": (RangePartitionAssignor,),
            "session_timeout_ms": _ms(self.session_timeout_seconds),
            "heartbeat_interval_ms": _ms(self.session_timeout_seconds / 4),  # three may be lost
            # How long others wait for a member to finish its work; the library's default is the session timeout.
            "rebalance_timeout_ms": _ms(self.poll_seconds),
            "max_poll_interval_ms": _ms(self.poll_seconds),
            # A join is answered when the last member has joined: it must not time out before that.
            "request_timeout_ms": _ms(self.poll_seconds + self.call_seconds),
        }

    def admin(self) -> dict[str, Any]:
        return self._common() | {"request_timeout_ms": _ms(self.call_seconds)}

    def _consumer(self) -> dict[str, Any]:
        return self._common() | {
            "enable_auto_commit": False,  # commits follow the work, not the clock
            "auto_offset_reset": "earliest",  # where retention has removed the offset, go on with the first kept
            "isolation_level": "read_committed",  # nobody writes transactions here; a foreign aborted one is not ours
            "check_crcs": True,
            "fetch_min_bytes": 1,
            "fetch_max_wait_ms": _ms(limits.KAFKA_FETCH_WAIT_SECONDS),
            "fetch_max_bytes": limits.FETCH_MAX_BYTES,
            "max_partition_fetch_bytes": _REQUEST_BYTES,  # or the largest record could never be read
            "consumer_timeout_ms": _ms(limits.KAFKA_PULL_SECONDS),
            "exclude_internal_topics": True,
        }

    def _common(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.bootstrap,
            "client_id": self.client_id,
            "metadata_max_age_ms": _ms(limits.KAFKA_METADATA_SECONDS),
            "retry_backoff_ms": _ms(limits.KAFKA_RETRY_SECONDS),
            "connections_max_idle_ms": _ms(limits.KAFKA_IDLE_SECONDS),
            **self.security,
        }


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
