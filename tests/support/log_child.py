"""A process that appends to a log until it is killed: python -m tests.support.log_child ADDRESS TOPIC.

Prints "<number> <partition> <offset>" for every acknowledged append, and nothing for others. Many appends are under
way at once, as in ingest.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

from shared.log.port import AppendUnknown, Log, NewRecord
from tests.support.log_factory import make_log

AT_ONCE = 50


async def main(address: str, topic: str) -> None:
    log = make_log(address)
    await log.start()
    numbers = itertools.count()
    await asyncio.gather(*(_append(log, topic, numbers) for _ in range(AT_ONCE)))


async def _append(log: Log, topic: str, numbers: itertools.count[int]) -> None:
    for number in numbers:
        record = NewRecord(topic, f"key-{number}", str(number).encode(), realm=f"realm-{number % 5}")
        try:
            position = await log.append(record)
        except AppendUnknown:
            continue  # the broker was killed: this number may be there or not
        sys.stdout.write(f"{number} {position.partition} {position.offset}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
