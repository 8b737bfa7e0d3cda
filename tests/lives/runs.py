"""Lives by the hundred, world after world; what fails is made as short as it gets by living it again without steps."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.lives import settling
from tests.lives.plan import Life, life_of, shorter
from tests.lives.verdict import Failure, Verdict, judge
from tests.lives.world import world
from tests.support.inside import Start

IN_A_WORLD = 200
TOLD = 5  # failures of one world that are told at once
SHRUNK = 3  # of the failed lives: each costs some worlds
_ROUNDS = 4
_VARIANTS = 60
_AGAIN = 6  # the same life so often beside itself: what fails may hang on the moment


def seeds(first: int, count: int) -> Iterator[list[Life]]:
    """`count` lives from that seed on, as many as a world takes at a time."""
    for begin in range(first, first + count, IN_A_WORLD):
        yield [life_of(seed) for seed in range(begin, min(begin + IN_A_WORLD, first + count))]


async def lived(lives: Sequence[Life], seed: int, keeper: Start | None, *, apart: bool = True) -> Verdict:
    """One world from its beginning to its end."""
    with tempfile.TemporaryDirectory(prefix="bookbridge-lives-") as folder:
        async with world(lives, Path(folder), seed, keeper, apart=apart) as built:
            await settling.begin(built)
            await built.live()
            return await judge(built, await settling.settle(built))


async def many(first: int, count: int, keeper: Start | None, note: Callable[[str], None]) -> Verdict:
    """So many lives; what went wrong so far is told with each world."""
    total = Verdict(0, [])
    began = time.monotonic()
    for lives in seeds(first, count):
        verdict = await lived(lives, lives[0].seed, keeper)
        total.add(verdict)
        note(f"{time.monotonic() - began:5.0f} s  {total.summary()}")
        for failure in verdict.failures[:TOLD]:
            note(f"\n{failure.text()}\n")
    return total


async def shrunk(failure: Failure, keeper: Start | None) -> Failure:
    """A shorter life that fails, too, if one is found: variants of it are lived beside each other in one world. The
    life as it was, when none fails again."""
    best = failure
    for attempt in range(_ROUNDS):
        life = best.living.life
        tried = [*list(shorter(life))[:_VARIANTS], *[life] * _AGAIN]
        tried = [replace(one, variant=number) for number, one in enumerate(tried, 1)]
        verdict = await lived(tried, life.seed + attempt, keeper)
        found = sorted(verdict.failures, key=lambda one: len(one.living.life.steps))
        if not found or len(found[0].living.life.steps) >= len(life.steps):
            break
        best = found[0]
    return best


def chosen_seed() -> int:
    """For a run whose caller names none."""
    return random.SystemRandom().randrange(10**6)


def run(first: int, count: int, keeper: Start | None, note: Callable[[str], None]) -> tuple[Verdict, list[Failure]]:
    """All lives, then the shortest forms of what failed."""

    async def all_of_it() -> tuple[Verdict, list[Failure]]:
        verdict = await many(first, count, keeper, note)
        short = []
        for failure in verdict.failures[:SHRUNK]:
            note(f"looking for a shorter form of life {failure.living.life.seed} ...")
            short.append(await shrunk(failure, keeper))
        return verdict, short

    return asyncio.run(all_of_it())
