"""Behaviour of both logs: a member in another process dies, or is paused and overtaken."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.log.port import TopicPartition
from tests.support.log_factory import LogFactory
from tests.support.log_reading import EVENTS, PATIENCE_SECONDS, append_events, event, numbers, poll_count, poll_until


@asynccontextmanager
async def member_process(address: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.log_member", address, EVENTS.name, "group",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        return (await process.stdout.readline()).decode().strip()


async def command(process: Process, text: str) -> str:
    """The answer to a command; numbers of records that the process had fetched before are passed over."""
    assert process.stdin is not None
    process.stdin.write(f"{text}\n".encode())
    while (answer := await line(process)).isdigit():
        pass
    return answer


async def test_what_a_killed_member_had_read_and_not_committed_is_read_by_the_next(open_log: LogFactory) -> None:
    log = await open_log()
    await log.ensure_topics([EVENTS])
    await append_events(log, 10)
    async with member_process(open_log.address) as process:
        assert sorted([int(await line(process)) for _ in range(10)]) == list(range(10))
        assert await command(process, "commit") == "committed"
        await log.append(event(10))
        assert await line(process) == "10"
        process.kill()
        await process.wait()
        successor = log.consumer("group", [EVENTS.name])
        await successor.start()
        assert numbers(await poll_count(successor, 1)) == [10]
        await successor.close()


async def test_kafka_refuses_the_commit_of_a_member_that_was_paused_and_overtaken(open_kafka: LogFactory) -> None:
    log = await open_kafka()
    await log.ensure_topics([EVENTS])
    source = TopicPartition(EVENTS.name, (await log.append(event(0))).partition)
    async with member_process(open_kafka.address) as paused:
        assert await line(paused) == "0"
        paused.send_signal(signal.SIGSTOP)
        successor = log.consumer("group", [EVENTS.name])
        await successor.start()
        assert numbers(await poll_until(successor, bool)) == [0]
        await log.append(event(1))
        await poll_count(successor, 1)
        await successor.commit({source: 2})
        paused.send_signal(signal.SIGCONT)
        assert await command(paused, "commit") == "not owner"
        assert await successor.committed(source) == 2
        await successor.close()
