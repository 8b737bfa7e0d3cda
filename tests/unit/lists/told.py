"""What QuickBooks tells of the objects of lists, in the forms of queries and of change data capture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sandbox.quickbooks.settings import DEFAULT_REALM
from shared import limits
from shared.log.port import Log, Record, TopicPartition
from shared.quickbooks.listed import ENTITIES
from shared.quickbooks.lists import ListBoard
from shared.topics import LISTS

PACIFIC = timezone(timedelta(hours=-8))
REALM = DEFAULT_REALM
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


class Token:
    """One that never ends."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def access_token(self) -> str:
        return self._token

    async def refused(self, token: str) -> None:
        raise AssertionError("the sandbox refused a good token")


def item(number: int, name: str, token: int = 0, *, minute: int = 0, **rest: Any) -> dict[str, Any]:
    """An item that was last changed so many minutes past noon, told in the company's own time zone."""
    changed = (NOON + timedelta(minutes=minute)).astimezone(PACIFIC).isoformat()
    return {
        "Id": str(number),
        "SyncToken": str(token),
        "Name": name,
        "Active": True,
        "Type": "Service",
        "MetaData": {"LastUpdatedTime": changed},
        **rest,
    }


def deleted(number: int, minute: int) -> dict[str, Any]:
    """A deletion as change data capture tells of it."""
    changed = (NOON + timedelta(minutes=minute)).isoformat()
    return {"domain": "QBO", "status": "Deleted", "Id": str(number), "MetaData": {"LastUpdatedTime": changed}}


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def shown(board: ListBoard, realm: str = REALM) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Everything that a board shows of a company."""
    lists = board.of(realm)
    return {entity: {str(one["Id"]): one for one in lists.all(entity)} for entity in ENTITIES}


async def records(log: Log) -> list[Record]:
    """All that the topic holds."""
    sources = [TopicPartition(LISTS, number) for number in range(limits.PARTITIONS)]
    ends = await log.end_offsets(sources)
    found: list[Record] = []
    reader = log.reader()
    await reader.start()
    try:
        await reader.assign({source: 0 for source in sources if ends[source]})
        while any(reader.position(source) < ends[source] for source in sources if ends[source]):
            found += await reader.poll(500, 0.2)
    finally:
        await reader.close()
    return found
