"""Start date and states are settings that can change later: what becomes eligible is posted, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import Deployment, deployment
from tests.support.sweeping import PAST_THE_LAG, placed_ago, silent, until_swept

NOW = datetime.now(UTC)
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployment("embedded", tmp_path) as made:
        await silent(made)
        yield made


def rules(days: int, states: str) -> str:
    start = (NOW - timedelta(days=days)).date()
    return f"[sales]\nstart_date = {start}\nstates = [{states}]\n[schedule]\nsweep_seconds = 1\n"


async def until_booked(deployed: Deployment, placed: list[dict[str, Any]]) -> None:
    """Waits until the books have a document for each of these orders; asserts that they have no other."""
    numbers = sorted(one["increment_id"] for one in placed)

    async def as_many() -> bool:
        return len(await deployed.documents()) >= len(numbers)

    await deployed.until(as_many, f"{len(numbers)} documents")
    assert sorted(one["doc_number"] for one in await deployed.documents()) == numbers


async def test_exactly_what_a_changed_setting_makes_eligible_is_posted(embedded: Deployment) -> None:
    old, old_paid, recent, recent_paid = await placed_ago(embedded, 20, 20, 3, 3)
    for one in (old_paid, recent_paid):
        await embedded.shop.invoice(one["entity_id"])
    await embedded.shop.advance(PAST_THE_LAG)
    embedded.configure(rules(5, '"processing"'))
    await embedded.start_all()
    await until_booked(embedded, [recent_paid])
    await embedded.until_parked(embedded.key(recent), "state_not_chosen")
    await embedded.until_parked(embedded.key(old_paid), "before_start_date")  # changed today, so a sweep saw it
    assert await embedded.outcomes(embedded.key(old)) == [], "nobody asked for it"

    await embedded.reconfigure(rules(5, '"new", "processing"'))
    await until_booked(embedded, [recent_paid, recent])
    await until_swept(embedded, 2)
    await until_booked(embedded, [recent_paid, recent])

    await embedded.reconfigure(rules(30, '"processing"'))
    await until_booked(embedded, [recent_paid, recent, old_paid])
    await embedded.until_parked(embedded.key(old), "state_not_chosen")

    await embedded.reconfigure(rules(30, '"new", "processing"'))
    await until_booked(embedded, [recent_paid, recent, old_paid, old])
    await until_swept(embedded, 2)
    await until_booked(embedded, [recent_paid, recent, old_paid, old])
