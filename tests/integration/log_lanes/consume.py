"""A process that consumes a topic until it is killed: log, topic. Prints "<key> <value>" for every record handled."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from shared import limits
from shared.log.deadletters import DeadLetters
from shared.log.lanes import Lanes
from shared.log.loop import run_consumer
from shared.log.port import Record
from tests.support.log_factory import make_log


async def handle(records: Sequence[Record]) -> None:
    for record in records:
        await asyncio.sleep(0.002)
        sys.stdout.write(f"{record.key} {(record.value or b'').decode()}\n")
        sys.stdout.flush()


async def main(address: str, topic: str) -> None:
    limits.COMMIT_SECONDS = 0.0  # commit as often as it goes, so that kills fall beside commits
    limits.POLL_RECORDS = 10
    log = make_log(address)
    await log.start()
    lanes = Lanes(handle, bury=DeadLetters(log, "test").bury, coalesce=True, partition_records=20)
    await run_consumer(log, lanes, group=f"group of {topic}", topics=[topic], stop=asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
