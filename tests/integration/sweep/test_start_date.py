"""Orders of before the connection: none without a start date, exactly those since it with one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.ingest.sweep.cursor import Cover, SweepCursor, Walk, What
from services.ingest.sweep.windows import Span
from shared.log.port import NewRecord
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import CURSORS, ORDERS, TOPICS
from shared.wire import encode
from tests.support.deployment import STATES, Deployment, deployment
from tests.support.inside import services_inside
from tests.support.sweeping import PAST_THE_LAG, cursor, newest, placed_ago, silent, until_found, until_swept

NOW = datetime.now(UTC)
pytestmark = pytest.mark.timeout(60)


def since(days: int | None) -> str:
    start = "" if days is None else f"start_date = {(NOW - timedelta(days=days)).date()}\n"
    return f"[sales]\n{STATES}\n{start}[schedule]\nsweep_seconds = 1\n"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployment("embedded", tmp_path) as made:
        await silent(made)
        yield made


async def put_in_force(deployed: Deployment, days: int | None) -> None:
    await publish(deployed.log, load(deployed.toml(since(days)), "main.toml"), "test", datetime.now(UTC))


async def found(deployed: Deployment, placed: list[dict[str, Any]]) -> list[bool]:
    snapshots = await newest(deployed)
    return [deployed.key(one) in snapshots for one in placed]


async def test_a_start_date_that_moves_asks_for_exactly_the_orders_it_uncovers(
    shop: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = await placed_ago(shop, 400, 40, 20, 10, 3, 0)
    await shop.shop.advance(PAST_THE_LAG)
    shop.configure(since(None))
    async with services_inside(shop, monkeypatch, orders=False):
        await until_found(shop, placed[-1:])
        await until_swept(shop, 2)
        assert await found(shop, placed) == [False] * 5 + [True], "no surprise import"

        await put_in_force(shop, 15)
        await until_found(shop, placed[-3:])
        await until_swept(shop, 2)
        assert await found(shop, placed) == [False] * 3 + [True] * 3

        await put_in_force(shop, 30)
        await until_found(shop, placed[-4:])
        await put_in_force(shop, 15)  # later again: nothing is taken back, nothing is asked for
        await until_swept(shop, 2)
        assert await found(shop, placed) == [False] * 2 + [True] * 4
        assert len(await shop.read(ORDERS)) == 4
        covered = datetime.fromisoformat((await cursor(shop))["since"])
        assert timedelta(days=29) < NOW - covered < timedelta(days=32)


async def test_a_first_start_with_a_start_date_reads_what_was_placed_since(
    shop: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = await placed_ago(shop, 100, 60, 59, 2)
    shop.configure(since(80))
    async with services_inside(shop, monkeypatch, orders=False):
        await until_found(shop, placed[1:])
        await until_swept(shop)
        assert await found(shop, placed) == [False, True, True, True]


async def test_a_start_date_that_moves_on_before_all_is_read_asks_for_the_rest_no_more(
    shop: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the search for missing order numbers would wait for it for ever."""
    shop.configure(since(None))
    reached = NOW - timedelta(days=300)
    before = SweepCursor.first(NOW - timedelta(days=1), timedelta(0)).begin(
        Walk.of(What.CREATED, Span(reached, reached + timedelta(days=1))), Cover(start=reached, reached=reached)
    )
    document = encode(before.model_dump(mode="json", by_alias=True))
    await shop.log.ensure_topics(TOPICS)
    await shop.log.append(NewRecord(CURSORS, "main:sweep", document, shop.books.realm, {}))
    async with services_inside(shop, monkeypatch, orders=False):
        await until_swept(shop)
        assert (await cursor(shop))["cover"] is None
