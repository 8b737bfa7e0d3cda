"""Behaviour of both logs: groups with several members."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from shared.log.port import Consumer, Log, NotOwner, Record, TopicPartition
from tests.support.log_factory import LogFactory
from tests.support.log_reading import (
    EVENTS,
    STATE,
    append_events,
    event,
    eventually,
    numbers,
    partitions_of,
    poll_until,
)

ALL = frozenset(partitions_of(EVENTS))


@dataclass
class Polled:
    """A member that polls in a task of its own, commits what it has seen, and remembers all that happened to it."""

    consumer: Consumer
    history: list[tuple[str, frozenset[TopicPartition]]]
    records: list[Record] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    @classmethod
    async def join(cls, log: Log, group: str = "group", topics: tuple[str, ...] = (EVENTS.name,)) -> Polled:
        history: list[tuple[str, frozenset[TopicPartition]]] = []

        async def assigned(partitions: frozenset[TopicPartition]) -> None:
            history.append(("assigned", partitions))

        async def revoked(partitions: frozenset[TopicPartition]) -> None:
            history.append(("revoked", partitions))

        consumer = log.consumer(group, topics, on_assigned=assigned, on_revoked=revoked)
        await consumer.start()
        member = cls(consumer, history)
        member.task = asyncio.create_task(member._poll())
        return member

    @property
    def owned(self) -> frozenset[TopicPartition]:
        return self.consumer.assignment()

    async def leave(self) -> None:
        await self.stall()
        await self.consumer.close()

    async def stall(self) -> None:
        """Polls no more, without leaving."""
        assert self.task is not None
        self.task.cancel()
        await asyncio.wait([self.task])

    async def _poll(self) -> None:
        while True:
            records = await self.consumer.poll(5, 0.1)
            self.records += records
            if records:
                try:
                    await self.consumer.commit({r.source: r.offset + 1 for r in records})
                except NotOwner:
                    continue  # lost meanwhile: its new owner reads them again


@pytest.fixture
async def members() -> AsyncIterator[list[Polled]]:
    joined: list[Polled] = []
    yield joined
    for member in joined:
        await member.leave()


@pytest.fixture
async def log(any_log: Log) -> Log:
    await any_log.ensure_topics([EVENTS, STATE])
    return any_log


async def settled(members: list[Polled]) -> None:
    """Until the members share all partitions among them."""

    async def shared() -> bool:
        owned = [partition for member in members for partition in member.owned]
        return sorted(owned) == sorted(ALL) and all(member.owned for member in members)

    await eventually(shared)


async def test_two_members_share_the_partitions_and_none_is_owned_twice(log: Log, members: list[Polled]) -> None:
    members.append(await Polled.join(log))
    await settled(members)
    members.append(await Polled.join(log))
    await settled(members)
    assert members[0].owned & members[1].owned == frozenset()
    assert {len(member.owned) for member in members} == {2}


async def test_the_callbacks_of_a_member_alternate_and_name_what_it_gains_and_loses(
    log: Log, members: list[Polled]
) -> None:
    members.append(await Polled.join(log))
    await settled(members)
    second = await Polled.join(log)
    members.append(second)
    await settled(members)
    members.remove(second)
    await second.leave()
    await settled(members)
    kinds = [kind for kind, _ in members[0].history]
    assert kinds == ["assigned", "revoked"] * (len(kinds) // 2) + ["assigned"]
    assert members[0].history[0] == ("assigned", ALL)
    assert members[0].history[1] == ("revoked", ALL)
    assert members[0].history[-1] == ("assigned", ALL)
    for gained, lost in zip(members[0].history[::2], members[0].history[1::2], strict=False):
        assert gained[1] == lost[1]


async def test_nothing_is_lost_while_members_come_and_go(log: Log, members: list[Polled]) -> None:
    gone: list[Polled] = []
    members.append(await Polled.join(log))
    for round_ in range(3):
        for number in range(20):
            await log.append(event(20 * round_ + number, f"realm-{number}"))
        members.append(await Polled.join(log))
        await settled(members)
        leaver = members.pop(0)
        await leaver.leave()
        gone.append(leaver)

    async def complete() -> bool:
        return {n for member in members + gone for n in numbers(member.records)} == set(range(60))

    await eventually(complete)


async def test_a_realm_has_one_owner_over_all_topics_of_a_group(log: Log, members: list[Polled]) -> None:
    both = (EVENTS.name, STATE.name)
    members += [await Polled.join(log, topics=both) for _ in range(3)]

    async def shared() -> bool:
        return sorted(len(member.owned) for member in members) == [2, 2, 4]

    await eventually(shared)
    for member in members:
        per_topic = [{p.partition for p in member.owned if p.topic == topic} for topic in both]
        assert per_topic[0] == per_topic[1]


async def test_a_revoked_partition_can_be_committed_in_its_callback_and_not_after(
    log: Log, members: list[Polled]
) -> None:
    source = TopicPartition(EVENTS.name, (await log.append(event(0))).partition)
    told: list[str] = []

    async def commit_at_last(partitions: frozenset[TopicPartition]) -> None:
        await leaving.commit({source: 1})
        told.append("committed")

    leaving = log.consumer("group", [EVENTS.name], on_revoked=commit_at_last)
    await leaving.start()
    await poll_until(leaving, bool)
    members.append(await Polled.join(log))

    async def revoked() -> bool:
        await leaving.poll(10, 0.1)
        return bool(told)

    await eventually(revoked)
    await leaving.close()
    with pytest.raises(NotOwner):
        await leaving.commit({source: 0})
    await settled(members)
    assert await members[0].consumer.committed(source) == 1
    assert members[0].records == []


async def test_a_member_that_stops_polling_loses_its_partitions_and_may_not_commit(open_log: LogFactory) -> None:
    log = await open_log(poll_seconds=3)
    await log.ensure_topics([EVENTS])
    stalled = await Polled.join(log)
    await settled([stalled])
    lost = stalled.owned
    await stalled.stall()
    await append_events(log, 8)
    fresh = await Polled.join(log)

    async def taken() -> bool:
        return fresh.owned == ALL and len(fresh.records) == 8

    await eventually(taken)
    with pytest.raises(NotOwner):
        await stalled.consumer.commit(dict.fromkeys(lost, 1))
    assert await stalled.consumer.poll(10, 0.1) == []
    assert stalled.history[:2] == [("assigned", lost), ("revoked", lost)]
    await fresh.leave()
    await poll_until(stalled.consumer, lambda _: stalled.owned == ALL)
    await stalled.consumer.close()


@pytest.mark.parametrize("kind", ["on_assigned", "on_revoked"])
async def test_an_error_in_a_callback_comes_out_of_poll(log: Log, members: list[Polled], kind: str) -> None:
    async def broken(partitions: frozenset[TopicPartition]) -> None:
        raise RuntimeError(f"broken on {len(partitions)}")

    callbacks = {kind: broken}
    consumer = log.consumer("group", [EVENTS.name], **callbacks)
    await consumer.start()
    with pytest.raises(RuntimeError, match="broken on 4"):
        for attempt in range(200):
            await consumer.poll(10, 0.1)
            if attempt == 5 and kind == "on_revoked":
                members.append(await Polled.join(log))
    await consumer.close()
