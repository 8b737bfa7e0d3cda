"""Commands to ingest: what people and other services ask for in `bookbridge.commands`, under the header to=ingest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from shared.log.port import Record
from shared.log.signals import PoisonRecord
from shared.wire import NotJson, decode

Obey = Callable[[str, dict[str, Any]], Awaitable[None]]
"""(the record's key: a realm or a connection, the command). A command may come twice. May raise RetryLater,
PoisonRecord, LogUnavailable."""


Answer = Callable[[str, dict[str, Any], int], Awaitable[None]]
"""The same with the command's offset, by which whoever gave it waits for the answer."""


class Commands:
    """Gives each command to the part of ingest that carries it out, by its name."""

    def __init__(self, by_name: Mapping[str, Obey], answered: Mapping[str, Answer]) -> None:
        self._by_name = by_name
        self._answered = answered

    async def obey(self, record: Record) -> None:
        """Those to other services, and those of a later version, are passed. Raises PoisonRecord for what is no
        command, and what carrying it out raises."""
        if record.headers.get("to") != "ingest":
            return
        try:
            command = decode(record.value or b"")
        except NotJson as error:
            raise PoisonRecord(f"not a command: {error}") from error
        name = str(command.get("command")) if isinstance(command, dict) else ""
        if name in self._by_name:
            await self._by_name[name](record.key, command)
        elif name in self._answered:
            await self._answered[name](record.key, command, record.offset)
