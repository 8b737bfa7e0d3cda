"""Groups of the embedded log: who in this process owns which partition, as Kafka's eager protocol would deal them.

A rebalance: the generation grows when a member joins, leaves or is late; each member, in its next poll, gives up all
it has and joins the new generation; when the last has joined, the partitions are dealt. So no partition has two owners
at any time, and one that comes back to its owner was still revoked in between, just as with Kafka.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from shared.log.port import LogUnavailable, TopicPartition


class LogInUse(LogUnavailable):
    """Another process consumes this file as a member of a group; only one may at a time."""


class Member:
    """One consumer in a group."""

    def __init__(self, topics: Sequence[str]) -> None:
        self.topics = frozenset(topics)
        self.generation = -1  # the one it has joined
        self.evicted = False
        self.busy_since: float | None = asyncio.get_running_loop().time()  # None while it waits inside poll


class Group:
    """The members of one group in this process."""

    def __init__(self, poll_seconds: float) -> None:
        self._poll_seconds = poll_seconds
        self._members: list[Member] = []
        self._generation = 0

    def join(self, member: Member) -> None:
        member.evicted = False
        member.generation = -1
        self._members.append(member)
        self._generation += 1

    def leave(self, member: Member) -> None:
        if member in self._members:
            self._members.remove(member)
            self._generation += 1

    def must_rejoin(self, member: Member) -> bool:
        return member.evicted or member.generation != self._generation

    def rejoin(self, member: Member) -> None:
        """The member has given up its partitions and takes part in the current generation."""
        if member.evicted:
            self.join(member)
        member.generation = self._generation

    def evict_late(self, now: float) -> None:
        """Puts out members that have not polled for too long, so that their partitions go to others."""
        for member in list(self._members):
            if member.busy_since is not None and now - member.busy_since > self._poll_seconds:
                self.leave(member)
                member.evicted = True

    def share(self, member: Member, partitions: dict[str, int]) -> frozenset[TopicPartition] | None:
        """The member's partitions in this generation; None until all members have joined it."""
        if any(each.generation != self._generation for each in self._members):
            return None
        return frozenset(
            TopicPartition(topic, number)
            for topic in member.topics
            for number in self._range(member, topic, partitions[topic])
        )

    def _range(self, member: Member, topic: str, count: int) -> range:
        """Kafka's range assignor: neighbouring partitions, the first members one more where it doesn't come out even.

        So a member has the same numbers in every topic, which keeps a realm in one hand.
        """
        takers = [each for each in self._members if topic in each.topics]
        index = takers.index(member)
        each_gets, over = divmod(count, len(takers))
        first = index * each_gets + min(index, over)
        return range(first, first + each_gets + (1 if index < over else 0))


class ProcessLock:
    """Keeps other processes from consuming the same file; held while this process has a consumer."""

    def __init__(self, log_path: Path) -> None:
        self._log_path = log_path
        self._path = log_path.with_name(log_path.name + ".consumer")
        self._holders = 0
        self._fd = -1

    def acquire(self) -> None:
        """Raises LogInUse with the other process's id."""
        if self._holders == 0:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(fd, 20, 0).decode().strip() or "unknown"
                os.close(fd)
                raise LogInUse(
                    f"{self._log_path} is already consumed by process {holder}; an embedded log serves one at a time"
                ) from None
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
            self._fd = fd
        self._holders += 1

    def release(self) -> None:
        self._holders -= 1
        if self._holders == 0:
            os.close(self._fd)
