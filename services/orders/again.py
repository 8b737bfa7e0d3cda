"""Asks for a new plan of an order, by a command: durable, in order; one given twice does no harm."""

from __future__ import annotations

from shared.log.port import Log, NewRecord
from shared.topics import COMMANDS
from shared.wire import encode


async def plan_again(log: Log, key: str, realm: str, cause: str) -> None:
    """Raises LogUnavailable."""
    headers = {"schema": "1", "to": "orders", "cause": cause}
    await log.append(NewRecord(COMMANDS, key, encode({"command": "plan"}), realm, headers))
