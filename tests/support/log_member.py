"""A process that is a member of a group: python -m tests.support.log_member ADDRESS TOPIC GROUP.

Prints the number in each record it reads. On a line "commit" it commits what it has read and prints "committed" or
"not owner". It polls all the time.
"""

from __future__ import annotations

import asyncio
import sys

from shared.log.port import NotOwner, TopicPartition
from tests.support.log_factory import make_log


async def main(address: str, topic: str, group: str) -> None:
    log = make_log(address)
    await log.start()
    consumer = log.consumer(group, [topic])
    await consumer.start()
    loop = asyncio.get_running_loop()
    command = loop.run_in_executor(None, sys.stdin.readline)
    read: dict[TopicPartition, int] = {}
    while True:
        if command.done():
            if not command.result():
                return  # the test has ended without us
            # Before the next poll: a member that slept through a rebalance doesn't know of it yet.
            try:
                await consumer.commit(read)
                tell("committed")
            except NotOwner:
                tell("not owner")
            command = loop.run_in_executor(None, sys.stdin.readline)
        for record in await consumer.poll(100, 0.1):
            read[record.source] = record.offset + 1
            tell(str(int(record.value or b"-1")))


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
