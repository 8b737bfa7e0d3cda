"""A process that brings a projection up to date in small steps, to be killed in the middle: log, topic, file.

Prints a line for every 50 records.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from shared import limits
from shared.log.port import Record
from shared.log.projection import Projection
from tests.integration.log_lanes.support import PARTITIONS
from tests.support.log_factory import make_log


async def main(address: str, topic: str, path: str) -> None:
    limits.PROJECTION_BATCH_RECORDS = 7  # many transactions
    log = make_log(address)
    await log.start()
    numbers = itertools.count(1)

    def fold(_: bytes | None, record: Record) -> bytes | None:
        if next(numbers) % 50 == 0:
            sys.stdout.write("50 more\n")
            sys.stdout.flush()
        return record.value

    projection = Projection(log, topic, Path(path), fold)
    await projection.start()
    await projection.add(range(PARTITIONS))
    await projection.close()
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
