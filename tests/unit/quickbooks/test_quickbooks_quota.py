"""The quota, in virtual time, measured where it counts: at a server that sees calls late and answers late."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import limits
from shared.quickbooks.faults import Throttled, Unavailable
from shared.quickbooks.quota import Quota
from tests.unit.quickbooks import virtual_time


@dataclass
class Server:
    """Sees a call some time after it was sent; a strict one may count it at any moment until its answer has left."""

    random: random.Random
    slowest_seconds: float
    counted_at: list[float] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def call(self) -> None:
        await asyncio.sleep(self._some_time())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        counted_after = self._some_time()
        await asyncio.sleep(counted_after)
        self.counted_at.append(virtual_time.clock())
        await asyncio.sleep(self._some_time())
        self.at_once -= 1
        await asyncio.sleep(self._some_time())

    def most_in(self, seconds: float) -> int:
        """The most calls counted within any closed window of this length."""
        moments = sorted(self.counted_at)
        first = most = 0
        for last, moment in enumerate(moments):
            while moments[first] < moment - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most

    def _some_time(self) -> float:
        return self.random.choice((0.0, self.random.uniform(0, self.slowest_seconds)))


async def _load(server: Server, quotas: list[Quota], calls: int, chance: random.Random) -> None:
    async def one(quota: Quota, start: float) -> None:
        await asyncio.sleep(start)
        async with quota.slot():
            await server.call()

    starts = [chance.choice((0.0, chance.uniform(0, 90))) for _ in range(calls)]
    await asyncio.gather(*(one(chance.choice(quotas), start) for start in starts))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), slowest=st.sampled_from([0.0, 0.05, 0.9, 4.0]))
def test_no_server_sees_more_than_the_limits_whatever_the_delays_and_wherever_it_counts(
    seed: int, slowest: float
) -> None:
    chance = random.Random(seed)
    server = Server(chance, slowest)

    async def main() -> None:
        await _load(server, [Quota(clock=virtual_time.clock)], 700, chance)

    virtual_time.run(main())
    assert len(server.counted_at) == 700
    assert server.most_in(60) <= 500
    assert server.most_in(1) <= 10
    assert server.most_at_once <= 10


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_shares_of_all_services_together_stay_within_the_limits(seed: int) -> None:
    chance = random.Random(seed)
    server = Server(chance, 0.3)

    async def main() -> None:
        quotas = [Quota(share, clock=virtual_time.clock) for share in limits.QUOTA_SHARES.values()]
        await _load(server, quotas, 800, chance)

    virtual_time.run(main())
    assert server.most_in(60) <= 500
    assert server.most_in(1) <= 10
    assert server.most_at_once <= 10


def test_the_fixed_shares_sum_to_the_whole() -> None:
    assert sum(limits.QUOTA_SHARES.values()) == 1


def test_the_quota_is_used_and_not_only_kept() -> None:
    async def main() -> float:
        quota = Quota(clock=virtual_time.clock)

        async def one() -> None:
            async with quota.slot():
                await asyncio.sleep(0.1)

        await asyncio.gather(*(one() for _ in range(400)))
        return virtual_time.clock()

    assert virtual_time.run(main()) < 50  # 400 calls at 10 a second, each place kept 0.15 s too long


def test_callers_are_served_in_the_order_they_came() -> None:
    async def main() -> list[int]:
        quota = Quota(clock=virtual_time.clock)
        served: list[int] = []

        async def one(number: int) -> None:
            async with quota.slot():
                served.append(number)
                await asyncio.sleep(random.Random(number).uniform(0, 3))

        await asyncio.gather(*(one(number) for number in range(60)))
        return served

    assert virtual_time.run(main()) == list(range(60))


def test_a_cancelled_waiter_leaves_the_queue_and_takes_no_place() -> None:
    async def main() -> tuple[list[str], int]:
        quota = Quota(Fraction(1, 10), clock=virtual_time.clock)
        served: list[str] = []

        async def one(name: str) -> None:
            async with quota.slot():
                served.append(name)

        async with quota.slot():
            first, second = asyncio.create_task(one("first")), asyncio.create_task(one("second"))
            await asyncio.sleep(0.1)
            first.cancel()
            await asyncio.wait([first])
        await second
        return served, quota.waiting

    assert virtual_time.run(main()) == (["second"], 0)


def test_too_many_waiters_are_turned_away_at_once() -> None:
    async def main() -> None:
        quota = Quota(Fraction(1, 10), waiters_max=1, clock=virtual_time.clock)

        async def wait() -> None:
            async with quota.slot():
                pass

        async with quota.slot():
            waiter = asyncio.create_task(wait())
            await asyncio.sleep(0)
            with pytest.raises(Throttled, match="wait for this realm"):
                async with quota.slot():
                    pass
        await waiter

    virtual_time.run(main())


def test_a_backoff_pauses_the_whole_realm_and_a_shorter_one_does_not_shorten_it() -> None:
    async def main() -> float:
        quota = Quota(clock=virtual_time.clock)
        quota.backoff(60)
        quota.backoff(1)
        async with quota.slot():
            return virtual_time.clock()

    assert 60 <= virtual_time.run(main()) < 60.1


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(ConnectionResetError(), 1 + limits.QUOTA_LOST_CALL_SECONDS), (Unavailable("not-reached"), 1.0)],
)
def test_a_call_without_an_answer_keeps_its_place_longer_than_one_that_was_never_sent(
    error: Exception, seconds: float
) -> None:
    async def main() -> float:
        quota = Quota(Fraction(1, 10), clock=virtual_time.clock)
        with pytest.raises(type(error)):
            async with quota.slot():
                raise error
        async with quota.slot():
            return virtual_time.clock()

    assert virtual_time.run(main()) == pytest.approx(seconds, abs=0.2)


@pytest.mark.parametrize("share", [Fraction(0), Fraction(-1, 2), Fraction(3, 2), Fraction(1, 11)])
def test_a_share_that_leaves_no_call_or_more_than_all_is_refused(share: Fraction) -> None:
    with pytest.raises(ValueError, match="share"):
        Quota(share)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), slowest=st.sampled_from([0.0, 0.9, 4.0]))
def test_no_server_sees_more_than_40_batches_a_minute_and_no_other_call_waits_for_them(
    seed: int, slowest: float
) -> None:
    chance = random.Random(seed)
    server, others = Server(chance, slowest), Server(chance, slowest)
    waited: list[float] = []

    async def main() -> None:
        quota = Quota(clock=virtual_time.clock)
        quota.assume_batches(10)

        async def batch() -> None:
            async with quota.batch(), quota.slot():
                await server.call()

        async def other(start: float) -> None:
            await asyncio.sleep(start)
            asked = virtual_time.clock()
            async with quota.slot():
                waited.append(virtual_time.clock() - asked)
                await others.call()

        await asyncio.gather(*(batch() for _ in range(130)), *(other(chance.uniform(5, 180)) for _ in range(50)))
        assert virtual_time.clock() >= 180

    virtual_time.run(main())
    assert len(server.counted_at) == 130
    assert server.most_in(60) <= 40
    assert sum(moment <= 60 for moment in server.counted_at) <= 30, "ten were the predecessor's"
    assert max(waited) < 25, "a batch waits up to a minute, nobody behind it does"


def test_a_batch_that_was_lost_keeps_its_place_for_a_while_longer() -> None:
    async def main() -> None:
        quota = Quota(clock=virtual_time.clock)
        with pytest.raises(OSError, match="lost"):
            async with quota.batch():
                raise OSError("lost")
        for _ in range(limits.QUOTA_BATCHES_PER_MINUTE - 1):
            async with quota.batch():
                pass
        async with quota.batch():
            first_again = virtual_time.clock()
        assert 60 < first_again < 60 + limits.QUOTA_LOST_CALL_SECONDS
        for _ in range(limits.QUOTA_BATCHES_PER_MINUTE - 2):
            async with quota.batch():
                pass
        async with quota.batch():
            assert virtual_time.clock() >= 60 + limits.QUOTA_LOST_CALL_SECONDS

    virtual_time.run(main())
