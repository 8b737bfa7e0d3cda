"""A health port with the stock door over a clerk that says what the test wants, and the command that asks there."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from services.inventory.desk import Desk, NotServed, OtherPreview, Tell, silent
from services.inventory.http import StockDoor
from services.inventory.preview import NotKnown, Preview, PreviewRow
from services.inventory.questions import DOOR, PURPOSE
from shared.mapping.stock.decision import Outcome, StockDecision, Term, TermKind
from shared.quickbooks.own_signatures import OwnSignatures
from shared.quickbooks.vault import new_key
from shared.telemetry.health import Doors, Health, build_app, serve
from shared.telemetry.metrics import Metrics

DIGEST = "0123456789abcdef"
ODD = " 漢/é'\"😀 "


def decision(sku: str = ODD) -> StockDecision:
    terms = (
        Term(TermKind.ON_HAND, Decimal(7), "QuickBooks has Mug on hand", ("Item 42",)),
        Term(TermKind.AWAITING_SHIPMENT, Decimal(3), "order 12", ("Invoice 9",), "5", Decimal(3)),
    )
    return StockDecision(sku, Outcome.WRITE, Decimal(10), True, Decimal(4), Decimal(3), terms=terms)


def a_preview(count: int = 3, emptied: int = 1, approved: str = "") -> Preview:
    rows = [
        PreviewRow(f"SKU-{place:05}", Outcome.WRITE, Decimal(4), Decimal(place >= emptied), True, "why", (), True,
                   place < emptied)
        for place in range(count)
    ]  # fmt: skip
    return Preview("main", "default", tuple(rows), count, emptied, 0, Decimal(20), DIGEST, approved)


@dataclass
class Clerk:
    """Answers for one connection once `go` is set."""

    shown: Preview = field(default_factory=a_preview)
    confirmed: list[str] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    waits_for: str = ""

    async def _wait(self) -> None:
        self.asked.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.given_up.set()
            raise
        if self.error is not None:
            raise self.error

    async def preview(self, tell: Tell = silent) -> Preview:
        tell(200, 300)
        await self._wait()
        return self.shown

    async def confirm(self, digest: str) -> None:
        await self._wait()
        if digest != self.shown.digest:
            raise OtherPreview("other SKUs would be emptied by now: look at a new preview")
        self.confirmed.append(digest)

    async def explain(self, sku: str) -> StockDecision | NotKnown:
        await self._wait()
        return decision() if sku == ODD else NotKnown(sku, "the shop has no product of this SKU", ("ODD",))


@dataclass
class Asked:
    """A port that is served, and how to ask there."""

    url: str
    folder: Path
    clerk: Clerk
    keys: list[str]
    doors: Doors

    @property
    def signatures(self) -> OwnSignatures:
        return OwnSignatures(self.keys, PURPOSE)

    async def begin(self, *words: str, **env: str) -> asyncio.subprocess.Process:
        """The same without waiting for its end."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "stock", *words, cwd=self.folder,
            env={**os.environ, "BOOKBRIDGE_INVENTORY": self.url, **env},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def command(self, *words: str, **env: str) -> tuple[int, str, str]:
        """`bookbridge stock` with these words, piped: exit code, standard output, standard error."""
        child = await self.begin(*words, **env)
        try:
            async with asyncio.timeout(60):
                out, err = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        assert child.returncode is not None
        return child.returncode, out.decode(), err.decode()


@asynccontextmanager
async def asked(folder: Path, key: str = "") -> AsyncIterator[Asked]:
    """The port until the block ends. The clerk answers at once unless a test has it wait."""
    key, clerk, doors = key or new_key(), Clerk(), Doors()
    clerk.go.set()
    write_keys(folder, [key])

    def of(connection: str) -> Clerk:
        if connection != "main":
            raise NotServed(f"there is no connection {connection!r}")
        return clerk

    doors.open(DOOR, StockDoor(Desk(of), OwnSignatures([key], PURPOSE)).handle)
    served = await serve(build_app(Health("inventory", "1"), Metrics(), doors), "127.0.0.1", 0)
    try:
        yield Asked(f"http://127.0.0.1:{served.port}", folder, clerk, [key], doors)
    finally:
        await served.close()


def write_keys(folder: Path, keys: list[str]) -> None:
    """A secrets file with these keys for tokens at rest."""
    path = folder / "secrets.toml"
    listed = ", ".join(f'"{key}"' for key in keys)
    path.write_text(f'token_keys = [{listed}]\n[quickbooks]\nclient_id = "a"\nclient_secret = "b"\n')
    path.chmod(0o600)
