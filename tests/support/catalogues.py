"""A log with a shop's products and a company's lists, as ingest leaves it, and commands that read it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.seeds import new_company
from sandbox.quickbooks.settings import CompanySettings
from services.company import NAMED
from shared.log.embedded import EmbeddedLog
from shared.log.port import Log, NewRecord
from shared.quickbooks.listed import SINGLE, listed, loaded_key
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import LISTS, PRODUCTS, TOPICS
from shared.wire import encode

REALM = "9341450000000001"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SETTINGS = f"""connection = "main"
[magento]
url = "https://shop.example"
[quickbooks]
realm = "{REALM}"
"""


@asynccontextmanager
async def opened(folder: Path) -> Any:
    """The embedded log of a data folder."""
    log = EmbeddedLog(folder / "log.sqlite")
    await log.start()
    try:
        await log.ensure_topics(TOPICS)
        yield log
    finally:
        await log.close()


async def fill(
    log: Log, products: Iterable[Mapping[str, Any]], items: Iterable[Mapping[str, Any]], more: str = ""
) -> None:
    """Settings, the lists of a fresh company with these items, and snapshots of these products."""
    await publish(log, load(SETTINGS + more, "main.toml"), "test", NOON)
    company = new_company(REALM, Clock(), CompanySettings())
    rows: dict[str, list[Mapping[str, Any]]] = {"Item": list(items)}
    rows |= {entity: [record.document for record in company.rows(entity)] for entity in (*SINGLE, *NAMED)}
    for entity, found in rows.items():
        await append(log, (listed(entity, row, NOON).record(REALM) for row in found))
        mark = {"at": NOON.isoformat(), "read_at": NOON.isoformat(), "count": len(found)}
        await log.append(NewRecord(LISTS, loaded_key(REALM, entity), encode(mark), REALM, {"schema": "1"}))
    await append(log, map(snapshot, products))


def snapshot(product: Mapping[str, Any], realm: str = REALM) -> NewRecord:
    """The record of a product's snapshot; of a deleted one with its id alone."""
    content = product if product.get("deleted") else {"product": product, "source_items": None}
    document = {"schema": 1, "connection": "main", "fetched_at": NOON.isoformat(), **content}
    return NewRecord(PRODUCTS, f"main:product:{product['id']}", encode(document), realm, {"schema": "1"})


async def append(log: Log, records: Iterable[NewRecord]) -> None:
    """All of them; many at once share the disk's syncs."""
    waiting: list[NewRecord] = []
    for record in records:
        waiting.append(record)
        if len(waiting) == 1_000:
            await asyncio.gather(*map(log.append, waiting))
            waiting.clear()
    await asyncio.gather(*map(log.append, waiting))


async def command(folder: Path, *arguments: str) -> tuple[int, bytes, str]:
    """`bookbridge` with these arguments on a data folder: exit code, standard output, standard error."""
    env = {**os.environ, "BOOKBRIDGE_DATA": str(folder), "BOOKBRIDGE_LOG": "embedded", "COLUMNS": "100"}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *arguments,
        env=env, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(90):
            out, err = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return child.returncode or 0, out, err.decode()
