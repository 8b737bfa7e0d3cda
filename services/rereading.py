"""Has an order read from the shop again, and published though nothing changed: the log keeps snapshots for a time."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.log.port import Log, NewRecord
from shared.topics import HINTS


async def read_again(log: Log, key: str, realm: str, event: str, event_id: str, trace: str = "") -> None:
    """A hint like a webhook's. `event` says for what, `event_id` names the occasion. Raises LogUnavailable."""
    headers = {
        "schema": "1",
        "cause": "command",
        "event": event,
        "event-id": event_id,
        "received-at": datetime.now(UTC).isoformat(),
        "trace-id": trace,
    }
    await log.append(NewRecord(HINTS, key, b"{}", realm, headers))
