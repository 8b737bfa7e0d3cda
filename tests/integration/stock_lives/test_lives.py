"""Random lives of SKUs, in bad weather, between both sandboxes and with the real services between them: once all is
quiet the shop sells what can be sold, and no write on the way subtracted an open order twice. Plain copying fails the
same test. `make lives` lives two thousand of them."""

from __future__ import annotations

import os

import pytest

from tests.lives.keeper import keeper
from tests.lives.plan import life_of
from tests.lives.runs import chosen_seed, lived

LIVES = 24
COPIED = 24
pytestmark = pytest.mark.timeout(240)


def _seed() -> int:
    seed = int(os.environ.get("BOOKBRIDGE_TEST_SEED") or chosen_seed())
    print(f"BOOKBRIDGE_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    return seed


async def test_once_quiet_the_shop_sells_what_can_be_sold_and_no_write_subtracted_an_order_twice() -> None:
    seed = _seed()
    verdict = await lived([life_of(seed + number) for number in range(LIVES)], seed, keeper)
    texts = "\n\n".join(failure.text() for failure in verdict.failures)
    assert not verdict.failures, f"{verdict.summary()}\n{texts}"
    assert verdict.lives == LIVES
    assert verdict.orders > LIVES / 2
    assert verdict.shipments > 0
    assert verdict.written > 0, "nothing was written: the weather and the steps asked nothing of the service"


async def test_plain_copying_of_on_hand_fails_the_same_test() -> None:
    """A test of the test: orders are subtracted twice at once, and in the end; and what was sold can't be shipped."""
    lives = [life_of(seed) for seed in range(1_000, 1_100)]
    scarce = [life for life in lives if life.scarce and len(life.steps) > 6]
    verdict = await lived([*lives[:COPIED], *(life for life in scarce if life not in lives[:COPIED])], 1_000, None)
    assert verdict.doubled > COPIED / 3, verdict.summary()
    assert verdict.final > COPIED / 3, verdict.summary()
    assert any("less than the least" in text for failure in verdict.failures for text in failure.doubled)
    assert verdict.refused > 0, "with the books' quantity alone in its source the shop can't ship all it has sold"
