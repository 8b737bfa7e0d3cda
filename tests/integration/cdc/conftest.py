"""A company that is followed, one question at a time, on the embedded log and the real sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services import quotas
from services.ingest.cdc.clock import Clock
from services.ingest.cdc.position import Position, position_in
from services.ingest.cdc.teller import Teller
from services.ingest.cdc.told import ToldStore
from services.ingest.cdc.worker import CdcWorker
from services.ingest.connect.attempts import Attempts
from services.ingest.cursors import Cursors
from services.ingest.intuit import Intuit
from services.ingest.keepers import Keepers
from services.process import Process, open_process
from shared import limits
from shared.config import Config
from shared.log.port import Record
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.vault import TokenRecord
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import CHANGES
from tests.support.deployment import Deployment, deployment
from tests.support.quickbooks_sandbox import QuickBooksSandbox


class MovedClock(Clock):
    """Real time, and what a test put on it."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Following:
    """The worker without its pauses: a test decides when it asks, and what time it is."""

    made: Deployment
    process: Process
    worker: CdcWorker
    cursors: Cursors
    clock: MovedClock
    teller: Teller
    keepers: Keepers
    taken: list[tuple[str, str]] = field(default_factory=list)

    @property
    def books(self) -> QuickBooksSandbox:
        return self.made.books

    @property
    def realm(self) -> str:
        return self.made.books.realm

    async def advance(self, **time: float) -> None:
        """Both clocks, the books' and ours."""
        step = timedelta(**time)
        self.clock.ahead += step
        await self.books.advance(step.total_seconds())

    async def metered(self) -> int:
        """Calls that Intuit counts."""
        return int((await self.books.usage())["metered"])

    def cursor(self) -> dict[str, Any]:
        """What the log holds."""
        document = self.cursors.get(f"{self.realm}:cdc")
        assert document is not None
        return document

    def position(self) -> Position:
        """The cursor's."""
        return position_in(self.cursor())

    def spent(self) -> int:
        """Metered calls of this month, as the cursor counts them."""
        return int(self.cursor()["calls"])

    async def reconnect(self) -> None:
        """A person consents once more."""
        grant, now = await self.books.grant(), datetime.now(UTC)
        pair = TokenPair(
            grant["access_token"], grant["refresh_token"], now + timedelta(hours=1), now + timedelta(days=100)
        )
        record = self.process.tokens.record(self.realm)
        version = 1 if record is None else record.version + 1
        await self.process.tokens.save(self.realm, TokenRecord(version, pair, now))

    async def told(self) -> list[Record]:
        """All changes of the topic, oldest first."""
        return await self.made.read(CHANGES)

    async def state(self) -> dict[str, str]:
        """Entity:Id -> SyncToken, or "deleted", as the topic says last."""
        state = {}
        for record in await self.told():
            name = record.key.removeprefix(f"{self.realm}:")
            state[name] = "deleted" if record.headers["status"] == "deleted" else record.headers["sync-token"]
        return state

    async def books_hold(self, *entities: str) -> dict[str, str]:
        """The same of the books themselves."""
        return {
            f"{name}:{one['Id']}": str(one["SyncToken"]) for name in entities for one in await self.books.objects(name)
        }


@pytest.fixture
async def following(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Following]:
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(deployment("embedded", tmp_path))
        for name, value in {**made.common, "BOOKBRIDGE_DATA": str(made.folder / "data")}.items():
            monkeypatch.setenv(name, value)
        process = await stack.enter_async_context(open_process("ingest", Config(health_port=0), asyncio.Event()))
        loaded = load(made.document.read_text(), "main.toml")
        await process.settings.reach(await publish(process.log, loaded, "test", datetime.now(UTC)))
        process.lists.own("ingest", range(limits.PARTITIONS))
        cursors = await stack.enter_async_context(Cursors(process.log, tmp_path / "cursors.sqlite"))
        told = await stack.enter_async_context(ToldStore(process.log, tmp_path / "told.sqlite"))
        shares = quotas.whole()
        attempts = await stack.enter_async_context(Attempts(process.log, tmp_path / "connects.sqlite"))
        keepers = Keepers(process, shares, Intuit(process), attempts)
        await keepers.own(range(limits.PARTITIONS))
        taken: list[tuple[str, str]] = []

        async def take(realm: str, entity: str, objects: Sequence[Mapping[str, Any]], at: datetime) -> int:
            taken.extend((entity, str(one["Id"])) for one in objects)
            return len(objects)

        teller = Teller(process.log, told, take, process.metrics)
        clock = MovedClock()
        worker = CdcWorker(process, cursors, teller, keepers, shares, clock)
        yield Following(made, process, worker, cursors, clock, teller, keepers, taken)
