"""What the tests of sweeps ask of a deployment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.topics import CURSORS, ORDERS
from shared.wire import decode
from tests.support.deployment import STATES, TOKEN, Deployment
from tests.support.shopping import cart

SWEEPING = f"[sales]\n{STATES}\n[schedule]\nsweep_seconds = 1\n"
PAST_THE_LAG = 60  # seconds on the shop's clock after which a sweep shows what was saved before


async def silent(deployed: Deployment) -> None:
    """No webhook arrives any more."""
    await deployed.shop.webhooks("http://127.0.0.1:1/{event}", TOKEN, enabled=False)


async def placed_ago(deployed: Deployment, *days: int) -> list[dict[str, Any]]:
    """Orders that were placed so many days ago, and not changed since."""
    now = datetime.now(UTC)
    placed = await deployed.shop.place(*[cart(created_at=now - timedelta(days=one)) for one in days])
    for one in placed:
        order = await deployed.shop.get_json(f"/rest/V1/orders/{one['entity_id']}")
        await deployed.shop.put_order({**order, "updated_at": order["created_at"]}, announce=False)
    return placed


async def newest(deployed: Deployment, topic: str = ORDERS) -> dict[str, dict[str, Any]]:
    """The last snapshot of each entity."""
    return {one.key: decode(one.value or b"") for one in await deployed.read(topic)}


async def until_found(deployed: Deployment, placed: Iterable[dict[str, Any]], seconds: float = 30.0) -> None:
    """Waits until each of these orders has a snapshot."""
    keys = {deployed.key(one) for one in placed}

    async def found() -> bool:
        return keys <= (await newest(deployed)).keys()

    await deployed.until(found, f"{len(keys)} orders are found", seconds)


async def until_quiet(deployed: Deployment) -> None:
    """Waits until the first sweep and the first night's work are done: the shop is left alone for minutes then."""

    async def quiet() -> bool:
        last = {one.key: decode(one.value or b"") for one in await deployed.read(CURSORS)}
        night = last.get("main:nightly", {})
        return "main:sweep" in last and night.get("numbers_done") is True and night["products_after"] is None

    await deployed.until(quiet, "the first sweep and night are over")


async def cursor(deployed: Deployment) -> dict[str, Any]:
    """The sweep's cursor as it stands; empty before the first sweep."""
    found = [decode(one.value or b"") for one in await deployed.read(CURSORS) if one.key == "main:sweep"]
    return dict(found[-1]) if found else {}


async def until_swept(deployed: Deployment, sweeps: int = 1) -> None:
    """Waits until so many sweeps that begin from now on have ended."""
    for _ in range(sweeps + 1):  # the one under way may have begun before
        before = (await cursor(deployed)).get("until", "")

        async def moved(before: str = before) -> bool:
            now = (await cursor(deployed)).get("until", "")
            return bool(now) and (not before or datetime.fromisoformat(now) > datetime.fromisoformat(before))

        await deployed.until(moved, "a sweep has ended")
