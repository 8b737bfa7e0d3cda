"""Writes stock to a shop: reads, compares, writes what differs, reads back.

A write is an absolute overwrite, so that repeating it does no harm: after an error that leaves open whether it was
carried out, the same targets are given again, and what is there already is found unchanged. A batch that the shop
refuses as a whole is halved until the rows that it refuses stand alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from shared import limits
from shared.magento.calls import at_once
from shared.magento.faults import MagentoError, NotFound, Refused, ShopUnavailable
from shared.magento.stock_rows import (
    Result,
    StockRow,
    Target,
    Written,
    askable,
    clashes,
    halves,
    needs_writing,
    obstacle,
    same_sku,
)


class Stock(Protocol):
    """Where stock lies: source_stock.SourceStock or legacy_stock.LegacyStock."""

    @property
    def together(self) -> int:
        """Rows that one write takes."""

    @property
    def missing(self) -> Written:
        """What a SKU is that isn't there and may not be added."""

    async def check(self) -> None: ...

    async def read(self, skus: Sequence[str]) -> Mapping[str, StockRow]: ...

    async def put(self, rows: Sequence[StockRow]) -> None: ...


class StockWriter:
    """The one writer of a source. Not for two tasks at a time."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._together = stock.together
        self._turns = asyncio.Semaphore(limits.STOCK_CALLS_AT_ONCE)

    async def look(self, skus: Sequence[str]) -> dict[str, StockRow]:
        """The same as `read` of a source that is there and enabled, for `write`. Raises NoSource, MagentoError."""
        _, rows = await at_once(self._stock.check(), self.read(skus))
        return dict(rows)

    async def read(self, skus: Sequence[str]) -> dict[str, StockRow]:
        """What is there, by `same_sku` of the SKU asked for. Raises MagentoError."""
        found: dict[str, StockRow] = {}

        async def some(group: Sequence[str]) -> None:
            async with self._turns:
                found.update(await self._stock.read(group))

        await at_once(*(some(group) for group in askable(skus)))
        return found

    async def write(self, targets: Sequence[Target], before: Mapping[str, StockRow] | None = None) -> list[Result]:
        """What became of each, in their order. Raises NoSource, MagentoError: nothing is known of any of them then,
        and they are given again later. `before`: what `look` has found of all of them a moment ago, so that it isn't
        asked for again."""
        known = {
            number: Result(target.sku, Written.UNWRITABLE, text=text)
            for number, target in enumerate(targets)
            if (text := obstacle(target))
        }
        looked = before is not None
        if before is None:
            before = await self.read([target.sku for number, target in enumerate(targets) if number not in known])
        for number, other in clashes(targets, before).items():
            text = f"the shop may take it and {other!r} for one SKU"
            known.setdefault(number, Result(targets[number].sku, Written.CLASH, text=text))
        rows: dict[int, StockRow] = {}
        for number, target in enumerate(targets):
            if number in known:
                continue
            standing = before.get(same_sku(target.sku))
            decided = needs_writing(target, standing, self._stock.missing)
            if decided is None:
                rows[number] = target.row(standing)
            else:
                known[number] = Result(target.sku, decided, standing, standing)
        if rows:
            if not looked:
                await self._stock.check()
            for number, result in zip(rows, await self._overwrite(list(rows.values())), strict=True):
                known[number] = replace(result, before=before.get(same_sku(result.sku)))
        return [known[number] for number in range(len(targets))]

    async def _overwrite(self, rows: Sequence[StockRow]) -> list[Result]:
        """In the order of the rows."""
        refused: dict[str, Result] = {}
        batches = [rows[start : start + self._together] for start in range(0, len(rows), self._together)]
        broken = _InARow(limits.STOCK_BROKEN_IN_A_ROW)

        async def one(batch: Sequence[StockRow]) -> None:
            async with self._turns:
                await self._put(batch, refused, broken)

        await at_once(*(one(batch) for batch in batches))
        after = await self.read([row.sku for row in rows if row.sku not in refused])
        return [refused.get(row.sku) or _read_back(row, after.get(same_sku(row.sku))) for row in rows]

    async def _put(self, batch: Sequence[StockRow], refused: dict[str, Result], broken: _InARow) -> None:
        """All of the batch but what the shop refuses, which is noted. A fault of the server may be one row's, too."""
        if len(batch) > self._together:
            for half in halves(batch):
                await self._put(half, refused, broken)
            return
        try:
            await self._stock.put(batch)
        except (Refused, NotFound, ShopUnavailable) as error:
            if not _of_the_content(error):
                raise
            broken.again(error)
            await self._stock.check()  # it may be the source that went away, which is no fault of any row
            if len(batch) == 1:
                gone = isinstance(error, NotFound) and self._stock.missing is Written.NO_PRODUCT
                outcome = Written.NO_PRODUCT if gone else Written.REFUSED
                refused[batch[0].sku] = Result(batch[0].sku, outcome, text=error.message)
                return
            before = len(refused)
            for half in halves(batch):
                await self._put(half, refused, broken)
            if len(refused) == before and isinstance(error, Refused):  # no row was wrong: there were too many of them
                self._together = min(self._together, len(batch) - len(batch) // 2)
        else:
            broken.over()


class _InARow:
    """Faults of the server without a success between them: soon it isn't the rows."""

    def __init__(self, most: int) -> None:
        self._left = self._most = most

    def again(self, error: MagentoError) -> None:
        if isinstance(error, ShopUnavailable):
            self._left -= 1
            if self._left <= 0:
                raise error

    def over(self) -> None:
        self._left = self._most


def _of_the_content(error: MagentoError) -> bool:
    """Whether other rows might be taken: refusals, and 500, which Magento also answers for one broken row."""
    return error.status in (400, 404, 413, 422, 500) and not (isinstance(error, Refused) and error.is_unknown_route)


def _read_back(row: StockRow, after: StockRow | None) -> Result:
    same = after is not None and (after.quantity, after.in_stock) == (row.quantity, row.in_stock)
    return Result(row.sku, Written.WRITTEN if same else Written.OVERTAKEN, after=after)
