"""How many batches were sent to a company in the last minute, by whomever: each left its intents in the log."""

from __future__ import annotations

import time

from shared import limits
from shared.links.state import LinkState
from shared.log.partitions import partition_for
from shared.log.port import Log, TopicPartition
from shared.topics import LINKS


async def batches_of_last_minute(log: Log, realm: str) -> int:
    """From the links' last records, each batch once; more than the limit counts as the limit. Raises LogUnavailable."""
    source = TopicPartition(LINKS, partition_for(realm, limits.PARTITIONS))
    end = (await log.end_offsets([source]))[source]
    since_ms = (time.time() - limits.CATALOG_BATCH_MEMORY_SECONDS) * 1000
    found: set[str] = set()
    reader = log.reader()
    await reader.start()
    try:
        await reader.assign({source: max(0, end - limits.CATALOG_TAIL_RECORDS)})
        while reader.position(source) < end:
            records = await reader.poll(limits.POLL_RECORDS, limits.LOG_CALL_SECONDS)
            if not records:
                break
            for record in records:
                if record.value is None or record.timestamp_ms < since_ms or not record.key.startswith(f"{realm}:"):
                    continue
                intent = LinkState.model_validate_json(record.value).intent
                if intent is not None and intent.bid:
                    found.add(intent.requestid)
    finally:
        await reader.close()
    return min(len(found), limits.QUOTA_BATCHES_PER_MINUTE)
