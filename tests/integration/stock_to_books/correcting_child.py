"""A process that corrects one item, to be killed:
python -m tests.integration.stock_to_books.correcting_child FOLDER URL TOKEN ITEM ACCOUNT DIFFERENCE."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from services.inventory.adjusting_books import StockBooks
from services.inventory.adjusting_documents import Correction
from shared import limits
from shared.links.store import LinkStore
from shared.links.writer import Writer
from shared.log.embedded import EmbeddedLog
from shared.magento.client import new_session
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.quota import Quota
from shared.settings.stock import AdjustBy
from shared.topics import TOPICS
from tests.unit.lists.told import REALM, Token


async def main(folder: str, url: str, token: str, item: str, account: str, difference: str) -> None:
    log = EmbeddedLog(Path(folder) / "log.sqlite")
    await log.start()
    await log.ensure_topics(TOPICS)
    async with LinkStore(log, Path(folder) / "links.sqlite") as store, new_session() as session:
        await store.own(range(limits.PARTITIONS))
        client, links = QuickBooksClient(session, url, REALM, Token(token), Quota()), store.of(REALM)
        books = StockBooks(links, Writer(links, client, lambda: datetime.now(UTC)), client)
        await books.settle()
        if Decimal(difference):
            fresh = await books.look([item])
            correction = Correction(item, Decimal(difference), datetime.now(UTC).date(), "Stock of the shop")
            await books.correct(correction, AdjustBy.ADJUSTMENT, account, fresh)
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
