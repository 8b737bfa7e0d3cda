"""Where the first sweep of a connection begins."""

from __future__ import annotations

from datetime import UTC, datetime

from shared import limits
from shared.log.partitions import partition_for
from shared.log.port import Log, Record, TopicPartition
from shared.topics import SETTINGS


async def first_published(log: Log, connection: str, realm: str) -> datetime | None:
    """When settings of the connection were published first, as far back as the log remembers (the topic is compacted:
    after some days it is the publication in force). None when there are none. Raises LogUnavailable."""
    source = TopicPartition(SETTINGS, partition_for(realm, limits.PARTITIONS))
    end = (await log.end_offsets([source]))[source]
    start = (await log.start_offsets([source]))[source]
    reader = log.reader()
    await reader.start()
    try:
        await reader.assign({source: start})
        while reader.position(source) < end:
            for record in await reader.poll(limits.POLL_RECORDS, limits.POLL_WAIT_SECONDS):
                if record.key == connection and record.value is not None:
                    return _published(record)
    finally:
        await reader.close()
    return None


def _published(record: Record) -> datetime:
    return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
